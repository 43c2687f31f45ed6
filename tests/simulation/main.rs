//! Night after night: random portfolios under rule sets that use every mode, with all nights run and with random ones dropped.
//!
//! The kernel is driven as a job drives it, the state of one night going into the next, and the contact log being written by what was due.
//! [`audit`] judges every night from the inputs and the output tables alone, with a ladder of its own ([`ladder`]) written from the
//! reference:
//!
//! - every step that should be asked for is, on its night, each once on one crossing, with its lateness; none is skipped unless a mode says so
//! - no cap is exceeded in any window; what was held or postponed appears again, goes out, or ended for a reason
//! - every open item has a next action with a day, or a reason; what is foretold comes where nothing happens
//! - no action asks for nothing, nor is about an item that is paid, contested, promised or held
//!
//! **The same crossings.** A crossing is an item reaching the time of a step on a ladder it is on. With nights dropped, steps come later;
//! that is what `days_late` says. So two runs are compared where both had the time to catch up and the same facts were seen by both: over
//! items that could be asked for on each of the last [`TAIL`] nights, which both run, and whose ladder did not start again in either
//! (settled on a night and open again, another policy, a part payment with `restart`: an event that falls into dropped nights altogether
//! is not seen, and starts nothing again). There, the steps done are the same ones, each once. Of an item that was settled before, the
//! steps done with nights dropped are some of those done with all nights.
//!
//! `RELANCE_SIMULATION_CUSTOMERS` (default 40), `_NIGHTS` (110), `_WORLDS` (1) and `_SEED` (1) set the size, `_RULES` picks one rule set, `_TRACE` a
//! customer to tell of. The whole size, 2 000 customers
//! and 400 nights, wants `--config 'profile.dev.package.relance.opt-level=3'`.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test ends where something is not as it must be")]

#[path = "../random/mod.rs"]
mod random;

mod audit;
mod engine;
mod ladder;
mod spec;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use audit::Audit;
use engine::{Contact, Engine};
use random::Random;
use spec::{Rules, Step};
use world::World;

fn variable(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Runs these nights, and lets people do what was due and agree to some of what was asked.
fn run<'w>(world: &'w World, rules: &'w Rules, nights: &[i32]) -> Audit<'w> {
    let mut engine = Engine::new(world, rules);
    let mut audit = Audit::new(world, rules);
    for day in nights {
        let night = engine.night(*day);
        audit.see(&night, &engine.log);
        for action in &night.actions {
            let drawn = action.id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            match (action.status.as_str(), Step::channel(&action.verb)) {
                ("due", Some(channel)) => {
                    engine.contact(Contact { customer: action.customer, day: *day, channel, inbound: false, action: action.id.clone() });
                }
                ("needs_approval", channel) if drawn % 5 == 0 => {
                    let late = i32::try_from(drawn / 5 % 9).expect("few");
                    let channel = channel.unwrap_or("visit");
                    engine.contact(Contact {
                        customer: action.customer,
                        day: day + late,
                        channel,
                        inbound: false,
                        action: action.id.clone(),
                    });
                }
                _ => {}
            }
        }
    }
    audit
}

/// Nights at the end that are never dropped: enough for the longest ladder of the plain rules to catch up, a gap apart.
const TAIL: i32 = 22;

/// Whether somebody could be asked about an item on each of the last nights.
fn is_free_at_the_end(world: &World, audit: &Audit<'_>, (invoice, sequence): (usize, i64), nights: i32) -> bool {
    let customer = world.invoices[invoice].customer;
    (nights - TAIL..nights).all(|day| {
        let open = world.invoices[invoice].open(day).into_iter().any(|item| item.sequence == sequence && item.collectible > 0);
        open && !audit.is_blocked(invoice, day) && !audit.is_held(customer, day)
    })
}

/// Compares what two runs did; gives the number of items compared.
fn same_crossings(world: &World, rules: &Rules, all: &Audit<'_>, some: &Audit<'_>, nights: i32) -> usize {
    let steps = |audit: &Audit<'_>, key: (usize, i64)| -> BTreeSet<(usize, usize)> {
        let own = audit.done.range((key, 0, 0)..=(key, usize::MAX, usize::MAX));
        own.map(|((_, policy, step), _)| (*policy, *step)).collect()
    };
    let mut compared = 0;
    for (at, invoice) in world.invoices.iter().enumerate() {
        let customer = &world.customers[invoice.customer];
        // Under a ladder of the customer the oldest item drives it, so that only a lone item has crossings of its own.
        let is_own = rules.policies[0].per_invoice || customer.invoices.len() == 1;
        if !is_own || all.restarted.contains(&at) || some.restarted.contains(&at) || customer.tiers.len() > 1 {
            continue;
        }
        for sequence in 0..4 {
            let key = (at, sequence);
            let (with_all, with_some) = (steps(all, key), steps(some, key));
            if is_free_at_the_end(world, all, key, nights) {
                assert_eq!(with_some, with_all, "{}: steps of {} {sequence}", rules.name, invoice.id);
                compared += 1;
            } else {
                assert!(with_some.is_subset(&with_all), "{}: steps of {} {sequence}: {with_some:?} {with_all:?}", rules.name, invoice.id);
            }
        }
    }
    compared
}

