//! Derived fields, decision tables and trials: every debtor gets its segments, each with the row that decided.

use crate::base::hash::key_hash;
use crate::base::money::Rate;
use crate::night::error::NightError;
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::matchers::Matchers;
use crate::rules::eval::{Ambiguous, Decision, Env};
use crate::rules::index::Index;
use crate::rules::program::{
    Aggregate, Cell, Condition, DecisionTable, Derived, Expression, Facts, Formula, Grain, MISSING, Program, Trial,
};

/// What a decision table said about each of its rows: the cell, and the row that decided.
#[derive(Debug, Clone)]
pub struct Column {
    pub cells: Vec<Cell>,
    /// Position of the deciding row; `None` for `otherwise`.
    pub rows: Vec<Option<usize>>,
}

/// Works out all derived fields, then all tables, then all trials, each seeing those before it.
///
/// # Errors
/// [`NightError::Ambiguous`] where two rows of a `unique` table match.
pub fn segment(
    subject: &Subject<'_>,
    program: &Program,
    matchers: &Matchers,
    facts: &mut FactTable,
    env: &Env<'_>,
) -> Result<Vec<Column>, NightError> {
    for derived in &program.derived {
        let column = derive(subject, program, facts, derived, env);
        facts.set(derived.field, column);
    }
    let mut columns = Vec::with_capacity(program.tables.len());
    for (table, index) in program.tables.iter().zip(&matchers.tables) {
        let column = decide_all(subject, facts, table, index, env)?;
        facts.set(table.output, column.cells.clone());
        columns.push(column);
    }
    for trial in &program.trials {
        let column = arms(subject, facts, trial, env);
        facts.set(trial.field, column);
    }
    Ok(columns)
}

/// Applies one decision table to every row of its grain.
///
/// # Errors
/// [`NightError::Ambiguous`] where two rows of a `unique` table match.
pub fn decide_all(
    subject: &Subject<'_>,
    facts: &FactTable,
    table: &DecisionTable,
    index: &Index,
    env: &Env<'_>,
) -> Result<Column, NightError> {
    let mut column = Column { cells: Vec::new(), rows: Vec::new() };
    let mut unclear = None;
    let mut push = |row: usize, decision: Result<Decision, Ambiguous>| match decision {
        Ok(decision) => {
            column.cells.push(decision.cell);
            column.rows.push(decision.row);
        }
        Err(ambiguous) => {
            unclear.get_or_insert((row, ambiguous));
        }
    };
    match table.grain {
        Grain::Customer => index.decide(table, &facts.debtors(), env, &mut push),
        Grain::Invoice => index.decide(table, &facts.items(), env, &mut push),
    }
    match unclear {
        None => Ok(column),
        Some((row, ambiguous)) => {
            let debtor = if table.grain == Grain::Customer { row } else { facts.debtor_of(row) };
            Err(two_rows(table, &ambiguous, subject, &subject.debtors[debtor]))
        }
    }
}

fn two_rows(table: &DecisionTable, ambiguous: &Ambiguous, subject: &Subject<'_>, debtor: &Debtor) -> NightError {
    let id = |row: usize| table.rows[row].0.id.clone();
    let customer = String::from_utf8_lossy(subject.documents.customer_ids[debtor.customer as usize]).into_owned();
    NightError::Ambiguous { what: format!("table {}", table.id), first: id(ambiguous.first), second: id(ambiguous.second), customer }
}

fn derive(subject: &Subject<'_>, program: &Program, facts: &FactTable, derived: &Derived, env: &Env<'_>) -> Vec<Cell> {
    let field = &program.fields[derived.field.0 as usize];
    let or_default = |cell: Cell| if cell == MISSING { field.default } else { cell };
    let mut column = Vec::new();
    for (at, debtor) in subject.debtors.iter().enumerate() {
        match (&derived.formula, field.grain) {
            (Formula::Row(expression), Grain::Customer) => column.push(or_default(expression.value(&facts.debtor(at), env))),
            (Formula::Row(expression), Grain::Invoice) => {
                column.extend(debtor.items.clone().map(|item| or_default(expression.value(&facts.item(at, item), env))));
            }
            (Formula::Aggregate { function, over, filter }, _) => {
                let rows = debtor.items.clone().map(|item| facts.item(at, item));
                column.push(or_default(aggregate(*function, over.as_ref(), filter.as_ref(), rows, env)));
            }
        }
    }
    column
}

fn aggregate<F: Facts>(
    function: Aggregate,
    over: Option<&Expression>,
    filter: Option<&Condition>,
    rows: impl Iterator<Item = F>,
    env: &Env<'_>,
) -> Cell {
    let rows = rows.filter(|row| filter.is_none_or(|filter| filter.holds(row, env)));
    if function == Aggregate::Count {
        return crate::night::facts::number(rows.count());
    }
    let values: Vec<Cell> = rows.filter_map(|row| over.map(|over| over.value(&row, env))).filter(|value| *value != MISSING).collect();
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    match function {
        Aggregate::Sum | Aggregate::Count => crate::night::facts::cell(sum),
        Aggregate::Max => values.into_iter().max().unwrap_or(MISSING),
        Aggregate::Min => values.into_iter().min().unwrap_or(MISSING),
        Aggregate::Avg => match i128::try_from(values.len()) {
            Ok(count) if count > 0 => crate::night::facts::cell(crate::base::money::divide_half_up(sum, count)),
            _ => MISSING,
        },
    }
}

/// 1 for the debtors of the trial's arm, 0 for those of its control, missing outside the trial.
/// The arm depends on the debtor group and the trial's name alone, so it is the same every night; one that was set before stands in
/// for it.
fn arms(subject: &Subject<'_>, facts: &FactTable, trial: &Trial, env: &Env<'_>) -> Vec<Cell> {
    let arm = |(at, debtor): (usize, &Debtor)| {
        if !trial.among.in_force(env.as_of) || !trial.among.when.holds(&facts.debtor(at), env) {
            return MISSING;
        }
        let set = facts.debtor(at).cell(trial.field);
        if set != MISSING {
            return set;
        }
        let group = subject.documents.customers[debtor.customer as usize].group as usize;
        Cell::from(in_arm(&trial.split_by, subject.documents.group_ids[group], trial.share))
    };
    subject.debtors.iter().enumerate().map(arm).collect()
}

/// Whether a debtor group belongs to the arm of a trial with this share.
pub fn in_arm(trial: &str, group: &[u8], share: Rate) -> bool {
    let key = [trial.as_bytes(), b"/", group].concat();
    let place = i64::try_from(key_hash(&key) % 1_000_000).unwrap_or(0);
    place < share.0
}
