//! All figures of a portfolio: every cell in its own currency, and every part with all currencies converted.
//!
//! A sum is converted with one rounding per currency and part, at tonight's rate; ratios are taken of converted sums.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::base::recovery::RecoveryCurve;
use crate::error::{Exit, Failure};
use crate::night::fx::{self, Rates};
use crate::night::kpi::{Additive, AgingBands, Cell, Cells, Cohort, Cohorts, Concentration, Count, Monthly, Part, Windows, convert};
use crate::portfolio::agencies::agency_rows;
use crate::portfolio::causes::cause_rows;
pub use crate::portfolio::contacts::Effort;
use crate::portfolio::contacts::contact_rows;
use crate::portfolio::expected_cash::expected_rows;
use crate::portfolio::indicators::{self, Given, Scale};
pub use crate::portfolio::indicators::{Indicator, Unit};
use crate::portfolio::parity::parity_rows;
use crate::portfolio::payment_delays::delay_rows;
pub use crate::portfolio::ratio::{Figure, Reason};
use crate::portfolio::rolls::roll_rows;
use crate::portfolio::satisfaction::satisfaction_rows;
use crate::portfolio::trials::trial_rows;
use crate::rules::program::Trial;

/// What the figures are worked out with.
#[derive(Debug, Clone, Copy)]
pub struct FigureSettings<'a> {
    pub as_of: Date,
    /// Names of the scopes by their position in [`Part::scope`]: `all`, then the others of the job.
    pub scopes: &'a [&'a str],
    pub rates: &'a Rates,
    pub curve: &'a RecoveryCurve,
    pub bands: &'a AgingBands,
    /// Whether the sums hold expected losses by aging band.
    pub has_loss_rates: bool,
    /// Whether they hold depreciation by aging band.
    pub has_depreciation: bool,
    /// What agencies keep of what they collect.
    pub agency_fees: &'a BTreeMap<String, Rate>,
    /// The trials of the rules.
    pub trials: &'a [Trial],
    /// The earlier night that tonight is compared with.
    pub rolls_since: Option<Date>,
    /// What a contact costs, by position of its channel, thousandths of the reporting currency; empty where the job does not say.
    pub contact_costs: &'a [i64],
    /// What collecting took, where the job says so.
    pub effort: Option<Effort>,
    /// Months of a monthly figure: the last for which it can be known, and all after them.
    pub months: i32,
}

#[cfg(test)]
impl<'a> FigureSettings<'a> {
    /// Those of a job that asks for nothing of its own.
    pub fn plain(as_of: Date, rates: &'a Rates, bands: &'a AgingBands) -> FigureSettings<'a> {
        static NO_FEES: BTreeMap<String, Rate> = BTreeMap::new();
        FigureSettings {
            as_of,
            scopes: &["all"],
            rates,
            curve: &RecoveryCurve::SEED,
            bands,
            has_loss_rates: false,
            has_depreciation: false,
            agency_fees: &NO_FEES,
            trials: &[],
            contact_costs: &[],
            rolls_since: None,
            effort: None,
            months: 12,
        }
    }
}

impl FigureSettings<'_> {
    /// The last month whose window has passed.
    fn last_known_month(&self, indicator: &Indicator) -> i32 {
        self.as_of.plus_days(-indicator.window_days.unwrap_or(0)).month_index()
    }
}

/// Whether money is counted in its own currency or converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    Own(Currency),
    Reporting,
}

impl Basis {
    /// `kpis.basis`.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Own(_) => "own",
            Basis::Reporting => "reporting",
        }
    }

    /// `kpis.currency`.
    pub fn currency(self) -> &'static str {
        match self {
            Basis::Own(currency) => currency.code(),
            Basis::Reporting => "reporting",
        }
    }
}

/// A row of `kpis`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiRow {
    pub scope: String,
    pub scope_value: Option<String>,
    pub basis: Basis,
    pub indicator: Indicator,
}

/// Every figure, by scope in the order of the job, value, own currencies before the reporting one, and indicator;
/// then what became of each aging band since the previous night, the recovery rates by due month and by issue month, the payment
/// delays of French law, what agencies collected, causes, contacts, satisfaction, parity, trials, and the cash expected by week.
///
/// # Errors
/// A currency without an exchange rate, or sums too large to convert.
pub fn figures(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    check_rates(cells, settings)?;
    let mut rows = Vec::new();
    for part in parts(cells) {
        rows.extend(part_rows(part, cells, settings)?);
    }
    rows.extend(roll_rows(&cells.transitions, None, settings)?);
    rows.extend(roll_rows(&cells.transitions_since, settings.rolls_since, settings)?);
    for months in [CohortMonths::Due, CohortMonths::Issue] {
        rows.extend(cohort_rows(months, cells, settings)?);
    }
    rows.extend(delay_rows(cells, settings)?);
    rows.extend(agency_rows(cells, settings)?);
    rows.extend(cause_rows(cells, settings)?);
    rows.extend(contact_rows(cells, settings)?);
    rows.extend(satisfaction_rows(cells, settings));
    rows.extend(parity_rows(cells, settings));
    rows.extend(trial_rows(cells, settings));
    rows.extend(expected_rows(cells, settings)?);
    Ok(rows)
}

fn check_rates(cells: &Cells, settings: &FigureSettings) -> Result<(), Failure> {
    let mut missing: Vec<Currency> = cells.cells.keys().map(|(_, currency)| *currency).collect();
    missing.retain(|currency| settings.rates.of(*currency).is_err());
    missing.sort_unstable();
    missing.dedup();
    let message =
        |currency: &Currency| format!("no exchange rate of {currency} to {} on or before {}", settings.rates.reporting(), settings.as_of);
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(Failure::all(Exit::Data, missing.iter().map(message).collect()).remedy(fx::remedy(missing))),
    }
}

