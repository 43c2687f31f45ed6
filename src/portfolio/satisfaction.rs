//! How satisfied customers are, beside what is recovered of them.

use crate::night::kpi::{Cells, Part, Stated};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow};
use crate::portfolio::indicators::{Indicator, Unit};
use crate::portfolio::ratio::{ONE, share};

/// The mean of what customers say, by scope; nothing where nobody was asked.
pub fn satisfaction_rows(cells: &Cells, settings: &FigureSettings) -> Vec<KpiRow> {
    let row = |(part, stated): (&Part, &Stated)| {
        let customers = i128::from(stated.customers) * ONE;
        KpiRow {
            scope: settings.scopes.get(usize::from(part.scope)).copied().unwrap_or_default().to_owned(),
            scope_value: part.value.as_deref().map(str::to_owned),
            basis: Basis::Reporting,
            indicator: Indicator {
                kpi: "satisfaction",
                window_days: None,
                numerator: Some(stated.sum),
                denominator: Some(customers),
                figure: share(stated.sum, customers),
                unit: Unit::Index,
            },
        }
    };
    cells.satisfaction.iter().map(row).collect()
}
