//! The replay: every document of a customer, in the order of its day, from the first to `as_of`.
//!
//! On one day (rulings 25 to 37): invoices enter, or come back once revived; money that waited for one of them meets it, then money on account is tried;
//! credit notes by id; payments by id; after each the money left is put to use; write-offs and sales close the day.
//! A deposit is for its order: it settles the invoices of that, waits for those to come, and settles nothing else.
//! The past is recomputed every night and never patched.

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, apportion};
use crate::night::documents::{CustomerIx, Deposits, ExitKind, Invoice, InvoiceIx, Money, MoneyKind};
use crate::night::ledger::places::Places;
use crate::night::ledger::{Application, ApplicationKind, Item, Ledger};

/// What happens to money that names no invoice, or is left when its invoice is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unallocated {
    /// It settles the oldest open item by due date, issue date and invoice id.
    OldestDueFirst,
    /// It settles the oldest open item of exactly its amount, else the oldest.
    ExactMatchThenOldest,
    /// It settles the items of the oldest due date, in proportion to what each has open (C. civ. 1342-10).
    OldestDueProRata,
    /// It stays on account.
    Keep,
}

/// Stages of a day, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    InvoiceEnters,
    Revival,
    WaitingMoney,
    CreditNote,
    Payment,
    Exit,
}

/// Something that happens on a day: an invoice by its position, or money by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    date: Date,
    stage: Stage,
    /// Position of the invoice or money; both are in order of id within a day.
    at: u32,
}

/// Money and open items of one customer in one currency.
#[derive(Debug, Default)]
struct Account {
    currency: Option<Currency>,
    /// Open items by their rank: due date, issue date, invoice id, sequence.
    open: Places,
    /// Receipts and credit notes with money left, oldest first, counted from the customer's first money.
    on_account: Places,
    /// Deposits with money left, oldest first, counted likewise.
    deposits: Places,
    /// Refunds not yet covered, oldest first, counted likewise.
    refunds: Places,
}

/// Replays the documents of one customer after another.
pub struct Replay<'a> {
    invoices: &'a [Invoice],
    money: &'a [Money],
    deposits: &'a Deposits,
    unallocated: Unallocated,
    ledger: Ledger,
    /// Whether an invoice has been written off or sold so far.
    exited: Vec<bool>,
    /// What was left over of named receipts when their invoice was settled, by money.
    overpaid: Vec<(u32, Amount)>,
    // Scratch of the customer at hand, kept to spare allocations.
    events: Vec<Event>,
    accounts: Vec<Account>,
    /// Number of accounts the customer has; those behind are kept for the next one.
    in_use: usize,
    /// Items of the customer by rank.
    by_rank: Vec<u32>,
    /// Rank of each item of the customer.
    rank: Vec<u32>,
    first_item: u32,
    first_money: u32,
    applications: Vec<Application>,
    /// Where the next application of each item of the customer goes.
    next: Vec<u32>,
}

/// The ledger and the receipts that were larger than what they named.
pub struct Replayed {
    pub ledger: Ledger,
    /// Money document and what was left of it after its invoice was settled.
    pub overpaid: Vec<(u32, Amount)>,
}

/// Replays all customers. `items` are fresh, in order of customer, invoice and sequence, as the invoices point to them.
pub fn replay(invoices: &[Invoice], money: &[Money], deposits: &Deposits, items: Vec<Item>, unallocated: Unallocated) -> Replayed {
    let ledger = Ledger {
        applications: Vec::with_capacity(money.len()),
        application_start: Vec::with_capacity(items.len() + 1),
        left: money.iter().map(|money| money.amount).collect(),
        refunded: vec![Amount::ZERO; money.len()],
        items,
    };
    let mut replay = Replay {
        invoices,
        money,
        deposits,
        unallocated,
        ledger,
        exited: vec![false; invoices.len()],
        overpaid: Vec::new(),
        events: Vec::new(),
        accounts: Vec::new(),
        in_use: 0,
        by_rank: Vec::new(),
        rank: Vec::new(),
        first_item: 0,
        first_money: 0,
        applications: Vec::new(),
        next: Vec::new(),
    };
    replay.all_customers();
    Replayed { ledger: replay.ledger, overpaid: replay.overpaid }
}

