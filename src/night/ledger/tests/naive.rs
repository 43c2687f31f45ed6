//! Random small histories: the ledger agrees with a replay written from the specification alone, day by day and without any index,
//! the identities hold, and the order of rows changes nothing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// An invoice and its items.
#[derive(Debug)]
struct Bill {
    id: String,
    issue: Date,
    /// Days on which it leaves.
    exits: Vec<Date>,
    back: Option<Date>,
    order: Option<String>,
    entered: bool,
    gone: bool,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    sequence: i64,
    due: Date,
    open: i64,
    paid: i64,
    credited: i64,
    exited: i64,
    last: Option<Date>,
}

/// A credit note, receipt or refund.
#[derive(Debug)]
struct Coin {
    id: String,
    is_payment: bool,
    date: Date,
    left: i64,
    names: Option<usize>,
    /// The order it is for, and for nothing else.
    order: Option<String>,
    on_account: bool,
}

/// One customer in one currency.
struct Account {
    mode: Unallocated,
    today: Date,
    bills: Vec<Bill>,
    /// By date, credit notes first, then id: the order in which money on account is used.
    coins: Vec<Coin>,
    lines: Vec<String>,
}

fn cents(doc: &Doc) -> i64 {
    doc.sum.replace('.', "").parse().expect("a sum with two decimals")
}

fn sum(cents: i64) -> String {
    format_amount(i128::from(cents), 2)
}

impl Account {
    fn of(docs: &[Doc], customer: &str, currency: &str, as_of: Date, mode: Unallocated) -> Account {
        let here = |doc: &&Doc| doc.customer == customer && doc.currency == currency && doc.date.is_some_and(|date| date <= as_of);
        let invoices: Vec<&Doc> = docs.iter().filter(|doc| doc.verb == "INV").filter(here).collect();
        let bills: Vec<Bill> = invoices.iter().map(|invoice| Bill::of(invoice, docs, as_of)).collect();
        let is_cash = |doc: &&Doc| match doc.verb.as_str() {
            "PAY" | "REFUND" | "CN" => true,
            // Rulings 32: cash until the day of the rejection has come.
            "REJECTED" => doc.other_date.is_some_and(|on| on > as_of),
            _ => false,
        };
        let coin = |doc: &Doc| Coin {
            id: doc.id.clone(),
            is_payment: doc.verb != "CN",
            date: doc.date.expect("a date"),
            left: if doc.verb == "REFUND" { -cents(doc) } else { cents(doc) },
            names: doc.names.as_ref().and_then(|name| bills.iter().position(|bill| bill.id == *name)),
            order: doc.order.clone().filter(|_| doc.verb != "CN"),
            on_account: false,
        };
        let mut coins: Vec<Coin> = docs.iter().filter(is_cash).filter(here).map(coin).collect();
        coins.sort_by(|a, b| (a.date, a.is_payment, &a.id).cmp(&(b.date, b.is_payment, &b.id)));
        Account { mode, today: as_of, bills, coins, lines: Vec::new() }
    }

    /// Ruling 25, one day after the other.
    fn replay(mut self, from: Date, as_of: Date) -> Vec<String> {
        let mut today = from;
        while today <= as_of {
            self.today = today;
            let entering: Vec<usize> = (0..self.bills.len()).filter(|at| self.bills[*at].issue == today).collect();
            entering.iter().for_each(|at| self.bills[*at].entered = true);
            for bill in self.bills.iter_mut().filter(|bill| bill.back == Some(today)) {
                bill.gone = false;
                bill.parts.iter_mut().for_each(|part| part.open = std::mem::take(&mut part.exited));
            }
            let waited = |coin: &Coin| coin.date < today && coin.names.is_some_and(|name| entering.contains(&name));
            self.coming(waited).into_iter().for_each(|at| self.arrive(at));
            self.use_account();
            for at in self.coming(|coin| coin.date == today) {
                self.arrive(at);
                self.use_account();
            }
            for bill in self.bills.iter_mut().filter(|bill| bill.exits.contains(&today) && !bill.gone) {
                bill.gone = true;
                for part in &mut bill.parts {
                    part.exited = std::mem::take(&mut part.open);
                }
            }
            today = today.plus_days(1);
        }
        self.tell()
    }

