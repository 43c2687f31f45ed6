//! Amounts whose sign is turned round: a ledger of credit notes, or of refunds, is mostly one of invoices and receipts.

use rayon::prelude::*;

use crate::base::contract::{invoices, payments};
use crate::base::date::Date;
use crate::error::{Exit, Failure};
use crate::night::normalise::invoices::Judged;
use crate::night::normalise::reject::Finding;
use crate::night::normalise::{Fate, Shard};
use crate::run::intake::Portfolio;

/// Kind of the finding.
pub const MOSTLY_NEGATIVE: &str = "mostly_negative";
/// Rows below which nothing is said: a small ledger may have them all by accident.
const FEW: u64 = 10;

/// Rows of a table that count, and those below zero among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Signs {
    rows: u64,
    negative: u64,
}

impl Signs {
    fn of(amounts: impl Iterator<Item = i64>) -> Signs {
        amounts.fold(Signs::default(), |signs, amount| Signs { rows: signs.rows + 1, negative: signs.negative + u64::from(amount < 0) })
    }

    fn with(self, other: Signs) -> Signs {
        Signs { rows: self.rows + other.rows, negative: self.negative + other.negative }
    }
}

/// A table of which nearly all amounts are below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turned {
    pub table: &'static str,
    signs: Signs,
}

impl Turned {
    /// `all 269 amounts are below zero, which makes them credit notes`.
    pub fn message(&self) -> String {
        let Signs { rows, negative } = self.signs;
        let of = if negative == rows { format!("all {rows}") } else { format!("{negative} of {rows}") };
        let what = if self.is_invoices() { "credit notes" } else { "refunds" };
        format!("{of} amounts are below zero, which makes them {what}: is the sign turned round?")
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        let turn = "in SQL -amount AS amount, in polars -pl.col(\"amount\"), in pandas -df[\"amount\"]";
        if self.is_invoices() {
            format!(
                "write the amounts of invoices above zero and those of credit notes below: {turn}; credit notes that are meant say so in \
                 the column document_type"
            )
        } else {
            format!("write receipts above zero and refunds below: {turn}")
        }
    }

    fn is_invoices(&self) -> bool {
        self.table == invoices::SPEC.name
    }

    /// Whether none is above zero: the night is refused then.
    pub fn is_all(&self) -> bool {
        self.signs.negative == self.signs.rows
    }

    fn finding(&self) -> Finding {
        Finding { kind: MOSTLY_NEGATIVE, table: self.table, key: "amount".to_owned(), message: self.message().into(), amount: None }
    }
}

/// One finding for each table of which nearly all amounts are below zero.
///
/// # Errors
/// [`Exit::Data`] where all of them are: nothing would be asked of anybody, or of everybody what they have paid.
pub fn check(portfolio: &Portfolio, as_of: Date) -> Result<Vec<Finding>, Failure> {
    let all = turned(portfolio, as_of);
    let (refused, told): (Vec<Turned>, Vec<Turned>) = all.into_iter().partition(Turned::is_all);
    if refused.is_empty() {
        return Ok(told.iter().map(Turned::finding).collect());
    }
    let messages = refused.iter().map(|turned| format!("{}: {}", turned.table, turned.message())).collect();
    let remedies: Vec<String> = refused.iter().map(Turned::remedy).collect();
    Err(Failure::all(Exit::Data, messages).remedy(format!("{}; nothing was published", remedies.join("; "))))
}

/// The tables of which nearly all amounts up to the night are below zero. A credit note that says it is one is meant.
pub fn turned(portfolio: &Portfolio, as_of: Date) -> Vec<Turned> {
    let of_invoices = |(shard, judged): (&Shard, &Judged)| {
        let table = &shard.invoices;
        let counts = |row: usize, amount: i64| amount > 0 || table.choice(invoices::DOCUMENT_TYPE, row).is_none();
        let used = (0..table.len()).filter(|row| judged.fates[*row] == Fate::Used);
        Signs::of(used.filter_map(|row| table.money(invoices::AMOUNT, row).filter(|amount| counts(row, *amount))))
    };
    let of_payments = |shard: &Shard| {
        let table = &shard.payments;
        let counts = |row: &usize| table.date(payments::PAYMENT_DATE, *row).is_some_and(|on| on <= as_of);
        Signs::of((0..table.len()).filter(counts).filter_map(|row| table.money(payments::AMOUNT, row)))
    };
    let shards = || portfolio.shards.par_iter();
    let signs = [
        (invoices::SPEC.name, shards().zip(&portfolio.judged).map(of_invoices).reduce(Signs::default, Signs::with)),
        (payments::SPEC.name, shards().map(of_payments).reduce(Signs::default, Signs::with)),
    ];
    let nearly_all = |signs: Signs| signs.rows >= FEW && u128::from(signs.negative) * 10 >= u128::from(signs.rows) * 9;
    signs.into_iter().filter(|(_, signs)| nearly_all(*signs)).map(|(table, signs)| Turned { table, signs }).collect()
}
