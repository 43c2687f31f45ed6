//! Slips: every token of the rule files left out, written twice or misspelt, in turn. None breaks the compiler, and what is refused is
//! refused at the line of the slip.
//!
//! A slip in a name of one's own, a number or a sentence can give another sound rule set: it has another hash, which a run writes down
//! and people see. One that has the same hash must be the same program, or its meaning changed in silence.
//! RELANCE_SLIPS=all tries every slip, prints the misses and counts what gives other rule sets; else a fixed share of them is tried, every
//! token in one way.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test ends where something is not as it must be, and tells")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::compile::compile;
use relance::rules::diagnostics::{Diagnostic, render};
use relance::rules::program::Program;
use relance::rules::sources::{SourceFile, Sources};

/// One slip: what became of a token.
struct Slip {
    file: usize,
    at: usize,
    what: &'static str,
    token: String,
    text: String,
}

/// What the compiler makes of a slip.
enum Outcome {
    /// The rules say what they said: a slip in a comment, or none at all.
    Same,
    /// They say something else, and their hash says that they do not.
    Silent,
    /// Sound, and another program.
    Another,
    Refused {
        at_its_line: bool,
        findings: String,
    },
}

struct Pack {
    files: Vec<SourceFile>,
    currency: Currency,
    hash: String,
    meaning: String,
}

impl Pack {
    fn open(folder: &str, currency: &str) -> Pack {
        let mut paths: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
            .expect("a pack")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths.retain(|path| path.to_string_lossy().ends_with(".yaml") && !path.to_string_lossy().ends_with(".test.yaml"));
        let file = |path: std::path::PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            SourceFile { path: name, text: fs::read_to_string(path).expect("a rule file") }
        };
        let mut pack = Pack {
            files: paths.into_iter().map(file).collect(),
            currency: Currency::parse(currency.as_bytes()).expect("a currency"),
            hash: String::new(),
            meaning: String::new(),
        };
        let program = pack.compile(&pack.files).unwrap_or_else(|findings| panic!("{}", render(&findings, &pack.files, false)));
        (pack.meaning, pack.hash) = (meaning(&program), program.hash);
        pack
    }

    fn compile(&self, files: &[SourceFile]) -> Result<Program, Vec<Diagnostic>> {
        compile(files, Date::parse("2026-12-15").expect("a day"), self.currency).map(|compiled| compiled.program)
    }

    fn outcome(&self, slip: &Slip) -> Outcome {
        let mut files = self.files.clone();
        files[slip.file].text.clone_from(&slip.text);
        match self.compile(&files) {
            Ok(program) if program.hash != self.hash => Outcome::Another,
            Ok(program) if meaning(&program) == self.meaning => Outcome::Same,
            Ok(_) => Outcome::Silent,
            Err(findings) => {
                let sources = Sources::new(&files);
                let line = self.line(slip);
                let hit = |finding: &Diagnostic| {
                    let span = finding.primary.span;
                    span.file as usize == slip.file && (sources.place(span).line as usize).abs_diff(line) <= 1
                };
                Outcome::Refused { at_its_line: findings.iter().any(hit), findings: render(&findings, &files, false) }
            }
        }
    }

    fn line(&self, slip: &Slip) -> usize {
        self.files[slip.file].text[..slip.at].matches('\n').count() + 1
    }

    fn told(&self, slip: &Slip) -> String {
        format!("{}:{}: \"{}\" {}", self.files[slip.file].path, self.line(slip), slip.token, slip.what)
    }

    fn slips(&self) -> Vec<Slip> {
        let mut slips = Vec::new();
        for (file, source) in self.files.iter().enumerate() {
            for (start, end) in tokens(&source.text) {
                let token = &source.text[start..end];
                let word = token.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
                let twice = if word { format!("{token} {token}") } else { token.repeat(2) };
                let ways = [("left out", Some(String::new())), ("written twice", Some(twice)), ("misspelt", word.then(|| misspelt(token)))];
                for (what, new) in ways {
                    let Some(new) = new else { continue };
                    let text = format!("{}{new}{}", &source.text[..start], &source.text[end..]);
                    slips.push(Slip { file, at: start, what, token: token.to_owned(), text });
                }
            }
        }
        slips
    }
}

/// All that a program does: everything but its places in the files, its wording and the order of a table of texts.
fn meaning(program: &Program) -> String {
    let texts = &program.texts.texts;
    let parts = (&program.fields, &program.derived, &program.tables, &program.trials, &program.blocks, &program.policies);
    let others = (
        &program.tasks,
        &program.representations,
        &program.caps,
        &program.quiet_days,
        &program.assignments,
        &program.penalties,
        &program.rates,
        &program.calendar,
    );
    let all = format!("{texts:?} {parts:?} {others:?}");
    let all = without(&all, "Span {", "}");
    without(&all, "text: \"", "\", ")
}

