//! `relance kpis --curve`: the recovery curve of one's own portfolio, as a line for the job file.
//!
//! Of the claims of the months that have all been due for a year, `recovered(a)` came by `a` days after the due date. What is still open then is
//! `1 - recovered(a)`, and `(recovered(365) - recovered(a)) / (1 - recovered(a))` of it came in the end: the share a claim of that age still
//! brings. What comes after a year is not known of these months and counts as nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::counted::counted;
use crate::base::money::{divide_half_up, format_amount};
use crate::desk::kpis::{self, Row};
use crate::error::{Exit, Failure};
use crate::night::kpi::HORIZONS;

/// Months, cash by horizon and claims, millionths of a whole unit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Vintages {
    months: Vec<String>,
    recovered: [i128; HORIZONS.len()],
    claims: i128,
}

/// The curve of the newest night in a folder of nights.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published, [`Exit::Data`] where no month has been due for a year.
pub fn tell(out: &Path, currency: &str) -> Result<String, Failure> {
    let (night, rows) = kpis::newest(out)?;
    let vintages = Vintages::of(rows.iter().filter(|row| row.currency == currency));
    let (Some(first), Some(last)) = (vintages.months.first(), vintages.months.last()) else {
        let message = format!("no month of invoices in {currency} has been due for a year on the night of {night}");
        return Err(Failure::new(Exit::Data, message)
            .remedy("kpis: {months: 24} of the job has figures of months that long ago, where the ledger reaches back so far"));
    };
    let knots: Vec<String> = HORIZONS.iter().zip(vintages.shares()).map(|(day, share)| format!("{day}: {}%", percent(share))).collect();
    let claims = format_amount(divide_half_up(vintages.claims, 10_000), 2);
    Ok(format!(
        "# What claims still brought by their age, of {claims} {currency} invoiced in {} from {first} to {last}.\n\
         # What comes later than a year after the due date counts as nothing.\n\
         recovery: {{curve: {{{}}}}}\n",
        counted(vintages.months.len(), "month"),
        knots.join(", ")
    ))
}

/// Millionths as percent of two decimals.
fn percent(millionths: i128) -> String {
    format_amount(divide_half_up(millionths, 100), 2)
}

impl Vintages {
    /// The months of which every horizon is known.
    fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Vintages {
        let mut by_month: BTreeMap<&str, BTreeMap<i64, (i128, i128)>> = BTreeMap::new();
        for row in rows.filter(|row| row.scope == "issue_month" && row.kpi == "recovery_rate" && row.value.is_some()) {
            if let Some(((days, numerator), denominator)) = row.window_days.zip(row.numerator).zip(row.denominator) {
                by_month.entry(&row.scope_value).or_default().insert(days, (numerator, denominator));
            }
        }
        let mut found = Vintages::default();
        for (month, by_days) in by_month {
            let of_all: Option<Vec<(i128, i128)>> = HORIZONS.iter().map(|days| by_days.get(&i64::from(*days)).copied()).collect();
            let Some(of_all) = of_all else { continue };
            found.months.push(month.to_owned());
            found.recovered.iter_mut().zip(&of_all).for_each(|(sum, (recovered, _))| *sum += recovered);
            found.claims += of_all[0].1;
        }
        found
    }

    /// What a claim of each age still brings, millionths.
    fn shares(&self) -> Vec<i128> {
        let last = self.recovered.last().copied().unwrap_or(0);
        let share = |recovered: &i128| {
            let open = self.claims - recovered;
            if open <= 0 { 0 } else { divide_half_up((last - recovered).max(0) * 1_000_000, open) }
        };
        self.recovered.iter().map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_what_came_later_of_what_was_open() {
        // Of 1,000: 400 by the due date, 700 by 30 days, 800, 850, 900 and 940 in a year.
        let vintages = Vintages { months: Vec::new(), recovered: [400, 700, 800, 850, 900, 940], claims: 1_000 };
        assert_eq!(vintages.shares(), [900_000, 800_000, 700_000, 600_000, 400_000, 0]);
        let paid = Vintages { months: Vec::new(), recovered: [400, 1_000, 1_000, 1_000, 1_000, 1_000], claims: 1_000 };
        assert_eq!(paid.shares(), [1_000_000, 0, 0, 0, 0, 0], "nothing is left to come");
    }
}
