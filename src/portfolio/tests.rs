//! Figures and tables of small portfolios, from the ledger to the row.
#![expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]

use std::collections::BTreeSet;

use crate::base::contract::{aging, kpis, transitions};
use crate::base::date::Date;
use crate::base::money::{Amount, Rate, divide_half_up};
use crate::base::table::{Column, Table};
use crate::error::Exit;
use crate::night::documents::{ExitKind, MoneyKind};
use crate::night::fx::Rates;
use crate::night::kpi::testing::{Books, currency, day};
use crate::night::kpi::{AgingBands, Attempt, Cell, Cells, Movement, NEW, PreviousItem, SETTLED, Scope, ScopeCodes, Sum, TransitionKey};
use crate::portfolio::adding_up::{first_uneven, prove};
use crate::portfolio::figures::{FigureSettings, KpiRow, figures};
use crate::portfolio::tables::{aging_table, kpi_table, transition_table};

fn rates() -> Rates {
    Rates::new(currency("EUR"), [(currency("USD"), 912_345_000_000), (currency("JPY"), 6_123_000_000)])
}

/// Every figure there is.
fn settings<'a>(as_of: Date, scopes: &'a [&'a str], rates: &'a Rates, bands: &'a AgingBands) -> FigureSettings<'a> {
    FigureSettings { scopes, has_loss_rates: true, has_depreciation: true, ..FigureSettings::plain(as_of, rates, bands) }
}

fn figures_of(cells: &Cells, as_of: &str) -> Vec<KpiRow> {
    let rates = rates();
    figures(cells, &settings(day(as_of), &["all", "country"], &rates, &AgingBands::default())).unwrap()
}

/// The one row of a figure: `kpi`, `kpi/unit` or `kpi@window`, of all customers.
fn row<'a>(rows: &'a [KpiRow], name: &str, of: &str) -> &'a KpiRow {
    let (name, window) = name.split_once('@').map_or((name, None), |(name, days)| (name, days.parse().ok()));
    let (kpi, unit) = name.split_once('/').map_or((name, None), |(kpi, unit)| (kpi, Some(unit)));
    let found: Vec<&KpiRow> = rows
        .iter()
        .filter(|row| row.indicator.kpi == kpi && row.scope == "all" && row.basis.currency() == of)
        .filter(|row| unit.is_none_or(|unit| row.indicator.unit.name() == unit))
        .filter(|row| window.is_none() || row.indicator.window_days == window)
        .collect();
    assert_eq!(found.len(), 1, "{name} in {of}");
    found[0]
}

/// Checks values, rounded to two decimals, of figures in euros.
fn check(books: &Books, expected: &[(&str, i128)]) {
    let rows = figures_of(&books.cells(), &books.as_of.to_string());
    for (name, hundredths) in expected {
        let value = row(&rows, name, "EUR").indicator.figure.value;
        assert_eq!(value.map(|value| divide_half_up(value, 10_000)), Some(*hundredths), "{name}");
    }
}

#[test]
fn c_01_c_03_and_c_46_from_the_ledger() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let issued = day("2026-09-01");
    let late = books.invoice(issued, day("2026-10-01"), 200_000_00);
    books.items[late].disputed = Amount(35_000_00);
    books.invoice(issued, day("2026-12-01"), 300_000_00);
    let paid = books.invoice(issued, day("2026-10-01"), 400_000_00);
    books.receipt(paid, day("2026-10-11"), 400_000_00);
    let expected = [
        ("open_balance", 500_000_00),
        ("overdue_balance", 200_000_00),
        ("current_balance", 300_000_00),
        ("disputed_balance", 35_000_00),
        ("collectible_balance", 465_000_00),
        ("open_items", 2_00),
        ("overdue_items", 1_00),
        ("dso_simple", 50_00),
        ("dso_best_possible", 30_00),
        ("average_days_delinquent", 20_00),
        ("dispute_dso", 3_50),
        ("dispute_rate", 7),
        ("dso_countback", 22_00 + 31_00 + 16_67),
        ("days_beyond_terms_open", 20_80),
        ("days_beyond_terms_paid", 10_00),
        ("dmp", 40_00),
        ("cei", 66_67),
        ("concentration_top10", 1_00),
        ("concentration_hhi", 10_000_00),
    ];
    check(&books, &expected);
}

