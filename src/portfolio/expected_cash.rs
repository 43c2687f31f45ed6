//! Expected cash by week, with what is assumed: announced payments on their day, promises on theirs, everything else on its due date and as
//! many days later as payers by its debtor's usual method took on average in the last ninety days. What should have come by then is expected by the recovery curve, in no
//! week.

use std::collections::BTreeMap;

use crate::base::contract::values::METHODS;
use crate::base::date::Date;
use crate::base::money::{Currency, divide_half_up};
use crate::error::Failure;
use crate::night::kpi::{Cell, Cells, ExpectedCash, FLOW_DAYS, Habit, Method, Part, Sum, convert};
use crate::portfolio::adding_up::{Proof, Uneven};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Scale, Unit, money, quotient};
use crate::portfolio::ratio::{Figure, ONE, Reason};

/// `kpis.scope` of the figures of one week, named by its Monday.
const SCOPE: &str = "expected_week";
/// `kpis.scope` of what is expected by one method of payment; without a value it is debtors whose method is not known.
const BY_METHOD: &str = "method";
/// Weeks told one by one, the current one first.
const WEEKS: usize = 13;
/// After those weeks.
const LATER: &str = "later";
/// Of no week: later than payers are used to be.
const NO_DATE: &str = "no_date";

/// What is expected, minor units, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Expected {
    cash: i128,
    /// What may be asked for of the claims that should have been paid by now.
    overdue_claims: i128,
}

/// Cash of each week, of all weeks after them, and of none; own currencies before the reporting one. Before them the delay assumed.
///
/// # Errors
/// Sums too large to convert.
pub fn expected_rows(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let mut found: BTreeMap<(Basis, String), Expected> = BTreeMap::new();
    let mut rows = Vec::new();
    let row = |basis, value: Option<&str>, indicator| {
        let scope_value = value.map(str::to_owned);
        KpiRow { scope: SCOPE.to_owned(), scope_value, basis, indicator }
    };
    for (currency, expected) in &cells.expected_cash {
        let whole = cells.cells.get(&(Part { scope: 0, value: None }, *currency));
        let delay = delay(whole);
        rows.push(row(Basis::Own(*currency), None, assumed(delay, whole, scale(Basis::Own(*currency), settings))));
        let delays = Delays { whole: delay.unwrap_or(0), habits: &expected.habits };
        rows.extend(of_methods(expected, delays, *currency, settings));
        for (week, own) in by_week(expected, delays, settings) {
            let converted = |sum| convert(sum, *currency, settings.rates).ok_or_else(|| too_large(*currency, settings.rates));
            let reporting = Expected { cash: converted(own.cash)?, overdue_claims: converted(own.overdue_claims)? };
            for (basis, sums) in [(Basis::Own(*currency), own), (Basis::Reporting, reporting)] {
                let place = found.entry((basis, week.clone())).or_default();
                *place = Expected { cash: place.cash + sums.cash, overdue_claims: place.overdue_claims + sums.overdue_claims };
            }
        }
    }
    for ((basis, week), expected) in found {
        let scale = scale(basis, settings);
        rows.push(row(basis, Some(&week), money("expected_cash", expected.cash, scale)));
        if week == NO_DATE {
            rows.push(row(basis, Some(&week), money("expected_cash_claims", expected.overdue_claims, scale)));
        }
    }
    Ok(rows)
}

/// Whole days beyond terms that receipts of the last ninety days took on average, never below zero; `None` where there were none.
fn delay(whole: Option<&Cell>) -> Option<i32> {
    whole.and_then(|cell| mean(cell[Sum::ReceivedDaysLate], cell[Sum::Received]))
}

fn mean(days: i128, of: i128) -> Option<i32> {
    (of > 0).then(|| i32::try_from(divide_half_up(days, of).max(0)).ok())?
}

/// Days after its due date on which a claim is expected, by the method its debtor usually pays by.
#[derive(Debug, Clone, Copy)]
struct Delays<'a> {
    /// Of all payers: where nothing came by a method, or methods are not told.
    whole: i32,
    habits: &'a BTreeMap<Method, Habit>,
}

