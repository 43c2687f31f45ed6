//! The kernel, stage by stage, over every shard of a generated ledger; every iteration checks its answer.
//!
//! `RELANCE_BENCH_INVOICES` sets the size (default 50 000). Throughput is in invoices, so the stages can be compared and added up.

#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use relance::base::calendar::Calendar;
use relance::base::contract::{self, TableSpec, invoices};
use relance::base::date::Date;
use relance::base::hash::{SHARDS, shard_of};
use relance::base::table::{Column, Table};
use relance::desk::generate;
use relance::io::input::Input;
use relance::io::scan::{Quiet, RowKeys};
use relance::io::schema::Wanted;
use relance::io::text;
use relance::night::evaluate::{self, Night};
use relance::night::facts::ExtraColumns;
use relance::night::fx::Rates;
use relance::night::kpi::AgingBands;
use relance::night::ledger::items;
use relance::night::ledger::replay::{self, Replayed, Unallocated};
use relance::night::memory::Memory;
use relance::night::normalise::customers::Groups;
use relance::night::normalise::documents::{self, Documents};
use relance::night::normalise::exchange_rates::{self, RateRow};
use relance::night::normalise::invoices::{self as invoice_rows, Judged};
use relance::night::normalise::{AllDuplicates, Duplicates, Intake, Shard};
use relance::night::penalties::{Imputation, InsolvencyStop, Schedule, Terms};
use relance::night::recovery::RecoveryCurve;
use relance::portfolio::control::{self, Books};
use relance::run::directory::{InvoiceDirectory, InvoiceEntries};
use relance::settings::Settings;

const AS_OF: &str = "2026-11-23";

struct Portfolio {
    shards: Vec<Shard>,
    judged: Vec<Judged>,
    entries: InvoiceEntries,
    tables: Vec<Arc<Table>>,
    groups: Groups,
    duplicates: AllDuplicates,
    rates: Vec<RateRow>,
}

fn input(settings: &Settings, spec: &TableSpec) -> Option<Input> {
    let source = settings.places.sources.get(spec.name)?;
    Some(Input::open(Wanted::plain(*spec), &settings.places.base, source).expect("a table"))
}

