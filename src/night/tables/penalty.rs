//! `penalties` and `penalty_totals`.

use crate::base::contract::{invoices, penalties, penalty_totals, waivers as waiver_rows};
use crate::base::date::Date;
use crate::base::day_count::DayCount;
use crate::base::money::{Amount, Currency};
use crate::base::table::{Column, NO_VALUE, Table, Texts};
use crate::base::table_builder::thousandths;
use crate::base::vocabulary::{Coded, NO_CODE};
use crate::night::accruals::{Accruals, Told};
use crate::night::documents::{Invoice, Waiver, of_invoice};
use crate::night::evaluate::Night;
use crate::night::facts::Subject;
use crate::night::memory::VanishedPenalty;
use crate::night::penalties::watermark::Total;
use crate::night::tables::watermarks::Watermarks;

/// Lines, totals and watermarks of a shard, in order of invoice.
pub fn build(subject: &Subject<'_>, night: &Night<'_>, accruals: &Accruals) -> (Table, Table, Watermarks) {
    let names_of = |told: &Told| Names::of(subject, &subject.documents.invoices[told.invoice as usize]);
    let id_bytes = accruals.told.first().map(names_of).map_or((0, 0), |names| (names.invoice_id.len(), names.customer_id.len()));
    let mut lines = Lines::with_room_for(accruals.lines.len() + accruals.told.len(), id_bytes);
    let mut totals = Totals::with_room_for(accruals.told.len(), id_bytes);
    let mut vanished = subject.memory.vanished.iter().filter(|penalty| !penalty.accrued.is_zero()).peekable();
    for told in &accruals.told {
        let names = names_of(told);
        while let Some(penalty) =
            vanished.next_if(|penalty| (&*penalty.customer_id, &*penalty.invoice_id) < (names.customer_id, names.invoice_id))
        {
            totals.take_back(penalty);
        }
        lines.invoice(&names, night, accruals, told);
        if !accruals.waived.is_empty() {
            lines.waivers(&names, subject, night, accruals, told);
        }
        totals.push(names.invoice_id, names.customer_id, names.invoice.currency, &told.total);
        totals.waive(told.accrued.waived, names.invoice.currency);
    }
    vanished.for_each(|penalty| totals.take_back(penalty));
    (lines.finish(), totals.finish(), Watermarks::of(subject, accruals))
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
    /// The codes looked up last, and for what.
    known: Option<((usize, Currency), Codes)>,
}

/// Codes of the texts of all lines under one rule in one currency.
#[derive(Clone, Copy)]
struct Codes {
    currency: u32,
    rule_id: u32,
    interest: u32,
    fixed_charge: u32,
    day_count: u32,
    /// Basis of interest at the rate of the law, at that of the contract, and of the fixed charge.
    law: u32,
    contract: u32,
    charged: u32,
}

/// What one line says of its own.
struct Cells {
    kind: u32,
    from: Date,
    to: Date,
    days: i64,
    base: Amount,
    annual_rate: i64,
    day_count: u32,
    amount: Amount,
    basis: u32,
}

impl Lines {
    /// `id_bytes`: about how many bytes the ids of a line have, of its invoice and of its customer.
    fn with_room_for(rows: usize, id_bytes: (usize, usize)) -> Lines {
        let mut lines = Lines::default();
        for coded in [&mut lines.currency, &mut lines.kind, &mut lines.day_count, &mut lines.rule_id, &mut lines.basis] {
            coded.codes.reserve(rows);
        }
        for values in [&mut lines.days, &mut lines.base_amount, &mut lines.annual_rate, &mut lines.amount] {
            values.reserve(rows);
        }
        lines.from_date.reserve(rows);
        lines.to_date.reserve(rows);
        lines.invoice_id.reserve(rows, rows * id_bytes.0);
        lines.customer_id.reserve(rows, rows * id_bytes.1);
        lines
    }

