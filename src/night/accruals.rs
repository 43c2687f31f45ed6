//! Penalties of all invoices of a shard: which regime the rules choose, what accrued, and what of it is told tonight.

use std::collections::BTreeSet;

use crate::base::calendar::Calendar;
use crate::base::contract::invoices::{INVOICE_ID, PENALTY_RATE};
use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::contract::waivers::SPEC as WAIVERS;
use crate::base::date::Date;
use crate::base::money::{Amount, Rate, format_amount};
use crate::night::documents::{Invoice, InvoiceIx, of_invoice};
use crate::night::error::NightError;
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::normalise::reject::{Finding, key_text};
use crate::night::notices;
use crate::night::penalties::waivers::{self, Waived};
use crate::night::penalties::watermark::{self, Total};
use crate::night::penalties::{Accrued, Accruer, Debt, Line, Notice, PenaltyError, Schedule, Stay, Terms};
use crate::rules::eval::Env;
use crate::rules::index::{Columns, Index};
use crate::rules::program::{Contractual, PenaltyRule, Program};
use crate::rules::rates::{RateBook, RowRef};

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
    /// What waivers gave up of the penalties that are told or remembered tonight, in order of invoice, day and id.
    pub waived: Vec<Waived>,
    pub findings: Vec<Finding>,
    /// Invoices on which a rate nobody confirmed was used.
    pub unconfirmed: u64,
    /// The rows of those rates, each once.
    pub unconfirmed_rows: Vec<RowRef>,
}

/// What the stage needs beyond the facts.
#[derive(Clone, Copy)]
pub struct Tariff<'a> {
    pub program: &'a Program,
    /// The penalty rules of the program.
    pub matcher: &'a Index,
    pub env: &'a Env<'a>,
    pub calendar: &'a Calendar,
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
    let invoices = documents.invoices.len();
    let found = Accruals {
        lines: Vec::with_capacity(invoices),
        told: Vec::with_capacity(invoices),
        to_date: vec![Amount::ZERO; invoices],
        watermarks: Vec::with_capacity(invoices),
        ..Accruals::default()
    };
    let mut stage = Stage { subject, tariff, accruer: Accruer::new(tariff.terms), stays: Vec::new(), notices: Vec::new(), found };
    let rules = rules_of(facts, tariff);
    for (at, debtor) in subject.debtors.iter().enumerate() {
        let rule = rules[at].map(|rule| (rule, &tariff.program.penalties[rule]));
        let invoices = documents.invoices.range(debtor.customer);
        for invoice in invoices.clone() {
            let invoice = u32::try_from(invoice).unwrap_or(u32::MAX);
            stage.invoice(invoice, rule, is_held(invoice))?;
        }
        let bears = stage.found.to_date[invoices].iter().any(|accrued| *accrued != Amount::ZERO);
        let found = rule.filter(|_| bears).and_then(|(_, rule)| not_bound(subject, tariff.program, debtor, rule));
        stage.found.findings.extend(found);
    }
    stage.found.unconfirmed_rows = stage.accruer.unconfirmed().to_vec();
    Ok(stage.found)
}

/// Kind of the findings of [`rates_that_run_out`].
pub const RATES_RUN_OUT: &str = "rates_run_out";

/// One finding for each row that was used tonight and that nobody confirmed.
pub fn unconfirmed_rates(rows: impl Iterator<Item = RowRef>, book: &RateBook) -> Vec<Finding> {
    let rows: BTreeSet<RowRef> = rows.collect();
    let message = "penalties were told at a rate nobody confirmed: compare it with the official text, then say so in confirmed_by";
    let finding = |place: RowRef| {
        let (series, row) = book.row(place);
        let key = format!("{}|{}", series.name, row.from);
        Finding { kind: "unconfirmed_rate", table: "rates", key, message: message.into(), amount: None }
    };
    rows.into_iter().map(finding).collect()
}

/// Days before the last one with a rate from which each night tells of it: time to find the next rate, and to have it confirmed.
const NOTICE: i32 = 60;

