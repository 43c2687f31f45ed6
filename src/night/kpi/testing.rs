//! Small ledgers for tests, written down directly as the replay would leave them.

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::base::recovery::RecoveryCurve;
use crate::night::documents::{Customer, CustomerIx, Exit, ExitKind, Invoice, Money, MoneyKind, Pending, Promise};
use crate::night::fx::Rates;
use crate::night::kpi::{AgingBands, Attempt, Cells, KpiInput, Methods, Posted, PreviousItem, Scope, Treated, TrialInput};
use crate::night::ledger::{Application, ApplicationKind, Item, Ledger};
use crate::night::promise::{self, GRACE_DAYS};
use crate::night::trials::Enrolled;

/// The day a text names.
pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

/// The currency a code names.
pub fn currency(code: &str) -> Currency {
    Currency::parse(code.as_bytes()).unwrap_or_else(|| panic!("{code} is a currency"))
}

/// A shard under construction. Customers are added first to last, and the invoices of one customer before those of the next.
#[derive(Clone)]
pub struct Books {
    pub as_of: Date,
    pub currency: Currency,
    pub customers: Vec<Customer>,
    pub invoices: Vec<Invoice>,
    pub money: Vec<Money>,
    pub left: Vec<Amount>,
    pub items: Vec<Item>,
    pub histories: Vec<Vec<Application>>,
    pub promises: Vec<Promise>,
    pub promise_grace_days: i32,
    /// Penalties accrued, by invoice.
    pub penalties: Vec<Amount>,
    /// Loss rates by aging band.
    pub loss_rates: Vec<Rate>,
    /// Depreciation by aging band.
    pub depreciation_rates: Vec<Rate>,
    /// Tax by invoice.
    pub taxes: Vec<Option<Amount>>,
    /// Who collected the money, document by document.
    pub agencies: Vec<Option<&'static str>>,
    pub pending: Vec<Pending>,
    pub attempts: Vec<Attempt>,
    /// Names of their steps.
    pub steps: Vec<String>,
    /// Who was drawn for trials, in order of trial and customer.
    pub enrolled: Vec<Enrolled>,
    /// Days during which something counts, by trial.
    pub trial_days: Vec<Option<i32>>,
    /// What a contact costs, by channel.
    pub contact_costs: Vec<i64>,
    pub complaints: Vec<(CustomerIx, Date)>,
    /// What customers say of us, millionths.
    pub satisfaction: Vec<Option<i64>>,
    pub posted: Posted,
    pub methods: Methods,
    pub treated: Vec<Treated>,
}

impl Books {
    /// An empty shard in euros.
    pub fn on(as_of: &str) -> Books {
        Books {
            as_of: day(as_of),
            currency: currency("EUR"),
            customers: Vec::new(),
            invoices: Vec::new(),
            money: Vec::new(),
            left: Vec::new(),
            items: Vec::new(),
            histories: Vec::new(),
            promises: Vec::new(),
            promise_grace_days: GRACE_DAYS,
            penalties: Vec::new(),
            loss_rates: Vec::new(),
            depreciation_rates: Vec::new(),
            taxes: Vec::new(),
            agencies: Vec::new(),
            pending: Vec::new(),
            attempts: Vec::new(),
            steps: Vec::new(),
            enrolled: Vec::new(),
            trial_days: Vec::new(),
            contact_costs: Vec::new(),
            complaints: Vec::new(),
            satisfaction: Vec::new(),
            posted: Posted::default(),
            methods: Methods::default(),
            treated: Vec::new(),
        }
    }

    /// A further customer, of this debtor group; what follows is about it.
    pub fn customer(&mut self, group: u32) -> CustomerIx {
        self.customers.push(Customer { row: None, group, customer_type: None, insolvent_since: None, penalty_rate: None });
        self.last_customer()
    }

    /// An invoice of the last customer; gives back its item.
    pub fn invoice(&mut self, issued: Date, due: Date, amount: i64) -> usize {
        self.instalments(issued, &[(due, amount)])
    }

    /// An invoice of the last customer, due in several parts; gives back its first item.
    pub fn instalments(&mut self, issued: Date, parts: &[(Date, i64)]) -> usize {
        let (customer, first) = (self.last_customer(), self.items.len());
        let invoice = u32::try_from(self.invoices.len()).unwrap();
        self.invoices.push(Invoice {
            customer,
            row: invoice,
            issue_date: issued,
            due_date: parts[0].0,
            amount: Amount(parts.iter().map(|(_, amount)| amount).sum()),
            currency: self.currency,
            exit: None,
            absent: None,
            first_item: u32::try_from(first).unwrap(),
            items: u32::try_from(parts.len()).unwrap(),
        });
        for (sequence, (due, amount)) in (0..).zip(parts) {
            self.items.push(open_item(customer, invoice, sequence, *due, Amount(*amount)));
            self.histories.push(Vec::new());
        }
        first
    }

    /// A receipt applied to an item on its value date.
    pub fn receipt(&mut self, item: usize, date: Date, amount: i64) {
        let source = self.document(self.items[item].customer, MoneyKind::Payment, date, amount, 0);
        self.apply(item, source, date, ApplicationKind::Cash, amount);
        self.items[item].paid += Amount(amount);
        self.items[item].open -= Amount(amount);
    }

