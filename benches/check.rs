//! `relance check` on a pack of a hundred rules and on a table of two thousand rows, proofs included; every iteration checks its answer.
//! Then the program on rule files made to harm, each of which it must refuse within a second of processor time and 200 MB of memory.

#![allow(clippy::print_stdout, reason = "what a bench finds is for people")]
#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

#[path = "../tests/hostile_rules/mod.rs"]
mod hostile_rules;
#[path = "../tests/large_rules/mod.rs"]
mod large_rules;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use hostile_rules::{Hostile, expressions, texts};
use large_rules::{HUNDRED_RULES, TWO_THOUSAND_ROWS, codes, hundred_rules, two_thousand_rows};

fn checks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    let rules = hundred_rules();
    group.bench_function("a pack of 100 rules", |bencher| bencher.iter(|| assert_eq!(codes(&rules), HUNDRED_RULES)));
    let rows = two_thousand_rows();
    group.bench_function("a table of 2 000 rows", |bencher| bencher.iter(|| assert_eq!(codes(&rows), TWO_THOUSAND_ROWS)));
    group.finish();
}

/// Kilobytes of address space and seconds of processor time, kept by the shell.
const LIMITS: &str = "ulimit -v 204800 && ulimit -t 1 && exec \"$0\" check rules --as-of 2026-11-20 > said 2>&1";

/// What a refusal took.
struct Refusal {
    what: &'static str,
    wall: Duration,
    /// Processor time and memory as last seen before the end: both only rise.
    processor: Duration,
    kilobytes: u64,
}

/// Refuses one file.
fn refuse(desk: &Path, hostile: &Hostile) -> Refusal {
    fs::write(desk.join("rules/hostile.yaml"), &hostile.bytes).expect("a rule file");
    let begun = Instant::now();
    let mut child = Command::new("sh").args(["-c", LIMITS, env!("CARGO_BIN_EXE_relance")]).current_dir(desk).spawn().expect("a shell");
    let (mut kilobytes, mut nanoseconds) = (0, 0);
    let status = loop {
        let seen = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
        let mark = seen("status").lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok());
        kilobytes = mark.unwrap_or(0).max(kilobytes);
        nanoseconds = seen("schedstat").split(' ').next().and_then(|spent| spent.parse().ok()).unwrap_or(0).max(nanoseconds);
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(Duration::from_micros(100));
    };
    let wall = begun.elapsed();
    let said = fs::read_to_string(desk.join("said")).expect("what was said");
    let shown: String = said.chars().take(600).collect();
    assert!(matches!(status.code(), Some(1 | 78)) && said.contains(hostile.said), "{}: {status} {shown}", hostile.what);
    Refusal { what: hostile.what, wall, processor: Duration::from_nanos(nanoseconds), kilobytes }
}

fn refusals(_: &mut Criterion) {
    let desk = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(desk.path().join("rules")).expect("a folder");
    let files: Vec<Hostile> = texts().into_iter().chain(expressions()).collect();
    let refusals: Vec<Refusal> = files.iter().map(|hostile| refuse(desk.path(), hostile)).collect();
    println!("{} rule files made to harm, each refused within a second of processor time and 200 MB of address space", files.len());
    let longest = refusals.iter().max_by_key(|refusal| refusal.wall).expect("files");
    println!("  longest: {} ms, {}", longest.wall.as_millis(), longest.what);
    let dearest = refusals.iter().max_by_key(|refusal| refusal.processor).expect("files");
    println!("  most processor time seen: {} ms, {}", dearest.processor.as_millis(), dearest.what);
    let largest = refusals.iter().max_by_key(|refusal| refusal.kilobytes).expect("files");
    println!("  most memory seen: {} MB, {}", largest.kilobytes / 1_024, largest.what);
}

criterion_group!(benches, checks, refusals);
criterion_main!(benches);
