//! Rate files: reference series and penalty regimes, each row with its source and who confirmed it.

use std::collections::BTreeSet;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::literal::{MILLION, number};
use crate::rules::forms::rates as forms;
use crate::rules::program::Type;
use crate::rules::rates::{ContractFloor, DayCount, FixedCharge, Fixing, RateBook, RateRow, ReferenceDay, Regime, Series};
use crate::rules::rule_files::RuleFile;
use crate::rules::tables::unique_id;

pub(super) const REFERENCE_DAYS: &[(&str, ReferenceDay)] =
    &[("first_of_half_year", ReferenceDay::FirstOfHalfYear), ("day_before_half_year", ReferenceDay::DayBeforeHalfYear)];
pub(super) const FIXINGS: &[(&str, Fixing)] = &[("floats", Fixing::Floats), ("fixed_at_start", Fixing::FixedAtStart)];
pub(super) const DAY_COUNTS: &[(&str, DayCount)] = &[("ACT/365F", DayCount::Actual365Fixed)];

/// Reads all rate files: series first, because regimes of any file may name them.
pub fn read<'f>(files: impl Iterator<Item = &'f RuleFile>, context: &mut Context<'_>) -> RateBook {
    let mut book = RateBook::default();
    let mut series_ids = BTreeSet::new();
    let mut lost_series = BTreeSet::new();
    let mut regimes: Vec<&Node> = Vec::new();
    for file in files {
        let Some(mut record) = Record::open(&file.body, &forms::RATES, context) else { continue };
        if let Some(node) = record.take("series", context) {
            for item in context.items(node) {
                match series(item, &mut series_ids, context) {
                    Some(series) => book.series.push(series),
                    None => lost_series.extend(item.get("series").and_then(Node::text).map(str::to_owned)),
                }
            }
        }
        regimes.extend(record.take("regimes", context).into_iter().flat_map(|node| context.items(node)));
        record.close(context);
    }
    let mut ids = BTreeSet::new();
    for item in regimes {
        match regime(item, &book.series, &lost_series, &mut ids, context) {
            Some(regime) => book.regimes.push(regime),
            None => context.names.lost.extend(item.get("regime").and_then(Node::text).map(str::to_owned)),
        }
    }
    book
}