    /// Credit notes first, then by id.
    fn coming(&self, comes: impl Fn(&Coin) -> bool) -> Vec<usize> {
        (0..self.coins.len()).filter(|at| comes(&self.coins[*at])).collect()
    }

    fn arrive(&mut self, at: usize) {
        let name = self.coins[at].names;
        if name.is_some_and(|name| !self.bills[name].entered) {
            return; // ruling 28: it waits
        }
        if let Some(name) = name.filter(|name| !self.bills[*name].gone) {
            let mut parts: Vec<usize> = (0..self.bills[name].parts.len()).collect();
            parts.sort_by_key(|part| (self.bills[name].parts[*part].due, self.bills[name].parts[*part].sequence));
            if self.coins[at].left < 0 {
                parts.sort_by_key(|part| Reverse((self.bills[name].parts[*part].due, self.bills[name].parts[*part].sequence)));
                parts.into_iter().for_each(|part| self.take_back(at, name, part));
            } else {
                parts.into_iter().for_each(|part| self.apply(at, name, part));
            }
        }
        self.coins[at].on_account = true;
        if self.coins[at].left < 0 {
            let order = self.coins[at].order.clone();
            let is_own = |coin: &Coin| coin.order.is_some() && coin.order == order;
            let others = 0..self.coins.len();
            let (own, rest): (Vec<usize>, Vec<usize>) = others.partition(|other| is_own(&self.coins[*other]));
            let (deposits, free): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(|other| self.coins[*other].order.is_some());
            own.into_iter().chain(free).chain(deposits).for_each(|other| self.net(other, at));
        }
    }

    /// Covers a refund from money on account.
    fn net(&mut self, from: usize, refund: usize) {
        let netted = self.coins[from].left.min(-self.coins[refund].left).max(0);
        if self.coins[from].on_account && self.coins[refund].on_account && netted > 0 {
            self.coins[from].left -= netted;
            self.coins[refund].left += netted;
        }
    }

    fn use_account(&mut self) {
        for coin in 0..self.coins.len() {
            if self.coins[coin].order.is_some() && self.coins[coin].on_account && self.coins[coin].left > 0 {
                self.pay_order(coin);
            }
        }
        for coin in (0..self.coins.len()).filter(|coin| self.coins[*coin].order.is_none() || self.coins[*coin].left < 0).collect::<Vec<_>>()
        {
            for refund in 0..self.coins.len() {
                if self.coins[coin].is_payment && self.coins[refund].left < 0 {
                    self.net(coin, refund);
                }
            }
            if self.mode != Unallocated::Keep && self.coins[coin].on_account && self.coins[coin].left > 0 {
                self.pay_oldest(coin);
            }
        }
    }

    /// What is open of the order, the oldest first.
    fn pay_order(&mut self, coin: usize) {
        let is_its = |bill: &usize| self.bills[*bill].entered && self.bills[*bill].order == self.coins[coin].order;
        let parts = |bill: usize| (0..self.bills[bill].parts.len()).map(move |part| (bill, part));
        let mut open: Vec<(usize, usize)> = (0..self.bills.len()).filter(is_its).flat_map(parts).collect();
        open.sort_by(|a, b| self.age(*a).cmp(&self.age(*b)));
        open.into_iter().for_each(|(bill, part)| self.apply(coin, bill, part));
    }

