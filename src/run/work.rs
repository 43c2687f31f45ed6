//! Puts the actions of all shards in order, and before the people who do them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::contract::actions;
use crate::base::money::Currency;
use crate::error::Failure;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::silence;
use crate::night::evaluate::{Evaluated, Night};
use crate::night::normalise::collectors::Collector;
use crate::night::normalise::reject::Finding;
use crate::night::tables::action::ActionNote;
use crate::night::tables::finish::Place;
use crate::portfolio::assignment::{self, Force, Job, Queue, Why};
use crate::portfolio::ranking;
use crate::portfolio::workload::{HOUR, Time, Workload};
use crate::rules::program::{Assignment, Cell, FieldId, Program, Type};

/// What was decided of every row of `actions`, by shard.
pub type Places = Vec<Vec<Place>>;

/// What was decided of all actions.
pub struct Work {
    pub places: Places,
    /// Of queues whose capacity is limited, by themselves or by their people; in order of assignment table and queue.
    pub queues: Vec<Workload>,
    /// `None` where no rule says how long actions take.
    pub time: Option<Time>,
}

/// Ranks every action that goes out or waits for consent, and gives places to those that take people's time.
///
/// # Errors
/// A fault of ours in the ranking.
pub fn places(shards: &[Evaluated], people: &[Collector], night: &Night<'_>) -> Result<Work, Failure> {
    let rows = rows(shards);
    let ranks = rank(&rows, night.program)?;
    let mut desk = Desk::new(people, shards, night);
    let mut jobs: Vec<Job> = Vec::new();
    // The job of each row that takes a place: rows of one contact in several currencies share it.
    let mut job_of: Vec<Option<usize>> = vec![None; rows.len()];
    let mut before: Option<&Row<'_>> = None;
    for (at, row) in rows.iter().enumerate() {
        let same = before.is_some_and(|before| before.contact() == row.contact());
        let takes_place = row.takes_place(night.program);
        if same && let (true, Some(job)) = (takes_place, at.checked_sub(1).and_then(|at| job_of[at])) {
            jobs[job].rank = jobs[job].rank.min(ranks[at]);
            jobs[job].worth = jobs[job].worth.saturating_add(row.note.worth);
            job_of[at] = Some(job);
        } else if takes_place {
            let follows = leader(&rows[..at], row, night.program).and_then(|leader| job_of[leader]);
            jobs.push(desk.job(row, ranks[at], follows));
            job_of[at] = Some(jobs.len() - 1);
        }
        before = Some(row);
    }
    let placed = assignment::assign(&jobs, &desk.force);
    let mut places: Places = shards.iter().map(|shard| vec![Place::default(); shard.action_notes.len()]).collect();
    for ((row, rank), job) in rows.iter().zip(ranks).zip(&job_of) {
        let found = job.map(|job| placed[job]);
        let displaced = matches!(found, Some(assignment::Place::Displaced(_))) && row.note.status == Status::Due;
        places[row.shard][row.at] = Place {
            rank: Some(rank),
            displaced,
            lacks_people: found == Some(assignment::Place::Displaced(Why::Nobody)),
            channel_is_full: found == Some(assignment::Place::Displaced(Why::Channel)),
            by: found.and_then(|place| if let assignment::Place::Done(by) = place { by } else { None }),
        };
    }
    // What waits for consent asks for a place, and is displaced by nobody: without one it is put before people all the same.
    let mut waits = vec![false; jobs.len()];
    for (row, job) in rows.iter().zip(&job_of) {
        if let Some(job) = job.filter(|_| row.note.status != Status::Due) {
            waits[job] = true;
        }
    }
    let counted = jobs.iter().zip(&placed).zip(waits).filter(|((_, place), waits)| place.is_done() || !waits);
    let (counted, found): (Vec<Job>, Vec<assignment::Place>) = counted.map(|((job, place), _)| (*job, *place)).unzip();
    let queues = desk.workloads(&counted, &found);
    let time = time(&rows, &job_of, &placed, night.program);
    Ok(Work { places, queues, time })
}

