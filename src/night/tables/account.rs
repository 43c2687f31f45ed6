//! `unallocated`: payments and credit notes with money left, and refunds not yet covered.

use crate::base::contract::payments;
use crate::base::contract::unallocated::{AMOUNT_LEFT, CURRENCY, CUSTOMER_ID, DATE, DEPOSIT_FOR, KIND, SOURCE_ID, SPEC};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::documents::{Money, MoneyKind};
use crate::night::facts::Subject;
use crate::night::normalise::documents::money_id;

/// The rows of a shard, in order of customer and source id.
pub fn unallocated(subject: &Subject<'_>) -> Table {
    let documents = subject.documents;
    let mut left: Vec<usize> = (0..documents.money.len()).filter(|at| !subject.ledger.left[*at].is_zero()).collect();
    let key = |at: usize| {
        let money = &documents.money[at];
        (money.customer, money_id(subject.shard, money), money.kind)
    };
    left.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)));
    let mut table = TableBuilder::output(&SPEC);
    for at in left {
        let money: &Money = &documents.money[at];
        table.text(CUSTOMER_ID, documents.customer_ids[money.customer as usize]);
        table.text(SOURCE_ID, money_id(subject.shard, money));
        table.text(KIND, if money.kind == MoneyKind::Credit { b"credit_note" } else { b"payment" });
        table.date(DATE, Some(money.date));
        table.text(CURRENCY, money.currency.code().as_bytes());
        table.money(AMOUNT_LEFT, subject.ledger.left[at], money.currency);
        if money.kind == MoneyKind::Payment {
            let order = subject.shard.payments.text(payments::DEPOSIT_FOR, money.row as usize);
            table.text(DEPOSIT_FOR, order.unwrap_or_default());
        }
        table.end_row();
    }
    table.finish()
}
