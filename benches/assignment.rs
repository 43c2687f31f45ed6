//! Ranking and assigning the work of a large portfolio; every iteration checks its answer.
//!
//! `RELANCE_BENCH_ACTIONS` sets the number of actions (default 500 000): for 300 collectors of four languages and five queues, once with
//! actions that all take the same, once with minutes.

#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

#[path = "../tests/random/mod.rs"]
mod random;

use std::cmp::Reverse;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use random::Random;
use relance::portfolio::assignment::{Force, Job, Place, Queue, assign};
use relance::portfolio::ranking;

const PEOPLE: u32 = 300;
const QUEUES: u32 = 5;
const LANGUAGES: u32 = 4;

fn below(random: &mut Random, bound: usize) -> u32 {
    u32::try_from(random.below(bound)).expect("a small number")
}

fn work(actions: u32, minutes: bool) -> (Vec<Job>, Force) {
    let mut random = Random(7);
    // Everybody is of one queue, speaks the first language, and some of the others.
    let people: Vec<(u32, [bool; LANGUAGES as usize])> = (0..PEOPLE)
        .map(|_| {
            (
                below(&mut random, QUEUES as usize),
                [true, below(&mut random, 2) == 0, below(&mut random, 3) == 0, below(&mut random, 6) == 0],
            )
        })
        .collect();
    let able = |queue: u32, language: usize| {
        let can = |(at, (of, speaks)): (u32, &(u32, [bool; 4]))| (*of == queue && speaks[language]).then_some(at);
        (0..).zip(&people).filter_map(can).collect()
    };
    let force = Force {
        queues: vec![Queue { capacity: None, by_worth: true }; QUEUES as usize],
        channels: Vec::new(),
        people: vec![Some(if minutes { 420 } else { 40 }); PEOPLE as usize],
        skills: (0..QUEUES)
            .flat_map(|queue| (0..LANGUAGES as usize).map(move |language| (queue, language)))
            .map(|(queue, language)| able(queue, language))
            .collect(),
        homes: (0..actions).map(|at| (at % 3 > 0).then_some(at % PEOPLE)).collect(),
    };
    let job = |customer: u32| {
        let (queue, language) = (below(&mut random, QUEUES as usize), random.below(LANGUAGES as usize));
        let effort = if minutes { *random.pick(&[6, 12, 20, 45, 90]) } else { 1 };
        let worth = i64::from(below(&mut random, 1_000_000)) - 10_000;
        Job {
            queue,
            effort,
            worth,
            rank: 0,
            overdue: 0,
            skill: Some(queue * LANGUAGES + u32::try_from(language).expect("a small number")),
            channel: None,
            customer,
            follows: None,
        }
    };
    ((0..actions).map(job).collect(), force)
}

/// Ranks, then gives the places; what is done is worth so much.
fn decide(jobs: &mut [Job], force: &Force) -> i128 {
    let queues: Vec<u32> = jobs.iter().map(|job| job.queue).collect();
    let worths: Vec<i64> = jobs.iter().map(|job| job.worth).collect();
    let efforts: Vec<i64> = jobs.iter().map(|job| i64::from(job.effort)).collect();
    let ranks = ranking::rank(&queues, &[worths, efforts]).expect("ranks");
    jobs.iter_mut().zip(ranks).for_each(|(job, rank)| job.rank = rank);
    let places = assign(jobs, force);
    let mut left: Vec<u64> = force.people.iter().map(|capacity| capacity.expect("a capacity")).collect();
    let mut worth = 0;
    for (job, place) in jobs.iter().zip(places) {
        if let Place::Done(Some(person)) = place {
            let own = &mut left[person as usize];
            *own = own.checked_sub(u64::from(job.effort)).expect("nobody works longer than a night");
            worth += i128::from(job.worth);
        }
    }
    worth
}

/// What all of them together could do at most, were work divisible and everybody able to do everything.
fn at_most(jobs: &[Job], force: &Force) -> i128 {
    let mut best: Vec<&Job> = jobs.iter().filter(|job| job.worth > 0).collect();
    best.sort_by_key(|job| Reverse(i128::from(job.worth) * 1_000_000 / i128::from(job.effort)));
    let mut left: i128 = force.people.iter().flatten().map(|capacity| i128::from(*capacity)).sum();
    let mut worth = 0;
    for job in best {
        let part = i128::from(job.effort).min(left);
        worth += i128::from(job.worth) * part / i128::from(job.effort);
        left -= part;
    }
    worth
}

fn assignment(criterion: &mut Criterion) {
    let actions = std::env::var("RELANCE_BENCH_ACTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(500_000);
    let mut group = criterion.benchmark_group("assignment");
    group.sampling_mode(SamplingMode::Flat).sample_size(10).throughput(Throughput::Elements(u64::from(actions)));
    for (name, minutes) in [("alike", false), ("minutes", true)] {
        let (mut jobs, force) = work(actions, minutes);
        let most = at_most(&jobs, &force);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let worth = decide(&mut jobs, &force);
                assert!(worth <= most && 100 * worth >= 90 * most, "{worth} of at most {most}");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, assignment);
criterion_main!(benches);
