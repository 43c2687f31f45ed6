//! How many customers or items, and how much money, some question is about: what `relance check` shows beside a finding.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::contract::{customers, invoices};
use crate::base::table::{Column, Table};
use crate::night::accruals;
use crate::night::error::NightError;
use crate::night::evaluate::{Night, Standing};
use crate::night::facts::{ExtraColumns, FactTable, Subject};
use crate::night::ledger::Ledger;
use crate::night::memory::Memory;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::night::segmentation;
use crate::rules::eval::Env;
use crate::rules::marks::Range;
use crate::rules::program::{Cell, Facts, Field, FieldId, Grain, MISSING, Program, Source, Type, Use};
use crate::rules::proof::Probe;

/// Different values that are told apart; further ones are not counted.
const MOST_VALUES: usize = 1000;

/// Rows that answer yes, and their open amounts in minor units of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: u64,
    pub amount: i128,
}

/// What one shard says, or several together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// One per question.
    pub tallies: Vec<Tally>,
    /// Values of a field that its list does not have, with how often they occur.
    pub unlisted: BTreeMap<FieldId, BTreeMap<String, u64>>,
    /// Fields whose column holds another kind of value: what it holds.
    pub mistyped: BTreeMap<FieldId, &'static str>,
    /// Rows in which a field lies outside its range, and the least such value.
    pub outside: BTreeMap<FieldId, (u64, Cell)>,
    /// Earlier names that last night's state still carries, by position among those of the program; `None` without a state.
    pub earlier_names: Option<BTreeSet<usize>>,
    /// How many customers stand on steps the rules do not have, by policy and step.
    pub forgotten_steps: BTreeMap<(String, String), u64>,
    /// Why the penalties of tonight cannot be worked out, where that is so.
    pub no_penalties: Option<NightError>,
}

impl Survey {
    /// Adds what another shard says.
    pub fn merge(&mut self, other: Survey) {
        self.tallies.resize(self.tallies.len().max(other.tallies.len()), Tally::default());
        for (sum, part) in self.tallies.iter_mut().zip(other.tallies) {
            sum.rows += part.rows;
            sum.amount += part.amount;
        }
        for (field, values) in other.unlisted {
            let all = self.unlisted.entry(field).or_default();
            values.into_iter().for_each(|(value, rows)| *all.entry(value).or_default() += rows);
        }
        self.mistyped.extend(other.mistyped);
        for (field, (rows, cell)) in other.outside {
            let all = self.outside.entry(field).or_insert((0, cell));
            *all = (all.0 + rows, all.1.min(cell));
        }
        for (step, customers) in other.forgotten_steps {
            *self.forgotten_steps.entry(step).or_default() += customers;
        }
        if let Some(names) = other.earlier_names {
            self.earlier_names.get_or_insert_default().extend(names);
        }
        self.no_penalties = self.no_penalties.take().or(other.no_penalties);
    }
}

/// What is asked of every shard.
#[derive(Clone, Copy)]
pub struct Questions<'a> {
    pub probes: &'a [Probe],
    pub ranges: &'a BTreeMap<FieldId, Range>,
}

/// Asks one shard. Customers count where they have an open item. Of a `unique` table the first row that matches counts here, so that
/// a table with overlaps can be asked as well.
///
/// # Errors
/// [`NightError::NoExchangeRate`] for a currency without a rate.
pub fn survey(
    shard: &Shard,
    documents: &Documents<'_>,
    ledger: &Ledger,
    memory: &Memory,
    night: &Night<'_>,
    questions: &Questions<'_>,
) -> Result<Survey, NightError> {
    let standing = Standing::of(documents, ledger, night);
    let subject = standing.subject(shard, documents, ledger, memory, night);
    let env = Env { as_of: night.as_of, calendar: night.calendar };
    let mut facts = FactTable::fill(&subject, night.program)?;
    segmentation::segment(&subject, night.program, night.matchers, &mut facts, &env)?;
    let mut tallies = vec![Tally::default(); questions.probes.len()];
    for (probe, tally) in questions.probes.iter().zip(&mut tallies) {
        *tally = ask(probe, &subject, &facts, &env)?;
    }
    Ok(Survey {
        tallies,
        unlisted: unlisted(shard, night.program, night.extra),
        mistyped: mistyped(shard, night.program, night.extra),
        outside: outside(&subject, night.program, &facts, questions.ranges),
        earlier_names: None,
        forgotten_steps: memory.forgotten_steps(&night.program.policies),
        no_penalties: accruals::accrue(&subject, &facts, &night.tariff(&env), |_| false).err(),
    })
}