fn scatter(settings: &Settings, spec: &TableSpec, key: Option<usize>, route: &(dyn Fn(RowKeys<'_>) -> usize + Sync)) -> Vec<Table> {
    match input(settings, spec) {
        Some(input) => input.scatter(route, key, &Quiet).expect("rows").shards,
        None => (0..SHARDS).map(|_| Table { columns: vec![Column::Absent; spec.columns.len()], ..Table::default() }).collect(),
    }
}

impl Portfolio {
    fn read(settings: &Settings, as_of: Date) -> Portfolio {
        let own = |keys: RowKeys<'_>| keys.customer_id.map_or(0, shard_of);
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
        let duplicates = AllDuplicates::default();
        let intake = Intake { as_of, reporting_currency: settings.reporting_currency, duplicates: &duplicates };
        let tables = scatter(settings, &invoices::SPEC, Some(invoices::INVOICE_ID), &own);
        let judged: Vec<Judged> = tables.iter().map(|table| invoice_rows::judge(table, &intake)).collect();
        let entries = InvoiceEntries::new(&tables.iter().collect::<Vec<_>>());
        let tables: Vec<Arc<Table>> = tables.into_iter().map(Arc::new).collect();
        let directory = InvoiceDirectory::new(&tables, &judged, &entries);
        let route = |keys: RowKeys<'_>| match (keys.customer_id, keys.invoice_id) {
            (Some(customer), _) => shard_of(customer),
            (None, Some(invoice)) => directory.shard(invoice).unwrap_or(0),
            (None, None) => 0,
        };
        type Slot = (&'static TableSpec, fn(&mut Shard) -> &mut Table);
        let slots: [Slot; 12] = [
            (&contract::customers::SPEC, |shard| &mut shard.customers),
            (&contract::payments::SPEC, |shard| &mut shard.payments),
            (&contract::installments::SPEC, |shard| &mut shard.installments),
            (&contract::disputes::SPEC, |shard| &mut shard.disputes),
            (&contract::deductions::SPEC, |shard| &mut shard.deductions),
            (&contract::promises::SPEC, |shard| &mut shard.promises),
            (&contract::holds::SPEC, |shard| &mut shard.holds),
            (&contract::contacts::SPEC, |shard| &mut shard.contacts),
            (&contract::agency_events::SPEC, |shard| &mut shard.agency_events),
            (&contract::payables::SPEC, |shard| &mut shard.payables),
            (&contract::usage::SPEC, |shard| &mut shard.usage),
            (&contract::state::SPEC, |shard| &mut shard.state),
        ];
        for (spec, slot) in &slots {
            let key = (spec.name == "payments").then_some(contract::payments::PAYMENT_ID);
            for (shard, table) in shards.iter_mut().zip(scatter(settings, spec, key, &route)) {
                *slot(shard) = table;
            }
        }
        for (shard, table) in shards.iter_mut().zip(&tables) {
            shard.invoices = Arc::clone(table);
        }
        let fx = input(settings, &contract::fx::SPEC).expect("rates").gather(None, &Quiet).expect("rates");
        let rates = exchange_rates::judge(&fx, &intake, &Duplicates::default()).rows;
        Portfolio { shards, judged, entries, tables, groups: Groups::default(), duplicates, rates }
    }
}

fn kernel(criterion: &mut Criterion) {
    let invoices: u64 = std::env::var("RELANCE_BENCH_INVOICES").ok().and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let as_of = Date::parse(AS_OF).expect("a day");
    let request = generate::Request { invoices, seed: 7, as_of, dirty: false, out: folder.path().join("ledger") };
    let job = generate::generate(&request).expect("a ledger").job;
    let settings = Settings::parse(&text::job_file(&job).expect("a job file"), &job, &|_| None).expect("settings");
    let portfolio = Portfolio::read(&settings, as_of);
    let directory = InvoiceDirectory::new(&portfolio.tables, &portfolio.judged, &portfolio.entries);
    let intake = Intake { as_of, reporting_currency: settings.reporting_currency, duplicates: &portfolio.duplicates };
    let compiled = relance::run::rules(&settings, as_of).expect("rules");
    let program = &compiled.program;
    let rates = Rates::latest(&portfolio.rates, settings.reporting_currency);
    let schedules = Schedule::all(&program.rates, as_of);
    let bands = AgingBands::new(&settings.aging);
    let scopes: Vec<String> = settings.kpis.scopes.iter().filter(|scope| *scope != "all").cloned().collect();
    let extra = ExtraColumns::of(program);
    let night = Night {
        as_of,
        program,
        calendar: Calendar::named(program.calendar),
        rates: &rates,
        schedules: &schedules,
        terms: Terms {
            as_of,
            imputation: Imputation::PrincipalFirst,
            dispute_stops_interest: false,
            insolvency: InsolvencyStop::DayBefore,
        },
        extra: &extra,
        bands: &bands,
        curve: &RecoveryCurve::SEED,
        scopes: &scopes,
        promise_grace_days: settings.promise_grace_days,
        has_contact_log: true,
    };
    let read = |(shard, judged): (&'_ Shard, &'_ Judged)| -> usize {
        documents::read(shard, judged, &portfolio.groups, &directory, &intake).money.len()
    };
    let pairs = || portfolio.shards.iter().zip(&portfolio.judged);
    let mut group = criterion.benchmark_group("kernel");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(invoices));
    let count: usize = pairs().map(read).sum();
    group.bench_function("normalise", |bencher| bencher.iter(|| assert_eq!(pairs().map(read).sum::<usize>(), count)));

    let mut documents: Vec<Documents<'_>> =
        pairs().map(|(shard, judged)| documents::read(shard, judged, &portfolio.groups, &directory, &intake)).collect();
    let replay_all = |documents: &mut Vec<Documents<'_>>| -> Vec<Replayed> {
        documents
            .iter_mut()
            .map(|documents| {
                let fresh = items::fresh(&mut documents.invoices, &documents.instalments);
                let mut replayed = replay::replay(&documents.invoices, &documents.money, fresh, Unallocated::OldestDueFirst);
                items::withhold(
                    &documents.invoices,
                    &mut replayed.ledger.items,
                    &documents.disputes,
                    &documents.deductions,
                    &documents.pending,
                );
                replayed
            })
            .collect()
    };
    group.bench_function("ledger", |bencher| bencher.iter(|| black_box(replay_all(&mut documents)).len()));
    let replayed = replay_all(&mut documents);
    group.bench_function("identities", |bencher| {
        bencher.iter(|| {
            for (documents, replayed) in documents.iter().zip(&replayed) {
                let customers = u32::try_from(documents.customers.len()).unwrap_or(u32::MAX);
                let books = Books { customers, invoices: &documents.invoices, money: &documents.money, ledger: &replayed.ledger };
                black_box(control::check(&books).expect("balance"));
            }
        });
    });
    let memories: Vec<Memory> =
        portfolio.shards.iter().zip(&documents).map(|(shard, documents)| Memory::recall(shard, documents, false)).collect();
    group.bench_function("evaluate", |bencher| {
        bencher.iter(|| {
            for (((shard, documents), replayed), memory) in portfolio.shards.iter().zip(&documents).zip(&replayed).zip(&memories) {
                black_box(evaluate::evaluate(shard, documents, &replayed.ledger, memory, &night).expect("a night"));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, kernel);
criterion_main!(benches);
