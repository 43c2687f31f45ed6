//! From the job file as written to [`Settings`]: substitutes the environment, checks every value, fills in the defaults,
//! and gathers all findings before it gives up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr;

use serde_saphyr::{DuplicateKeyPolicy, Location, MergeKeyPolicy, MessageFormatter, UserMessageFormatter};

use super::numbers::{self, plain};
use super::terms::parse_money_up_to;
use super::written::{Entries, RawEffort, RawJob, RawKpis, RawRejects, Text};
use super::{
    Choice, DEFAULT_AGING, DEFAULT_FAIL_ABOVE, DEFAULT_MONTHS, DEFAULT_OUT, DEFAULT_PROMISE_GRACE_DAYS, DEFAULT_SCOPES, Duplicates, Effort,
    Imputation, Intake, JOB_VERSION, Kpis, Penalties, Places, RollsSince, SCOPES, Settings, Unallocated, UnconfirmedRates,
};
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::contract::{INPUTS, Kind, TableSpec, control_totals, fx, invoices};
use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::base::nearest::did_you_mean;
use crate::error::{Exit, Failure};
use crate::rules::document;

/// Input tables with a key of their own.
const OWN_KEYS: [&str; 2] = [fx::SPEC.name, control_totals::SPEC.name];
/// Longest value the job file may carry, in bytes of all scalars together.
const MAX_SCALAR_BYTES: usize = 1 << 20;

pub(super) fn settings(text: &str, file: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Settings, Failure> {
    let name = file.display().to_string();
    let job = read(text, &name)?;
    let mut resolver = Resolver {
        text,
        base: file.parent().unwrap_or(Path::new("")),
        environment,
        start: Place { line: 1, column: 1 },
        cut: BTreeSet::new(),
        findings: Vec::new(),
    };
    let settings = resolver.settings(job);
    let mut findings = resolver.findings;
    findings.sort();
    match settings {
        Some(settings) if findings.is_empty() => Ok(settings),
        _ => Err(Failure::all(Exit::Config, findings.iter().map(|(place, message)| at(&name, *place, message)).collect())),
    }
}

fn read(text: &str, name: &str) -> Result<RawJob, Failure> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: 1,
            max_depth: 8,
            max_nodes: 10_000,
            max_aliases: 0,
            max_anchors: 0,
            max_total_scalar_bytes: MAX_SCALAR_BYTES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_indentation: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        // Text that is no YAML is told as in rule files, all of it and in people's words.
        let slips = document::slips(text).into_iter().map(|(place, message)| {
            let place = Place { line: u64::from(place.line), column: u64::from(place.column) };
            at(name, place, &message)
        });
        let slips: Vec<String> = slips.collect();
        if slips.is_empty() { Failure::new(Exit::Config, broken(&error, text, name)) } else { Failure::all(Exit::Config, slips) }
    })
}

/// The message of a text that is no YAML, or not of the shape of a job.
fn broken(error: &serde_saphyr::Error, text: &str, name: &str) -> String {
    let error = error.without_snippet();
    let place = error.location().map_or(Place { line: 1, column: 1 }, Place::of);
    let line = usize::try_from(place.line).ok().and_then(|line| text.lines().nth(line.saturating_sub(1)));
    if let Some((place, message)) = numbers::cut_before(text, place) {
        return at(name, place, &message);
    }
    let message = match error {
        serde_saphyr::Error::Unexpected { expected: "mapping start", .. }
            if let Some((key, meant)) = line.and_then(document::bare_colon) =>
        {
            format!("a blank is missing after the colon of \"{key}\": write {meant}")
        }
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key \"{key}\" is written twice"),
        serde_saphyr::Error::Unexpected { expected: "mapping start", .. } => {
            "keys with values are expected here, \"key: value\"".to_owned()
        }
        serde_saphyr::Error::Unexpected { expected: "sequence start", .. } => "a list is expected here, \"[a, b]\"".to_owned(),
        serde_saphyr::Error::Unexpected { expected: "string scalar", .. } => {
            "a single value is expected here, no list and no group of keys".to_owned()
        }
        serde_saphyr::Error::Budget { .. } => {
            "a job file has no anchors, aliases or second documents, and at most 10000 values of 1 MiB together".to_owned()
        }
        other => UserMessageFormatter.format_message(other).into_owned(),
    };
    at(name, place, &message)
}

