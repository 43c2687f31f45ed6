//! `relance explain-code`: the page of a diagnostic code, from the same files the documentation is made of.

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

/// The page of the code that is asked for; a list of all codes where none is.
///
/// # Errors
/// [`Exit::Usage`] for a code that does not exist, with the nearest one.
pub fn explain(asked: Option<&str>) -> Result<String, Failure> {
    let Some(asked) = asked else {
        return Ok(codes::ALL.iter().map(|code| format!("{}  {}\n", code.id, code.title)).collect());
    };
    let id = asked.trim().to_uppercase();
    match Code::find(&id).and_then(page) {
        Some(page) => Ok(format!("{page}\n")),
        None => {
            let near = nearest(&id, codes::ALL.iter().map(|code| code.id));
            let near = near.map_or(String::new(), |near| format!(", did you mean {near}?"));
            Err(Failure::new(Exit::Usage, format!("there is no code {asked}{near}")).remedy("relance explain-code lists all codes"))
        }
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn codes_are_found_as_people_type_them() {
        assert!(explain(Some("r0502")).is_ok_and(|page| page.starts_with("## R0502 ")));
        assert_eq!(explain(None).map(|list| list.lines().count()), Ok(codes::ALL.len()));
        let failure = explain(Some("R0515")).expect_err("no such code");
        assert_eq!((failure.exit, failure.messages[0].starts_with("there is no code R0515, did you mean R05")), (Exit::Usage, true));
    }
}
