//! A random portfolio with all that happens to it over the nights: what a ledger, a helpdesk and a collector would have written.
//!
//! Days are counted from the first night, which is day 0. Every row carries the day from which it is known, so that one world serves
//! every night and every subset of nights.

use crate::random::Random;

pub struct Customer {
    pub id: String,
    /// Debtor group by day, oldest first; empty for none.
    pub parents: Vec<(i32, String)>,
    /// Tier by day, oldest first: it decides the policy.
    pub tiers: Vec<(i32, char)>,
    pub has_email: bool,
    pub invoices: Vec<usize>,
}

impl Customer {
    pub fn parent(&self, day: i32) -> &str {
        &last(&self.parents, day).1
    }

    pub fn tier(&self, day: i32) -> char {
        last(&self.tiers, day).1
    }

    /// What caps per group count together.
    pub fn group(&self, day: i32) -> &str {
        if self.parent(day).is_empty() { &self.id } else { self.parent(day) }
    }
}

fn last<T>(by_day: &[(i32, T)], day: i32) -> &(i32, T) {
    by_day.iter().rev().find(|(from, _)| *from <= day).unwrap_or(&by_day[0])
}

pub struct Invoice {
    pub id: String,
    pub customer: usize,
    pub issue: i32,
    /// Due day and cents of each instalment; a plain invoice has one part.
    pub parts: Vec<(i32, i64)>,
    pub written_off: Option<i32>,
    pub money: Vec<Money>,
    pub disputes: Vec<Dispute>,
    pub promises: Vec<Promise>,
    pub holds: Vec<Span>,
}

impl Invoice {
    pub fn amount(&self) -> i64 {
        self.parts.iter().map(|(_, cents)| cents).sum()
    }
}

/// Cash, a reversal (below zero) or a credit note that names its invoice.
pub struct Money {
    pub id: String,
    pub on: i32,
    pub cents: i64,
    pub is_credit: bool,
    pub rejected_on: Option<i32>,
}

pub struct Dispute {
    pub from: i32,
    pub closed: Option<i32>,
    /// Cents contested; `None` for all of it.
    pub part: Option<i64>,
}

/// Made on a day, to pay so many cents by another.
pub struct Promise {
    pub from: i32,
    pub to: i32,
    pub cents: i64,
}

/// From its first day to its last.
#[derive(Clone, Copy)]
pub struct Span {
    pub from: i32,
    pub to: Option<i32>,
}

impl Span {
    pub fn holds(self, day: i32) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

pub struct World {
    pub customers: Vec<Customer>,
    pub invoices: Vec<Invoice>,
    /// Stops of all contact with a customer.
    pub holds: Vec<(usize, Span)>,
    /// Calls and letters that people made by themselves, and calls of customers: customer, day, channel, inbound.
    pub contacts: Vec<(usize, i32, &'static str, bool)>,
}

impl World {
    /// Whether nothing happens to a customer but that its only invoice falls due.
    pub fn is_calm(&self, customer: usize) -> bool {
        let customer = &self.customers[customer];
        let [invoice] = customer.invoices[..] else { return false };
        let invoice = &self.invoices[invoice];
        let is_quiet = invoice.money.is_empty() && invoice.disputes.is_empty() && invoice.promises.is_empty() && invoice.holds.is_empty();
        let is_alone = customer.parents.iter().all(|(_, parent)| parent.is_empty());
        is_quiet && is_alone && invoice.parts.len() == 1 && customer.tiers.len() == 1
    }
}

struct Drawing {
    random: Random,
    nights: i32,
    world: World,
}

impl World {
    /// A portfolio of so many customers over so many nights.
    pub fn draw(seed: u64, customers: usize, nights: i32) -> World {
        let world = World { customers: Vec::new(), invoices: Vec::new(), holds: Vec::new(), contacts: Vec::new() };
        let mut drawing = Drawing { random: Random(seed), nights, world };
        (0..customers).for_each(|at| drawing.customer(at, customers));
        drawing.world
    }
}

impl Drawing {
    fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = usize::try_from(high - low + 1).expect("a range");
        low + i32::try_from(self.random.below(width)).expect("a small number")
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.random.below(of) == 0
    }