fn series(node: &Node, ids: &mut BTreeSet<String>, context: &mut Context<'_>) -> Option<Series> {
    let mut record = Record::open(node, &forms::SERIES, context)?;
    let name = record.need("series", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let known_until = record.need("known_until", context).and_then(|node| context.date(node));
    let rows_node = record.need("rows", context);
    record.close(context);
    let mut rows = Vec::new();
    let mut sound = true;
    for item in context.items(rows_node?) {
        match rate_row(item, context) {
            Some(row) => {
                sound &= follows(rows.last(), &row, item, context);
                rows.push(row);
            }
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    Some(Series { name: name?, rows, known_until: known_until? })
}

/// Whether a row starts after the one before it, and after the end of that one where it has an end.
fn follows(before: Option<&RateRow>, row: &RateRow, node: &Node, context: &mut Context<'_>) -> bool {
    let Some(before) = before else { return true };
    let last_day = before.until.unwrap_or(before.from);
    if row.from > last_day {
        return true;
    }
    let message = format!("this row starts on {}, within or before the row above it", row.from);
    context.findings.push(Diagnostic::error(codes::RATE_ORDER, node.span, message).help("rows stand in order of date and do not overlap"));
    false
}

fn rate_row(node: &Node, context: &mut Context<'_>) -> Option<RateRow> {
    let mut record = Record::open(node, &forms::RATE, context)?;
    if !record.has("from") {
        record.need("from", context);
    }
    let (from, until) = context.period(&mut record);
    let rate = record.need("rate", context).and_then(|node| context.constant(node, &Type::Rate)).map(Rate);
    let source = record.need("source", context).and_then(|node| context.text(node)).map(str::to_owned);
    let confirmed = record.need("confirmed_by", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    Some(RateRow { from: from?, until, rate: rate?, source: source?, confirmed_by: confirmed.filter(|by| by != "none") })
}

fn regime(node: &Node, all: &[Series], lost: &BTreeSet<String>, ids: &mut BTreeSet<String>, context: &mut Context<'_>) -> Option<Regime> {
    let mut record = Record::open(node, &forms::REGIME, context)?;
    let name = record.need("regime", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let series = record.need("series", context).and_then(|node| series_named(node, all, lost, context));
    let reference_day = record.need("reference_day", context).and_then(|node| context.choice(node, "a reference day", REFERENCE_DAYS));
    let margin = record.need("margin", context).and_then(|node| context.constant(node, &Type::Rate)).map(Rate);
    let fixing = record.need("fixing", context).and_then(|node| context.choice(node, "a fixing", FIXINGS));
    let day_count = record.need("day_count", context).and_then(|node| context.choice(node, "a day count", DAY_COUNTS));
    let charge = record.take("fixed_charge", context);
    let fixed_charge = charge.and_then(|node| fixed_charge(node, context));
    let floor = record.take("contract_floor", context);
    let contract_floor = floor.and_then(|node| contract_floor(node, all, lost, context));
    let stops_at_insolvency = record.take("stops_at_insolvency", context).and_then(|node| context.flag(node)).unwrap_or(false);
    let basis = record.need("basis", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    let sound = charge.is_some() == fixed_charge.is_some() && floor.is_some() == contract_floor.is_some();
    let regime = Regime {
        name: name?,
        series: series?,
        reference_day: reference_day?,
        margin: margin?,
        fixing: fixing?,
        day_count: day_count?,
        fixed_charge,
        contract_floor,
        stops_at_insolvency,
        basis: basis?,
    };
    sound.then_some(regime)
}

fn series_named(node: &Node, all: &[Series], lost: &BTreeSet<String>, context: &mut Context<'_>) -> Option<usize> {
    let name = context.text(node)?;
    let position = all.iter().position(|series| series.name == name);
    if position.is_none() && !lost.contains(name) && !context.names.lost.contains(name) {
        let found = Diagnostic::error(codes::UNKNOWN_REGIME, node.span, format!("there is no series \"{name}\""));
        context.findings.push(found.nearest(name, all.iter().map(|series| series.name.as_str())));
    }
    position
}

fn contract_floor(node: &Node, all: &[Series], lost: &BTreeSet<String>, context: &mut Context<'_>) -> Option<ContractFloor> {
    let mut record = Record::open(node, &forms::FLOOR, context)?;
    let series = record.need("series", context).and_then(|node| series_named(node, all, lost, context));
    let times = record.need("times", context).and_then(|node| context.whole(node));
    record.close(context);
    Some(ContractFloor { series: series?, times: i64::from(times?) })
}

fn fixed_charge(node: &Node, context: &mut Context<'_>) -> Option<FixedCharge> {
    let mut record = Record::open(node, &forms::CHARGE, context)?;
    let currency = record.need("currency", context).and_then(|node| currency(node, context));
    let bands_node = record.need("bands", context);
    let due_from: Option<Option<Date>> = record.take("due_from", context).map(|node| context.date(node));
    let basis = record.need("basis", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    let currency = currency?;
    let bands = bands(bands_node?, currency, context)?;
    Some(FixedCharge { currency, bands, due_from: due_from.flatten(), basis: basis? })
}

fn currency(node: &Node, context: &mut Context<'_>) -> Option<Currency> {
    let code = context.text(node)?;
    let currency = Currency::parse(code.as_bytes());
    if currency.is_none() {
        context.error(codes::UNKNOWN_UNIT, node.span, format!("there is no currency \"{code}\""));
    }
    currency
}

/// Least debts in rising order, the first of them zero, each with its charge.
fn bands(node: &Node, currency: Currency, context: &mut Context<'_>) -> Option<Vec<(Amount, Amount)>> {
    let mut bands: Vec<(Amount, Amount)> = Vec::new();
    for item in context.items(node) {
        let mut record = Record::open(item, &forms::BAND, context)?;
        let from = record.need("from", context).and_then(|node| amount(node, currency, context));
        let charge = record.need("charge", context).and_then(|node| amount(node, currency, context));
        record.close(context);
        let (from, charge) = (from?, charge?);
        let in_order = bands.last().map_or(from == Amount::ZERO, |(before, _)| *before < from);
        if !in_order {
            let found = Diagnostic::error(codes::RATE_ORDER, item.span, "bands start at zero and rise");
            context.findings.push(found.help("the first band is {from: 0, charge: …}"));
            return None;
        }
        bands.push((from, charge));
    }
    if bands.is_empty() {
        context.error(codes::EMPTY_VALUE, node.span, "a fixed charge needs at least one band");
        return None;
    }
    Some(bands)
}

/// An amount of the charge's own currency: `40 GBP`, or a bare number.
fn amount(node: &Node, currency: Currency, context: &mut Context<'_>) -> Option<Amount> {
    let text = context.text(node)?;
    let (digits, unit) = text.split_once(' ').unwrap_or((text, currency.code()));
    if unit.trim() != currency.code() {
        context.error(codes::OTHER_CURRENCY, node.span, format!("this charge is in {currency}"));
        return None;
    }
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_' || byte == b'.');
    if !plain {
        context.error(codes::NUMBER_FORM, node.span, format!("\"{text}\" is not an amount"));
        return None;
    }
    let millionths = number(digits, node.span).map_err(|finding| context.findings.push(*finding)).ok()?;
    let scaled = i128::from(millionths) * i128::from(currency.unit());
    let minor = i64::try_from(scaled / i128::from(MILLION)).ok().filter(|_| scaled % i128::from(MILLION) == 0);
    if minor.is_none() {
        context.error(codes::NUMBER_FORM, node.span, format!("{currency} has {} decimals, this amount has more", currency.digits()));
    }
    minor.map(Amount)
}
