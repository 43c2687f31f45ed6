//! Where letters are printed, on which days, and how long they are in the post.

use super::limits::contacts;
use super::manners::weekdays;
use super::spans::span;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::escalation::mark_condition;
use crate::rules::forms::escalation::POST;
use crate::rules::marks::{Mark, Owner};
use crate::rules::program::{Grain, Post, QuietDays, Verb};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Days a letter may be in the post: more are meant for something else.
const LONGEST_WAY: i32 = 60;

/// A place that prints letters.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Post> {
    let mut record = Record::open(node, &POST, context)?;
    let site = record.need("site", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let id = site.as_ref().map(|site| format!("post.{site}"));
    let when = record.need("when", context);
    let verbs = record.take("for", context).map_or_else(|| Verb::LETTERS.to_vec(), |node| letters(node, context));
    let named = record.take("prints", context);
    let prints = named.map(|node| weekdays(node, context)).unwrap_or_default();
    if named.is_some_and(|node| context.items(node).is_empty()) {
        let found =
            Diagnostic::error(codes::POST, record.key_span("prints"), "this place prints on no day: its letters would wait for ever");
        context.findings.push(found.help("name its days: prints: [tuesday, friday], or delete the line for every night"));
    }
    let takes = record.need("takes", context).and_then(|node| Some((node.span, span(node, context)?)));
    if let Some((place, takes)) = takes.filter(|(_, takes)| takes.days > LONGEST_WAY) {
        let message = format!("no letter is {} days in the post: it takes {LONGEST_WAY} at most", takes.days);
        context.findings.push(Diagnostic::error(codes::POST, place, message).help("time to pay is written at the step: pay_within"));
    }
    mark_condition(Owner::Post, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    record.close(context);
    Some(Post { site: site?, rule: rule?, verbs, prints, takes: takes?.1 })
}

/// Refuses a place whose printing days are all quiet.
pub(super) fn refuse_quiet(post: &Post, quiet_days: &[QuietDays], context: &mut Context<'_>) {
    let is_quiet =
        |day: &u32| quiet_days.iter().any(|quiet| quiet.weekdays.contains(day) && post.verbs.iter().all(|verb| quiet.stops(*verb)));
    if post.prints.is_empty() || !post.prints.iter().all(is_quiet) {
        return;
    }
    let place = context.names.marks.at(&Mark::Condition(Owner::Post, post.rule.id.clone()));
    let message = format!("{} prints on quiet days only: its letters would wait for ever", post.site);
    context.findings.push(Diagnostic::error(codes::POST, place, message).help("add a day to prints:, or take one off skip: of quiet_days"));
}

/// The kinds of letters a place prints.
fn letters(node: &Node, context: &mut Context<'_>) -> Vec<Verb> {
    let named = contacts(node, context);
    if let Some(other) = named.iter().find(|verb| !Verb::LETTERS.contains(verb)) {
        let found = Diagnostic::error(codes::POST, node.span, format!("\"{}\" does not go by post", other.name()));
        context.findings.push(found.help("letters do: for: [letter], [registered_letter], or both"));
    }
    named.into_iter().filter(|verb| Verb::LETTERS.contains(verb)).collect()
}
