//! Whether groups of late customers are treated alike: what share of each was called, put on notice, handed over, taken to court, and how
//! far that is from the share of all. Differences are told, not judged: a group may be older debts, or larger ones.

use crate::night::kpi::{Cells, Part, Treatment};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow};
use crate::portfolio::indicators::{Indicator, Scale, Unit, count, quotient};

/// A treatment: the figure of its share, that of the difference to all, and how many were treated so.
type Way = (&'static str, &'static str, fn(&Treatment) -> i64);

const WAYS: &[Way] = &[
    ("late_called_share", "late_called_gap", |treated| treated.called),
    ("late_noticed_share", "late_noticed_gap", |treated| treated.noticed),
    ("late_handed_over_share", "late_handed_over_gap", |treated| treated.handed_over),
    ("late_sued_share", "late_sued_gap", |treated| treated.sued),
];

/// Figures of every part in which somebody is late; nothing where nobody was treated in any of these ways.
pub fn parity_rows(cells: &Cells, settings: &FigureSettings) -> Vec<KpiRow> {
    let Some(all) = cells.parity.get(&Part { scope: 0, value: None }) else { return Vec::new() };
    let used: Vec<&Way> = WAYS.iter().filter(|(.., of)| of(all) > 0).collect();
    if used.is_empty() {
        return Vec::new();
    }
    let of_part = |(part, own): (&Part, &Treatment)| {
        let mut found = vec![count("late_customers", own.late)];
        found.extend(used.iter().map(|(share, _, of)| ratio(share, of(own).into(), own.late.into())));
        if part.scope > 0 {
            found.extend(used.iter().map(|(_, gap, of)| difference(gap, (of(own), own.late), (of(all), all.late))));
        }
        let scope = settings.scopes.get(usize::from(part.scope)).copied().unwrap_or_default();
        let scope_value = part.value.as_deref().map(str::to_owned);
        let row = move |indicator| KpiRow { scope: scope.to_owned(), scope_value: scope_value.clone(), basis: Basis::Reporting, indicator };
        found.into_iter().map(row).collect::<Vec<_>>()
    };
    cells.parity.iter().flat_map(of_part).collect()
}

fn ratio(kpi: &'static str, part: i128, whole: i128) -> Indicator {
    quotient(kpi, None, part, whole, Scale::of_digits(0), Unit::Ratio)
}

/// The share of a group less that of all, as one exact quotient.
fn difference(kpi: &'static str, (own, of_own): (i64, i64), (all, of_all): (i64, i64)) -> Indicator {
    let wide = i128::from;
    ratio(kpi, wide(own) * wide(of_all) - wide(all) * wide(of_own), wide(of_own) * wide(of_all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::night::fx::Rates;
    use crate::night::kpi::AgingBands;
    use crate::night::kpi::testing::{currency, day};

    /// Two of eight are vulnerable; one of them was called and none sued, of the others three were called and two sued.
    #[test]
    fn groups_are_told_with_their_difference_to_all() {
        let group = |late, called, sued| Treatment { late, called, sued, ..Treatment::default() };
        let part = |value: Option<&str>, scope| Part { scope, value: value.map(Into::into) };
        let cells = Cells {
            parity: [(part(None, 0), group(8, 4, 2)), (part(Some("yes"), 1), group(2, 1, 0)), (part(Some("no"), 1), group(6, 3, 2))].into(),
            ..Cells::default()
        };
        let rates = Rates::new(currency("EUR"), []);
        let bands = AgingBands::default();
        let settings = FigureSettings { scopes: &["all", "vulnerable"], ..FigureSettings::plain(day("2026-11-22"), &rates, &bands) };
        let told: Vec<String> = parity_rows(&cells, &settings).iter().map(shown).collect();
        let expected = [
            "all late_customers 8000000",
            "all late_called_share 500000",
            "all late_sued_share 250000",
            "no late_customers 6000000",
            "no late_called_share 500000",
            "no late_sued_share 333333",
            "no late_called_gap 0",
            "no late_sued_gap 83333",
            "yes late_customers 2000000",
            "yes late_called_share 500000",
            "yes late_sued_share 0",
            "yes late_called_gap 0",
            "yes late_sued_gap -250000",
        ];
        assert_eq!(told, expected);
    }

    fn shown(row: &KpiRow) -> String {
        format!("{} {} {}", row.scope_value.as_deref().unwrap_or("all"), row.indicator.kpi, row.indicator.figure.value.expect("a value"))
    }
}