/// Line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

impl Place {
    fn of(location: Location) -> Place {
        Place { line: location.line(), column: location.column() }
    }
}

fn at(name: &str, place: Place, message: &str) -> String {
    format!("{name}:{}:{}: {message}", place.line, place.column)
}

pub(super) struct Resolver<'a> {
    /// The file as written.
    text: &'a str,
    base: &'a Path,
    environment: &'a dyn Fn(&str) -> Option<String>,
    /// Where to point when something is missing altogether.
    start: Place,
    /// Where numbers begin of which a comma cut off a part: what was read of them means nothing.
    cut: BTreeSet<Place>,
    findings: Vec<(Place, String)>,
}

impl Resolver<'_> {
    fn settings(&mut self, job: RawJob) -> Option<Settings> {
        self.unknown_keys(&job.unknown, RawJob::KEYS);
        self.version(job.relance.as_ref());
        let mut sources = self.sources(job.portfolio);
        for (table, place) in [(fx::SPEC, job.fx), (control_totals::SPEC, job.control_totals)] {
            if let Some(source) = place.and_then(|place| self.place(&place)) {
                sources.insert(table.name.to_owned(), source);
            }
        }
        let rules = self.required("rules", job.rules).and_then(|rules| self.place(&rules));
        let out = job.out.map_or_else(|| Some(DEFAULT_OUT.to_owned()), |out| self.place(&out));
        let reporting_currency =
            self.required("reporting_currency", job.reporting_currency).and_then(|code| self.parsed(&code, parse_currency));
        let intake = Intake {
            columns: self.columns(job.columns),
            values: self.values(job.values),
            floats: self.floats(job.floats),
            duplicates: self.choice(job.duplicates, Duplicates::Reject),
            fail_above: self.fail_above(job.rejects),
        };
        let penalties = Penalties {
            imputation: self.choice(job.imputation, Imputation::PrincipalFirst),
            dispute_stops_interest: self.or_default(job.dispute_stops_interest, false, parse_flag),
            insolvency_stop: self.choice_if_given(job.insolvency_stop),
            unconfirmed_rates: self.choice(job.unconfirmed_rates, UnconfirmedRates::Use),
        };
        let unallocated = self.choice(job.unallocated, Unallocated::OldestDueFirst);
        let promise_grace_days =
            self.or_default(job.promise_grace_days, DEFAULT_PROMISE_GRACE_DAYS, |text| parse_whole(text, "0 to 365 days", 0, 365));
        let aging = self.aging(job.aging);
        let kpis = self.kpis(job.kpis, aging.len() + 1);
        let freshness = self.freshness(job.freshness, &sources);
        let recovery = self.recovery(job.recovery);
        let terms = self.terms(job.terms);
        let agencies = self.agencies(job.agencies);
        let cost_of_capital = job.cost_of_capital.and_then(|text| self.parsed(&text, parse_share));
        let places = Places { base: self.base.to_owned(), sources, rules: self.base.join(rules?), out: self.base.join(out?) };
        Some(Settings {
            places,
            reporting_currency: reporting_currency?,
            intake,
            unallocated,
            penalties,
            promise_grace_days,
            aging,
            kpis,
            freshness,
            recovery,
            terms,
            cost_of_capital,
            agencies,
        })
    }

    /// Folder of the job file.
    pub(super) fn base(&self) -> &Path {
        self.base
    }

    fn report(&mut self, place: Place, message: impl Into<String>) {
        if !self.cut.contains(&place) {
            self.findings.push((place, message.into()));
        }
    }

    /// Tells of the number of which a comma cut off this part, if it did.
    fn is_cut(&mut self, part: &Text) -> bool {
        let Some((place, message)) = numbers::cut(self.text, Place::of(part.referenced)) else { return false };
        self.report(place, message);
        self.cut.insert(place);
        true
    }

    pub(super) fn report_at(&mut self, text: &Text, message: impl Into<String>) {
        self.report(Place::of(text.referenced), message);
    }

    /// Something missing altogether.
    pub(super) fn report_missing(&mut self, message: impl Into<String>) {
        self.report(self.start, message);
    }

    pub(super) fn unknown_keys(&mut self, unknown: &[Text], known: &[&str]) {
        for key in unknown {
            if self.is_cut(key) {
                continue;
            }
            self.report_at(key, format!("unknown key \"{}\"{}", key.value, did_you_mean(&key.value, known.iter().copied())));
        }
    }

    fn required<T>(&mut self, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.report(self.start, format!("the key \"{key}\" is missing; a job cannot do without it"));
        }
        value
    }

    /// The value with the environment put in; `None` after a finding.
    fn text(&mut self, written: &Text) -> Option<String> {
        substitute(&written.value, self.environment).map_err(|message| self.report_at(written, message)).ok()
    }

    pub(super) fn parsed<T>(&mut self, written: &Text, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(written)?;
        let said = |message: String| numbers::foreign(&text, &parse).unwrap_or(message);
        parse(&text).map_err(|message| self.report_at(written, said(message))).ok()
    }

    pub(super) fn or_default<T>(&mut self, written: Option<Text>, default: T, parse: impl Fn(&str) -> Result<T, String>) -> T {
        written.and_then(|written| self.parsed(&written, parse)).unwrap_or(default)
    }

    pub(super) fn choice<C: Choice>(&mut self, written: Option<Text>, default: C) -> C {
        self.or_default(written, default, |text| parse_choice(text, C::ALL))
    }

    fn choice_if_given<C: Choice>(&mut self, written: Option<Text>) -> Option<C> {
        written.and_then(|written| self.parsed(&written, |text| parse_choice(text, C::ALL)))
    }

    /// A path; `None` after a finding.
    pub(super) fn place(&mut self, written: &Text) -> Option<String> {
        self.parsed(written, |text| if text.is_empty() { Err("the path is empty".to_owned()) } else { Ok(text.to_owned()) })
    }

    fn version(&mut self, version: Option<&Text>) {
        let Some(version) = self.required("relance", version) else { return };
        if self.text(version).is_some_and(|text| text != JOB_VERSION) {
            self.report_at(version, format!("this relance reads job files of version {JOB_VERSION}: {}", version.value));
        }
    }

    fn sources(&mut self, portfolio: Option<Entries<Text>>) -> BTreeMap<String, String> {
        let mut sources = BTreeMap::new();
        let Some(Entries(entries)) = self.required("portfolio", portfolio) else { return sources };
        for (table, place) in entries {
            if OWN_KEYS.contains(&table.value.as_str()) {
                self.report_at(&table, format!("\"{}\" is a key of its own, beside the portfolio", table.value));
            } else if self.table(&table, portfolio_tables()).is_some()
                && let Some(source) = self.place(&place)
            {
                sources.insert(table.value, source);
            }
        }
        if !sources.contains_key(invoices::SPEC.name) && self.findings.is_empty() {
            self.report(self.start, "the portfolio names no invoices; without them there is nothing to collect");
        }
        sources
    }

    /// The table of this name among `known`; `None` after a finding.
    pub(super) fn table(&mut self, name: &Text, mut known: impl Iterator<Item = &'static TableSpec> + Clone) -> Option<&'static TableSpec> {
        let found = known.clone().find(|table| table.name == name.value);
        if found.is_none() {
            let nearest = did_you_mean(&name.value, known.by_ref().map(|table| table.name));
            self.report_at(name, format!("unknown table \"{}\"{nearest}", name.value));
        }
        found
    }

    fn columns(&mut self, columns: Option<Entries<Entries<Text>>>) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut tables = BTreeMap::new();
        for (table, Entries(names)) in columns.map(|Entries(tables)| tables).unwrap_or_default() {
            let Some(spec) = self.table(&table, INPUTS.iter()) else { continue };
            let mut mapping: BTreeMap<String, String> = BTreeMap::new();
            for (ours, written) in names {
                if let Some(turned) = turned_round(spec, &ours.value, &written.value) {
                    self.report_at(&ours, turned);
                } else if spec.position(&ours.value).is_none() {
                    self.report_at(&ours, no_column(spec, &ours.value, &written.value));
                } else if let Some(theirs) = self.text(&written) {
                    if let Some((first, _)) = mapping.iter().find(|(_, known)| **known == theirs) {
                        self.report_at(&written, read_twice(&theirs, first, &ours.value));
                    }
                    mapping.insert(ours.value, theirs);
                }
            }
            tables.insert(table.value, mapping);
        }
        tables
    }

    fn floats(&mut self, floats: Option<Entries<Entries<Text>>>) -> BTreeMap<String, BTreeSet<String>> {
        let mut tables = BTreeMap::new();
        for (table, Entries(names)) in floats.map(|Entries(tables)| tables).unwrap_or_default() {
            let Some(spec) = self.table(&table, INPUTS.iter()) else { continue };
            let mut rounded = BTreeSet::new();
            for (column, how) in names {
                // An extra column may hold floats too, so only columns known to hold no number are refused.
                if spec
                    .position(&column.value)
                    .is_some_and(|at| !matches!(spec.columns[at].kind, Kind::Money | Kind::Number | Kind::ExchangeRate))
                {
                    self.report_at(&column, format!("{}.{} holds no number, so it cannot be a float", spec.name, column.value));
                } else if self.parsed(&how, |text| parse_choice(text, &[((), "round")])).is_some() {
                    rounded.insert(column.value);
                }
            }
            tables.insert(table.value, rounded);
        }
        tables
    }

    fn fail_above(&mut self, rejects: Option<RawRejects>) -> Rate {
        let rejects = rejects.unwrap_or_default();
        self.unknown_keys(&rejects.unknown, RawRejects::KEYS);
        self.or_default(rejects.fail_above, DEFAULT_FAIL_ABOVE, parse_share)
    }

    fn aging(&mut self, written: Option<Vec<Text>>) -> Vec<i32> {
        let Some(written) = written else { return DEFAULT_AGING.to_vec() };
        let mut bounds: Vec<i32> = Vec::new();
        for text in &written {
            let Some(bound) = self.parsed(text, |text| parse_whole(text, "0 to 36500 days", 0, 36_500)) else { continue };
            match bounds.last() {
                None if bound != 0 => self.report_at(text, format!("the first aging bound is 0, the end of \"current\": {bound}")),
                Some(last) if bound <= *last => self.report_at(text, format!("aging bounds must rise; this one follows {last}: {bound}")),
                _ => {}
            }
            bounds.push(bound);
        }
        if bounds.is_empty() && self.findings.is_empty() {
            self.report(self.start, "aging has no bounds; leave it out for the usual ones");
        }
        bounds
    }

    fn kpis(&mut self, kpis: Option<RawKpis>, bands: usize) -> Kpis {
        let kpis = kpis.unwrap_or_default();
        self.unknown_keys(&kpis.unknown, RawKpis::KEYS);
        let known: Vec<(&str, &str)> = SCOPES.iter().map(|scope| (*scope, *scope)).collect();
        let wanted: Vec<&str> = match kpis.scopes {
            None => DEFAULT_SCOPES.to_vec(),
            Some(scopes) => scopes.iter().filter_map(|scope| self.parsed(scope, |text| parse_choice(text, &known))).collect(),
        };
        let months = self.or_default(kpis.months, DEFAULT_MONTHS, |text| parse_whole(text, "1 to 120 months", 1, 120));
        let mut rates =
            |key, written: Option<Vec<Text>>| written.map_or_else(Vec::new, |written| self.rates_of_bands(key, &written, bands));
        let loss_rates = rates("loss_rates", kpis.loss_rates);
        let depreciation_rates = rates("depreciation_rates", kpis.depreciation_rates);
        let scopes = SCOPES.iter().filter(|scope| wanted.contains(scope)).map(|scope| (*scope).to_owned()).collect();
        let Entries(fees) = kpis.agency_fees.unwrap_or(Entries(Vec::new()));
        let agency_fees = fees.into_iter().filter_map(|(agency, fee)| Some((agency.value, self.parsed(&fee, parse_share)?))).collect();
        let effort = kpis.effort.and_then(|effort| self.effort(effort));
        let rolls_since = kpis.rolls_since.and_then(|since| self.parsed(&since, parse_rolls_since));
        let contact_costs = kpis.contact_costs.map_or_else(BTreeMap::new, |costs| self.contact_costs(costs));
        Kpis { scopes, months, loss_rates, depreciation_rates, agency_fees, contact_costs, rolls_since, effort }
    }

    fn contact_costs(&mut self, Entries(costs): Entries<Text>) -> BTreeMap<String, i64> {
        let known: Vec<(&str, &str)> = CONTACT_CHANNELS.iter().map(|channel| (*channel, *channel)).collect();
        let costs = costs.into_iter().filter_map(|(channel, cost)| {
            let channel = self.parsed(&channel, |text| parse_choice(text, &known));
            let cost = self.parsed(&cost, |text| parse_money_up_to(1_000_000, text));
            Some((channel?.to_owned(), cost?))
        });
        costs.collect()
    }

    fn effort(&mut self, written: RawEffort) -> Option<Effort> {
        self.unknown_keys(&written.unknown, RawEffort::KEYS);
        let (Some(people), Some(hours), Some(cost)) = (written.people, written.hours, written.cost) else {
            self.report_missing("kpis.effort needs people, hours and cost, as in {people: 2, hours: 960, cost: 30000}");
            return None;
        };
        let whole = |text: &str| parse_whole(text, "1 to 10000000", 1, 10_000_000);
        let (people, hours) = (self.parsed(&people, whole), self.parsed(&hours, whole));
        let cost = self.parsed(&cost, |text| parse_money_up_to(1_000_000_000, text));
        Some(Effort { people: people?, hours: hours?, cost: cost? })
    }

    /// One rate for each aging band.
    fn rates_of_bands(&mut self, key: &str, written: &[Text], bands: usize) -> Vec<Rate> {
        let rates: Vec<Rate> = written.iter().filter_map(|text| self.parsed(text, parse_share)).collect();
        if let Some(first) = written.first().filter(|_| written.len() != bands) {
            let count = written.len();
            let cut: Vec<bool> = written.iter().map(|part| self.is_cut(part)).collect();
            if cut.contains(&true) {
                return rates;
            }
            self.report_at(first, format!("{key} has {count} rates for {bands} aging bands; it takes one for each, current first"));
        }
        rates
    }
}

