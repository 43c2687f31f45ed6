//! What is proposed to whoever decides: what stands tonight, what is missing before anybody can, who consents, what became of it.
//!
//! A proposal stands while its condition is true and keeps its id until then. Nothing of it is applied: a decision comes from outside,
//! names the proposal, and counts from its own day. Of proposals that share one name of `only_one:` a customer or invoice has one at a
//! time, so that a case has one owner; where the cheapest stands, it tells what the others would have cost.

mod decisions;

use std::collections::BTreeMap;

use crate::base::contract::values::{PLACEMENT, PROPOSAL_KINDS};
use crate::base::contract::{proposals as columns, state};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, format_amount};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::error::NightError;
use crate::night::escalation::Rulebook;
use crate::night::escalation::action::Identity;
use crate::night::facts::placed::came_back;
use crate::night::facts::{FactTable, Row, Subject, cell};
use crate::night::memory::StandingRecord;
use crate::night::normalise::reject::Finding;
use crate::night::standing::{Key, Sight, Standing, View, beside, standing};
use crate::night::tables::segment::{cell_text, value_text};
use crate::rules::program::{Cell, Expression, Facts, FieldId, Grain, MISSING, Need, ProposalRule, Type, Use};

/// The proposals of a shard.
#[derive(Debug, Default)]
pub struct Proposals {
    /// Rows of `proposals`, in order of customer, invoice and rule.
    pub told: Table,
    /// State rows, in the same order.
    pub remembered: Table,
    /// By rule.
    pub figures: BTreeMap<String, ProposalFigures>,
    /// Decisions that count for nothing.
    pub findings: Vec<Finding>,
    /// Debts that are to be handed over, in the order of the rows.
    pub to_hand_over: Vec<HandOver>,
}

/// What is to be handed over to an agency: agreed to, or ready where nobody has to consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Position of its rule among the proposals of the program.
    pub rule: usize,
    /// Position of the debtor.
    pub debtor: usize,
    /// Positions of open items; none for all the customer owes.
    pub items: Vec<usize>,
    pub proposal: String,
}

/// What stands of one proposal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProposalFigures {
    pub open: u64,
    /// Those that wait for nothing but a decision.
    pub ready: u64,
    pub approved: u64,
    /// What they are about, in the reporting currency.
    pub amount: i128,
}

impl ProposalFigures {
    /// Adds those of another shard.
    pub fn add(&mut self, other: &ProposalFigures) {
        self.open += other.open;
        self.ready += other.ready;
        self.approved += other.approved;
        self.amount = self.amount.saturating_add(other.amount);
    }
}

/// What somebody decided.
#[derive(Debug, Clone, Copy)]
struct Decision<'a> {
    approved: bool,
    /// Whether it names the proposal by its id, and not by the name of its rule.
    by_id: bool,
    on: Date,
    by: &'a [u8],
}

/// Where one stands among those of which one stands at a time: the least first.
type Place = (bool, bool, bool, Cell, usize);

/// A proposal that stands, with what decides its place among others.
struct Judged<'s, 'a> {
    standing: &'s Standing<'a>,
    record: Option<&'s StandingRecord>,
    opened_on: Date,
    id: String,
    missing: Vec<&'a str>,
    decision: Option<Decision<'a>>,
    /// What it would cost, minor units of the reporting currency.
    cost: Option<Cell>,
    /// Whether that decides which of several stands.
    is_by_cost: bool,
}

impl Judged<'_, '_> {
    fn is_ready(&self) -> bool {
        self.missing.is_empty()
    }

    fn is_refused(&self) -> bool {
        self.decision.is_some_and(|decision| !decision.approved)
    }

    fn is_approved(&self) -> bool {
        self.is_ready() && self.decision.is_some_and(|decision| decision.approved)
    }

