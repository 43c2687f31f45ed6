//! Sums of small ledgers, and the properties all sums share.
#![expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]

use proptest::prelude::*;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{ExitKind, MoneyKind, PromiseKind};
use crate::night::fx::Rates;
use crate::night::kpi::testing::{Books, currency, day};
use crate::night::kpi::{
    Additive, Attempt, Cell, Cells, Cohort, Count, Monthly, Movement, NO_CODE, Part, PreviousItem, Scope, ScopeCodes, Sum, TransitionKey,
    Transitions,
};

fn eur() -> Rates {
    Rates::new(currency("EUR"), [])
}

fn cell_of(cells: &Cells, scope: u16, value: Option<&str>, code: &str) -> Cell {
    let part = Part { scope, value: value.map(Into::into) };
    cells.cells.get(&(part, currency(code))).cloned().unwrap_or_default()
}

fn whole(books: &Books) -> Cell {
    cell_of(&books.cells(), 0, None, "EUR")
}

#[test]
fn balances_of_open_items() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let issued = day("2026-08-01");
    let late = books.invoice(issued, day("2026-10-22"), 100_00);
    books.receipt(late, day("2026-09-01"), 40_00);
    books.items[late].disputed = Amount(10_00);
    books.items[late].pending = Amount(5_00);
    books.invoice(issued, day("2026-11-22"), 7_00);
    books.on_account(MoneyKind::Payment, day("2026-11-01"), 3_00);
    books.on_account(MoneyKind::Credit, day("2026-11-01"), 2_00);
    books.penalties = vec![Amount(41_00), Amount(25)];
    let cell = whole(&books);
    let cases = [
        (Sum::Open, 67_00),
        (Sum::Overdue, 60_00),
        (Sum::Disputed, 10_00),
        (Sum::Collectible, 52_00),
        (Sum::UnallocatedCash, 3_00),
        (Sum::UnallocatedCredit, 2_00),
        (Sum::OpenDaysLate, 60_00 * 31),
        (Sum::Penalties, 41_25),
    ];
    for (sum, expected) in cases {
        assert_eq!(cell[sum], expected, "{sum:?}");
    }
    assert_eq!((cell[Count::OpenItems], cell[Count::OverdueItems]), (2, 1));
    assert_eq!((cell.aging[0].count, cell.aging[2].count, cell.aging[2].disputed), (1, 1, 10_00));
}

#[test]
fn sales_are_all_documents_by_issue_date_credit_notes_negative() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let cases = [("2026-08-24", 1_00), ("2026-08-25", 20_00), ("2026-08-22", 300_00), ("2025-11-23", 4_000_00), ("2025-11-22", 50_000_00)];
    for (issued, amount) in cases {
        let item = books.invoice(day(issued), day(issued), amount);
        books.exit(item, day("2026-11-20"), ExitKind::WrittenOff);
    }
    books.on_account(MoneyKind::Credit, day("2026-11-02"), 5_00);
    let cell = whole(&books);
    assert_eq!(cell[Sum::Sales90Days], 15_00, "the window starts after 2026-08-24");
    assert_eq!(cell[Sum::Sales3Months], 16_00, "the window starts after 2026-08-22");
    assert_eq!(cell[Sum::Sales12Months], 4_316_00, "the window starts after 2025-11-22");
    let by_month: Vec<i128> = cell.sales.iter().map(|(_, sum)| *sum).collect();
    assert_eq!(by_month, [54_000_00, 321_00, -5_00], "November 2025, August and November 2026");
}

#[test]
fn the_opening_balance_is_tonights_ledger_at_the_end_of_that_day() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let opening = day("2026-08-24");
    let before = books.invoice(day("2026-07-01"), day("2026-07-31"), 100_00);
    books.receipt(before, opening, 30_00);
    books.refund(before, opening, 5_00);
    books.credit(before, opening.plus_days(1), 20_00);
    books.receipt(before, opening.plus_days(1), 55_00);
    books.invoice(opening.plus_days(1), day("2026-12-31"), 1_000_00);
    let gone = books.invoice(day("2026-07-01"), day("2026-07-31"), 9_00);
    books.exit(gone, opening, ExitKind::Sold);
    assert_eq!(whole(&books)[Sum::Opening], 75_00);
}

#[test]
fn c_17_days_beyond_terms_of_open_items() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for (late, amount) in [(0, 4_000), (6, 6_000), (8, 2_000)] {
        let due = books.as_of.plus_days(-late);
        books.invoice(due.plus_days(-30), due, amount);
    }
    let cell = whole(&books);
    assert_eq!((cell[Sum::OpenDaysLate], cell[Sum::Open]), (52_000, 12_000));
}