/// What the runs of a world must have had to do, so that no part of the audit is empty.
const TRIED: [&str; 14] = [
    "foretold and met",
    "held, then appears again",
    "held, then went out",
    "held, then a later step is the closest now",
    "held, then nothing to ask for any more",
    "needs_approval, then agreed to",
    "old policy finished",
    "passed: below its minimum",
    "passed: its condition is false",
    "policy changed",
    "postponed, then went out",
    "the last step again",
    "two_a_week reached",
    "letters reached",
];

#[test]
fn whatever_nights_are_dropped_every_crossing_is_done_once() {
    let (customers, nights) = (variable("RELANCE_SIMULATION_CUSTOMERS", 40), variable("RELANCE_SIMULATION_NIGHTS", 110));
    let (first, worlds) = (variable("RELANCE_SIMULATION_SEED", 1), variable("RELANCE_SIMULATION_WORLDS", 1));
    let nights = i32::try_from(nights).expect("few nights");
    let only = std::env::var("RELANCE_SIMULATION_RULES").unwrap_or_default();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + worlds {
        let seed = u64::try_from(seed).expect("a seed");
        let world = World::draw(seed, customers, nights);
        for rules in spec::all().into_iter().filter(|rules| rules.name.contains(&only)) {
            let clock = Instant::now();
            let every: Vec<i32> = (0..nights).collect();
            let all = run(&world, &rules, &every);
            let mut random = Random(seed * 77);
            let some: Vec<i32> = every.into_iter().filter(|day| random.below(3) == 0 || *day >= nights - TAIL).collect();
            let part = run(&world, &rules, &some);
            let is_plain = rules.caps.is_empty();
            let compared = if is_plain { same_crossings(&world, &rules, &all, &part, nights) } else { 0 };
            assert!(compared > 0 || !is_plain, "{}: nothing to compare", rules.name);
            let count = |audit: &Audit<'_>| audit.done.values().map(Vec::len).sum::<usize>();
            println!(
                "seed {seed}, {}: {customers} customers, {} invoices; {nights} nights: {} steps done; {} nights: {}; the same for {compared} items; {:.0?}",
                rules.name,
                world.invoices.len(),
                count(&all),
                some.len(),
                count(&part),
                clock.elapsed()
            );
            for (what, count) in all.seen.into_iter().chain(part.seen) {
                *seen.entry(what).or_default() += count;
            }
        }
    }
    println!("{seen:?}");
    assert!(!only.is_empty() || TRIED.iter().all(|what| seen.contains_key(*what)), "{seen:?}");
}
