//! The places of a night, and who has which.

use std::collections::{BTreeMap, VecDeque};

use crate::portfolio::assignment::{Force, Job, Place, Why};

/// More than anything takes; far from overflowing when added to.
const NO_LIMIT: u64 = u64::MAX / 4;

/// Places given so far, and what is left.
#[derive(Debug, Clone)]
pub(super) struct Filling<'a> {
    pub(super) jobs: &'a [Job],
    pub(super) force: &'a Force,
    /// Effort left of each queue and each person, actions left of each channel.
    pub(super) queues: Vec<u64>,
    pub(super) people: Vec<u64>,
    pub(super) channels: Vec<u64>,
    /// The effort of each job. What nobody has the time for takes somebody's whole night, or the whole queue's: it must not wait for ever.
    efforts: Vec<u64>,
    places: Vec<Place>,
    homes: Vec<Option<u32>>,
    /// What each person has of each kind, so that work can be moved to somebody else.
    held: BTreeMap<(u32, u32), Vec<usize>>,
    /// The least effort of a kind for which no place was found: people only get fuller.
    closed: Vec<u32>,
    /// For how many kinds somebody can work: who can do little is taken first, so that who can do much is left.
    breadth: Vec<u32>,
}

/// A way on which work moves aside: somebody, and who gives up what to get there.
type Hops = BTreeMap<u32, (u32, usize)>;