#[test]
fn c_22_days_beyond_terms_of_receipts_are_signed() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for (late, amount) in [(-2, 1_000), (15, 3_000), (30, 500), (0, 5_500)] {
        let item = books.invoice(day("2026-09-01"), day("2026-10-01"), amount);
        books.receipt(item, day("2026-10-01").plus_days(late), amount);
    }
    let outside = books.invoice(day("2026-05-01"), day("2026-06-01"), 999);
    books.receipt(outside, day("2026-08-24"), 999);
    let refunded = books.invoice(day("2026-09-01"), day("2026-10-01"), 77);
    books.refund(refunded, day("2026-10-02"), 77);
    let cell = whole(&books);
    assert_eq!((cell[Sum::ReceivedDaysLate], cell[Sum::Received]), (58_000, 10_000));
    assert_eq!(cell[Sum::ReceivedDaysFromIssue], 58_000 + 30 * 10_000);
}

#[test]
fn recovery_counts_cash_by_value_date_and_lowers_the_cohort_by_credit_notes() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let due = day("2026-08-10");
    let first = books.invoice(day("2026-07-11"), due, 100_00);
    books.receipt(first, due, 10_00);
    books.receipt(first, due.plus_days(30), 20_00);
    books.receipt(first, due.plus_days(31), 30_00);
    books.refund(first, due.plus_days(60), 5_00);
    books.credit(first, due.plus_days(1), 15_00);
    books.invoice(day("2026-07-31"), day("2026-08-30"), 1_00);
    let cells = books.cells();
    let cohorts = &cells.cohorts[&currency("EUR")];
    let cohort = cohorts.by_due_month.get(due.month_index()).unwrap();
    assert_eq!(cohort.amount, 86_00);
    let by_horizon: Vec<i128> = (0..7).map(|horizon| cohort.recovered_by(horizon)).collect();
    assert_eq!(by_horizon, [10_00, 30_00, 55_00, 55_00, 55_00, 55_00, 55_00]);
    assert!(cohort.is_mature(84, books.as_of) && !cohort.is_mature(85, books.as_of), "84 days after the cohort's last due date");
    assert_eq!(cohorts.by_issue_month.get(day("2026-07-01").month_index()), Some(cohort));
}

/// Vector C-43: six promises, each about its own invoice or all about the account.
fn promises(about_invoices: bool) -> Books {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let cases = [
        ("2026-11-05", 500, Some(("2026-11-05", 500))),
        ("2026-11-06", 1_000, Some(("2026-11-08", 1_000))),
        ("2026-11-10", 800, Some(("2026-11-10", 400))),
        ("2026-11-12", 1_200, None),
        ("2026-11-22", 700, None),
        ("2026-11-30", 900, None),
    ];
    for (due, amount, paid) in cases {
        let item = books.invoice(day("2026-09-01"), day("2026-10-01"), amount);
        if let Some((date, cash)) = paid {
            books.receipt(item, day(date), cash);
        }
        books.promise(about_invoices.then_some(item), day("2026-11-01"), day(due), amount);
    }
    books
}

fn kept(books: &Books, grace_days: i32) -> (i64, i64, i128, i128, i128) {
    let cell = whole(&Books { promise_grace_days: grace_days, ..books.clone() });
    (cell[Count::Promises], cell[Count::PromisesKept], cell[Sum::Promised], cell[Sum::PromisedKept], cell[Sum::PromisedCash])
}

#[test]
fn c_43_promises_kept_with_and_without_grace() {
    assert_eq!(kept(&promises(true), 3), (4, 2, 3_500, 1_500, 1_900));
    assert_eq!(kept(&promises(true), 0), (4, 1, 3_500, 500, 900));
    assert_eq!(kept(&promises(false), 3), (4, 2, 3_500, 1_500, 1_900), "about the account");
    assert_eq!(kept(&promises(false), 0), (4, 2, 3_500, 1_300, 1_900), "late cash feeds the next promise in time");
}

#[test]
fn c_42_nine_of_ten_promises() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for broken in [false, false, false, false, true, false, false, false, false, false] {
        let item = books.invoice(day("2026-09-01"), day("2026-10-01"), 100);
        books.receipt(item, day("2026-11-02"), if broken { 99 } else { 100 });
        books.promise(Some(item), day("2026-11-01"), day("2026-11-05"), 100);
    }
    assert_eq!(kept(&books, 3), (10, 9, 1_000, 900, 999));
}