#[test]
fn c_34_expected_recovery_of_a_portfolio() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for (late, amount) in [(90, 100_000_00), (180, 50_000_00), (365, 20_000_00)] {
        let due = books.as_of.plus_days(-late);
        books.invoice(due, due, amount);
    }
    check(&books, &[("expected_recovery", 100_210_00)]);
}

/// Open balances by days past due, with the loss rates of the youngest aging bands in millionths.
fn provision(balances: &[(i32, i64)], loss_rates: &[i64]) -> Books {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for (late, amount) in balances {
        let due = books.as_of.plus_days(-late);
        books.invoice(due.plus_days(-30), due, *amount);
    }
    books.loss_rates = loss_rates.iter().map(|rate| Rate(*rate)).collect();
    books
}

#[test]
fn c_27_c_30_c_51_to_c_53_provision_matrix() {
    let bands = [0, 30, 60, 90, 120];
    let with = |amounts: [i64; 5]| -> Vec<(i32, i64)> { bands.into_iter().zip(amounts).collect() };
    let cases = [
        // C-27: loss factors of a bank; printed as 30.6.
        (with([987_40, 30_20, 11_80, 8_20, 5_90]), vec![7_000, 206_100, 484_100, 721_200, 1_000_000], 30_66),
        // C-30: the balances of C-29 by loss factors whose last roll is 70 %, and 80 % with what was written off.
        (with([1_250_00, 150_00, 160_00, 120_00, 0])[..4].to_vec(), vec![25_200, 168_000, 420_000, 700_000], 207_90),
        (with([1_250_00, 150_00, 160_00, 120_00, 0])[..4].to_vec(), vec![28_800, 192_000, 480_000, 800_000], 237_60),
        // C-51: 8.6957 % stands for 2 / 23.
        (with([300_000_00, 140_000_00, 60_000_00, 23_000_00, 5_000_00]), vec![20_000, 40_000, 86_957, 250_000, 1_000_000], 27_567_42),
        // C-52: the example of the standard, 45 + 120 + 144 + 165 + 106 thousand.
        (
            with([15_000_000_00, 7_500_000_00, 4_000_000_00, 2_500_000_00, 1_000_000_00]),
            vec![3_000, 16_000, 36_000, 66_000, 106_000],
            580_000_00,
        ),
        // C-53: 75, 165, 108 and 112.50; printed as 112.
        (with([15_000_00, 7_500_00, 4_000_00, 2_500_00, 0])[..4].to_vec(), vec![5_000, 22_000, 27_000, 45_000], 460_50),
    ];
    for (balances, loss_rates, expected) in cases {
        check(&provision(&balances, &loss_rates), &[("provision_ifrs9", expected)]);
    }
}

#[test]
fn c_47_what_was_written_off_of_a_years_sales() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    books.invoice(day("2026-03-01"), day("2026-04-01"), 1_260_000_00 - 9_450_00);
    let lost = books.invoice(day("2026-03-01"), day("2026-04-01"), 9_450_00);
    books.exit(lost, day("2026-11-01"), ExitKind::WrittenOff);
    let sold = books.invoice(day("2025-01-01"), day("2025-02-01"), 500_00);
    books.exit(sold, day("2025-11-23"), ExitKind::Sold);
    let long_ago = books.invoice(day("2025-01-01"), day("2025-02-01"), 700_00);
    books.exit(long_ago, day("2025-11-22"), ExitKind::WrittenOff);
    check(&books, &[("written_off@90", 9_450_00), ("written_off@365", 9_450_00), ("sold@90", 0), ("sold@365", 500_00)]);
    let ratio = row(&figures_of(&books.cells(), "2026-11-22"), "bad_debt_ratio", "EUR").indicator.clone();
    assert_eq!((ratio.figure.value, ratio.window_days), (Some(7_500), Some(365)), "0.75 %, gross");
}

