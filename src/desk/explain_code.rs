//! `relance explain-code`: the page of a diagnostic code, or what a kind of finding, a reason of a reject or of an action means, from the
//! same files the documentation is made of.

use crate::error::{Exit, Failure};
use crate::rules::codes::{self, Code};
use crate::rules::diagnostics::nearest;

/// The pages, one file per family; each page begins with `## R0000`.
const PAGES: &[&str] = &[
    include_str!("../../docs/codes/R01.md"),
    include_str!("../../docs/codes/R02.md"),
    include_str!("../../docs/codes/R03.md"),
    include_str!("../../docs/codes/R04.md"),
    include_str!("../../docs/codes/R05.md"),
    include_str!("../../docs/codes/R06.md"),
    include_str!("../../docs/codes/R07.md"),
    include_str!("../../docs/codes/R08.md"),
    include_str!("../../docs/codes/R09.md"),
    include_str!("../../docs/codes/R10.md"),
    include_str!("../../docs/codes/R11.md"),
];

/// Pages with a table of what a night tells of its data: what each row is, the page and its text.
const TOLD: &[(&str, &str, &str)] = &[
    ("a finding of a night", "docs/outputs.md", include_str!("../../docs/outputs.md")),
    ("a reason why a row is refused", "docs/errors-and-exit-codes.md", include_str!("../../docs/errors-and-exit-codes.md")),
];

/// The page with the reasons of actions, and its text.
const STOPS: (&str, &str) = ("docs/what-stops-an-action.md", include_str!("../../docs/what-stops-an-action.md"));

/// What a reason of an action means; `hold:` is followed by the id of the hold.
fn reason(asked: &str) -> Option<String> {
    let (page, text) = STOPS;
    let known = if asked.starts_with("hold:") { "hold:" } else { asked };
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let row = rows.map(|row| row.split(" | ").collect::<Vec<_>>()).find_map(|cells| {
        <[&str; 5]>::try_from(cells).ok().filter(|cells| cells[3].split(", ").any(|reason| reason.split('`').nth(1) == Some(known)))
    })?;
    let [_, what, status, _, of] = row;
    Some(format!("{asked}, a reason of an action: {what}; the action is: {status}; asked of: {of}  ({page})\n"))
}

/// Kinds of findings and reasons of rejects, with what they are, their page and their meaning.
fn told() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    TOLD.iter().flat_map(|(what, page, text)| {
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once(" | "));
        // Names that share a row stand side by side: `zero_amount`, `wrong_sign`.
        let named = rows.flat_map(|(names, meaning)| names.trim_end_matches('`').split("`, `").map(move |name| (name, meaning)));
        named.filter(|(name, _)| is_kind(name)).map(|(name, meaning)| (name, *what, *page, meaning))
    })
}

fn is_kind(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The page of a code: what it checks, why it matters, an example, and what to write instead.
pub fn page(code: Code) -> Option<&'static str> {
    let heading = format!("## {} ", code.id);
    PAGES.iter().find_map(|file| {
        let start = file.find(&heading)?;
        let page = &file[start..];
        let end = page[heading.len()..].find("\n## ").map_or(page.len(), |at| at + heading.len());
        Some(page[..end].trim_end())
    })
}

/// What a code checks, in the words of its page.
pub fn what_it_checks(code: Code) -> Option<&'static str> {
    let (_, rest) = page(code)?.split_once("**What it checks.** ")?;
    rest.lines().next()
}