#[test]
fn a_cent_feeds_one_promise_only() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let item = books.invoice(day("2026-09-01"), day("2026-10-01"), 100);
    books.receipt(item, day("2026-11-03"), 100);
    books.on_account(MoneyKind::Payment, day("2026-11-04"), 30);
    books.promise(None, day("2026-11-01"), day("2026-11-06"), 60);
    books.promise(Some(item), day("2026-11-01"), day("2026-11-05"), 80);
    books.promise(None, day("2026-11-01"), day("2026-11-07"), 60);
    assert_eq!(kept(&books, 3), (3, 1, 200, 80, 130), "80 to the older promise, 20 + 30 to the next, nothing to the last");
}

#[test]
fn extensions_and_cancelled_promises_are_left_out() {
    let mut books = promises(true);
    books.promises[0].kind = Some(PromiseKind::Extension);
    books.promises[1].cancelled_on = Some(day("2026-11-22"));
    books.promises[2].cancelled_on = Some(day("2026-11-23"));
    books.promises[3].kind = Some(PromiseKind::PlanInstallment);
    assert_eq!(kept(&books, 3), (2, 0, 2_000, 0, 400));
}

#[test]
fn c_34_expected_recovery() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    for (late, amount) in [(90, 100_000), (180, 50_000), (365, 20_000)] {
        let due = books.as_of.plus_days(-late);
        books.invoice(due, due, amount);
    }
    assert_eq!(whole(&books)[Sum::Expected], 100_210 * 3_330 * 1_000_000);
}

#[test]
fn concentration_is_by_debtor_group_over_all_currencies() {
    let mut books = Books::on("2026-11-22");
    let rates = Rates::new(currency("EUR"), [(currency("USD"), 900_000_000_000)]);
    for (group, code, amount) in [(0, "EUR", 60), (0, "EUR", 40), (1, "EUR", 50), (1, "USD", 55), (2, "USD", 5)] {
        books.customer(group);
        books.currency = currency(code);
        books.invoice(day("2026-11-01"), day("2026-11-30"), amount);
    }
    let cells = books.cells_with(&[], &[], &rates);
    let all = Part { scope: 0, value: None };
    let own = |code| &cells.concentration[&(all.clone(), currency(code))];
    assert_eq!((own("EUR").largest.as_slice(), own("EUR").squares), (&[100, 50][..], Some(12_500)));
    assert_eq!(own("USD").largest, [55, 5]);
    assert_eq!(cells.concentration_reporting[&all].largest, [100, 100, 5], "50 + 49.5 and 4.5, each rounded once");
}

/// A previous night's item of the invoice at this position.
fn previous(invoice: u32, bucket: &str, amount: i64) -> PreviousItem<'_> {
    PreviousItem { invoice: Some(invoice), sequence: 0, currency: currency("EUR"), bucket, amount: Amount(amount) }
}

fn moved(books: &Books, before: &[PreviousItem], expected: &[(&str, &str, i64, i128)]) {
    let mut sums = Transitions::new();
    for (from, to, count, amount) in expected {
        let key = TransitionKey { from: (*from).to_owned(), to: (*to).to_owned(), currency: currency("EUR") };
        sums.entry(key).or_default().merge(&Movement { count: *count, amount: *amount });
    }
    assert_eq!(books.cells_with(&[], before, &eur()).transitions, sums);
}

#[test]
fn c_29_balances_move_between_ages() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let mut before = Vec::new();
    let rows = [
        ("current", [(700, 10), (150, -5), (150, 12)].as_slice()),
        ("1-30", &[(240, 40), (160, 40)]),
        ("31-60", &[(80, 70), (120, 70)]),
        ("61-90", &[(20, 100), (70, 100), (10, 100)]),
    ];
    for (bucket, parts) in rows {
        for (at, (amount, late)) in parts.iter().enumerate() {
            let due = books.as_of.plus_days(-late);
            let item = books.invoice(due.plus_days(-30), due, *amount);
            before.push(previous(books.items[item].invoice, bucket, *amount));
            match at {
                0 => books.receipt(item, day("2026-11-21"), *amount),
                2 if bucket == "61-90" => books.exit(item, day("2026-11-21"), ExitKind::WrittenOff),
                _ => {}
            }
        }
    }
    let expected = [
        ("current", "settled", 1, 700),
        ("current", "current", 1, 150),
        ("current", "1-30", 1, 150),
        ("1-30", "settled", 1, 240),
        ("1-30", "31-60", 1, 160),
        ("31-60", "settled", 1, 80),
        ("31-60", "61-90", 1, 120),
        ("61-90", "settled", 1, 20),
        ("61-90", "91-120", 1, 70),
        ("61-90", "written_off", 1, 10),
    ];
    moved(&books, &before, &expected);
}

