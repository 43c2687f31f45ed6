//! The proofs of tables against brute force: every row of a small world, asked one by one, on random tables.
//!
//! `RELANCE_PROOF_TABLES` sets how many (default 300); a table that differs is printed with its seed.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a broken generator ends the test")]

mod random;

use std::collections::{BTreeMap, BTreeSet};

use relance::base::calendar::{Calendar, CalendarName};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::codes;
use relance::rules::compile::{Examined, examine};
use relance::rules::eval::Env;
use relance::rules::program::{Cell, DecisionTable, Facts, FieldId, Hit, MISSING, Program, Together};
use relance::rules::proof::table::{Row, TableProof, Witness, prove};
use relance::rules::proof::{Axis, Facets};
use relance::rules::sources::SourceFile;

use random::Random;

const NIGHT: Date = Date(20_777);

/// Fields of the small world: name, how the dictionary describes it, and whether it can be missing.
const FIELDS: &[(&str, &str, bool)] = &[
    ("late", "type: days, required: true", false),
    ("wait", "type: days, optional: true", true),
    ("broken", "type: number, required: true, range: 0.., whole: true", false),
    ("score", "type: number, optional: true", true),
    ("debt", "type: money, required: true, range: 0..", false),
    ("share", "type: rate, required: true", false),
    ("kind", "type: enum, values: [shop, firm, town], required: true", false),
    ("grade", "type: enum, values: [good, bad], optional: true", true),
    ("held", "type: bool, required: true", false),
    ("land", "type: text, required: true", false),
    ("town", "type: text, optional: true", true),
    ("since", "type: date, required: true", false),
];

