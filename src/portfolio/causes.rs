//! Why customers do not pay, beside what is published of it: the scope `cause` of the rules, its shares of what is overdue, and the shares a
//! collection agency gives of debtors at large.

use std::collections::BTreeMap;

use crate::base::money::{Currency, Rate};
use crate::error::Failure;
use crate::night::kpi::{Additive, Cell, Cells, Part, Sum, convert};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Unit, quotient};
use crate::portfolio::ratio::{Figure, ONE, Reason};

/// The scope whose parts are causes.
const SCOPE: &str = "cause";

/// Shares of debtors by cause, as Intrum publishes them; they add up to one.
pub const PRIOR: [(&str, Rate); 6] = [
    ("insolvent", Rate(200_000)),
    ("moved", Rate(150_000)),
    ("dispute", Rate(150_000)),
    ("careless", Rate(100_000)),
    ("good_faith", Rate(250_000)),
    ("refusal", Rate(150_000)),
];

/// The share of each cause in what is overdue, what is published of it, and their difference; nothing without the scope.
///
/// # Errors
/// Sums too large to convert.
pub fn cause_rows(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let Some(scope) = settings.scopes.iter().position(|name| *name == SCOPE).and_then(|at| u16::try_from(at).ok()) else {
        return Ok(Vec::new());
    };
    let mut overdue: BTreeMap<(Option<String>, Basis), i128> = BTreeMap::new();
    let mut wholes: BTreeMap<Basis, i128> = BTreeMap::new();
    let of_scope = |((part, currency), cell): (&(Part, Currency), &Cell)| {
        (part.scope == scope).then(|| (part.value.as_deref().map(str::to_owned), *currency, cell[Sum::Overdue]))
    };
    for (cause, currency, own) in cells.cells.iter().filter_map(of_scope) {
        let converted = convert(own, currency, settings.rates).ok_or_else(|| too_large(currency, settings.rates))?;
        for (basis, sum) in [(Basis::Own(currency), own), (Basis::Reporting, converted)] {
            overdue.entry((cause.clone(), basis)).or_default().merge(&sum);
            wholes.entry(basis).or_default().merge(&sum);
        }
    }
    let mut rows = Vec::new();
    for ((cause, basis), sum) in overdue {
        let whole = wholes.get(&basis).copied().unwrap_or(0);
        let found = of_cause(cause.as_deref(), quotient("cause_share", None, sum, whole, scale(basis, settings), Unit::Ratio));
        let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: cause.clone(), basis, indicator };
        rows.extend(found.into_iter().map(row));
    }
    Ok(rows)
}

fn of_cause(cause: Option<&str>, share: Indicator) -> [Indicator; 3] {
    let prior = PRIOR.iter().find(|(name, _)| Some(*name) == cause).map(|(_, prior)| i128::from(prior.0));
    let plain = |kpi, figure: Figure| Indicator { kpi, numerator: figure.value, denominator: None, figure, ..share.clone() };
    let published = prior.map_or(Figure::none(Reason::NoPrior), Figure::exact);
    let difference = match (share.figure.value, prior) {
        (_, None) => published,
        (Some(own), Some(prior)) => Figure::exact(own - prior),
        (None, Some(_)) => share.figure,
    };
    let (prior, difference) = (plain("cause_prior", published), plain("cause_difference", difference));
    debug_assert!(PRIOR.iter().map(|(_, prior)| i128::from(prior.0)).sum::<i128>() == ONE, "the published shares are of all debtors");
    [share, prior, difference]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::night::fx::Rates;
    use crate::night::kpi::testing::{Books, currency, day};
    use crate::night::kpi::{AgingBands, Scope, ScopeCodes};

    /// 500 overdue of two customers in dispute, 300 of one that moved, 200 of no known cause, and 900 that are not overdue.
    #[test]
    fn shares_of_causes_stand_beside_those_published() {
        let mut books = Books::on("2026-11-22");
        let values: Vec<String> = ["dispute", "moved", "other"].map(str::to_owned).to_vec();
        for (amount, due) in [(400, "2026-10-01"), (100, "2026-11-21"), (300, "2026-06-01"), (200, "2026-11-01"), (900, "2026-11-22")] {
            books.customer(0);
            books.invoice(day("2026-05-01"), day(due), amount);
        }
        let codes = ScopeCodes::Customer(&[0, 0, 1, 2, 1]);
        let rates = Rates::new(currency("EUR"), []);
        let cells = books.cells_with(&[Scope { values: &values, codes }], &[], &rates);
        let bands = AgingBands::default();
        let settings = FigureSettings { scopes: &["all", SCOPE], ..FigureSettings::plain(books.as_of, &rates, &bands) };
        let told: Vec<String> = (cause_rows(&cells, &settings).unwrap().iter())
            .filter(|row| row.basis == Basis::Reporting)
            .map(|row| {
                let Figure { value, reason } = row.indicator.figure;
                let value = value.map_or_else(|| reason.map_or("", Reason::name).to_owned(), |value| value.to_string());
                format!("{} {}: {value}", row.scope_value.as_deref().unwrap_or("-"), row.indicator.kpi)
            })
            .collect();
        let expected = [
            "dispute cause_share: 500000",
            "dispute cause_prior: 150000",
            "dispute cause_difference: 350000",
            "moved cause_share: 300000",
            "moved cause_prior: 150000",
            "moved cause_difference: 150000",
            "other cause_share: 200000",
            "other cause_prior: no_prior",
            "other cause_difference: no_prior",
        ];
        assert_eq!(told, expected);
    }
}