/// What people spend tonight, and what they would spend on what goes out by itself; `None` where no rule says how long actions take.
fn time(rows: &[Row<'_>], job_of: &[Option<usize>], placed: &[assignment::Place], program: &Program) -> Option<Time> {
    if !program.assignments.iter().any(Assignment::counts_minutes) {
        return None;
    }
    let mut time = Time::default();
    let mut before = None;
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.note.status == Status::Due) {
        let is_new = before.replace(row.contact()) != Some(row.contact());
        let assignment = row.note.queue.map(|(table, _)| &program.assignments[table]);
        let minutes = |draft: &Draft| assignment.and_then(|assignment| assignment.minutes_of(draft.action.verb)).filter(|_| is_new);
        // What stands behind a step that found no place does not go out either, unless something else goes out for that.
        let before = if row.takes_place(program) { Some(at) } else { leader(&rows[..at], row, program) };
        let is_out = |at: usize| job_of[at].is_none_or(|job| placed[job].is_done());
        let has_place = before.is_none_or(|before| is_out(before) || before != at && rows[before].draft().spare.is_some());
        let done = if has_place { Some((row.draft(), row.note.counts)) } else { row.draft().spare.as_ref().map(|spare| (&**spare, false)) };
        if let Some((minutes, counts)) = done.and_then(|(draft, counts)| Some((minutes(draft)?, counts))) {
            *(if counts { &mut time.worked } else { &mut time.automatic }) += u64::from(minutes);
        }
    }
    Some(time)
}

/// Kind of the finding about words of `collectors` that no rule knows.
const UNKNOWN_TEAM: &str = "unknown_team";

/// Teams and segments of collectors that no queue has: whoever has no other gets no work.
pub fn unknown_teams(people: &[Collector], program: &Program) -> Vec<Finding> {
    let names = |field: FieldId| match &program.fields[field.0 as usize].ty {
        Type::Enum(names) => names.iter().map(String::as_bytes).collect(),
        _ => Vec::new(),
    };
    let queues: BTreeSet<&[u8]> = program.assignments.iter().flat_map(|assignment| names(assignment.table.output)).collect();
    let segments: BTreeSet<&[u8]> = program.assignments.iter().filter_map(|assignment| assignment.skills).flat_map(names).collect();
    let mut findings = Vec::new();
    for person in people {
        let teams = person.teams.iter().map(|word| (word, "team", "queue", &queues));
        let skills = person.segments.iter().map(|word| (word, "segments", "value of a skills: field", &segments));
        // Without a queue that asks for skills, or without queues at all, the words are for others to read.
        for (word, column, what, known) in teams.chain(skills).filter(|(.., known)| !known.is_empty()) {
            if !known.contains(&**word) {
                let message = format!("{column} names \"{}\", which is no {what} of the rules", String::from_utf8_lossy(word));
                let key = String::from_utf8_lossy(&person.id).into_owned();
                findings.push(Finding { kind: UNKNOWN_TEAM, table: "collectors", key, message: message.into(), amount: None });
            }
        }
    }
    findings
}

/// A row of `actions` that goes out or waits for consent.
struct Row<'a> {
    shard: usize,
    at: usize,
    evaluated: &'a Evaluated,
    note: &'a ActionNote,
}

impl Row<'_> {
    /// The channel it goes on, where that takes only so many a night: a position among them.
    fn channel(&self, program: &Program) -> Option<usize> {
        if program.channel_capacity.is_empty() {
            return None;
        }
        program.channel_of(self.draft().action.verb)
    }

    fn draft(&self) -> &Draft {
        &self.evaluated.outcomes[self.note.outcome as usize].drafts[self.note.draft as usize]
    }

    /// Whether it needs a place: of its queue, or of its channel.
    fn takes_place(&self, program: &Program) -> bool {
        self.note.counts || self.channel(program).is_some()
    }

    /// What is the same for all rows of one contact.
    fn contact(&self) -> (usize, u32, u32) {
        (self.shard, self.note.outcome, self.note.draft)
    }
}

fn rows(shards: &[Evaluated]) -> Vec<Row<'_>> {
    let of = |(shard, evaluated)| move |(at, note)| Row { shard, at, evaluated, note };
    let wants_place = |row: &Row<'_>| matches!(row.note.status, Status::Due | Status::NeedsApproval(_));
    shards
        .iter()
        .enumerate()
        .flat_map(|(shard, evaluated)| evaluated.action_notes.iter().enumerate().map(of((shard, evaluated))))
        .filter(wants_place)
        .collect()
}