impl Delays<'_> {
    fn of(&self, method: Method) -> i32 {
        let own = self.habits.get(&method).and_then(|habit| mean(habit.received_days_late, habit.received));
        own.unwrap_or(self.whole)
    }
}

/// Each method with its delay, the share of its payments that came back, and what is expected by it on any day; nothing where the ledger
/// tells no methods.
fn of_methods(expected: &ExpectedCash, delays: Delays<'_>, currency: Currency, settings: &FigureSettings) -> Vec<KpiRow> {
    if expected.habits.is_empty() {
        return Vec::new();
    }
    let mut cash: BTreeMap<Method, i128> = expected.habits.keys().map(|method| (*method, 0)).collect();
    expected.announced.iter().chain(&expected.promised).for_each(|((method, _), amount)| *cash.entry(*method).or_default() += amount);
    for ((method, due), amount) in &expected.due {
        if due.plus_days(delays.of(*method)) > settings.as_of {
            *cash.entry(*method).or_default() += amount;
        }
    }
    let basis = Basis::Own(currency);
    let scale = scale(basis, settings);
    let of_method = |(method, cash): (Method, i128)| {
        let habit = expected.habits.get(&method).copied().unwrap_or_default();
        let name = method.and_then(|method| METHODS.get(usize::from(method))).map(|name| (*name).to_owned());
        let late = quotient("expected_delay", Some(FLOW_DAYS), habit.received_days_late, habit.received, scale, Unit::Days);
        let figure = mean(habit.received_days_late, habit.received).map(|days| Figure::exact(i128::from(days) * ONE));
        let tried = habit.paid + habit.returned;
        [
            Indicator { figure: figure.unwrap_or(Figure::none(Reason::ZeroOrNegativeDenominator)), ..late },
            quotient("returned_share", Some(FLOW_DAYS), habit.returned, tried, scale, Unit::Ratio),
            money("expected_cash", cash, scale),
        ]
        .map(|indicator| KpiRow { scope: BY_METHOD.to_owned(), scope_value: name.clone(), basis, indicator })
    };
    cash.into_iter().flat_map(of_method).collect()
}

fn assumed(delay: Option<i32>, whole: Option<&Cell>, scale: Scale) -> Indicator {
    let figure = delay.map_or(Figure::none(Reason::ZeroOrNegativeDenominator), |days| Figure::exact(i128::from(days) * ONE));
    let sum = |sum| whole.map_or(0, |cell| cell[sum]);
    let days = quotient("expected_delay", Some(FLOW_DAYS), sum(Sum::ReceivedDaysLate), sum(Sum::Received), scale, Unit::Days);
    Indicator { figure, ..days }
}

fn by_week(expected: &ExpectedCash, delays: Delays<'_>, settings: &FigureSettings) -> BTreeMap<String, Expected> {
    let as_of = settings.as_of;
    let first = as_of.plus_days(1);
    let mut found: BTreeMap<String, Expected> = weeks(first).map(|monday| (monday.to_string(), Expected::default())).collect();
    found.insert(LATER.to_owned(), Expected::default());
    let mut add = |day: Date, amount: i128| found.entry(week_of(day.max(first), first)).or_default().cash += amount;
    // What was announced or promised for a day that is over is expected at once.
    expected.announced.iter().chain(&expected.promised).for_each(|((_, day), amount)| add(*day, *amount));
    let (mut weighed, mut claims) = (0, 0);
    for ((method, due), amount) in &expected.due {
        let day = due.plus_days(delays.of(*method));
        if day > as_of {
            add(day, *amount);
        } else {
            weighed += amount * settings.curve.weight(as_of.days_since(*due));
            claims += amount;
        }
    }
    let cash = divide_half_up(weighed, settings.curve.denominator());
    found.insert(NO_DATE.to_owned(), Expected { cash, overdue_claims: claims });
    found
}

fn monday(day: Date) -> Date {
    day.plus_days(1 - i32::try_from(day.weekday()).unwrap_or(1))
}

fn weeks(first: Date) -> impl Iterator<Item = Date> {
    let start = monday(first);
    (0..).step_by(7).take(WEEKS).map(move |days| start.plus_days(days))
}

