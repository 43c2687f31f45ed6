//! Formatting: what it does to small texts, and that on every pack and on generated files a second run changes nothing, no comment is
//! lost and the rules say the same.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::path::{Path, PathBuf};

use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::compile::{Examined, examine};
use relance::rules::diagnostics::render;
use relance::rules::format::{Amounts, comments, format};
use relance::rules::sources::SourceFile;
use relance::rules::vocabulary::Vocabulary;

fn examined(files: &[SourceFile]) -> Examined {
    let euro = Currency::parse(b"EUR").expect("a currency");
    let examined = examine(files, Date::parse("2026-12-15").expect("a day"), Vocabulary::of(files).currency.unwrap_or(euro));
    assert!(examined.errors.is_empty(), "{}", render(&examined.errors, files, false));
    examined
}

/// Formats a rule set, and checks what formatting promises.
fn formatted(files: &[SourceFile]) -> Vec<SourceFile> {
    let before = examined(files);
    let mut after = Vec::new();
    for (index, file) in (0_u32..).zip(files) {
        let at = before.bare_money.iter().filter(|span| span.file == index).map(|span| span.start).collect();
        let text = format(&file.text, &Amounts { at, currency: Vocabulary::of(files).currency });
        let again = format(&text, &Amounts::default());
        for (once, twice) in text.lines().zip(again.lines()) {
            assert_eq!(twice, once, "{} is formatted twice\n{}", file.path, file.text);
        }
        assert_eq!(again, text, "{}", file.path);
        assert_eq!(comments(&text), comments(&file.text), "{}", file.path);
        after.push(SourceFile { path: file.path.clone(), text });
    }
    assert_eq!(examined(&after).program.hash, before.program.hash, "{}", files[0].text);
    after
}

