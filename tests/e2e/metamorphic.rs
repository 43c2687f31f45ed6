//! Whole portfolios changed in a way whose effect on every figure is known beforehand: the figures move exactly as they must.
//!
//! All amounts are multiples of ten, rates are the same in every half-year and make a thousandth of them a day, so that no interest has
//! a fraction of a cent: nothing here is equal by rounding, and nothing differs by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use relance::base::date::Date;

use crate::desk::{Desk, NIGHT, Night};
use crate::random::Random;

/// Days of four years with their leap day.
const FOUR_YEARS: i32 = 1_461;

/// A row: its id, and what the tests change of it. Amounts are in tens of a whole unit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: String,
    customer: String,
    /// The invoice a payment, credit note or dispute names; empty for none.
    names: String,
    on: i32,
    /// Days until it is due.
    due: i32,
    tens: i64,
    currency: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Portfolio {
    as_of: i32,
    /// Id and country.
    customers: Vec<(String, &'static str)>,
    invoices: Vec<Row>,
    credit_notes: Vec<Row>,
    payments: Vec<Row>,
    disputes: Vec<Row>,
    /// What the amounts are multiplied with.
    times: i64,
}

impl Portfolio {
    fn drawn(seed: u64) -> Portfolio {
        let random = &mut Random(seed);
        let as_of = Date::parse(NIGHT).expect("a day").0;
        let customers: Vec<_> = (0..40).map(|at| (format!("C{at:03}"), *random.pick(&["FR", "FR", "GB"]))).collect();
        let mut drawn =
            Portfolio { as_of, customers, invoices: vec![], credit_notes: vec![], payments: vec![], disputes: vec![], times: 1 };
        for at in 0..130 {
            let (customer, country) = random.pick(&drawn.customers).clone();
            let on = as_of - days(random, 500);
            let currency = if country == "GB" { "GBP" } else { "EUR" };
            let (due, tens) = (*random.pick(&[0, 30, 45, 60]), 2 * tens(random, 200));
            drawn.invoices.push(Row { id: format!("I{at:04}"), customer, names: String::new(), on, due, tens, currency });
        }
        for at in 0..90 {
            let invoice = random.pick(&drawn.invoices).clone();
            let names = if random.below(3) == 0 { String::new() } else { invoice.id.clone() };
            let on = (invoice.on + days(random, 150)).min(as_of);
            let row = Row { names, on, tens: tens(random, 300), due: 0, ..invoice };
            match at {
                0..5 => drawn.payments.push(Row { id: format!("R{at:04}"), tens: -row.tens, ..row }),
                5..15 => drawn.credit_notes.push(Row { id: format!("K{at:04}"), tens: -row.tens, ..row }),
                15..25 if !row.names.is_empty() => drawn.disputes.push(Row { id: format!("D{at:04}"), ..row }),
                _ => drawn.payments.push(Row { id: format!("P{at:04}"), tens: 2 * row.tens, ..row }),
            }
        }
        drawn
    }

    fn rows(&mut self) -> impl Iterator<Item = &mut Row> {
        self.invoices.iter_mut().chain(&mut self.credit_notes).chain(&mut self.payments).chain(&mut self.disputes)
    }

    /// What this portfolio is told to be.
    fn told(&self, imputation: &str) -> Told {
        let desk = Desk::small();
        let job = "relance: 1
portfolio: {customers: customers.parquet, invoices: invoices.parquet, payments: payments.parquet, disputes: disputes.parquet}
fx: fx.parquet
rules: rules
reporting_currency: EUR
kpis: {scopes: [all, country, customer_type]}
";
        desk.job(&format!("{job}imputation: {imputation}\n"));
        let rates = fs::read_to_string(desk.path("rules/rates.yaml")).expect("the rates");
        let constant = |line: &str| {
            let rate = if line.contains("2024-12-31") { "28.5%" } else { "26.5%" };
            let from = "      - {from: 2015-01-01, rate: RATE, source: test, read_on: 2026-11-22, confirmed_by: test}";
            if line.contains("2024-12-31") || line.contains("2025-01-01") { from.replace("RATE", rate) } else { line.to_owned() }
        };
        let kept =
            rates.lines().filter(|line| !line.contains("confirmed_by") || line.contains("2024-12-31") || line.contains("2025-01-01"));
        desk.file("rules/rates.yaml", kept.map(constant).collect::<Vec<_>>().join("\n").as_bytes());
        self.write(&desk);
        let night = Date(self.as_of).to_string();
        desk.run(&night, &[]).succeeded();
        Told::of(&desk.night(&night))
    }

    fn write(&self, desk: &Desk) {
        let money = |tens: i64| format!("{}0.00", tens * self.times);
        let customer = |(id, country): &(String, &str)| format!("{id}, company, {country}");
        table(desk, "customers", "customer_id, customer_type, country", self.customers.iter().map(customer));
        let document = |row: &Row| {
            let (on, due, kind) = (Date(row.on), Date(row.on + row.due), if row.tens < 0 { "credit_note" } else { "invoice" });
            format!("{}, {}, {on}, {due}, {}, {}, {kind}, {}", row.id, row.customer, money(row.tens), row.currency, row.names)
        };
        let header = "invoice_id, customer_id, issue_date, due_date, amount, currency, document_type, original_invoice_id";
        table(desk, "invoices", header, self.invoices.iter().chain(&self.credit_notes).map(document));
        let payment =
            |row: &Row| format!("{}, {}, {}, {}, {}, {}", row.id, row.customer, row.names, Date(row.on), money(row.tens), row.currency);
        table(desk, "payments", "payment_id, customer_id, invoice_id, payment_date, amount, currency", self.payments.iter().map(payment));
        let dispute = |row: &Row| format!("{}, {}, {}, {}", row.id, row.names, Date(row.on), money(row.tens));
        table(desk, "disputes", "dispute_id, invoice_id, opened_on, amount", self.disputes.iter().map(dispute));
        let fx = format!("{}, GBP, 1.15", Date(self.as_of - 300));
        table(desk, "fx", "date, currency, rate_to_reporting", [fx].into_iter());
    }
}

fn table(desk: &Desk, name: &str, header: &str, rows: impl Iterator<Item = String>) {
    desk.table(name, &format!("{header}\n{}", rows.collect::<Vec<_>>().join("\n")));
}

fn days(random: &mut Random, bound: usize) -> i32 {
    i32::try_from(random.below(bound)).expect("few")
}

fn tens(random: &mut Random, bound: usize) -> i64 {
    i64::try_from(random.below(bound)).expect("few") + 1
}

/// Numbers as their digits; none where a cell is empty.
type Numbers = Vec<Option<i128>>;

/// What a night says: rows by key, with their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    /// By figure, scope, value, currency, basis, unit and window: numerator, denominator, value.
    kpis: BTreeMap<Vec<String>, Numbers>,
    /// By scope, value, currency and band: amount, disputed, count.
    aging: BTreeMap<Vec<String>, Numbers>,
    /// By invoice: amounts, and days past due.
    items: BTreeMap<Vec<String>, Numbers>,
    /// By invoice, currency and kind.
    penalties: BTreeMap<Vec<String>, Numbers>,
}

