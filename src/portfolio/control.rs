//! Control of the ledger: the three identities of every account, on two paths.
//!
//! First path: what the replay says of each item (paid, credited, exited). Second path: the applications, added up again one by one.
//! An account is a customer in a currency. Nothing is published after a break.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::night::documents::{CustomerIx, ExitKind, Invoice, Money, MoneyKind};
use crate::night::kpi::Additive;
use crate::night::ledger::{Application, ApplicationKind, Item, Ledger};

/// The documents and the ledger of one shard.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// Number of customers.
    pub customers: u32,
    /// In order of customer.
    pub invoices: &'a [Invoice],
    /// In order of customer, as [`Ledger::left`].
    pub money: &'a [Money],
    pub ledger: &'a Ledger,
}

/// Both sides of the identities, minor units. Credit notes are positive, refunds negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    pub invoiced: i128,
    pub open: i128,
    pub written_off: i128,
    pub sold: i128,
    pub credit_notes: i128,
    pub credits_applied: i128,
    pub credits_left: i128,
    /// Refunds paid out of credit notes.
    pub credits_refunded: i128,
    /// Settled payments.
    pub cash: i128,
    pub cash_applied: i128,
    pub cash_left: i128,
}

/// The three identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Invoices, less what was applied and what left, are what is open.
    Invoices,
    /// Credit notes were applied, are left, or were refunded.
    Credits,
    /// Settled cash was applied or is left; refunds out of credit notes are cash that met no invoice.
    Cash,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Identity::Invoices => "invoices - credits applied - cash applied - written off - sold = amount open",
            Identity::Credits => "credit notes = credits applied + credits left + credits refunded",
            Identity::Cash => "settled cash = cash applied + cash left - credits refunded",
        })
    }
}

/// Which path of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// What the items say.
    Items,
    /// The applications added up.
    Applications,
}

/// The first account in which an identity does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    pub customer: CustomerIx,
    pub currency: Currency,
    pub identity: Identity,
    pub path: Path,
    pub left: i128,
    pub right: i128,
}

impl Break {
    /// The failure of the run, naming the account.
    pub fn failure(&self, customer_id: &str) -> Failure {
        let amount = |sum| format_amount(sum, self.currency.digits());
        let path = match self.path {
            Path::Items => "by the items",
            Path::Applications => "by the applications",
        };
        let (identity, currency, left, right) = (self.identity, self.currency, amount(self.left), amount(self.right));
        Failure::new(
            Exit::Data,
            format!("the ledger of customer {customer_id} in {currency} does not balance {path}: {identity}: {left} is not {right}"),
        )
        .remedy("nothing was published; keep the inputs and report this")
    }
}

/// The sides of all accounts, by currency.
pub type Totals = BTreeMap<Currency, Sides>;

/// Checks every account of a shard and adds up its sides.
///
/// # Errors
/// The first account, in order of customer and currency, that breaks an identity.
pub fn check(books: &Books) -> Result<Totals, Break> {
    let mut totals: Vec<(Currency, Sides)> = Vec::new();
    let mut accounts: Vec<(Currency, Account)> = Vec::new();
    let mut reach = Reach::default();
    for customer in 0..books.customers {
        accounts.clear();
        reach.read(customer, books, &mut accounts);
        accounts.sort_unstable_by_key(|(currency, _)| *currency);
        for (currency, account) in &accounts {
            account.check(customer, *currency)?;
            of_currency(&mut totals, *currency).merge(&account.by_items);
        }
    }
    debug_assert_eq!(reach, Reach::of_all(books), "documents and items are in order of customer");
    Ok(totals.into_iter().collect())
}

/// How far the rows of each kind have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Reach {
    invoices: usize,
    items: usize,
    money: usize,
}