#[test]
fn part_payments_returns_and_unknown_items_keep_the_columns_adding_up() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    let due = day("2026-11-12");
    let paid_in_part = books.invoice(due, due, 100);
    books.receipt(paid_in_part, day("2026-11-22"), 30);
    books.invoice(due, due, 50);
    let sold = books.invoice(due, due, 80);
    books.receipt(sold, day("2026-11-21"), 20);
    books.exit(sold, day("2026-11-22"), ExitKind::Sold);
    books.invoice(due, due, 9);
    let before = [
        previous(0, "1-30", 100),
        previous(1, "1-30", 20),
        previous(2, "current", 80),
        PreviousItem { invoice: None, ..previous(0, ">365", 7) },
    ];
    let expected = [
        ("1-30", "1-30", 2, 90),
        ("1-30", "settled", 0, 30),
        ("new", "1-30", 0, 30),
        ("current", "sold", 1, 60),
        ("current", "settled", 0, 20),
        (">365", "settled", 1, 7),
        ("new", "1-30", 1, 9),
    ];
    moved(&books, &before, &expected);
}

#[test]
fn scopes_of_items_cut_an_account_and_leave_its_cash_without_value() {
    let mut books = Books::on("2026-11-22");
    books.customer(0);
    books.invoice(day("2026-11-01"), day("2026-11-30"), 60);
    books.invoice(day("2026-11-01"), day("2026-11-30"), 40);
    books.on_account(MoneyKind::Payment, day("2026-11-02"), 7);
    books.on_account(MoneyKind::Credit, day("2026-11-03"), 5);
    let values = ["north".to_owned(), "south".to_owned()];
    let scope = Scope { values: &values, codes: ScopeCodes::Item { items: &[0, 1], money: &[NO_CODE, 1] } };
    let cells = books.cells_with(&[scope], &[], &eur());
    let sums = |value| {
        let cell = cell_of(&cells, 1, value, "EUR");
        (cell[Sum::Open], cell[Sum::Sales90Days], cell[Sum::UnallocatedCash], cell[Sum::UnallocatedCredit])
    };
    assert_eq!(sums(Some("north")), (60, 60, 0, 0));
    assert_eq!(sums(Some("south")), (40, 35, 0, 5));
    assert_eq!(sums(None), (0, 0, 7, 0));
}

/// A customer of a random portfolio.
#[derive(Debug, Clone)]
struct Debtor {
    group: u32,
    country: u32,
    in_dollars: bool,
    invoices: Vec<(i32, i32, i64, i64, i32)>,
    on_account: i64,
}

fn debtors() -> impl Strategy<Value = Vec<Debtor>> {
    let invoice = (0..800_i32, 0..90_i32, 1..100_000_i64, 0..=100_i64, -20..200_i32);
    let debtor = (0..6_u32, 0..4_u32, any::<bool>(), prop::collection::vec(invoice, 0..6), -50..50_i64);
    let debtor =
        debtor.prop_map(|(group, country, in_dollars, invoices, on_account)| Debtor { group, country, in_dollars, invoices, on_account });
    prop::collection::vec(debtor, 1..12)
}

fn cells_of(debtors: &[&Debtor]) -> Cells {
    let as_of = day("2026-11-22");
    let mut books = Books::on("2026-11-22");
    for debtor in debtors {
        books.customer(debtor.group);
        books.currency = currency(if debtor.in_dollars { "USD" } else { "EUR" });
        for (age, terms, amount, paid_percent, delay) in &debtor.invoices {
            add_invoice(&mut books, as_of.plus_days(-age), *terms, *amount, *paid_percent, *delay);
        }
        books.on_account(MoneyKind::Payment, as_of, debtor.on_account);
        books.promise(None, as_of.plus_days(-40), as_of.plus_days(-10), 5_000);
    }
    let values = ["AT", "BE", "CH"].map(str::to_owned);
    let codes: Vec<u32> = debtors.iter().map(|debtor| debtor.country).collect();
    let scope = Scope { values: &values, codes: ScopeCodes::Customer(&codes) };
    books.cells_with(&[scope], &[], &Rates::new(currency("EUR"), [(currency("USD"), 912_345_000_000)]))
}