fn files(folder: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let rules =
        paths.into_iter().filter(|path| path.to_string_lossy().ends_with(".yaml") && !path.to_string_lossy().ends_with(".test.yaml"));
    rules.map(|path| SourceFile { path: path.display().to_string(), text: fs::read_to_string(&path).expect("a rule file") }).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn packs() -> Vec<PathBuf> {
    let packs = fs::read_dir(root().join("rules")).expect("the packs").map(|entry| entry.expect("an entry").path());
    packs.filter(|path| path.is_dir()).collect()
}

#[test]
fn the_shipped_packs_are_in_their_one_form() {
    for pack in packs() {
        let files = files(&pack);
        for (before, after) in files.iter().zip(formatted(&files)) {
            assert!(before.text == after.text, "{} is not formatted", before.path);
        }
    }
}

#[test]
fn formatting_is_stable_on_every_sound_rule_set() {
    for folder in ["testdata/rules/sample", "testdata/night/rules"] {
        formatted(&files(&root().join(folder)));
    }
}

#[test]
fn small_texts_are_formatted_as_they_should() {
    let head = "relance: 1\nkind: segmentation\n";
    let cases = [
        ("no line break at the end", "define: {}", "define: {}\n"),
        ("blanks at the end, empty lines", "constants:   \n\n\n  a: 5 EUR  # five  \n\n", "constants:\n\n  a: 5 EUR  # five\n"),
        ("amounts", "constants:\n  a: 250000 EUR\n  b: 12.5%\n", "constants:\n  a: 250_000 EUR\n  b: 12.5%\n"),
        (
            "values below each other stay so",
            "constants:\n  a:    5 EUR # five\n  longer: 6 EUR\n  b:    7 EUR\n",
            "constants:\n  a:      5 EUR # five\n  longer: 6 EUR\n  b:      7 EUR\n",
        ),
        (
            "expressions",
            "define:\n  d:\n    means: D\n    when: exposure>=250000 and country is known and country=='FR'  # far\n",
            "define:\n  d:\n    means: D\n    when: exposure >= 250_000 and country is known and country = 'FR' # far\n",
        ),
        (
            "a value over several lines keeps its lines",
            "define:\n  d:\n    means: D\n    when: >\n      exposure>5\n      and   exposure<>7\n",
            "define:\n  d:\n    means: D\n    when: >\n      exposure > 5\n      and exposure != 7\n",
        ),
        (
            "keys in order, unless a comment would move",
            "define:\n  d:\n    when: exposure > 5\n    means: D\n  e:\n    when: exposure > 5 # why\n    means: E\n",
            "define:\n  d:\n    means: D\n    when: exposure > 5\n  e:\n    when: exposure > 5 # why\n    means: E\n",
        ),
        (
            "columns of a grid",
            "tables:\n  - table: t\n    grain: customer\n    hit: first\n    output: {o: [x,y]}\n    columns: [id, exposure, o]\n    rows:\n      - [a,..50000,x] # low\n      - [long_name, 50000.., y]\n",
            "tables:\n  - table: t\n    grain: customer\n    hit: first\n    output: {o: [x, y]}\n    columns: [id,   exposure, o]\n    rows:\n      - [a,         ..50_000, x] # low\n      - [long_name, 50_000.., y]\n",
        ),
        (
            "rows of keys",
            "trials:\n  - {trial: t,share: 5 %}\n  - {share: 15%, trial: longer}\n",
            "trials:\n  - {trial: t,      share: 5%}\n  - {trial: longer, share: 15%}\n",
        ),
        ("texts are left alone", "lists:\n  l: [1000, 'a  b', C-1]\n", "lists:\n  l: [1000, 'a  b', C-1]\n"),
    ];
    for (what, before, after) in cases {
        let (before, after) = (format!("{head}{before}"), format!("{head}{after}"));
        assert_eq!(format(&before, &Amounts::default()), after, "{what}");
        assert_eq!(format(&after, &Amounts::default()), after, "{what}, again");
        let windows = format(&before.replace('\n', "\r\n"), &Amounts::default());
        assert_eq!(windows, after.replace('\n', "\r\n"), "{what}, with carriage returns");
    }
    let broken = "relance: 1\n\tkind: x\n";
    assert_eq!(format(broken, &Amounts::default()), broken, "a file that cannot be read");
}

#[test]
fn bare_amounts_get_their_currency() {
    let text = "relance: 1\nkind: segmentation\nconstants:\n  c: 5 EUR\ndefine:\n  d:\n    means: D\n    when: exposure > 1000 and open_items > 1000 and min(exposure, 5) < c\n";
    let after = formatted(&[SourceFile { path: "s.yaml".to_owned(), text: text.to_owned() }]);
    let expected = "exposure > 1_000 EUR and open_items > 1_000 and min(exposure, 5 EUR) < c\n";
    assert!(after[0].text.ends_with(expected), "{}", after[0].text);
}

/// A small generator of numbers: the same seed gives the same file.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// Blanks where blanks mean nothing.
    fn gap(&mut self) -> &'static str {
        self.one(&["", "", " ", "  ", "   "])
    }

    fn comment(&mut self) -> &'static str {
        self.one(&["", "", "", " # why", "      # a reason: it 'holds'", "   "])
    }

    fn test(&mut self) -> String {
        let (gap, more) = (self.gap(), self.gap());
        let sign = self.one(&["=", "==", "<>", "!=", ">", ">=", "<"]);
        let number = self.one(&["0", "5", "1000", "25000", "1_0_0_0", "7.50", "1234567"]);
        match self.below(9) {
            0 => format!("exposure{gap}{sign}{more}{number}{}", self.one(&["", " EUR", "EUR"])),
            1 => format!("overdue_items{gap}{sign}{more}{}", self.below(5000)),
            2 => format!("oldest_days_past_due{gap}{sign}{more}{}{}", self.below(90), self.one(&["", " days", " weeks"])),
            3 => format!("legal_status{gap}{}{more}insolvency", self.one(&["=", "==", "<>", "!="])),
            4 => format!("legal_status {}in{gap}({more}insolvency,{gap}bailiff )", self.one(&["", "not "])),
            5 => format!("country is known and country{gap}={more}'F  R'"),
            6 => format!("if_missing({gap}credit_limit_use,{more}0 %)>{gap}80%"),
            7 => format!("as_of{gap}<={more}2026-0{}-15{gap}+{more}3 business days", 1 + self.below(9)),
            _ => format!("exposure{gap}*{more}2{gap}-{more}-5 EUR{gap}>{more}{number}"),
        }
    }

    fn condition(&mut self) -> String {
        let word = self.one(&[" and ", " or ", "  and   "]);
        let parts: Vec<String> = (0..1 + self.below(3)).map(|_| format!("{}({})", self.one(&["", "not "]), self.test())).collect();
        parts.join(word)
    }

    fn lines(&mut self, indent: usize, lines: &mut [String], shuffle: bool) -> String {
        if shuffle {
            for at in (1..lines.len()).rev() {
                let other = self.below(at + 1);
                lines.swap(at, other);
            }
        }
        let mut out = String::new();
        for (at, line) in lines.iter().enumerate() {
            let start = if at == 0 { "- " } else { "  " };
            out.push_str(&format!("{}{start}{line}{}\n", " ".repeat(indent), self.comment()));
            if self.below(12) == 0 {
                out.push_str(self.one(&["\n", "\n\n\n", "   # alone\n", "\n  # more: [1, 2\n\n"]));
            }
        }
        out
    }

    fn table(&mut self, number: usize) -> String {
        let mut lines = vec![format!("table: t{number}"), "grain: customer".to_owned(), "hit: first".to_owned()];
        lines.push(format!("output: {{o{number}: [low,{}high]}}", self.gap()));
        let mut body = if self.below(2) == 0 { self.grid(number) } else { self.rules() };
        let shuffle = self.below(2) == 0;
        let head = self.lines(2, &mut lines, shuffle);
        body.push_str(&format!("    otherwise:{} high\n", self.gap()));
        head + &body
    }

    fn grid(&mut self, number: usize) -> String {
        let mut text = format!(
            "    columns: [id,{} oldest_days_past_due , exposure,{}o{number}]{}\n    rows:\n",
            self.gap(),
            self.gap(),
            self.comment()
        );
        for row in 0..1 + self.below(6) {
            let days = self.one(&["..30", "30..60", "60 ..", "any", "5", "0..7"]);
            let money = self.one(&["..10000", "500..", "10000..2000000", "any", "7"]);
            text.push_str(&format!(
                "      - [row_{row}{},{}{days},{} {money}{},low]{}\n",
                row * row,
                self.gap(),
                self.gap(),
                self.gap(),
                self.comment()
            ));
        }
        text
    }

    fn rules(&mut self) -> String {
        let mut text = "    rules:\n".to_owned();
        for row in 0..1 + self.below(4) {
            let when = self.condition();
            let mut lines = vec![format!("id: r{row}"), format!("when:{} {when}", self.gap()), "then: low".to_owned()];
            let shuffle = self.below(2) == 0;
            text.push_str(&self.lines(6, &mut lines, shuffle));
        }
        text
    }

    fn file(&mut self) -> String {
        let mut text = format!("# made by a seed\nrelance: 1\nkind: segmentation{}\n\n\n", self.comment());
        text.push_str("constants:\n");
        for number in 0..1 + self.below(4) {
            let value = self.one(&["5 EUR", "250000 EUR", "8 %", "30 days", "'F R'", "12000", "2026-01-01"]);
            text.push_str(&format!("  {}{number}:{} {value}{}\n", self.one(&["c", "constant_"]), self.gap(), self.comment()));
        }
        text.push_str("define:\n");
        for number in 0..1 + self.below(3) {
            text.push_str(&format!("  d{number}:\n    when: {}{}\n    means:  A  sentence, {number}\n", self.condition(), self.comment()));
            if self.below(3) == 0 {
                text.push_str(&format!(
                    "  e{number}:\n    means: Long\n    when: >-\n      {}\n      and  {}   \n",
                    self.test(),
                    self.test()
                ));
            }
        }
        text.push_str("tables:\n");
        (0..1 + self.below(3)).for_each(|number| {
            let table = self.table(number);
            text.push_str(&table);
        });
        text.push_str("trials:\n  - {trial: try , share:  5%}\n  - {share: 12.5 %, trial: another}\n");
        match self.below(4) {
            0 => text.replace('\n', "\r\n"),
            1 => text.trim_end().to_owned(),
            _ => text,
        }
    }
}

/// A hundred files; RELANCE_FORMAT_FILES asks for more.
#[test]
fn formatting_is_stable_on_generated_files() {
    let count = std::env::var("RELANCE_FORMAT_FILES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    let mut changed = 0;
    for seed in 1..=count {
        let text = Dice(seed).file();
        let files = [SourceFile { path: format!("seed {seed}"), text }];
        changed += u64::from(formatted(&files)[0].text != files[0].text);
    }
    assert!(changed * 10 >= count * 9, "{changed} of {count} files had anything to format");
}
