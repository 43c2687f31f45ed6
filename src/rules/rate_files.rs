//! Rate files: reference series and penalty regimes, each row with its source and who confirmed it.

use std::collections::BTreeSet;

use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::date::Date;
use crate::base::day_count::DAY_COUNTS;
use crate::base::money::{Amount, Currency, Rate, format_amount};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::{Diagnostic, nearest};
use crate::rules::document::Node;
use crate::rules::expr::literal::{MILLION, number};
use crate::rules::forms::rates as forms;
use crate::rules::program::Type;
use crate::rules::rates::{
    ChargeBand, ContractCap, ContractFloor, EarlierMargin, FixedCharge, Fixing, InsolvencyStop, MarginDate, RateBook, RateRow,
    ReferenceDay, Regime, Series, Start,
};
use crate::rules::rule_files::RuleFile;
use crate::rules::shipped;
use crate::rules::sources::Span;
use crate::rules::tables::{IdPlaces, unique_id};

pub(super) const REFERENCE_DAYS: &[(&str, ReferenceDay)] =
    &[("first_of_half_year", ReferenceDay::FirstOfHalfYear), ("day_before_half_year", ReferenceDay::DayBeforeHalfYear)];
pub(super) const FIXINGS: &[(&str, Fixing)] = &[("floats", Fixing::Floats), ("fixed_at_start", Fixing::FixedAtStart)];
pub(super) const STARTS: &[(&str, Start)] =
    &[("due_date", Start::DueDate), ("formal_notice", Start::FormalNotice), ("reminder", Start::Reminder)];
pub(super) const MARGIN_DATES: &[(&str, MarginDate)] = &[("issue_date", MarginDate::IssueDate), ("day", MarginDate::Day)];
pub(super) const INSOLVENCY_STOPS: &[(&str, InsolvencyStop)] =
    &[("day_before", InsolvencyStop::DayBefore), ("same_day", InsolvencyStop::SameDay)];
/// The word for a cap at the statutory rate.
pub(super) const STATUTORY: &str = "statutory";

/// Reads all rate files: series first, because regimes of any file may name them.
pub fn read<'f>(files: impl Iterator<Item = &'f RuleFile>, context: &mut Context<'_>) -> RateBook {
    let mut book = RateBook::default();
    let mut series_ids = IdPlaces::new();
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
    let mut ids = IdPlaces::new();
    for item in regimes {
        match regime(item, &book.series, &lost_series, &mut ids, context) {
            Some(regime) => book.regimes.push(regime),
            None => context.names.lost.extend(item.get("regime").and_then(Node::text).map(str::to_owned)),
        }
    }
    book
}

