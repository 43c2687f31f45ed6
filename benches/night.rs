//! The whole night beside the reading of its input, on a generated ledger; every iteration checks its answer.
//!
//! `RELANCE_BENCH_INVOICES` sets the size (default 50 000). Quote ratios from one run: the two are measured one after the other.

#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

use std::path::Path;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use relance::base::contract::INPUTS;
use relance::base::date::Date;
use relance::base::hash::shard_of;
use relance::desk::generate;
use relance::io::input::Input;
use relance::io::scan::{Quiet, RowKeys};
use relance::io::schema::Wanted;
use relance::io::text;
use relance::run::{self, Outcome, Request, Silent, StateFrom};
use relance::settings::Settings;

const AS_OF: &str = "2026-11-23";

fn night(criterion: &mut Criterion) {
    let invoices = std::env::var("RELANCE_BENCH_INVOICES").ok().and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ledger = folder.path().join("ledger");
    let as_of = Date::parse(AS_OF).expect("a day");
    let request = generate::Request { invoices, seed: 7, as_of, dirty: false, out: ledger };
    let job = generate::generate(&request).expect("a ledger").job;
    let settings = Settings::parse(&text::job_file(&job).expect("a job file"), &job, &|_| None).expect("settings");

    let rows = rows(&settings);
    let mut group = criterion.benchmark_group("ledger");
    // A night is long: ten samples of one iteration each say enough.
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(rows));
    group.bench_function("read and scatter every column", |bencher| bencher.iter(|| assert_eq!(read(&settings), rows)));
    let first = compute(&settings, as_of, folder.path(), 0);
    let mut nights = 0;
    group.bench_function("whole night, first of its kind", |bencher| {
        bencher.iter(|| {
            nights += 1;
            assert_eq!(compute(&settings, as_of, folder.path(), nights), first);
        });
    });
    group.finish();
}

/// Rows of all tables, from the footers.
fn rows(settings: &Settings) -> u64 {
    inputs(settings).iter().map(Input::rows).sum()
}

fn inputs(settings: &Settings) -> Vec<Input> {
    let sources = &settings.places.sources;
    let open = |spec| Some(Input::open(Wanted::plain(spec), &settings.places.base, sources.get(spec.name)?).expect("a table"));
    INPUTS.iter().filter_map(|spec| open(*spec)).collect()
}

/// Reads every row into its shard; the number of rows.
fn read(settings: &Settings) -> u64 {
    let route = |keys: RowKeys<'_>| keys.customer_id.or(keys.invoice_id).map_or(0, shard_of);
    inputs(settings).iter().map(|input| input.scatter(&route, None, &Quiet).expect("rows").rows).sum()
}

/// Computes the night into a folder of its own; its balances, actions and penalties.
fn compute(settings: &Settings, as_of: Date, folder: &Path, number: u32) -> String {
    let mut settings = settings.clone();
    settings.places.out = folder.join(format!("out-{number}"));
    let request = Request { settings: &settings, as_of, state: StateFrom::None, replace: None };
    let Outcome::Published(summary) = run::run(&request, &Silent).expect("a night") else { return "already done".to_owned() };
    std::fs::remove_dir_all(&settings.places.out).expect("the night can be removed");
    format!("{:?} {:?} {:?}", summary.balances, summary.actions, summary.penalties)
}

criterion_group!(benches, night);
criterion_main!(benches);
