//! Records of debts at agencies, in the state and out of it.

use super::{PlacementRecord, Position, Recall};
use crate::base::contract::state::{
    AMOUNT, BATCH, CURRENCY, CUSTOMER_ID, DIRECT_FROM, ENDED_ON, ENTERED_ON, FEE_RATE, INVOICE_ID, LINE, MINIMUM_FEE, PLACEMENT, REASON,
    RECALL_BY, RECALLED_ON, RECORD, SEQUENCE, TOLD_AMOUNT, TOLD_COLLECTED, TOLD_CREDITED, TOLD_DEBTOR, TOLD_DISPUTED, TOLD_EXITED,
    TOLD_PAID,
};
use crate::base::money::{Amount, Currency, Rate};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;

/// One record; `None` where a row is not whole.
pub(super) fn read(state: &Table, row: usize) -> Option<PlacementRecord> {
    let text = |column| state.text(column, row).map(|text| String::from_utf8_lossy(text).into_owned());
    let currency = state.text(CURRENCY, row).and_then(Currency::parse)?;
    let money = |column: usize| state.money(column, row).map(|thousandths| Amount(thousandths / currency.thousandths()));
    let reason = || text(REASON).unwrap_or_default();
    let told = [TOLD_AMOUNT, TOLD_PAID, TOLD_COLLECTED, TOLD_CREDITED, TOLD_EXITED, TOLD_DISPUTED];
    let [amount, paid, collected, credited, exited, disputed] = told.map(|column| money(column).unwrap_or(Amount::ZERO));
    let recall = state.date(RECALLED_ON, row).zip(state.date(RECALL_BY, row));
    Some(PlacementRecord {
        customer_id: state.text(CUSTOMER_ID, row)?.to_vec(),
        invoice_id: state.text(INVOICE_ID, row)?.to_vec(),
        sequence: state.whole(SEQUENCE, row).unwrap_or(0),
        placed_on: state.date(ENTERED_ON, row)?,
        agency: text(PLACEMENT)?,
        batch: state.whole(BATCH, row)?,
        line: state.whole(LINE, row)?,
        currency,
        amount: money(AMOUNT)?,
        told: Position { amount, paid, collected, credited, exited, disputed },
        fee_rate: Rate(state.number(FEE_RATE, row).unwrap_or(0)),
        minimum_fee: money(MINIMUM_FEE).unwrap_or(Amount::ZERO),
        direct_from: money(DIRECT_FROM),
        debtor: text(TOLD_DEBTOR).unwrap_or_default(),
        recall: recall.map(|(on, by)| Recall { on, by, reason: reason() }),
        ended: state.date(ENDED_ON, row).map(|on| (on, reason())),
    })
}

/// The state row of a record.
pub fn write(table: &mut TableBuilder, record: &PlacementRecord) {
    table.text(RECORD, b"placement");
    table.text(CUSTOMER_ID, &record.customer_id);
    table.text(INVOICE_ID, &record.invoice_id);
    if record.sequence != 0 {
        table.whole(SEQUENCE, record.sequence);
    }
    table.date(ENTERED_ON, Some(record.placed_on));
    table.text(PLACEMENT, record.agency.as_bytes());
    table.whole(BATCH, record.batch);
    table.whole(LINE, record.line);
    table.text(CURRENCY, record.currency.code().as_bytes());
    let Position { amount, paid, collected, credited, exited, disputed } = record.told;
    for (column, amount) in [
        (AMOUNT, record.amount),
        (TOLD_AMOUNT, amount),
        (TOLD_PAID, paid),
        (TOLD_COLLECTED, collected),
        (TOLD_CREDITED, credited),
        (TOLD_EXITED, exited),
        (TOLD_DISPUTED, disputed),
        (MINIMUM_FEE, record.minimum_fee),
    ] {
        table.money(column, amount, record.currency);
    }
    if let Some(before) = record.direct_from {
        table.money(DIRECT_FROM, before, record.currency);
    }
    table.text(TOLD_DEBTOR, record.debtor.as_bytes());
    table.number(FEE_RATE, record.fee_rate.0);
    if let Some(recall) = &record.recall {
        table.date(RECALLED_ON, Some(recall.on));
        table.date(RECALL_BY, Some(recall.by));
    }
    table.date(ENDED_ON, record.ended.as_ref().map(|(on, _)| *on));
    table.text(REASON, record.reason().unwrap_or_default().as_bytes());
    table.end_row();
}
