//! Named conditions: checked once, when first met, and shared by all their uses.

use std::sync::Arc;

use super::Checker;
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::known::known;
use crate::rules::expr::tree::{Tree, TreeKind};
use crate::rules::names::{CheckedDefinition, DefinitionState};
use crate::rules::program::Grain;
use crate::rules::sources::Span;

/// Definitions that may stand inside each other.
const MAX_OPEN: usize = 32;

/// The checked form of a definition; `None` where it has a mistake of its own or needs itself.
pub fn resolve_definition(context: &mut Context<'_>, at: usize, span: Span) -> Option<CheckedDefinition> {
    match &context.names.definitions[at].state {
        DefinitionState::Checked(checked) => return Some(checked.clone()),
        DefinitionState::Poison => return None,
        DefinitionState::Open => {
            context.error(codes::CIRCULAR, span, "this definition needs itself, directly or through others");
            return None;
        }
        DefinitionState::Unchecked => {}
    }
    if context.names.open_definitions == MAX_OPEN {
        context.error(codes::TOO_LARGE, span, "definitions stand more than 32 deep inside each other");
        return None;
    }
    context.names.definitions[at].state = DefinitionState::Open;
    context.names.open_definitions += 1;
    let tree = context.names.definitions[at].tree.take();
    let checked = tree.as_ref().and_then(|tree| check(context, tree));
    context.names.open_definitions -= 1;
    context.names.definitions[at].state = checked.clone().map_or(DefinitionState::Poison, DefinitionState::Checked);
    checked
}

fn check(context: &mut Context<'_>, tree: &Tree) -> Option<CheckedDefinition> {
    let known = known(tree, context);
    context.warn_mixed_logic(tree);
    let mut checker = Checker::new(context, Grain::Invoice);
    let condition = checker.condition(tree)?;
    let grain = if checker.reads_invoice { Grain::Invoice } else { Grain::Customer };
    let weight = checker.weight.max(1);
    Some(CheckedDefinition { condition: Arc::new(condition), grain, weight, when_true: known.when_true, when_false: known.when_false })
}

impl Context<'_> {
    /// Warns where `and` stands beside `or` without brackets.
    pub fn warn_mixed_logic(&mut self, tree: &Tree) {
        match &tree.kind {
            TreeKind::Or(parts) => {
                for part in parts {
                    if let TreeKind::And(inner) = &part.kind
                        && part.span.start == inner[0].span.start
                    {
                        let text = self.sources.slice(part.span);
                        let found =
                            Diagnostic::warning(codes::MIXED_LOGIC, part.span, "`and` beside `or` needs brackets to be read without doubt");
                        self.findings.push(found.replace(format!("({text})")).help(format!("write: ({text})")));
                    }
                    self.warn_mixed_logic(part);
                }
            }
            TreeKind::And(parts) => parts.iter().for_each(|part| self.warn_mixed_logic(part)),
            TreeKind::Not(inner) => self.warn_mixed_logic(inner),
            _ => {}
        }
    }
}