#[test]
fn c_42_promises_kept_has_three_readings() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for paid in [100, 100, 100, 100, 50, 100, 100, 100, 100, 100] {
        let item = books.invoice(day("2026-09-01"), day("2026-10-01"), 100);
        books.receipt(item, day("2026-11-02"), paid);
        books.promise(Some(item), day("2026-11-01"), day("2026-11-05"), 100);
    }
    check(&books, &[("promise_kept_rate/count", 90), ("promise_kept_rate/amount", 90), ("promise_kept_rate/cash", 95)]);
}

#[test]
fn rolling_windows_have_the_days_of_their_months() {
    let cases = [("2026-11-22", 92, 365), ("2026-02-28", 92, 365), ("2024-05-31", 92, 366), ("2026-04-30", 90, 365)];
    for (as_of, three_months, twelve_months) in cases {
        let mut books = Books::on(as_of);
        books.customer(0);
        books.invoice(day(as_of), day(as_of), 100);
        let rows = figures_of(&books.cells(), as_of);
        for (kpi, days) in [("dso_rolling_3m", three_months), ("dso_rolling_12m", twelve_months), ("dso_simple", 90)] {
            let indicator = &row(&rows, kpi, "EUR").indicator;
            assert_eq!(indicator.window_days, Some(days), "{kpi} on {as_of}");
            assert_eq!(indicator.figure.value, Some(i128::from(days) * 1_000_000), "{kpi} on {as_of}: all sales are open");
        }
    }
}

#[test]
fn nothing_to_divide_by_is_a_reason_not_a_number() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    books.on_account(MoneyKind::Payment, day("2026-11-01"), 100);
    let rows = figures_of(&books.cells(), "2026-11-22");
    let quotients = ["dso_simple", "dso_best_possible", "cei", "dispute_rate", "dmp", "promise_kept_rate/count", "concentration_hhi"];
    for kpi in quotients {
        let figure = row(&rows, kpi, "EUR").indicator.figure;
        assert_eq!((figure.value, figure.reason.map(|reason| reason.name())), (None, Some("zero_or_negative_denominator")), "{kpi}");
    }
    assert_eq!(row(&rows, "unallocated_cash", "EUR").indicator.figure.value, Some(1_000_000));
}

#[test]
fn a_converted_sum_is_rounded_once_per_currency() {
    let mut books = Books::on("2026-11-22");
    for (code, amount) in [("EUR", 100_00), ("USD", 3), ("USD", 3), ("JPY", 5_000)] {
        books.customer(0);
        books.currency = currency(code);
        books.invoice(day("2026-11-01"), day("2026-11-21"), amount);
    }
    let rows = figures_of(&books.cells_with(&[], &[], &rates()), "2026-11-22");
    let open = |of| row(&rows, "open_balance", of).indicator.figure.value;
    assert_eq!(open("EUR"), Some(100_000_000));
    assert_eq!(open("JPY"), Some(5_000_000_000));
    assert_eq!(open("USD"), Some(60_000));
    assert_eq!(open("reporting"), Some(130_670_000), "100.00 + 0.05 (of 0.0547407) + 30.62 (of 30.615)");
    assert_eq!(row(&rows, "open_items", "reporting").indicator.figure.value, Some(4_000_000));
    assert_eq!(row(&rows, "dso_simple", "reporting").indicator.figure.value, Some(90_000_000));
}

#[test]
fn a_currency_without_a_rate_is_refused() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    books.currency = currency("CHF");
    books.invoice(day("2026-11-01"), day("2026-11-21"), 1);
    let rates = rates();
    let bands = AgingBands::default();
    let settings = settings(books.as_of, &["all"], &rates, &bands);
    let failure = figures(&books.cells(), &settings).unwrap_err();
    assert_eq!(failure.exit, Exit::Data);
    assert_eq!(failure.messages, ["no exchange rate of CHF to EUR on or before 2026-11-22"]);
}

