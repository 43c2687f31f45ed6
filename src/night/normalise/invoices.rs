//! The fate of each invoice row, decided before anything that names an invoice is read.

use crate::base::contract::invoices::{AMOUNT, CURRENCY, DOCUMENT_TYPE, ISSUE_DATE, SPEC};
use crate::base::contract::values::DOCUMENT_TYPES;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::reject::{self, Defects, Problem, Reason, Reject};
use crate::night::normalise::{Count, Fate, Intake};

/// What became of the invoice rows of a shard.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// One per row.
    pub fates: Vec<Fate>,
    /// One per row; meaningful for accepted rows.
    pub currencies: Vec<Currency>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Decides the fate of every invoice row of a shard.
pub fn judge(table: &Table, intake: &Intake<'_>) -> Judged {
    let defects = Defects::of(table);
    let mut currencies = CurrencyReader::default();
    let mut judged = Judged { fates: Vec::with_capacity(table.len()), currencies: Vec::with_capacity(table.len()), ..Judged::default() };
    for row in 0..table.len() {
        let (fate, currency) = match examine(table, row, intake, &defects, &mut currencies) {
            Ok(accepted) => accepted,
            Err(problem) => {
                judged.rejects.push(reject::reject(&SPEC, table, row, problem));
                (Fate::Refused, intake.reporting_currency)
            }
        };
        judged.count.add(fate);
        judged.fates.push(fate);
        judged.currencies.push(currency);
    }
    judged
}

fn examine(
    table: &Table,
    row: usize,
    intake: &Intake<'_>,
    defects: &Defects<'_>,
    currencies: &mut CurrencyReader,
) -> Result<(Fate, Currency), Problem> {
    let source_row = table.source_row[row];
    let duplicates = &intake.duplicates.invoices;
    if table.date(ISSUE_DATE, row).is_some_and(|date| date > intake.as_of) || duplicates.spares(source_row) {
        return Ok((Fate::Ignored, intake.reporting_currency));
    }
    if let Some(problem) = reject::form_problem(&SPEC, table, row, defects, duplicates.refuses(source_row)) {
        return Err(problem);
    }
    let currency = currencies.read(table, CURRENCY, row)?.unwrap_or(intake.reporting_currency);
    if let Some(problem) = reject::decimals_problem(&SPEC, table, row, defects, currency.thousandths()) {
        return Err(problem);
    }
    let amount = table.money(AMOUNT, row).unwrap_or(0);
    if amount == 0 {
        return Err(Problem { reason: Reason::ZeroAmount, column: AMOUNT, value: String::new() });
    }
    if sign_is_wrong(table, row, amount) {
        return Err(Problem { reason: Reason::WrongSign, column: AMOUNT, value: reject::thousandths_text(amount) });
    }
    Ok((Fate::Used, currency))
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