    /// What makes one stand rather than another: that it is agreed to, that it can be decided, and its place in the rules. Who consents by
    /// name means what was put before them: not one that gave way, or that nobody has seen yet.
    fn place(&self) -> Place {
        let cost = if self.is_by_cost { self.cost.unwrap_or(Cell::MAX) } else { 0 };
        let was_shown = self.record.is_some_and(|record| record.escalated_to.is_none());
        let is_agreed = self.is_approved() && (was_shown || self.decision.is_some_and(|decision| decision.by_id));
        (!is_agreed, self.is_refused(), !self.is_ready(), cost, self.standing.rule)
    }
}

/// Works out the proposals of a shard.
///
/// # Errors
/// [`NightError::NoExchangeRate`] where what can be asked of a customer is in a currency without a rate.
pub fn proposals(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>) -> Result<Proposals, NightError> {
    let before = &subject.memory.proposals;
    let (told, remembered) = (TableBuilder::output(&columns::SPEC), TableBuilder::output(&state::SPEC));
    if rulebook.program.proposals.is_empty() && before.is_empty() {
        return Ok(Proposals { told: told.finish(), remembered: remembered.finish(), ..Proposals::default() });
    }
    let matchers = (&rulebook.matchers.customer_proposals, &rulebook.matchers.invoice_proposals);
    let tonight = standing(subject, facts, rulebook, matchers, |program, at| &program.proposals[at].rule);
    let view = View { subject, facts, rulebook };
    let (instead, offers) = one_of_each(&tonight, before, view);
    let mut writer = Writer { view, told, remembered, figures: BTreeMap::new(), offers, to_hand_over: Vec::new() };
    for sight in beside(&tonight, before) {
        match sight {
            Sight::Stands(standing, record) => {
                let judged = judge(standing, record, view);
                match instead.get(&standing.key) {
                    None => writer.stands(judged)?,
                    Some(other) => writer.gives_way(&judged, other)?,
                }
            }
            // What gave way before was told so then.
            Sight::IsDone(record) if record.escalated_to.is_some() => {}
            Sight::IsDone(record) => writer.is_done(record),
        }
    }
    let Writer { told, remembered, figures, to_hand_over, .. } = writer;
    let findings = decisions::without_effect(&tonight, before, &instead, view);
    Ok(Proposals { told: told.finish(), remembered: remembered.finish(), figures, findings, to_hand_over })
}

/// What each proposal would cost that competed to be the cheapest, by what it is about and the name they share.
type Offers<'a> = BTreeMap<Key<'a>, Vec<(&'a str, Cell)>>;

/// Those in whose place another one stands, with the name of that, where of several proposals of one name one stands at a time.
fn one_of_each<'a>(tonight: &[Standing<'a>], before: &[StandingRecord], view: View<'a>) -> (BTreeMap<Key<'a>, &'a str>, Offers<'a>) {
    let rules = &view.rulebook.program.proposals;
    let (mut instead, mut offers) = (BTreeMap::new(), Offers::new());
    if rules.iter().all(|rule| rule.only_one.is_none()) {
        return (instead, offers);
    }
    let mut first: BTreeMap<Key<'_>, (Place, Key<'a>)> = BTreeMap::new();
    let of = |standing: &Standing<'a>| {
        let name = rules[standing.rule].only_one.as_deref()?;
        Some((standing.key.0, standing.key.1, name))
    };
    for sight in beside(tonight, before) {
        let Sight::Stands(standing, record) = sight else { continue };
        let Some(contest) = of(standing) else { continue };
        let judged = judge(standing, record, view);
        if let Some(cost) = judged.cost.filter(|_| judged.is_by_cost) {
            offers.entry(contest).or_default().push((standing.key.2, cost));
        }
        let place = judged.place();
        let best = first.entry(contest).or_insert((place, standing.key));
        if place < best.0 {
            *best = (place, standing.key);
        }
    }
    for standing in tonight {
        let best = of(standing).and_then(|contest| first.get(&contest)).map(|(_, key)| *key);
        if let Some(best) = best.filter(|best| *best != standing.key) {
            instead.insert(standing.key, best.2);
        }
    }
    (instead, offers)
}