impl<'a> Filling<'a> {
    pub(super) fn new(jobs: &'a [Job], force: &'a Force) -> Filling<'a> {
        let limits = |limits: &[Option<u64>]| limits.iter().map(|limit| limit.unwrap_or(NO_LIMIT).min(NO_LIMIT)).collect();
        let mut breadth = vec![0; force.people.len()];
        force.skills.iter().flatten().for_each(|person| breadth[*person as usize] += 1);
        let of_queues: Vec<Option<u64>> = force.queues.iter().map(|queue| queue.capacity).collect();
        let (queues, people): (Vec<u64>, Vec<u64>) = (limits(&of_queues), limits(&force.people));
        let longest = |able: &Vec<u32>| able.iter().map(|person| people[*person as usize]).max().unwrap_or(NO_LIMIT);
        let longest: Vec<u64> = force.skills.iter().map(longest).collect();
        let whole = |job: &Job| job.skill.map_or(NO_LIMIT, |skill| longest[skill as usize]).min(queues[job.queue as usize]);
        let efforts = jobs.iter().map(|job| u64::from(job.effort).min(whole(job)).max(1)).collect();
        Filling {
            jobs,
            force,
            efforts,
            queues,
            people,
            channels: limits(&force.channels),
            places: vec![Place::Displaced(Why::Full); jobs.len()],
            homes: force.homes.clone(),
            held: BTreeMap::new(),
            closed: vec![u32::MAX; force.skills.len()],
            breadth,
        }
    }

    pub(super) fn places(self) -> Vec<Place> {
        self.places
    }

    pub(super) fn at(&self, job: usize) -> Place {
        self.places[job]
    }

    /// The people who can do a job; nobody where its queue has no people by name.
    pub(super) fn able(&self, job: &Job) -> &'a [u32] {
        job.skill.map_or(&[], |skill| &self.force.skills[skill as usize])
    }

    pub(super) fn effort(&self, at: usize) -> u64 {
        self.efforts[at]
    }

    /// Whose customer it is about.
    fn home(&self, job: &Job) -> Option<u32> {
        self.homes.get(job.customer as usize).copied().flatten()
    }

    /// Finds a place for a job, or notes why there is none.
    pub(super) fn place(&mut self, at: usize) {
        let found = self.room(at).and_then(|()| self.somebody(at));
        match found {
            Ok(person) => self.give(at, person),
            Err(why) => self.places[at] = Place::Displaced(why),
        }
    }

    /// Whether queue and channel have room.
    pub(super) fn room(&self, at: usize) -> Result<(), Why> {
        let (job, effort) = (&self.jobs[at], self.efforts[at]);
        if job.skill.is_some() && self.able(job).is_empty() {
            Err(Why::Nobody)
        } else if job.channel.is_some_and(|channel| self.channels[channel as usize] == 0) {
            Err(Why::Channel)
        } else if self.queues[job.queue as usize] < effort {
            Err(Why::Full)
        } else {
            Ok(())
        }
    }

    /// Somebody with time for it: the customer's own collector, else who can do the least else, else somebody whose work moves aside.
    fn somebody(&mut self, at: usize) -> Result<Option<u32>, Why> {
        let (job, effort) = (&self.jobs[at], self.efforts[at]);
        let Some(skill) = job.skill else { return Ok(None) };
        let able = self.able(job);
        let has_time = |person: &u32| self.people[*person as usize] >= effort;
        let home = self.home(job).filter(|home| able.binary_search(home).is_ok());
        if let Some(home) = home.filter(has_time) {
            return Ok(Some(home));
        }
        if self.closed[skill as usize] <= job.effort {
            return Err(Why::Full);
        }
        let narrow = |person: &&u32| (self.breadth[**person as usize], std::cmp::Reverse(self.people[**person as usize]), **person);
        if let Some(person) = able.iter().filter(|person| has_time(person)).min_by_key(narrow) {
            return Ok(Some(*person));
        }
        let found = self.move_aside(able, effort);
        if found.is_none() {
            self.closed[skill as usize] = job.effort;
        }
        found.map(Some).ok_or(Why::Full)
    }

    /// Makes room with one of these people, by the fewest moves: work goes from one to the next until it meets somebody with time.
    fn move_aside(&mut self, able: &[u32], effort: u64) -> Option<u32> {
        let mut hops = Hops::new();
        let mut seen = vec![false; self.people.len()];
        able.iter().for_each(|person| seen[*person as usize] = true);
        // Who is to get so much more than there is time for.
        let mut waiting: VecDeque<(u32, u64)> = able.iter().map(|person| (*person, effort)).collect();
        while let Some((person, arriving)) = waiting.pop_front() {
            let short = arriving.saturating_sub(self.people[person as usize]);
            for (_, held) in self.held.range((person, 0)..=(person, u32::MAX)) {
                let enough = held.iter().filter(|job| self.efforts[**job] >= short);
                // The smallest that makes room, and of those one that is not with its own collector.
                let is_home = |job: usize| self.home(&self.jobs[job]) == Some(person);
                let Some(leaving) = enough.copied().min_by_key(|job| (self.efforts[*job], is_home(*job), *job)) else { continue };
                let size = self.efforts[leaving];
                for next in self.able(&self.jobs[leaving]) {
                    if std::mem::replace(&mut seen[*next as usize], true) {
                        continue;
                    }
                    hops.insert(*next, (person, leaving));
                    if self.people[*next as usize] >= size {
                        return Some(self.follow(&hops, *next));
                    }
                    waiting.push_back((*next, size));
                }
            }
        }
        None
    }

    /// Moves work along a way, from its end; who has room then.
    fn follow(&mut self, hops: &Hops, end: u32) -> u32 {
        let mut person = end;
        while let Some((before, leaving)) = hops.get(&person).copied() {
            self.give_back(leaving);
            self.take(leaving, Some(person));
            person = before;
        }
        person
    }

    /// Gives a job a place that is free; all work of a customer is for one collector, so the customer has one now.
    pub(super) fn give(&mut self, at: usize, person: Option<u32>) {
        self.take(at, person);
        if let Some(home) = self.homes.get_mut(self.jobs[at].customer as usize) {
            *home = home.or(person);
        }
    }

    /// Puts a job on a place that is free.
    pub(super) fn take(&mut self, at: usize, person: Option<u32>) {
        let (job, effort) = (&self.jobs[at], self.efforts[at]);
        self.queues[job.queue as usize] -= effort;
        if let Some(channel) = job.channel {
            self.channels[channel as usize] -= 1;
        }
        if let (Some(person), Some(skill)) = (person, job.skill) {
            self.people[person as usize] -= effort;
            self.held.entry((person, skill)).or_default().push(at);
        }
        self.places[at] = Place::Done(person);
    }

    /// Takes a place back.
    pub(super) fn give_back(&mut self, at: usize) {
        let job = &self.jobs[at];
        let Place::Done(person) = self.places[at] else { return };
        let effort = self.efforts[at];
        self.queues[job.queue as usize] += effort;
        if let Some(channel) = job.channel {
            self.channels[channel as usize] += 1;
        }
        if let (Some(person), Some(skill)) = (person, job.skill) {
            self.people[person as usize] += effort;
            if let Some(held) = self.held.get_mut(&(person, skill)) {
                held.retain(|held| *held != at);
            }
        }
        self.places[at] = Place::Displaced(Why::Full);
    }

    /// Forgets that places were looked for in vain.
    pub(super) fn reopen(&mut self) {
        self.closed.fill(u32::MAX);
    }

    /// Brings customers back to their own collector where there is room, or where two can change places. Nobody loses a place.
    pub(super) fn bring_home(&mut self) {
        let away: Vec<usize> = (0..self.jobs.len()).filter(|at| self.wants_home(*at).is_some()).collect();
        // Who had nobody before may be with anybody, as long as all its work stays together.
        let mut done: BTreeMap<u32, u32> = BTreeMap::new();
        for job in self.jobs.iter().zip(&self.places).filter(|(_, place)| place.is_done()).map(|(job, _)| job) {
            *done.entry(job.customer).or_default() += 1;
        }
        for at in away {
            let (Some((person, home)), Place::Done(_)) = (self.wants_home(at), self.places[at]) else { continue };
            let effort = self.efforts[at];
            if self.people[home as usize] >= effort {
                self.give_back(at);
                self.take(at, Some(home));
                continue;
            }
            let fits = |other: &usize| {
                let (other, size) = (&self.jobs[*other], self.efforts[*other]);
                let own = self.force.homes.get(other.customer as usize).copied().flatten();
                let is_free = own.is_none() && done.get(&other.customer) == Some(&1);
                (is_free || self.home(other) != Some(home))
                    && self.able(other).binary_search(&person).is_ok()
                    && self.people[home as usize] + size >= effort
                    && self.people[person as usize] + effort >= size
            };
            let held = self.held.range((home, 0)..=(home, u32::MAX)).flat_map(|(_, held)| held.iter().copied());
            let Some(other) = held.filter(fits).min() else { continue };
            self.give_back(at);
            self.give_back(other);
            self.take(at, Some(home));
            self.take(other, Some(person));
            let customer = self.jobs[other].customer as usize;
            if self.force.homes.get(customer).copied().flatten().is_none() {
                self.homes[customer] = Some(person);
            }
        }
    }

    /// With whom a job is, and with whom it belongs, where that is somebody else who can do it.
    fn wants_home(&self, at: usize) -> Option<(u32, u32)> {
        let job = &self.jobs[at];
        let (Place::Done(Some(person)), Some(home)) = (self.places[at], self.home(job)) else { return None };
        (person != home && self.able(job).binary_search(&home).is_ok()).then_some((person, home))
    }
}
