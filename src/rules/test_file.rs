//! Test files: a plain case, and tests that say only what differs from it and what must come of it.
//!
//! Reading a test file needs the program it is about: values are read by the types of its fields, and an expectation that names
//! a rule, a step or a queue which does not exist is refused. What a test gives and expects is data here; running it is not.

mod effects;
mod given;
mod value;

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::{Diagnostic, Findings};
use crate::rules::document::{self, Entry, Node, NodeKind};
use crate::rules::forms::test as forms;
use crate::rules::names::Names;
use crate::rules::program::Program;
use crate::rules::rule_files::{self, FileKind};
use crate::rules::sources::{SourceFile, Sources, Span};

pub use effects::{Expectation, PLAIN_EFFECTS, Stands, Target, effect_columns, rule_ids};
pub use given::{AHEAD_IN_QUEUE, GROUP, Given, GivenFact, GivenRow, SHORT_CUSTOMER, SHORT_INVOICE, TABLES, TRIAL_ARM, numbered};
pub use value::{Form, Value};

/// The tests of one file.
#[derive(Debug, Clone)]
pub struct TestFile {
    pub path: String,
    /// Rule files as named, relative to the test file; empty for all rule files of the pack.
    pub rules: Vec<String>,
    /// The currency of its rules, where it says so itself.
    pub currency: Option<Currency>,
    /// What all its tests start from, and their first night.
    pub base: Given,
    pub as_of: Option<Date>,
    pub tests: Vec<Test>,
    /// What its tests need not cover, each with a reason.
    pub exceptions: Vec<Exception>,
}

/// One test: a customer on one night or on several.
#[derive(Debug, Clone)]
pub struct Test {
    /// As written; a variant of a table has its `why` after a colon.
    pub name: String,
    pub path: String,
    pub line: u32,
    /// In order of day.
    pub nights: Vec<Night>,
}

/// One night of a test.
#[derive(Debug, Clone)]
pub struct Night {
    pub as_of: Date,
    /// The day that days counted back are counted from: the first night of the test.
    pub from: Date,
    /// Everything known that night.
    pub given: Given,
    pub expect: Vec<Expectation>,
    pub forbid: Vec<Expectation>,
}

/// Something coverage need not ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The gap as coverage names it.
    pub gap: String,
    pub why: String,
    pub path: String,
    pub line: u32,
}

/// What is needed before the rules of a test file can be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Rule files as named, relative to the test file; empty for all rule files of the pack.
    pub rules: Vec<String>,
    /// The first night any of its tests runs.
    pub as_of: Date,
    /// The currency of its rules, where it says so itself.
    pub currency: Option<Currency>,
}

/// Reads what a test file says of its rules, before they are compiled.
///
/// # Errors
/// All findings where the file cannot be read so far.
pub fn head(files: &[SourceFile], index: u32, currency: Currency) -> Result<Head, Vec<Diagnostic>> {
    let sources = Sources::new(files);
    let mut context = context(&sources, currency);
    let head = open(&mut context, index).and_then(|body| {
        let mut record = Record::open(&body, &forms::TESTS, &mut context)?;
        let rules = record.take("rules", &mut context).map(|node| names(node, &mut context));
        let currency = record.take("currency", &mut context).and_then(|node| currency_of(node, &mut context));
        let as_of = match record.take("as_of", &mut context) {
            Some(node) => context.date(node),
            None => first_night(&record, &mut context),
        };
        Some(Head { rules: rules.unwrap_or_default(), as_of: as_of?, currency })
    });
    let (errors, _) = context.findings.sorted(&sources);
    match head {
        Some(head) if errors.is_empty() => Ok(head),
        _ => Err(errors),
    }
}

/// The run date of the first test, where the file has none.
fn first_night(record: &Record<'_>, context: &mut Context<'_>) -> Option<Date> {
    let tests = record.peek("tests").map(|node| match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => &[],
    });
    let own = tests.unwrap_or_default().iter().find_map(|test| test.get("as_of")?.text());
    let nights =
        tests.unwrap_or_default().iter().find_map(|test| test.get("at")?.mapping()?.entries.first().map(|entry| entry.key.as_str()));
    let found = own.or(nights).and_then(Date::parse);
    if found.is_none() {
        let missing = Diagnostic::error(codes::MISSING_KEY, record.heading(), "a test file needs the key \"as_of\"");
        context.findings.push(missing.help("write the run date of its tests: as_of: 2026-12-15"));
    }
    found
}

/// The files a rule file names under `use:`; mistakes in it are for the compiler to report.
pub fn used_files(file: &SourceFile) -> Vec<String> {
    let files = std::slice::from_ref(file);
    let root = document::read(&Sources::new(files), 0, &mut Findings::default()).root;
    let used = root.as_ref().and_then(|root| root.get("use")).map(|node| match &node.kind {
        NodeKind::Sequence(items) => items.iter().filter_map(|item| item.text().map(str::to_owned)).collect(),
        _ => Vec::new(),
    });
    used.unwrap_or_default()
}