fn judge<'s, 'a>(standing: &'s Standing<'a>, record: Option<&'s StandingRecord>, view: View<'a>) -> Judged<'s, 'a> {
    let as_of = view.subject.as_of;
    let opened_on = record.map_or(as_of, |record| record.opened_on);
    let id = id(standing.key, opened_on);
    let rule = &view.rulebook.program.proposals[standing.rule];
    let missing = rule.needs.iter().filter(|need| !holds(need, standing, view)).map(|need| need.name.as_str()).collect();
    let decision = decisions::of(standing, (&id, opened_on), record, view);
    let cost = rule.cost.as_ref().and_then(|cost| worked_out(standing, cost, view));
    Judged { standing, record, opened_on, id, missing, decision, cost, is_by_cost: rule.cheapest }
}

/// Of an invoice in instalments every one of them has to fulfil what is needed.
fn holds(need: &Need, standing: &Standing<'_>, view: View<'_>) -> bool {
    view.rows(standing).all(|row| need.when.holds(&row, view.rulebook.env))
}

fn id((customer, invoice, rule): Key<'_>, opened_on: Date) -> String {
    Identity { as_of: opened_on, customer, invoice, sequence: 0, policy: "proposal", step: rule, currency: "" }.id()
}

/// An amount: over the instalments of an invoice each adds its own, as far as it is one of the invoice.
fn worked_out(standing: &Standing<'_>, expression: &Expression, view: View<'_>) -> Option<Cell> {
    let mut of_items = false;
    let fields = &view.rulebook.program.fields;
    expression.visit_fields(&mut |field, _| {
        of_items |= fields[field.0 as usize].grain == Grain::Invoice;
    });
    let values = view.rows(standing).map(|row| expression.value(&row, view.rulebook.env));
    let mut values = values.take(if of_items { usize::MAX } else { 1 }).filter(|value| *value != MISSING).map(i128::from).peekable();
    values.peek()?;
    Some(cell(values.sum()))
}

struct Writer<'a> {
    view: View<'a>,
    told: TableBuilder,
    remembered: TableBuilder,
    figures: BTreeMap<String, ProposalFigures>,
    offers: Offers<'a>,
    to_hand_over: Vec<HandOver>,
}

impl<'a> Writer<'a> {
    /// One that stands. Consent was given to an amount and for one hand-over: what has outgrown it so far that somebody else would have to
    /// consent is asked anew, and so is what an agency gave back.
    fn stands(&mut self, judged: Judged<'_, 'a>) -> Result<(), NightError> {
        let (view, standing) = (self.view, judged.standing);
        let as_of = view.subject.as_of;
        let rule = &view.rulebook.program.proposals[standing.rule];
        let (_, reporting) = self.amount(&judged)?;
        let consented = judged.record.and_then(|record| record.amount).map(|amount| amount / view.subject.rates.reporting().thousandths());
        let outgrown = consented.is_some_and(|before| reporting.0 > before && rule.approver(reporting.0) != rule.approver(before));
        let is_used_up = outgrown || self.came_back(&judged);
        let judged = if let (true, true, Some(record)) = (judged.is_approved(), is_used_up, judged.record) {
            self.is_done(record);
            let id = id(standing.key, as_of);
            let decision = decisions::of(standing, (&id, as_of), None, view);
            Judged { record: None, opened_on: as_of, id, decision, ..judged }
        } else {
            judged
        };
        let ready_on = self.tell(&judged, status(&judged))?;
        let owner = view.owner(standing, &rule.owner);
        let told = Amount(consented.filter(|_| judged.is_approved() && judged.record.is_some()).unwrap_or(reporting.0));
        self.remember(&judged, (judged.opened_on, ready_on), &owner, (told, None));
        let is_agreed = judged.is_approved() || judged.is_ready() && judged.decision.is_none() && rule.approver(reporting.0).is_none();
        if is_agreed && kind(rule) == PLACEMENT {
            self.to_hand_over.push(HandOver {
                rule: standing.rule,
                debtor: standing.debtor,
                items: standing.items.clone(),
                proposal: judged.id.clone(),
            });
        }
        let figures = self.figures.entry(rule.rule.id.clone()).or_default();
        let waits = judged.is_ready() && judged.decision.is_none();
        let approved = u64::from(judged.is_approved());
        figures.add(&ProposalFigures { open: 1, ready: u64::from(waits), approved, amount: reporting.wide() });
        Ok(())
    }

