//! Numbers, amounts and quotation marks as other desks write them. Each is told once, at its place, with what to write instead: what
//! stands behind a sign that means nothing here must not be read as something else.

use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::sources::{Span, count};

/// Blanks that group digits: between thousands people write any of them.
const BLANKS: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];
/// Signs of currencies with their codes, and whether the sign stands for no other.
const CURRENCIES: &[(char, &str, bool)] = &[('€', "EUR", true), ('£', "GBP", true), ('$', "USD", false), ('¥', "JPY", false)];
/// Quotation marks of books and word processors: what opens, and what may close.
const QUOTES: &[(char, &[char])] = &[
    ('«', &['»']),
    ('‹', &['›']),
    ('“', &['”', '“']),
    ('”', &['”']),
    ('„', &['“', '”']),
    ('‘', &['’', '‘']),
    ('’', &['’']),
    ('‚', &['‘', '’']),
];

/// Units as people write them, in small letters, with ours; `%` and currencies among them.
const UNITS: &[(&str, &str)] = &[
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("eur", "EUR"),
    ("gbp", "GBP"),
    ("usd", "USD"),
    ("d", "days"),
    ("day", "days"),
    ("days", "days"),
    ("j", "days"),
    ("jr", "days"),
    ("jrs", "days"),
    ("jour", "days"),
    ("jours", "days"),
    ("tag", "days"),
    ("tage", "days"),
    ("dias", "days"),
    ("giorni", "days"),
    ("w", "weeks"),
    ("wk", "weeks"),
    ("wks", "weeks"),
    ("week", "weeks"),
    ("weeks", "weeks"),
    ("semaine", "weeks"),
    ("semaines", "weeks"),
    ("woche", "weeks"),
    ("wochen", "weeks"),
    ("month", "months"),
    ("months", "months"),
    ("mois", "months"),
    ("monat", "months"),
    ("monate", "months"),
    ("y", "years"),
    ("yr", "years"),
    ("yrs", "years"),
    ("year", "years"),
    ("years", "years"),
    ("an", "years"),
    ("ans", "years"),
    ("année", "years"),
    ("années", "years"),
    ("bd", "business days"),
    ("workday", "business days"),
    ("workdays", "business days"),
    ("werktag", "business days"),
    ("werktage", "business days"),
    ("percent", "%"),
    ("pct", "%"),
    ("pourcent", "%"),
    ("prozent", "%"),
];
/// What stands before or behind the word for days, in either order, where working days are meant.
const WORKING: &[&str] = &["working", "work", "bank", "banking", "business", "ouvré", "ouvrés", "ouvre", "ouvres", "arbeits"];
/// Words beside that for days that say nothing more.
const CALENDAR: &[&str] = &["calendar", "calendaires", "calendaire", "francs"];

/// A quantity of another desk: the unit and, where both belong together, the word behind it. Gives ours, and how many of the words it is.
pub fn unit(digits: &str, word: &str, behind: Option<&str>) -> Option<(String, usize)> {
    let lower = |word: &str| word.to_lowercase();
    let known = |word: &str| UNITS.iter().find(|(theirs, _)| *theirs == lower(word)).map(|(_, ours)| *ours);
    let is_of = |word: &str, list: &[&str]| list.contains(&lower(word).as_str());
    let written = |unit: &str| match unit {
        "%" => format!("{digits}%"),
        _ if digits == "1" && unit.ends_with('s') => format!("1 {}", &unit[..unit.len() - 1]),
        _ => format!("{digits} {unit}"),
    };
    if let Some(behind) = behind {
        for (days, other) in [(word, behind), (behind, word)] {
            match known(days) {
                Some("days") if is_of(other, WORKING) => return Some((written("business days"), 2)),
                Some("days") if is_of(other, CALENDAR) => return Some((written("days"), 2)),
                _ => {}
            }
        }
    }
    known(word).map(|unit| (written(unit), 1))
}