/// Leaves out every stretch that starts and ends so.
fn without(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once(end).map_or("", |(_, rest)| rest))
}

/// Words with their digits, and every other sign; blanks separate.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut in_word = false;
    for (at, letter) in text.char_indices() {
        let of_word = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some((_, end)) if of_word && in_word => *end = at + letter.len_utf8(),
            _ if letter.is_whitespace() => {}
            _ => tokens.push((at, at + letter.len_utf8())),
        }
        in_word = of_word;
    }
    tokens
}

/// Two letters exchanged, or one added where there are not two.
fn misspelt(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match letters.windows(2).position(|pair| pair[0] != pair[1]) {
        Some(at) => letters.swap(at, at + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

/// What a token is.
fn sort(token: &str) -> &'static str {
    match token.chars().next() {
        Some(letter) if letter.is_ascii_digit() => "numbers",
        Some(letter) if letter.is_alphabetic() => "words",
        _ => "signs",
    }
}

#[derive(Default)]
struct Tally {
    same: usize,
    /// Slips that gave another sound rule set, by what their token was.
    another: BTreeMap<&'static str, usize>,
    silent: Vec<String>,
    refused: usize,
    at_their_line: usize,
    misses: Vec<String>,
}

/// Tries slips on all processors; every `step`th of them, so that each token has its turn.
fn tally(pack: &Pack, step: usize) -> Tally {
    let slips: Vec<Slip> =
        pack.slips().into_iter().enumerate().filter(|(at, _)| at % step == at / step % step).map(|(_, slip)| slip).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tally = Tally::default();
        while let Some(slip) = slips.get(next.fetch_add(1, Ordering::Relaxed)) {
            match pack.outcome(slip) {
                Outcome::Same => tally.same += 1,
                Outcome::Another => *tally.another.entry(sort(&slip.token)).or_default() += 1,
                Outcome::Silent => tally.silent.push(pack.told(slip)),
                Outcome::Refused { at_its_line, findings } => {
                    assert!(!findings.is_empty());
                    tally.refused += 1;
                    tally.at_their_line += usize::from(at_its_line);
                    if !at_its_line {
                        let first = findings.lines().take(2).collect::<Vec<_>>().join(" ");
                        tally.misses.push(format!("{}: {first}", pack.told(slip)));
                    }
                }
            }
        }
        tally
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Tally> = thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        started.into_iter().map(|worker| worker.join().expect("no slip breaks the compiler")).collect()
    });
    let mut all = Tally::default();
    for part in parts {
        all.same += part.same;
        part.another.into_iter().for_each(|(sort, count)| *all.another.entry(sort).or_default() += count);
        all.silent.extend(part.silent);
        all.refused += part.refused;
        all.at_their_line += part.at_their_line;
        all.misses.extend(part.misses);
    }
    all.misses.sort();
    all
}

#[track_caller]
fn check(folder: &str, currency: &str, step: usize) {
    let whole = std::env::var("RELANCE_SLIPS").is_ok_and(|value| value == "all");
    let found = tally(&Pack::open(folder, currency), if whole { 1 } else { step });
    let Tally { same, another, silent, refused, at_their_line, misses } = found;
    println!(
        "{folder}: {same} change nothing, {refused} refused, {at_their_line} of them at their line; another sound rule set: {another:?}"
    );
    println!("{}", misses.join("\n"));
    assert!(silent.is_empty(), "{folder}: another meaning under the same hash\n{}", silent.join("\n"));
    assert!(refused > 20, "{refused} refused");
    assert!(at_their_line * 100 >= refused * 95, "{folder}: {at_their_line} of {refused} at their line\n{}", misses.join("\n"));
}

#[test]
fn slips_in_the_sample_are_refused_where_they_are() {
    check("testdata/rules/sample", "EUR", 17);
}

#[test]
fn slips_in_the_french_pack_are_refused_where_they_are() {
    check("rules/fr-b2b", "EUR", 67);
}

#[test]
fn slips_in_the_british_pack_are_refused_where_they_are() {
    check("rules/uk-b2b", "GBP", 67);
}

#[test]
fn slips_in_the_european_pack_are_refused_where_they_are() {
    check("rules/eu-b2b", "EUR", 67);
}

#[test]
fn slips_in_the_packs_for_consumers_are_refused_where_they_are() {
    check("rules/fr-consumer", "EUR", 29);
    check("rules/us-consumer", "USD", 29);
}
