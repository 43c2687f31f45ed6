//! Penalties of all invoices of a shard: which regime the rules choose, what accrued, and what of it is told tonight.

use crate::base::contract::invoices::INVOICE_ID;
use crate::base::money::Amount;
use crate::night::documents::{Dispute, InvoiceIx};
use crate::night::error::NightError;
use crate::night::facts::{FactTable, Subject};
use crate::night::normalise::reject::Finding;
use crate::night::penalties::watermark::{self, Total};
use crate::night::penalties::{Accrued, Accruer, Debt, Line, PenaltyError, Schedule, Stay, Terms};
use crate::rules::eval::Env;
use crate::rules::index::{Columns, Index};
use crate::rules::program::{PenaltyRule, Program};

/// Penalties of one invoice that are told tonight.
#[derive(Debug, Clone)]
pub struct Told {
    pub invoice: InvoiceIx,
    /// Position in [`Program::penalties`].
    pub rule: usize,
    pub accrued: Accrued,
    pub total: Total,
    /// Its lines, a range of [`Accruals::lines`].
    pub lines: std::ops::Range<usize>,
}

/// Penalties of a shard.
#[derive(Debug, Clone, Default)]
pub struct Accruals {
    pub lines: Vec<Line>,
    /// In order of invoice.
    pub told: Vec<Told>,
    /// What has accrued on each invoice to date, zero where nothing has.
    pub to_date: Vec<Amount>,
    /// What tomorrow must remember, in order of invoice.
    pub watermarks: Vec<(InvoiceIx, Amount, bool)>,
    pub findings: Vec<Finding>,
    /// Invoices on which a rate nobody confirmed was used.
    pub unconfirmed: u64,
}

/// What the stage needs beyond the facts.
#[derive(Clone, Copy)]
pub struct Tariff<'a> {
    pub program: &'a Program,
    /// The penalty rules of the program.
    pub matcher: &'a Index,
    pub env: &'a Env<'a>,
    pub terms: Terms,
    /// One per regime of the rules.
    pub schedules: &'a [Schedule<'a>],
}

/// Accrues every invoice of the shard. `is_held` tells whether penalties on an invoice are held tonight: they are then not told,
/// and all their days follow on the night the hold ends.
///
/// # Errors
/// [`NightError::MissingRate`] and [`NightError::PenaltyTooLarge`].
pub fn accrue(
    subject: &Subject<'_>,
    facts: &FactTable,
    tariff: &Tariff<'_>,
    is_held: impl Fn(InvoiceIx) -> bool,
) -> Result<Accruals, NightError> {
    let documents = subject.documents;
    let mut stage = Stage { subject, tariff, accruer: Accruer::new(tariff.terms), stays: Vec::new(), found: Accruals::default() };
    stage.found.to_date = vec![Amount::ZERO; documents.invoices.len()];
    let rules = rules_of(facts, tariff);
    for (at, debtor) in subject.debtors.iter().enumerate() {
        let rule = rules[at].map(|rule| (rule, &tariff.program.penalties[rule]));
        let start = documents.invoices.partition_point(|invoice| invoice.customer < debtor.customer);
        let end = start + documents.invoices[start..].partition_point(|invoice| invoice.customer == debtor.customer);
        for invoice in start..end {
            let invoice = u32::try_from(invoice).unwrap_or(u32::MAX);
            stage.invoice(invoice, rule, is_held(invoice))?;
        }
    }
    Ok(stage.found)
}

/// For each debtor the first penalty rule that holds, by position.
fn rules_of(facts: &FactTable, tariff: &Tariff<'_>) -> Vec<Option<usize>> {
    let mut rules = Vec::with_capacity(facts.debtors().rows());
    tariff.matcher.first(&facts.debtors(), tariff.env, |_, rule| rules.push(rule.map(|rule| rule as usize)));
    rules
}

struct Stage<'a> {
    subject: &'a Subject<'a>,
    tariff: &'a Tariff<'a>,
    accruer: Accruer,
    stays: Vec<Stay>,
    found: Accruals,
}

impl Stage<'_> {
    fn invoice(&mut self, at: InvoiceIx, rule: Option<(usize, &PenaltyRule)>, is_held: bool) -> Result<(), NightError> {
        let before = self.subject.memory.accrued(at);
        let start = self.found.lines.len();
        let accrued = self.accrued(at, rule)?;
        self.found.to_date[at as usize] = accrued.total();
        if is_held {
            self.found.lines.truncate(start);
            self.found.watermarks.extend(before.map(|before| (at, before, false)));
            return Ok(());
        }
        self.remark(at, &accrued);
        match watermark::total(before, &accrued) {
            Some(total) => {
                let lines = start..self.found.lines.len();
                self.found.told.push(Told { invoice: at, rule: rule.map_or(0, |(at, _)| at), accrued, total, lines });
            }
            None => self.found.lines.truncate(start),
        }
        self.found.watermarks.extend(watermark::remembered(before, &accrued).map(|amount| (at, amount, accrued.is_final)));
        Ok(())
    }

    fn accrued(&mut self, at: InvoiceIx, rule: Option<(usize, &PenaltyRule)>) -> Result<Accrued, NightError> {
        let Some((rule, regime)) = rule.and_then(|(_, rule)| Some((rule, rule.regime?))) else { return Ok(Accrued::NOTHING) };
        let documents = self.subject.documents;
        let invoice = &documents.invoices[at as usize];
        self.stays.clear();
        if self.tariff.terms.dispute_stops_interest {
            self.stays.extend(disputes_of(&documents.disputes, at).iter().map(|dispute| Stay {
                opened_on: dispute.opened_on,
                closed_on: dispute.closed_on,
                amount: dispute.amount,
            }));
        }
        let customer = &documents.customers[invoice.customer as usize];
        let debt = Debt::new(invoice, customer, self.subject.ledger, &self.stays, rule.contractual);
        self.accruer.accrue(&debt, &self.tariff.schedules[regime], &mut self.found.lines).map_err(|error| match error {
            PenaltyError::MissingRate { .. } => NightError::MissingRate(error.to_string()),
            PenaltyError::TooLarge => NightError::PenaltyTooLarge(self.id(at)),
        })
    }

    fn remark(&mut self, at: InvoiceIx, accrued: &Accrued) {
        self.found.unconfirmed += u64::from(accrued.uses_unconfirmed);
        let oddities = [
            (
                accrued.below_legal_floor,
                "below_legal_floor",
                "the contractual penalty rate is below the legal floor: the legal rate was used",
            ),
            (
                accrued.charge_in_other_currency,
                "charge_in_other_currency",
                "the fixed charge is in another currency than the invoice: none was added",
            ),
        ];
        for (_, kind, message) in oddities.into_iter().filter(|(holds, ..)| *holds) {
            self.found.findings.push(Finding { kind, table: "invoices", key: self.id(at), message: message.into(), amount: None });
        }
    }

    fn id(&self, at: InvoiceIx) -> String {
        let row = self.subject.documents.invoices[at as usize].row as usize;
        self.subject.shard.invoices.text(INVOICE_ID, row).map_or(String::new(), |id| String::from_utf8_lossy(id).into_owned())
    }
}

fn disputes_of(disputes: &[Dispute], invoice: InvoiceIx) -> &[Dispute] {
    let start = disputes.partition_point(|dispute| dispute.invoice < invoice);
    &disputes[start..start + disputes[start..].partition_point(|dispute| dispute.invoice == invoice)]
}
