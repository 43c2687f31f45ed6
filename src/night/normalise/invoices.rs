//! The fate of each invoice row, decided before anything that names an invoice is read.

use crate::base::contract::invoices::{AMOUNT, CURRENCY, DOCUMENT_TYPE, ISSUE_DATE, ORIGINAL_INVOICE_ID, SPEC};
use crate::base::contract::values::DOCUMENT_TYPES;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::reject::{self, Form, Problem, Reason, Reject};
use crate::night::normalise::{Count, Directory, Fate, Intake};

/// What became of the invoice rows of a shard.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// One per row.
    pub fates: Vec<Fate>,
    /// One per row; meaningful for accepted rows.
    pub currencies: Vec<Currency>,
    /// Credit notes without a currency of their own that name an invoice: refused until [`settle`] knows the invoice's currency.
    pub deferred: Vec<u32>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Decides the fate of every invoice row of a shard, but for those it defers.
pub fn judge(table: &Table, intake: &Intake<'_>) -> Judged {
    let form = Form::of(&SPEC, table);
    let mut currencies = CurrencyReader::default();
    let mut judged = Judged { fates: Vec::with_capacity(table.len()), currencies: Vec::with_capacity(table.len()), ..Judged::default() };
    for row in 0..table.len() {
        let verdict = examine(table, row, intake, &form, &mut currencies);
        judged.currencies.push(intake.reporting_currency);
        judged.fates.push(Fate::Refused);
        match verdict {
            Ok(Some((fate, currency))) => judged.decide(table, row, Ok((fate, currency))),
            Ok(None) => judged.deferred.push(u32::try_from(row).unwrap_or(u32::MAX)),
            Err(problem) => judged.decide(table, row, Err(problem)),
        }
    }
    judged
}

impl Judged {
    fn decide(&mut self, table: &Table, row: usize, verdict: Result<(Fate, Currency), Problem>) {
        match verdict {
            Ok((fate, currency)) => {
                self.fates[row] = fate;
                self.currencies[row] = currency;
            }
            Err(problem) => self.rejects.push(reject::reject(&SPEC, table, row, problem)),
        }
        self.count.add(self.fates[row]);
    }
}

/// The currency of each deferred row: that of the accepted document it names, else the reporting currency.
pub fn named_currencies(table: &Table, judged: &Judged, intake: &Intake<'_>, directory: &dyn Directory) -> Vec<Currency> {
    let named = |row: &u32| directory.find(table.text(ORIGINAL_INVOICE_ID, *row as usize)?)?.currency;
    judged.deferred.iter().map(|row| named(row).unwrap_or(intake.reporting_currency)).collect()
}

/// Decides the fate of the deferred rows, now that their currencies are known.
pub fn settle(table: &Table, judged: &mut Judged, currencies: &[Currency]) {
    let form = Form::of(&SPEC, table);
    for (row, currency) in std::mem::take(&mut judged.deferred).into_iter().zip(currencies) {
        let row = row as usize;
        let verdict = amount_problem(table, row, &form, *currency).map_or(Ok((Fate::Used, *currency)), Err);
        judged.decide(table, row, verdict);
    }
}

/// The fate and currency of a row; `None` where its currency is that of an invoice not judged yet.
fn examine(
    table: &Table,
    row: usize,
    intake: &Intake<'_>,
    form: &Form<'_>,
    currencies: &mut CurrencyReader,
) -> Result<Option<(Fate, Currency)>, Problem> {
    let source_row = table.source_row[row];
    let duplicates = &intake.duplicates.invoices;
    if table.date(ISSUE_DATE, row).is_some_and(|date| date > intake.as_of) || duplicates.spares(source_row) {
        return Ok(Some((Fate::Ignored, intake.reporting_currency)));
    }
    if let Some(problem) = form.problem(row, duplicates.refuses(source_row)) {
        return Err(problem);
    }
    let written = currencies.read(table, CURRENCY, row)?;
    if written.is_none() && is_credit_note(table, row) && table.text(ORIGINAL_INVOICE_ID, row).is_some() {
        return Ok(None);
    }
    let currency = written.unwrap_or(intake.reporting_currency);
    amount_problem(table, row, form, currency).map_or(Ok(Some((Fate::Used, currency))), Err)
}

/// What is wrong with the money of a row of this currency.
fn amount_problem(table: &Table, row: usize, form: &Form<'_>, currency: Currency) -> Option<Problem> {
    if let Some(problem) = form.decimals_problem(row, currency.thousandths()) {
        return Some(problem);
    }
    let amount = table.money(AMOUNT, row).unwrap_or(0);
    let reason = if amount == 0 {
        Reason::ZeroAmount
    } else if sign_is_wrong(table, row, amount) {
        Reason::WrongSign
    } else {
        return None;
    };
    Some(Problem { reason, column: AMOUNT, value: reject::thousandths_text(amount) })
}

/// Invoices, deposits and advances are positive, credit notes negative; without a type the sign decides.
fn sign_is_wrong(table: &Table, row: usize, amount: i64) -> bool {
    table.choice(DOCUMENT_TYPE, row).is_some_and(|choice| (DOCUMENT_TYPES[usize::from(choice)] == "credit_note") != (amount < 0))
}

/// Whether an accepted row is a credit note.
pub fn is_credit_note(table: &Table, row: usize) -> bool {
    table.money(AMOUNT, row).is_some_and(|amount| amount < 0)
}

/// Reads currency codes, remembering the last one: neighbours mostly share it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CurrencyReader {
    last: Option<([u8; 3], Currency)>,
}

impl CurrencyReader {
    /// The currency written in a row, `None` where none is.
    ///
    /// # Errors
    /// [`Reason::BadCurrency`] for anything but an active code.
    pub fn read(&mut self, table: &Table, column: usize, row: usize) -> Result<Option<Currency>, Problem> {
        let Some(code) = table.text(column, row) else { return Ok(None) };
        if let Some((last, currency)) = self.last
            && last[..] == *code
        {
            return Ok(Some(currency));
        }
        let bad = || Problem { reason: Reason::BadCurrency, column, value: reject::cell_text(table, column, row) };
        let currency = Currency::parse(code).ok_or_else(bad)?;
        self.last = code.try_into().ok().map(|code| (code, currency));
        Ok(Some(currency))
    }
}