    /// Whether an agency gave back what it was handed over because of this proposal.
    fn came_back(&self, judged: &Judged<'_, 'a>) -> bool {
        let (view, standing) = (self.view, judged.standing);
        if kind(&view.rulebook.program.proposals[standing.rule]) != PLACEMENT {
            return false;
        }
        let of_debtor = view.subject.debtors[standing.debtor].items.clone();
        let all = if standing.items.is_empty() { of_debtor } else { 0..0 };
        all.chain(standing.items.iter().copied()).any(|item| came_back(view.subject, item, judged.opened_on))
    }

    /// One in whose place another stands. It is told so once, and remembered for as long as its condition is true: what was refused stays
    /// refused.
    fn gives_way(&mut self, judged: &Judged<'_, 'a>, other: &str) -> Result<(), NightError> {
        if judged.record.is_none() && !judged.is_refused() {
            return Ok(());
        }
        let standing = judged.standing;
        let gave_way = judged.record.filter(|record| record.escalated_to.is_some()).map(|record| record.since);
        match judged.record {
            Some(record) if gave_way.is_none() && !judged.is_refused() => self.is_done(record),
            _ if gave_way.is_none() => {
                self.tell(judged, "refused")?;
            }
            _ => {}
        }
        let (_, reporting) = self.amount(judged)?;
        let owner = self.view.owner(standing, &self.view.rulebook.program.proposals[standing.rule].owner);
        let since = gave_way.unwrap_or(self.view.subject.as_of);
        self.remember(judged, (since, None), &owner, (reporting, Some(other)));
        self.figures.entry(standing.key.2.to_owned()).or_default();
        Ok(())
    }

    /// What it is about: in its own currency, and in that of the reports.
    fn amount(&self, judged: &Judged<'_, 'a>) -> Result<((Amount, Currency), Amount), NightError> {
        let view = self.view;
        let rule = &view.rulebook.program.proposals[judged.standing.rule];
        let (amount, currency) = match &rule.amount {
            Some(amount) => (Amount(worked_out(judged.standing, amount, view).unwrap_or(0)), view.subject.rates.reporting()),
            None => view.collectible(judged.standing)?,
        };
        Ok(((amount, currency), view.subject.rates.convert_amount(amount, currency)?))
    }