/// What there is to say of a column of the files that is mapped to one of ours, where it is ours to theirs.
fn turned_round(spec: &TableSpec, key: &str, value: &str) -> Option<String> {
    let is_turned = spec.position(key).is_none() && spec.position(value).is_some();
    is_turned.then(|| {
        format!(
            "the name of the contract comes first: turn it round, {value}: {key} (\"{value}\" is a column of {}, \"{key}\" is none)",
            spec.name
        )
    })
}

/// What there is to say of a name that is no column of the contract, mapped to a column of the files.
fn no_column(spec: &TableSpec, name: &str, theirs: &str) -> String {
    let nearest = did_you_mean(name, spec.columns.iter().map(|column| column.name));
    let grain = match spec.name {
        "customers" => "customer",
        "invoices" => "invoice",
        _ => return format!("{} has no column \"{name}\"{nearest}", spec.name),
    };
    let own = format!(
        "; a column of your own is named by source: in a dictionary of the rules, as the export names it: \
         {name}: {{type: text, grain: {grain}, source: {}.{theirs}, optional: true, label: {name}}}",
        spec.name
    );
    format!("{} has no column \"{name}\"{}", spec.name, if nearest.is_empty() { &own } else { &nearest })
}

/// What there is to say of a column of the files that is mapped to two of ours.
fn read_twice(theirs: &str, first: &str, second: &str) -> String {
    format!(
        "\"{theirs}\" is read as {first} already: name the column that holds {second}, or leave {second} out; where one column really is both, \
         write it twice in the export"
    )
}

