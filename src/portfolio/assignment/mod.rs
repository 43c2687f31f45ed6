//! Puts the work of a night before people: which actions find a place within the hours there are, and who does each.
//!
//! An action takes effort (minutes, or one where nobody says how long it takes) of its queue, of one of the people who can do it, and a
//! place of its channel. What has waited beyond the patience of its queue goes first, the longest wait before all; then what is worth most
//! for its effort. Customers stay with the collector they have, as far as that costs nobody else a place.
//!
//! **How good it is.** Where all efforts are alike, the sets of actions that people can do together are those of a transversal matroid, so
//! taking the best first and moving others aside along augmenting paths finds the optimum (Edmonds and Fulkerson, 1965; Rado, 1957). Where
//! they differ it is a knapsack for each person: the best by worth and effort are taken, and those around the cut are decided again by
//! branch and bound (the core of Balas and Zemel, 1980), which is the optimum itself wherever no more than [`search::CORE`] compete.
//!
//! **How long anybody waits.** Beyond its patience an action is overtaken by nothing that has waited for less. Those that have waited for
//! longer become no more, and each night takes the first of them at least; so it waits for no more nights than there are of them.

mod filling;
mod search;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use filling::Filling;

/// One action that takes people's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Position among [`Force::queues`].
    pub queue: u32,
    /// Minutes, or one; at least one.
    pub effort: u32,
    /// What doing it tonight is expected to bring in, minor units.
    pub worth: i64,
    /// Where it stands in its queue, 1 for the first: no two of a queue share one.
    pub rank: u32,
    /// Days it has waited, where that is beyond the patience of its queue; else 0.
    pub overdue: u32,
    /// Who can do it: a position among [`Force::skills`]. `None` where the queue has no people by name.
    pub skill: Option<u32>,
    /// Position among [`Force::channels`].
    pub channel: Option<u32>,
    /// Position among [`Force::homes`].
    pub customer: u32,
    /// Position of the job without which this one is not done: what goes with a step, or stands behind it.
    pub follows: Option<usize>,
}

/// What there is to do it with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Force {
    pub queues: Vec<Queue>,
    /// Actions a night of each channel, over all queues.
    pub channels: Vec<Option<u64>>,
    /// Effort a night of each collector.
    pub people: Vec<Option<u64>>,
    /// The collectors who can do work of a kind, ascending.
    pub skills: Vec<Vec<u32>>,
    /// The collector each customer has, where it has one.
    pub homes: Vec<Option<u32>>,
}

/// A queue of work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    /// Effort a night; `None` is no limit.
    pub capacity: Option<u64>,
    /// Whether worth for effort decides who finds a place, or the rank alone.
    pub by_worth: bool,
}

/// Why an action found no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its queue, or everybody who can do it, has no time left.
    Full,
    /// Its channel takes no more.
    Channel,
    /// Its queue has people, and none of them can do it.
    Nobody,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is done, by a collector where the queue has people by name.
    Done(Option<u32>),
    Displaced(Why),
}

impl Place {
    /// Whether it is done.
    pub fn is_done(self) -> bool {
        matches!(self, Place::Done(_))
    }
}

/// Finds a place for each job; the result is in the order of the jobs, and does not depend on it.
pub fn assign(jobs: &[Job], force: &Force) -> Vec<Place> {
    let mut standing: Vec<usize> = (0..jobs.len()).collect();
    standing.sort_unstable_by_key(|at| (jobs[*at].queue, jobs[*at].rank));
    let mut stands_at = vec![0; jobs.len()];
    standing.iter().enumerate().for_each(|(at, job)| stands_at[*job] = at);
    let moved = |at: &usize| Job { follows: jobs[*at].follows.map(|job| stands_at[job]), ..jobs[*at] };
    let in_order: Vec<Job> = standing.iter().map(moved).collect();
    let mut places = vec![Place::Displaced(Why::Full); jobs.len()];
    standing.into_iter().zip(assign_in_order(&in_order, force)).for_each(|(at, place)| places[at] = place);
    places
}

/// The same for jobs in order of queue and rank.
fn assign_in_order(jobs: &[Job], force: &Force) -> Vec<Place> {
    let mut filling = Filling::new(jobs, force);
    let (free, following): (Vec<usize>, Vec<usize>) = order(jobs, force).into_iter().partition(|at| jobs[*at].follows.is_none());
    let (waited, rest): (Vec<usize>, Vec<usize>) = free.into_iter().partition(|at| jobs[*at].overdue > 0);
    waited.into_iter().for_each(|at| filling.place(at));
    let by_worth = |at: &usize| force.queues[jobs[*at].queue as usize].by_worth;
    let (gainful, idle): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|at| !by_worth(at) || jobs[*at].worth > 0);
    gainful.iter().for_each(|at| filling.place(*at));
    for part in parts(&gainful, jobs, force) {
        if part.iter().all(by_worth) {
            search::improve(&mut filling, &part);
        }
    }
    idle.into_iter().for_each(|at| filling.place(at));
    follow(&mut filling, following);
    filling.bring_home();
    filling.places()
}