    /// Cash given back, taken from an item.
    pub fn refund(&mut self, item: usize, date: Date, amount: i64) {
        let source = self.document(self.items[item].customer, MoneyKind::Payment, date, -amount, 0);
        self.apply(item, source, date, ApplicationKind::Refund, amount);
        self.items[item].paid -= Amount(amount);
        self.items[item].open += Amount(amount);
    }

    /// A credit note applied to an item.
    pub fn credit(&mut self, item: usize, date: Date, amount: i64) {
        let source = self.document(self.items[item].customer, MoneyKind::Credit, date, amount, 0);
        self.apply(item, source, date, ApplicationKind::Credit, amount);
        self.items[item].credited += Amount(amount);
        self.items[item].open -= Amount(amount);
    }

    /// Money of the last customer that is wholly on account.
    pub fn on_account(&mut self, kind: MoneyKind, date: Date, amount: i64) -> u32 {
        self.document(self.last_customer(), kind, date, amount, amount)
    }

    /// The one item of an invoice leaves the open items.
    pub fn exit(&mut self, item: usize, on: Date, kind: ExitKind) {
        let open = self.items[item].open;
        let left = if kind == ExitKind::Sold { ApplicationKind::Sale } else { ApplicationKind::WriteOff };
        self.apply(item, u32::MAX, on, left, open.0);
        self.items[item].exited = open;
        self.items[item].open = Amount::ZERO;
        self.invoices[self.items[item].invoice as usize].exit = Some(Exit { on, kind });
    }

    /// A promise of the last customer, about an item's invoice or about the account.
    pub fn promise(&mut self, item: Option<usize>, made: Date, due: Date, amount: i64) {
        self.promises.push(Promise {
            customer: self.last_customer(),
            row: 0,
            invoice: item.map(|at| self.items[at].invoice),
            kind: None,
            promised_on: made,
            due_on: due,
            amount: Amount(amount),
            currency: self.currency,
            confirmed_on: None,
            is_proposal: false,
            cancelled_on: None,
        });
    }

    /// The ledger as the replay would leave it.
    pub fn ledger(&self) -> Ledger {
        let mut application_start = vec![0];
        for history in &self.histories {
            application_start.push(application_start.last().unwrap() + u32::try_from(history.len()).unwrap());
        }
        Ledger {
            items: self.items.clone(),
            applications: self.histories.concat(),
            application_start,
            left: self.left.clone(),
            refunded: vec![Amount::ZERO; self.left.len()],
        }
    }

    /// The sums of the shard, reporting in euros without other rates.
    pub fn cells(&self) -> Cells {
        self.cells_with(&[], &[], &Rates::new(currency("EUR"), []))
    }

    /// The sums of the shard.
    pub fn cells_with(&self, scopes: &[Scope], previous: &[PreviousItem], rates: &Rates) -> Cells {
        self.read(scopes, previous, rates, Cells::of)
    }

    /// Hands the shard to the kernel.
    pub fn read<T>(&self, scopes: &[Scope], previous: &[PreviousItem], rates: &Rates, read: impl FnOnce(&KpiInput) -> T) -> T {
        read(&KpiInput {
            as_of: self.as_of,
            only: None,
            customers: &self.customers,
            invoices: &self.invoices,
            money: &self.money,
            agencies: &self.agencies.iter().map(|agency| agency.map(str::as_bytes)).collect::<Vec<_>>(),
            ledger: &self.ledger(),
            promise_outcomes: &promise::outcomes(&self.promises, &self.money, &self.ledger(), self.as_of, self.promise_grace_days),
            promises: &self.promises,
            promise_grace_days: self.promise_grace_days,
            pending: &self.pending,
            attempts: &self.attempts,
            steps: &self.steps,
            trials: &TrialInput {
                enrolled: &self.enrolled,
                within: &self.trial_days,
                contact_costs: &self.contact_costs,
                complaints: &self.complaints,
            },
            satisfaction: &self.satisfaction,
            posted: &self.posted,
            methods: &self.methods,
            treated: &self.treated,
            penalties: &self.penalties,
            waived: &[],
            previous,
            earlier: None,
            scopes,
            bands: &AgingBands::default(),
            curve: &RecoveryCurve::SEED,
            loss_rates: &self.loss_rates,
            depreciation_rates: &self.depreciation_rates,
            taxes: &self.taxes,
            rates,
        })
    }

    fn last_customer(&self) -> CustomerIx {
        u32::try_from(self.customers.len() - 1).unwrap()
    }

    fn document(&mut self, customer: CustomerIx, kind: MoneyKind, date: Date, amount: i64, left: i64) -> u32 {
        let row = u32::try_from(self.money.len()).unwrap();
        self.money.push(Money { customer, kind, row, date, amount: Amount(amount), currency: self.currency, invoice: None });
        self.left.push(Amount(left));
        row
    }

    fn apply(&mut self, item: usize, source: u32, date: Date, kind: ApplicationKind, amount: i64) {
        let position = u32::try_from(item).unwrap();
        self.histories[item].push(Application { item: position, source, date, kind, amount: Amount(amount) });
    }
}

fn open_item(customer: CustomerIx, invoice: u32, sequence: i64, due_date: Date, amount: Amount) -> Item {
    Item::new(customer, invoice, sequence, due_date, amount)
}