/// A number or amount that is not written as numbers are written here, at the start of a text: its finding and its length in bytes.
///
/// Inside round brackets a comma separates values, so that it is no part of a number there.
pub fn number(text: &str, in_brackets: bool, place: Span) -> Option<Diagnostic> {
    let mut reader = Reader { text, at: 0 };
    let before = reader.currency();
    let mut digits = reader.digits().to_owned();
    if digits.is_empty() {
        return None;
    }
    let grouping = reader.groups(&mut digits, in_brackets);
    let comma = !in_brackets && reader.next() == Some(',') && reader.digit_after(1);
    if comma || reader.next() == Some('.') && reader.digit_after(1) {
        reader.at += 1;
        digits.push('.');
        digits.push_str(reader.digits());
    }
    let number_ends = reader.at;
    let after = before.is_none().then(|| reader.currency_after()).flatten();
    let is_foreign = grouping.is_some() || comma || before.is_some() || after.is_some();
    if !is_foreign {
        return None;
    }
    let length = if after.is_some() { reader.at } else { number_ends };
    let written = &text[..length];
    let span = Span { end: place.start + count(length), ..place };
    if grouping == Some(Grouping::Doubtful) && !digits.contains('.') {
        let found = Diagnostic::error(codes::FOREIGN_NUMBER, span, format!("\"{written}\" can be read in two ways"));
        let decimals = written.replacen(',', ".", 1);
        return Some(found.help(format!("write {digits} for the thousands, {decimals} for decimals")));
    }
    let (_, code, is_sure) = before.or(after).map_or(("", "", true), |(_, code, is_sure)| ("", *code, *is_sure));
    let ours = format!("{digits} {code}").trim_end().to_owned();
    let found = Diagnostic::error(codes::FOREIGN_NUMBER, span, format!("\"{written}\" is written {ours} here"));
    let found = if code.is_empty() {
        found.help("decimals stand behind a point, _ or nothing stands between thousands")
    } else {
        found.help("an amount is a number and the code of its currency; decimals stand behind a point, _ or nothing between thousands")
    };
    Some(if is_sure { found.replace(ours) } else { found.help("the sign stands for several currencies: write the code that is meant") })
}

/// An amount with a point and three digits behind it, in a currency that has fewer decimals: a thousand to some, one and a bit to others.
pub fn thousands(text: &str, decimals: u32, place: Span) -> Option<Diagnostic> {
    let number = &text[..text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len())];
    let (whole, part) = number.split_once('.')?;
    let is_doubtful = !text[number.len()..].starts_with([',', '.'])
        && decimals < 3
        && part.len() == 3
        && (1..=3).contains(&whole.len())
        && !whole.starts_with('0');
    let span = Span { end: place.start + count(number.len()), ..place };
    let found = || Diagnostic::error(codes::FOREIGN_NUMBER, span, format!("\"{number}\" can be read in two ways"));
    let short = part.trim_end_matches('0');
    let exact = short.len() <= decimals as usize;
    let decimal = format!("{whole}.{short:0<2}");
    let other = if decimals == 0 { whole.to_owned() } else { decimal };
    is_doubtful.then(|| match exact {
        true => found().help(format!("write {whole}_{part} for the thousands, {other} for decimals")),
        false => found().help(format!("write {whole}_{part} for the thousands; the currency does not have three decimals")),
    })
}

/// A day as people write it, `20/11/2026` or `20.11.2026`, at the start of a text.
pub fn day(text: &str, place: Span) -> Option<Diagnostic> {
    let length = text.find(|c: char| !(c.is_ascii_digit() || c == '/' || c == '.')).unwrap_or(text.len());
    let written = &text[..length];
    let separator = written.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = written.split(separator).collect();
    let [first, second, year] = parts[..] else { return None };
    let is_part = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_part(first) || !is_part(second) || year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let iso = |day: &str, month: &str| Date::parse(&format!("{year}-{month:0>2}-{day:0>2}"));
    let span = Span { end: place.start + count(length), ..place };
    let message = |ours: Date| format!("\"{written}\" is written {ours} here");
    let found = |ours: Date| Diagnostic::error(codes::FOREIGN_NUMBER, span, message(ours)).replace(ours.to_string());
    match (iso(first, second), iso(second, first)) {
        (Some(european), Some(american)) if european != american => {
            let found = Diagnostic::error(codes::FOREIGN_NUMBER, span, format!("\"{written}\" can be read in two ways"));
            Some(found.help(format!("write {european} if the day stands first, {american} if the month does")))
        }
        (Some(ours), _) | (None, Some(ours)) => Some(found(ours)),
        (None, None) => None,
    }
}