impl Told {
    fn of(night: &Night) -> Told {
        let read = |table: &str, keys: &[&str], numbers: &[&str]| {
            let rows = night.rows(table);
            let column = |name: &&str| rows.of([*name]).into_iter().map(|[cell]| cell.to_owned()).collect::<Vec<_>>();
            let (keys, numbers): (Vec<_>, Vec<_>) = (keys.iter().map(column).collect(), numbers.iter().map(column).collect());
            let mut found = BTreeMap::new();
            for row in 0..rows.rows.len() {
                let key = keys.iter().map(|column| column[row].clone()).collect();
                add(found.entry(key).or_default(), &numbers.iter().map(|column| number(&column[row])).collect());
            }
            found
        };
        Told {
            kpis: read(
                "kpis",
                &["kpi", "scope", "scope_value", "currency", "basis", "unit", "window_days"],
                &["numerator", "denominator", "value"],
            ),
            aging: read("aging", &["scope", "scope_value", "currency", "bucket"], &["amount", "disputed_amount", "count"]),
            items: read(
                "open_items",
                &["invoice_id", "currency", "aging_bucket", "days_past_due"],
                &["amount", "amount_paid", "amount_credited", "amount_disputed", "amount_open", "amount_collectible"],
            ),
            penalties: read("penalties", &["invoice_id", "currency", "kind"], &["amount"]),
        }
    }

    fn sets(&mut self) -> [&mut BTreeMap<Vec<String>, Numbers>; 4] {
        [&mut self.kpis, &mut self.aging, &mut self.items, &mut self.penalties]
    }

    /// Keeps the figures for which this is so, by name and unit.
    fn only_kpis(mut self, is_kept: impl Fn(&str, &str) -> bool) -> Told {
        self.kpis.retain(|key, _| is_kept(&key[0], &key[5]));
        self
    }

