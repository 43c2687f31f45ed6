//! `actions`, but for what depends on ranks, and `action_items`.

use crate::base::contract::values::METHODS;
use crate::base::contract::{action_items, actions, customers};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::accruals::Accruals;
use crate::night::error::NightError;
use crate::night::escalation::action::{Draft, Identity, Status};
use crate::night::escalation::{Outcome, after, manner, offer, overrides, reach};
use crate::night::evaluate::Night;
use crate::night::facts::{FactTable, Subject};
use crate::night::representations::Represented;
use crate::night::segmentation::Column;
use crate::night::tables::segment::cell_text;
use crate::rules::eval::Env;
use crate::rules::program::{Assignment, Cell, Facts, MISSING, Policy, RankBy, RankKey, Step};

/// What stands for a policy in an action that is none of a ladder.
const REPRESENTATIONS: &[u8] = b"representations";
/// Days by which acting tonight is compared with acting later.
const DELAY_DAYS: i32 = 30;

/// What ranking and [`super::finish`] need to know of a row of `actions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionNote {
    /// Position of its outcome, and of the draft within it.
    pub outcome: u32,
    pub draft: u32,
    pub status: Status,
    /// Queue as assignment table and cell; `None` without assignment tables.
    pub queue: Option<(usize, Cell)>,
    /// Minor units of the reporting currency.
    pub amount: Cell,
    pub days_past_due: i32,
    /// The figures that order its queue, each so that the largest comes first.
    pub order: Vec<Cell>,
    /// Whether it takes a place of its queue's capacity.
    pub counts: bool,
    /// What it takes of it: minutes, or one.
    pub effort: u32,
    /// What doing it tonight is expected to bring in, minor units of the reporting currency.
    pub worth: Cell,
    /// What a collector must know, as the cell of the field its queue names; [`MISSING`] where it names none.
    pub skill: Cell,
    /// Since when it has waited for a place.
    pub waiting_since: Option<Date>,
    /// For how many days, where that is beyond the patience of its queue; else 0.
    pub overdue: u32,
    /// The row of what goes out in its place where that has none, among those that stand by.
    pub spare: Option<u32>,
}

/// Rows of `actions` and of `action_items`, with what is still to be decided about the former.
pub struct Built {
    pub actions: Table,
    pub notes: Vec<ActionNote>,
    pub items: Table,
    /// Rows that take the place of others where a queue is full, by [`ActionNote::spare`].
    pub spares: Table,
}

/// The rows of a shard, in order of customer, invoice, step and currency.
///
/// # Errors
/// [`NightError::NoExchangeRate`] for a currency without a rate.
pub fn build(
    subject: &Subject<'_>,
    facts: &FactTable,
    night: &Night<'_>,
    queues: &[Column],
    (outcomes, represented): (&[Outcome], &[Represented]),
    accruals: &Accruals,
) -> Result<Built, NightError> {
    let mut rows = Rows {
        subject,
        facts,
        night,
        queues,
        accruals,
        actions: TableBuilder::output(&actions::SPEC),
        items: TableBuilder::output(&action_items::SPEC),
        spares: TableBuilder::output(&actions::SPEC),
        notes: Vec::new(),
    };
    let mut represented = (u32::try_from(outcomes.len()).unwrap_or(u32::MAX)..).zip(represented).peekable();
    for (at, outcome) in (0_u32..).zip(outcomes) {
        // Those of a debtor stand behind its ladder.
        while let Some((at, represented)) = represented.next_if(|(_, represented)| represented.outcome.debtor < outcome.debtor) {
            rows.represented(at, represented)?;
        }
        let Some(policy) = outcome.policy.map(|policy| &night.program.policies[policy]) else { continue };
        for (number, draft) in (0_u32..).zip(&outcome.drafts) {
            for currency in rows.currencies(draft) {
                rows.draft(policy, outcome, (at, number), draft, currency)?;
            }
        }
    }
    for (at, represented) in represented {
        rows.represented(at, represented)?;
    }
    let Rows { actions, notes, items, spares, .. } = rows;
    Ok(Built { actions: actions.finish(), notes, items: items.finish(), spares: spares.finish() })
}

