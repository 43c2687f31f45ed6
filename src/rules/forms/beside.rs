//! Keys of what stands beside the ladders: tasks of our own people, and what is put before whoever decides.

use super::escalation::TEMPLATE;
use super::{FROM, UNTIL};
use crate::base::contract::values::PROPOSAL_KINDS;
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::dictionary::GRAINS;
use crate::rules::program::{CHOICES, FEE_BASES};
use crate::rules::renames::RENAMED_FROM;

/// Work for our own people.
pub const TASK: Form = Form {
    what: "a task",
    keys: &[
        Key::needed("task", Value::Defines(Noun::Task), "Name of the task: its kind in outputs"),
        RENAMED_FROM,
        Key::needed("on", Value::Choice(|| words(GRAINS)), "Whether it is about one invoice or the whole customer"),
        Key::needed("when", Value::Condition, "The condition: it opens the night this becomes true, and is done the night it is no more"),
        Key::needed(
            "owner",
            Value::Either(&[Value::Word(Noun::Team), Value::Group(&OWNER)]),
            "Who does it: a team, or a field that names one",
        ),
        Key::new("amount", Value::Names(Noun::Field), "The money it is about; by default what can be asked for"),
        Key::new("since", Value::Names(Noun::Field), "The day its age counts from; by default the first night it was seen"),
        Key::new("next_after", Value::Days, "Time its owner has to act, and each one it goes up to"),
        Key::new("escalate", Value::List(&Value::Group(&LEVEL)), "Whom it goes up to as it ages"),
        TEMPLATE,
        FROM,
        UNTIL,
    ],
};

/// What is put before whoever decides.
pub const PROPOSAL: Form = Form {
    what: "a proposal",
    keys: &[
        Key::needed("proposal", Value::Defines(Noun::Proposal), "Name of the proposal"),
        RENAMED_FROM,
        Key::needed("kind", Value::Choice(|| PROPOSAL_KINDS.to_vec()), "What is proposed"),
        Key::needed("on", Value::Choice(|| words(GRAINS)), "Whether it is about one invoice or the whole customer"),
        Key::needed("when", Value::Condition, "The condition: it stands while this is true"),
        Key::new(
            "only_one",
            Value::Text,
            "Of all proposals with this name one stands at a time: one agreed to, else one that is ready, else the first",
        ),
        Key::new(
            "choose",
            Value::Choice(|| words(CHOICES)),
            "Which of those that share only_one and are ready stands: the first in the rules, or the cheapest by cost, whose evidence then tells what each costs",
        ),
        Key::new(
            "needs",
            Value::List(&Value::Names(Noun::Definition)),
            "Names under define: what must be true before anybody decides. What is not is listed as missing",
        ),
        Key::new(
            "debts",
            Value::List(&Value::Names(Noun::Definition)),
            "Of a placement: names under define: what must be true of each debt that goes to an agency. The others stay, with what they lack",
        ),
        Key::needed(
            "owner",
            Value::Either(&[Value::Word(Noun::Team), Value::Group(&OWNER)]),
            "Who prepares it: a team, or a field that names one",
        ),
        Key::new(
            "approve",
            Value::Either(&[Value::Word(Noun::Approver), Value::List(&Value::Group(&TIER))]),
            "Who consents: one team, or several by amount",
        ),
        Key::new("amount", Value::Formula, "The money it is about; by default what can be asked for"),
        Key::new("suggest", Value::Formula, "What is suggested: a limit, a price, a number of days, a word"),
        Key::new("cost", Value::Formula, "What it would cost us"),
        Key::new("tax", Value::Formula, "The tax in the amount"),
        Key::new("route", Value::Names(Noun::Field), "The field that names the way to go"),
        Key::new("since", Value::Names(Noun::Field), "The day its age counts from; by default the first night it was seen"),
        Key::new("decide_by", Value::Formula, "The last day on which it is of use"),
        Key::new("stops", Value::List(&Value::Text), "What of the customer's business it would stop: orders, deliveries"),
        Key::new("ends_when", Value::Names(Noun::Definition), "The name under define: of what would end it again"),
        Key::new("show", Value::List(&Value::Names(Noun::Field)), "What is told as evidence; by default the fields of its condition"),
        TEMPLATE,
        FROM,
        UNTIL,
    ],
};