    /// Item after item, each time the one of exactly what is left, else the oldest.
    fn pay_oldest(&mut self, coin: usize) {
        let parts = |bill: usize| (0..self.bills[bill].parts.len()).map(move |part| (bill, part));
        let entered = (0..self.bills.len()).filter(|bill| self.bills[*bill].entered);
        let mut open: Vec<(usize, usize)> = entered.flat_map(parts).collect();
        open.sort_by(|a, b| self.age(*a).cmp(&self.age(*b)));
        loop {
            open.retain(|(bill, part)| self.bills[*bill].parts[*part].open > 0);
            if self.mode == SHARE && self.coins[coin].left > 0 && !open.is_empty() {
                self.pay_together(coin, &open);
                continue;
            }
            let is_exact = |(bill, part): &&(usize, usize)| self.bills[*bill].parts[*part].open == self.coins[coin].left;
            let exact = open.iter().find(is_exact).filter(|_| self.mode == Unallocated::ExactMatchThenOldest);
            match exact.or(open.first()).copied() {
                Some((bill, part)) if self.coins[coin].left > 0 => self.apply(coin, bill, part),
                _ => return,
            }
        }
    }

    /// What the oldest due date gets of the money, to each by its size: whole units first, then one each by largest remainder.
    fn pay_together(&mut self, coin: usize, open: &[(usize, usize)]) {
        let oldest = self.age(open[0]).0;
        let same: Vec<_> = open.iter().copied().filter(|place| self.age(*place).0 == oldest).collect();
        let claim = |(bill, part): (usize, usize)| i128::from(self.bills[bill].parts[part].open);
        let claims: Vec<i128> = same.iter().map(|place| claim(*place)).collect();
        let sum: i128 = claims.iter().sum();
        let paid = i128::from(self.coins[coin].left).min(sum);
        let mut shares: Vec<i128> = claims.iter().map(|claim| claim * paid / sum).collect();
        while shares.iter().sum::<i128>() < paid {
            let missing = |at: &usize| claims[*at] * paid - shares[*at] * sum;
            let next = (0..claims.len()).rev().max_by_key(missing).expect("there is a claim");
            shares[next] += 1;
        }
        for ((bill, part), share) in same.into_iter().zip(shares) {
            self.apply_at_most(i64::try_from(share).expect("small"), coin, bill, part);
        }
    }

    fn age(&self, (bill, part): (usize, usize)) -> (Date, Date, &str, i64) {
        let bill = &self.bills[bill];
        (bill.parts[part].due, bill.issue, &bill.id, bill.parts[part].sequence)
    }

    fn apply(&mut self, coin: usize, bill: usize, part: usize) {
        self.apply_at_most(self.coins[coin].left, coin, bill, part);
    }

    fn apply_at_most(&mut self, most: i64, coin: usize, bill: usize, part: usize) {
        let coin = &mut self.coins[coin];
        let name = self.bills[bill].name(part);
        let part = &mut self.bills[bill].parts[part];
        let amount = coin.left.min(part.open).min(most);
        if amount > 0 {
            coin.left -= amount;
            part.open -= amount;
            if coin.is_payment {
                part.paid += amount;
                part.last = part.last.max(Some(coin.date));
            } else {
                part.credited += amount;
            }
            self.lines.push(format!("APPLIED {} {name} {} {}", coin.id, self.today, sum(amount)));
        }
    }

    fn take_back(&mut self, coin: usize, bill: usize, part: usize) {
        let coin = &mut self.coins[coin];
        let name = self.bills[bill].name(part);
        let part = &mut self.bills[bill].parts[part];
        let amount = part.paid.min(-coin.left);
        if amount > 0 {
            coin.left += amount;
            part.open += amount;
            part.paid -= amount;
            self.lines.push(format!("TOOK {} {name} {} {}", coin.id, self.today, sum(amount)));
        }
    }

    fn tell(mut self) -> Vec<String> {
        for bill in &self.bills {
            for (at, part) in bill.parts.iter().enumerate() {
                let sums = [("OPEN", part.open), ("PAID", part.paid), ("CREDITED", part.credited), ("EXITED", part.exited)];
                let told = sums.iter().filter(|(_, amount)| *amount != 0);
                self.lines.extend(told.map(|(kind, amount)| format!("{kind} {} {}", bill.name(at), sum(*amount))));
                self.lines.extend(part.last.map(|date| format!("LAST {} {date}", bill.name(at))));
            }
        }
        let left = self.coins.iter().filter(|coin| coin.left != 0);
        self.lines.extend(left.map(|coin| format!("LEFT {} {}", coin.id, sum(coin.left))));
        self.lines
    }
}