    fn without_charges(mut self) -> Told {
        self.penalties.retain(|key, _| key[2] == "interest");
        self.only_kpis(|kpi, _| kpi != "penalties_accrued")
    }

    /// Renames what rows are about; what then has one key is added up.
    fn renamed(mut self, rename: impl Fn(usize, &str) -> String) -> Told {
        for set in self.sets() {
            for (key, numbers) in std::mem::take(set) {
                let key = key.iter().enumerate().map(|(at, part)| rename(at, part)).collect();
                add(set.entry(key).or_default(), &numbers);
            }
        }
        self
    }
}

fn number(cell: &str) -> Option<i128> {
    (!cell.is_empty()).then(|| cell.replace('.', "").parse().expect("a number"))
}

fn add(sums: &mut Numbers, more: &Numbers) {
    sums.resize(sums.len().max(more.len()), None);
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = more.map_or(*sum, |more| Some(sum.unwrap_or(0) + more));
    }
}

/// A change of portfolios, and what it must do.
struct Case {
    name: &'static str,
    imputation: &'static str,
    /// What is read beside the first portfolio.
    beside: fn() -> Vec<Portfolio>,
    change: fn(&mut Portfolio),
    expected: fn(Vec<Told>) -> Told,
    /// What the change says something about.
    compared: fn(Told) -> Told,
}

fn same(mut told: Vec<Told>) -> Told {
    told.remove(0)
}

const SAME: Case =
    Case { name: "", imputation: "principal_first", beside: Vec::new, change: |_| (), expected: same, compared: |told| told };

const CASES: &[Case] = &[
    Case { name: "rows in another order", change: shuffle, ..SAME },
    Case { name: "payments split in two on their day", imputation: "interest_first", change: split_payments, ..SAME },
    Case { name: "invoices split in two of the same terms", change: split_invoices, compared: without_counts, ..SAME },
    Case { name: "ids renamed", change: rename, expected: |told| same(told).renamed(of_renamed), ..SAME },
    Case {
        name: "four years earlier",
        imputation: "interest_first",
        change: shift,
        expected: |told| same(told).renamed(earlier),
        compared: without_weeks,
        ..SAME
    },
    Case { name: "amounts times ten", change: |portfolio| portfolio.times = 10, expected: tenfold, compared: without_thresholds, ..SAME },
    Case { name: "an invoice paid at once", change: add_paid, compared: only_open, ..SAME },
    Case { name: "two customers become one", change: unite, expected: united, compared: without_ranks, ..SAME },
    Case { name: "another portfolio", beside: || vec![other()], change: merge, expected: sum, compared: only_sums, ..SAME },
];

fn shuffle(portfolio: &mut Portfolio) {
    let random = &mut Random(5);
    portfolio.customers.sort_by_cached_key(|_| random.next());
    for rows in [&mut portfolio.invoices, &mut portfolio.credit_notes, &mut portfolio.payments, &mut portfolio.disputes] {
        rows.sort_by_cached_key(|_| random.next());
    }
}

/// The halves follow each other in the order of ids.
fn split(rows: &mut Vec<Row>, is_split: impl Fn(&Row) -> bool) {
    let halves = |row: Row| {
        if !is_split(&row) {
            return vec![row];
        }
        let half = Row { tens: row.tens / 2, ..row };
        vec![half.clone(), Row { id: format!("{}+", half.id), ..half }]
    };
    *rows = std::mem::take(rows).into_iter().flat_map(halves).collect();
}

fn split_payments(portfolio: &mut Portfolio) {
    split(&mut portfolio.payments, |row| row.tens > 0);
}

/// An invoice that nothing names: what names one half would leave the other.
fn split_invoices(portfolio: &mut Portfolio) {
    let named: BTreeSet<String> = portfolio.clone().rows().map(|row| row.names.clone()).collect();
    split(&mut portfolio.invoices, |row| !named.contains(&row.id));
}

/// Two invoices are two items, and owe the lump sum twice; a half that is paid is no open item.
fn without_counts(told: Told) -> Told {
    let told = told.without_charges().only_kpis(|_, unit| unit != "count");
    let mut told = told.renamed(|_, part| part.trim_end_matches('+').to_owned());
    told.aging.values_mut().for_each(|numbers| numbers[2] = None);
    told.items.values_mut().for_each(|numbers| numbers[..3].fill(None));
    told
}

fn rename(portfolio: &mut Portfolio) {
    portfolio.customers.iter_mut().for_each(|(id, _)| *id = format!("x-{id}"));
    for row in portfolio.rows() {
        row.id = format!("x-{}", row.id);
        row.customer = format!("x-{}", row.customer);
        if !row.names.is_empty() {
            row.names = format!("x-{}", row.names);
        }
    }
}

