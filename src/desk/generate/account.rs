//! The account of one customer: its invoices and credit notes, each followed from issue to settlement.
//!
//! Nothing dated after `as_of` is written, save what is expected (a pending debit, a promise to come): the ledger is what the books knew that night.

use crate::base::contract::{installments, invoices};
use crate::base::date::Date;
use crate::desk::generate::HISTORY_MONTHS;
use crate::desk::generate::customer::Customer;
use crate::desk::generate::dirt::Dirt;
use crate::desk::generate::layout::Block;
use crate::desk::generate::random::Random;

/// Days after which an unpaid invoice may be written off or sold.
const GIVEN_UP_AFTER: i32 = 240;

/// A customer's account under construction.
pub struct Account<'a> {
    pub customer: Customer,
    pub as_of: Date,
    pub random: &'a mut Random,
    pub dirt: &'a mut Dirt,
    pub block: &'a mut Block,
    /// What a [`Batched`](crate::desk::generate::customer::References::Batched) customer pays on which day, not yet written.
    pub batch: Vec<(Date, i64)>,
}

/// An invoice as the rest of the account needs to know it. Amounts are minor units.
#[derive(Debug, Clone, Copy)]
pub struct Invoice {
    pub number: u64,
    pub issue: Date,
    pub due: Date,
    pub amount: i64,
}

/// A row of `invoices`, before it is written.
#[derive(Debug, Clone)]
pub struct InvoiceRow {
    pub number: Option<u64>,
    pub customer: Option<u64>,
    pub issue: Date,
    pub due: Option<Date>,
    /// Thousandths of a whole unit.
    pub amount: i64,
    pub currency: &'static str,
    pub document_type: &'static str,
    pub original: Option<u64>,
}

/// Why an unpaid invoice is not an open item any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    WrittenOff(Date),
    Sold(Date),
}

