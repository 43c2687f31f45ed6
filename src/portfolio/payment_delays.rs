//! Payment delays of customers as French companies disclose them at their closing date: invoices issued, not paid and late, by bands, with
//! their number, their amount, and its share of the turnover of the year; those in dispute apart (C. com. D441-6, A441-2).
//!
//! The closing date is the night. The turnover is that of the twelve months up to it, tax included as the amounts are.

use std::collections::BTreeMap;

use crate::base::money::Currency;
use crate::error::Failure;
use crate::night::kpi::{Additive, Cell, Cells, Count, DELAY_BANDS, Part, PaymentDelays, Sum, Unpaid, Windows, convert};
use crate::portfolio::adding_up::{Proof, Uneven};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Scale, Unit, count, money, quotient};

/// `kpis.scope` of the figures of one band.
const SCOPE: &str = "payment_delay";
/// Everything that is late: one day or more.
const LATE: &str = "1+";
/// Left out of the bands.
const DISPUTED: &str = "disputed";

/// Unpaid items and the turnover they are measured against.
#[derive(Debug, Clone, Copy, Default)]
struct Disclosure {
    delays: PaymentDelays,
    turnover: i128,
}

impl Disclosure {
    fn merge(&mut self, other: Disclosure) {
        self.delays.merge(&other.delays);
        self.turnover += other.turnover;
    }

    fn converted(self, convert: impl Fn(i128) -> Option<i128>) -> Option<Disclosure> {
        Some(Disclosure { delays: self.delays.converted(&convert)?, turnover: convert(self.turnover)? })
    }

    fn rows(&self) -> impl Iterator<Item = (&'static str, Unpaid)> {
        let late = (LATE, self.delays.late());
        DELAY_BANDS.into_iter().zip(self.delays.bands).chain([late, (DISPUTED, self.delays.disputed)])
    }
}

/// Number, amount and share of turnover of each band, of all that is late, and of what is in dispute; own currencies first.
///
/// # Errors
/// Sums too large to convert.
pub fn delay_rows(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let mut disclosed: BTreeMap<Basis, Disclosure> = BTreeMap::new();
    for (currency, delays) in &cells.payment_delays {
        let turnover = whole(cells, *currency).map_or(0, |cell| cell[Sum::Sales12Months]);
        let own = Disclosure { delays: *delays, turnover };
        let converted = own.converted(|sum| convert(sum, *currency, settings.rates)).ok_or_else(|| too_large(*currency, settings.rates))?;
        disclosed.entry(Basis::Own(*currency)).or_default().merge(own);
        disclosed.entry(Basis::Reporting).or_default().merge(converted);
    }
    let windows = Windows::ending(settings.as_of);
    let year = windows.days_after(windows.twelve_months);
    let mut rows = Vec::new();
    for (basis, disclosure) in disclosed {
        for (band, unpaid) in disclosure.rows() {
            let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: Some(band.to_owned()), basis, indicator };
            rows.extend(of_band(unpaid, disclosure.turnover, year, scale(basis, settings)).map(row));
        }
    }
    Ok(rows)
}

fn of_band(unpaid: Unpaid, turnover: i128, year: i32, scale: Scale) -> [Indicator; 3] {
    [
        count("payment_delay_invoices", unpaid.items),
        money("payment_delay_amount", unpaid.amount, scale),
        quotient("payment_delay_share", Some(year), unpaid.amount, turnover, scale, Unit::Ratio),
    ]
}

fn whole(cells: &Cells, currency: Currency) -> Option<&Cell> {
    cells.cells.get(&(Part { scope: 0, value: None }, currency))
}