fn of_renamed(_: usize, part: &str) -> String {
    let is_id = part.len() == 5 && part.starts_with('I');
    if is_id { format!("x-{part}") } else { part.to_owned() }
}

fn shift(portfolio: &mut Portfolio) {
    portfolio.as_of -= FOUR_YEARS;
    portfolio.rows().for_each(|row| row.on -= FOUR_YEARS);
}

/// Months as four years before.
fn earlier(_: usize, part: &str) -> String {
    match part.split_once('-').map(|(year, month)| (year.parse::<i32>(), month)) {
        Some((Ok(year), month)) if year > 2_000 => format!("{}-{month}", year - 4),
        _ => part.to_owned(),
    }
}

/// Four years are no whole number of weeks: other days share one.
fn without_weeks(mut told: Told) -> Told {
    told.kpis.retain(|key, _| key[1] != "expected_week");
    told
}

/// Two customers of France all of whose money settles what it names, so that nothing of the one could settle what the other owes; those with
/// the most payments.
fn pair(portfolio: &Portfolio) -> [String; 2] {
    let settles = |row: &Row| {
        let invoice = portfolio.invoices.iter().find(|invoice| invoice.id == row.names && invoice.on <= row.on);
        let money = portfolio.payments.iter().chain(&portfolio.credit_notes).filter(|money| money.names == row.names);
        invoice.is_some_and(|invoice| money.map(|money| money.tens.abs()).sum::<i64>() <= invoice.tens)
    };
    let payments = |id: &str| portfolio.payments.iter().filter(|row| row.customer == id).count();
    let is_plain = |id: &str| {
        let owes = portfolio.invoices.iter().any(|row| row.customer == id);
        let mut money = portfolio.payments.iter().chain(&portfolio.credit_notes).filter(|row| row.customer == id);
        owes && money.all(|row| settles(row) && !row.id.starts_with('R'))
    };
    let french = portfolio.customers.iter().filter(|(_, country)| *country == "FR").map(|(id, _)| id.clone());
    let mut plain: Vec<String> = french.filter(|id| is_plain(id)).collect();
    plain.sort_by_key(|id| std::cmp::Reverse(payments(id)));
    assert!(plain.len() > 1 && payments(&plain[0]) > 0, "two customers, one of whom pays");
    [plain[0].clone(), plain[1].clone()]
}

fn unite(portfolio: &mut Portfolio) {
    let [one, other] = pair(portfolio);
    portfolio.customers.retain(|(id, _)| *id != other);
    portfolio.rows().filter(|row| row.customer == other).for_each(|row| row.customer.clone_from(&one));
}

/// Every figure stays but the index of concentration, whose sum of squares grows by twice the product of what both owe.
fn united(told: Vec<Told>) -> Told {
    let mut told = same(told);
    let portfolio = Portfolio::drawn(11);
    let open = |customer: &String| -> i128 {
        let is_its = |id: &str| portfolio.invoices.iter().any(|row| row.id == id && row.customer == *customer);
        told.items.iter().filter(|(key, _)| is_its(&key[0])).map(|(_, numbers)| numbers[4].expect("what is open")).sum()
    };
    let [one, other] = pair(&portfolio).each_ref().map(open);
    assert!(one > 0 && other > 0, "both owe something");
    // Cents times cents, as whole units squared with six decimals.
    let more = 2 * one * other * 100;
    let is_about = |key: &[String]| key[3] != "GBP" && ["", "FR", "company"].contains(&key[2].as_str());
    for (_, numbers) in told.kpis.iter_mut().filter(|(key, _)| key[0] == "concentration_hhi" && is_about(key)) {
        let (squares, whole) = (numbers[0].expect("squares") + more, numbers[1].expect("a whole"));
        // On 0 to 10,000, with six decimals, half up.
        *numbers = vec![Some(squares), Some(whole), Some((2 * squares * 10_i128.pow(10) + whole) / (2 * whole))];
    }
    told
}

/// Who is among the largest is another question.
fn without_ranks(told: Told) -> Told {
    told.only_kpis(|kpi, _| kpi != "concentration_top10")
}