fn rank(rows: &[Row<'_>], program: &Program) -> Result<Vec<u32>, Failure> {
    let figures = program.assignments.iter().map(|assignment| assignment.rank.len()).max().unwrap_or(0).max(1);
    let queues: Vec<u32> = rows.iter().map(|row| row.note.queue.map_or(u32::MAX, queue_code)).collect();
    let mut keys: Vec<Vec<i64>> = Vec::new();
    if rows.iter().any(|row| row.note.overdue > 0) {
        keys.push(rows.iter().map(|row| i64::from(row.note.overdue)).collect());
    }
    keys.extend((0..figures).map(|at| rows.iter().map(|row| row.note.order.get(at).copied().unwrap_or(0)).collect()));
    keys.push(rows.iter().map(|row| row.note.amount).collect());
    keys.push(rows.iter().map(|row| i64::from(row.note.days_past_due)).collect());
    ranking::rank(&queues, &keys)
}

/// One number per queue of any assignment table: its table in the high half, its cell in the low one.
fn queue_code((table, cell): (usize, Cell)) -> u32 {
    (u32::try_from(table).unwrap_or(0xFFFF) << 16) | u32::try_from(cell & 0xFFFF).unwrap_or(0)
}

/// The row without which another is not done: the one before it of the same ladder that takes a place, or whose companion it is.
fn leader(before: &[Row<'_>], row: &Row<'_>, program: &Program) -> Option<usize> {
    let outcome = &row.evaluated.outcomes[row.note.outcome as usize];
    // What breaks a silence waits for no step.
    let policy = outcome.policy.map(|policy| &program.policies[policy])?;
    if silence::is_outside(policy, &outcome.drafts[row.note.draft as usize]) {
        return None;
    }
    let own = |other: &&Row<'_>| (other.shard, other.note.outcome) == (row.shard, row.note.outcome);
    let is_step = |other: &Row<'_>| other.takes_place(program) && outcome.drafts[other.note.draft as usize].companion.is_none();
    let earlier = before.iter().rev().take_while(own).position(is_step)?;
    Some(before.len() - 1 - earlier)
}

/// The force, while the work is laid before it.
struct Desk<'a> {
    people: &'a [Collector],
    night: &'a Night<'a>,
    force: Force,
    /// Queues by their code and whether they are of what they count, and kinds of work by what they ask for.
    queues: BTreeMap<(u32, bool), u32>,
    skills: BTreeMap<Kind<'a>, u32>,
    /// Where the debtors of each shard begin among the customers.
    starts: Vec<usize>,
    /// Amounts at which somebody begins or ends, in millionths of the reporting currency, ascending: an amount lies between two of them.
    bounds: Vec<i64>,
}

/// What somebody has to be able to do: the queue, the language, the segment, and between which bounds the amount lies.
type Kind<'a> = (u32, &'a [u8], Cell, usize);

impl<'a> Desk<'a> {
    fn new(people: &'a [Collector], shards: &[Evaluated], night: &'a Night<'a>) -> Desk<'a> {
        let mut customers = 0;
        let mut start = |shard: &Evaluated| {
            let start = customers;
            customers += shard.debtor_ids.len();
            start
        };
        let starts = shards.iter().map(&mut start).collect();
        // The first amount above the last one somebody takes.
        let mut bounds: Vec<i64> =
            people.iter().flat_map(|person| [person.amounts.0, person.amounts.1.map(|last| last.saturating_add(1))]).flatten().collect();
        bounds.sort_unstable();
        bounds.dedup();
        let homes = if people.is_empty() { Vec::new() } else { vec![None; customers] };
        let channels = night.program.channel_capacity.iter().map(|(_, capacity)| Some(u64::from(*capacity))).collect();
        let force = Force { channels, people: people.iter().map(|person| person.capacity).collect(), homes, ..Force::default() };
        Desk { people, night, force, queues: BTreeMap::new(), skills: BTreeMap::new(), starts, bounds }
    }

    fn job(&mut self, row: &Row<'a>, rank: u32, follows: Option<usize>) -> Job {
        let note = row.note;
        let customer = self.starts[row.shard] + row.evaluated.outcomes[note.outcome as usize].debtor;
        let queue = self.queue(note);
        let skill = if note.counts { self.skill(row, queue) } else { None };
        let channel = row.channel(self.night.program).and_then(|channel| u32::try_from(channel).ok());
        if skill.is_some() && self.force.homes[customer].is_none() {
            self.force.homes[customer] = self.home(row);
        }
        Job {
            queue,
            effort: if note.counts { note.effort } else { 1 },
            worth: note.worth,
            rank,
            overdue: note.overdue,
            skill,
            channel,
            customer: u32::try_from(customer).unwrap_or(u32::MAX),
            follows,
        }
    }

    fn queue(&mut self, note: &ActionNote) -> u32 {
        let code = (note.queue.map_or(u32::MAX, queue_code), note.counts);
        if let Some(queue) = self.queues.get(&code) {
            return *queue;
        }
        let assignment = note.queue.map(|(table, cell)| (&self.night.program.assignments[table], cell));
        let queue = u32::try_from(self.force.queues.len()).unwrap_or(u32::MAX);
        self.force.queues.push(Queue {
            capacity: assignment.filter(|_| note.counts).and_then(|(assignment, cell)| assignment.capacity_of(cell)).map(u64::from),
            by_worth: assignment.is_none_or(|(assignment, _)| assignment.is_by_worth()),
        });
        self.queues.insert(code, queue);
        queue
    }

    /// Who can do a job; `None` where its queue has no people by name.
    fn skill(&mut self, row: &Row<'a>, queue: u32) -> Option<u32> {
        let (table, cell) = row.note.queue?;
        if self.people.is_empty() {
            return None;
        }
        let amount = in_millionths(row.note.amount, self.night.rates.reporting());
        let between = self.bounds.partition_point(|bound| *bound <= amount);
        let language = row.evaluated.actions.text(actions::LANGUAGE, row.at).unwrap_or_default();
        let kind = (queue, language, row.note.skill, between);
        if let Some(skill) = self.skills.get(&kind) {
            return Some(*skill).filter(|skill| *skill != NO_TEAM);
        }
        let assignment = &self.night.program.assignments[table];
        let team = self.name(assignment.table.output, cell);
        let segment = assignment.skills.map(|field| self.name(field, row.note.skill)).unwrap_or_default();
        let on_team = |person: &&(u32, &Collector)| has(&person.1.teams, team.as_bytes());
        let team: Vec<(u32, &Collector)> = (0..).zip(self.people).filter(|person| on_team(&person)).collect();
        let can = |(_, person): &&(u32, &Collector)| {
            let (least, most) = person.amounts;
            has(&person.languages, language)
                && has(&person.segments, segment.as_bytes())
                && least.is_none_or(|least| least <= amount)
                && most.is_none_or(|most| amount <= most)
        };
        let skill = if team.is_empty() {
            NO_TEAM
        } else {
            self.force.skills.push(team.iter().filter(can).map(|(at, _)| *at).collect());
            u32::try_from(self.force.skills.len() - 1).unwrap_or(u32::MAX)
        };
        self.skills.insert(kind, skill);
        Some(skill).filter(|skill| *skill != NO_TEAM)
    }

    /// The value of a field with a list of values.
    fn name(&self, field: FieldId, cell: Cell) -> &'a str {
        match &self.night.program.fields[field.0 as usize].ty {
            Type::Enum(names) => usize::try_from(cell).ok().and_then(|at| names.get(at)).map_or("", String::as_str),
            _ => "",
        }
    }