    fn group(&mut self, customers: usize) -> String {
        if self.random.below(10) < 6 { String::new() } else { format!("G{:04}", self.random.below(customers / 4 + 1)) }
    }

    fn customer(&mut self, at: usize, customers: usize) {
        let mut parents = vec![(i32::MIN, self.group(customers))];
        if self.one_in(8) {
            parents.push((self.between(5, self.nights), self.group(customers)));
        }
        let mut tiers = vec![(i32::MIN, if self.one_in(2) { 'a' } else { 'b' })];
        for _ in 0..2 {
            if self.one_in(5) {
                let (from, tier) = tiers[tiers.len() - 1];
                let day = self.between(from.max(0) + 1, self.nights.max(from + 2));
                tiers.push((day, if tier == 'a' { 'b' } else { 'a' }));
            }
        }
        let has_email = !self.one_in(5);
        self.world.customers.push(Customer { id: format!("C{at:05}"), parents, tiers, has_email, invoices: Vec::new() });
        let is_calm = self.one_in(4);
        let mut issue = self.between(-120, self.nights / 2);
        for number in 0..if is_calm { 1 } else { 40 } {
            if issue > self.nights {
                break;
            }
            self.invoice(at, number, issue, is_calm);
            issue += self.between(3, 90);
        }
        for _ in 0..self.random.below(3) {
            if is_calm {
                break;
            }
            let from = self.between(-10, self.nights);
            if self.one_in(2) {
                let to = Some(from + self.between(3, 30)).filter(|_| !self.one_in(6));
                self.world.holds.push((at, Span { from, to }));
            } else {
                let (channel, inbound) = (*self.random.pick(&["phone", "letter", "email"]), self.one_in(3));
                self.world.contacts.push((at, from, channel, inbound));
            }
        }
    }

    fn invoice(&mut self, customer: usize, number: usize, issue: i32, is_calm: bool) {
        let cents = if self.one_in(8) { 500 + self.random.below(3_000) } else { 3_000 + self.random.below(400_000) };
        let cents = i64::try_from(cents).expect("cents");
        let due = issue + *self.random.pick(&[7, 14, 30, 45]);
        let count = if is_calm || !self.one_in(6) { 1 } else { 2 + i64::from(self.one_in(2)) };
        let part = cents / count;
        let parts =
            (0..count).map(|at| (due + 20 * i32::try_from(at).expect("few"), if at == 0 { cents - part * (count - 1) } else { part }));
        let invoice = Invoice {
            id: format!("C{customer:05}-{number:02}"),
            customer,
            issue,
            parts: parts.collect(),
            written_off: None,
            money: Vec::new(),
            disputes: Vec::new(),
            promises: Vec::new(),
            holds: Vec::new(),
        };
        self.world.customers[customer].invoices.push(self.world.invoices.len());
        let invoice = if is_calm { invoice } else { self.lived(invoice, due) };
        self.world.invoices.push(invoice);
    }

    /// What happens to an invoice, one thing after the other.
    fn lived(&mut self, mut invoice: Invoice, due: i32) -> Invoice {
        let mut open = invoice.amount();
        let mut day = invoice.issue + self.between(1, 20);
        if self.one_in(3) {
            day = due - 2;
        }
        for number in 0..8 {
            if open == 0 || day > self.nights {
                break;
            }
            let id = format!("{}-{number}", invoice.id);
            let Some(until) = self.event(&mut invoice, &id, &mut open, day) else { break };
            day = until + self.between(1, 45);
        }
        invoice
    }