/// Checks that the bands and what is in dispute are all that is open, by amount and by number; one proof for each currency.
///
/// # Errors
/// The first currency in which they are not.
pub fn prove_delays(cells: &Cells) -> Result<Vec<Proof>, Uneven> {
    const WHAT: &str = "the payment delays are not what is open";
    let all = cells.cells.iter().filter(|((part, _), _)| part.scope == 0);
    let proof = |((_, currency), cell): (&(Part, Currency), &Cell)| {
        let unpaid = cells.payment_delays.get(currency).map_or_else(Unpaid::default, PaymentDelays::whole);
        if unpaid.amount != cell[Sum::Open] {
            return Err(Uneven::money(WHAT, *currency, unpaid.amount, cell[Sum::Open]));
        }
        if unpaid.items != cell[Count::OpenItems] {
            return Err(Uneven::count(WHAT, *currency, i128::from(unpaid.items), i128::from(cell[Count::OpenItems])));
        }
        Ok(Proof { name: "payment_delays".to_owned(), currency: *currency, left: unpaid.amount, right: cell[Sum::Open] })
    };
    all.map(proof).collect()
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::base::money::Amount;
    use crate::night::fx::Rates;
    use crate::night::kpi::AgingBands;
    use crate::night::kpi::testing::{Books, currency, day};

    /// Items of a company that closes its books on 2025-12-31: days late, amount open, in dispute.
    const ITEMS: [(i32, i64, bool); 9] = [
        (-10, 700_00, false),
        (0, 300_00, false),
        (1, 1_000_00, false),
        (30, 500_00, false),
        (31, 2_000_00, false),
        (75, 400_00, false),
        (91, 60_00, false),
        (400, 40_00, false),
        (45, 900_00, true),
    ];

    fn books(code: &str) -> Books {
        let mut books = Books::on("2025-12-31");
        books.currency = currency(code);
        books.customer(0);
        for (late, amount, is_disputed) in ITEMS {
            let due = books.as_of.plus_days(-late);
            let item = books.invoice(due.plus_days(-30), due, amount);
            if is_disputed {
                books.items[item].disputed = Amount(1_00);
            }
        }
        // Paid: in the turnover of the year, and not in the bands. The invoice that is 400 days late is of the year before.
        let paid = books.invoice(day("2025-03-01"), day("2025-03-31"), 4_140_00);
        books.receipt(paid, day("2025-03-31"), 4_140_00);
        books
    }

    fn told(cells: &Cells, rates: &Rates, of: &str) -> Vec<(String, i128, i128, Option<i128>)> {
        let bands = AgingBands::default();
        let settings = FigureSettings::plain(day("2025-12-31"), rates, &bands);
        let rows: Vec<KpiRow> = delay_rows(cells, &settings).unwrap().into_iter().filter(|row| row.basis.currency() == of).collect();
        let value = |row: &KpiRow| row.indicator.figure.value;
        let whole = |row: &KpiRow, scale: i128| value(row).unwrap() / scale;
        rows.chunks(3)
            .map(|band| (band[0].scope_value.clone().unwrap(), whole(&band[0], 1_000_000), whole(&band[1], 10_000), value(&band[2])))
            .collect()
    }

    #[test]
    fn unpaid_invoices_by_days_late_and_those_in_dispute_apart() {
        let cells = books("EUR").cells();
        let rates = Rates::new(currency("EUR"), []);
        // Turnover 10,000.00: the nine invoices less the old one, and the one that was paid.
        let expected = [
            ("0", 2, 1_000_00, Some(100_000)),
            ("1-30", 2, 1_500_00, Some(150_000)),
            ("31-60", 1, 2_000_00, Some(200_000)),
            ("61-90", 1, 400_00, Some(40_000)),
            ("91+", 2, 100_00, Some(10_000)),
            ("1+", 6, 4_000_00, Some(400_000)),
            ("disputed", 1, 900_00, Some(90_000)),
        ]
        .map(|(band, items, amount, share)| (band.to_owned(), items, amount, share));
        assert_eq!(told(&cells, &rates, "EUR"), expected);
        assert_eq!(told(&cells, &rates, "reporting"), expected);
        let proofs = prove_delays(&cells).unwrap();
        let proved: Vec<_> = proofs.iter().map(|proof| (proof.name.as_str(), proof.left, proof.right)).collect();
        assert_eq!(proved, [("payment_delays", 5_900_00, 5_900_00)]);
    }

    #[test]
    fn currencies_stand_apart_and_add_up_once_converted() {
        let mut cells = books("EUR").cells();
        let rates = Rates::new(currency("EUR"), [(currency("USD"), 500_000_000_000)]);
        cells.merge(&books("USD").cells_with(&[], &[], &rates));
        let late = |of: &str| told(&cells, &rates, of).into_iter().find(|row| row.0 == LATE).unwrap();
        assert_eq!(late("USD"), (LATE.to_owned(), 6, 4_000_00, Some(400_000)));
        assert_eq!(late("reporting"), (LATE.to_owned(), 12, 6_000_00, Some(400_000)));
    }

    #[test]
    fn what_does_not_add_up_is_told_and_no_turnover_gives_no_share() {
        let mut cells = books("EUR").cells();
        let rates = Rates::new(currency("EUR"), []);
        let mut books = Books::on("2025-12-31");
        books.customer(0);
        books.invoice(day("2024-01-01"), day("2024-01-31"), 10_00);
        let old = told(&books.cells(), &rates, "EUR");
        assert_eq!(old[4], ("91+".to_owned(), 1, 10_00, None));
        cells.payment_delays.values_mut().for_each(|delays| delays.bands[2].items += 1);
        assert!(prove_delays(&cells).is_err());
    }
}