impl Reach {
    /// Reads all rows of the next customer into its accounts.
    fn read(&mut self, customer: CustomerIx, books: &Books, accounts: &mut Vec<(Currency, Account)>) {
        while let Some(invoice) = books.invoices.get(self.invoices).filter(|invoice| invoice.customer == customer) {
            let amount = invoice.amount.wide();
            of_currency(accounts, invoice.currency).both(|sides| sides.invoiced += amount);
            self.invoices += 1;
        }
        while let Some(item) = books.ledger.items.get(self.items).filter(|item| item.customer == customer) {
            let invoice = &books.invoices[item.invoice as usize];
            let history = books.ledger.history(u32::try_from(self.items).unwrap_or(u32::MAX));
            of_currency(accounts, invoice.currency).add_item(item, invoice.exit.map(|exit| exit.kind), history);
            self.items += 1;
        }
        while let Some(document) = books.money.get(self.money).filter(|document| document.customer == customer) {
            let (left, refunded) = (books.ledger.left[self.money], books.ledger.refunded[self.money]);
            of_currency(accounts, document.currency).add_money(document, left.wide(), refunded.wide());
            self.money += 1;
        }
    }

    fn of_all(books: &Books) -> Reach {
        Reach { invoices: books.invoices.len(), items: books.ledger.items.len(), money: books.money.len() }
    }
}

/// Adds totals of another shard.
pub fn merge_totals(into: &mut Totals, shard: &Totals) {
    for (currency, sides) in shard {
        into.entry(*currency).or_default().merge(sides);
    }
}

impl Additive for Sides {
    fn merge(&mut self, other: &Sides) {
        self.invoiced += other.invoiced;
        self.open += other.open;
        self.written_off += other.written_off;
        self.sold += other.sold;
        self.credit_notes += other.credit_notes;
        self.credits_applied += other.credits_applied;
        self.credits_left += other.credits_left;
        self.credits_refunded += other.credits_refunded;
        self.cash += other.cash;
        self.cash_applied += other.cash_applied;
        self.cash_left += other.cash_left;
    }
}

impl Sides {
    /// Left and right side of each identity.
    fn identities(&self) -> [(Identity, i128, i128); 3] {
        let invoices = self.invoiced - self.credits_applied - self.cash_applied - self.written_off - self.sold;
        let credits = self.credits_applied + self.credits_left + self.credits_refunded;
        let cash = self.cash_applied + self.cash_left - self.credits_refunded;
        [(Identity::Invoices, invoices, self.open), (Identity::Credits, self.credit_notes, credits), (Identity::Cash, self.cash, cash)]
    }

    fn add_exit(&mut self, kind: Option<ExitKind>, amount: i128) {
        match kind {
            Some(ExitKind::Sold) => self.sold += amount,
            _ => self.written_off += amount,
        }
    }
}

/// One customer in one currency, on both paths.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    by_items: Sides,
    by_applications: Sides,
}

impl Account {
    fn both(&mut self, change: impl Fn(&mut Sides)) {
        change(&mut self.by_items);
        change(&mut self.by_applications);
    }

    fn add_item(&mut self, item: &Item, exit: Option<ExitKind>, history: &[Application]) {
        self.both(|sides| sides.open += item.open.wide());
        self.by_items.cash_applied += item.paid.wide();
        self.by_items.credits_applied += item.credited.wide();
        self.by_items.add_exit(exit, item.exited.wide());
        for application in history {
            self.add_application(application);
        }
    }

    fn add_application(&mut self, application: &Application) {
        let (sides, amount) = (&mut self.by_applications, application.amount.wide());
        match application.kind {
            ApplicationKind::Cash => sides.cash_applied += amount,
            ApplicationKind::Refund => sides.cash_applied -= amount,
            ApplicationKind::Credit => sides.credits_applied += amount,
            ApplicationKind::WriteOff => sides.written_off += amount,
            ApplicationKind::Revival => sides.written_off -= amount,
            ApplicationKind::Sale => sides.sold += amount,
        }
    }