/// The tables `portfolio:` may name.
fn portfolio_tables() -> impl Iterator<Item = &'static TableSpec> + Clone {
    INPUTS.iter().filter(|table| !OWN_KEYS.contains(&table.name))
}

/// Puts the values of the environment in the place of every `${NAME}`.
fn substitute(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or_else(|| format!("\"${{\" is not closed by \"}}\": {text}"))?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("\"${{{name}}}\" is no name of an environment variable"));
        }
        result.push_str(before);
        result.push_str(&environment(name).ok_or_else(|| format!("the environment variable {name} is not set"))?);
        rest = tail;
    }
    result.push_str(rest);
    Ok(result)
}

pub(super) fn parse_choice<T: Copy>(text: &str, all: &[(T, &str)]) -> Result<T, String> {
    let found = all.iter().find(|(_, name)| *name == text).map(|(value, _)| *value);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(_, name)| *name).collect();
        format!("\"{text}\" is not one of {}{}", names.join(", "), did_you_mean(text, names.iter().copied()))
    })
}

fn parse_currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text.as_bytes()).ok_or_else(|| {
        let nearest = did_you_mean(text, Currency::all().map(Currency::code).filter(|code| code.eq_ignore_ascii_case(text)));
        format!("\"{text}\" is no ISO 4217 code of a currency in use{nearest}")
    })
}