fn add_invoice(books: &mut Books, issued: Date, terms: i32, amount: i64, paid_percent: i64, delay: i32) {
    let item = books.invoice(issued, issued.plus_days(terms), amount);
    let paid = amount * paid_percent / 100;
    let value_date = issued.plus_days((terms + delay).max(0)).min(books.as_of);
    if paid > 0 {
        books.receipt(item, value_date, paid);
    }
    books.items[item].disputed = Amount(books.items[item].open.0 / 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shards_add_up_to_the_whole_in_any_order(debtors in debtors(), shard_of_group in prop::collection::vec(0..3_usize, 6)) {
        let whole = cells_of(&debtors.iter().collect::<Vec<_>>());
        let shard = |at| cells_of(&debtors.iter().filter(|debtor| shard_of_group[debtor.group as usize] == at).collect::<Vec<_>>());
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut merged = Cells::default();
            order.iter().for_each(|at| merged.merge(&shard(*at)));
            prop_assert_eq!(&merged, &whole);
        }
    }

    #[test]
    fn countries_add_up_to_all_and_bands_to_what_is_open(debtors in debtors()) {
        let cells = cells_of(&debtors.iter().collect::<Vec<_>>());
        for code in ["EUR", "USD"] {
            let mut countries = Cell::default();
            for value in [None, Some("AT"), Some("BE"), Some("CH")] {
                countries.merge(&cell_of(&cells, 1, value, code));
            }
            prop_assert_eq!(&countries, &cell_of(&cells, 0, None, code));
        }
        for ((part, of), cell) in &cells.cells {
            prop_assert_eq!(cell.aging.iter().map(|band| band.amount).sum::<i128>(), cell[Sum::Open]);
            prop_assert_eq!(cell.aging.iter().skip(1).map(|band| band.amount).sum::<i128>(), cell[Sum::Overdue]);
            prop_assert_eq!(cells.concentration.get(&(part.clone(), *of)).map_or(0, |groups| groups.total), cell[Sum::Open]);
        }
    }

    #[test]
    fn cohorts_hold_every_item_once(debtors in debtors()) {
        let cells = cells_of(&debtors.iter().collect::<Vec<_>>());
        for (of, cohorts) in &cells.cohorts {
            let total = |months: &Monthly<Cohort>| months.iter().map(|(_, cohort)| cohort.amount).sum::<i128>();
            let sold = invoiced(&debtors, *of);
            prop_assert_eq!((total(&cohorts.by_due_month), total(&cohorts.by_issue_month)), (sold, sold));
        }
    }
}

fn invoiced(debtors: &[Debtor], of: Currency) -> i128 {
    let in_currency = debtors.iter().filter(|debtor| debtor.in_dollars == (of == currency("USD")));
    in_currency.flat_map(|debtor| &debtor.invoices).map(|(_, _, amount, ..)| i128::from(*amount)).sum()
}

#[test]
fn an_item_waits_for_the_first_contact_after_its_due_date() {
    // Due date, payment, contacts; how many items count and the days they waited. The night is 22 November.
    let cases: [(&str, &str, &[&str], [i64; 2]); 7] = [
        ("2026-11-01", "", &["2026-11-04", "2026-11-10"], [1, 3]),
        ("2026-11-01", "", &["2026-10-20", "2026-11-01"], [0, 0]),
        ("2026-11-01", "2026-11-03", &["2026-11-04"], [0, 0]),
        ("2026-11-01", "2026-11-04", &["2026-11-04"], [1, 3]),
        // The window starts after 24 August.
        ("2026-08-24", "", &["2026-11-04"], [0, 0]),
        ("2026-08-25", "", &["2026-11-04"], [1, 71]),
        ("2026-12-01", "", &["2026-11-04"], [0, 0]),
    ];
    for (due, paid, contacts, expected) in cases {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        let item = books.invoice(day("2026-08-01"), day(due), 100);
        if !paid.is_empty() {
            books.receipt(item, day(paid), 100);
        }
        // Contacts of somebody else say nothing.
        books.customer(1);
        for (customer, on) in contacts.iter().map(|on| (0, *on)).chain([(1, "2026-11-02")]) {
            books.attempts.push(Attempt { customer, on: day(on), channel: None, outcome: None, right_party: None, step: None });
        }
        let cells = books.cells();
        let cell = &cells.cells[&(Part { scope: 0, value: None }, currency("EUR"))];
        assert_eq!([cell[Count::FirstContacts], cell[Count::FirstContactDays]], expected, "due {due}, paid {paid}, {contacts:?}");
    }
}
