//! A run that is killed at any instant leaves the night as it was or as it will be, and the next run works.

use std::env;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::desk::{Desk, NIGHT, Night, assert_same, names};

/// How often a run is killed; `RELANCE_KILLS=200 cargo test --test e2e kill` does it more often.
const KILLS: u32 = 25;

fn kills() -> u32 {
    env::var("RELANCE_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number of kills"))
}

/// Instants spread over the whole duration of a run, in an order and with offsets that look random and are the same every time.
fn instants(whole: Duration, seed: u64) -> impl Iterator<Item = Duration> {
    let mut random = seed;
    (0..kills()).map(move |_| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = u32::try_from(random >> 44).expect("20 bits");
        whole * share / (1 << 20)
    })
}

/// Starts a run and kills it after some time; whether it was killed before it ended.
fn killed(desk: &Desk, more: &[&str], after: Duration) -> bool {
    let mut command = desk.command(&["run", "--as-of", NIGHT]);
    let mut run = command.args(more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    sleep(after);
    run.kill().expect("a run to kill");
    !run.wait().expect("an end").success()
}

fn hidden(desk: &Desk) -> Vec<String> {
    desk.published().into_iter().filter(|name| name.starts_with('.')).collect()
}

#[test]
fn a_killed_night_is_there_whole_or_not_at_all() {
    let desk = Desk::generated(400, 3, false);
    let started = Instant::now();
    desk.run(NIGHT, &["--out", "reference"]).succeeded();
    let whole = started.elapsed();
    let expected = Night { folder: desk.path(&format!("reference/as_of={NIGHT}")) }.bytes();
    let mut dead = 0;
    for after in instants(whole, 1) {
        dead += u32::from(killed(&desk, &[], after));
        let night = desk.night(NIGHT);
        if night.folder.exists() {
            night.is_whole();
            assert_same("a night whose run was killed", &expected, &night.bytes());
        } else {
            desk.run(NIGHT, &[]).succeeded();
            assert_same("the run after a killed one", &expected, &night.bytes());
        }
        assert_eq!(hidden(&desk), [".relance.lock"]);
        std::fs::remove_dir_all(&night.folder).expect("the night removed");
    }
    assert!(dead > kills() / 8, "{dead} runs were killed before their end");
}

#[test]
fn a_night_being_replaced_is_there_at_every_instant() {
    let desk = Desk::generated(400, 4, false);
    desk.run(NIGHT, &[]).succeeded();
    let expected = desk.night(NIGHT).bytes();
    let replace = ["--replace", "--reason", "again"];
    let started = Instant::now();
    desk.run(NIGHT, &replace).succeeded();
    let whole = started.elapsed();
    let mut dead = 0;
    for after in instants(whole, 2) {
        dead += u32::from(killed(&desk, &replace, after));
        let night = desk.night(NIGHT);
        night.is_whole();
        assert_same("a night whose replacement was killed", &expected, &night.bytes());
    }
    assert!(dead > kills() / 8, "{dead} runs were killed before their end");
    desk.run(NIGHT, &replace).succeeded();
    desk.night(NIGHT).is_whole();
    assert_eq!(hidden(&desk), [".relance.lock"], "the next run clears what the killed ones left");
    // Every former night is whole and has its record.
    let kept = names(&desk.path("out/superseded"));
    let (records, nights): (Vec<&String>, Vec<&String>) = kept.iter().partition(|name| name.ends_with(".json"));
    assert_eq!(records.len(), nights.len());
    for name in nights {
        Night { folder: desk.path("out/superseded").join(name) }.is_whole();
    }
}
