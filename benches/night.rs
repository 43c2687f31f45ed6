//! The whole night and its reading, beside the mere decoding of what it reads, on a generated ledger; every iteration checks its
//! answer.
//!
//! `RELANCE_BENCH_INVOICES` sets the size (default 50 000). Quote ratios from one run: all are measured one after the other.

#![allow(clippy::expect_used, clippy::panic, reason = "a bench that cannot set itself up has nothing to measure")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal64Type, Field, Schema};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;
use relance::base::contract::{INPUTS, TableSpec, customers, invoices, payments};
use relance::base::date::Date;
use relance::base::table::{Column, Table};
use relance::desk::generate;
use relance::io::scan::Quiet;
use relance::io::text;
use relance::night::facts::ExtraColumns;
use relance::night::normalise::Shard;
use relance::rules::compile::Compiled;
use relance::run::intake::{Portfolio, Reading};
use relance::run::memory_limit::MemoryLimit;
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

    let compiled = run::rules(&settings, as_of).expect("rules");
    let portfolio = read(&settings, &compiled, as_of);
    let (files, answer) = (files(&settings, &portfolio), totals(&portfolio));
    drop(portfolio);
    let mut group = criterion.benchmark_group("ledger");
    // A night is long: ten samples of one iteration each say enough.
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(answer.rows));
    group.bench_function("decode the columns the night reads", |bencher| bencher.iter(|| assert_eq!(decode(&files), answer)));
    group.bench_function("read stage", |bencher| bencher.iter(|| assert_eq!(totals(&read(&settings, &compiled, as_of)), answer)));
    let first = compute(&settings, as_of, folder.path(), 0);
    let mut nights = 0;
    group.bench_function("whole night, first of its kind", |bencher| {
        bencher.iter(|| {
            nights += 1;
            assert_eq!(compute(&settings, as_of, folder.path(), nights), first);
        });
    });
    let without = without_penalties(&settings, folder.path());
    let answer = compute(&without, as_of, folder.path(), nights + 1);
    assert!(answer[0] == first[0] && answer[1] != first[1], "all but the penalties is the same: {first:?} {answer:?}");
    group.bench_function("the same night without penalties", |bencher| {
        bencher.iter(|| {
            nights += 1;
            assert_eq!(compute(&without, as_of, folder.path(), nights + 1), answer);
        });
    });
    group.finish();
}

/// The same job by the same rules, but for the penalties, which are the last section of their file.
fn without_penalties(settings: &Settings, folder: &Path) -> Settings {
    let mut without = settings.clone();
    without.places.rules = folder.join("rules-without-penalties");
    std::fs::create_dir(&without.places.rules).expect("a folder");
    for file in std::fs::read_dir(&settings.places.rules).expect("the rules") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("rules");
            let kept = text.split("\npenalties:\n").next().expect("a beginning");
            std::fs::write(without.places.rules.join(path.file_name().expect("a name")), kept).expect("rules");
        }
    }
    without
}

/// Rows and money of customers, invoices and payments, by far the largest tables.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    rows: u64,
    /// Thousandths.
    amount: i128,
}

/// What the read stage of a night does: every row in its shard, customers and invoices judged, duplicates found.
fn read(settings: &Settings, compiled: &Compiled, as_of: Date) -> Portfolio {
    let extra = ExtraColumns::of(&compiled.program);
    let reading = Reading { settings, extra: &extra, program: &compiled.program, as_of, state: None, earlier: None, progress: &Quiet };
    reading.portfolio(Arc::new(reading.inputs().expect("inputs"))).expect("a portfolio")
}

