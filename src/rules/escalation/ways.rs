//! What debtors are told about how to pay.

use crate::base::contract::values::METHODS;
use crate::base::iban;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::escalation::mark_condition;
use crate::rules::forms::escalation::WAY_TO_PAY;
use crate::rules::marks::Owner;
use crate::rules::program::{Grain, WayToPay};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Methods and an account for some customers.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<WayToPay> {
    let mut record = Record::open(node, &WAY_TO_PAY, context)?;
    let id = record.need("way", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let when = record.need("when", context);
    let known: Vec<(&str, &str)> = METHODS.iter().map(|method| (*method, *method)).collect();
    let named = record.need("methods", context);
    let methods: Option<Vec<String>> = named.map(|node| {
        let items = context.items(node).iter();
        items.filter_map(|method| context.choice(method, "a method of payment", &known)).map(str::to_owned).collect()
    });
    if named.is_some_and(|node| context.items(node).is_empty()) {
        let found = Diagnostic::error(codes::WAY_TO_PAY, record.key_span("methods"), "nobody can pay by no method");
        context.findings.push(found.help("name at least one: methods: [transfer]"));
    }
    let account = record.take("account", context).and_then(|node| account(node, context));
    mark_condition(Owner::WayToPay, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    record.close(context);
    Some(WayToPay { rule: rule?, methods: methods?, account })
}

/// An account to pay to; an IBAN loses its spaces.
fn account(node: &Node, context: &mut Context<'_>) -> Option<String> {
    let written = context.text(node)?.trim();
    if !iban::looks_like_one(written) {
        return Some(written.to_owned());
    }
    let account = iban::parse(written);
    if account.is_none() {
        let found =
            Diagnostic::error(codes::WAY_TO_PAY, node.span, format!("\"{written}\" is no IBAN: its length or check digits are wrong"));
        context.findings.push(found.help("copy it from the bank's paper: money sent there would come back, or go to somebody else"));
    }
    account
}
