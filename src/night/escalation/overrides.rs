//! What a person decided for one customer in place of the rules, until a day: another policy, a step left out, a place on the ladder,
//! another tone, or nothing without consent.
//!
//! What stops an action stops it all the same: guards, holds, blocks, caps and quiet days are not a person's to lift one by one.

use crate::base::contract::overrides;
use crate::base::contract::values::OVERRIDE_KINDS;
use crate::base::date::Date;
use crate::night::documents::CustomerIx;
use crate::night::escalation::action::Draft;
use crate::night::facts::Subject;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Policy, Program};

/// Kind of the finding that lists an override each night until it ends.
pub const IN_FORCE: &str = "override_in_force";
/// Kind of the finding about an override that names no policy or step of the rules.
pub const NAMES_NOTHING: &str = "override_names_nothing";

/// One override in force tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override<'a> {
    pub id: &'a str,
    pub kind: Kind,
    /// The policy, step, tone or team it names.
    pub value: &'a str,
    /// Its last day.
    pub until: Date,
    pub reason: &'a str,
    pub author: &'a str,
}

impl Kind {
    /// Name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Policy => "policy",
            Kind::SkipStep => "skip_step",
            Kind::StartAt => "start_at",
            Kind::Tone => "tone",
            Kind::Approve => "approve",
        }
    }
}

/// `overrides.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The customer falls under this policy, whatever the rules say.
    Policy,
    /// This step is left out.
    SkipStep,
    /// The ladder stands no lower than just before this step.
    StartAt,
    /// Whatever goes out has this tone.
    Tone,
    /// Whatever is due waits for the consent of this team.
    Approve,
}

/// The overrides of a customer, in order of id.
pub fn of<'a>(subject: &Subject<'a>, customer: CustomerIx) -> impl Iterator<Item = Override<'a>> + use<'a> {
    let table = &subject.shard.overrides;
    subject.documents.overrides.of(customer).iter().filter_map(move |own| {
        let row = own.row as usize;
        let text = |column| table.text(column, row).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        let kind = match OVERRIDE_KINDS[usize::from(table.choice(overrides::KIND, row)?)] {
            "policy" => Kind::Policy,
            "skip_step" => Kind::SkipStep,
            "start_at" => Kind::StartAt,
            "tone" => Kind::Tone,
            _ => Kind::Approve,
        };
        Some(Override {
            id: text(overrides::OVERRIDE_ID),
            kind,
            value: text(overrides::VALUE),
            until: table.date(overrides::UNTIL_DATE, row)?,
            reason: text(overrides::REASON),
            author: text(overrides::AUTHOR),
        })
    })
}

/// The policy a person chose for a customer, by position; of several the last by id.
pub fn policy(subject: &Subject<'_>, policies: &[Policy], customer: CustomerIx) -> Option<usize> {
    let chosen = of(subject, customer).filter(|own| own.kind == Kind::Policy);
    let named =
        |own: Override<'_>| policies.iter().position(|policy| policy.applies.id == own.value && policy.applies.in_force(subject.as_of));
    chosen.filter_map(named).last()
}

/// Whether a person had a step left out, still on a day.
pub fn skips(subject: &Subject<'_>, customer: CustomerIx, step: &str, on: Date) -> bool {
    of(subject, customer).any(|own| own.kind == Kind::SkipStep && own.value == step && own.until >= on)
}

/// The lowest step of a ladder a person lets a customer stand before, by position.
pub fn start(subject: &Subject<'_>, policy: &Policy, customer: CustomerIx) -> usize {
    let named = of(subject, customer).filter(|own| own.kind == Kind::StartAt);
    named.filter_map(|own| policy.steps.iter().position(|step| step.id == own.value)).max().unwrap_or(0)
}

/// Gives a draft the tone, and the team whose consent it needs, that a person asked for; of several the last by id.
pub fn apply(subject: &Subject<'_>, customer: CustomerIx, draft: &mut Draft) {
    for own in of(subject, customer) {
        match own.kind {
            Kind::Tone => draft.action.tone = Some(own.value.to_owned()),
            Kind::Approve => draft.approve = Some(own.value.to_owned()),
            Kind::Policy | Kind::SkipStep | Kind::StartAt => {}
        }
    }
}

/// The ids of all overrides of a customer, as outputs name them.
pub fn ids(subject: &Subject<'_>, customer: CustomerIx) -> String {
    of(subject, customer).map(|own| own.id).collect::<Vec<_>>().join("|")
}

/// Lists the overrides in force, and those that name nothing of the rules.
pub fn findings(subject: &Subject<'_>, program: &Program) -> Vec<Finding> {
    let table = &subject.shard.overrides;
    let mut findings = Vec::new();
    for own in subject.documents.overrides.iter() {
        let row = own.row as usize;
        let text = |column| String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned();
        let kind = table.choice(overrides::KIND, row).map_or("", |kind| OVERRIDE_KINDS[usize::from(kind)]);
        let value = text(overrides::VALUE);
        let mut find = |kind, message: String| {
            findings.push(Finding { kind, table: "overrides", key: text(overrides::OVERRIDE_ID), message: message.into(), amount: None });
        };
        let customer = String::from_utf8_lossy(subject.documents.customer_ids[own.customer as usize]);
        let until = table.date(overrides::UNTIL_DATE, row).map_or(String::new(), |until| until.to_string());
        let (author, reason) = (text(overrides::AUTHOR), text(overrides::REASON));
        find(IN_FORCE, format!("{kind} {value} for customer {customer}, by {author} until {until}: {reason}"));
        let steps = || program.policies.iter().flat_map(|policy| &policy.steps);
        let is_known = match kind {
            "policy" => program.policies.iter().any(|policy| policy.applies.id == value),
            "skip_step" | "start_at" => steps().any(|step| step.id == value),
            _ => !value.is_empty(),
        };
        if !is_known {
            let what = if kind == "policy" {
                "policy"
            } else if matches!(kind, "tone" | "approve") {
                "value"
            } else {
                "step"
            };
            let named = if value.is_empty() { "names nothing".to_owned() } else { format!("names {value}") };
            find(NAMES_NOTHING, format!("the override {named}: the rules have no such {what}, so it changes nothing"));
        }
    }
    findings
}