/// Shares, days and counts stay; money is ten times as much, and so are both sides of a share.
fn tenfold(told: Vec<Told>) -> Told {
    let mut told = same(told);
    for (key, numbers) in &mut told.kpis {
        let is_money = key[5] == "money";
        let ten = |number: &mut Option<i128>| *number = number.map(|number| number * 10);
        if key[5] != "count" {
            numbers[..2].iter_mut().for_each(ten);
        }
        numbers[2..].iter_mut().filter(|_| is_money).for_each(ten);
    }
    told.aging.values_mut().for_each(|numbers| numbers[..2].iter_mut().for_each(|number| *number = number.map(|number| number * 10)));
    for set in [&mut told.items, &mut told.penalties] {
        set.values_mut().flatten().for_each(|number| *number = number.map(|number| number * 10));
    }
    told
}

/// Without lump sums, which stay, squares of money, and what is rounded of a share.
fn without_thresholds(told: Told) -> Told {
    let mut told = told.without_charges().only_kpis(|kpi, _| !kpi.starts_with("expected"));
    told.kpis.iter_mut().filter(|(key, _)| key[0] == "concentration_hhi").for_each(|(_, numbers)| numbers[..2].fill(None));
    told
}

/// An invoice of a customer without money on account, which it would have used.
fn add_paid(portfolio: &mut Portfolio) {
    let paid: BTreeSet<&str> = portfolio.payments.iter().chain(&portfolio.credit_notes).map(|row| row.customer.as_str()).collect();
    let debtor = portfolio.invoices.iter().find(|row| !paid.contains(row.customer.as_str())).expect("a debtor who pays nothing");
    let invoice = Row { id: "I9999".to_owned(), on: portfolio.as_of - 80, due: 30, ..debtor.clone() };
    portfolio.payments.push(Row { id: "P9999".to_owned(), names: invoice.id.clone(), due: 0, ..invoice.clone() });
    portfolio.invoices.push(invoice);
}

const OPEN: &[&str] = &[
    "open_balance",
    "overdue_balance",
    "current_balance",
    "disputed_balance",
    "collectible_balance",
    "unallocated_cash",
    "unallocated_credit",
    "open_items",
    "overdue_items",
    "opening_balance",
    "days_beyond_terms_open",
    "dispute_rate",
    "concentration_top10",
    "concentration_hhi",
    "expected_recovery",
    "penalties_accrued",
];

fn only_open(told: Told) -> Told {
    told.only_kpis(|kpi, _| OPEN.contains(&kpi))
}

/// Another portfolio, none of whose ids is in the first.
fn other() -> Portfolio {
    let mut other = Portfolio::drawn(12);
    rename(&mut other);
    other
}

fn merge(portfolio: &mut Portfolio) {
    let other = other();
    portfolio.customers.extend(other.customers);
    portfolio.invoices.extend(other.invoices);
    portfolio.credit_notes.extend(other.credit_notes);
    portfolio.payments.extend(other.payments);
    portfolio.disputes.extend(other.disputes);
}

fn sum(told: Vec<Told>) -> Told {
    let mut sum = Told::default();
    for mut told in told {
        for (sum, more) in sum.sets().into_iter().zip(told.sets()) {
            more.iter().for_each(|(key, numbers)| add(sum.entry(key.clone()).or_default(), numbers));
        }
    }
    sum
}

/// Both sides of shares add up, the shares do not; what goes by the largest debtors or by the mean delay of all does neither.
fn only_sums(told: Told) -> Told {
    let mut told = told.only_kpis(|kpi, _| !kpi.starts_with("concentration") && !kpi.starts_with("expected"));
    for (key, numbers) in &mut told.kpis {
        if key[5] != "money" {
            numbers[2] = None;
        }
    }
    told
}

fn check(case: &Case) {
    let before = Portfolio::drawn(11);
    let mut after = before.clone();
    (case.change)(&mut after);
    assert_ne!(after, before, "{}", case.name);
    let told: Vec<Told> = [before].into_iter().chain((case.beside)()).map(|portfolio| portfolio.told(case.imputation)).collect();
    let (mut expected, mut found) = ((case.compared)((case.expected)(told)), (case.compared)(after.told(case.imputation)));
    for (expected, found) in expected.sets().into_iter().zip(found.sets()) {
        let differing: Vec<_> = expected.keys().chain(found.keys()).filter(|key| expected.get(*key) != found.get(*key)).collect();
        let shown = |key: &&Vec<String>| format!("{key:?}: {:?} expected, {:?} found", expected.get(*key), found.get(*key));
        assert!(differing.is_empty(), "{}\n{}", case.name, differing.iter().map(shown).collect::<Vec<_>>().join("\n"));
        assert!(expected.len() > 20, "{}: there is nothing to compare", case.name);
    }
}

#[test]
fn figures_move_exactly_as_they_must() {
    CASES.iter().for_each(check);
}