    /// What queues had to do whose capacity is limited.
    fn workloads(&self, jobs: &[Job], placed: &[assignment::Place]) -> Vec<Workload> {
        let program = self.night.program;
        let loads = [1, HOUR].map(|more| assignment::loads(jobs, placed, self.force.queues.len(), more));
        let by_name: BTreeSet<u32> = jobs.iter().filter(|job| job.skill.is_some()).map(|job| job.queue).collect();
        let limited = |queue: &u32| by_name.contains(queue) || self.force.queues[*queue as usize].capacity.is_some();
        let of = |((code, _), queue): (&(u32, bool), &u32)| {
            let assignment = program.assignments.get((code >> 16) as usize)?;
            let minutes = assignment.counts_minutes();
            let load = loads[usize::from(minutes)][*queue as usize];
            let name = self.name(assignment.table.output, Cell::from(code & 0xFFFF));
            Some(Workload { queue: name.to_owned(), minutes, load })
        };
        self.queues.iter().filter(|(_, queue)| limited(queue)).filter_map(of).collect()
    }

    /// Whose customer it is: the ledger's collector, else the one who did the work last, as far as they are there.
    fn home(&self, row: &Row<'_>) -> Option<u32> {
        let named = row.evaluated.actions.text(actions::ASSIGNEE, row.at);
        let remembered = row.evaluated.collectors.get(&row.evaluated.outcomes[row.note.outcome as usize].debtor);
        let find = |id: &[u8]| self.people.binary_search_by(|person| (*person.id).cmp(id)).ok();
        let found = named.and_then(find).or_else(|| remembered.and_then(|id| find(id)))?;
        u32::try_from(found).ok()
    }
}

/// Stands for a queue without people by name.
const NO_TEAM: u32 = u32::MAX;

/// Whether a list names a word; one that names nothing is for all, and nothing is known of an empty word.
fn has(list: &[Box<[u8]>], word: &[u8]) -> bool {
    list.is_empty() || word.is_empty() || list.iter().any(|own| &**own == word)
}

/// Minor units as millionths of the whole.
fn in_millionths(amount: Cell, currency: Currency) -> i64 {
    (0..6_u32.saturating_sub(currency.digits())).fold(amount, |amount, _| amount.saturating_mul(10))
}
