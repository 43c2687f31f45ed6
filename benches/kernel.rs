//! The kernel, stage by stage, over every shard of a generated ledger; every iteration checks its answer.
//!
//! `RELANCE_BENCH_INVOICES` sets the size (default 50 000). Throughput is in invoices, so the stages can be compared and added up.

#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use relance::base::date::Date;
use relance::base::table::Table;
use relance::desk::generate;
use relance::io::scan::Quiet;
use relance::io::text;
use relance::night::evaluate;
use relance::night::facts::ExtraColumns;
use relance::night::ledger::items;
use relance::night::ledger::replay::{self, Replayed, Unallocated};
use relance::night::memory::Memory;
use relance::night::normalise::documents::{self, Documents};
use relance::night::normalise::invoices::Judged;
use relance::night::normalise::{Intake, Shard};
use relance::portfolio::control::{self, Books};
use relance::run::directory::InvoiceDirectory;
use relance::run::intake::Reading;
use relance::run::prepared::Prepared;
use relance::settings::Settings;

const AS_OF: &str = "2026-11-23";

fn kernel(criterion: &mut Criterion) {
    let invoices: u64 = std::env::var("RELANCE_BENCH_INVOICES").ok().and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let as_of = Date::parse(AS_OF).expect("a day");
    let request = generate::Request { invoices, seed: 7, as_of, dirty: false, out: folder.path().join("ledger") };
    let job = generate::generate(&request).expect("a ledger").job;
    let settings = Settings::parse(&text::job_file(&job).expect("a job file"), &job, &|_| None).expect("settings");
    let compiled = relance::run::rules(&settings, as_of).expect("rules");
    let program = &compiled.program;
    let extra = ExtraColumns::of(program);
    let reading = Reading { settings: &settings, extra: &extra, program, as_of, state: None, earlier: None, progress: &Quiet };
    let portfolio = reading.portfolio(Arc::new(reading.inputs().expect("inputs"))).expect("a portfolio");
    let tables: Vec<Arc<Table>> = portfolio.shards.iter().map(|shard| Arc::clone(&shard.invoices)).collect();
    let directory = InvoiceDirectory::new(&tables, &portfolio.judged, &portfolio.invoice_index);
    let intake = Intake { as_of, reporting_currency: settings.reporting_currency, duplicates: &portfolio.duplicates, has_customers: true };
    let prepared = Prepared::new(&settings, program, &extra, as_of, &portfolio.rates, true);
    let night = prepared.night();
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
                let mut replayed =
                    replay::replay(&documents.invoices, &documents.money, &documents.deposits, fresh, Unallocated::OldestDueFirst);
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
    let applications = |replayed: &[Replayed]| replayed.iter().map(|shard| shard.ledger.applications.len()).sum::<usize>();
    let replayed = replay_all(&mut documents);
    let count = applications(&replayed);
    group.bench_function("ledger", |bencher| bencher.iter(|| assert_eq!(applications(&replay_all(&mut documents)), count)));
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
    let told = || -> usize {
        let shards = portfolio.shards.iter().zip(&documents).zip(&replayed).zip(&memories);
        let evaluated = shards.map(|(((shard, documents), replayed), memory)| {
            evaluate::evaluate(shard, documents, &replayed.ledger, memory, &night, &mut evaluate::Unwatched).expect("a night")
        });
        evaluated.map(|shard| shard.penalties.len() + shard.open_items.len()).sum()
    };
    let count = told();
    group.bench_function("evaluate", |bencher| bencher.iter(|| assert_eq!(told(), count)));
    group.finish();
}

criterion_group!(benches, kernel);
criterion_main!(benches);