    /// Its row; returns the night from which on nothing is missing.
    fn tell(&mut self, judged: &Judged<'_, 'a>, status: &str) -> Result<Option<Date>, NightError> {
        let (view, standing) = (self.view, judged.standing);
        let (program, as_of) = (view.rulebook.program, view.subject.as_of);
        let rule = &program.proposals[standing.rule];
        let ((amount, currency), reporting) = self.amount(judged)?;
        let was_ready = judged.record.and_then(|record| record.moved_on);
        let ready_on = judged.is_ready().then(|| was_ready.unwrap_or(as_of));
        let since = view.earliest(standing, rule.since).unwrap_or(judged.opened_on);
        let owner = view.owner(standing, &rule.owner);
        self.head(standing.key, rule, &judged.id, judged.opened_on, status);
        self.told.text(columns::MISSING, judged.missing.join("|").as_bytes());
        self.told.text(columns::OWNER, owner.as_bytes());
        self.told.text(columns::APPROVER, rule.approver(reporting.0).unwrap_or_default().as_bytes());
        self.told.date(columns::READY_ON, ready_on);
        self.told.whole(columns::AGE, i64::from(as_of.days_since(since).max(0)));
        self.told.money(columns::AMOUNT, amount, currency);
        self.told.text(columns::CURRENCY, currency.code().as_bytes());
        self.suggestion(rule, standing);
        let tax = rule.tax.as_ref().and_then(|tax| worked_out(standing, tax, view));
        for (column, value) in [(columns::COST, judged.cost), (columns::TAX_AMOUNT, tax)] {
            if let Some(value) = value {
                self.told.money(column, Amount(value), view.subject.rates.reporting());
            }
        }
        let first = view.rows(standing).next();
        let route = rule.route.zip(first.as_ref()).map(|(field, row)| shown(view, field, row)).unwrap_or_default();
        self.told.text(columns::ROUTE, route.as_bytes());
        self.told.text(columns::STOPS, rule.stops.join("|").as_bytes());
        self.told.text(columns::ENDS_WHEN, rule.ends_when.as_ref().map_or("", |need| need.name.as_str()).as_bytes());
        self.told.date(columns::DECIDE_BY, self.day(standing, rule.decide_by.as_ref()));
        if let Some(decision) = judged.decision {
            self.told.date(columns::DECIDED_ON, Some(decision.on));
            self.told.text(columns::DECIDED_BY, decision.by);
        }
        let evidence = self.evidence(rule, standing.key, first.as_ref());
        self.told.text(columns::EVIDENCE, evidence.as_bytes());
        self.told.text(columns::TEMPLATE, rule.template.as_deref().unwrap_or_default().as_bytes());
        self.told.end_row();
        Ok(ready_on)
    }

    /// The condition is true no more, another one stands in its place, or the rules have it no more.
    fn is_done(&mut self, record: &StandingRecord) {
        let rules = &self.view.rulebook.program.proposals;
        let rule = rules.iter().find(|rule| rule.rule.id == record.name);
        let id = id(record.key(), record.opened_on);
        match rule {
            Some(rule) => self.head(record.key(), rule, &id, record.opened_on, "done"),
            None => self.head_of((record.key(), "", &record.name), &id, record.opened_on, "done"),
        }
        self.told.text(columns::OWNER, record.owner.as_bytes());
        self.told.date(columns::READY_ON, record.moved_on);
        self.told.whole(columns::AGE, i64::from(self.view.subject.as_of.days_since(record.opened_on).max(0)));
        self.told.end_row();
        self.figures.entry(record.name.clone()).or_default();
    }

    fn head(&mut self, key: Key<'_>, rule: &ProposalRule, id: &str, opened_on: Date, status: &str) {
        self.head_of((key, kind(rule), &rule.rule.id), id, opened_on, status);
    }

