//! The difference of two texts, line by line.

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Pairs of lines compared at most; beyond, the changed stretch is shown as replaced whole.
const MOST_PAIRS: usize = 16_000_000;

/// A line and where it is: in both texts, only in the first, only in the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Both(&'t str),
    Gone(&'t str),
    New(&'t str),
}

/// The difference as `diff -u` shows it; empty where there is none.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    let lines = compare(before, after);
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Both(_))).collect();
    let Some(first) = changed.first() else { return String::new() };
    let mut hunks: Vec<(usize, usize)> = vec![(first.saturating_sub(CONTEXT), first + 1)];
    for at in &changed {
        match hunks.last_mut() {
            Some((_, end)) if at.saturating_sub(CONTEXT) <= *end + CONTEXT => *end = at + 1,
            _ => hunks.push((at.saturating_sub(CONTEXT), at + 1)),
        }
    }
    let mut out = format!("--- {name}\n+++ {name}\n");
    for (start, end) in hunks {
        hunk(&lines, start, (end + CONTEXT).min(lines.len()), &mut out);
    }
    out
}

fn hunk(lines: &[Line<'_>], start: usize, end: usize, out: &mut String) {
    let old = |lines: &[Line<'_>]| lines.iter().filter(|line| !matches!(line, Line::New(_))).count();
    let new = |lines: &[Line<'_>]| lines.iter().filter(|line| !matches!(line, Line::Gone(_))).count();
    let (before, part) = (&lines[..start], &lines[start..end]);
    out.push_str(&format!("@@ -{},{} +{},{} @@\n", old(before) + 1, old(part), new(before) + 1, new(part)));
    for line in part {
        let (sign, text) = match line {
            Line::Both(text) => (' ', text),
            Line::Gone(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        out.push(sign);
        out.push_str(text.trim_end_matches(['\r', '\n']));
        out.push('\n');
        if !text.ends_with('\n') {
            out.push_str("\\ No newline at end of file\n");
        }
    }
}

/// All lines of both texts by the longest sequence they share.
fn compare<'t>(before: &'t str, after: &'t str) -> Vec<Line<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut lines: Vec<Line<'t>> = old[..head].iter().map(|line| Line::Both(line)).collect();
    lines.extend(middle(old_middle, new_middle));
    lines.extend(old[old.len() - tail..].iter().map(|line| Line::Both(line)));
    lines
}

fn middle<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let gone = || old.iter().map(|line| Line::Gone(line));
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return gone().chain(new.iter().map(|line| Line::New(line))).collect();
    }
    // Length of the longest sequence shared by what follows each pair of lines.
    let width = new.len() + 1;
    let mut shared = vec![0_u32; (old.len() + 1) * width];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            let (right, below) = (shared[row * width + column + 1], shared[(row + 1) * width + column]);
            let both = shared[(row + 1) * width + column + 1] + 1;
            shared[row * width + column] = if old[row] == new[column] { both } else { right.max(below) };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < old.len() || column < new.len() {
        if row < old.len() && column < new.len() && old[row] == new[column] {
            lines.push(Line::Both(old[row]));
            (row, column) = (row + 1, column + 1);
        } else if column == new.len() || (row < old.len() && shared[(row + 1) * width + column] >= shared[row * width + column + 1]) {
            lines.push(Line::Gone(old[row]));
            row += 1;
        } else {
            lines.push(Line::New(new[column]));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_read_as_diff_shows_them() {
        let cases = [
            ("a\nb\n", "a\nb\n", ""),
            ("a\nb\nc\n", "a\nB\nc\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"),
            ("a\nb", "a\nb\n", "--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"),
            ("a\n\n\nb\n", "a\n\nb\n", "--- f\n+++ f\n@@ -1,4 +1,3 @@\n a\n \n-\n b\n"),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n",
                "0\n2\n3\n4\n5\n6\n7\n8\n9\ny\n",
                "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-x\n+y\n",
            ),
        ];
        for (before, after, expected) in cases {
            assert_eq!(unified("f", before, after), expected, "{before:?} to {after:?}");
        }
    }
}
