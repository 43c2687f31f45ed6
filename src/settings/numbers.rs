//! Numbers of the job file, and those of other desks with how they are written here.

use super::resolve::Place;
use crate::rules::expr::foreign;
use crate::rules::sources::Span;

/// A number without the underscores between its digits.
pub fn plain(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let groups = |(at, c): &(usize, char)| *c == '_' && is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    text.char_indices().filter(|place| !groups(place)).map(|(_, c)| c).collect()
}

/// What there is to say of a value that `parse` does not take, where it is a number as other desks write it.
pub fn foreign<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<String> {
    let place = Span::start_of(0);
    if let Some(ours) = foreign::rewritten(text, place) {
        let without_currency = ours.split_once(' ').map_or("", |(number, _)| number);
        let ours = [ours.as_str(), without_currency].into_iter().find(|ours| parse(ours).is_ok())?;
        return Some(written(text, ours));
    }
    let found = foreign::number(text, false, place)?;
    let help = found.help.first().filter(|_| found.fix.is_none())?;
    Some(format!("{}: {help}", found.message))
}

fn written(theirs: &str, ours: &str) -> String {
    format!("\"{theirs}\" is written {ours} here: decimals stand behind a point, _ or nothing stands between thousands")
}

/// A number whose decimal comma was read as the end of a value, given what stands behind the comma: where the number begins, and what to
/// write. `text` is the file.
pub fn cut(text: &str, behind: Place) -> Option<(Place, String)> {
    let line = text.lines().nth(usize::try_from(behind.line).ok()?.checked_sub(1)?)?;
    let column = usize::try_from(behind.column).ok()?.checked_sub(1)?;
    let (at, _) = line.char_indices().nth(column)?;
    let (before, after) = line.split_at(at);
    let before = before.strip_suffix(',').filter(|before| before.ends_with(|c: char| c.is_ascii_digit()))?;
    let after = after.split([',', '}', ']', '#']).next()?.trim_end();
    if !after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let start = before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c.is_whitespace()).len();
    let number = before[start..].trim_start();
    let theirs = format!("{number},{after}");
    let ours = foreign::rewritten(&theirs, Span::start_of(0))?;
    let columns = u64::try_from(number.chars().count()).ok()? + 1;
    Some((Place { column: behind.column.checked_sub(columns)?, ..behind }, written(&theirs, &ours)))
}

/// The same, given a place behind what stands behind the comma.
pub fn cut_before(text: &str, place: Place) -> Option<(Place, String)> {
    let line = text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
    let before: Vec<char> = line.chars().take(usize::try_from(place.column).ok()?.checked_sub(1)?).collect();
    let comma = before.iter().rposition(|c| *c == ',')?;
    cut(text, Place { column: u64::try_from(comma).ok()? + 2, ..place })
}
