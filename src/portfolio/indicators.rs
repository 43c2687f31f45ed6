//! The indicators of one cell, in the order in which they are published.

use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::base::recovery::RecoveryCurve;
use crate::night::kpi::{Cell, Cohort, Concentration, Count, FLOW_DAYS, HORIZONS, Sum, TOP, Windows};
use crate::portfolio::count_back::count_back;
use crate::portfolio::estimate::float;
use crate::portfolio::ratio::{DECIMALS, Figure, ONE, Reason, collection_effectiveness, days_of_sales, herfindahl, percent, share};

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Money,
    Days,
    Ratio,
    Percent,
    Count,
    Index,
    /// Share of the amount promised that was promised and kept.
    Amount,
    /// Share of the amount promised that came in.
    Cash,
}

impl Unit {
    /// Text in the outputs.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Money => "money",
            Unit::Days => "days",
            Unit::Ratio => "ratio",
            Unit::Percent => "percent",
            Unit::Count => "count",
            Unit::Index => "index",
            Unit::Amount => "amount",
            Unit::Cash => "cash",
        }
    }
}

/// One indicator: everything of a row of `kpis` but its place. Numbers are in millionths of a whole unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    pub kpi: &'static str,
    pub window_days: Option<i32>,
    pub numerator: Option<i128>,
    pub denominator: Option<i128>,
    pub figure: Figure,
    pub unit: Unit,
}

/// Minor digits of the money in a cell, as the factor that brings it to millionths of a whole unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale(i128);

impl Scale {
    /// The scale of money with this many minor digits, at most six.
    pub const fn of_digits(digits: u32) -> Scale {
        Scale(10_i128.pow(DECIMALS - digits))
    }

    /// Minor units in millionths of a whole unit.
    pub fn millionths(self, minor: i128) -> Option<i128> {
        minor.checked_mul(self.0)
    }

    /// Minor units in thousandths of a whole unit; currencies have no more than three digits.
    pub fn thousandths(self, minor: i128) -> i128 {
        minor.saturating_mul(self.0 / 1_000)
    }

    /// A minor unit in whole ones.
    pub fn whole(self) -> f64 {
        float(self.0) / float(ONE)
    }

    /// Money by a number of things: whole units for each.
    pub fn per(self, minor: i128, things: i128) -> Figure {
        things.checked_mul(ONE / self.0).map_or(Figure::none(Reason::OutOfRange), |units| share(minor, units))
    }

    /// Squares of money have twice the minor digits.
    fn millionths_of_square(self, square: i128) -> Option<i128> {
        square.checked_mul(self.0.checked_mul(self.0)? / ONE)
    }
}

/// What the indicators of a cell are worked out with, beside its sums.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub windows: &'a Windows,
    pub curve: &'a RecoveryCurve,
    /// Whether the job says what share of each aging band is expected to be lost.
    pub has_loss_rates: bool,
    /// Whether it says by how much each aging band is depreciated.
    pub has_depreciation: bool,
    /// Whether the job has a log in which anybody was contacted.
    pub has_contacts: bool,
    /// Whether the ledger says when invoices, and payments, were entered in the books.
    pub has_postings: (bool, bool),
    /// Whether the sums were converted, each with a rounding of its own.
    pub is_converted: bool,
}

/// The indicators of a cell.
pub fn of_cell(cell: &Cell, concentration: &Concentration, given: Given<'_>, scale: Scale) -> Vec<Indicator> {
    let Given { windows, curve, has_loss_rates, has_depreciation, has_contacts, has_postings, is_converted } = given;
    let mut found = balances(cell, scale);
    found.extend(movements(cell, scale));
    if is_converted {
        found.push(money("conversion_difference", cell[Sum::Open] - cell.carried_forward(), scale));
    }
    found.extend(days_of_sales_family(cell, windows, scale));
    found.push(effectiveness(cell, scale));
    found.extend(delays(cell, scale));
    if has_contacts {
        let (days, items) = (cell[Count::FirstContactDays], cell[Count::FirstContacts]);
        found.push(quotient("first_contact_delay", Some(FLOW_DAYS), days.into(), items.into(), Scale::of_digits(0), Unit::Days));
    }
    found.extend(posting_lags(cell, has_postings));
    found.extend(promises(cell, scale));
    found.push(quotient("dispute_rate", None, cell[Sum::Disputed], cell[Sum::Open], scale, Unit::Ratio));
    found.extend(concentrations(concentration, scale));
    found.push(expected_recovery(cell, curve, scale));
    if has_loss_rates {
        found.push(provision(cell, scale));
    }
    if has_depreciation {
        found.extend(depreciation(cell, scale));
    }
    found.extend(losses(cell, windows, scale));
    found.push(money("penalties_accrued", cell[Sum::Penalties], scale));
    found.push(money("penalties_waived", cell[Sum::PenaltiesWaived], scale));
    found
}