/// A text that begins with a number of another desk, with the number as it is written here.
pub fn rewritten(text: &str, place: Span) -> Option<String> {
    let fix = number(text, false, place)?.fix?;
    let length = (fix.span.end - fix.span.start) as usize;
    Some(format!("{}{}", fix.replacement, text.get(length..)?))
}

/// An expression with the number of another desk put right, so that its other mistakes can be found. All places stay as they are, and an
/// amount loses its currency where both would not fit.
pub fn mended(source: &str, place: Span, found: &Diagnostic) -> Option<String> {
    let fix = found.fix.as_ref().filter(|_| found.code == codes::FOREIGN_NUMBER)?;
    let part = fix.span.start.checked_sub(place.start)? as usize..fix.span.end.checked_sub(place.start)? as usize;
    let ours = if fix.replacement.len() <= part.len() { Some(fix.replacement.as_str()) } else { fix.replacement.split(' ').next() };
    let ours = ours.filter(|ours| ours.len() <= part.len())?;
    let (before, after) = (source.get(..part.start)?, source.get(part.end..)?);
    Some(format!("{before}{ours:width$}{after}", width = part.len()))
}

/// How thousands are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Plain,
    /// One comma and three digits: thousands to some, decimals to others.
    Doubtful,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn digit_after(&self, bytes: usize) -> bool {
        self.rest().get(bytes..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(BLANKS).len();
    }

    /// The sign of a currency, and the blanks behind it.
    fn currency(&mut self) -> Option<&'static (char, &'static str, bool)> {
        let next = self.next()?;
        let known = CURRENCIES.iter().find(|(sign, ..)| *sign == next)?;
        self.at += next.len_utf8();
        self.blanks();
        Some(known)
    }

    /// The sign of a currency behind a number; nothing is read where there is none.
    fn currency_after(&mut self) -> Option<&'static (char, &'static str, bool)> {
        let before = self.at;
        self.blanks();
        let next = self.next();
        let known = CURRENCIES.iter().find(|(sign, ..)| Some(*sign) == next);
        self.at = known.map_or(before, |(sign, ..)| self.at + sign.len_utf8());
        known
    }

    /// Groups of three digits behind the first digits of a number, added to them in our way.
    fn groups(&mut self, digits: &mut String, in_brackets: bool) -> Option<Grouping> {
        if digits.len() > 3 || digits.contains('_') {
            return None;
        }
        let separator = self.next()?;
        let before = self.at;
        let mut groups = Vec::new();
        let is_separator = |next: char| next == separator || BLANKS.contains(&separator) && BLANKS.contains(&next);
        while let Some(next) = self.next().filter(|next| is_separator(*next)) {
            let Some(group) = self.rest().get(next.len_utf8()..).filter(|rest| three_digits(rest)) else { break };
            groups.push(&group[..3]);
            self.at += next.len_utf8() + 3;
        }
        let has_decimals = |sign: char| self.next() == Some(sign) && self.digit_after(1);
        let grouping = match separator {
            _ if groups.is_empty() => None,
            _ if BLANKS.contains(&separator) || ['\'', '’'].contains(&separator) => Some(Grouping::Plain),
            '.' if groups.len() > 1 || (!in_brackets && has_decimals(',')) => Some(Grouping::Plain),
            ',' if in_brackets => None,
            ',' if groups.len() > 1 || has_decimals('.') => Some(Grouping::Plain),
            ',' => Some(Grouping::Doubtful),
            _ => None,
        };
        match grouping {
            Some(_) => groups.iter().for_each(|group| {
                digits.push('_');
                digits.push_str(group);
            }),
            None => self.at = before,
        }
        grouping
    }
}