    fn codes(&mut self, night: &Night<'_>, rule: usize, currency: Currency) -> Codes {
        if let Some((_, codes)) = self.known.filter(|(of, _)| *of == (rule, currency)) {
            return codes;
        }
        let definition = &night.program.penalties[rule];
        let regime = definition.regime.map(|regime| night.schedules[regime].regime);
        let fixed = regime.and_then(|regime| regime.fixed_charge.as_ref());
        let codes = Codes {
            currency: self.currency.code(currency.code().as_bytes()),
            rule_id: self.rule_id.code(definition.rule.id.as_bytes()),
            interest: self.kind.code(b"interest"),
            fixed_charge: self.kind.code(b"fixed_charge"),
            day_count: regime.map_or(NO_CODE, |regime| self.day_count.code(regime.day_count.name().as_bytes())),
            law: regime.map_or(NO_CODE, |regime| self.basis.code(regime.basis.as_bytes())),
            contract: self.basis.code(b"contract"),
            charged: self.basis.code(fixed.map_or(b"law".as_slice(), |fixed| fixed.basis.as_bytes())),
        };
        self.known = Some(((rule, currency), codes));
        codes
    }

    /// The lines of an invoice: those of interest in order of their dates, then the fixed charge. It is a line of its own, because
    /// it arises on one day, on what is owed that day.
    fn invoice(&mut self, names: &Names<'_>, night: &Night<'_>, accruals: &Accruals, told: &Told) {
        let codes = self.codes(night, told.rule, names.invoice.currency);
        let regime = night.program.penalties[told.rule].regime.map(|regime| night.schedules[regime].regime);
        let lines = if regime.is_some() { told.lines.clone() } else { 0..0 };
        let day_count = regime.map_or(DayCount::Actual365Fixed, |regime| regime.day_count);
        for line in &accruals.lines[lines] {
            let cells = Cells {
                kind: codes.interest,
                from: line.from,
                to: line.to,
                days: line.days(day_count),
                base: line.base,
                annual_rate: line.rate.0,
                day_count: codes.day_count,
                amount: line.amount,
                basis: if line.contractual { codes.contract } else { codes.law },
            };
            self.push(names, codes, &cells);
        }
        if let Some(charge) = told.accrued.charge {
            let cells = Cells {
                kind: codes.fixed_charge,
                from: charge.on.plus_days(-1),
                to: charge.on,
                days: 1,
                base: charge.debt,
                annual_rate: NO_VALUE,
                day_count: NO_CODE,
                amount: charge.amount,
                basis: codes.charged,
            };
            self.push(names, codes, &cells);
        }
    }

    /// What was given up of the penalties of an invoice, one line for each waiver: no days, from what there was, by whom and why.
    fn waivers(&mut self, names: &Names<'_>, subject: &Subject<'_>, night: &Night<'_>, accruals: &Accruals, told: &Told) {
        for waived in of_invoice(&accruals.waived, told.invoice, |waived| waived.waiver.invoice) {
            let codes = self.codes(night, told.rule, names.invoice.currency);
            let cells = Cells {
                kind: self.kind.code(b"waiver"),
                from: waived.waiver.on,
                to: waived.waiver.on,
                days: 0,
                base: waived.of,
                annual_rate: NO_VALUE,
                day_count: NO_CODE,
                amount: -waived.amount,
                basis: self.basis.code(origin(subject, &waived.waiver).as_bytes()),
            };
            self.push(names, codes, &cells);
        }
    }

