//! The rule files as text, and places in them. Who opened them is not known here.

/// A rule file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as messages shall show it.
    pub path: String,
    pub text: String,
}

/// A stretch of a rule file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Position of the file in [`Sources`].
    pub file: u32,
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The empty stretch at the start of a file.
    pub fn start_of(file: u32) -> Span {
        Span { file, start: 0, end: 0 }
    }

    /// From the start of this stretch to the end of the other.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start, end: other.end.max(self.start) }
    }

    /// The empty stretch at the end of this one.
    #[must_use]
    pub fn at_end(self) -> Span {
        Span { start: self.end, ..self }
    }
}

/// A place as people count it, both from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// The dictionary that ships with the product; the last file of every [`Sources`].
pub const BUILT_IN_DICTIONARY: &str = include_str!("dictionary.yaml");
/// How messages name it.
pub const BUILT_IN_PATH: &str = "<built-in dictionary>";

/// All files of a rule set, the built-in dictionary last.
#[derive(Debug)]
pub struct Sources<'a> {
    files: Vec<(&'a str, &'a str)>,
    /// Byte offset of each line of each file.
    lines: Vec<Vec<u32>>,
}

impl<'a> Sources<'a> {
    /// Indexes the lines of the files.
    pub fn new(files: &'a [SourceFile]) -> Sources<'a> {
        let mut all: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        all.push((BUILT_IN_PATH, BUILT_IN_DICTIONARY));
        let lines = all.iter().map(|(_, text)| line_starts(text)).collect();
        Sources { files: all, lines }
    }

    /// Positions of all rule files, the built-in dictionary last.
    pub fn indexes(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.files).filter(|(_, (path, _))| !is_list_file(path)).map(|(at, _)| at)
    }

    /// Positions of the files that lists take their values from.
    pub fn list_files(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.files).filter(|(_, (path, _))| is_list_file(path)).map(|(at, _)| at)
    }

    /// Whether this is the built-in dictionary.
    pub fn is_built_in(&self, file: u32) -> bool {
        file as usize + 1 == self.files.len()
    }

    /// Path of a file.
    pub fn path(&self, file: u32) -> &'a str {
        self.files.get(file as usize).map_or("", |(path, _)| path)
    }

    /// Whole text of a file.
    pub fn text(&self, file: u32) -> &'a str {
        self.files.get(file as usize).map_or("", |(_, text)| text)
    }

    /// The text of a stretch.
    pub fn slice(&self, span: Span) -> &'a str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The text from the end of a stretch to the end of its line.
    pub fn rest_of_line(&self, span: Span) -> &'a str {
        self.text(span.file).get(span.end as usize..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    /// The whole line a stretch starts in.
    pub fn line(&self, span: Span) -> &'a str {
        let text = self.text(span.file);
        let start = text.get(..span.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    /// Line and column of the start of a stretch.
    pub fn place(&self, span: Span) -> Place {
        let Some(lines) = self.lines.get(span.file as usize) else { return Place { line: 1, column: 1 } };
        let line = lines.partition_point(|start| *start <= span.start).max(1);
        let start = lines.get(line - 1).copied().unwrap_or(0);
        let before = self.slice(Span { file: span.file, start, end: span.start });
        Place { line: count(line), column: count(before.chars().count() + 1) }
    }

    /// `file:line` of the start of a stretch, as outputs name rules.
    pub fn file_and_line(&self, span: Span) -> String {
        format!("{}:{}", self.path(span.file), self.place(span).line)
    }
}

/// Whether a file holds values of lists, by its name. Its text is one of comma-separated values, whatever the file holds itself.
pub fn is_list_file(path: &str) -> bool {
    [".csv", ".parquet"].iter().any(|end| path.ends_with(end))
}

fn line_starts(text: &str) -> Vec<u32> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| count(at + 1))).collect()
}

/// A count of bytes or lines of a file, which the budget keeps far below the limit.
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
