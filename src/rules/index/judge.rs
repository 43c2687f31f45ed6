//! Residual conditions: worked out row by row, once for all rules that need them.

use crate::rules::eval::Env;
use crate::rules::expr::typed::{Condition, Term};
use crate::rules::program::{Facts, FieldId, MISSING};

/// Texts whose answers are remembered, by their codes.
const MOST_TEXTS: usize = 1 << 16;

/// A condition the bitmaps cannot answer.
pub(super) struct Residual {
    condition: Condition,
    /// The text it looks at, where that is all it looks at: the answer is the same for the same text.
    text: Option<FieldId>,
}

impl Residual {
    pub(super) fn new(condition: Condition) -> Residual {
        let text = match &condition {
            Condition::Text(compare) => match (&compare.value, &compare.with) {
                (Term::Field(field), Term::Constant(_)) => Some(*field),
                _ => None,
            },
            _ => None,
        };
        Residual { condition, text }
    }
}

/// Answers residual conditions, each once per row, and once per text where only a text counts.
pub(super) struct Judge<'i, 'e> {
    residuals: &'i [Residual],
    env: &'i Env<'e>,
    row: u64,
    /// The row each residual was last answered for, and the answer.
    answers: Vec<(u64, bool)>,
    /// Answers by the code of a text.
    by_text: Vec<Vec<Option<bool>>>,
}

impl<'i, 'e> Judge<'i, 'e> {
    pub(super) fn new(residuals: &'i [Residual], env: &'i Env<'e>) -> Judge<'i, 'e> {
        let count = residuals.len();
        Judge { residuals, env, row: 0, answers: vec![(0, false); count], by_text: vec![Vec::new(); count] }
    }

    /// Forgets the answers of the row before.
    pub(super) fn next_row(&mut self) {
        self.row += 1;
    }

    /// Whether residuals give the answers they must give for the row.
    pub(super) fn all_hold(&mut self, needs: &[(usize, bool)], facts: &impl Facts) -> bool {
        needs.iter().all(|(residual, answer)| self.holds(*residual, facts) == *answer)
    }

    /// Whether a residual holds for the row.
    fn holds(&mut self, at: usize, facts: &impl Facts) -> bool {
        let (row, answer) = self.answers[at];
        if row == self.row {
            return answer;
        }
        let answer = self.work_out(at, facts);
        self.answers[at] = (self.row, answer);
        answer
    }

    fn work_out(&mut self, at: usize, facts: &impl Facts) -> bool {
        let residual = &self.residuals[at];
        let code = residual.text.map(|field| facts.cell(field)).filter(|code| *code != MISSING);
        let Some(code) = code.and_then(|code| usize::try_from(code).ok()).filter(|code| *code < MOST_TEXTS) else {
            return residual.condition.holds(facts, self.env);
        };
        let known = &mut self.by_text[at];
        if known.len() <= code {
            known.resize(code + 1, None);
        }
        *known[code].get_or_insert_with(|| residual.condition.holds(facts, self.env))
    }
}
