//! `penalties`, `penalty_totals` and the watermarks of the state.

use crate::base::contract::{invoices, penalties, penalty_totals, state};
use crate::base::money::{Amount, Currency};
use crate::base::table::{Table, Texts};
use crate::base::table_builder::TableBuilder;
use crate::night::accruals::{Accruals, Told};
use crate::night::documents::Invoice;
use crate::night::evaluate::Night;
use crate::night::facts::Subject;
use crate::night::memory::VanishedPenalty;

/// What tomorrow must know of penalties, held closely: there is one for every invoice that ever was late.
#[derive(Debug, Clone, Default)]
pub struct Watermarks {
    invoice_ids: Texts,
    customer_ids: Texts,
    /// Currency, amount accrued, and whether nothing can accrue any more.
    accrued: Vec<(Currency, Amount, bool)>,
}

/// Lines, totals and watermarks of a shard, in order of invoice.
pub fn build(subject: &Subject<'_>, night: &Night<'_>, accruals: &Accruals) -> (Table, Table, Watermarks) {
    let mut lines = TableBuilder::new(&penalties::SPEC);
    let mut totals = TableBuilder::new(&penalty_totals::SPEC);
    let mut vanished = subject.memory.vanished.iter().filter(|penalty| !penalty.accrued.is_zero()).peekable();
    for told in &accruals.told {
        let names = Names::of(subject, &subject.documents.invoices[told.invoice as usize]);
        while let Some(penalty) =
            vanished.next_if(|penalty| (&*penalty.customer_id, &*penalty.invoice_id) < (names.customer_id, names.invoice_id))
        {
            take_back(&mut totals, penalty);
        }
        interest(&mut lines, &names, night, accruals, told);
        charge(&mut lines, &names, night, told);
        total(&mut totals, &names, told);
    }
    vanished.for_each(|penalty| take_back(&mut totals, penalty));
    (lines.finish(), totals.finish(), watermarks(subject, accruals))
}

/// What every row says of its invoice.
struct Names<'a> {
    invoice: &'a Invoice,
    invoice_id: &'a [u8],
    customer_id: &'a [u8],
}

impl<'a> Names<'a> {
    fn of(subject: &Subject<'a>, invoice: &'a Invoice) -> Names<'a> {
        let invoice_id = subject.shard.invoices.text(invoices::INVOICE_ID, invoice.row as usize).unwrap_or_default();
        Names { invoice, invoice_id, customer_id: subject.documents.customer_ids[invoice.customer as usize] }
    }
}

fn interest(table: &mut TableBuilder, names: &Names<'_>, night: &Night<'_>, accruals: &Accruals, told: &Told) {
    let rule = &night.program.penalties[told.rule];
    let Some(schedule) = rule.regime.map(|regime| &night.schedules[regime]) else { return };
    for line in &accruals.lines[told.lines.clone()] {
        table.text(penalties::INVOICE_ID, names.invoice_id);
        table.text(penalties::CUSTOMER_ID, names.customer_id);
        table.text(penalties::CURRENCY, names.invoice.currency.code().as_bytes());
        table.text(penalties::KIND, b"interest");
        table.date(penalties::FROM_DATE, Some(line.from));
        table.date(penalties::TO_DATE, Some(line.to));
        table.whole(penalties::DAYS, i64::from(line.days()));
        table.money(penalties::BASE_AMOUNT, line.base, names.invoice.currency);
        table.number(penalties::ANNUAL_RATE, line.rate.0);
        table.text(penalties::DAY_COUNT, schedule.regime.day_count.name().as_bytes());
        table.money(penalties::AMOUNT, line.amount, names.invoice.currency);
        table.text(penalties::RULE_ID, rule.rule.id.as_bytes());
        table.text(penalties::BASIS, if line.contractual { b"contract" } else { schedule.regime.basis.as_bytes() });
        table.end_row();
    }
}