/// Reads the tests of a file against the program they are about.
///
/// # Errors
/// All findings, in order of place.
pub fn read(files: &[SourceFile], index: u32, program: &Program) -> Result<TestFile, Vec<Diagnostic>> {
    let sources = Sources::new(files);
    let mut context = context(&sources, program.currency);
    let tests = open(&mut context, index).and_then(|body| tests_of(&body, index, program, &mut context));
    let (errors, _) = context.findings.sorted(&sources);
    match tests {
        Some(tests) if errors.is_empty() => Ok(tests),
        _ => Err(errors),
    }
}

fn context<'s>(sources: &'s Sources<'s>, currency: Currency) -> Context<'s> {
    Context { sources, names: Names::new(Date(0), currency), findings: Findings::default() }
}

fn open(context: &mut Context<'_>, index: u32) -> Option<Node> {
    let file = rule_files::open(context, index)?;
    if file.kind != FileKind::Test {
        let found = Diagnostic::error(codes::HEADER, Span::start_of(index), "a file of tests has the kind test");
        context.findings.push(found.help("write kind: test"));
        return None;
    }
    Some(file.body)
}

fn currency_of(node: &Node, context: &mut Context<'_>) -> Option<Currency> {
    let code = context.text(node)?;
    let currency = Currency::parse(code.as_bytes());
    if currency.is_none() {
        context.error(codes::UNKNOWN_UNIT, node.span, format!("there is no currency \"{code}\""));
    }
    currency
}

/// What all tests of a file start from.
struct Base<'p> {
    program: &'p Program,
    path: String,
    as_of: Option<Date>,
    given: Given,
}

fn tests_of(body: &Node, index: u32, program: &Program, context: &mut Context<'_>) -> Option<TestFile> {
    let mut record = Record::open(body, &forms::TESTS, context)?;
    let rules = record.take("rules", context).map(|node| names(node, context)).unwrap_or_default();
    let currency = record.take("currency", context).and_then(|node| currency_of(node, context));
    let as_of = record.take("as_of", context).and_then(|node| context.date(node));
    let mut base = Base { program, path: context.sources.path(index).to_owned(), as_of, given: Given::default() };
    if let Some(node) = record.take("given", context) {
        base.given.put_all(node, program, context);
    }
    let nodes = record.need("tests", context);
    let exceptions = record.take("uncovered", context).map(|node| exceptions(node, context)).unwrap_or_default();
    record.close(context);
    let mut tests = Vec::new();
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    for node in context.items(nodes?) {
        test(node, &base, &mut names, &mut tests, context);
    }
    Some(TestFile { path: base.path, rules, currency, base: base.given, as_of, tests, exceptions })
}

/// A list of file names.
fn names(node: &Node, context: &mut Context<'_>) -> Vec<String> {
    context.items(node).iter().filter_map(|item| context.text(item).map(str::to_owned)).collect()
}

fn exceptions(node: &Node, context: &mut Context<'_>) -> Vec<Exception> {
    let mut found = Vec::new();
    for item in context.items(node) {
        let Some(mut record) = Record::open(item, &forms::EXCEPTION, context) else { continue };
        let gap = record.need("gap", context).and_then(|node| context.text(node)).map(str::to_owned);
        let why = record.need("why", context).and_then(|node| context.text(node)).map(str::to_owned);
        let (path, line) = place(record.heading(), context);
        record.close(context);
        if let (Some(gap), Some(why)) = (gap, why) {
            found.push(Exception { gap, why, path, line });
        }
    }
    found
}

fn place(span: Span, context: &Context<'_>) -> (String, u32) {
    (context.sources.path(span.file).to_owned(), context.sources.place(span).line)
}