    fn head_of(&mut self, ((customer, invoice, _), kind, rule): (Key<'_>, &str, &str), id: &str, opened_on: Date, status: &str) {
        self.told.text(columns::PROPOSAL_ID, id.as_bytes());
        self.told.text(columns::CUSTOMER_ID, customer);
        self.told.text(columns::INVOICE_ID, invoice);
        self.told.text(columns::KIND, if kind.is_empty() { rule } else { kind }.as_bytes());
        self.told.text(columns::STATUS, status.as_bytes());
        self.told.date(columns::OPENED_ON, Some(opened_on));
        self.told.text(columns::RULE_ID, rule.as_bytes());
    }

    /// `amount` is in the reporting currency; `instead` the name of the one that stands in its place.
    fn remember(
        &mut self,
        judged: &Judged<'_, '_>,
        (since, ready_on): (Date, Option<Date>),
        owner: &str,
        (amount, instead): (Amount, Option<&str>),
    ) {
        let (customer, invoice, rule) = judged.standing.key;
        let table = &mut self.remembered;
        table.text(state::RECORD, b"proposal");
        table.text(state::CUSTOMER_ID, customer);
        table.text(state::INVOICE_ID, invoice);
        table.text(state::TASK, rule.as_bytes());
        table.date(state::ENTERED_ON, Some(judged.opened_on));
        table.date(state::SINCE, Some(since));
        table.text(state::OWNER, owner.as_bytes());
        table.text(state::ESCALATED_TO, instead.unwrap_or_default().as_bytes());
        table.date(state::STEP_ON, ready_on);
        table.money(state::AMOUNT, amount, self.view.subject.rates.reporting());
        table.end_row();
    }

    fn suggestion(&mut self, rule: &ProposalRule, standing: &Standing<'_>) {
        let Some(suggestion) = &rule.suggest else { return };
        let view = self.view;
        let Some(row) = view.rows(standing).next() else { return };
        let value = if suggestion.ty == Type::Money {
            worked_out(standing, &suggestion.value, self.view).unwrap_or(MISSING)
        } else {
            suggestion.value.value(&row, view.rulebook.env)
        };
        if suggestion.ty == Type::Money && value != MISSING {
            self.told.money(columns::SUGGESTED_AMOUNT, Amount(value), view.subject.rates.reporting());
        }
        self.told.text(columns::SUGGESTED, value_text(view.rulebook.program, &suggestion.ty, value, view.facts).as_bytes());
    }

    fn day(&self, standing: &Standing<'_>, expression: Option<&Expression>) -> Option<Date> {
        let days = self.view.rows(standing).map(|row| expression.map_or(MISSING, |day| day.value(&row, self.view.rulebook.env)));
        days.filter(|day| *day != MISSING).filter_map(|day| i32::try_from(day).ok()).min().map(Date)
    }

    /// The fields it is founded on, with their values.
    fn evidence(&self, rule: &ProposalRule, key: Key<'_>, row: Option<&Row<'_>>) -> String {
        let Some(row) = row else { return String::new() };
        let mut fields = rule.show.clone();
        if fields.is_empty() {
            rule.visit_conditions(&mut |field| fields.push(field));
            fields.sort_unstable();
            fields.dedup();
        }
        let program = self.view.rulebook.program;
        let known = fields.into_iter().filter(|field| program.fields[field.0 as usize].used == Use::Value);
        let told = known.map(|field| format!("{}={}", program.fields[field.0 as usize].name, shown(self.view, field, row)));
        let reporting = self.view.subject.rates.reporting();
        let contest = rule.only_one.as_deref().map(|name| (key.0, key.1, name));
        let offers = contest.and_then(|contest| self.offers.get(&contest)).into_iter().flatten();
        let offers = offers.map(|(rule, cost)| format!("{rule}.cost={}", format_amount(i128::from(*cost), reporting.digits())));
        told.chain(offers).collect::<Vec<_>>().join("|")
    }
}

/// Where a proposal stands.
fn status(judged: &Judged<'_, '_>) -> &'static str {
    let was_ready = judged.record.is_some_and(|record| record.moved_on.is_some());
    match judged.decision {
        Some(decision) if !decision.approved => "refused",
        _ if !judged.is_ready() => "not_ready",
        Some(_) => "approved",
        None if was_ready => "open",
        None => "new",
    }
}

fn shown(view: View<'_>, field: FieldId, row: &Row<'_>) -> String {
    cell_text(view.rulebook.program, field, row.cell(field), view.facts)
}

/// The kind of proposals of a rule, by name.
fn kind(rule: &ProposalRule) -> &'static str {
    PROPOSAL_KINDS[usize::from(rule.kind)]
}

/// The currency of a row of `proposals`.
pub fn currency(table: &Table, row: usize) -> Option<Currency> {
    table.text(columns::CURRENCY, row).and_then(Currency::parse)
}
