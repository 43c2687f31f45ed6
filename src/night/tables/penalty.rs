//! `penalties`, `penalty_totals` and the watermarks of the state.

use crate::base::contract::{invoices, penalties, penalty_totals, state};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::{Column, NO_VALUE, Table, Texts};
use crate::base::table_builder::{TableBuilder, thousandths};
use crate::base::vocabulary::Coded;
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
    let mut lines = Lines::with_room_for(accruals.lines.len() + accruals.told.len());
    let mut totals = TableBuilder::output(&penalty_totals::SPEC);
    let mut vanished = subject.memory.vanished.iter().filter(|penalty| !penalty.accrued.is_zero()).peekable();
    for told in &accruals.told {
        let names = Names::of(subject, &subject.documents.invoices[told.invoice as usize]);
        while let Some(penalty) =
            vanished.next_if(|penalty| (&*penalty.customer_id, &*penalty.invoice_id) < (names.customer_id, names.invoice_id))
        {
            take_back(&mut totals, penalty);
        }
        lines.interest(&names, night, accruals, told);
        lines.charge(&names, night, told);
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

/// The columns of `penalties`. They are filled side by side: there are more of these rows than of any other, and most of what they
/// say is the same for all lines of an invoice.
#[derive(Default)]
struct Lines {
    invoice_id: Texts,
    customer_id: Texts,
    currency: Coded,
    kind: Coded,
    from_date: Vec<i32>,
    to_date: Vec<i32>,
    days: Vec<i64>,
    base_amount: Vec<i64>,
    annual_rate: Vec<i64>,
    day_count: Coded,
    amount: Vec<i64>,
    rule_id: Coded,
    basis: Coded,
}

/// What one line says of its own.
struct Cells<'a> {
    kind: &'a [u8],
    from: Date,
    to: Date,
    base: Amount,
    annual_rate: i64,
    day_count: &'a [u8],
    amount: Amount,
    basis: &'a [u8],
}

impl Lines {
    fn with_room_for(rows: usize) -> Lines {
        let mut lines = Lines::default();
        for coded in [&mut lines.currency, &mut lines.kind, &mut lines.day_count, &mut lines.rule_id, &mut lines.basis] {
            coded.codes.reserve(rows);
        }
        for values in [&mut lines.days, &mut lines.base_amount, &mut lines.annual_rate, &mut lines.amount] {
            values.reserve(rows);
        }
        lines.from_date.reserve(rows);
        lines.to_date.reserve(rows);
        lines.invoice_id.reserve(rows, 0);
        lines.customer_id.reserve(rows, 0);
        lines
    }

    fn push(&mut self, names: &Names<'_>, rule_id: &[u8], cells: &Cells<'_>) {
        let currency = names.invoice.currency;
        self.invoice_id.push(names.invoice_id);
        self.customer_id.push(names.customer_id);
        self.currency.push(currency.code().as_bytes());
        self.kind.push(cells.kind);
        self.from_date.push(cells.from.0);
        self.to_date.push(cells.to.0);
        self.days.push(i64::from(cells.to.days_since(cells.from)));
        self.base_amount.push(thousandths(cells.base, currency));
        self.annual_rate.push(cells.annual_rate);
        self.day_count.push(cells.day_count);
        self.amount.push(thousandths(cells.amount, currency));
        self.rule_id.push(rule_id);
        self.basis.push(cells.basis);
    }

    /// Lines of interest, in order of their dates.
    fn interest(&mut self, names: &Names<'_>, night: &Night<'_>, accruals: &Accruals, told: &Told) {
        let rule = &night.program.penalties[told.rule];
        let Some(schedule) = rule.regime.map(|regime| &night.schedules[regime]) else { return };
        for line in &accruals.lines[told.lines.clone()] {
            let cells = Cells {
                kind: b"interest",
                from: line.from,
                to: line.to,
                base: line.base,
                annual_rate: line.rate.0,
                day_count: schedule.regime.day_count.name().as_bytes(),
                amount: line.amount,
                basis: if line.contractual { b"contract" } else { schedule.regime.basis.as_bytes() },
            };
            self.push(names, rule.rule.id.as_bytes(), &cells);
        }
    }

    /// The fixed charge as a line of its own: it arises on one day, on what is owed that day.
    fn charge(&mut self, names: &Names<'_>, night: &Night<'_>, told: &Told) {
        let rule = &night.program.penalties[told.rule];
        let Some(charge) = told.accrued.charge else { return };
        let fixed = rule.regime.and_then(|regime| night.schedules[regime].regime.fixed_charge.as_ref());
        let cells = Cells {
            kind: b"fixed_charge",
            from: charge.on.plus_days(-1),
            to: charge.on,
            base: charge.debt,
            annual_rate: NO_VALUE,
            day_count: b"",
            amount: charge.amount,
            basis: fixed.map_or(b"law".as_slice(), |fixed| fixed.basis.as_bytes()),
        };
        self.push(names, rule.rule.id.as_bytes(), &cells);
    }

    fn finish(self) -> Table {
        let rows = self.days.len();
        let mut columns = vec![Column::Absent; penalties::WIDTH];
        columns[penalties::INVOICE_ID] = Column::Text(self.invoice_id);
        columns[penalties::CUSTOMER_ID] = Column::Text(self.customer_id);
        columns[penalties::CURRENCY] = Column::Coded(self.currency);
        columns[penalties::KIND] = Column::Coded(self.kind);
        columns[penalties::FROM_DATE] = Column::Date(self.from_date);
        columns[penalties::TO_DATE] = Column::Date(self.to_date);
        columns[penalties::DAYS] = Column::Whole(self.days);
        columns[penalties::BASE_AMOUNT] = Column::Money(self.base_amount);
        columns[penalties::ANNUAL_RATE] = Column::Number(self.annual_rate);
        columns[penalties::DAY_COUNT] = Column::Coded(self.day_count);
        columns[penalties::AMOUNT] = Column::Money(self.amount);
        columns[penalties::RULE_ID] = Column::Coded(self.rule_id);
        columns[penalties::BASIS] = Column::Coded(self.basis);
        Table { columns, source_row: (0_u32..).take(rows).collect(), ..Table::default() }
    }
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
    /// How many there are.
    pub fn count(&self) -> usize {
        self.accrued.len()
    }

    /// Customer and invoice of one.
    pub fn key(&self, at: usize) -> (&[u8], &[u8]) {
        (self.customer_ids.get(at), self.invoice_ids.get(at))
    }

    /// Adds the row of one to the state.
    pub fn append_to(&self, at: usize, table: &mut TableBuilder) {
        let (currency, amount, is_final) = self.accrued[at];
        table.text(state::RECORD, b"penalty");
        table.text(state::CUSTOMER_ID, self.customer_ids.get(at));
        table.text(state::INVOICE_ID, self.invoice_ids.get(at));
        table.text(state::CURRENCY, currency.code().as_bytes());
        table.money(state::AMOUNT, amount, currency);
        table.flag(state::FINAL, is_final);
        table.end_row();
    }
}