struct Rows<'a> {
    subject: &'a Subject<'a>,
    facts: &'a FactTable,
    night: &'a Night<'a>,
    queues: &'a [Column],
    accruals: &'a Accruals,
    actions: TableBuilder,
    items: TableBuilder,
    spares: TableBuilder,
    notes: Vec<ActionNote>,
}

impl Rows<'_> {
    /// Currencies of a draft's items, in order of code: each is asked for by itself.
    fn currencies(&self, draft: &Draft) -> Vec<Currency> {
        let of = |item: &usize| self.subject.currency(&self.subject.ledger.items[self.subject.open_items[*item] as usize]);
        let mut currencies: Vec<Currency> = draft.items.iter().map(of).collect();
        currencies.sort_unstable();
        currencies.dedup();
        currencies
    }

    /// What is asked in one currency, and what stands by for it.
    fn draft(
        &mut self,
        policy: &Policy,
        outcome: &Outcome,
        place: (u32, u32),
        draft: &Draft,
        currency: Currency,
    ) -> Result<(), NightError> {
        let items: Vec<usize> = draft.items.iter().copied().filter(|item| self.item(*item).1 == currency).collect();
        let mut spare_row = None;
        if let Some(spare) = draft.spare.as_ref().filter(|_| draft.is_done()) {
            spare_row = u32::try_from(self.spares.len()).ok();
            std::mem::swap(&mut self.actions, &mut self.spares);
            let written = self.row(policy, outcome, place, (spare, &items, currency));
            std::mem::swap(&mut self.actions, &mut self.spares);
            written?;
        }
        let (id, note) = self.row(policy, outcome, place, (draft, &items, currency))?;
        self.action_items(&id, &items);
        self.notes.push(ActionNote { spare: spare_row, ..note });
        Ok(())
    }

    /// A row of `actions`, with its id.
    fn row(
        &mut self,
        policy: &Policy,
        outcome: &Outcome,
        place: (u32, u32),
        (draft, items, currency): (&Draft, &[usize], Currency),
    ) -> Result<(String, ActionNote), NightError> {
        let subject = self.subject;
        let debtor = &subject.debtors[outcome.debtor];
        let customer = subject.documents.customer_ids[debtor.customer as usize];
        let collectible: Amount = items.iter().map(|item| subject.ledger.items[subject.open_items[*item] as usize].collectible()).sum();
        let amount_due = collectible - subject.on_account(debtor.customer, currency);
        let days_past_due = items.iter().map(|item| self.item(*item).0).max().unwrap_or(0);
        let invoice_id = outcome.item.map_or(&b""[..], |item| subject.invoice_id(item));
        let sequence = outcome.item.map_or(0, |item| subject.ledger.items[subject.open_items[item] as usize].sequence);
        let step = policy.step(draft.step);
        let id = self.id(policy, outcome, draft, currency);
        let expected_value = self.expected_value(items, draft)?;

        let table = &mut self.actions;
        table.text(actions::ACTION_ID, id.as_bytes());
        table.text(actions::CUSTOMER_ID, customer);
        table.text(actions::INVOICE_ID, invoice_id);
        if sequence != 0 {
            table.whole(actions::SEQUENCE, sequence);
        }
        table.text(actions::POLICY, policy.applies.id.as_bytes());
        table.money(actions::AMOUNT_DUE, amount_due, currency);
        table.text(actions::CURRENCY, currency.code().as_bytes());
        table.date(actions::PAY_BY, draft.action.pay_within.map(|span| after(span, draft.heard_on(subject.as_of), self.night.calendar)));
        table.whole(actions::DAYS_PAST_DUE, i64::from(days_past_due));
        table.whole(actions::DAYS_LATE, i64::from(draft.days_late));
        table.thousandths(actions::EXPECTED_VALUE, i128::from(expected_value) * i128::from(subject.rates.reporting().thousandths()));
        table.text(actions::RULE_ID, format!("{}.{}{}", policy.applies.id, step.id, draft.part(step)).as_bytes());
        self.actions.text(actions::OVERRIDE_ID, overrides::ids(subject, debtor.customer).as_bytes());
        self.action(step, draft);
        self.terms(draft, outcome.debtor, amount_due, currency);
        self.contact(policy, outcome, draft);
        self.manner(outcome, draft);
        self.way_to_pay(outcome, draft, items);
        self.attributes(outcome);
        let queue = self.queue(outcome.debtor);
        let amount = subject.rates.convert_amount(amount_due, currency)?.0;
        let mut note = ActionNote {
            outcome: place.0,
            draft: place.1,
            status: draft.status.clone(),
            queue,
            amount,
            days_past_due,
            order: self.order(queue, outcome.debtor, expected_value, amount),
            counts: queue.is_none_or(|(table, _)| self.night.program.assignments[table].counts.contains(&draft.action.verb)),
            effort: 1,
            worth: expected_value,
            skill: MISSING,
            waiting_since: None,
            overdue: 0,
            spare: None,
        };
        self.work(policy, outcome, draft, &mut note);
        self.actions.end_row();
        Ok((id, note))
    }

    /// The same for a step and for what stands in for it: whoever comes back with one of the two means the other.
    fn id(&self, policy: &Policy, outcome: &Outcome, draft: &Draft, currency: Currency) -> String {
        let subject = self.subject;
        let step = policy.step(draft.step);
        let beside = draft.companion.map(|_| format!("{}{}", step.id, draft.part(step)));
        let identity = Identity {
            as_of: subject.as_of,
            customer: subject.documents.customer_ids[subject.debtors[outcome.debtor].customer as usize],
            invoice: outcome.item.map_or(&b""[..], |item| subject.invoice_id(item)),
            sequence: outcome.item.map_or(0, |item| subject.ledger.items[subject.open_items[item] as usize].sequence),
            policy: &policy.applies.id,
            step: beside.as_deref().unwrap_or(&step.id),
            currency: currency.code(),
        };
        identity.id()
    }

    /// What is done, and in which words.
    fn action(&mut self, step: &Step, draft: &Draft) {
        let table = &mut self.actions;
        table.text(actions::STEP, step.id.as_bytes());
        table.text(actions::ACTION, draft.action.verb.name().as_bytes());
        table.text(actions::CHANNEL, draft.action.verb.channel().unwrap_or_default().as_bytes());
        table.text(actions::TEMPLATE, draft.action.template.as_deref().unwrap_or_default().as_bytes());
        table.text(actions::REWORDED_BY, draft.reworded_by.as_deref().unwrap_or_default().as_bytes());
    }

    /// What an action takes of its queue, who can do it, and for how long it has waited.
    fn work(&mut self, policy: &Policy, outcome: &Outcome, draft: &Draft, note: &mut ActionNote) {
        let assignment = note.queue.map(|(table, _)| &self.night.program.assignments[table]);
        if let Some(assignment) = assignment {
            note.effort = assignment.effort_of(draft.action.verb);
            note.skill = assignment.skills.map_or(MISSING, |field| self.facts.debtor(outcome.debtor).cell(field));
            if note.counts && assignment.counts_minutes() {
                self.actions.whole(actions::MINUTES, i64::from(note.effort));
            }
        }
        if draft.companion.is_some() {
            let own = std::mem::take(&mut note.order);
            note.order = self.behind(own, &outcome.drafts, (note.outcome, note.draft));
            return;
        }
        let customer = self.subject.debtors[outcome.debtor].customer;
        note.waiting_since = self.waiting_since(customer, outcome.item, policy, policy.step(draft.step));
        let waited = note.waiting_since.map_or(0, |since| self.subject.as_of.days_since(since));
        let patience = assignment.map_or(Assignment::PATIENCE, |assignment| assignment.patience);
        note.overdue = if waited >= patience { u32::try_from(waited).unwrap_or(0) } else { 0 };
    }

    /// Since when a step has waited for a place in its queue.
    fn waiting_since(&self, customer: u32, item: Option<usize>, policy: &Policy, step: &Step) -> Option<Date> {
        let item = item.map(|item| &self.subject.ledger.items[self.subject.open_items[item] as usize]);
        self.subject.memory.waiting_since(customer, item, &policy.applies.id, &step.id)
    }

    /// What is asked for at once, and the plan that is offered.
    fn terms(&mut self, draft: &Draft, debtor: usize, amount_due: Amount, currency: Currency) {
        // Least amounts of rules are in the reporting currency: nothing is converted to compare them.
        let least_counts = currency == self.subject.rates.reporting();
        let asked = draft.action.ask.and_then(|ask| offer::asked(ask, amount_due, &self.facts.debtor(debtor), least_counts));
        if let Some(asked) = asked {
            self.actions.money(actions::AMOUNT_ASKED, asked, currency);
        }
        let env = Env { as_of: self.night.as_of, calendar: self.night.calendar };
        let Some(offered) = offer::chosen(self.night.program, &draft.action, &self.facts.debtor(debtor), &env) else { return };
        let heard_on = draft.heard_on(self.subject.as_of);
        let from = draft.action.pay_within.map_or(heard_on, |span| after(span, heard_on, self.night.calendar));
        let Some(plan) = offer::plan(offered, amount_due, from, least_counts) else { return };
        self.actions.text(actions::OFFER, offered.rule.id.as_bytes());
        self.actions.whole(actions::OFFER_PAYMENTS, i64::from(plan.payments));
        self.actions.money(actions::OFFER_FIRST, plan.first, currency);
        self.actions.money(actions::OFFER_EACH, plan.each, currency);
        self.actions.date(actions::OFFER_UNTIL, Some(plan.until));
    }

    /// A payment that is presented again: an action beside the ladder.
    fn represented(&mut self, at: u32, represented: &Represented) -> Result<(), NightError> {
        let (subject, outcome) = (self.subject, &represented.outcome);
        let rule = &self.night.program.representations[represented.rule];
        let Some((draft, first)) = outcome.drafts.first().and_then(|draft| Some((draft, *draft.items.first()?))) else { return Ok(()) };
        let customer = subject.documents.customer_ids[subject.debtors[outcome.debtor].customer as usize];
        let invoice = if represented.of_invoice { subject.invoice_id(first) } else { b"" };
        let currency = self.item(first).1;
        let days_past_due = draft.items.iter().map(|item| self.item(*item).0).max().unwrap_or(0);
        let payment = String::from_utf8_lossy(&represented.payment);
        let (as_of, policy, currency_code) = (subject.as_of, &rule.rule.id, currency.code());
        let identity = Identity { as_of, customer, invoice, sequence: 0, policy, step: &payment, currency: currency_code };
        let id = identity.id();
        let table = &mut self.actions;
        table.text(actions::ACTION_ID, id.as_bytes());
        table.text(actions::CUSTOMER_ID, customer);
        table.text(actions::INVOICE_ID, invoice);
        table.text(actions::POLICY, REPRESENTATIONS);
        table.text(actions::STEP, METHODS.get(usize::from(rule.method)).copied().unwrap_or_default().as_bytes());
        table.text(actions::ACTION, draft.action.verb.name().as_bytes());
        table.money(actions::AMOUNT_DUE, represented.amount, currency);
        table.text(actions::CURRENCY, currency.code().as_bytes());
        table.date(actions::PAY_BY, Some(represented.on));
        table.whole(actions::DAYS_PAST_DUE, i64::from(days_past_due));
        table.text(actions::RULE_ID, rule.rule.id.as_bytes());
        if let Some(fee) = rule.fee {
            table.money(actions::FEE, Amount(fee), subject.rates.reporting());
        }
        self.attributes(outcome);
        self.actions.end_row();
        self.action_items(&id, &draft.items);
        let amount = subject.rates.convert_amount(represented.amount, currency)?.0;
        let status = draft.status.clone();
        self.notes.push(ActionNote {
            outcome: at,
            draft: 0,
            status,
            queue: None,
            amount,
            days_past_due,
            order: vec![0],
            counts: false,
            effort: 1,
            worth: 0,
            skill: MISSING,
            waiting_since: None,
            overdue: 0,
            spare: None,
        });
        Ok(())
    }

    /// Whom it is addressed to, why it goes another way than the step says, and how long it is on its way.
    fn contact(&mut self, policy: &Policy, outcome: &Outcome, draft: &Draft) {
        if draft.action.verb.channel().is_some() {
            let customer = self.subject.debtors[outcome.debtor].customer;
            let is_represented = reach::goes_to_representative(self.subject, policy, customer);
            self.actions.text(actions::ADDRESSEE, if is_represented { b"representative" } else { b"customer" });
        }
        self.actions.text(actions::FALLBACK_REASON, draft.fallback.unwrap_or_default().as_bytes());
        if let Some(post) = outcome.place.post(self.night.program, draft.action.verb) {
            self.actions.text(actions::POST_SITE, post.site.as_bytes());
            self.actions.date(actions::ARRIVES_ON, draft.arrives_on.filter(|_| draft.is_done()));
        }
    }

    /// In what tone and at what hours.
    fn manner(&mut self, outcome: &Outcome, draft: &Draft) {
        let (program, row) = (self.night.program, self.facts.debtor(outcome.debtor));
        let env = Env { as_of: self.night.as_of, calendar: self.night.calendar };
        if let Some(written) = &draft.action.tone {
            let (tone, bound) = manner::tone(program, &row, &env, written);
            self.actions.text(actions::TONE, tone.as_bytes());
            self.actions.text(actions::TONE_REASON, bound.unwrap_or_default().as_bytes());
        }
        let hours = manner::hours(self.subject, self.facts, (program, &env), outcome.debtor, draft.action.verb);
        if let Some(Ok(window)) = hours {
            self.actions.text(actions::TIME_ZONE, window.zone.as_bytes());
            self.actions.text(actions::HOURS_FROM, window.from.as_bytes());
            self.actions.text(actions::HOURS_UNTIL, window.until.as_bytes());
        }
    }

    /// By what methods, to which account and with which words what is asked for can be paid.
    fn way_to_pay(&mut self, outcome: &Outcome, draft: &Draft, items: &[usize]) {
        let (env, row) = (Env { as_of: self.night.as_of, calendar: self.night.calendar }, self.facts.debtor(outcome.debtor));
        let Some(way) = manner::way_to_pay(self.night.program, &row, &env, draft.action.verb) else { return };
        self.actions.text(actions::PAY_METHODS, way.methods.join("|").as_bytes());
        self.actions.text(actions::PAY_ACCOUNT, way.account.as_deref().unwrap_or_default().as_bytes());
        let customer = self.subject.documents.customer_ids[self.subject.debtors[outcome.debtor].customer as usize];
        let mut invoices: Vec<&[u8]> = items.iter().map(|item| self.subject.invoice_id(*item)).collect();
        invoices.dedup();
        let reference = if let [invoice] = invoices.as_slice() { *invoice } else { customer };
        self.actions.text(actions::PAY_REFERENCE, reference);
    }

    /// What is read from the customer: language, collector, arm of a trial.
    fn attributes(&mut self, outcome: &Outcome) {
        let documents = self.subject.documents;
        let table = &self.subject.shard.customers;
        let customer = self.subject.debtors[outcome.debtor].customer;
        let named = documents.customers[customer as usize].row.and_then(|row| table.text(customers::COLLECTOR_ID, row as usize));
        self.actions.text(actions::ASSIGNEE, named.or_else(|| self.subject.memory.collector(customer)).unwrap_or_default());
        self.actions.text(actions::LANGUAGE, manner::language(self.subject, self.night.program, customer));
        let facts = self.facts.debtor(outcome.debtor);
        let arms: Vec<String> = self.night.program.trials.iter().filter_map(|trial| trial.arm(facts.cell(trial.field))).collect();
        self.actions.text(actions::TRIAL_ARM, arms.join("|").as_bytes());
    }

    /// The queue of the first assignment table that gives one.
    fn queue(&mut self, debtor: usize) -> Option<(usize, Cell)> {
        let found =
            self.queues.iter().enumerate().map(|(table, column)| (table, column.cells[debtor])).find(|(_, cell)| *cell != MISSING)?;
        let assignment = &self.night.program.assignments[found.0];
        let name = cell_text(self.night.program, assignment.table.output, found.1, self.facts);
        self.actions.text(actions::QUEUE, name.as_bytes());
        Some(found)
    }

    /// The figures that order a queue, each so that the largest comes first; expected value where there is no queue.
    fn order(&self, queue: Option<(usize, Cell)>, debtor: usize, expected_value: Cell, amount: Cell) -> Vec<Cell> {
        let Some((table, _)) = queue else { return vec![expected_value] };
        let row = self.facts.debtor(debtor);
        let env = Env { as_of: self.night.as_of, calendar: self.night.calendar };
        let figure = |key: &RankKey| {
            let cell = match &key.by {
                RankBy::ExpectedValue => expected_value,
                RankBy::AmountDue => amount,
                RankBy::Field(field) => row.cell(*field),
                RankBy::Value(expression) => expression.value(&row, &env),
            };
            // MISSING is the least cell there is, so it comes last whichever end is first.
            if key.ascending && cell != MISSING { cell.saturating_neg() } else { cell }
        };
        self.night.program.assignments[table].rank.iter().map(figure).collect()
    }

    /// The figures of a companion: never above those of its step where that may find its queue full, so that it takes no place in vain.
    fn behind(&self, own: Vec<Cell>, drafts: &[Draft], (outcome, draft): (u32, u32)) -> Vec<Cell> {
        let is_its = |note: &&ActionNote| {
            let before = &drafts[note.draft as usize];
            before.companion.is_none() && before.step == drafts[draft as usize].step && note.counts
        };
        let earlier = self.notes.iter().rev().take_while(|note| note.outcome == outcome).filter(is_its);
        earlier.map(|note| note.order.clone()).chain([own.clone()]).min().unwrap_or(own)
    }

    /// Days past due and currency of an open item.
    fn item(&self, at: usize) -> (i32, Currency) {
        let item = &self.subject.ledger.items[self.subject.open_items[at] as usize];
        (self.subject.as_of.days_since(item.due_date), self.subject.currency(item))
    }

    /// What acting tonight rather than a month later is expected to bring in, less what it costs.
    fn expected_value(&self, items: &[usize], draft: &Draft) -> Result<Cell, NightError> {
        let mut sums = Vec::new();
        for at in items {
            let item = &self.subject.ledger.items[self.subject.open_items[*at] as usize];
            let days = self.subject.as_of.days_since(item.due_date);
            let expected = |days| self.night.curve.share(days).of(item.collectible());
            let gain = expected(days) - expected(days.saturating_add(DELAY_DAYS));
            crate::night::facts::add(&mut sums, self.subject.currency(item), gain);
        }
        Ok(self.subject.reporting(&sums)?.saturating_sub(draft.action.cost.unwrap_or(0)))
    }

    fn action_items(&mut self, id: &str, items: &[usize]) {
        let item_of = |at: &usize| &self.subject.ledger.items[self.subject.open_items[*at] as usize];
        let mut by_invoice: Vec<usize> = items.to_vec();
        by_invoice.sort_unstable();
        for parts in by_invoice.chunk_by(|a, b| item_of(a).invoice == item_of(b).invoice) {
            let at = item_of(&parts[0]).invoice;
            let invoice = &self.subject.documents.invoices[at as usize];
            let open: Amount = parts.iter().map(|part| item_of(part).open).sum();
            let late = parts.iter().map(|part| self.subject.as_of.days_since(item_of(part).due_date)).max().unwrap_or(0);
            let invoice_id = self.subject.invoice_id(parts[0]);
            self.items.text(action_items::ACTION_ID, id.as_bytes());
            self.items.text(action_items::INVOICE_ID, invoice_id);
            self.items.money(action_items::AMOUNT_OPEN, open, invoice.currency);
            self.items.whole(action_items::DAYS_PAST_DUE, i64::from(late));
            self.items.money(action_items::PENALTIES_ACCRUED, self.accruals.to_date[at as usize], invoice.currency);
            self.items.end_row();
        }
    }
}