    fn push(&mut self, names: &Names<'_>, codes: Codes, cells: &Cells) {
        let currency = names.invoice.currency;
        self.invoice_id.push(names.invoice_id);
        self.customer_id.push(names.customer_id);
        self.currency.codes.push(codes.currency);
        self.kind.codes.push(cells.kind);
        self.from_date.push(cells.from.0);
        self.to_date.push(cells.to.0);
        self.days.push(cells.days);
        self.base_amount.push(thousandths(cells.base, currency));
        self.annual_rate.push(cells.annual_rate);
        self.day_count.codes.push(cells.day_count);
        self.amount.push(thousandths(cells.amount, currency));
        self.rule_id.codes.push(codes.rule_id);
        self.basis.codes.push(cells.basis);
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

/// `waiver W-17 of A. Dupont: goodwill`.
fn origin(subject: &Subject<'_>, waiver: &Waiver) -> String {
    let table = &subject.shard.waivers;
    let text = |column, before: &str| {
        let written = table.text(column, waiver.row as usize);
        written.map_or(String::new(), |text| format!("{before}{}", String::from_utf8_lossy(text)))
    };
    [text(waiver_rows::WAIVER_ID, "waiver "), text(waiver_rows::AUTHOR, " of "), text(waiver_rows::REASON, ": ")].concat()
}

/// The columns of `penalty_totals`.
#[derive(Default)]
struct Totals {
    invoice_id: Texts,
    customer_id: Texts,
    currency: Coded,
    to_date: Vec<i64>,
    before: Vec<i64>,
    tonight: Vec<i64>,
    is_final: Vec<i8>,
    /// Up to the last row on which something was waived.
    waived: Vec<i64>,
}

impl Totals {
    fn with_room_for(rows: usize, id_bytes: (usize, usize)) -> Totals {
        let mut totals = Totals::default();
        totals.invoice_id.reserve(rows, rows * id_bytes.0);
        totals.customer_id.reserve(rows, rows * id_bytes.1);
        totals.currency.codes.reserve(rows);
        for values in [&mut totals.to_date, &mut totals.before, &mut totals.tonight] {
            values.reserve(rows);
        }
        totals.is_final.reserve(rows);
        totals
    }

    fn push(&mut self, invoice_id: &[u8], customer_id: &[u8], currency: Currency, total: &Total) {
        self.invoice_id.push(invoice_id);
        self.customer_id.push(customer_id);
        self.currency.push(currency.code().as_bytes());
        self.to_date.push(thousandths(total.accrued_to_date, currency));
        self.before.push(thousandths(total.accrued_before, currency));
        self.tonight.push(thousandths(total.accrued_tonight, currency));
        self.is_final.push(i8::from(total.is_final));
    }

    /// What was given up of the last row.
    fn waive(&mut self, waived: Amount, currency: Currency) {
        if !waived.is_zero() {
            self.waived.resize(self.is_final.len() - 1, NO_VALUE);
            self.waived.push(thousandths(waived, currency));
        }
    }

    /// What was told on an invoice that is gone is taken back whole.
    fn take_back(&mut self, penalty: &VanishedPenalty) {
        let accrued = penalty.accrued;
        let total = Total { accrued_to_date: Amount::ZERO, accrued_before: accrued, accrued_tonight: -accrued, is_final: true };
        self.push(&penalty.invoice_id, &penalty.customer_id, penalty.currency, &total);
    }

    fn finish(mut self) -> Table {
        let rows = self.is_final.len();
        let mut columns = vec![Column::Absent; penalty_totals::WIDTH];
        columns[penalty_totals::INVOICE_ID] = Column::Text(self.invoice_id);
        columns[penalty_totals::CUSTOMER_ID] = Column::Text(self.customer_id);
        columns[penalty_totals::CURRENCY] = Column::Coded(self.currency);
        columns[penalty_totals::ACCRUED_TO_DATE] = Column::Money(self.to_date);
        columns[penalty_totals::ACCRUED_BEFORE] = Column::Money(self.before);
        columns[penalty_totals::ACCRUED_TONIGHT] = Column::Money(self.tonight);
        columns[penalty_totals::FINAL] = Column::Flag(self.is_final);
        if !self.waived.is_empty() {
            self.waived.resize(rows, NO_VALUE);
            columns[penalty_totals::WAIVED_TO_DATE] = Column::Money(self.waived);
        }
        Table { columns, source_row: (0_u32..).take(rows).collect(), ..Table::default() }
    }
}