impl Replay<'_> {
    fn all_customers(&mut self) {
        let (mut invoice, mut money) = (0, 0);
        while invoice < self.invoices.len() || money < self.money.len() {
            let of_invoice = self.invoices.get(invoice).map(|invoice| invoice.customer);
            let of_money = self.money.get(money).map(|money| money.customer);
            let customer = [of_invoice, of_money].into_iter().flatten().min().unwrap_or(CustomerIx::MAX);
            let invoices_end = invoice + self.invoices[invoice..].iter().take_while(|invoice| invoice.customer == customer).count();
            let money_end = money + self.money[money..].iter().take_while(|money| money.customer == customer).count();
            self.customer(invoice..invoices_end, money..money_end);
            (invoice, money) = (invoices_end, money_end);
        }
        self.ledger.application_start.push(position(self.ledger.applications.len()));
    }

    fn customer(&mut self, invoices: std::ops::Range<usize>, money: std::ops::Range<usize>) {
        self.rank_items(&invoices);
        self.first_money = position(money.start);
        self.list_events(invoices, money);
        self.in_use = 0;
        let events = std::mem::take(&mut self.events);
        for (at, event) in events.iter().enumerate() {
            self.happen(event);
            // Money on account is tried once the day's invoices and the money that waited for them are through.
            let next = events.get(at + 1);
            let entering = event.stage <= Stage::WaitingMoney;
            if entering && next.is_none_or(|next| next.date != event.date || next.stage > Stage::WaitingMoney) {
                self.use_all_accounts(event.date);
            }
        }
        self.events = events;
        self.keep_applications();
    }

    /// Ranks the customer's items by age; the rank is what "oldest" means everywhere below.
    fn rank_items(&mut self, invoices: &std::ops::Range<usize>) {
        let customer = &self.invoices[invoices.clone()];
        let first = customer.first().map_or(0, |invoice| invoice.first_item);
        let end = customer.last().map_or(0, |invoice| invoice.first_item + invoice.items);
        self.first_item = first;
        self.by_rank.clear();
        self.by_rank.extend(first..end);
        let items = &self.ledger.items;
        let age = |item: u32| {
            let item = &items[item as usize];
            (item.due_date, self.invoices[item.invoice as usize].issue_date, item.invoice, item.sequence)
        };
        if !self.by_rank.is_sorted_by_key(|item| age(*item)) {
            self.by_rank.sort_unstable_by_key(|item| age(*item));
        }
        self.rank.clear();
        self.rank.resize(self.by_rank.len(), 0);
        for (rank, item) in (0_u32..).zip(&self.by_rank) {
            self.rank[(*item - first) as usize] = rank;
        }
    }

    fn list_events(&mut self, invoices: std::ops::Range<usize>, money: std::ops::Range<usize>) {
        self.events.clear();
        for at in invoices {
            let invoice = &self.invoices[at];
            self.events.push(Event { date: invoice.issue_date, stage: Stage::InvoiceEnters, at: position(at) });
            if let Some((from, until)) = invoice.absent {
                self.events.push(Event { date: from, stage: Stage::Exit, at: position(at) });
                self.events.push(Event { date: until, stage: Stage::Revival, at: position(at) });
            }
            if let Some(exit) = invoice.exit {
                self.events.push(Event { date: exit.on, stage: Stage::Exit, at: position(at) });
            }
        }
        for at in money {
            let money = &self.money[at];
            let waits_until = money.invoice.map(|invoice| self.invoices[invoice as usize].issue_date).filter(|issued| *issued > money.date);
            let own_stage = if money.kind == MoneyKind::Credit { Stage::CreditNote } else { Stage::Payment };
            let (date, stage) = waits_until.map_or((money.date, own_stage), |issued| (issued, Stage::WaitingMoney));
            self.events.push(Event { date, stage, at: position(at) });
        }
        self.events.sort_unstable();
    }

    fn happen(&mut self, event: &Event) {
        match event.stage {
            Stage::InvoiceEnters => self.invoice_enters(event.at),
            Stage::Revival => self.invoice_comes_back(event.at, event.date),
            Stage::WaitingMoney => self.money_arrives(event.at, event.date),
            Stage::CreditNote | Stage::Payment => {
                self.money_arrives(event.at, event.date);
                let account = self.account(self.money[event.at as usize].currency);
                self.use_account(account, event.date);
            }
            Stage::Exit => self.invoice_exits(event.at, event.date),
        }
    }

    fn invoice_enters(&mut self, invoice: InvoiceIx) {
        let account = self.account(self.invoices[invoice as usize].currency);
        for item in self.items_of(invoice) {
            let rank = self.rank_of(item);
            self.accounts[account].open.insert(rank);
        }
    }

    fn invoice_exits(&mut self, invoice: InvoiceIx, date: Date) {
        self.exited[invoice as usize] = true;
        let exit = self.invoices[invoice as usize].exit.filter(|exit| exit.on == date);
        let kind = match exit.map_or(ExitKind::WrittenOff, |exit| exit.kind) {
            ExitKind::WrittenOff => ApplicationKind::WriteOff,
            ExitKind::Sold => ApplicationKind::Sale,
        };
        let account = self.account(self.invoices[invoice as usize].currency);
        for item in self.items_of(invoice) {
            let open = self.ledger.items[item as usize].open;
            if open.is_positive() {
                let rank = self.rank_of(item);
                self.accounts[account].open.remove(rank);
                self.ledger.items[item as usize].exited = open;
                self.ledger.items[item as usize].open = Amount::ZERO;
                self.applications.push(Application { item, source: u32::MAX, date, kind, amount: open });
            }
        }
    }

    /// What was written off is open again, as it was.
    fn invoice_comes_back(&mut self, invoice: InvoiceIx, date: Date) {
        self.exited[invoice as usize] = false;
        let account = self.account(self.invoices[invoice as usize].currency);
        for item in self.items_of(invoice) {
            let amount = std::mem::replace(&mut self.ledger.items[item as usize].exited, Amount::ZERO);
            if amount.is_positive() {
                let rank = self.rank_of(item);
                self.accounts[account].open.insert(rank);
                self.ledger.items[item as usize].open = amount;
                self.applications.push(Application { item, source: u32::MAX, date, kind: ApplicationKind::Revival, amount });
            }
        }
    }

    /// Named money goes to its invoice first; the rest, and money without a name, goes on account, or waits for its order.
    fn money_arrives(&mut self, at: u32, date: Date) {
        let money = self.money[at as usize];
        let account = self.account(money.currency);
        let named = money.invoice.filter(|invoice| !self.exited[*invoice as usize]);
        if money.amount.is_negative() {
            self.refund(at, named, account, date);
            return;
        }
        if let Some(invoice) = named {
            self.each_item(invoice, false, |replay, item| replay.apply(at, item, account, date));
            if money.kind == MoneyKind::Payment && self.left(at).is_positive() && self.deposits.order_of(at).is_none() {
                self.overpaid.push((at, self.left(at)));
            }
        }
        if self.left(at).is_positive() {
            let is_deposit = self.deposits.order_of(at).is_some();
            let account = &mut self.accounts[account];
            if is_deposit { &mut account.deposits } else { &mut account.on_account }.insert(at - self.first_money);
        }
    }

    /// A refund takes back cash applied to the invoice it names, then nets deposits for the order it names, what is on account, and other
    /// deposits, each oldest first; the rest waits.
    fn refund(&mut self, at: u32, named: Option<InvoiceIx>, account: usize, date: Date) {
        if let Some(invoice) = named {
            self.each_item(invoice, true, |replay, item| replay.take_back(at, item, account, date));
        }
        let order = self.deposits.order_of(at);
        let is_of_order = |money: &u32| self.deposits.order_of(self.first_money + money) == order;
        let Account { on_account, deposits, .. } = &self.accounts[account];
        let own = deposits.iter().filter(|money| order.is_some() && is_of_order(money));
        let netted: Vec<u32> = own.chain(on_account.iter()).chain(deposits.iter()).collect();
        netted.into_iter().for_each(|money| self.net(self.first_money + money, at, account));
        if self.left(at).is_negative() {
            self.accounts[account].refunds.insert(at - self.first_money);
        }
    }

    fn take_back(&mut self, refund: u32, item: u32, account: usize, date: Date) {
        let owed = -self.left(refund);
        let amount = owed.min(self.ledger.items[item as usize].paid);
        if !amount.is_positive() {
            return;
        }
        self.ledger.items[item as usize].paid -= amount;
        self.ledger.items[item as usize].open += amount;
        self.ledger.left[refund as usize] += amount;
        let rank = self.rank_of(item);
        self.accounts[account].open.insert(rank);
        self.applications.push(Application { item, source: refund, date, kind: ApplicationKind::Refund, amount });
    }

    /// Sets money on account against a refund.
    fn net(&mut self, money: u32, refund: u32, account: usize) {
        let amount = self.left(money).min(-self.left(refund));
        if !amount.is_positive() {
            return;
        }
        self.ledger.left[money as usize] -= amount;
        self.ledger.left[refund as usize] += amount;
        self.ledger.refunded[money as usize] += amount;
        if self.left(money).is_zero() {
            let Account { on_account, deposits, .. } = &mut self.accounts[account];
            [on_account, deposits].into_iter().for_each(|places| places.remove(money - self.first_money));
        }
        if self.left(refund).is_zero() {
            self.accounts[account].refunds.remove(refund - self.first_money);
        }
    }

    fn use_all_accounts(&mut self, date: Date) {
        for account in 0..self.in_use {
            self.use_account(account, date);
        }
    }

    /// Puts money on account to use, oldest first: deposits settle what is open of their orders, receipts cover waiting refunds, then the
    /// knob decides about open items.
    fn use_account(&mut self, account: usize, date: Date) {
        if !self.accounts[account].deposits.is_empty() {
            self.settle_orders(account, date);
        }
        self.cover_refunds(account);
        if self.unallocated == Unallocated::Keep || self.accounts[account].open.is_empty() {
            return;
        }
        while let Some(place) = self.accounts[account].on_account.first() {
            let money = self.first_money + place;
            if self.unallocated == Unallocated::OldestDueProRata {
                self.share_out(money, account, date);
            } else {
                self.settle_one_by_one(money, account, date);
            }
            if !self.left(money).is_zero() {
                return;
            }
            self.accounts[account].on_account.remove(place);
        }
    }

    fn settle_orders(&mut self, account: usize, date: Date) {
        let mut next = self.accounts[account].deposits.first();
        while let Some(place) = next {
            let money = self.first_money + place;
            let open = self.accounts[account].open.iter().map(|rank| self.by_rank[rank as usize]);
            let of_order: Vec<u32> = open.filter(|item| self.deposits.are_for(money, self.ledger.items[*item as usize].invoice)).collect();
            of_order.into_iter().for_each(|item| self.apply(money, item, account, date));
            if self.left(money).is_zero() {
                self.accounts[account].deposits.remove(place);
            }
            next = self.accounts[account].deposits.from(place + 1);
        }
    }

    fn settle_one_by_one(&mut self, money: u32, account: usize, date: Date) {
        while let Some(item) = self.next_open_item(money, account) {
            self.apply(money, item, account, date);
            if self.left(money).is_zero() {
                return;
            }
        }
    }

    /// Shares money out among the items of one due date after the other.
    fn share_out(&mut self, money: u32, account: usize, date: Date) {
        while !self.left(money).is_zero() {
            let due = |item: &u32| self.ledger.items[*item as usize].due_date;
            let mut open = self.accounts[account].open.iter().map(|rank| self.by_rank[rank as usize]).peekable();
            let Some(oldest) = open.peek().map(due) else { return };
            let items: Vec<u32> = open.take_while(|item| due(item) == oldest).collect();
            let claims: Vec<Amount> = items.iter().map(|item| self.ledger.items[*item as usize].open).collect();
            for (item, part) in items.into_iter().zip(apportion(self.left(money), &claims)) {
                self.apply_at_most(part, money, item, account, date);
            }
        }
    }

    fn cover_refunds(&mut self, account: usize) {
        while let Some(refund) = self.accounts[account].refunds.first() {
            let is_receipt = |place: &u32| self.money[(self.first_money + place) as usize].kind == MoneyKind::Payment;
            let Some(receipt) = self.accounts[account].on_account.iter().find(is_receipt) else { return };
            self.net(self.first_money + receipt, self.first_money + refund, account);
        }
    }

    /// The item that money on account settles next.
    fn next_open_item(&self, money: u32, account: usize) -> Option<u32> {
        let open = &self.accounts[account].open;
        let item = |rank: u32| self.by_rank[rank as usize];
        let exact = || open.iter().map(item).find(|item| self.ledger.items[*item as usize].open == self.left(money));
        match self.unallocated {
            Unallocated::ExactMatchThenOldest => exact().or_else(|| open.first().map(item)),
            Unallocated::OldestDueFirst | Unallocated::OldestDueProRata | Unallocated::Keep => open.first().map(item),
        }
    }

    /// Sets money against an item, up to what is open.
    fn apply(&mut self, money: u32, item: u32, account: usize, date: Date) {
        self.apply_at_most(self.left(money), money, item, account, date);
    }

    fn apply_at_most(&mut self, most: Amount, money: u32, item: u32, account: usize, date: Date) {
        let document = self.money[money as usize];
        let target = &mut self.ledger.items[item as usize];
        let amount = self.ledger.left[money as usize].min(target.open).min(most);
        if !amount.is_positive() {
            return;
        }
        target.open -= amount;
        let kind = match document.kind {
            MoneyKind::Credit => {
                target.credited += amount;
                ApplicationKind::Credit
            }
            MoneyKind::Payment => {
                target.paid += amount;
                target.last_payment_on = target.last_payment_on.max(Some(document.date));
                ApplicationKind::Cash
            }
        };
        let settled = target.open.is_zero();
        self.ledger.left[money as usize] -= amount;
        self.applications.push(Application { item, source: money, date, kind, amount });
        if settled {
            let rank = self.rank_of(item);
            self.accounts[account].open.remove(rank);
        }
    }

    /// Files the customer's applications by item, in the order in which they happened.
    fn keep_applications(&mut self) {
        let first = self.first_item;
        let place = |application: &Application| (application.item - first) as usize;
        self.next.clear();
        self.next.resize(self.by_rank.len(), 0);
        for application in &self.applications {
            self.next[place(application)] += 1;
        }
        let mut start = position(self.ledger.applications.len());
        for next in &mut self.next {
            self.ledger.application_start.push(start);
            let count = std::mem::replace(next, start);
            start += count;
        }
        // Filled with what is there already, in whatever order, so that each can then be put in its place.
        self.ledger.applications.extend_from_slice(&self.applications);
        for application in &self.applications {
            let next = &mut self.next[place(application)];
            self.ledger.applications[*next as usize] = *application;
            *next += 1;
        }
        self.applications.clear();
    }

    fn account(&mut self, currency: Currency) -> usize {
        let known = self.accounts[..self.in_use].iter().position(|account| account.currency == Some(currency));
        known.unwrap_or_else(|| {
            if self.in_use == self.accounts.len() {
                self.accounts.push(Account::default());
            }
            let account = &mut self.accounts[self.in_use];
            account.currency = Some(currency);
            let Account { open, on_account, deposits, refunds, .. } = account;
            [open, on_account, deposits, refunds].into_iter().for_each(Places::clear);
            self.in_use += 1;
            self.in_use - 1
        })
    }

    /// Does something to each item of an invoice, oldest instalment first, or newest first.
    fn each_item(&mut self, invoice: InvoiceIx, newest_first: bool, mut change: impl FnMut(&mut Self, u32)) {
        let items = self.items_of(invoice);
        if items.len() == 1 {
            change(self, items.start);
            return;
        }
        let mut ranks: Vec<u32> = items.map(|item| self.rank_of(item)).collect();
        ranks.sort_unstable();
        if newest_first {
            ranks.reverse();
        }
        for rank in ranks {
            change(self, self.by_rank[rank as usize]);
        }
    }

    fn items_of(&self, invoice: InvoiceIx) -> std::ops::Range<u32> {
        let invoice = &self.invoices[invoice as usize];
        invoice.first_item..invoice.first_item + invoice.items
    }

    fn rank_of(&self, item: u32) -> u32 {
        self.rank[(item - self.first_item) as usize]
    }

    fn left(&self, money: u32) -> Amount {
        self.ledger.left[money as usize]
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