/// The recovery rates of a cohort at the horizons from this position of [`HORIZONS`] on.
pub fn of_cohort(cohort: &Cohort, as_of: Date, first_horizon: usize, scale: Scale) -> Vec<Indicator> {
    let at_horizon = |(at, days): (usize, &i32)| {
        let rate = quotient("recovery_rate", Some(*days), cohort.recovered_by(at), cohort.amount, scale, Unit::Ratio);
        if cohort.is_mature(*days, as_of) { rate } else { Indicator { figure: Figure::none(Reason::Immature), ..rate } }
    };
    HORIZONS.iter().enumerate().skip(first_horizon).map(at_horizon).collect()
}

/// What a cohort brought up to `as_of`, whatever its age.
pub fn of_cohort_to_date(cohort: &Cohort, scale: Scale) -> Indicator {
    quotient("recovery_rate", None, cohort.recovered_by(HORIZONS.len()), cohort.amount, scale, Unit::Ratio)
}

fn balances(cell: &Cell, scale: Scale) -> Vec<Indicator> {
    vec![
        money("open_balance", cell[Sum::Open], scale),
        money("overdue_balance", cell[Sum::Overdue], scale),
        money("current_balance", cell[Sum::Open] - cell[Sum::Overdue], scale),
        money("disputed_balance", cell[Sum::Disputed], scale),
        money("collectible_balance", cell[Sum::Collectible], scale),
        money("unallocated_cash", cell[Sum::UnallocatedCash], scale),
        money("unallocated_credit", cell[Sum::UnallocatedCredit], scale),
        count("open_items", cell[Count::OpenItems]),
        count("overdue_items", cell[Count::OverdueItems]),
    ]
}

/// What led from the opening balance of the window to the open one.
fn movements(cell: &Cell, scale: Scale) -> Vec<Indicator> {
    let sums = [
        ("opening_balance", Sum::Opening),
        ("invoiced", Sum::Invoiced),
        ("cash_applied", Sum::CashApplied),
        ("refunded", Sum::Refunded),
        ("credits_applied", Sum::CreditsApplied),
        ("written_off", Sum::WrittenOff),
        ("sold", Sum::Sold),
    ];
    sums.into_iter().map(|(kpi, sum)| Indicator { window_days: Some(FLOW_DAYS), ..money(kpi, cell[sum], scale) }).collect()
}

fn days_of_sales_family(cell: &Cell, windows: &Windows, scale: Scale) -> Vec<Indicator> {
    let days_of = |kpi, balance, sales, days| Indicator {
        figure: days_of_sales(balance, sales, days),
        ..quotient(kpi, Some(days), balance, sales, scale, Unit::Days)
    };
    let (open, sales) = (cell[Sum::Open], cell[Sum::Sales90Days]);
    let (three, twelve) = (windows.days_after(windows.three_months), windows.days_after(windows.twelve_months));
    let counted_back = count_back(open, &cell.sales, windows.as_of);
    vec![
        days_of("dso_simple", open, sales, FLOW_DAYS),
        days_of("dso_rolling_3m", open, cell[Sum::Sales3Months], three),
        days_of("dso_rolling_12m", open, cell[Sum::Sales12Months], twelve),
        Indicator { figure: counted_back, unit: Unit::Days, ..money("dso_countback", open, scale) },
        days_of("dso_best_possible", open - cell[Sum::Overdue], sales, FLOW_DAYS),
        days_of("average_days_delinquent", cell[Sum::Overdue], sales, FLOW_DAYS),
        days_of("dispute_dso", cell[Sum::Disputed], sales, FLOW_DAYS),
    ]
}

fn effectiveness(cell: &Cell, scale: Scale) -> Indicator {
    let current = cell[Sum::Open] - cell[Sum::Overdue];
    let (collected, collectible) = collection_effectiveness(cell[Sum::Opening], cell[Sum::Sales90Days], cell[Sum::Open], current);
    let sums = quotient("cei", Some(FLOW_DAYS), collected, collectible, scale, Unit::Percent);
    Indicator { figure: percent(collected, collectible), ..sums }
}

fn delays(cell: &Cell, scale: Scale) -> Vec<Indicator> {
    let (open, received, window) = (cell[Sum::Open], cell[Sum::Received], Some(FLOW_DAYS));
    vec![
        quotient("days_beyond_terms_open", None, cell[Sum::OpenDaysLate], open, scale, Unit::Days),
        quotient("days_beyond_terms_paid", window, cell[Sum::ReceivedDaysLate], received, scale, Unit::Days),
        quotient("dmp", window, cell[Sum::ReceivedDaysFromIssue], received, scale, Unit::Days),
    ]
}