fn parts(cells: &Cells) -> Vec<&Part> {
    let mut parts: Vec<&Part> = cells.cells.keys().map(|(part, _)| part).collect();
    parts.dedup();
    parts
}

fn part_rows(part: &Part, cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let windows = Windows::ending(settings.as_of);
    let nobody = Concentration::default();
    let own = own_cells(part, cells).map(|(key, cell)| {
        let groups = cells.concentration.get(key).unwrap_or(&nobody);
        (Basis::Own(key.1), cell.clone(), groups)
    });
    let groups = cells.concentration_reporting.get(part).unwrap_or(&nobody);
    let converted = (Basis::Reporting, converted_cell(part, cells, settings.rates)?, groups);
    let rows = own.chain([converted]).flat_map(|(basis, cell, groups)| {
        let is_converted = basis == Basis::Reporting;
        let FigureSettings { curve, has_loss_rates, has_depreciation, .. } = *settings;
        let has_contacts = cells.contacts.whole.attempts > 0;
        let any = |count| cells.cells.values().any(|cell| cell[count] > 0);
        let has_postings = (any(Count::PostedInvoices), any(Count::PostedPayments));
        let given = Given { windows: &windows, curve, has_loss_rates, has_depreciation, has_contacts, has_postings, is_converted };
        let found = indicators::of_cell(&cell, groups, given, scale(basis, settings));
        found.into_iter().map(move |indicator| (basis, indicator))
    });
    let (scope, value) = (settings.scopes.get(usize::from(part.scope)).copied().unwrap_or_default(), part.value.as_deref());
    Ok(rows.map(|(basis, indicator)| KpiRow { scope: scope.to_owned(), scope_value: value.map(str::to_owned), basis, indicator }).collect())
}

/// Scale of the money of a basis.
pub fn scale(basis: Basis, settings: &FigureSettings) -> Scale {
    match basis {
        Basis::Own(currency) => Scale::of_digits(currency.digits()),
        Basis::Reporting => Scale::of_digits(settings.rates.reporting().digits()),
    }
}

fn own_cells<'a>(part: &Part, cells: &'a Cells) -> impl Iterator<Item = (&'a (Part, Currency), &'a Cell)> {
    let (first, last) = (Currency(u8::MIN), Currency(u8::MAX));
    cells.cells.range((part.clone(), first)..=(part.clone(), last))
}

fn converted_cell(part: &Part, cells: &Cells, rates: &Rates) -> Result<Cell, Failure> {
    let mut whole = Cell::default();
    for ((_, currency), cell) in own_cells(part, cells) {
        let converted = cell.converted(|sum| convert(sum, *currency, rates));
        whole.merge(&converted.ok_or_else(|| too_large(*currency, rates))?);
    }
    Ok(whole)
}

/// Sums that cannot be converted.
pub fn too_large(currency: Currency, rates: &Rates) -> Failure {
    let reporting = rates.reporting();
    Failure::new(Exit::Data, format!("the sums in {currency} are too large to convert to {reporting}"))
        .remedy("look for amounts in a wrong unit, and at the rate in the fx table")
}

/// Which month of an item makes its cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CohortMonths {
    Due,
    Issue,
}

impl CohortMonths {
    /// `kpis.scope`.
    fn scope(self) -> &'static str {
        match self {
            CohortMonths::Due => "due_month",
            CohortMonths::Issue => "issue_month",
        }
    }

    fn of(self, cohorts: &Cohorts) -> &Monthly<Cohort> {
        match self {
            CohortMonths::Due => &cohorts.by_due_month,
            CohortMonths::Issue => &cohorts.by_issue_month,
        }
    }

    /// By the due date, and to date, are asked of what was invoiced in a month.
    fn indicators(self, cohort: &Cohort, as_of: Date, scale: Scale) -> Vec<Indicator> {
        match self {
            CohortMonths::Due => indicators::of_cohort(cohort, as_of, 1, scale),
            CohortMonths::Issue => {
                let mut found = indicators::of_cohort(cohort, as_of, 0, scale);
                found.push(indicators::of_cohort_to_date(cohort, scale));
                found
            }
        }
    }
}

fn cohort_rows(months: CohortMonths, cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let mut rows = Vec::new();
    for ((month, basis), cohort) in cohorts_by_month(months, cells, settings.rates)? {
        let found = months.indicators(&cohort, settings.as_of, scale(basis, settings));
        let (scope, value) = (months.scope(), month_name(month));
        let kept = found.into_iter().filter(|indicator| month > settings.last_known_month(indicator) - settings.months);
        rows.extend(kept.map(|indicator| KpiRow { scope: scope.to_owned(), scope_value: Some(value.clone()), basis, indicator }));
    }
    Ok(rows)
}

fn cohorts_by_month(months: CohortMonths, cells: &Cells, rates: &Rates) -> Result<BTreeMap<(i32, Basis), Cohort>, Failure> {
    let mut found: BTreeMap<(i32, Basis), Cohort> = BTreeMap::new();
    for (currency, cohorts) in &cells.cohorts {
        for (month, cohort) in months.of(cohorts).iter() {
            let converted = cohort.converted(|sum| convert(sum, *currency, rates)).ok_or_else(|| too_large(*currency, rates))?;
            found.entry((month, Basis::Own(*currency))).or_default().merge(cohort);
            found.entry((month, Basis::Reporting)).or_default().merge(&converted);
        }
    }
    Ok(found)
}

/// `2026-11`.
fn month_name(month: i32) -> String {
    let (year, month, _) = Date::from_month_index(month).ymd();
    format!("{year:04}-{month:02}")
}