/// One finding for each series that rules of penalties take rates from and that ends soon, or has ended.
pub fn rates_that_run_out(program: &Program, as_of: Date) -> Vec<Finding> {
    let regimes = program.penalties.iter().filter_map(|rule| rule.regime);
    let ends = program.rates.last_days(regimes).into_iter().map(|(series, until)| (series, until, until.days_since(as_of)));
    let finding = |(series, until, left): (&str, Date, i32)| {
        let left = left.max(0);
        let days = if left == 1 { "day" } else { "days" };
        let message = format!(
            "rates of {series} are known until {until}: {left} {days} left; add the next row to its rate file and move known_until"
        );
        Finding { kind: RATES_RUN_OUT, table: "rates", key: series.to_owned(), message: message.into(), amount: None }
    };
    ends.filter(|(_, _, left)| *left <= NOTICE).map(finding).collect()
}

/// For each debtor the first penalty rule that holds, by position.
fn rules_of(facts: &FactTable, tariff: &Tariff<'_>) -> Vec<Option<usize>> {
    let mut rules = Vec::with_capacity(facts.debtors().rows());
    tariff.matcher.first(&facts.debtors(), tariff.env, |_, rule| rules.push(rule.map(|rule| rule as usize)));
    rules
}

/// A customer of a kind that the regime of its penalties does not bind, such as a consumer under a law between businesses.
fn not_bound(subject: &Subject<'_>, program: &Program, debtor: &Debtor, rule: &PenaltyRule) -> Option<Finding> {
    let regime = &program.rates.regimes[rule.regime?];
    let kind = subject.documents.customers[debtor.customer as usize].customer_type?.position();
    if regime.binds.is_empty() || regime.binds.contains(&kind) {
        return None;
    }
    let name = |kind: &u8| CUSTOMER_TYPES.get(usize::from(*kind)).copied().unwrap_or_default();
    let bound = regime.binds.iter().map(name).collect::<Vec<_>>().join(", ");
    let message = format!(
        "penalties by {}, which binds {bound}, are told of a customer of the kind {}: the rule {} does not leave it out",
        regime.name,
        name(&kind),
        rule.rule.id
    );
    let key = String::from_utf8_lossy(subject.documents.customer_ids[debtor.customer as usize]).into_owned();
    Some(Finding { kind: "regime_does_not_bind", table: "customers", key, message: message.into(), amount: None })
}

fn debt<'a>(subject: &Subject<'a>, at: InvoiceIx) -> Debt<'a> {
    let invoice = &subject.documents.invoices[at as usize];
    Debt::new(invoice, &subject.documents.customers[invoice.customer as usize], subject.ledger)
}

struct Stage<'a> {
    subject: &'a Subject<'a>,
    tariff: &'a Tariff<'a>,
    accruer: Accruer,
    stays: Vec<Stay>,
    notices: Vec<Notice>,
    found: Accruals,
}