/// How long documents waited to be entered in the books, whole days on average.
fn posting_lags(cell: &Cell, (of_invoices, of_payments): (bool, bool)) -> impl Iterator<Item = Indicator> {
    let lag = |kpi, days: Count, documents: Count| {
        quotient(kpi, Some(FLOW_DAYS), cell[days].into(), cell[documents].into(), Scale::of_digits(0), Unit::Days)
    };
    let invoices = of_invoices.then(|| lag("invoice_posting_lag", Count::InvoicePostingDays, Count::PostedInvoices));
    let payments = of_payments.then(|| lag("payment_posting_lag", Count::PaymentPostingDays, Count::PostedPayments));
    invoices.into_iter().chain(payments)
}

/// Three readings of one name, told apart by their unit.
fn promises(cell: &Cell, scale: Scale) -> Vec<Indicator> {
    let (matured, kept) = (i128::from(cell[Count::Promises]), i128::from(cell[Count::PromisesKept]));
    let rate = |kept, matured, scale, unit| quotient("promise_kept_rate", None, kept, matured, scale, unit);
    vec![
        rate(kept, matured, Scale::of_digits(0), Unit::Count),
        rate(cell[Sum::PromisedKept], cell[Sum::Promised], scale, Unit::Amount),
        rate(cell[Sum::PromisedCash], cell[Sum::Promised], scale, Unit::Cash),
    ]
}

fn concentrations(groups: &Concentration, scale: Scale) -> Vec<Indicator> {
    let largest = groups.largest.iter().take(TOP).sum();
    let squares = Indicator {
        kpi: "concentration_hhi",
        window_days: None,
        numerator: groups.squares.and_then(|squares| scale.millionths_of_square(squares)),
        denominator: groups.total.checked_mul(groups.total).and_then(|square| scale.millionths_of_square(square)),
        figure: herfindahl(groups.squares, groups.total),
        unit: Unit::Index,
    };
    vec![quotient("concentration_top10", None, largest, groups.total, scale, Unit::Ratio), squares]
}

fn expected_recovery(cell: &Cell, curve: &RecoveryCurve, scale: Scale) -> Indicator {
    // Money is rounded to the minor unit, once.
    let minor = divide_half_up(cell[Sum::Expected], curve.denominator());
    money("expected_recovery", minor, scale)
}

/// Lifetime expected loss by the provision matrix of the simplified approach: open balance of each band x its loss rate (IFRS 9 B5.5.35).
fn provision(cell: &Cell, scale: Scale) -> Indicator {
    money("provision_ifrs9", divide_half_up(cell[Sum::ExpectedLoss], ONE), scale)
}

/// Depreciation of doubtful claims in French accounts, on balances net of tax (PCG, accounts 491 and 6817).
fn depreciation(cell: &Cell, scale: Scale) -> [Indicator; 3] {
    [
        money("depreciation_net_of_tax", divide_half_up(cell[Sum::Depreciation], ONE), scale),
        money("depreciation_base", cell[Sum::DepreciationBase], scale),
        money("depreciation_tax_unknown", cell[Sum::DepreciationUntaxed], scale),
    ]
}

/// What left the books unpaid in twelve months. Cash on a debt written off stays on account and is not set against it: the ratio is gross.
fn losses(cell: &Cell, windows: &Windows, scale: Scale) -> Vec<Indicator> {
    let window_days = Some(windows.days_after(windows.twelve_months));
    let (written_off, sold) = (cell[Sum::WrittenOff12Months], cell[Sum::Sold12Months]);
    vec![
        Indicator { window_days, ..money("written_off", written_off, scale) },
        Indicator { window_days, ..money("sold", sold, scale) },
        quotient("bad_debt_ratio", window_days, written_off, cell[Sum::Sales12Months], scale, Unit::Ratio),
    ]
}

/// A sum of money.
pub fn money(kpi: &'static str, sum: i128, scale: Scale) -> Indicator {
    amount(kpi, scale.millionths(sum))
}

/// A number of things.
pub fn count(kpi: &'static str, count: i64) -> Indicator {
    Indicator { unit: Unit::Count, ..amount(kpi, Some(i128::from(count) * ONE)) }
}

fn amount(kpi: &'static str, value: Option<i128>) -> Indicator {
    let figure = value.map_or(Figure::none(Reason::OutOfRange), Figure::exact);
    Indicator { kpi, window_days: None, numerator: value, denominator: None, figure, unit: Unit::Money }
}

/// A quotient of two sums of money, or of two counts with a scale of no digits.
pub fn quotient(kpi: &'static str, window_days: Option<i32>, numerator: i128, denominator: i128, scale: Scale, unit: Unit) -> Indicator {
    Indicator {
        kpi,
        window_days,
        numerator: scale.millionths(numerator),
        denominator: scale.millionths(denominator),
        figure: share(numerator, denominator),
        unit,
    }
}