/// Gives the places that are left to what goes with something else, once that is done.
fn follow(filling: &mut Filling<'_>, mut following: Vec<usize>) {
    // Each round places those whose own leader has been decided; what follows itself in a circle is never done.
    loop {
        let waits: BTreeSet<usize> = following.iter().copied().collect();
        let is_ready = |at: &usize| filling.jobs[*at].follows.is_none_or(|leader| !waits.contains(&leader));
        let (ready, rest): (Vec<usize>, Vec<usize>) = following.into_iter().partition(is_ready);
        if ready.is_empty() {
            return;
        }
        for at in ready {
            if filling.jobs[at].follows.is_none_or(|leader| filling.at(leader).is_done()) {
                filling.place(at);
            }
        }
        following = rest;
    }
}

/// The order in which places are given.
fn order(jobs: &[Job], force: &Force) -> Vec<usize> {
    // Worth for effort in millionths; of what brings nothing in, the rank alone decides.
    let density = |job: &Job| {
        let gain = i128::from(job.worth.max(0)) * 1_000_000;
        if force.queues[job.queue as usize].by_worth { gain / i128::from(job.effort.max(1)) } else { 0 }
    };
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_cached_key(|at| {
        let job = &jobs[*at];
        let density = if job.overdue > 0 { 0 } else { density(job) };
        (Reverse(job.overdue), Reverse(density), job.rank, job.queue)
    });
    order
}

/// The jobs that compete with each other, each part in the order given: those of a queue, and of queues that share people.
fn parts(order: &[usize], jobs: &[Job], force: &Force) -> Vec<Vec<usize>> {
    // Each person leads to a queue that its work was seen in first; queues that meet there are one part.
    let mut leads: Vec<u32> = (0..u32::try_from(force.queues.len()).unwrap_or(u32::MAX)).collect();
    fn root(leads: &[u32], mut queue: u32) -> u32 {
        while leads[queue as usize] != queue {
            queue = leads[queue as usize];
        }
        queue
    }
    let mut first_seen: Vec<Option<u32>> = vec![None; force.people.len()];
    let kinds: BTreeSet<(u32, u32)> = order.iter().filter_map(|at| Some((jobs[*at].skill?, jobs[*at].queue))).collect();
    for (skill, queue) in kinds {
        for person in &force.skills[skill as usize] {
            let before = *first_seen[*person as usize].get_or_insert(queue);
            let (one, other) = (root(&leads, before), root(&leads, queue));
            leads[one.max(other) as usize] = one.min(other);
        }
    }
    let mut parts: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for at in order {
        parts.entry(root(&leads, jobs[*at].queue)).or_default().push(*at);
    }
    parts.into_values().collect()
}

/// What a queue had to do and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Actions that asked for a place, and the effort they take.
    pub jobs: u64,
    pub effort: u64,
    /// Those that found one.
    pub done: u64,
    pub effort_done: u64,
    /// Those that found none, and what they would have brought in.
    pub displaced: u64,
    pub worth_displaced: i128,
    /// What so much more effort would bring in, in the hands of somebody who can do all of the queue's work, the rest left as it is.
    pub worth_of_more: i128,
}

/// What each queue had to do, and what `more` effort is worth to it.
pub fn loads(jobs: &[Job], places: &[Place], queues: usize, more: u32) -> Vec<Load> {
    let mut loads = vec![Load::default(); queues];
    // By queue and effort, what the displaced are worth: no more than fit are of interest.
    let mut waiting: BTreeMap<(u32, u32), Vec<i64>> = BTreeMap::new();
    for (job, place) in jobs.iter().zip(places) {
        let load = &mut loads[job.queue as usize];
        load.jobs += 1;
        load.effort += u64::from(job.effort);
        if place.is_done() {
            load.done += 1;
            load.effort_done += u64::from(job.effort);
            continue;
        }
        load.displaced += 1;
        load.worth_displaced += i128::from(job.worth.max(0));
        // More hands help what the team cannot do as well; they do not widen a channel.
        if *place != Place::Displaced(Why::Channel) && job.worth > 0 && job.effort <= more {
            waiting.entry((job.queue, job.effort)).or_default().push(job.worth);
        }
    }
    let mut best: BTreeMap<u32, Vec<i128>> = BTreeMap::new();
    for ((queue, effort), mut worths) in waiting {
        worths.sort_unstable_by_key(|worth| Reverse(*worth));
        let best = best.entry(queue).or_insert_with(|| vec![0; more as usize + 1]);
        for worth in worths.into_iter().take((more / effort) as usize) {
            // A knapsack of whole things: from the fullest, so that each is taken once.
            for filled in (effort as usize..=more as usize).rev() {
                best[filled] = best[filled].max(best[filled - effort as usize] + i128::from(worth));
            }
        }
    }
    for (queue, best) in best {
        loads[queue as usize].worth_of_more = best.last().copied().unwrap_or(0);
    }
    loads
}