impl Bill {
    fn of(invoice: &Doc, docs: &[Doc], as_of: Date) -> Bill {
        let of_invoice = |doc: &&Doc| doc.id == invoice.id;
        let part = |sequence: i64, due: Option<Date>, open: i64| {
            let due = due.expect("a due date");
            Part { sequence, due, open, paid: 0, credited: 0, exited: 0, last: None }
        };
        let plan = docs.iter().filter(|doc| doc.verb == "INST").filter(of_invoice);
        let mut parts: Vec<Part> = plan.map(|doc| part(doc.sequence, doc.other_date, cents(doc))).collect();
        if parts.iter().map(|part| part.open).sum::<i64>() != cents(invoice) {
            parts = vec![part(0, invoice.other_date, cents(invoice))]; // ruling 22
        }
        let issue = invoice.date.expect("an issue date");
        let told = |verb: &str| {
            let own = docs.iter().filter(|doc| doc.verb == verb).find(of_invoice).and_then(|doc| doc.date);
            own.filter(|date| *date <= as_of).map(|date| date.max(issue))
        };
        let (written_off, sold) = (told("WRITEOFF"), told("SOLD"));
        // Nobody revives what was sold before, nor before it was written off.
        let back = told("REVIVED").filter(|back| written_off.is_some_and(|from| from < *back) && sold.is_none_or(|sold| *back <= sold));
        let exits = written_off.into_iter().chain(sold).collect();
        Bill { id: invoice.id.clone(), issue, exits, back, order: invoice.order.clone(), entered: false, gone: false, parts }
    }

    fn name(&self, part: usize) -> String {
        match self.parts[part].sequence {
            0 => self.id.clone(),
            sequence => format!("{}/{sequence}", self.id),
        }
    }
}

/// Everything the ledger says, from the specification.
fn naive(docs: &[Doc], as_of: Date, mode: Unallocated) -> Vec<String> {
    let accounts: BTreeSet<(&str, &str)> = docs.iter().map(|doc| (doc.customer.as_str(), doc.currency.as_str())).collect();
    let first = docs.iter().filter_map(|doc| doc.date).min().unwrap_or(as_of);
    accounts.iter().flat_map(|(customer, currency)| Account::of(docs, customer, currency, as_of, mode).replay(first, as_of)).collect()
}

const KINDS: &[&str] = &["OPEN", "PAID", "CREDITED", "EXITED", "LAST", "APPLIED", "TOOK", "LEFT"];

/// Days are few and sums are round, so that ties, exact matches and long days are the rule.
fn date() -> impl Strategy<Value = Date> {
    (0..12_i32).prop_map(|days| day("2026-01-01").plus_days(days))
}

fn invoices() -> impl Strategy<Value = Vec<Doc>> {
    let account = (prop_oneof![4 => Just("C"), 1 => Just("D")], prop_oneof![5 => Just("EUR"), 1 => Just("USD")]);
    let plan = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec((1..4_i64, date()), 2..4)];
    let exit = || prop_oneof![3 => Just(None), 1 => date().prop_map(Some)];
    let exit = (exit(), exit(), exit());
    prop::collection::vec((account, date(), date(), 1..7_i64, plan, exit, (0..9_u8, order())), 1..6).prop_map(|invoices| {
        let mut docs = Vec::new();
        for (at, ((customer, currency), issue, due, tens, plan, exit, (fault, order))) in invoices.into_iter().enumerate() {
            // Ids in another order than the rows.
            let id = format!("A-{}", (at * 7 + 3) % 11);
            let doc = |verb: &str, sum: i64| Doc {
                verb: verb.to_owned(),
                id: id.clone(),
                sum: format!("{sum}0.00"),
                customer: customer.to_owned(),
                currency: currency.to_owned(),
                ..Doc::default()
            };
            let planned: i64 = plan.iter().map(|(tens, _)| tens).sum();
            // One plan in nine does not add up.
            let amount = if plan.is_empty() || fault == 0 { tens } else { planned };
            docs.push(Doc { date: Some(issue), other_date: Some(due), order: order.map(str::to_owned), ..doc("INV", amount) });
            for (sequence, (tens, due)) in (1..).zip(&plan) {
                docs.push(Doc { other_date: Some(*due), sequence, ..doc("INST", *tens) });
            }
            let exits = [("WRITEOFF", exit.0), ("REVIVED", exit.1), ("SOLD", exit.2)];
            docs.extend(exits.iter().filter_map(|(verb, on)| on.map(|on| Doc { date: Some(on), ..doc(verb, 0) })));
        }
        docs
    })
}