fn ask(probe: &Probe, subject: &Subject<'_>, facts: &FactTable, env: &Env<'_>) -> Result<Tally, NightError> {
    let mut tally = Tally::default();
    for (at, debtor) in subject.debtors.iter().enumerate() {
        match probe.grain {
            Grain::Customer if debtor.items.is_empty() || !probe.holds(&facts.debtor(at), env) => {}
            Grain::Customer => {
                tally.rows += 1;
                tally.amount += i128::from(subject.sum(debtor, |item| item.open)?);
            }
            Grain::Invoice => {
                for position in debtor.items.clone().filter(|item| probe.holds(&facts.item(at, *item), env)) {
                    let item = &subject.ledger.items[subject.open_items[position] as usize];
                    tally.rows += 1;
                    tally.amount += i128::from(subject.reporting(&[(subject.currency(item), item.open.wide())])?);
                }
            }
        }
    }
    Ok(tally)
}

/// Fields that rules read from columns beyond the contract, with the column.
fn extra_fields<'p>(program: &'p Program, extra: &ExtraColumns) -> Vec<(FieldId, &'p Field, &'static str, usize)> {
    let mut found = Vec::new();
    for (id, field) in (0..).map(FieldId).zip(&program.fields).filter(|(_, field)| field.used != Use::None) {
        let Source::Column { table, column } = &field.source else { continue };
        let (names, width) = match *table {
            "customers" => (&extra.customers, customers::SPEC.columns.len()),
            _ => (&extra.invoices, invoices::SPEC.columns.len()),
        };
        found.extend(names.iter().position(|name| name == column).map(|at| (id, field, *table, width + at)));
    }
    found
}

fn unlisted(shard: &Shard, program: &Program, extra: &ExtraColumns) -> BTreeMap<FieldId, BTreeMap<String, u64>> {
    let mut all: BTreeMap<FieldId, BTreeMap<String, u64>> = BTreeMap::new();
    for (id, field, table, at) in extra_fields(program, extra) {
        let Type::Enum(values) = &field.ty else { continue };
        let rows: &Table = if table == "customers" { &shard.customers } else { &shard.invoices };
        let Some(Column::Text(texts)) = rows.columns.get(at) else { continue };
        for text in texts.iter().filter(|text| !text.is_empty()) {
            let text = String::from_utf8_lossy(text);
            if values.iter().any(|value| **value == *text) {
                continue;
            }
            let counts = all.entry(id).or_default();
            if counts.len() < MOST_VALUES || counts.contains_key(&*text) {
                *counts.entry(text.into_owned()).or_default() += 1;
            }
        }
    }
    all
}

/// A column of another kind than its field: rules see nothing of it.
fn mistyped(shard: &Shard, program: &Program, extra: &ExtraColumns) -> BTreeMap<FieldId, &'static str> {
    let mut all = BTreeMap::new();
    for (id, field, table, at) in extra_fields(program, extra) {
        let rows: &Table = if table == "customers" { &shard.customers } else { &shard.invoices };
        let held = match rows.columns.get(at) {
            Some(Column::Text(_)) if !matches!(field.ty, Type::Text | Type::Enum(_)) => "texts",
            Some(Column::Flag(_)) if field.ty != Type::Bool => "true or false",
            Some(Column::Date(_)) if field.ty != Type::Date => "dates",
            Some(Column::Number(_)) if !matches!(field.ty, Type::Number | Type::Rate | Type::Days | Type::Money) => "numbers",
            _ => continue,
        };
        all.insert(id, held);
    }
    all
}

fn outside(
    subject: &Subject<'_>,
    program: &Program,
    facts: &FactTable,
    ranges: &BTreeMap<FieldId, Range>,
) -> BTreeMap<FieldId, (u64, Cell)> {
    let mut all = BTreeMap::new();
    let read = |id: &FieldId| {
        let field = &program.fields[id.0 as usize];
        field.used == Use::Value && matches!(field.source, Source::Column { .. })
    };
    for (id, range) in ranges.iter().filter(|(id, _)| read(id)) {
        let is_outside = |cell: &Cell| {
            let fraction = range.whole && cell % 1_000_000 != 0;
            *cell != MISSING && (fraction || range.low.is_some_and(|low| *cell < low) || range.high.is_some_and(|high| *cell > high))
        };
        let cells: Vec<Cell> = match program.fields[id.0 as usize].grain {
            Grain::Customer => (0..subject.debtors.len()).map(|at| facts.debtor(at).cell(*id)).filter(is_outside).collect(),
            Grain::Invoice => {
                let items = subject.debtors.iter().enumerate().flat_map(|(at, debtor)| debtor.items.clone().map(move |item| (at, item)));
                items.map(|(at, item)| facts.item(at, item).cell(*id)).filter(is_outside).collect()
            }
        };
        if let Some(least) = cells.iter().min() {
            all.insert(*id, (u64::try_from(cells.len()).unwrap_or(u64::MAX), *least));
        }
    }
    all
}