#[test]
fn recovery_rates_wait_until_their_cohort_is_mature() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let due = day("2026-08-10");
    let item = books.invoice(day("2026-07-11"), due, 100_00);
    books.receipt(item, due, 10_00);
    books.receipt(item, due.plus_days(60), 20_00);
    let rows = figures_of(&books.cells(), "2026-11-22");
    let rates = |scope: &str, month: &str| -> Vec<(Option<i32>, Option<i128>, Option<&str>)> {
        let of_month = rows.iter().filter(|row| row.scope == scope && row.scope_value.as_deref() == Some(month));
        let own = of_month.filter(|row| row.basis.name() == "own").map(|row| &row.indicator);
        own.map(|rate| (rate.window_days, rate.figure.value, rate.figure.reason.map(|reason| reason.name()))).collect()
    };
    let from_30 = [
        (Some(30), Some(100_000), None),
        (Some(60), Some(300_000), None),
        (Some(90), Some(300_000), None),
        (Some(180), None, Some("immature")),
        (Some(365), None, Some("immature")),
    ];
    assert_eq!(rates("due_month", "2026-08"), from_30);
    let by_due = [(Some(0), Some(100_000), None)];
    let to_date = [(None, Some(300_000), None)];
    assert_eq!(rates("issue_month", "2026-07"), [&by_due[..], &from_30, &to_date].concat());
}

#[test]
fn a_monthly_figure_goes_back_as_many_months_as_asked_for_before_its_window() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for month in 0..40 {
        let due = day("2023-09-10").plus_months(month);
        books.invoice(due.plus_days(-30), due, 100_00);
    }
    let rows = figures_of(&books.cells(), "2026-11-22");
    let first = |window: i32| {
        let own = rows.iter().filter(|row| row.scope == "due_month" && row.basis.name() == "own");
        own.filter(|row| row.indicator.window_days == Some(window)).filter_map(|row| row.scope_value.clone()).min()
    };
    // 2026-11-22 less 30, 180 and 365 days lies in 2026-10, 2026-05 and 2025-11.
    assert_eq!([30, 180, 365].map(first), ["2025-11", "2025-06", "2024-12"].map(|month| Some(month.to_owned())));
}

/// A portfolio with every figure, in two countries and three currencies.
fn portfolio() -> Cells {
    let mut books = Books::on("2026-11-22");
    for (group, code) in [(0, "EUR"), (1, "USD"), (2, "JPY"), (2, "EUR")] {
        books.customer(group);
        books.currency = currency(code);
        for late in [-10, 20, 200] {
            let due = books.as_of.plus_days(-late);
            books.invoice(due.plus_days(-30), due, 10_000 + i64::from(late));
            books.penalties.push(Amount(7));
        }
    }
    let codes = ScopeCodes::Customer(&[0, 1, 1, 2]);
    let previous = ["61-75", "current", "181-365"].map(|bucket| PreviousItem {
        invoice: None,
        sequence: 0,
        currency: currency("EUR"),
        bucket,
        amount: Amount(1),
    });
    books.cells_with(&[Scope { values: &["AT".to_owned(), "FR".to_owned()], codes }], &previous, &rates())
}

fn texts(table: &Table, column: usize) -> Vec<&str> {
    (0..table.len()).map(|row| std::str::from_utf8(table.text(column, row).unwrap_or_default()).unwrap()).collect()
}

