//! Who takes part in a trial: drawn once, counted ever after.
//!
//! Whoever was once in a trial stays in its figures, in the arm drawn first, whether the trial is still about them or not: a challenger
//! that makes people pay would otherwise lose those who paid (analysis by intention to treat).

use crate::base::contract::state as columns;
use crate::base::date::Date;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::documents::CustomerIx;
use crate::night::facts::{FactTable, Subject};
use crate::night::memory::TrialRecord;
use crate::rules::program::{ARMS, Facts, MISSING, Program};

/// Somebody in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolled {
    /// Position of the trial in the rules.
    pub trial: usize,
    pub customer: CustomerIx,
    /// Whether in the challenger's arm; the one drawn first.
    pub on: bool,
    /// The night of the draw.
    pub since: Date,
    /// Whether tonight's rules draw the other arm.
    pub crossed: bool,
}

/// Everyone in a trial, in order of trial and customer.
pub fn enrolled(subject: &Subject<'_>, facts: &FactTable, program: &Program) -> Vec<Enrolled> {
    let mut all = Vec::new();
    for (number, trial) in program.trials.iter().enumerate() {
        let records = records_of(&subject.memory.trials, &trial.id);
        let mut records = records.iter().filter_map(|record| Some((record.customer?, record))).peekable();
        // Both are in order of customer: a merge finds who was drawn before, who is drawn tonight, and who both.
        for (at, debtor) in subject.debtors.iter().enumerate() {
            let cell = facts.debtor(at).cell(trial.field);
            while let Some((customer, record)) = records.next_if(|(customer, _)| *customer < debtor.customer) {
                all.push(Enrolled { trial: number, customer, on: record.on, since: record.since, crossed: false });
            }
            let record = records.next_if(|(customer, _)| *customer == debtor.customer).map(|(_, record)| record);
            let tonight = (cell != MISSING).then_some(cell == 1);
            let Some(on) = record.map(|record| record.on).or(tonight) else { continue };
            let since = record.map_or(subject.as_of, |record| record.since);
            let crossed = tonight.is_some_and(|tonight| tonight != on);
            all.push(Enrolled { trial: number, customer: debtor.customer, on, since, crossed });
        }
        let rest =
            records.map(|(customer, record)| Enrolled { trial: number, customer, on: record.on, since: record.since, crossed: false });
        all.extend(rest);
    }
    all
}

/// The records of one trial, where they are in order of trial.
fn records_of<'a>(records: &'a [TrialRecord], trial: &str) -> &'a [TrialRecord] {
    let start = records.partition_point(|record| record.trial.as_str() < trial);
    let end = records.partition_point(|record| record.trial.as_str() <= trial);
    &records[start..end]
}

/// State rows of everyone in a trial the rules know, in order of customer and trial; also of customers tonight's input does not have.
pub fn remembered(subject: &Subject<'_>, facts: &FactTable, program: &Program) -> Table {
    let id = |customer: CustomerIx| subject.documents.customer_ids[customer as usize];
    let of_tonight = enrolled(subject, facts, program).into_iter();
    let mut rows: Vec<(&[u8], usize, bool, Date)> =
        of_tonight.map(|enrolled| (id(enrolled.customer), enrolled.trial, enrolled.on, enrolled.since)).collect();
    for record in subject.memory.trials.iter().filter(|record| record.customer.is_none()) {
        let trial = program.trials.iter().position(|trial| trial.id == record.trial);
        rows.extend(trial.map(|trial| (record.customer_id.as_slice(), trial, record.on, record.since)));
    }
    rows.sort_unstable();
    let mut table = TableBuilder::output(&columns::SPEC);
    for (customer, trial, on, since) in rows {
        table.text(columns::RECORD, b"trial");
        table.text(columns::CUSTOMER_ID, customer);
        table.text(columns::TRIAL_ARM, format!("{}:{}", program.trials[trial].id, ARMS[usize::from(on)]).as_bytes());
        table.date(columns::ENTERED_ON, Some(since));
        table.end_row();
    }
    table.finish()
}

/// The trial and the arm of a remembered text, `call_first:on`.
fn parse_arm(text: &str) -> Option<(&str, bool)> {
    let (trial, arm) = text.rsplit_once(':')?;
    ARMS.iter().position(|known| *known == arm).map(|arm| (trial, arm == 1))
}

impl TrialRecord {
    /// A record from its parts in the state.
    pub fn read(customer_id: &[u8], customer: Option<CustomerIx>, arm: &str, since: Date) -> Option<TrialRecord> {
        let (trial, on) = parse_arm(arm)?;
        Some(TrialRecord { customer_id: customer_id.to_vec(), customer, trial: trial.to_owned(), on, since })
    }
}