impl Random {
    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// A value of a field as rules write it.
fn value(field: &str, random: &mut Random) -> String {
    let number = random.below(6);
    match field {
        "late" | "wait" => format!("{number} days"),
        "broken" => number.to_string(),
        "score" => format!("{}{}", number % 3, if random.one_in(2) { ".5" } else { "" }),
        "debt" => format!("{number} EUR"),
        "share" => format!("{}%", 10 * number),
        "kind" => (*random.pick(&["shop", "firm", "town"])).to_owned(),
        "grade" => (*random.pick(&["good", "bad"])).to_owned(),
        "held" => (*random.pick(&["true", "false"])).to_owned(),
        "since" => format!("2026-01-0{}", number + 2),
        _ => format!("'{}'", random.pick(&["x", "y", "z"])),
    }
}

fn is_ordered(field: &str) -> bool {
    !matches!(field, "kind" | "grade" | "held" | "land" | "town")
}

fn is_optional(field: &str) -> bool {
    FIELDS.iter().any(|(name, _, optional)| *name == field && *optional)
}

/// A cell of a grid.
fn cell(field: &str, random: &mut Random) -> String {
    if random.one_in(3) {
        return "any".to_owned();
    }
    let mut parts = Vec::new();
    for _ in 0..=random.below(2) {
        parts.push(if is_optional(field) && random.one_in(4) {
            "missing".to_owned()
        } else if is_ordered(field) && !random.one_in(5) {
            range(field, random)
        } else {
            // In a cell every word is a value: texts need no quotation marks.
            value(field, random).replace('\'', "")
        });
    }
    parts.join(" | ")
}

/// A range whose ends are in order: an empty one is refused before any proof.
fn range(field: &str, random: &mut Random) -> String {
    let (mut low, mut high) = (value(field, random), value(field, random));
    let rank = |text: &str| {
        text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u64>().unwrap_or(0)
            * if text.contains('.') {
                1
            } else if field == "score" {
                10
            } else {
                1
            }
    };
    if rank(&low) > rank(&high) {
        std::mem::swap(&mut low, &mut high);
    }
    match random.below(3) {
        0 => format!("{low}.."),
        1 => format!("..{high}"),
        _ if rank(&low) == rank(&high) => format!("{low}.."),
        _ => format!("{low}..{high}"),
    }
}

/// A condition over some fields.
fn condition(fields: &[&str], depth: usize, random: &mut Random) -> String {
    if depth > 0 && !random.one_in(3) {
        let (one, other) = (condition(fields, depth - 1, random), condition(fields, depth - 1, random));
        return match random.below(5) {
            0 | 1 => format!("({one} and {other})"),
            2 | 3 => format!("({one} or {other})"),
            _ => format!("(if {one} then {other} else not {other})"),
        };
    }
    let field = *random.pick(fields);
    let test = atom(field, fields, random);
    if random.one_in(4) { format!("not {test}") } else { test }
}

fn atom(field: &str, fields: &[&str], random: &mut Random) -> String {
    let value_of = |random: &mut Random| value(field, random);
    if is_optional(field) && random.one_in(3) {
        return format!("({field} is {})", random.pick(&["known", "missing"]));
    }
    let name = if !is_optional(field) {
        field.to_owned()
    } else if random.one_in(2) {
        format!("if_missing({field}, {})", value_of(random))
    } else {
        let test = compared(field, field, random);
        return format!("({field} is known and {test})");
    };
    let other = fields.iter().find(|other| matches!((field, **other), ("late", "wait") | ("debt", "debt")) && field != **other);
    if let Some(other) = other.filter(|_| random.one_in(3)) {
        return format!("({name} {} if_missing({other}, 3 days))", random.pick(&["<", ">", "<=", ">=", "=", "!="]));
    }
    compared(field, &name, random)
}

fn compared(field: &str, name: &str, random: &mut Random) -> String {
    if field == "held" {
        return format!("({name})");
    }
    match random.below(4) {
        0 => format!("({name} in ({}, {}))", value(field, random), value(field, random)),
        1 if is_ordered(field) => format!("({name} between {} and {})", value(field, random), value(field, random)),
        2 if matches!(field, "late" | "wait") => {
            format!("({name} - 1 day {} {})", random.pick(&["<", ">=", "="]), value(field, random))
        }
        2 if field == "debt" => format!("({name} * 50% {} {})", random.pick(&["<", ">", ">="]), value(field, random)),
        _ if is_ordered(field) => format!("({name} {} {})", random.pick(&["=", "!=", "<", "<=", ">", ">="]), value(field, random)),
        _ => format!("({name} {} {})", random.pick(&["=", "!="]), value(field, random)),
    }
}

/// A random table with the dictionary of its fields.
fn rule_set(seed: u64) -> (Vec<SourceFile>, Vec<&'static str>) {
    let mut random = Random(seed);
    let mut fields: Vec<&'static str> = Vec::new();
    if random.one_in(8) {
        fields.extend(["late", "wait"]);
    }
    while fields.len() < 1 + random.below(3) {
        let (name, ..) = *random.pick(FIELDS);
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    let hit =
        *random.pick(&["unique", "first", "first", "all", "all\n    aggregate: max", "all\n    aggregate: min", "all\n    aggregate: sum"]);
    let rows = 1 + random.below(7);
    let is_number = hit.contains("aggregate");
    let outputs = if is_number { ["1", "2", "3"] } else { ["one", "two", "three"] };
    let output = if is_number { "number" } else { "[one, two, three]" };
    let mut text = format!(
        "relance: 1\nkind: segmentation\ntables:\n  - table: t\n    grain: customer\n    hit: {hit}\n    output: {{t: {output}}}\n"
    );
    if random.one_in(2) {
        text += &format!("    columns: [id, {}, t]\n    rows:\n", fields.join(", "));
        for row in 0..rows {
            let cells: Vec<String> = fields.iter().map(|field| cell(field, &mut random)).collect();
            text += &format!("      - [r{row}, {}, {}]\n", cells.join(", "), random.pick(&outputs));
        }
    } else {
        text += "    rules:\n";
        for row in 0..rows {
            let when = condition(&fields, 2, &mut random);
            text += &format!("      - id: r{row}\n        when: {when}\n        then: {}\n", random.pick(&outputs));
        }
    }
    if !matches!(hit, "all" | "all\n    aggregate: sum") && random.one_in(3) {
        text += &format!("    otherwise: {}\n", outputs[1]);
    }
    let described: Vec<String> =
        FIELDS.iter().map(|(name, about, _)| format!("  {name}: {{{about}, grain: customer, source: customers.x_{name}}}\n")).collect();
    let dictionary = format!("relance: 1\nkind: dictionary\nfields:\n{}", described.concat());
    let file = |path: &str, text: String| SourceFile { path: path.to_owned(), text };
    (vec![file("dictionary.yaml", dictionary), file("t.yaml", text)], fields)
}

/// Every value of a field that a threshold of the generator could tell apart.
fn world(field: &str, program: &Program) -> Vec<Cell> {
    let mut cells: Vec<Cell> = match field {
        "late" | "wait" => (-2..=9).collect(),
        "broken" => (0..=7).map(|number| number * 1_000_000).collect(),
        "score" => (-1..=7).map(|half| half * 500_000).flat_map(|cell| [cell - 1, cell, cell + 1]).collect(),
        // Twice an amount is a threshold too, where half of a field is compared.
        "debt" => (0..=10).map(|euros| euros * 100).flat_map(|cell| [cell - 1, cell, cell + 1]).filter(|cell| *cell >= 0).collect(),
        "share" => (-1..=6).map(|tens| tens * 100_000).flat_map(|cell| [cell - 1, cell, cell + 1]).collect(),
        "kind" => (0..3).collect(),
        "grade" | "held" => (0..2).collect(),
        "since" => (0..9).map(|day| Cell::from(Date::from_ymd(2026, 1, 1).expect("a day").plus_days(day).0)).collect(),
        _ => {
            ["x", "y", "z"].iter().filter_map(|text| program.texts.codes.get(*text)).map(|code| Cell::from(*code)).chain([9_999]).collect()
        }
    };
    if is_optional(field) {
        cells.push(MISSING);
    }
    cells
}

struct World(Vec<Cell>);

impl Facts for World {
    fn cell(&self, field: FieldId) -> Cell {
        self.0[field.0 as usize]
    }

    fn text(&self, _: Cell) -> &str {
        ""
    }
}

/// What asking every row of the world says.
struct Asked {
    /// Of each row of the world, the rows of the table that hold, and the value of each field.
    answers: Vec<(Vec<usize>, Vec<Cell>)>,
    fields: Vec<FieldId>,
}

fn ask(table: &DecisionTable, program: &Program, names: &[&str], env: &Env<'_>) -> Asked {
    let fields: Vec<FieldId> = names.iter().map(|name| program.field(name).expect("a field")).collect();
    let worlds: Vec<Vec<Cell>> = names.iter().map(|name| world(name, program)).collect();
    let mut rows: Vec<Vec<Cell>> = vec![Vec::new()];
    for cells in &worlds {
        rows = rows.iter().flat_map(|row| cells.iter().map(move |cell| [row.as_slice(), &[*cell]].concat())).collect();
    }
    let mut facts = World(vec![MISSING; program.fields.len()]);
    let answers = rows.into_iter().map(|row| {
        fields.iter().zip(&row).for_each(|(field, cell)| facts.0[field.0 as usize] = *cell);
        let hits = table.rows.iter().enumerate().filter(|(_, (rule, _))| rule.when.holds(&facts, env)).map(|(at, _)| at).collect();
        (hits, row)
    });
    Asked { answers: answers.collect(), fields }
}

impl Asked {
    fn never(&self, rows: usize) -> Vec<usize> {
        (0..rows).filter(|row| !self.answers.iter().any(|(hits, _)| hits.contains(row))).collect()
    }

    fn has_gap(&self) -> bool {
        self.answers.iter().any(|(hits, _)| hits.is_empty())
    }

    fn overlaps(&self) -> BTreeSet<(usize, usize)> {
        let pairs = |hits: &Vec<usize>| {
            let hits = hits.clone();
            hits.clone().into_iter().flat_map(move |one| hits.clone().into_iter().filter(move |two| one < *two).map(move |two| (one, two)))
        };
        self.answers.iter().flat_map(|(hits, _)| pairs(hits)).collect()
    }

    fn hidden(&self, table: &DecisionTable) -> Vec<usize> {
        let wins = |row: &usize| self.answers.iter().any(|(hits, _)| decides(hits, table) == Some(*row));
        let never = self.never(table.rows.len());
        (0..table.rows.len()).filter(|row| !wins(row) && !never.contains(row)).collect()
    }

    /// Fields whose value never changes what a table gives, the others held still.
    fn idle(&self, table: &DecisionTable) -> BTreeSet<FieldId> {
        let given = |hits: &Vec<usize>| decides(hits, table).map(|row| table.rows[row].1).or(table.otherwise);
        let idle = |at: &usize| {
            let mut seen: BTreeMap<Vec<Cell>, Option<Cell>> = BTreeMap::new();
            self.answers.iter().all(|(hits, row)| {
                let others = [&row[..*at], &row[at + 1..]].concat();
                *seen.entry(others).or_insert_with(|| given(hits)) == given(hits)
            })
        };
        (0..self.fields.len()).filter(idle).map(|at| self.fields[at]).collect()
    }

    fn duplicates(&self, table: &DecisionTable) -> BTreeSet<usize> {
        let same = |one: usize, two: usize| {
            table.rows[one].1 == table.rows[two].1 && self.answers.iter().all(|(hits, _)| hits.contains(&one) == hits.contains(&two))
        };
        let never = self.never(table.rows.len());
        (0..table.rows.len()).filter(|two| !never.contains(two) && (0..*two).any(|one| same(one, *two))).collect()
    }

    /// Rows of the table that hold for an example, whatever the fields it does not name.
    fn at(&self, witness: &Witness, table: &DecisionTable, program: &Program, env: &Env<'_>) -> Vec<BTreeSet<usize>> {
        let mut seen = BTreeSet::new();
        for (_, row) in &self.answers {
            let mut facts = World(vec![MISSING; program.fields.len()]);
            self.fields.iter().zip(row).for_each(|(field, cell)| facts.0[field.0 as usize] = *cell);
            for (axis, bin) in &witness.sides {
                if let Axis::Field(field) = axis {
                    facts.0[field.0 as usize] = bin.cell();
                }
            }
            let holds = table.rows.iter().enumerate().filter(|(_, (rule, _))| rule.when.holds(&facts, env));
            seen.insert(holds.map(|(at, _)| at).collect::<BTreeSet<usize>>());
        }
        seen.into_iter().collect()
    }
}

/// The row that decides among those that hold: the first, or the first with the largest or smallest result.
fn decides(hits: &[usize], table: &DecisionTable) -> Option<usize> {
    let result = |row: &usize| table.rows[*row].1;
    match table.hit {
        Hit::All(Together::Max) => hits.iter().copied().max_by_key(|row| (result(row), std::cmp::Reverse(*row))),
        Hit::All(Together::Min) => hits.iter().copied().min_by_key(|row| (result(row), *row)),
        _ => hits.first().copied(),
    }
}

/// What of the table differs from brute force.
fn difference(proof: &TableProof<'_>, asked: &Asked, table: &DecisionTable, program: &Program, env: &Env<'_>) -> Option<String> {
    let count = table.rows.len();
    let certain = proof.opaque.is_empty();
    let mut wrong: Vec<String> = Vec::new();
    let mut claim = |what: &str, holds: bool| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    claim("not walked to the end", !proof.too_wide);
    let hidden: Vec<usize> = proof.hidden.iter().map(|hidden| hidden.row).collect();
    let overlaps: BTreeSet<(usize, usize)> = proof.overlaps.iter().map(|overlap| (overlap.first, overlap.second)).collect();
    if certain {
        claim("rows never true", proof.never == asked.never(count));
    }
    if !table.hit.decides_by_one() {
        if certain {
            claim("duplicate rows", proof.duplicates.iter().map(|(_, row)| *row).collect::<BTreeSet<_>>() == asked.duplicates(table));
        }
        return (!wrong.is_empty()).then(|| wrong.join(", "));
    }
    let certain_gap = proof.gaps.iter().any(|gap| !gap.doubtful);
    claim("a gap overlooked", !asked.has_gap() || !proof.gaps.is_empty());
    claim("a gap that is none", !certain_gap || asked.has_gap());
    claim(
        "an example of a gap",
        proof.gaps.iter().filter(|gap| !gap.doubtful).all(|gap| asked.at(gap, table, program, env) == [BTreeSet::new()]),
    );
    if certain {
        claim("gaps", asked.has_gap() == certain_gap);
        let idle = asked.idle(table);
        let tested = |axis: &Axis| matches!(axis, Axis::Field(field) if idle.contains(field));
        let expected: BTreeSet<Axis> = proof.tested.iter().filter(|axis| tested(axis)).copied().collect();
        claim("columns that never matter", proof.idle.iter().copied().collect::<BTreeSet<_>>() == expected);
    }
    if table.hit != Hit::Unique {
        let found = asked.hidden(table);
        claim("a hidden row that is none", hidden.iter().all(|row| found.contains(row) || asked.never(count).contains(row)));
        claim("rows never reached", !certain || hidden == found);
        for hidden in proof.hidden.iter().filter(|hidden| !hidden.by.is_empty()) {
            let taken = |hits: &Vec<usize>| !hits.contains(&hidden.row) || hits.iter().any(|row| hidden.by.contains(row));
            let before = |by: &usize| decides(&[(*by).min(hidden.row), (*by).max(hidden.row)], table) == Some(*by);
            claim("what hides a row", asked.answers.iter().all(|(hits, _)| taken(hits)) && hidden.by.iter().all(before));
        }
    } else {
        let found = asked.overlaps();
        claim("an overlap overlooked", found.is_subset(&overlaps));
        claim("overlaps", !certain || found == overlaps);
        for overlap in proof.overlaps.iter().filter(|overlap| !overlap.witness.doubtful) {
            let both = |hits: &BTreeSet<usize>| hits.contains(&overlap.first) && hits.contains(&overlap.second);
            claim("an example of an overlap", asked.at(&overlap.witness, table, program, env).iter().all(both));
        }
    }
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

/// The first rule set of a seed that says nothing needless about missing values, which the language refuses.
fn compiled(seed: u64) -> (Vec<SourceFile>, Vec<&'static str>, Examined) {
    for attempt in 0..100 {
        let (files, names) = rule_set(seed.wrapping_mul(1_000).wrapping_add(attempt));
        let analysis = examine(&files, NIGHT, Currency::parse(b"EUR").expect("a currency"));
        if analysis.errors.is_empty() {
            return (files, names, analysis);
        }
        let other = analysis.errors.iter().find(|found| found.code != codes::ALWAYS_KNOWN);
        assert_eq!(other, None, "seed {seed} does not compile\n{}", files[1].text);
    }
    panic!("seed {seed} has no rule set that compiles");
}

#[test]
fn proofs_say_what_brute_force_says() {
    let tables = std::env::var("RELANCE_PROOF_TABLES").ok().and_then(|count| count.parse().ok()).unwrap_or(300_u64);
    let calendar = Calendar::named(CalendarName::Weekends);
    let env = Env { as_of: NIGHT, calendar: &calendar };
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut different = Vec::new();
    for seed in 0..tables {
        let (files, names, analysis) = compiled(seed);
        let table = analysis.program.tables.first().expect("a table");
        let rows: Vec<Row<'_>> = table.rows.iter().map(|(rule, output)| Row { condition: &rule.when, output: *output }).collect();
        let facets = Facets::of(&analysis.program, &analysis.marks, NIGHT, None);
        let proof = prove(&rows, table.hit, table.otherwise, &facets);
        let asked = ask(table, &analysis.program, &names, &env);
        let found = [
            ("gap", !proof.gaps.is_empty()),
            ("overlap", !proof.overlaps.is_empty()),
            ("hidden", !proof.hidden.is_empty()),
            ("hidden by several", proof.hidden.iter().any(|hidden| hidden.by.len() > 1)),
            ("never", !proof.never.is_empty()),
            ("idle", !proof.idle.is_empty()),
            ("duplicate", !proof.duplicates.is_empty()),
            ("opaque", !proof.opaque.is_empty()),
            ("clean", proof.gaps.is_empty() && proof.overlaps.is_empty() && proof.hidden.is_empty() && proof.never.is_empty()),
        ];
        found.into_iter().filter(|(_, found)| *found).for_each(|(kind, _)| *kinds.entry(kind).or_default() += 1);
        if let Some(what) = difference(&proof, &asked, table, &analysis.program, &env) {
            different.push(format!("seed {seed}: {what}\n{}\n{proof:#?}", files[1].text));
        }
    }
    println!("tables of seeds 0..{tables}: {kinds:?}");
    assert_eq!(kinds.len(), 9, "every kind of finding occurs in the tables of seeds 0..{tables}: {kinds:?}");
    assert!(
        different.is_empty(),
        "{} of the tables of seeds 0..{tables} differ\n{}",
        different.len(),
        different.first().map_or("", String::as_str)
    );
}