/// Account, verb, date, tens, place of the invoice it names, day of a rejection, order.
type Paid = ((&'static str, &'static str), &'static str, Date, i64, Option<usize>, Date, Option<&'static str>);

/// Two invoices in five have an order.
fn order() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![3 => Just(None), 1 => Just(Some("O-1")), 1 => Just(Some("O-2"))]
}

fn money() -> impl Strategy<Value = Vec<Doc>> {
    let account = (prop_oneof![4 => Just("C"), 1 => Just("D")], prop_oneof![5 => Just("EUR"), 1 => Just("USD")]);
    let verb = prop_oneof![5 => Just("PAY"), 2 => Just("CN"), 2 => Just("REFUND"), 1 => Just("REJECTED")];
    // Places 5 and 6 are invoices that do not exist.
    let names = prop_oneof![2 => Just(None), 3 => (0..7_usize).prop_map(Some)];
    let deposit = prop_oneof![4 => Just(None), 1 => Just(Some("O-1")), 1 => Just(Some("O-2")), 1 => Just(Some("O-3"))];
    prop::collection::vec((account, verb, date(), 1..9_i64, names, date(), deposit), 0..9).prop_map(|money| {
        let doc = |(at, ((customer, currency), verb, date, tens, names, rejected_on, order)): (usize, Paid)| Doc {
            verb: String::from(verb),
            id: format!("{}-{}", if verb == "CN" { 'N' } else { 'P' }, (at * 5 + 2) % 11),
            date: Some(date),
            other_date: Some(rejected_on).filter(|_| verb == "REJECTED"),
            sum: format!("{tens}0.00"),
            currency: String::from(currency),
            names: names.map(|place| format!("A-{}", (place * 7 + 3) % 11)),
            customer: String::from(customer),
            order: order.map(String::from).filter(|_| verb != "CN"),
            ..Doc::default()
        };
        money.into_iter().enumerate().map(doc).collect()
    })
}

fn history() -> impl Strategy<Value = Vec<Doc>> {
    (invoices(), money()).prop_map(|(invoices, money)| [invoices, money].concat())
}

fn mode() -> impl Strategy<Value = Unallocated> {
    prop_oneof![Just(OLDEST), Just(EXACT), Just(SHARE), Just(KEEP)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// `ledger` also checks the three identities of every account.
    #[test]
    fn the_ledger_agrees_with_a_replay_written_from_the_specification(docs in history(), mode in mode()) {
        let as_of = day("2026-01-10");
        let told = ledger(&rows(&docs), as_of, mode);
        let expected = naive(&docs, as_of, mode).join("\n");
        agree(&format!("{mode:?}\n{}", rows(&docs)), &expected, &told, KINDS);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_nothing(
        (docs, shuffled) in history().prop_flat_map(|docs| (Just(docs.clone()), Just(docs).prop_shuffle())),
        mode in mode(),
    ) {
        let as_of = day("2026-01-10");
        let mut told = [ledger(&rows(&docs), as_of, mode), ledger(&rows(&shuffled), as_of, mode)];
        told[0].sort();
        told[1].sort();
        prop_assert_eq!(&told[0], &told[1]);
    }
}