impl Account<'_> {
    /// Writes this many documents, numbered from `first`, with everything that follows from them.
    pub fn trade(&mut self, first: u64, documents: u64) {
        let mut issue_days: Vec<Date> = (0..documents).map(|_| self.issue_day()).collect();
        issue_days.sort_unstable();
        let mut spare_number = false;
        for (number, issue) in (first..).zip(&issue_days) {
            // A credit note takes the number after its invoice.
            if std::mem::take(&mut spare_number) {
                continue;
            }
            let invoice = self.invoice(number, *issue);
            let next = Some(number + 1).filter(|next| *next < first + documents);
            spare_number = self.follow(&invoice, next);
        }
        self.pay_batch();
        self.account_events();
    }

    /// Follows an invoice through disputes, credit, payment and reminders; true where `spare_number` went to a credit note.
    fn follow(&mut self, invoice: &Invoice, spare_number: Option<u64>) -> bool {
        let conflict = self.dispute(invoice);
        let kept_back = self.deduct(invoice);
        let credit = spare_number.and_then(|number| self.credit(invoice, number, conflict.credit + kept_back));
        let owed = invoice.amount - credit.unwrap_or(0) - kept_back;
        let settled = if conflict.open || owed <= 0 { None } else { self.settle(invoice, owed, conflict.delay) };
        let unpaid = settled.is_none() && owed > 0;
        if unpaid || settled.is_some_and(|day| day > invoice.due) {
            self.remind(invoice, owed, settled);
        }
        let exit = if unpaid { self.exit(invoice) } else { None };
        self.write_invoice(invoice, exit);
        credit.is_some()
    }

    /// A working day of the history.
    fn issue_day(&mut self) -> Date {
        let first = self.as_of.plus_months(-HISTORY_MONTHS).plus_days(1);
        let day = first.plus_days(self.random.days(0, self.as_of.days_since(first)));
        match day.weekday() {
            6 => day.plus_days(-1),
            7 => day.plus_days(-2),
            _ => day,
        }
    }

    fn invoice(&mut self, number: u64, issue: Date) -> Invoice {
        let amount = self.customer.scale * self.random.between(20, 250) / 100 + self.random.between(1, 99);
        Invoice { number, issue, due: issue.plus_days(self.customer.terms), amount }
    }

    /// Amount credited by a credit note of this number, if there is one: what was conceded, or now and then a commercial gesture.
    fn credit(&mut self, invoice: &Invoice, number: u64, conceded: i64) -> Option<i64> {
        let gesture = self.random.chance(25);
        if conceded == 0 && !gesture {
            return None;
        }
        let amount = if conceded > 0 { conceded } else { (invoice.amount * self.random.between(3, 40) / 100).max(1) };
        let issue = invoice.issue.plus_days(self.random.days(3, 75));
        if issue > self.as_of {
            return None;
        }
        let named = self.random.chance(700);
        let row = InvoiceRow {
            number: Some(number),
            customer: Some(self.customer.number),
            issue,
            due: Some(issue),
            amount: -self.thousandths(amount),
            currency: self.customer.currency.code(),
            document_type: "credit_note",
            original: named.then_some(invoice.number),
        };
        self.write_document(row, -amount, |_, _| {});
        Some(amount.min(invoice.amount))
    }

    fn exit(&mut self, invoice: &Invoice) -> Option<Exit> {
        let age = self.as_of.days_since(invoice.due);
        if age <= GIVEN_UP_AFTER {
            return None;
        }
        let day = invoice.due.plus_days(self.random.days(GIVEN_UP_AFTER, age));
        self.random.weighted(&[(45, None), (40, Some(Exit::WrittenOff(day))), (15, Some(Exit::Sold(day)))])
    }

    fn write_invoice(&mut self, invoice: &Invoice, exit: Option<Exit>) {
        let row = InvoiceRow {
            number: Some(invoice.number),
            customer: Some(self.customer.number),
            issue: invoice.issue,
            due: Some(invoice.due),
            amount: self.thousandths(invoice.amount),
            currency: self.customer.currency.code(),
            document_type: self.random.weighted(&[(900, "invoice"), (90, ""), (6, "deposit"), (4, "advance")]),
            original: None,
        };
        let discounted = self.random.chance(30);
        let discount = self.thousandths(invoice.amount / 50);
        self.write_document(row, invoice.amount, |account, sent| {
            let sheet = &mut account.block.invoices;
            sheet.date(invoices::SENT_ON, sent);
            sheet.date(invoices::DELIVERED_ON, sent.plus_days(1));
            if discounted {
                sheet.date(invoices::DISCOUNT_UNTIL, invoice.issue.plus_days(10));
                sheet.money(invoices::DISCOUNT_AMOUNT, discount);
            }
            match exit {
                Some(Exit::WrittenOff(day)) => sheet.date(invoices::WRITTEN_OFF_ON, day),
                Some(Exit::Sold(day)) => {
                    sheet.date(invoices::SOLD_ON, day);
                    sheet.text(invoices::OWNER, "factor-1");
                }
                None => {}
            }
        });
    }

    /// Writes a row of `invoices`, marred where the ledger is dirty; `rest` sets the cells only some documents have.
    fn write_document(&mut self, mut row: InvoiceRow, amount: i64, rest: impl FnOnce(&mut Self, Date)) {
        let repeat = self.dirt.invoice(&mut row, self.as_of);
        let tax = self.thousandths(amount * self.customer.tax / (100 + self.customer.tax));
        let (order, unit, proof) = (self.random.below(90_000), self.random.pick(&["north", "south", "export"]), self.random.chance(850));
        let sheet = &mut self.block.invoices;
        if let Some(number) = row.number {
            sheet.id(invoices::INVOICE_ID, 'I', number);
        }
        if let Some(customer) = row.customer {
            sheet.id(invoices::CUSTOMER_ID, 'C', customer);
        }
        sheet.date(invoices::ISSUE_DATE, row.issue);
        if let Some(due) = row.due {
            sheet.date(invoices::DUE_DATE, due);
        }
        sheet.money(invoices::AMOUNT, row.amount);
        sheet.text(invoices::CURRENCY, row.currency);
        sheet.text(invoices::DOCUMENT_TYPE, row.document_type);
        if let Some(original) = row.original {
            sheet.id(invoices::ORIGINAL_INVOICE_ID, 'I', original);
        }
        sheet.id(invoices::ORDER_ID, 'O', order);
        sheet.money(invoices::TAX_AMOUNT, tax);
        if proof {
            sheet.id(invoices::PROOF_REF, 'V', order);
        }
        sheet.text(invoices::BUSINESS_UNIT, unit);
        rest(self, row.issue.plus_days(1));
        self.block.invoices.end_row();
        if repeat {
            self.block.invoices.repeat_row();
        }
    }

    /// Splits an invoice into monthly instalments and gives them, the remainder on the first.
    pub fn installments(&mut self, invoice: &Invoice) -> Vec<(Date, i64)> {
        let count = self.random.between(3, 4);
        let part = invoice.amount / count;
        let mut plan = Vec::new();
        for sequence in 1..=count {
            let amount = if sequence == 1 { invoice.amount - part * (count - 1) } else { part };
            let due = invoice.due.plus_months(i32::try_from(sequence).unwrap_or(1) - 1);
            let thousandths = self.thousandths(amount);
            let sheet = &mut self.block.installments;
            sheet.id(installments::INVOICE_ID, 'I', invoice.number);
            sheet.number(installments::SEQUENCE, sequence * 1_000_000);
            sheet.date(installments::DUE_DATE, due);
            sheet.money(installments::AMOUNT, thousandths);
            sheet.end_row();
            plan.push((due, amount));
        }
        plan
    }

    /// Minor units of the customer's currency in thousandths of a whole unit.
    pub fn thousandths(&self, amount: i64) -> i64 {
        amount * self.customer.currency.thousandths()
    }
}
