//! Keys of escalation files.

use super::segmentation::{CONSTANTS, DEFINE, LISTS_KEY, PARAMETER, QUEUE};
use super::{FROM, SHADOW, UNTIL};
use crate::base::calendar::CALENDARS;
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::dictionary::GRAINS;
use crate::rules::escalation::{
    BELOW_MIN, CATCH_UP, CLOCKS, DELIVERIES, EFFECTS, ON_PAYMENT, ON_POLICY_CHANGE, OTHERWISE, OVERFLOWS, PER, POLICY_HITS, QUIET,
    QUIET_OVERFLOWS, RESUME,
};
use crate::rules::program::Verb;
use crate::rules::renames::RENAMED_FROM;

/// An escalation file.
pub const ESCALATION: Form = Form {
    what: "an escalation",
    keys: &[
        Key::new(
            "calendar",
            Value::Either(&[Value::Choice(|| words(CALENDARS)), Value::Group(&CALENDAR)]),
            "Business days and public holidays; by default only weekends are free",
        ),
        CONSTANTS,
        DEFINE,
        LISTS_KEY,
        Key::new(
            "parameters",
            Value::Map(&Value::Defines(Noun::Constant), &Value::Group(&PARAMETER)),
            "Values that change on a date: the one in force on the run date counts",
        ),
        Key::new("blocks", Value::List(&Value::Group(&BLOCK)), "What stops us. Every block that is true applies"),
        Key::new("policy_hit", Value::Choice(|| words(POLICY_HITS)), "How a policy is chosen: exactly one for every customer"),
        Key::new("policies", Value::List(&Value::Group(&POLICY)), "Who is treated how, step by step"),
        Key::new("caps", Value::List(&Value::Group(&CAP)), "How often we may contact someone"),
        Key::new("quiet_days", Value::Group(&QUIET_DAYS), "Days without contact"),
        Key::new("assignments", Value::List(&Value::Group(&QUEUE)), "Who does the work: queue tables"),
        Key::new(
            "penalties",
            Value::List(&Value::Group(&PENALTY)),
            "What lateness costs the customer. The first rule that is true decides",
        ),
    ],
};

/// A calendar with days of one's own.
pub const CALENDAR: Form = Form {
    what: "a calendar",
    keys: &[
        Key::new("like", Value::Choice(|| words(CALENDARS)), "The calendar to start from; by default only weekends are free"),
        Key::new("closed", Value::List(&Value::Date), "Further days off: of a region, or of your own house"),
        Key::new("worked", Value::List(&Value::Date), "Days that are worked although a weekend or holiday"),
    ],
};