fn week_of(day: Date, first: Date) -> String {
    let monday = monday(day);
    let is_told = weeks(first).any(|week| week == monday);
    if is_told { monday.to_string() } else { LATER.to_owned() }
}

/// Checks that what is expected on any day is what may be asked for and what is announced; one proof for each currency.
///
/// # Errors
/// The first currency in which it is not.
pub fn prove_expected(cells: &Cells) -> Result<Vec<Proof>, Uneven> {
    let all = cells.cells.iter().filter(|((part, _), _)| part.scope == 0);
    let proof = |((_, currency), cell): (&(Part, Currency), &Cell)| {
        let (left, pending) = cells.expected_cash.get(currency).map_or((0, 0), |expected| (expected.whole(), expected.pending));
        let right = cell[Sum::Collectible] + pending;
        if left != right {
            return Err(Uneven::money("what is expected is not what may be asked for and what is announced", *currency, left, right));
        }
        Ok(Proof { name: "expected cash".to_owned(), currency: *currency, left, right })
    };
    all.map(proof).collect()
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::base::money::Amount;
    use crate::night::documents::Pending;
    use crate::night::fx::Rates;
    use crate::night::kpi::AgingBands;
    use crate::night::kpi::testing::{Books, currency, day};
    use crate::night::kpi::{Methods, Returned};

    /// `2026-11-30 expected_cash: 6000`, minor units or whole days, weeks in which nothing is expected left out.
    fn told(books: &Books) -> Vec<String> {
        let (rates, bands) = (Rates::new(currency("EUR"), []), AgingBands::default());
        let settings = FigureSettings::plain(books.as_of, &rates, &bands);
        let rows = expected_rows(&books.cells(), &settings).unwrap();
        let of_basis = rows.iter().filter(|row| row.basis.currency() == "EUR" && row.indicator.figure.value != Some(0));
        of_basis
            .map(|row| {
                let Indicator { kpi, figure: Figure { value, reason }, unit, .. } = &row.indicator;
                let unit = if *unit == Unit::Days { ONE } else { ONE / 100 };
                let value = value.map_or_else(|| reason.map_or("", Reason::name).to_owned(), |value| (value / unit).to_string());
                format!("{} {kpi}: {value}", row.scope_value.as_deref().unwrap_or("-"))
            })
            .collect()
    }

    /// A Sunday. Whoever paid in the last ninety days took ten days beyond terms.
    fn books() -> Books {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        let paid = books.invoice(day("2026-09-01"), day("2026-10-01"), 100_00);
        books.receipt(paid, day("2026-10-11"), 100_00);
        books
    }

    #[test]
    fn cash_is_expected_on_the_days_that_are_known_and_after_the_usual_delay() {
        let mut books = books();
        let mut invoice = |due: &str, amount| books.invoice(day("2026-09-01"), day(due), amount);
        // Due on Friday the 20th: ten days later is Monday the 30th. Of the second those days are over tonight.
        invoice("2026-11-20", 50_00);
        invoice("2026-11-12", 20_00);
        let promised = invoice("2026-12-31", 30_00);
        invoice("2027-03-01", 40_00);
        let announced = invoice("2026-11-30", 25_00);
        let disputed = invoice("2026-11-21", 8_00);
        // 12.00 of 30.00 are promised; the promise about the account takes 5.00 of the oldest item.
        books.promise(Some(promised), day("2026-11-20"), day("2026-11-25"), 12_00);
        books.promise(None, day("2026-11-20"), day("2026-11-24"), 5_00);
        // Kept or broken, and cancelled: these say nothing of what is to come.
        books.promise(Some(promised), day("2026-11-01"), day("2026-11-18"), 7_00);
        books.promise(Some(promised), day("2026-11-01"), day("2026-12-01"), 7_00);
        books.promises[3].cancelled_on = Some(day("2026-11-22"));
        books.items[announced].pending = Amount(10_00);
        let invoice = books.items[announced].invoice;
        let mut announce = |on: &str, amount| books.pending.push(Pending { invoice, on: day(on), amount: Amount(amount) });
        // Of two announced payments no more counts than is withheld: 6.00 and 4.00 of 9.00, in order of day.
        announce("2026-12-08", 9_00);
        announce("2026-12-02", 6_00);
        books.items[disputed].disputed = Amount(8_00);
        let expected = [
            "- expected_delay: 10",
            // 12.00 + 5.00 promised.
            "2026-11-23 expected_cash: 1700",
            // 50.00 due, 6.00 announced.
            "2026-11-30 expected_cash: 5600",
            // 15.00 due on 30 November, 4.00 announced.
            "2026-12-07 expected_cash: 1900",
            // 18.00 due on 31 December: Sunday 10 January belongs to the week of the 4th.
            "2027-01-04 expected_cash: 1800",
            "later expected_cash: 4000",
            // 15.00 that are ten days late, by 69.6 %.
            "no_date expected_cash: 1044",
            "no_date expected_cash_claims: 1500",
        ];
        assert_eq!(told(&books), expected);
        // 50 + 20 + 30 + 40 + 15 may be asked for, and 10 are announced.
        let mut cells = books.cells();
        let proofs = prove_expected(&cells).unwrap();
        assert_eq!((proofs.len(), proofs[0].left, proofs[0].right), (1, 165_00, 165_00));
        cells.expected_cash.values_mut().for_each(|expected| expected.pending += 1);
        let failure = prove_expected(&cells).unwrap_err().failure(Some("C"));
        assert_eq!(
            failure.messages,
            ["the figures of customer C in EUR do not add up: what is expected is not what may be asked for and what is announced: \
              165.00 is not 165.01"]
        );
    }

    /// Cheques come twenty days late, direct debits on their day, and a quarter of those came back. Nothing came by card.
    #[test]
    fn each_method_has_its_own_delay() {
        let mut books = Books::on("2026-11-22");
        let (direct_debit, card, cheque) = (Some(1), Some(2), Some(3));
        let mut usual = Vec::new();
        for (method, paid_on) in [(cheque, "2026-10-21"), (direct_debit, "2026-10-01"), (card, "")] {
            books.customer(u32::try_from(usual.len()).unwrap());
            usual.push(method);
            let paid = books.invoice(day("2026-09-01"), day("2026-10-01"), 30_00);
            if !paid_on.is_empty() {
                books.receipt(paid, day(paid_on), 30_00);
            }
            books.invoice(day("2026-11-01"), day("2026-11-16"), 10_00);
        }
        let returned =
            Returned { customer: 1, on: day("2026-11-02"), method: direct_debit, currency: currency("EUR"), amount: Amount(10_00) };
        books.methods = Methods { usual, of_money: vec![cheque, direct_debit], returned: vec![returned] };
        let told = told(&books);
        let expected = [
            "- expected_delay: 10",
            // No delay, and so nothing of the 16th that is still to come. 10.00 of 40.00 came back.
            "direct_debit returned_share: 25",
            "card expected_delay: zero_or_negative_denominator",
            "card returned_share: zero_or_negative_denominator",
            "card expected_cash: 1000",
            "cheque expected_delay: 20",
            "cheque expected_cash: 1000",
            // By card as late as all payers are on average, four days from now; by cheque twenty days after the 16th.
            "2026-11-23 expected_cash: 1000",
            "2026-11-30 expected_cash: 1000",
            // 30.00 of October by card and 10.00 by direct debit, by 69.6 %.
            "no_date expected_cash: 2784",
            "no_date expected_cash_claims: 4000",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn without_receipts_due_dates_are_taken_as_they_are() {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        books.invoice(day("2026-11-01"), day("2026-12-06"), 10_00);
        let expected = ["- expected_delay: zero_or_negative_denominator", "2026-11-30 expected_cash: 1000"];
        assert_eq!(told(&books), expected);
    }

    #[test]
    fn a_payment_announced_for_a_day_that_is_over_is_expected_at_once() {
        let mut books = books();
        let item = books.invoice(day("2026-10-01"), day("2026-11-01"), 10_00);
        books.items[item].pending = Amount(10_00);
        let invoice = books.items[item].invoice;
        books.pending.push(Pending { invoice, on: day("2026-11-10"), amount: Amount(10_00) });
        assert_eq!(told(&books), ["- expected_delay: 10", "2026-11-23 expected_cash: 1000"]);
    }
}