/// Reads one test; a test with a `table:` becomes one per row.
fn test(node: &Node, base: &Base<'_>, names: &mut BTreeMap<String, Span>, tests: &mut Vec<Test>, context: &mut Context<'_>) {
    let Some(mut record) = Record::open(node, &forms::TEST, context) else { return };
    let name_node = record.need("test", context);
    let name = name_node.and_then(|node| context.text(node)).unwrap_or_default().to_owned();
    if let Some(first) = name_node.and_then(|node| names.insert(name.clone(), node.span)) {
        context.defined_twice(&name, name_node.map_or(first, |node| node.span), first);
    }
    let as_of = record.take("as_of", context).and_then(|node| context.date(node)).or(base.as_of);
    let mut given = base.given.clone();
    if let Some(node) = record.take("with", context) {
        given.put_all(node, base.program, context);
    }
    let of_no_night = ["expect", "forbid"].into_iter().filter_map(|key| Some((key, record.peek(key)?))).collect::<Vec<_>>();
    let mut common = Effects::default();
    common.take(&mut record, base.program, context);
    let (nights, table) = (record.take("at", context), record.take("table", context));
    let heading = record.heading();
    record.close(context);
    let start = Start { as_of, given, common, heading, name };
    match (nights, table) {
        (Some(nights), Some(_)) => {
            context.error(codes::WRONG_SHAPE, nights.span, "a test has either several nights (at) or variants (table), not both");
        }
        (Some(nights), None) => {
            of_no_night.iter().for_each(|(key, effects)| report_no_night(key, effects, nights, as_of, context));
            tests.extend(over_nights(nights, &start, base, context));
        }
        (None, Some(table)) => tests.extend(variants(table, &start, base, context)),
        (None, None) => tests.extend(single(&start, base, context)),
    }
}

/// What the nights or variants of one test start from.
struct Start {
    as_of: Option<Date>,
    given: Given,
    common: Effects,
    heading: Span,
    name: String,
}

/// What is expected and what is forbidden.
#[derive(Debug, Clone, Default)]
struct Effects {
    expect: Vec<Expectation>,
    forbid: Vec<Expectation>,
    /// One of them has a mistake.
    holed: bool,
}

impl Effects {
    fn take(&mut self, record: &mut Record<'_>, program: &Program, context: &mut Context<'_>) {
        if let Some(node) = record.take("expect", context) {
            self.expect(effects::read_all(node, program, context));
        }
        if let Some(node) = record.take("forbid", context) {
            self.forbid(effects::read_all(node, program, context));
        }
    }

    fn expect(&mut self, read: Vec<Option<Expectation>>) {
        self.holed |= read.iter().any(Option::is_none);
        self.expect.extend(read.into_iter().flatten());
    }

    fn forbid(&mut self, read: Vec<Option<Expectation>>) {
        self.holed |= read.iter().any(Option::is_none);
        self.forbid.extend(read.into_iter().flatten());
    }

    /// What is said here replaces what was said in general about the same thing.
    fn over(&self, own: Effects) -> Effects {
        let kept = |all: &[Expectation], own: &[Expectation]| -> Vec<Expectation> {
            all.iter().filter(|one| !own.iter().any(|other| other.key == one.key)).cloned().collect()
        };
        let mut expect = kept(&self.expect, &own.expect);
        let mut forbid = kept(&self.forbid, &own.forbid);
        expect.extend(own.expect);
        forbid.extend(own.forbid);
        Effects { expect, forbid, holed: self.holed || own.holed }
    }

    fn is_empty(&self) -> bool {
        self.expect.is_empty() && self.forbid.is_empty() && !self.holed
    }
}

fn single(start: &Start, base: &Base<'_>, context: &mut Context<'_>) -> Option<Test> {
    report_nothing_expected(&start.common, start.heading, context);
    let as_of = needed_day(start.as_of, start.heading, context)?;
    let night = night(as_of, as_of, start.given.clone(), start.common.clone());
    Some(made(start.name.clone(), start.heading, vec![night], base, context))
}

fn night(as_of: Date, from: Date, given: Given, effects: Effects) -> Night {
    Night { as_of, from, given, expect: effects.expect, forbid: effects.forbid }
}

fn made(name: String, span: Span, nights: Vec<Night>, base: &Base<'_>, context: &Context<'_>) -> Test {
    Test { name, path: base.path.clone(), line: place(span, context).1, nights }
}

fn needed_day(as_of: Option<Date>, heading: Span, context: &mut Context<'_>) -> Option<Date> {
    if as_of.is_none() {
        let found = Diagnostic::error(codes::MISSING_KEY, heading, "this test has no run date");
        context.findings.push(found.help("write as_of: in the test, or once at the top of the file"));
    }
    as_of
}

fn report_nothing_expected(effects: &Effects, place: Span, context: &mut Context<'_>) {
    if effects.is_empty() {
        let found = Diagnostic::error(codes::NOTHING_EXPECTED, place, "this test expects nothing, so that it can never fail");
        context.findings.push(found.help("add expect: or forbid:"));
    }
}