    /// Something that happens to an invoice on a day, and the day on which it is over; `None` where nothing happens after it.
    fn event(&mut self, invoice: &mut Invoice, id: &str, open: &mut i64, day: i32) -> Option<i32> {
        let part = (*open * i64::from(self.between(5, 70)) / 100).max(1);
        let money = |on, cents, is_credit, rejected_on| Money { id: id.to_owned(), on, cents, is_credit, rejected_on };
        match self.random.below(14) {
            0..=2 => invoice.money.push(money(day, std::mem::take(open), false, None)),
            way @ (3 | 4 | 7) => {
                invoice.money.push(money(day, part, way == 7, None));
                *open -= part;
            }
            5 => {
                let (whole, back) = (self.one_in(2), day + self.between(2, 15));
                invoice.money.push(money(day, if whole { *open } else { part }, false, Some(back)));
                return Some(back);
            }
            6 => {
                let back = day + self.between(2, 20);
                invoice.money.push(money(day, part, false, None));
                invoice.money.push(Money { id: format!("{id}-back"), on: back, cents: -part, is_credit: false, rejected_on: None });
                return Some(back);
            }
            8 | 9 => {
                let closed = day + self.between(3, 40);
                let never = self.one_in(8);
                let contested = Some(part).filter(|_| self.one_in(2));
                invoice.disputes.push(Dispute { from: day, closed: Some(closed).filter(|_| !never), part: contested });
                return Some(closed).filter(|_| !never);
            }
            10 | 11 => {
                let to = day + self.between(3, 20);
                invoice.promises.push(Promise { from: day, to, cents: *open });
                if self.one_in(2) {
                    invoice.money.push(money(to, std::mem::take(open), false, None));
                }
                return Some(to);
            }
            12 => {
                let to = day + self.between(3, 30);
                invoice.holds.push(Span { from: day, to: Some(to) });
                return Some(to);
            }
            _ => {
                if self.one_in(4) {
                    invoice.written_off = Some(day.max(invoice.issue));
                    return None;
                }
            }
        }
        Some(day)
    }
}

/// What is open of one instalment on a day, worked out from the documents alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Number of the instalment, 0 for a plain invoice.
    pub sequence: i64,
    pub due: i32,
    pub open: i64,
    pub collectible: i64,
    pub last_payment: Option<i32>,
}

impl Invoice {
    /// Its open instalments at the end of a day: money takes the oldest first, a reversal gives back to the newest first.
    pub fn open(&self, day: i32) -> Vec<Open> {
        if self.issue > day || self.written_off.is_some_and(|on| on <= day) {
            return Vec::new();
        }
        let mut left: Vec<i64> = self.parts.iter().map(|(_, cents)| *cents).collect();
        let mut cash = vec![0; left.len()];
        let mut last_payment = vec![None; left.len()];
        let mut money: Vec<&Money> = self.money.iter().collect();
        money.retain(|money| money.on <= day && money.rejected_on.is_none_or(|back| back > day));
        money.sort_by_key(|money| (money.on, !money.is_credit, &money.id));
        for money in money {
            let mut rest = money.cents;
            for at in 0..left.len() {
                let takes = rest.clamp(0, left[at]);
                left[at] -= takes;
                rest -= takes;
                if takes > 0 && !money.is_credit {
                    cash[at] += takes;
                    last_payment[at] = Some(money.on);
                }
            }
            for at in (0..left.len()).rev() {
                let back = (-rest).clamp(0, cash[at]);
                cash[at] -= back;
                left[at] += back;
                rest += back;
            }
        }
        let contested = self.disputes.iter().filter(|dispute| dispute.is_open(day));
        let all: i64 = left.iter().sum();
        let mut contested: i64 = contested.map(|dispute| dispute.part.unwrap_or(all)).sum::<i64>().min(all);
        let mut items = Vec::new();
        for (at, (due, _)) in self.parts.iter().enumerate() {
            let disputed = contested.min(left[at]);
            contested -= disputed;
            let sequence = if self.parts.len() == 1 { 0 } else { i64::try_from(at).expect("few") + 1 };
            items.push(Open { sequence, due: *due, open: left[at], collectible: left[at] - disputed, last_payment: last_payment[at] });
        }
        items.retain(|item| item.open > 0);
        items
    }
}

impl Dispute {
    pub fn is_open(&self, day: i32) -> bool {
        self.from <= day && self.closed.is_none_or(|closed| closed > day)
    }
}