    fn add_money(&mut self, document: &Money, left: i128, refunded: i128) {
        self.both(|sides| match document.kind {
            MoneyKind::Credit => {
                sides.credit_notes += document.amount.wide();
                sides.credits_left += left;
                sides.credits_refunded += refunded;
            }
            MoneyKind::Payment => {
                sides.cash += document.amount.wide();
                sides.cash_left += left;
            }
        });
    }

    fn check(&self, customer: CustomerIx, currency: Currency) -> Result<(), Break> {
        for (path, sides) in [(Path::Items, self.by_items), (Path::Applications, self.by_applications)] {
            if let Some((identity, left, right)) = sides.identities().into_iter().find(|(_, left, right)| left != right) {
                return Err(Break { customer, currency, identity, path, left, right });
            }
        }
        Ok(())
    }
}

/// What is kept for a currency: there are few, so a list is searched from its start.
fn of_currency<T: Default>(list: &mut Vec<(Currency, T)>, currency: Currency) -> &mut T {
    let place = list.iter().position(|(known, _)| *known == currency).unwrap_or_else(|| {
        list.push((currency, T::default()));
        list.len() - 1
    });
    &mut list[place].1
}

/// Compares the accepted payments with what became of them: settled cash, or rejected, reversed or pending.
///
/// # Errors
/// Every currency in which the sums differ.
pub fn check_payments(accepted: &BTreeMap<Currency, i128>, not_cash: &BTreeMap<Currency, i128>, totals: &Totals) -> Result<(), Failure> {
    let currencies = accepted.keys().chain(not_cash.keys()).chain(totals.keys());
    let mut currencies: Vec<Currency> = currencies.copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    let sum_in = |sums: &BTreeMap<Currency, i128>, currency| sums.get(&currency).copied().unwrap_or(0);
    let difference = |currency: Currency| {
        let (whole, set_aside) = (sum_in(accepted, currency), sum_in(not_cash, currency));
        let settled = totals.get(&currency).map_or(0, |sides| sides.cash);
        let text = |sum| format_amount(sum, currency.digits());
        (whole != settled + set_aside).then(|| {
            let (whole, settled, set_aside) = (text(whole), text(settled), text(set_aside));
            format!("payments accepted in {currency} are {whole}, but settled {settled} and rejected, reversed or pending {set_aside}")
        })
    };
    let differences: Vec<String> = currencies.into_iter().filter_map(difference).collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::all(Exit::Data, differences).remedy("nothing was published; keep the inputs and report this"))
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::base::money::Amount;
    use crate::night::kpi::testing::{Books as Shard, currency, day};

    /// Two customers with everything that can happen to an invoice.
    fn shard() -> Shard {
        let mut shard = Shard::on("2026-11-22");
        for group in 0..2 {
            shard.customer(group);
            let issued = day("2026-08-01");
            let paid = shard.invoice(issued, day("2026-08-31"), 100_00);
            shard.receipt(paid, day("2026-09-03"), 100_00);
            shard.refund(paid, day("2026-09-10"), 30_00);
            let credited = shard.instalments(issued, &[(day("2026-08-31"), 40_00), (day("2026-09-30"), 60_00)]);
            shard.credit(credited, day("2026-09-01"), 15_00);
            let lost = shard.invoice(issued, day("2026-08-31"), 7_00);
            shard.exit(lost, day("2026-10-01"), ExitKind::WrittenOff);
            let sold = shard.invoice(issued, day("2026-08-31"), 9_00);
            shard.exit(sold, day("2026-10-01"), ExitKind::Sold);
            shard.on_account(MoneyKind::Payment, day("2026-11-01"), 5_00);
            shard.on_account(MoneyKind::Credit, day("2026-11-01"), 3_00);
        }
        shard
    }

    fn checked(shard: &Shard, spoil: impl Fn(&mut Ledger)) -> Result<Totals, Break> {
        let mut ledger = shard.ledger();
        spoil(&mut ledger);
        check(&Books { customers: 2, invoices: &shard.invoices, money: &shard.money, ledger: &ledger })
    }

    #[test]
    fn a_sound_ledger_balances() {
        let totals = checked(&shard(), |_| {}).unwrap();
        let expected = Sides {
            invoiced: 432_00,
            open: 230_00,
            written_off: 14_00,
            sold: 18_00,
            credit_notes: 36_00,
            credits_applied: 30_00,
            credits_left: 6_00,
            credits_refunded: 0,
            cash: 150_00,
            cash_applied: 140_00,
            cash_left: 10_00,
        };
        assert_eq!(totals, Totals::from([(currency("EUR"), expected)]));
    }

    #[test]
    fn a_refund_out_of_a_credit_note_balances() {
        let mut shard = Shard::on("2026-11-22");
        shard.customer(0);
        shard.on_account(MoneyKind::Credit, day("2026-11-01"), 50_00);
        shard.on_account(MoneyKind::Payment, day("2026-11-02"), -30_00);
        let books = |ledger: &mut Ledger| {
            ledger.left = vec![Amount(20_00), Amount::ZERO];
            ledger.refunded = vec![Amount(30_00), Amount::ZERO];
        };
        let sides = checked_one(&shard, books).unwrap()[&currency("EUR")];
        assert_eq!((sides.cash, sides.credits_left, sides.credits_refunded), (-30_00, 20_00, 30_00));
    }

    fn checked_one(shard: &Shard, spoil: impl Fn(&mut Ledger)) -> Result<Totals, Break> {
        let mut ledger = shard.ledger();
        spoil(&mut ledger);
        check(&Books { customers: 1, invoices: &shard.invoices, money: &shard.money, ledger: &ledger })
    }

    #[test]
    fn one_minor_unit_breaks_the_identity_it_belongs_to() {
        let items_of_second = 5;
        type Spoil = fn(&mut Ledger, usize);
        let cases: [(&str, Spoil, Identity, Path); 5] = [
            ("open", |ledger, at| ledger.items[at].open += Amount(1), Identity::Invoices, Path::Items),
            ("paid", |ledger, at| ledger.items[at].paid += Amount(1), Identity::Invoices, Path::Items),
            ("applied", |ledger, at| ledger.applications[at].amount += Amount(1), Identity::Invoices, Path::Applications),
            ("credit left", |ledger, _| ledger.left[9] += Amount(1), Identity::Credits, Path::Items),
            ("cash left", |ledger, _| ledger.left[8] += Amount(1), Identity::Cash, Path::Items),
        ];
        for (name, spoil, identity, path) in cases {
            let found = checked(&shard(), |ledger| spoil(ledger, items_of_second)).unwrap_err();
            assert_eq!((found.customer, found.identity, found.path), (1, identity, path), "{name}");
            assert_eq!((found.left - found.right).abs(), 1, "{name}");
        }
    }

    #[test]
    fn a_break_names_customer_currency_and_identity() {
        let found = checked(&shard(), |ledger| ledger.items[0].open += Amount(1)).unwrap_err().failure("C-0042");
        assert_eq!(found.exit, Exit::Data);
        assert_eq!(
            found.messages,
            ["the ledger of customer C-0042 in EUR does not balance by the items: \
              invoices - credits applied - cash applied - written off - sold = amount open: 115.00 is not 115.01"]
        );
    }

    #[test]
    fn accepted_payments_are_settled_or_set_aside() {
        let eur = currency("EUR");
        let totals = Totals::from([(eur, Sides { cash: 70_00, ..Sides::default() })]);
        let sums = |amount| BTreeMap::from([(eur, amount)]);
        assert_eq!(check_payments(&sums(90_00), &sums(20_00), &totals), Ok(()));
        assert_eq!(
            check_payments(&sums(90_00), &BTreeMap::new(), &totals).unwrap_err().messages,
            ["payments accepted in EUR are 90.00, but settled 70.00 and rejected, reversed or pending 0.00"]
        );
    }
}