/// Beside `at:`, what stands at the top of a test is of no night: that of `as_of:` is none of those that run.
fn report_no_night(key: &str, effects: &Node, nights: &Node, as_of: Option<Date>, context: &mut Context<'_>) {
    let days: Vec<&str> =
        nights.mapping().map(|nights| nights.entries.iter().map(|night| night.key.as_str()).collect()).unwrap_or_default();
    let other = as_of.map(|day| day.to_string()).filter(|day| !days.contains(&day.as_str()));
    let written = context.sources.slice(effects.span);
    let help = match (other, days.first()) {
        (Some(day), _) if written.starts_with('{') => format!("write the day it is about below at: {day}: {{{key}: {written}}}"),
        (Some(day), _) => format!("put it under the day it is about, below at: {day}: with {key}: below it"),
        (None, Some(day)) => format!("put it under the day it is about, below at: {day}: with expect: and forbid: below it"),
        (None, None) => return,
    };
    let found =
        Diagnostic::error(codes::WRONG_SHAPE, effects.span, format!("\"{key}\" beside \"at\" does not say which night it is about"));
    context.findings.push(found.help(help));
}

/// `at:` a day for each night, in order.
fn over_nights(node: &Node, start: &Start, base: &Base<'_>, context: &mut Context<'_>) -> Option<Test> {
    let Some(mapping) = node.mapping() else {
        context.error(codes::WRONG_SHAPE, node.span, "nights are days with what is expected of them: 2026-12-15: {action: email}");
        return None;
    };
    let mut nights: Vec<Night> = Vec::new();
    let mut given = start.given.clone();
    for entry in &mapping.entries {
        let Some(as_of) = Date::parse(&entry.key) else {
            let found = Diagnostic::error(codes::NUMBER_FORM, entry.key_span, format!("\"{}\" is not a day", entry.key));
            context.findings.push(found.help("write days as 2026-12-31"));
            continue;
        };
        if let Some(before) = nights.last().filter(|before| before.as_of >= as_of) {
            let message = format!("the night of {as_of} stands after that of {}", before.as_of);
            let found = Diagnostic::error(codes::NIGHT_ORDER, entry.key_span, message);
            context.findings.push(found.help("nights stand in order of day: what one leaves is what the next one starts from"));
        }
        let effects = one_night(entry, &mut given, base, context);
        report_nothing_expected(&effects, entry.key_span, context);
        let from = start.as_of.or_else(|| nights.first().map(|night| night.as_of)).unwrap_or(as_of);
        nights.push(night(as_of, from, given.clone(), effects));
    }
    Some(made(start.name.clone(), start.heading, nights, base, context))
}

/// What one night says: the expectations themselves, or the groups `with`, `expect` and `forbid`.
fn one_night(entry: &Entry, given: &mut Given, base: &Base<'_>, context: &mut Context<'_>) -> Effects {
    let mut effects = Effects::default();
    let grouped = ["with", "expect", "forbid"].iter().any(|key| entry.value.get(key).is_some());
    if !grouped {
        effects.expect(effects::read_all(&entry.value, base.program, context));
        return effects;
    }
    let Some(mut record) = Record::open(&entry.value, &forms::NIGHT, context) else { return effects };
    if let Some(node) = record.take("with", context) {
        given.put_all(node, base.program, context);
    }
    effects.take(&mut record, base.program, context);
    record.close(context);
    effects
}

/// `table:` one variant a row: `why`, what differs, and `expect.` and `forbid.` before what must come of it.
fn variants(node: &Node, start: &Start, base: &Base<'_>, context: &mut Context<'_>) -> Vec<Test> {
    let mut tests = Vec::new();
    let mut whys: BTreeMap<String, Span> = BTreeMap::new();
    for item in context.items(node) {
        let Some(mapping) = item.mapping() else {
            context.error(codes::WRONG_SHAPE, item.span, "a variant is a group of values: {why: just under, amount: 149.99 EUR}");
            continue;
        };
        let heading = mapping.entries.first().map_or(item.span, |entry| entry.key_span);
        let (mut given, mut own) = (start.given.clone(), Effects::default());
        let (mut as_of, mut why) = (start.as_of, None);
        for entry in &mapping.entries {
            match entry.key.split_once('.') {
                _ if entry.key == "why" => why = context.text(&entry.value).map(|text| (text.to_owned(), entry.value.span)),
                _ if entry.key == "as_of" => as_of = context.date(&entry.value),
                Some(("expect", key)) => own.expect(vec![effects::read(key, entry, base.program, context)]),
                Some(("forbid", key)) => own.forbid(vec![effects::read(key, entry, base.program, context)]),
                _ => given.put(&entry.key, entry, base.program, context),
            }
        }
        let Some((why, span)) = why else {
            context.error(codes::MISSING_KEY, heading, "a variant needs the key \"why\"");
            continue;
        };
        if let Some(first) = whys.insert(why.clone(), span) {
            context.defined_twice(&why, span, first);
        }
        let effects = start.common.over(own);
        report_nothing_expected(&effects, heading, context);
        if let Some(as_of) = needed_day(as_of, heading, context) {
            let night = night(as_of, as_of, given, effects);
            tests.push(made(format!("{}: {why}", start.name), heading, vec![night], base, context));
        }
    }
    tests
}