/// The page of the code that is asked for, or what a kind of finding or a reason of a reject means; a list of all codes where none is.
///
/// # Errors
/// [`Exit::Usage`] for a name that does not exist, with the nearest one.
pub fn explain(asked: Option<&str>) -> Result<String, Failure> {
    let Some(asked) = asked else {
        return Ok(codes::ALL.iter().map(|code| format!("{}  {}\n", code.id, code.title)).collect());
    };
    let kind = asked.trim().to_lowercase();
    let meanings: String = told()
        .filter(|(name, ..)| *name == kind)
        .map(|(name, what, page, meaning)| format!("{name}, {what}: {meaning}  ({page})\n"))
        .collect();
    if !meanings.is_empty() {
        return Ok(meanings);
    }
    if let Some(meaning) = reason(&kind) {
        return Ok(meaning);
    }
    let id = asked.trim().to_uppercase();
    match Code::find(&id).and_then(page) {
        Some(page) => Ok(format!("{page}\n")),
        None => {
            let near = nearest(&id, codes::ALL.iter().map(|code| code.id)).or_else(|| nearest(&kind, told().map(|(name, ..)| name)));
            let near = near.map_or(String::new(), |near| format!(", did you mean {near}?"));
            Err(Failure::new(Exit::Usage, format!("there is no code {asked}{near}")).remedy(
                "relance explain-code lists all codes; kinds of findings are in docs/outputs.md, reasons of rejects in \
                     docs/errors-and-exit-codes.md, reasons of actions (status_reason) in docs/what-stops-an-action.md: \
                     one that is a plain name is a block, cap, queue or team of the rules",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_has_a_page_with_every_part_and_its_title() {
        for code in codes::ALL {
            let page = page(*code).unwrap_or_default();
            assert!(page.starts_with(&format!("## {} {}\n", code.id, code.title)), "{} needs a page headed by its title", code.id);
            assert!(what_it_checks(*code).is_some_and(|text| text.ends_with('.') && text.chars().count() < 1_024), "{}", code.id);
            for part in ["**What it checks.**", "**Why it matters.**", "**Example.**", "**Better.**"] {
                assert!(page.contains(part), "{} has no {part}", code.id);
            }
        }
        let pages = PAGES.concat().matches("\n## R").count();
        assert_eq!(pages, codes::ALL.len(), "a page of a code that does not exist");
    }

    /// Wherever a night makes a finding, its kind stands in quotes behind one of these.
    #[test]
    fn every_kind_of_finding_is_explained() {
        let mut folders = vec!["src/night".to_owned(), "src/run".to_owned()];
        let mut kinds = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).expect("a folder") {
                let entry = entry.expect("an entry");
                let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    folders.push(name);
                } else if !name.contains("test") {
                    let text = std::fs::read_to_string(entry.path()).expect("a source file");
                    for before in [
                        "Finding { kind: \"",
                        "            kind: \"",
                        "finding(\"",
                        "            find(\"",
                        "pub const RATES_RUN_OUT: &str = \"",
                    ] {
                        for kind in text.split(before).skip(1).filter_map(|rest| rest.split('"').next()) {
                            assert!(explain(Some(kind)).is_ok_and(|page| page.contains("a finding of a night")), "{kind} in {name}");
                            kinds += 1;
                        }
                    }
                }
            }
        }
        assert!(kinds > 15, "only {kinds} were found");
    }

    #[test]
    fn kinds_and_reasons_are_found_on_the_page_that_documents_them() {
        for (asked, expected) in [
            ("unknown_customer", "unknown_customer, a finding of a night: "),
            ("Wrong_Sign", "wrong_sign, a reason why a row is refused: "),
            ("unknown_invoice", "\nunknown_invoice, a reason why a row is refused: "),
        ] {
            assert!(explain(Some(asked)).is_ok_and(|text| text.contains(expected)), "{asked}");
        }
        let failure = explain(Some("unknown_custmer")).expect_err("no such kind");
        assert!(failure.messages[0].ends_with("did you mean unknown_customer?"), "{failure}");
    }

    #[test]
    fn reasons_of_actions_are_found_on_the_page_that_documents_them() {
        for (asked, expected) in [
            ("guard:no_email", "guard:no_email, a reason of an action: no address, a refused channel, or one from which"),
            ("guard:barred", "guard:barred, a reason of an action: limitation: nothing asks for money"),
            ("guard:deceased", "guard:deceased, a reason of an action: the law, and what the customer asked for"),
            ("hold:H-17", "hold:h-17, a reason of an action: a hold somebody set"),
            ("quiet_days", "quiet_days, a reason of an action: a quiet day; "),
        ] {
            assert!(explain(Some(asked)).is_ok_and(|text| text.starts_with(expected) && text.ends_with(")\n")), "{asked}");
        }
        let failure = explain(Some("with_an_agency")).expect_err("a name of the rules");
        assert!(failure.to_string().contains("docs/what-stops-an-action.md"), "{failure}");
    }

    #[test]
    fn codes_are_found_as_people_type_them() {
        assert!(explain(Some("r0502")).is_ok_and(|page| page.starts_with("## R0502 ")));
        assert_eq!(explain(None).map(|list| list.lines().count()), Ok(codes::ALL.len()));
        let failure = explain(Some("R0515")).expect_err("no such code");
        assert_eq!((failure.exit, failure.messages[0].starts_with("there is no code R0515, did you mean R05")), (Exit::Usage, true));
    }
}
