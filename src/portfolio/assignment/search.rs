//! Branch and bound over the jobs around the cut: those that barely found a place, and those that barely did not.

use std::collections::BTreeSet;

use crate::portfolio::assignment::filling::Filling;

/// Jobs that are decided again together.
pub const CORE: usize = 24;

/// Branches looked at before the best so far is taken. A count, not a time: the same on any machine.
const BRANCHES: u32 = 200_000;

/// Decides the jobs around the cut again where that brings in more. `order` is that in which they were placed.
pub(super) fn improve(filling: &mut Filling<'_>, order: &[usize]) {
    let Some(cut) = order.iter().position(|at| !filling.at(*at).is_done()) else { return };
    if is_exact(filling, order) {
        return;
    }
    let start = (cut.saturating_sub(CORE / 2)).min(order.len().saturating_sub(CORE));
    let core: Vec<usize> = order[start..].iter().take(CORE).copied().filter(|at| could_be_done(filling, *at)).collect();
    let before: Vec<(usize, Option<u32>)> = core.iter().filter_map(|at| person(filling, *at).map(|person| (*at, person))).collect();
    let gained: i128 = before.iter().map(|(at, _)| i128::from(filling.jobs[*at].worth)).sum();
    before.iter().for_each(|(at, _)| filling.give_back(*at));
    let mut search = Search::new(filling, &core, gained);
    search.branch(filling, 0, 0);
    let chosen = search.best.unwrap_or(before);
    chosen.into_iter().for_each(|(at, person)| filling.give(at, person));
    // There may be room now where there was none.
    filling.reopen();
    let left_out: Vec<usize> = order.iter().copied().filter(|at| !filling.at(*at).is_done()).collect();
    left_out.into_iter().for_each(|at| filling.place(at));
}

/// Whether taking the best first is the optimum: efforts are alike and no channel cuts through the queues.
fn is_exact(filling: &Filling<'_>, order: &[usize]) -> bool {
    let efforts: BTreeSet<u32> = order.iter().map(|at| filling.jobs[*at].effort).collect();
    let limited = |channel: u32| filling.force.channels[channel as usize].is_some();
    efforts.len() <= 1 && !order.iter().any(|at| filling.jobs[*at].channel.is_some_and(limited))
}

fn could_be_done(filling: &Filling<'_>, at: usize) -> bool {
    let job = &filling.jobs[at];
    job.skill.is_none() || !filling.able(job).is_empty()
}

/// Who does it; `Some(None)` where that is nobody by name.
fn person(filling: &Filling<'_>, at: usize) -> Option<Option<u32>> {
    match filling.at(at) {
        super::Place::Done(person) => Some(person),
        super::Place::Displaced(_) => None,
    }
}

/// The tree of what is done by whom, cut where no branch can be better than the best one known.
struct Search {
    /// Jobs by what they are worth for their effort, the best first, with worth and effort.
    core: Vec<(usize, i128, u64)>,
    /// What the best choice brings in, and that choice where one better than the first was found.
    most: i128,
    best: Option<Vec<(usize, Option<u32>)>>,
    chosen: Vec<(usize, Option<u32>)>,
    /// All people the core can turn to, each once.
    people: Vec<u32>,
    /// The queues it takes effort of.
    queues: Vec<u32>,
    branches: u32,
}

impl Search {
    fn new(filling: &Filling<'_>, core: &[usize], most: i128) -> Search {
        let of = |at: &usize| (*at, i128::from(filling.jobs[*at].worth), filling.effort(*at));
        let mut core: Vec<(usize, i128, u64)> = core.iter().map(of).collect();
        core.sort_by(|one, other| (other.1 * i128::from(one.2)).cmp(&(one.1 * i128::from(other.2))).then(one.0.cmp(&other.0)));
        let people: BTreeSet<u32> = core.iter().flat_map(|(at, ..)| filling.able(&filling.jobs[*at])).copied().collect();
        let queues: BTreeSet<u32> = core.iter().map(|(at, ..)| filling.jobs[*at].queue).collect();
        Search {
            core,
            most,
            best: None,
            chosen: Vec::new(),
            people: people.into_iter().collect(),
            queues: queues.into_iter().collect(),
            branches: 0,
        }
    }

    /// What is done of the jobs from a position on, `gained` with those before it.
    fn branch(&mut self, filling: &mut Filling<'_>, from: usize, gained: i128) {
        if gained > self.most {
            self.most = gained;
            self.best = Some(self.chosen.clone());
        }
        self.branches += 1;
        if from == self.core.len() || self.branches > BRANCHES || gained + self.at_most(filling, from) <= self.most {
            return;
        }
        let (at, worth, effort) = self.core[from];
        for person in ways(filling, at, effort) {
            filling.take(at, person);
            self.chosen.push((at, person));
            self.branch(filling, from + 1, gained + worth);
            self.chosen.pop();
            filling.give_back(at);
        }
        self.branch(filling, from + 1, gained);
    }

    /// What the jobs from a position on bring in at most: as if they could be cut, and everybody could do each.
    fn at_most(&self, filling: &Filling<'_>, from: usize) -> i128 {
        let of_queues: u128 = self.queues.iter().map(|queue| u128::from(filling.queues[*queue as usize])).sum();
        let of_people: u128 = self.people.iter().map(|person| u128::from(filling.people[*person as usize])).sum();
        let mut left = if self.people.is_empty() { of_queues } else { of_people.min(of_queues) };
        let mut most = 0;
        for (_, worth, effort) in &self.core[from..] {
            if u128::from(*effort) > left {
                // Rounded up: what is cut is worth no less.
                let left = i128::try_from(left).unwrap_or(i128::MAX);
                return most + (worth * left + i128::from(*effort) - 1) / i128::from(*effort);
            }
            left -= u128::from(*effort);
            most += worth;
        }
        most
    }
}

/// By whom a job can be done now: of people alike in time and skills one is enough.
fn ways(filling: &Filling<'_>, at: usize, effort: u64) -> Vec<Option<u32>> {
    let job = &filling.jobs[at];
    if filling.room(at).is_err() {
        return Vec::new();
    }
    if job.skill.is_none() {
        return vec![None];
    }
    let with_time = filling.able(job).iter().filter(|person| filling.people[**person as usize] >= effort);
    let mut alike = BTreeSet::new();
    let is_new = |person: &&u32| {
        let can: Vec<bool> = filling.force.skills.iter().map(|able| able.binary_search(person).is_ok()).collect();
        alike.insert((filling.people[**person as usize], can))
    };
    with_time.filter(is_new).map(|person| Some(*person)).collect()
}