#[test]
fn a_kpi_row_is_unique_in_its_grain() {
    let table = kpi_table(&figures_of(&portfolio(), "2026-11-22"));
    let Column::Whole(windows) = &table.columns[kpis::WINDOW_DAYS] else { panic!("window_days are whole numbers") };
    let keys = [kpis::KPI, kpis::SCOPE, kpis::SCOPE_VALUE, kpis::CURRENCY, kpis::BASIS, kpis::UNIT].map(|column| texts(&table, column));
    let unique: BTreeSet<_> = (0..table.len()).map(|row| (keys.each_ref().map(|column| column[row]), windows[row])).collect();
    assert_eq!(unique.len(), table.len());
    assert!(table.columns.iter().all(|column| *column != Column::Absent));
    let firsts: Vec<_> = keys[1].iter().zip(&keys[2]).zip(&keys[3]).map(|((scope, value), of)| (*scope, *value, *of)).collect();
    let mut order = firsts.clone();
    order.dedup();
    let expected_start = [
        ("all", "", "EUR"),
        ("all", "", "JPY"),
        ("all", "", "USD"),
        ("all", "", "reporting"),
        ("country", "", "EUR"),
        ("country", "", "reporting"),
        ("country", "AT", "EUR"),
        ("country", "AT", "reporting"),
        ("country", "FR", "JPY"),
        ("country", "FR", "USD"),
        ("country", "FR", "reporting"),
        ("bucket", "current", "EUR"),
        ("bucket", "current", "reporting"),
        ("bucket", "181-365", "EUR"),
        ("bucket", "181-365", "reporting"),
        ("all", "", "EUR"),
        ("all", "", "reporting"),
        ("due_month", "2026-05", "EUR"),
    ];
    assert_eq!(order[..expected_start.len()], expected_start);
}

#[test]
fn aging_and_transitions_come_in_order_of_age() {
    let (cells, bands) = (portfolio(), AgingBands::default());
    let ages = aging_table(&cells, &["all", "country"], &bands).unwrap();
    assert_eq!(texts(&ages, aging::BUCKET)[..3], ["current", "1-30", "181-365"]);
    assert_eq!(texts(&ages, aging::CURRENCY)[..9], ["EUR", "EUR", "EUR", "JPY", "JPY", "JPY", "USD", "USD", "USD"]);
    assert_eq!(ages.money(aging::AMOUNT, 0), Some(2 * 9_990 * 10), "thousandths of a euro");
    assert_eq!(ages.money(aging::AMOUNT, 3), Some(9_990 * 1_000), "thousandths of a yen");
    let moves = transition_table(&cells, &bands, None).unwrap();
    let from_to: Vec<_> = texts(&moves, transitions::FROM_BUCKET).into_iter().zip(texts(&moves, transitions::TO_BUCKET)).collect();
    let mut order = from_to.clone();
    order.dedup();
    let expected =
        [("new", "current"), ("new", "1-30"), ("new", "181-365"), ("current", "settled"), ("181-365", "settled"), ("61-75", "settled")];
    assert_eq!(order, expected);
}