fn series(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Series> {
    let mut record = Record::open(node, &forms::SERIES, context)?;
    let name = record.need("series", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let known_node = record.need("known_until", context);
    let known_until = known_node.and_then(|node| context.date(node));
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
    let series = Series { name: name?, rows, known_until: known_until? };
    report_missing_row(&series, known_node.map_or(node.span, |node| node.span), context);
    Some(series)
}

/// Rows that must be regular before the next one is missed.
const REGULAR_ROWS: usize = 4;
/// Days by which regular periods differ: quarters and half-years are not of one length.
const PERIODS_DIFFER: i32 = 4;

/// Warns where a series of regular rows is said to be known for longer than one more period: mostly `known_until` was moved without a row.
fn report_missing_row(series: &Series, place: Span, context: &mut Context<'_>) {
    let [.., a, b, c, last] = series.rows.as_slice() else { return };
    let regular: [&RateRow; REGULAR_ROWS] = [a, b, c, last];
    let periods: Vec<i32> = regular.windows(2).map(|pair| pair[1].from.0 - pair[0].from.0).collect();
    let (Some(shortest), Some(longest)) = (periods.iter().min(), periods.iter().max()) else { return };
    let is_regular = longest - shortest <= PERIODS_DIFFER && last.until.is_none();
    if is_regular && series.known_until.0 - last.from.0 > longest + PERIODS_DIFFER {
        let message =
            format!("\"{}\" is said to be known until {}, and its last row is from {}", series.name, series.known_until, last.from);
        let found = Diagnostic::warning(codes::ROW_MISSING, place, message);
        let found = found.note(format!("its rows come every {longest} days or so: the last rate is used for what no row says"));
        context.findings.push(found.help("add the row of the next period, with the same rate where it stayed, or put known_until back"));
    }
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
    let rate = record.need("rate", context).and_then(|node| rate(node, context));
    let source = record.need("source", context).and_then(|node| context.text(node)).map(str::to_owned);
    let read_on = record.need("read_on", context).and_then(|node| context.date(node));
    let confirmed = record.need("confirmed_by", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    Some(RateRow { from: from?, until, rate: rate?, source: source?, read_on: read_on?, confirmed_by: confirmed.filter(|by| by != "none") })
}

fn regime(node: &Node, all: &[Series], lost: &BTreeSet<String>, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Regime> {
    let mut record = Record::open(node, &forms::REGIME, context)?;
    // A part that is written and cannot be read leaves no regime behind: what it would have said is not known.
    let mut sound = true;
    let name = record.need("regime", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let binds = optional(&mut record, "binds", &mut sound, context, kinds_of_customers);
    let contract_only = flag(&mut record, "contract_only", context);
    let reference = reference(&mut record, contract_only, all, lost, context);
    let fixing = record.need("fixing", context).and_then(|node| context.choice(node, "a fixing", FIXINGS));
    let start = optional(&mut record, "starts", &mut sound, context, |node, context| context.choice(node, "a start", STARTS));
    let grace_days = optional(&mut record, "grace_days", &mut sound, context, grace_days);
    let day_count = record.need("day_count", context).and_then(|node| context.choice(node, "a day count", DAY_COUNTS));
    let fixed_charge = optional(&mut record, "fixed_charge", &mut sound, context, fixed_charge);
    let contract_floor =
        optional(&mut record, "contract_floor", &mut sound, context, |node, context| contract_floor(node, all, lost, context));
    let contract_cap = optional(&mut record, "contract_cap", &mut sound, context, contract_cap);
    let insolvency_stop = optional(&mut record, "insolvency_stop", &mut sound, context, |node, context| {
        context.choice(node, "a day on which interest stops", INSOLVENCY_STOPS)
    });
    let compounds_after = optional(&mut record, "compounds_after", &mut sound, context, months);
    let issued_from = optional(&mut record, "issued_from", &mut sound, context, |node, context| context.date(node));
    let basis = record.need("basis", context).and_then(|node| context.text(node)).map(str::to_owned);
    if contract_cap == Some(ContractCap::Statutory) && !record.has("series") {
        context.error(codes::REGIME_DETAIL, record.key_span("contract_cap"), "without a series there is no statutory rate to cap at");
    }
    if contract_floor.is_some() && !record.has("series") {
        let message = "without a series there is no statutory rate for contracts below the floor";
        context.error(codes::REGIME_DETAIL, record.key_span("contract_floor"), message);
    }
    record.close(context);
    let reference = reference?;
    let regime = Regime {
        name: name?,
        binds: binds.unwrap_or_default(),
        series: reference.series,
        reference_day: reference.day,
        margin: reference.margin,
        earlier_margins: reference.earlier_margins,
        round_up_to: reference.round_up_to,
        least_rate: reference.least_rate,
        known_from: reference.known_from,
        fixing: fixing?,
        start: start.unwrap_or(Start::DueDate),
        grace_days: grace_days.unwrap_or(0),
        day_count: day_count?,
        fixed_charge,
        contract_floor,
        contract_cap,
        contract_only,
        insolvency_stop,
        compounds_after,
        issued_from,
        basis: basis?,
    };
    sound.then_some(regime)
}

/// How a regime comes to its statutory rate.
struct Reference {
    series: Option<usize>,
    day: ReferenceDay,
    margin: Rate,
    earlier_margins: Vec<EarlierMargin>,
    round_up_to: Option<Rate>,
    least_rate: Rate,
    known_from: Option<Date>,
}

/// Keys that say nothing without a series.
const OF_A_SERIES: &[&str] = &["reference_day", "margin", "earlier_margins", "round_up_to", "least_rate", "known_from"];

fn reference(
    record: &mut Record<'_>,
    contract_only: bool,
    all: &[Series],
    lost: &BTreeSet<String>,
    context: &mut Context<'_>,
) -> Option<Reference> {
    let has_series = record.has("series") || !contract_only;
    if !has_series {
        for key in OF_A_SERIES {
            if record.take(key, context).is_some() {
                let message = format!("without a series \"{key}\" says nothing: only the contract has a rate");
                context.error(codes::REGIME_DETAIL, record.key_span(key), message);
            }
        }
        record.take("series", context);
        return Some(Reference {
            series: None,
            day: ReferenceDay::FirstOfHalfYear,
            margin: Rate(0),
            earlier_margins: Vec::new(),
            round_up_to: None,
            least_rate: Rate(0),
            known_from: None,
        });
    }
    let mut sound = true;
    let series = record.need("series", context).and_then(|node| series_named(node, all, lost, context));
    let day = record.need("reference_day", context).and_then(|node| context.choice(node, "a reference day", REFERENCE_DAYS));
    let margin = record.need("margin", context).and_then(|node| rate(node, context));
    let earlier_margins = optional(record, "earlier_margins", &mut sound, context, earlier_margins);
    let round_up_to = optional(record, "round_up_to", &mut sound, context, step);
    let least_rate = optional(record, "least_rate", &mut sound, context, rate);
    let known_from = optional(record, "known_from", &mut sound, context, |node, context| context.date(node));
    let reference = Reference {
        series: Some(series?),
        day: day?,
        margin: margin?,
        earlier_margins: earlier_margins.unwrap_or_default(),
        round_up_to,
        least_rate: least_rate.unwrap_or(Rate(0)),
        known_from,
    };
    sound.then_some(reference)
}

/// The value of a key that may be left out; one that is there and cannot be read spoils the whole.
fn optional<'n, T>(
    record: &mut Record<'n>,
    key: &'static str,
    sound: &mut bool,
    context: &mut Context<'_>,
    read: impl FnOnce(&'n Node, &mut Context<'_>) -> Option<T>,
) -> Option<T> {
    let value = record.take(key, context).and_then(|node| read(node, context));
    *sound &= value.is_some() || !record.has(key);
    value
}

fn flag(record: &mut Record<'_>, key: &'static str, context: &mut Context<'_>) -> bool {
    record.take(key, context).and_then(|node| context.flag(node)).unwrap_or(false)
}

/// A rate a year. One above 100 % is told: nobody lends at it where prices are stable.
fn rate(node: &Node, context: &mut Context<'_>) -> Option<Rate> {
    let rate = context.constant(node, &Type::Rate).map(Rate)?;
    if rate.0 > MILLION {
        let percent = |millionths: i64, digits: u32| {
            let text = format_amount(i128::from(millionths), digits);
            format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
        };
        let found = Diagnostic::warning(codes::RATE_ABOVE_ALL, node.span, format!("{} is more than 100 % a year", percent(rate.0, 4)));
        context.findings.push(found.help(format!("a decimal point is easily lost: is {} meant?", percent(rate.0, 6))));
    }
    Some(rate)
}

/// A rate above zero.
fn step(node: &Node, context: &mut Context<'_>) -> Option<Rate> {
    let step = rate(node, context)?;
    if step.0 <= 0 {
        context.error(codes::REGIME_DETAIL, node.span, "rates are raised to multiples of a rate above zero, such as 0.5%");
        return None;
    }
    Some(step)
}

/// Longest delay a regime may grant: ten years.
const MOST_GRACE_DAYS: u32 = 3_660;

fn grace_days(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let days = context.whole(node)?;
    if days > MOST_GRACE_DAYS {
        context.error(codes::REGIME_DETAIL, node.span, format!("at most {MOST_GRACE_DAYS} days may bear nothing"));
        return None;
    }
    i32::try_from(days).ok()
}

/// Longest time before interest bears interest: a century.
const MOST_MONTHS: u32 = 1_200;

fn months(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let months = context.whole(node)?;
    if months == 0 || months > MOST_MONTHS {
        context.error(codes::REGIME_DETAIL, node.span, format!("interest bears interest after 1 to {MOST_MONTHS} months"));
        return None;
    }
    i32::try_from(months).ok()
}

fn contract_cap(node: &Node, context: &mut Context<'_>) -> Option<ContractCap> {
    let text = context.text(node)?;
    if !text.contains('%') {
        return context.choice(node, "a cap: write a rate such as 18%, or say which", &[(STATUTORY, ContractCap::Statutory)]);
    }
    rate(node, context).map(ContractCap::Rate)
}

/// Margins in rising order of the date they end on.
fn earlier_margins(node: &Node, context: &mut Context<'_>) -> Option<Vec<EarlierMargin>> {
    let mut margins: Vec<EarlierMargin> = Vec::new();
    for item in context.items(node) {
        let mut record = Record::open(item, &forms::EARLIER_MARGIN, context)?;
        let until = record.need("until", context).and_then(|node| context.date(node));
        let by = record.need("by", context).and_then(|node| context.choice(node, "a date of a margin", MARGIN_DATES));
        let margin = record.need("margin", context).and_then(|node| rate(node, context));
        record.close(context);
        let margin = EarlierMargin { by: by?, until: until?, margin: margin? };
        if margins.last().is_some_and(|before| margin.until <= before.until) {
            let found = Diagnostic::error(codes::RATE_ORDER, item.span, "this margin ends before or with the one above it");
            context.findings.push(found.help("earlier margins stand in order of the date they end on"));
            return None;
        }
        margins.push(margin);
    }
    Some(margins)
}

fn series_named(node: &Node, all: &[Series], lost: &BTreeSet<String>, context: &mut Context<'_>) -> Option<usize> {
    let name = context.text(node)?;
    let position = all.iter().position(|series| series.name == name);
    if position.is_none() && !lost.contains(name) && !context.names.lost.contains(name) {
        let found = Diagnostic::error(codes::UNKNOWN_REGIME, node.span, format!("there is no series \"{name}\""));
        context.findings.push(unknown(found, shipped::Kind::Series, name, all.iter().map(|series| series.name.as_str())));
    }
    position
}

/// Says what a name of a regime or series that is not known here may be: that of a pack which comes with the program, or nearly one of
/// those known. A name another pack has is never taken for a slip: it stands for another law.
pub(super) fn unknown<'n>(found: Diagnostic, kind: shipped::Kind, name: &str, known: impl Iterator<Item = &'n str>) -> Diagnostic {
    if let Some(help) = shipped::how_to_get(kind, name) {
        return found.help(help);
    }
    let found = found.nearest(name, known);
    let near = if found.primary.text.is_empty() { nearest(name, shipped::names(kind)) } else { None };
    match near.and_then(|near| shipped::how_to_get(kind, near).map(|help| (near, help))) {
        Some((near, help)) => found.label(format!("did you mean \"{near}\"?")).help(help),
        None => found,
    }
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
    let mut sound = true;
    let currency = record.need("currency", context).and_then(|node| currency(node, context));
    let bands_node = record.need("bands", context);
    let due_from = optional(&mut record, "due_from", &mut sound, context, |node, context| context.date(node));
    let issued_from = optional(&mut record, "issued_from", &mut sound, context, |node, context| context.date(node));
    let exempt = optional(&mut record, "exempt", &mut sound, context, kinds_of_customers);
    let most_node = record.take("most", context);
    let basis = record.need("basis", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    let currency = currency?;
    let most = most_node.map(|node| amount(node, currency, context));
    let bands = bands(bands_node?, currency, context)?;
    let charge =
        FixedCharge { currency, bands, most: most.flatten(), due_from, issued_from, exempt: exempt.unwrap_or_default(), basis: basis? };
    (sound && most != Some(None)).then_some(charge)
}

/// Kinds of customers, by position.
fn kinds_of_customers(node: &Node, context: &mut Context<'_>) -> Option<Vec<u8>> {
    let kinds: Vec<(&str, u8)> = CUSTOMER_TYPES.iter().copied().zip(0..).collect();
    context.items(node).iter().map(|item| context.choice(item, "a kind of customer", &kinds)).collect()
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
fn bands(node: &Node, currency: Currency, context: &mut Context<'_>) -> Option<Vec<ChargeBand>> {
    let mut bands: Vec<ChargeBand> = Vec::new();
    for item in context.items(node) {
        let band = band(item, currency, context)?;
        let in_order = bands.last().map_or(band.from == Amount::ZERO, |before| before.from < band.from);
        if !in_order {
            let found = Diagnostic::error(codes::RATE_ORDER, item.span, "bands start at zero and rise");
            context.findings.push(found.help("the first band is {from: 0, charge: …}"));
            return None;
        }
        bands.push(band);
    }
    if bands.is_empty() {
        context.error(codes::EMPTY_VALUE, node.span, "a fixed charge needs at least one band");
        return None;
    }
    Some(bands)
}

fn band(node: &Node, currency: Currency, context: &mut Context<'_>) -> Option<ChargeBand> {
    let mut record = Record::open(node, &forms::BAND, context)?;
    let mut sound = true;
    let above = optional(&mut record, "above", &mut sound, context, |node, context| amount(node, currency, context));
    let from = if record.has("above") { record.take("from", context) } else { record.need("from", context) };
    let from = from.and_then(|node| amount(node, currency, context));
    let charge = record.need("charge", context).and_then(|node| amount(node, currency, context));
    let plus = optional(&mut record, "plus", &mut sound, context, rate);
    if record.has("above") && record.has("from") {
        context.error(codes::REGIME_DETAIL, record.key_span("from"), "a band starts from an amount or above it, not both");
        sound = false;
    }
    record.close(context);
    // Above an amount is from the next minor unit on.
    let over = above.or(from)?;
    let least = if above.is_some() { Amount(over.0.saturating_add(1)) } else { over };
    sound.then_some(ChargeBand { from: least, charge: charge?, plus: plus.unwrap_or(Rate(0)), over })
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