fn parse_flag(text: &str) -> Result<bool, String> {
    parse_choice(text, &[(true, "true"), (false, "false")])
}

pub(super) fn parse_whole<T: FromStr + PartialOrd + Copy>(text: &str, range: &str, least: T, most: T) -> Result<T, String> {
    plain(text)
        .parse()
        .ok()
        .filter(|value| (&least..=&most).contains(&value))
        .ok_or_else(|| format!("\"{text}\" is no whole number of {range}"))
}

fn parse_rolls_since(text: &str) -> Result<RollsSince, String> {
    if text == "month_end" {
        return Ok(RollsSince::MonthEnd);
    }
    Date::parse(text).map(RollsSince::Night).ok_or_else(|| format!("\"{text}\" is neither month_end nor a day, as in 2026-10-31"))
}

/// Reads a share from `0` to `100%`, exactly: `0.1%` and `0.001` are the same.
pub(super) fn parse_share(text: &str) -> Result<Rate, String> {
    let percent = || share(&format!("{text}%")).map_or(String::new(), |_| format!("; {text} of a hundred is written {text}%"));
    share(text).map_err(|message| message + &percent())
}

fn share(text: &str) -> Result<Rate, String> {
    let plain = plain(text);
    let (number, decimals) = match plain.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 4),
        None => (plain.as_str(), 6),
    };
    let error = || format!("\"{text}\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole");
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits_only = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(whole) || !digits_only(part) || part.len() > decimals {
        return Err(error());
    }
    let millionths = format!("{whole}{part:0<decimals$}").parse().map_err(|_| error())?;
    Some(Rate(millionths)).filter(|rate| *rate <= Rate::ONE).ok_or_else(error)
}