#[test]
fn what_is_proved_of_the_sums_is_told() {
    let scopes = ["all", "country"];
    let proofs = prove(&portfolio(), &scopes, &AgingBands::default()).unwrap();
    let told: Vec<String> =
        proofs.iter().map(|proof| format!("{} {}: {} = {}", proof.name, proof.currency, proof.left, proof.right)).collect();
    let open = [("EUR", 60_420), ("JPY", 30_210), ("USD", 30_210)];
    let of = |name: &str| open.map(|(code, open)| format!("{name} {code}: {open} = {open}"));
    let mut expected: BTreeSet<String> =
        ["movement", "bands", "transitions", "scope country", "payment_delays", "expected cash"].iter().flat_map(|name| of(name)).collect();
    expected.insert("transitions out EUR: 3 = 3".to_owned());
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn sums_that_do_not_add_up_are_named_with_both_sides() {
    type Spoil = fn(&mut Cells);
    let cases: [(Spoil, &str); 10] = [
        (|cells| cell(cells, 1)[Sum::Sales90Days] += 1, "the parts of country are not the whole: 400.21 is not 400.20"),
        (|cells| cell(cells, 1).aging[0].count += 1, "the parts of country are not the whole: 3 is not 2"),
        (|cells| *cell(cells, 1).sales.at(24_300) += 5, "the parts of country are not the whole: 0.05 is not 0.00"),
        (|cells| cell(cells, 0).aging[0].amount += 1, "the aging bands are not the open balance: 604.21 is not 604.20"),
        (|cells| cell(cells, 0)[Sum::CashApplied] += 1, "the movements are not the open balance: 604.19 is not 604.20"),
        (|cells| cell(cells, 1)[Sum::Opening] += 1, "the movements of no country are not the open balance: 302.11 is not 302.10"),
        (|cells| moved(cells, NEW, "1-30").amount += 1, "the transitions are not the open balance: 604.21 is not 604.20"),
        (|cells| moved(cells, "current", SETTLED).amount += 1, "what moved out of current is not what was open in it: "),
        (
            |cells| cells.payment_delays.values_mut().for_each(|delays| delays.bands[0].amount += 1),
            "the payment delays are not what is open: ",
        ),
        (
            |cells| cells.payment_delays.values_mut().for_each(|delays| delays.bands[0].items += 1),
            "the payment delays are not what is open: ",
        ),
    ];
    for (spoil, expected) in cases {
        let mut cells = portfolio();
        spoil(&mut cells);
        let failure = prove(&cells, &["all", "country"], &AgingBands::default()).unwrap_err().failure(None);
        let expected = format!("the figures in EUR do not add up: {expected}");
        assert_eq!(failure.exit, Exit::Data);
        assert!(failure.messages[0].starts_with(&expected), "{} is not {expected}", failure.messages[0]);
    }
}

/// What an accepted night could hold if the engine were wrong: each fault stands in the ledger of one of three customers.
#[test]
fn the_first_customer_whose_sums_do_not_add_up_is_named() {
    type Spoil = fn(&mut Books, &mut Vec<PreviousItem<'static>>);
    let cases: [(Spoil, Option<&str>); 5] = [
        (|_, _| {}, None),
        // More is open than invoices and money leave.
        (|books, _| books.items[1].open += Amount(1), Some("1: the movements are not the open balance: 100.00 is not 100.01")),
        // Two customers: the first is told.
        (
            |books, _| [2, 1].into_iter().for_each(|at| books.items[at].open += Amount(1)),
            Some("1: the movements are not the open balance: 100.00 is not 100.01"),
        ),
        // Cash that met an item is not in its history.
        (|books, _| books.histories[2].clear(), Some("2: the movements are not the open balance: 100.00 is not 60.00")),
        // The night before had an item twice: its balance would move twice.
        (|_, previous| previous.extend_from_within(1..2), Some("1: the transitions are not the open balance: 200.00 is not 100.00")),
    ];
    for (spoil, expected) in cases {
        let mut books = Books::on("2026-11-22");
        let mut previous = Vec::new();
        for customer in 0..3 {
            books.customer(customer);
            let item = books.invoice(day("2026-09-01"), day("2026-10-01"), 100_00);
            if customer == 2 {
                books.receipt(item, day("2026-11-01"), 40_00);
            }
            let invoice = Some(books.items[item].invoice);
            previous.push(PreviousItem { invoice, sequence: 0, currency: currency("EUR"), bucket: "31-60", amount: Amount(100_00) });
        }
        // What tonight has no more is of nobody that is known, and settled.
        previous.push(PreviousItem { invoice: None, sequence: 0, currency: currency("EUR"), bucket: "1-30", amount: Amount(7) });
        spoil(&mut books, &mut previous);
        let (cells, found) =
            books.read(&[], &previous, &rates(), |input| (Cells::of(input), first_uneven(input, &["all"], &AgingBands::default())));
        let told = found.map(|(customer, uneven)| {
            let message = &uneven.failure(Some("C")).messages[0];
            format!("{customer}: {}", message.strip_prefix("the figures of customer C in EUR do not add up: ").unwrap())
        });
        assert_eq!(told.as_deref(), expected);
        assert_eq!(prove(&cells, &["all"], &AgingBands::default()).is_err(), expected.is_some(), "as the whole shard tells");
    }
}

/// A movement between two bands, in euros.
fn moved<'a>(cells: &'a mut Cells, from: &str, to: &str) -> &'a mut Movement {
    let of = |key: &TransitionKey| key.from == from && key.to == to && key.currency == currency("EUR");
    cells.transitions.iter_mut().find(|(key, _)| of(key)).unwrap().1
}