/// What stops us.
pub const BLOCK: Form = Form {
    what: "a block",
    keys: &[
        Key::needed("block", Value::Defines(Noun::Block), "Name of the block: the reason outputs give"),
        RENAMED_FROM,
        Key::needed("on", Value::Choice(|| words(GRAINS)), "Whether it stops one invoice or the whole customer"),
        Key::needed("when", Value::Condition, "The condition: true or false of each row of data"),
        Key::needed("stops", Value::List(&Value::Choice(|| words(EFFECTS))), "What is not done while it is true"),
        Key::new("clock", Value::Choice(|| words(CLOCKS)), "Whether lateness goes on counting; by default it runs"),
        Key::new("review_after", Value::Days, "How long it may stand: from then on each night lists it until it ends"),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// Who is treated how.
pub const POLICY: Form = Form {
    what: "a policy",
    keys: &[
        Key::needed("policy", Value::Defines(Noun::Policy), "Name of the policy"),
        RENAMED_FROM,
        Key::needed("for", Value::Condition, "Whom it is for: a condition on the customer"),
        Key::new("grain", Value::Choice(|| words(GRAINS)), "One ladder per customer, the default, or one per invoice"),
        Key::new("clock", Value::Names(Noun::Clock), "The field of days that measures lateness; needed where there are steps"),
        Key::new("enter_when", Value::Condition, "When a customer comes on the ladder; by default at once"),
        Key::new("leave_when", Value::Condition, "When a customer leaves the ladder"),
        Key::new("gap", Value::Days, "Least time between two steps"),
        Key::new("catch_up", Value::Choice(|| words(CATCH_UP)), "What to do when several steps are due; by default one step a night"),
        Key::new(
            "resume",
            Value::Choice(|| words(RESUME)),
            "Where a debt starts that is old when first seen; by default at the first step, one after the other",
        ),
        Key::new(
            "after_part_payment",
            Value::Either(&[Value::Choice(|| words(ON_PAYMENT)), Value::Wait]),
            "What a part payment does: continue, restart, or wait 7 days",
        ),
        Key::new(
            "on_policy_change",
            Value::Either(&[Value::Choice(|| words(ON_POLICY_CHANGE)), Value::Group(&CHANGE)]),
            "What happens to a customer who comes from another policy",
        ),
        Key::new("entries", Value::List(&Value::Group(&ENTRY)), "Whoever a condition holds for stands no lower than just before a step"),
        Key::new("below_min", Value::Choice(|| words(BELOW_MIN)), "What happens to a step below its least amount or share"),
        Key::new(
            "terminal",
            Value::Either(&[Value::Choice(|| vec!["stop"]), Value::Group(&TERMINAL)]),
            "What comes after the last step; needed where there are steps",
        ),
        Key::needed("steps", Value::List(&Value::Group(&STEP)), "The ladder: steps in the order in which they become due; [] for none"),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// Where somebody comes on a ladder who does not start at its foot.
pub const ENTRY: Form = Form {
    what: "an entry",
    keys: &[
        Key::needed("entry", Value::Defines(Noun::Rule), "Name of the entry, for explanations"),
        Key::needed("when", Value::Condition, "For whom: a condition on the customer, or on the invoice where ladders run per invoice"),
        Key::needed("step", Value::Names(Noun::Step), "The step of this ladder before which they stand; lower ones are left out"),
        FROM,
        UNTIL,
    ],
};

/// Where the steps of another policy lead.
pub const CHANGE: Form = Form {
    what: "a change of policy",
    keys: &[Key::needed(
        "map",
        Value::Map(&Value::Names(Noun::Step), &Value::Names(Noun::Step)),
        "The last step served there, with the step it counts as here",
    )],
};

/// The end of a ladder.
pub const TERMINAL: Form = Form {
    what: "the end of a ladder (stop or repeat_last)",
    keys: &[
        Key::new("stop", Value::Text, "Nothing more is done, for this reason"),
        Key::new("repeat_last", Value::Days, "The last step again, each time after so many days"),
    ],
};

const DO: Key = Key::needed("do", Value::Choice(verbs), "What is done");
const TEMPLATE: Key = Key::new("template", Value::Word(Noun::Template), "Text or script to use");
const TONE: Key = Key::new("tone", Value::Word(Noun::Tone), "Tone of the text");
const TO: Key = Key::new("to", Value::Word(Noun::Receiver), "Who receives it: the agency or team of a transfer");
const DELIVERY: Key = Key::new("delivery", Value::Choice(|| words(DELIVERIES)), "How a letter goes out");
const PAY_WITHIN: Key = Key::new("pay_within", Value::Days, "Time the debtor is given to pay");
const COST: Key = Key::new("cost", Value::Money, "What it costs us");

/// A step of a ladder.
pub const STEP: Form = Form {
    what: "a step",
    keys: &[
        Key::needed("step", Value::Defines(Noun::Step), "Name of the step"),
        RENAMED_FROM,
        Key::needed("at", Value::Days, "Days on the clock at which it becomes due; below zero is before the due date"),
        DO,
        TEMPLATE,
        TONE,
        TO,
        DELIVERY,
        Key::new("approve", Value::Word(Noun::Approver), "Who must consent first"),
        PAY_WITHIN,
        COST,
        Key::new("min_amount", Value::Money, "Least collectible amount for which it is done"),
        Key::new("min_share", Value::Rate, "Least share of all open items for which it is done"),
        Key::new("when", Value::Condition, "Its condition; then `otherwise` says what happens where it is false"),
        Key::new(
            "otherwise",
            Value::Either(&[Value::Choice(|| words(OTHERWISE)), Value::Group(&INSTEAD)]),
            "What happens where the condition is false, or no address of the debtor is known: skip the step, wait for it, or another action",
        ),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// What a step does instead.
pub const INSTEAD: Form = Form {
    what: "an action",
    keys: &[
        DO,
        TEMPLATE,
        TONE,
        TO,
        DELIVERY,
        PAY_WITHIN,
        COST,
        Key::new(
            "otherwise",
            Value::Either(&[Value::Choice(|| words(OTHERWISE)), Value::Group(&ACTION)]),
            "What happens where no address of the debtor for this action is known either",
        ),
    ],
};

/// The last of the actions a step can do.
pub const ACTION: Form = Form { what: "an action", keys: &[DO, TEMPLATE, TONE, TO, DELIVERY, PAY_WITHIN, COST] };

/// How often someone may be contacted.
pub const CAP: Form = Form {
    what: "a cap",
    keys: &[
        Key::needed("cap", Value::Defines(Noun::Cap), "Name of the cap"),
        RENAMED_FROM,
        Key::needed("at_most", Value::Whole, "Contacts allowed in the window"),
        Key::needed("within", Value::Days, "Rolling window, tonight included"),
        Key::new("per", Value::Choice(|| words(PER)), "Counted per customer, the default, or per debtor group"),
        Key::needed("count", Value::List(&Value::Choice(verbs)), "Actions that count"),
        Key::needed("then", Value::Choice(|| words(OVERFLOWS)), "What happens to an action above the cap"),
        FROM,
        UNTIL,
    ],
};

/// Days without contact.
pub const QUIET_DAYS: Form = Form {
    what: "quiet days",
    keys: &[
        Key::needed("skip", Value::List(&Value::Choice(|| words(QUIET))), "Days on which nobody is contacted"),
        Key::needed("then", Value::Choice(|| words(QUIET_OVERFLOWS)), "What happens to an action on such a day"),
    ],
};

/// `contractual:` that takes rates of customers alone.
pub const OF_CUSTOMER: &str = "customer";

/// Which late invoices bear penalties.
pub const PENALTY: Form = Form {
    what: "a penalty",
    keys: &[
        Key::needed("penalty", Value::Defines(Noun::Penalty), "Name of the rule"),
        RENAMED_FROM,
        Key::needed("when", Value::Condition, "Whom it is about: a condition on the customer"),
        Key::needed("regime", Value::Names(Noun::Regime), "Penalty regime of a rate file, or none"),
        Key::new(
            "contractual",
            Value::Either(&[Value::Flag, Value::Choice(|| vec![OF_CUSTOMER])]),
            "Take the contractual rate where the law lets it stand: the invoice's own, else the customer's; customer for the latter alone",
        ),
        Key::new("compound", Value::Flag, "Interest bears interest, as the contract says and the regime allows"),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// Every action by name.
pub(super) fn verbs() -> Vec<&'static str> {
    Verb::ALL.iter().map(|(_, name, _)| *name).collect()
}