/// The fixed charge as a line of its own: it arises on one day, on what is owed that day.
fn charge(table: &mut TableBuilder, names: &Names<'_>, night: &Night<'_>, told: &Told) {
    let rule = &night.program.penalties[told.rule];
    let Some(charge) = told.accrued.charge else { return };
    let fixed = rule.regime.and_then(|regime| night.schedules[regime].regime.fixed_charge.as_ref());
    table.text(penalties::INVOICE_ID, names.invoice_id);
    table.text(penalties::CUSTOMER_ID, names.customer_id);
    table.text(penalties::CURRENCY, names.invoice.currency.code().as_bytes());
    table.text(penalties::KIND, b"fixed_charge");
    table.date(penalties::FROM_DATE, Some(charge.on.plus_days(-1)));
    table.date(penalties::TO_DATE, Some(charge.on));
    table.whole(penalties::DAYS, 1);
    table.money(penalties::BASE_AMOUNT, charge.debt, names.invoice.currency);
    table.money(penalties::AMOUNT, charge.amount, names.invoice.currency);
    table.text(penalties::RULE_ID, rule.rule.id.as_bytes());
    table.text(penalties::BASIS, fixed.map_or(b"law".as_slice(), |fixed| fixed.basis.as_bytes()));
    table.end_row();
}

fn total(table: &mut TableBuilder, names: &Names<'_>, told: &Told) {
    let currency = names.invoice.currency;
    table.text(penalty_totals::INVOICE_ID, names.invoice_id);
    table.text(penalty_totals::CUSTOMER_ID, names.customer_id);
    table.text(penalty_totals::CURRENCY, currency.code().as_bytes());
    table.money(penalty_totals::ACCRUED_TO_DATE, told.total.accrued_to_date, currency);
    table.money(penalty_totals::ACCRUED_BEFORE, told.total.accrued_before, currency);
    table.money(penalty_totals::ACCRUED_TONIGHT, told.total.accrued_tonight, currency);
    table.flag(penalty_totals::FINAL, told.total.is_final);
    table.end_row();
}

/// What was told on an invoice that is gone is taken back whole.
fn take_back(table: &mut TableBuilder, penalty: &VanishedPenalty) {
    table.text(penalty_totals::INVOICE_ID, &penalty.invoice_id);
    table.text(penalty_totals::CUSTOMER_ID, &penalty.customer_id);
    table.text(penalty_totals::CURRENCY, penalty.currency.code().as_bytes());
    table.money(penalty_totals::ACCRUED_TO_DATE, Amount::ZERO, penalty.currency);
    table.money(penalty_totals::ACCRUED_BEFORE, penalty.accrued, penalty.currency);
    table.money(penalty_totals::ACCRUED_TONIGHT, -penalty.accrued, penalty.currency);
    table.flag(penalty_totals::FINAL, true);
    table.end_row();
}

fn watermarks(subject: &Subject<'_>, accruals: &Accruals) -> Watermarks {
    let mut marks = Watermarks::default();
    for (invoice, amount, is_final) in &accruals.watermarks {
        let names = Names::of(subject, &subject.documents.invoices[*invoice as usize]);
        marks.invoice_ids.push(names.invoice_id);
        marks.customer_ids.push(names.customer_id);
        marks.accrued.push((names.invoice.currency, *amount, *is_final));
    }
    marks
}

impl Watermarks {
    /// Adds one row of the state per watermark.
    pub fn append_to(&self, table: &mut TableBuilder) {
        for (at, (currency, amount, is_final)) in self.accrued.iter().enumerate() {
            table.text(state::RECORD, b"penalty");
            table.text(state::CUSTOMER_ID, self.customer_ids.get(at));
            table.text(state::INVOICE_ID, self.invoice_ids.get(at));
            table.text(state::CURRENCY, currency.code().as_bytes());
            table.money(state::AMOUNT, *amount, *currency);
            table.flag(state::FINAL, *is_final);
            table.end_row();
        }
    }
}