type Slot = (&'static TableSpec, fn(&Shard) -> &Table, Option<usize>);

/// The tables that are counted, with their column of money.
const COUNTED: [Slot; 3] = [
    (&customers::SPEC, |shard| &shard.customers, None),
    (&invoices::SPEC, |shard| &shard.invoices, Some(invoices::AMOUNT)),
    (&payments::SPEC, |shard| &shard.payments, Some(payments::AMOUNT)),
];

fn totals(portfolio: &Portfolio) -> Totals {
    let mut totals = Totals::default();
    for (shard, (_, table, amount)) in portfolio.shards.iter().flat_map(|shard| COUNTED.iter().map(move |slot| (shard, slot))) {
        let table = table(shard);
        totals.rows += u64::try_from(table.len()).expect("rows");
        if let Some(Column::Money(values)) = amount.map(|amount| &table.columns[amount]) {
            totals.amount += values.iter().copied().map(i128::from).sum::<i128>();
        }
    }
    totals
}

/// A file of the ledger with the columns the night reads of it.
struct Read {
    path: PathBuf,
    columns: Vec<String>,
    is_counted: bool,
    has_money: bool,
}

/// The columns that came to the shards; of the tables that are not counted, all.
fn files(settings: &Settings, portfolio: &Portfolio) -> Vec<Read> {
    let sources = INPUTS.iter().filter_map(|spec| Some((spec, settings.places.base.join(settings.places.sources.get(spec.name)?))));
    sources
        .map(|(spec, path)| {
            let slot = COUNTED.iter().find(|(counted, _, _)| counted.name == spec.name);
            let is_read = |at: usize| slot.is_none_or(|(_, table, _)| table(&portfolio.shards[0]).columns[at] != Column::Absent);
            let columns = spec.columns.iter().enumerate().filter(|(at, _)| is_read(*at)).map(|(_, column)| column.name.to_owned());
            let has_money = slot.is_some_and(|(_, _, amount)| amount.is_some());
            Read { path, columns: columns.collect(), is_counted: slot.is_some(), has_money }
        })
        .collect()
}

/// Decodes the columns of every file into Arrow arrays, row groups in parallel, and keeps nothing but the totals.
fn decode(files: &[Read]) -> Totals {
    let footers: Vec<ArrowReaderMetadata> = files.iter().map(|read| footer(&read.path)).collect();
    let groups =
        files.iter().zip(&footers).flat_map(|(read, footer)| (0..footer.metadata().num_row_groups()).map(move |at| (read, footer, at)));
    let groups: Vec<(&Read, &ArrowReaderMetadata, usize)> = groups.collect();
    let sums: Vec<Totals> = groups.into_par_iter().map(|(read, footer, group)| decode_group(read, footer, group)).collect();
    sums.into_iter().fold(Totals::default(), |sum, more| Totals { rows: sum.rows + more.rows, amount: sum.amount + more.amount })
}

/// The footer with the types that decode fastest.
fn footer(path: &Path) -> ArrowReaderMetadata {
    let own = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let footer = ArrowReaderMetadata::load(&File::open(path).expect("a file"), own.clone()).expect("a footer");
    let fast = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Decimal128(precision, scale) => field.as_ref().clone().with_data_type(DataType::Decimal64(*precision, *scale)),
        _ => field.as_ref().clone(),
    };
    let schema = Schema::new(footer.schema().fields().iter().map(fast).collect::<Vec<_>>());
    ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), own.with_schema(Arc::new(schema))).expect("types that fit")
}

fn decode_group(read: &Read, footer: &ArrowReaderMetadata, group: usize) -> Totals {
    let file = File::open(&read.path).expect("a file");
    let mask = ProjectionMask::columns(footer.parquet_schema(), read.columns.iter().map(String::as_str));
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer.clone()).with_projection(mask);
    let batches = reader.with_row_groups(vec![group]).with_batch_size(32_768).build().expect("a reader");
    let mut totals = Totals::default();
    for batch in batches {
        let batch = batch.expect("rows");
        totals.rows += if read.is_counted { u64::try_from(batch.num_rows()).expect("rows") } else { 0 };
        totals.amount += if read.has_money { amount(&batch) } else { 0 };
    }
    totals
}

/// The sum of `amount`, which has two decimals, in thousandths.
fn amount(batch: &RecordBatch) -> i128 {
    let amounts = batch.column_by_name("amount").expect("a column");
    amounts.as_primitive::<Decimal64Type>().iter().flatten().map(|amount| i128::from(amount) * 10).sum()
}

/// Computes the night into a folder of its own: its balances and actions, and its penalties.
fn compute(settings: &Settings, as_of: Date, folder: &Path, number: u32) -> [String; 2] {
    let mut settings = settings.clone();
    settings.places.out = folder.join(format!("out-{number}"));
    let request = Request { settings: &settings, as_of, state: StateFrom::None, replace: None, memory_limit: MemoryLimit::default() };
    let Outcome::Published(summary) = run::run(&request, &Silent).expect("a night") else { panic!("{number} is already done") };
    std::fs::remove_dir_all(&settings.places.out).expect("the night can be removed");
    [format!("{:?} {:?}", summary.balances, summary.actions), format!("{:?}", summary.penalties)]
}

criterion_group!(benches, night);
criterion_main!(benches);