/// Whether a text starts with three digits and no fourth.
fn three_digits(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3
}

/// A number whose decimal comma YAML took for the end of a value: `before` ends in digits, and `after` goes on with some.
pub fn cut(text: &str, before: Span, after: Span) -> Option<Diagnostic> {
    let source = text.get(before.start as usize..before.end as usize)?;
    let is_digit = |c: char| c.is_ascii_digit() || c == '_';
    if text.get(before.end as usize..after.start as usize) != Some(",") || !source.ends_with(is_digit) {
        return None;
    }
    // As much as can belong to the number: with its thousands, else its last digits alone.
    let grouped = source.trim_end_matches(|c: char| is_digit(c) || c == '.' || BLANKS.contains(&c));
    let lead = &source[grouped.len()..];
    let starts = [grouped.len() + lead.len() - lead.trim_start_matches(BLANKS).len(), source.trim_end_matches(is_digit).len()];
    starts.into_iter().find_map(|start| {
        let start = before.start + count(start);
        let whole = text.get(start as usize..after.end as usize)?;
        number(whole, false, Span { start, ..before }).filter(|found| found.primary.span.end > before.end)
    })
}

/// A text between quotation marks of books at the start of a text.
pub fn quoted(text: &str, place: Span) -> Option<Diagnostic> {
    let (open, closing) = QUOTES.iter().find(|(open, _)| text.starts_with(*open))?;
    let inside = &text[open.len_utf8()..];
    let what = "texts stand between straight single quotation marks here";
    let Some(end) = inside.find(*closing) else {
        let span = Span { end: place.start + count(open.len_utf8()), ..place };
        return Some(Diagnostic::error(codes::SYNTAX, span, format!("\"{open}\" opens no text: {what}")).help("write 'FR'"));
    };
    let close = inside[end..].chars().next().map_or(0, char::len_utf8);
    let span = Span { end: place.start + count(open.len_utf8() + end + close), ..place };
    let inner = inside[..end].trim();
    let found = Diagnostic::error(codes::SYNTAX, span, what);
    let ours = format!("'{inner}'");
    Some(if inner.contains('\'') { found } else { found.label(format!("write {ours}")).replace(ours) })
}