/// The first cell of a scope.
fn cell(cells: &mut Cells, scope: u16) -> &mut Cell {
    cells.cells.iter_mut().find(|((part, _), _)| part.scope == scope).unwrap().1
}

#[test]
fn sums_beyond_the_money_columns_are_refused() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for _ in 0..2 {
        books.invoice(day("2026-11-01"), day("2026-11-21"), Amount::LIMIT);
    }
    let failure = aging_table(&books.cells(), &["all"], &AgingBands::default()).unwrap_err();
    assert_eq!(failure.messages, ["the sum of open items 19999999999999999.98 EUR does not fit the money columns, decimal(18,3)"]);
}

/// Open balances by days past due with the tax in them, all issued at once; half of what is more than 90 days late is depreciated.
#[test]
fn c_54_depreciation_leaves_out_the_tax_that_can_be_had_back() {
    // Days late, amount, open, tax; then the depreciation, its base, and the balance whose tax nobody knows.
    type Case<'a> = (&'a [(i32, i64, i64, Option<i64>)], [i128; 3]);
    let cases: [Case<'_>; 6] = [
        (&[(120, 12_000_00, 12_000_00, Some(2_000_00))], [5_000_00, 10_000_00, 0]),
        // Half paid: half of the tax goes with it.
        (&[(120, 12_000_00, 6_000_00, Some(2_000_00))], [2_500_00, 5_000_00, 0]),
        // Not doubtful yet.
        (&[(90, 12_000_00, 12_000_00, Some(2_000_00))], [0, 0, 0]),
        // Tax unknown: nothing is taken off, and it is told.
        (&[(120, 12_000_00, 12_000_00, None)], [6_000_00, 12_000_00, 12_000_00]),
        // Tax beyond the amount is no tax credit; below zero no tax.
        (&[(120, 100_00, 100_00, Some(200_00)), (120, 100_00, 100_00, Some(-5_00))], [50_00, 100_00, 0]),
        // The net of each item is rounded: 100 of 120 parts of 1.00 are 83.33 cents; thrice 0.83, and not 2.50.
        (&[(120, 1_20, 1_00, Some(20)), (120, 1_20, 1_00, Some(20)), (120, 1_20, 1_00, Some(20))], [1_25, 2_49, 0]),
    ];
    for (items, [depreciation, base, unknown]) in cases {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        for (late, amount, open, tax) in items {
            let due = books.as_of.plus_days(-late);
            let item = books.invoice(due.plus_days(-30), due, *amount);
            if amount > open {
                books.receipt(item, due, amount - open);
            }
            books.taxes.push(tax.map(Amount));
        }
        books.depreciation_rates = [0, 0, 0, 0, 500_000, 500_000, 500_000, 500_000].map(Rate).to_vec();
        let expected = [("depreciation_net_of_tax", depreciation), ("depreciation_base", base), ("depreciation_tax_unknown", unknown)];
        check(&books, &expected);
    }
}

#[test]
fn every_figure_is_explained_to_its_readers() {
    const PAGE: &str = include_str!("../../docs/kpis.md");
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    books.invoice(day("2026-09-01"), day("2026-10-01"), 100);
    books.on_account(MoneyKind::Payment, day("2026-11-01"), 1);
    books.agencies = vec![Some("AG")];
    books.attempts.push(Attempt { customer: 0, on: day("2026-11-01"), channel: None, outcome: None, right_party: None, step: None });
    let previous = [PreviousItem { invoice: Some(0), sequence: 0, currency: currency("EUR"), bucket: "31-60", amount: Amount(100) }];
    let rows = figures_of(&books.cells_with(&[], &previous, &rates()), "2026-11-22");
    let names: BTreeSet<&str> = rows.iter().map(|row| row.indicator.kpi).collect();
    assert!(names.contains("cure_rate") && names.contains("recovery_rate"), "all kinds of figures are there");
    for name in names {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}
