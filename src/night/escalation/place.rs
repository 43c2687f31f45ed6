//! Where a debtor is, and where its letters are printed: what the days of contact go by.

use crate::base::contract::customers;
use crate::base::date::Date;
use crate::night::escalation::{Rulebook, after};
use crate::night::facts::{FactTable, Subject};
use crate::rules::program::{Post, Program, Verb};

/// A debtor's place tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// ISO 3166-1; zeros where nobody knows, or no quiet day goes by it.
    pub country: [u8; 2],
    /// The place that prints its letters, by position in [`Program::post`], for each of [`Verb::LETTERS`].
    post: [Option<u16>; Verb::LETTERS.len()],
}

impl Place {
    /// Of one debtor, by position.
    pub fn of(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>, debtor: usize) -> Place {
        let program = rulebook.program;
        let row = facts.debtor(debtor);
        let holds = |post: &Post| post.rule.in_force(subject.as_of) && post.rule.when.holds(&row, rulebook.env);
        let first = |verb: Verb| program.post.iter().position(|post| post.verbs.contains(&verb) && holds(post));
        Place {
            country: country(subject, program, subject.debtors[debtor].customer),
            post: Verb::LETTERS.map(|verb| first(verb).and_then(|at| u16::try_from(at).ok())),
        }
    }

    /// Where an action is printed, if it is a letter and the rules say so.
    pub fn post<'a>(&self, program: &'a Program, verb: Verb) -> Option<&'a Post> {
        let letter = Verb::LETTERS.iter().position(|letter| *letter == verb)?;
        program.post.get(usize::from(self.post[letter]?))
    }

    /// The day an action of a night reaches the debtor, where it is in the post until then.
    pub fn arrival(&self, rulebook: &Rulebook<'_>, verb: Verb, on: Date) -> Option<Date> {
        self.post(rulebook.program, verb).map(|post| after(post.takes, on, rulebook.calendar))
    }
}

fn country(subject: &Subject<'_>, program: &Program, customer: u32) -> [u8; 2] {
    if program.quiet_days.iter().all(|quiet| quiet.calendars.is_empty()) {
        return Default::default();
    }
    let row = subject.documents.customers[customer as usize].row;
    let code = row.and_then(|row| subject.shard.customers.text(customers::COUNTRY, row as usize));
    code.and_then(|code| code.try_into().ok()).unwrap_or_default()
}