/// The same of a value as a whole, which needs no quotation marks at all.
pub fn quoted_value(text: &str, span: Span) -> Option<Diagnostic> {
    let (open, closing) = QUOTES.iter().find(|(open, _)| text.starts_with(*open))?;
    let inner = text[open.len_utf8()..].strip_suffix(*closing)?.trim();
    let found = Diagnostic::error(codes::SYNTAX, span, "these quotation marks would be part of the value");
    let is_plain = !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    let ours = if is_plain { inner.to_owned() } else { format!("'{inner}'") };
    Some(if inner.contains('\'') { found } else { found.label(format!("write {ours}")).replace(ours) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is proposed for a text outside and inside of brackets; `None` where it is left to the rest of the language.
    fn check(text: &str, outside: Option<&str>, inside: Option<&str>) {
        let place = Span { file: 0, start: 0, end: count(text.len()) };
        for (in_brackets, ours) in [(false, outside), (true, inside)] {
            let found = number(text, in_brackets, place);
            let told = found.as_ref().map(|found| found.fix.as_ref().map_or("no fix", |fix| fix.replacement.as_str()));
            assert_eq!(told, ours, "{text:?}, in brackets: {in_brackets}");
        }
    }

    fn check_unit(digits: &str, word: &str, behind: Option<&str>, ours: Option<(&str, usize)>) {
        let told = unit(digits, word, behind);
        assert_eq!(told.as_ref().map(|(ours, words)| (ours.as_str(), *words)), ours, "{digits} {word} {behind:?}");
    }

    #[test]
    fn units_of_other_desks_are_rewritten() {
        check_unit("300", "euros", None, Some(("300 EUR", 1)));
        check_unit("15", "d", Some("and"), Some(("15 days", 1)));
        check_unit("15", "Jours", None, Some(("15 days", 1)));
        check_unit("1", "jour", None, Some(("1 day", 1)));
        check_unit("3", "jours", Some("ouvrés"), Some(("3 business days", 2)));
        check_unit("3", "working", Some("days"), Some(("3 business days", 2)));
        check_unit("1", "bank", Some("day"), Some(("1 business day", 2)));
        check_unit("30", "jours", Some("calendaires"), Some(("30 days", 2)));
        check_unit("30", "percent", None, Some(("30%", 1)));
        check_unit("2", "Wochen", None, Some(("2 weeks", 1)));
        for (word, behind) in [("dollars", None), ("working", None), ("working", Some("hours")), ("m", None), ("ouvrables", None)] {
            check_unit("3", word, behind, None);
        }
    }

    /// What is said of a text as a day: what it is replaced by, or the help.
    fn check_day(text: &str, told: Option<&str>) {
        let found = day(text, Span { file: 0, start: 0, end: count(text.len()) });
        let said = found.map(|found| found.fix.map_or_else(|| found.help.concat(), |fix| fix.replacement));
        assert_eq!(said.as_deref(), told, "{text:?}");
    }

    #[test]
    fn days_of_other_desks_are_rewritten() {
        check_day("20/11/2026", Some("2026-11-20"));
        check_day("11/20/2026 and", Some("2026-11-20"));
        check_day("1.12.2026", Some("write 2026-12-01 if the day stands first, 2026-01-12 if the month does"));
        check_day("05/05/2026", Some("2026-05-05"));
        for other in ["31/02/2026", "20/11/26", "1.5", "1/2", "1/2/3", "1.000.000", "2026-11-20", "20/11.2026"] {
            check_day(other, None);
        }
    }

    /// What is said of an amount of a currency with so many decimals.
    fn check_thousands(text: &str, decimals: u32, told: Option<&str>) {
        let found = thousands(text, decimals, Span { file: 0, start: 0, end: count(text.len()) });
        assert_eq!(found.map(|found| found.help.concat()).as_deref(), told, "{text:?}");
    }

    #[test]
    fn three_digits_behind_a_point_are_asked_about() {
        check_thousands("1.300 EUR", 2, Some("write 1_300 for the thousands, 1.30 for decimals"));
        check_thousands("12.345", 2, Some("write 12_345 for the thousands; the currency does not have three decimals"));
        check_thousands("1.000 JPY", 0, Some("write 1_000 for the thousands, 1 for decimals"));
        check_thousands("1.300 KWD", 3, None);
        for plain in ["0.500", "1.30", "1300", "1.3000", "1_000.500", "1234.500"] {
            check_thousands(plain, 2, None);
        }
    }

    #[test]
    fn numbers_of_other_desks_are_rewritten() {
        check("1 000", Some("1_000"), Some("1_000"));
        check("1\u{a0}000\u{202f}000 EUR", Some("1_000_000"), Some("1_000_000"));
        check("12\u{2009}500,50\u{a0}€", Some("12_500.50 EUR"), Some("12_500"));
        check("100,50", Some("100.50"), None);
        check("12,5%", Some("12.5"), None);
        check("100, 50", None, None);
        check("1.000,50 €", Some("1_000.50 EUR"), None);
        check("1.000.000", Some("1_000_000"), Some("1_000_000"));
        check("1.000", None, None);
        check("1,000", Some("no fix"), None);
        check("1,000.50", Some("1_000.50"), None);
        check("1,000,000", Some("1_000_000"), None);
        check("1'000", Some("1_000"), Some("1_000"));
        check("50 €", Some("50 EUR"), Some("50 EUR"));
        check("€ 50.25", Some("50.25 EUR"), Some("50.25 EUR"));
        check("£1 000", Some("1_000 GBP"), Some("1_000 GBP"));
        check("$5", Some("no fix"), Some("no fix"));
        for own in ["5", "5 EUR", "5_000", "0.75", "30..60", "1000 days", "10 50", "1 0000", "€", "2 or 3"] {
            check(own, None, None);
        }
    }
}
