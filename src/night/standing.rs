//! What stands while a condition is true, of a customer or of an invoice, and what stood the night before: tasks and proposals.
//!
//! It opens on the first night that sees it, keeps its day until its condition is true no more, and is told done once, on the night
//! that sees it no more. All of it is worked out from tonight's facts and what the night before remembered, so that missed nights put
//! something off but lose none.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::error::NightError;
use crate::night::escalation::Rulebook;
use crate::night::facts::{FactTable, Row, Subject, cell};
use crate::night::ledger::Item;
use crate::night::matchers::GrainIndex;
use crate::night::memory::StandingRecord;
use crate::night::tables::segment::cell_text;
use crate::rules::index::Columns;
use crate::rules::program::{Facts, FieldId, Grain, MISSING, Program, Rule, TaskOwner};

/// What one of them is told apart by: customer, invoice and rule. The invoice is empty where it is about the customer.
pub type Key<'a> = (&'a [u8], &'a [u8], &'a str);

/// Something that stands tonight.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    pub key: Key<'a>,
    /// Position of its rule in the program.
    pub rule: usize,
    /// Position of the debtor.
    pub debtor: usize,
    /// Open items of the invoice for which the condition is true; none where it is about the customer.
    pub items: Vec<usize>,
}

/// All that stands tonight of some rules, in the order of outputs. The instalments of an invoice make one.
pub fn standing<'a>(
    subject: &Subject<'a>,
    facts: &FactTable,
    rulebook: &Rulebook<'a>,
    (of_customers, of_invoices): (&GrainIndex, &GrainIndex),
    rule: impl Fn(&'a Program, usize) -> &'a Rule,
) -> Vec<Standing<'a>> {
    let mut found: BTreeMap<Key<'a>, Standing<'a>> = BTreeMap::new();
    let customer = |debtor: usize| subject.documents.customer_ids[subject.debtors[debtor].customer as usize];
    for (debtor, at) in hits(of_customers, &facts.debtors(), rulebook) {
        let key: Key<'a> = (customer(debtor), b"", rule(rulebook.program, at).id.as_str());
        found.insert(key, Standing { key, rule: at, debtor, items: Vec::new() });
    }
    for (item, at) in hits(of_invoices, &facts.items(), rulebook) {
        let debtor = facts.debtor_of(item);
        let key: Key<'a> = (customer(debtor), subject.invoice_id(item), rule(rulebook.program, at).id.as_str());
        found.entry(key).or_insert(Standing { key, rule: at, debtor, items: Vec::new() }).items.push(item);
    }
    found.into_values().collect()
}

/// The rules whose condition is true, each with the row it is true for, in order of the rows.
fn hits<C: Columns>(matcher: &GrainIndex, columns: &C, rulebook: &Rulebook<'_>) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    if !matcher.rules.is_empty() {
        matcher.index.hits(columns, rulebook.env, usize::MAX, |row, rules| {
            hits.extend(rules.iter().map(|rule| (row, matcher.rules[*rule as usize])));
        });
    }
    hits
}

/// Something that stands tonight, stood the night before, or both.
#[derive(Debug, Clone, Copy)]
pub enum Sight<'s, 'a> {
    Stands(&'s Standing<'a>, Option<&'s StandingRecord>),
    IsDone(&'s StandingRecord),
}

/// Tonight beside the night before, both in the order of outputs.
pub fn beside<'s, 'a>(tonight: &'s [Standing<'a>], before: &'s [StandingRecord]) -> Vec<Sight<'s, 'a>> {
    let (mut tonight, mut before) = (tonight.iter().peekable(), before.iter().peekable());
    let mut sights = Vec::new();
    loop {
        let order = match (tonight.peek(), before.peek()) {
            (Some(standing), Some(record)) => standing.key.cmp(&record.key()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return sights,
        };
        let standing = if order == Ordering::Greater { None } else { tonight.next() };
        let record = if order == Ordering::Less { None } else { before.next() };
        sights.extend(match (standing, record) {
            (Some(standing), record) => Some(Sight::Stands(standing, record)),
            (None, record) => record.map(Sight::IsDone),
        });
    }
}

/// What the outputs of a shard are worked out from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub subject: &'a Subject<'a>,
    pub facts: &'a FactTable,
    pub rulebook: &'a Rulebook<'a>,
}

impl<'a> View<'a> {
    /// The rows of facts something is true for: of the customer, or of items of the invoice.
    pub fn rows<'s>(self, standing: &'s Standing<'_>) -> impl Iterator<Item = Row<'a>> + use<'a, 's> {
        let customer = standing.items.is_empty().then(|| self.facts.debtor(standing.debtor));
        customer.into_iter().chain(standing.items.iter().map(move |item| self.facts.item(standing.debtor, *item)))
    }

    /// The earliest day a field names.
    pub fn earliest(self, standing: &Standing<'_>, field: Option<FieldId>) -> Option<Date> {
        let field = field?;
        let days = self.rows(standing).map(|row| row.cell(field)).filter(|cell| *cell != MISSING);
        days.filter_map(|day| i32::try_from(day).ok()).min().map(Date)
    }

    /// Whom a field names, else a team.
    pub fn owner(self, standing: &Standing<'_>, owner: &TaskOwner) -> String {
        let named = owner.field.and_then(|field| {
            let cell = self.rows(standing).map(|row| row.cell(field)).find(|cell| *cell != MISSING)?;
            Some(cell_text(self.rulebook.program, field, cell, self.facts)).filter(|name| !name.is_empty())
        });
        named.unwrap_or_else(|| owner.team.clone())
    }

    /// What can be asked for: of the invoice in its currency, of the customer in the reporting currency.
    ///
    /// # Errors
    /// [`NightError::NoExchangeRate`] for a currency without a rate.
    pub fn collectible(self, standing: &Standing<'_>) -> Result<(Amount, Currency), NightError> {
        let Some(first) = standing.items.first() else {
            let debtor = &self.subject.debtors[standing.debtor];
            return Ok((Amount(self.subject.sum(debtor, Item::collectible)?), self.subject.rates.reporting()));
        };
        let item = |at: &usize| &self.subject.ledger.items[self.subject.open_items[*at] as usize];
        let sum = standing.items.iter().map(|at| item(at).collectible()).sum();
        Ok((sum, self.subject.currency(item(first))))
    }

    /// What a field comes to over the items of an invoice; a field of the customer counts once.
    pub fn sum(self, standing: &Standing<'_>, field: FieldId) -> i64 {
        let once = self.rulebook.program.fields[field.0 as usize].grain == Grain::Customer;
        let cells = self.rows(standing).map(|row| row.cell(field)).filter(|cell| *cell != MISSING);
        cell(cells.take(if once { 1 } else { usize::MAX }).map(i128::from).sum())
    }
}
