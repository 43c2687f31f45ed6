//! The tables `kpis`, `aging` and `transitions` of the data contract, each in a total order.

use crate::base::contract::{aging, kpis, transitions};
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::base::table::{Column, NO_DATE, NO_VALUE, Table, Texts};
use crate::error::{Exit, Failure};
use crate::night::kpi::{AgingBands, Cells, Movement, NEW, SETTLED, SOLD, TransitionKey, WRITTEN_OFF};
use crate::portfolio::figures::KpiRow;
use crate::portfolio::ratio::Reason;

/// The rows as the table `kpis`, in their order.
pub fn kpi_table(rows: &[KpiRow]) -> Table {
    let text = |of: fn(&KpiRow) -> &str| texts(rows.iter().map(of));
    let decimal = |of: fn(&KpiRow) -> Option<i128>| Column::Decimal(rows.iter().map(of).map(|value| value.filter(fits)).collect());
    let mut table = empty(kpis::WIDTH, rows.len());
    table.columns[kpis::KPI] = text(|row| row.indicator.kpi);
    table.columns[kpis::SCOPE] = text(|row| &row.scope);
    table.columns[kpis::SCOPE_VALUE] = text(|row| row.scope_value.as_deref().unwrap_or_default());
    table.columns[kpis::CURRENCY] = text(|row| row.basis.currency());
    table.columns[kpis::BASIS] = text(|row| row.basis.name());
    table.columns[kpis::WINDOW_DAYS] =
        Column::Whole(rows.iter().map(|row| row.indicator.window_days.map_or(NO_VALUE, i64::from)).collect());
    table.columns[kpis::NUMERATOR] = decimal(|row| row.indicator.numerator);
    table.columns[kpis::DENOMINATOR] = decimal(|row| row.indicator.denominator);
    table.columns[kpis::VALUE] = decimal(|row| row.indicator.figure.value);
    table.columns[kpis::UNIT] = text(|row| row.indicator.unit.name());
    table.columns[kpis::REASON] = text(reason);
    table
}

/// Open items by scope, value, currency and band, youngest band first; bands without an item are left out.
///
/// # Errors
/// A sum that no `decimal(18,3)` holds.
pub fn aging_table(cells: &Cells, scopes: &[&str], bands: &AgingBands) -> Result<Table, Failure> {
    let by_cell = cells.cells.iter().flat_map(|((part, currency), cell)| {
        cell.aging.iter().enumerate().filter(|(_, band)| band.count > 0).map(move |(at, band)| (part, *currency, bands.name(at), band))
    });
    let rows: Vec<_> = by_cell.collect();
    let mut table = empty(aging::WIDTH, rows.len());
    table.columns[aging::SCOPE] = texts(rows.iter().map(|(part, ..)| scopes.get(usize::from(part.scope)).copied().unwrap_or_default()));
    table.columns[aging::SCOPE_VALUE] = texts(rows.iter().map(|(part, ..)| part.value.as_deref().unwrap_or_default()));
    table.columns[aging::CURRENCY] = texts(rows.iter().map(|(_, currency, ..)| currency.code()));
    table.columns[aging::BUCKET] = texts(rows.iter().map(|(_, _, bucket, _)| *bucket));
    table.columns[aging::COUNT] = Column::Whole(rows.iter().map(|(.., band)| band.count).collect());
    table.columns[aging::AMOUNT] = money(rows.iter().map(|(_, currency, _, band)| (band.amount, *currency)))?;
    table.columns[aging::DISPUTED_AMOUNT] = money(rows.iter().map(|(_, currency, _, band)| (band.disputed, *currency)))?;
    Ok(table)
}

/// Movements by yesterday's band, tonight's band and currency: `new` first, then by age, then the ways out. Those since an earlier night follow.
///
/// # Errors
/// A sum that no `decimal(18,3)` holds.
pub fn transition_table(cells: &Cells, bands: &AgingBands, since: Option<Date>) -> Result<Table, Failure> {
    let in_order = |transitions| {
        let mut rows: Vec<(&TransitionKey, &Movement)> = Vec::from_iter(transitions);
        rows.sort_by_key(|(key, _)| (bucket_order(&key.from, bands), bucket_order(&key.to, bands), key.currency));
        rows
    };
    let mut rows = in_order(&cells.transitions);
    let of_last_night = rows.len();
    rows.extend(in_order(&cells.transitions_since));
    let mut table = empty(transitions::WIDTH, rows.len());
    table.columns[transitions::FROM_BUCKET] = texts(rows.iter().map(|(key, _)| key.from.as_str()));
    table.columns[transitions::TO_BUCKET] = texts(rows.iter().map(|(key, _)| key.to.as_str()));
    table.columns[transitions::CURRENCY] = texts(rows.iter().map(|(key, _)| key.currency.code()));
    table.columns[transitions::COUNT] = Column::Whole(rows.iter().map(|(_, movement)| movement.count).collect());
    table.columns[transitions::AMOUNT] = money(rows.iter().map(|(key, movement)| (movement.amount, key.currency)))?;
    let since = since.map_or(NO_DATE, |since| since.0);
    table.columns[transitions::SINCE] =
        Column::Date((0..rows.len()).map(|row| if row < of_last_night { NO_DATE } else { since }).collect());
    Ok(table)
}

/// Bands of an earlier job file, which tonight's does not know, come after the known ones, by name.
fn bucket_order<'a>(bucket: &'a str, bands: &AgingBands) -> (usize, &'a str) {
    let last = bands.names().len() + 1;
    let ways_out = [SETTLED, WRITTEN_OFF, SOLD];
    let place = if bucket == NEW { Some(0) } else { bands.names().iter().position(|name| name == bucket).map(|at| at + 1) };
    let out = ways_out.iter().position(|name| *name == bucket).map(|at| last + 1 + at);
    (place.or(out).unwrap_or(last), bucket)
}

fn empty(width: usize, rows: usize) -> Table {
    let source_row = (0_u32..).take(rows).collect();
    Table { columns: vec![Column::Absent; width], source_row, ..Table::default() }
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> Column {
    let mut texts = Texts::default();
    values.for_each(|value| texts.push(value.as_bytes()));
    Column::Text(texts)
}

fn reason(row: &KpiRow) -> &str {
    let figure = row.indicator.figure;
    let out_of_range = figure.value.filter(|value| !fits(value)).map(|_| Reason::OutOfRange);
    out_of_range.or(figure.reason).map_or("", Reason::name)
}

/// Whether millionths fit a `decimal(38,6)`.
fn fits(value: &i128) -> bool {
    value.unsigned_abs() < 10_u128.pow(38)
}

fn money(sums: impl Iterator<Item = (i128, Currency)>) -> Result<Column, Failure> {
    sums.map(|(sum, currency)| thousandths(sum, currency)).collect::<Result<Vec<i64>, Failure>>().map(Column::Money)
}

fn thousandths(sum: i128, currency: Currency) -> Result<i64, Failure> {
    let value = sum.checked_mul(i128::from(currency.thousandths())).and_then(|value| i64::try_from(value).ok());
    value.filter(|value| value.unsigned_abs() < 10_u64.pow(18)).ok_or_else(|| {
        let amount = format_amount(sum, currency.digits());
        Failure::new(Exit::Data, format!("the sum of open items {amount} {currency} does not fit the money columns, decimal(18,3)"))
            .remedy("look for amounts in a wrong unit")
    })
}