/// Who consents to a proposal.
pub const TIER: Form = Form {
    what: "a tier of consent",
    keys: &[
        Key::new("up_to", Value::Money, "The largest amount this one consents to; the last one has none"),
        Key::needed("by", Value::Word(Noun::Approver), "Who consents"),
    ],
};

/// Who does a task, by a field.
pub const OWNER: Form = Form {
    what: "an owner",
    keys: &[
        Key::needed("field", Value::Names(Noun::Field), "The field that names the owner"),
        Key::needed("else", Value::Word(Noun::Team), "The team where the field names nobody"),
    ],
};

/// Whom a task goes up to.
pub const LEVEL: Form = Form {
    what: "a level of a task",
    keys: &[Key::needed("after", Value::Days, "Age at which it goes up"), Key::needed("to", Value::Word(Noun::Team), "Whom it goes up to")],
};

/// `collects:` by the job's recovery curve.
pub const EXPECTED: &str = "expected";

/// A way on which a debt may come in.
pub const ROUTE: Form = Form {
    what: "a route",
    keys: &[
        Key::needed("route", Value::Defines(Noun::Route), "Name of the route"),
        Key::new("when", Value::Condition, "Whom it is open to: a condition on the customer; by default everybody"),
        Key::new(
            "needs",
            Value::List(&Value::Names(Noun::Definition)),
            "Names under define: what must be true before it is gone. What is not is listed as missing",
        ),
        Key::needed(
            "collects",
            Value::Either(&[Value::Choice(|| vec![EXPECTED]), Value::Rate, Value::Map(&Value::Days, &Value::Rate)]),
            "What part of a debt comes in: expected by the recovery curve of the job, one share, or shares by days past due joined by lines",
        ),
        Key::new(
            "fee",
            Value::Either(&[Value::Rate, Value::Map(&Value::Days, &Value::Rate)]),
            "What is kept of what comes in: one share, or shares from so many days past due on",
        ),
        Key::new("cost", Value::Formula, "What it costs whatever comes in"),
        Key::needed("takes", Value::Days, "Time until the money is there"),
        Key::new("agency", Value::Group(&AGENCY), "The agency that collects on this route, and what was agreed with it"),
        FROM,
        UNTIL,
    ],
};

/// What was agreed with a collection agency.
pub const AGENCY: Form = Form {
    what: "an agency",
    keys: &[
        Key::new("id", Value::Text, "Its name in agency_events and in payments.collected_by; by default that of the route"),
        Key::needed("recall_within", Value::Days, "Time it has to give a debt back that is recalled"),
        Key::new(
            "recall_if",
            Value::List(&Value::Names(Noun::Definition)),
            "Names under define: as soon as one is true of the customer, its debts are recalled",
        ),
        Key::new(
            "share",
            Value::Rate,
            "Its part of the debtors that several agencies could take; without shares the one that nets most takes them",
        ),
        Key::new("debtors_at_most", Value::Whole, "How many debtors it may have at once; by default any number"),
        Key::new("amount_at_most", Value::Money, "For how much it may have debts at once; by default any amount"),
        Key::new("cooling_off", Value::Days, "Time that must pass before it takes what another agency gave back; by default none"),
        Key::new(
            "fee_by_amount",
            Value::Map(&Value::Money, &Value::Rate),
            "What it keeps of what comes in, by the amount of the debt it was given, in place of fee",
        ),
        Key::new("minimum_fee", Value::Money, "What it keeps at least of a debt on which money came in"),
        Key::new(
            "fee_base",
            Value::Choice(|| words(FEE_BASES)),
            "Of what it keeps a part: of what it collected (collected, the default), or also of what the debtor paid to us (paid)",
        ),
    ],
};