impl Stage<'_> {
    fn invoice(&mut self, at: InvoiceIx, rule: Option<(usize, &PenaltyRule)>, is_held: bool) -> Result<(), NightError> {
        let Stage { subject, tariff, accruer, stays, notices, found } = self;
        let before = subject.memory.accrued(at);
        let waivers = match subject.documents.waivers.as_slice() {
            [] => &[],
            waivers => of_invoice(waivers, at, |waiver| waiver.invoice),
        };
        if before.is_none() && waivers.is_empty() && debt(subject, at).is_never_late(tariff.terms.as_of) {
            return Ok(());
        }
        let (start, waived_before) = (found.lines.len(), found.waived.len());
        let accrued = match rule.and_then(|(_, rule)| Some((rule, rule.regime?))) {
            Some((rule, regime)) => {
                stays.clear();
                if tariff.terms.dispute_stops_interest {
                    let disputes = of_invoice(&subject.documents.disputes, at, |dispute| dispute.invoice);
                    stays.extend(disputes.iter().map(Stay::of));
                }
                let schedule = &tariff.schedules[regime];
                notices::of_invoice(subject, at, schedule.regime.start, tariff.calendar, notices);
                let debt = debt(subject, at);
                let customer = &subject.documents.customers[debt.invoice.customer as usize];
                let contract = match rule.contractual {
                    Contractual::No => None,
                    Contractual::Customer => customer.penalty_rate,
                    Contractual::Invoice => own_rate(subject, debt.invoice).or(customer.penalty_rate),
                };
                let debt = Debt { stays, notices, contract, compound: rule.compound, ..debt };
                match accruer.accrue(&debt, schedule, &mut found.lines) {
                    Ok(accrued) => accrued,
                    Err(error @ PenaltyError::UnconfirmedRate { .. }) => return Err(NightError::UnconfirmedRate(error.to_string())),
                    Err(PenaltyError::TooLarge) => return Err(NightError::PenaltyTooLarge(invoice_id(subject, at))),
                    Err(error) => return Err(NightError::MissingRate(error.to_string())),
                }
            }
            None => &Accrued::NOTHING,
        };
        let less;
        let accrued = if waivers.is_empty() {
            accrued
        } else {
            less = Accrued { waived: waivers::take(accrued.gross(), waivers, &mut found.waived), ..*accrued };
            &less
        };
        found.to_date[at as usize] = accrued.total();
        if is_held {
            found.lines.truncate(start);
            found.waived.truncate(waived_before);
            found.watermarks.extend(before.map(|before| (at, before, false)));
            return Ok(());
        }
        found.remark(accrued, || invoice_id(subject, at));
        found.remark_waivers(waived_before, subject);
        match watermark::total(before, accrued) {
            Some(total) => {
                let lines = start..found.lines.len();
                found.told.push(Told { invoice: at, rule: rule.map_or(0, |(at, _)| at), accrued: *accrued, total, lines });
            }
            None => found.lines.truncate(start),
        }
        found.watermarks.extend(watermark::remembered(before, accrued).map(|amount| (at, amount, accrued.is_final)));
        Ok(())
    }
}

/// The yearly rate agreed for this invoice.
fn own_rate(subject: &Subject<'_>, invoice: &Invoice) -> Option<Rate> {
    subject.shard.invoices.number(PENALTY_RATE, invoice.row as usize).map(Rate)
}

fn invoice_id(subject: &Subject<'_>, at: InvoiceIx) -> String {
    let row = subject.documents.invoices[at as usize].row as usize;
    subject.shard.invoices.text(INVOICE_ID, row).map_or(String::new(), |id| String::from_utf8_lossy(id).into_owned())
}

impl Accruals {
    /// What is odd about the penalties of an invoice.
    fn remark(&mut self, accrued: &Accrued, id: impl Fn() -> String) {
        self.unconfirmed += u64::from(accrued.uses_unconfirmed);
        let mut find = |kind, message: &'static str| {
            self.findings.push(Finding { kind, table: "invoices", key: id(), message: message.into(), amount: None });
        };
        if accrued.below_legal_floor {
            find("below_legal_floor", "the contractual penalty rate is below the legal floor: the legal rate was used");
        }
        if accrued.above_legal_cap {
            find("above_legal_cap", "the contractual penalty rate is above the legal cap: the cap was used");
        }
        if accrued.charge_in_other_currency {
            find("charge_in_other_currency", "the fixed charge is in another currency than the invoice: none was added");
        }
    }
    /// Waivers from this position on that could not take all they name.
    fn remark_waivers(&mut self, from: usize, subject: &Subject<'_>) {
        for waived in self.waived[from..].iter().filter(|waived| waived.unused().is_positive()) {
            let currency = subject.documents.invoices[waived.waiver.invoice as usize].currency;
            let text = |amount: Amount| format_amount(amount.wide(), currency.digits());
            let named = text(waived.waiver.amount.unwrap_or_default());
            let message =
                format!("{named} {currency} are waived, and {} have accrued: the rest waives what accrues later", text(waived.of));
            let amount = Some(waived.unused().0.saturating_mul(currency.thousandths()));
            let key = key_text(&WAIVERS, &subject.shard.waivers, waived.waiver.row as usize);
            self.findings.push(Finding { kind: "waived_more_than_accrued", table: "waivers", key, message: message.into(), amount });
        }
    }
}
