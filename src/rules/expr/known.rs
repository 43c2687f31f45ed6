//! Which fields are known where a condition holds, and where it does not: the narrowing by `is known` and `is missing`.
//!
//! Conditions have no effects and every comparison with a missing value is false, so that narrowing works in both directions of an `and` or `or`.

use std::collections::{BTreeMap, BTreeSet};

use super::check::resolve_definition;
use super::tree::{Tree, TreeKind};
use crate::rules::context::Context;
use crate::rules::names::Meaning;
use crate::rules::program::FieldId;

/// Fields known on either side of a condition.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub when_true: BTreeSet<FieldId>,
    pub when_false: BTreeSet<FieldId>,
}

/// What a condition says about missing values.
pub(super) fn known(tree: &Tree, context: &mut Context<'_>) -> Known {
    match &tree.kind {
        TreeKind::IsKnown(value) => Known { when_true: field(value, context).into_iter().collect(), when_false: BTreeSet::new() },
        TreeKind::Not(inner) => {
            let Known { when_true, when_false } = known(inner, context);
            Known { when_true: when_false, when_false: when_true }
        }
        TreeKind::And(parts) => {
            let parts = parts.iter().map(|part| known(part, context)).collect::<Vec<_>>();
            Known {
                when_true: union(parts.iter().map(|part| &part.when_true)),
                when_false: common(parts.iter().map(|part| &part.when_false)),
            }
        }
        TreeKind::Or(parts) => {
            let parts = parts.iter().map(|part| known(part, context)).collect::<Vec<_>>();
            Known {
                when_true: common(parts.iter().map(|part| &part.when_true)),
                when_false: union(parts.iter().map(|part| &part.when_false)),
            }
        }
        TreeKind::Name(name) => match context.names.get(name).map(|named| named.meaning.clone()) {
            Some(Meaning::Definition(at)) => resolve_definition(context, at, tree.span)
                .map_or_else(Known::default, |definition| Known { when_true: definition.when_true, when_false: definition.when_false }),
            _ => Known::default(),
        },
        _ => Known::default(),
    }
}

/// For each part of an `and`, what the other parts say where they hold; of an `or`, where they do not.
pub(super) fn by_the_others(parts: &[Known], holding: bool) -> Vec<BTreeSet<FieldId>> {
    let mut tellers: BTreeMap<FieldId, usize> = BTreeMap::new();
    for field in parts.iter().flat_map(|part| side(part, holding)) {
        *tellers.entry(*field).or_default() += 1;
    }
    let by_others = |part: &Known| {
        let told = tellers.iter().filter(|(field, count)| **count > usize::from(side(part, holding).contains(field)));
        told.map(|(field, _)| *field).collect()
    };
    parts.iter().map(by_others).collect()
}

fn side(part: &Known, holding: bool) -> &BTreeSet<FieldId> {
    if holding { &part.when_true } else { &part.when_false }
}

fn field(value: &Tree, context: &Context<'_>) -> Option<FieldId> {
    let TreeKind::Name(name) = &value.kind else { return None };
    match context.names.get(name)?.meaning {
        Meaning::Field(id) => Some(id),
        _ => None,
    }
}

fn union<'s>(sets: impl Iterator<Item = &'s BTreeSet<FieldId>>) -> BTreeSet<FieldId> {
    sets.flatten().copied().collect()
}

fn common<'s>(mut sets: impl Iterator<Item = &'s BTreeSet<FieldId>>) -> BTreeSet<FieldId> {
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |common, set| common.intersection(set).copied().collect())
}
