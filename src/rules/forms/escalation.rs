//! Keys of escalation files.

use super::beside::{PROPOSAL, ROUTE, TASK};
use super::segmentation::{CONSTANTS, DEFINE, LISTS_KEY, PARAMETER, QUEUE};
use super::{FROM, SHADOW, UNTIL};
use crate::base::calendar::CALENDARS;
use crate::base::contract::values::{CONTACT_CHANNELS, METHODS, REJECTION_KINDS};
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::dictionary::GRAINS;
use crate::rules::escalation::{
    AFTER, BELOW_MIN, BY_COUNTRY, CATCH_UP, CHANNELS, CLOCKS, DELIVERIES, EFFECTS, EVERY, EXTENSIONS, ON_PAYMENT, ON_POLICY_CHANGE,
    OTHERWISE, OVERFLOWS, POLICY_HITS, QUIET, QUIET_OVERFLOWS, REPRESENTED, RESUME, UNDELIVERED, WEEKDAYS, WITHIN,
};
use crate::rules::program::{Per, Verb};
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
        Key::new("offers", Value::List(&Value::Group(&OFFER)), "Plans by instalments that steps may offer"),
        Key::new("caps", Value::List(&Value::Group(&CAP)), "How often we may contact someone"),
        Key::new(
            "quiet_days",
            Value::Either(&[Value::Group(&QUIET_DAYS), Value::List(&Value::Group(&QUIET_DAYS))]),
            "Days without contact: one group, or several for different channels",
        ),
        Key::new("post", Value::List(&Value::Group(&POST)), "Where letters are printed, on which days, and how long they are in the post"),
        Key::new("ways_to_pay", Value::List(&Value::Group(&WAY_TO_PAY)), "What debtors are told about how to pay"),
        Key::new(
            "contact_hours",
            Value::List(&Value::Group(&HOURS)),
            "Hours in which debtors may be called or written to: data for whoever does it",
        ),
        Key::new("tones", Value::List(&Value::Text), "All tones from the softest to the hardest: a step may name no other"),
        Key::new("tone_bounds", Value::List(&Value::Group(&TONE_BOUND)), "How soft and how hard the tone may be, for whom"),
        Key::new("languages", Value::Group(&LANGUAGES), "In which language a customer is written to"),
        Key::new("tasks", Value::List(&Value::Group(&TASK)), "Work for our own people: each task stands while its condition is true"),
        Key::new(
            "proposals",
            Value::List(&Value::Group(&PROPOSAL)),
            "What is put before whoever decides: each stands while its condition is true, and nothing of it is applied",
        ),
        Key::new(
            "routes",
            Value::List(&Value::Group(&ROUTE)),
            "Ways on which a debt may come in, with what each is expected to bring: fields best_route, best_route_net, net_by_ and the name",
        ),
        Key::new("representations", Value::List(&Value::Group(&REPRESENTATION)), "Payments that came back and are presented again"),
        Key::new(
            "channel_capacity",
            Value::Map(&Value::Choice(|| CONTACT_CHANNELS.to_vec()), &Value::Whole),
            "Actions a night of a channel, over all queues, whether or not a queue counts them: letters a press prints, calls a line takes",
        ),
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
            "extensions",
            Value::Either(&[Value::Choice(|| words(EXTENSIONS)), Value::Group(&GIVEN_TIME)]),
            "Whether an extension of time moves the clock to the day agreed, by default it does; how many, and how far",
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
        Key::new(
            "represented",
            Value::Choice(|| words(REPRESENTED)),
            "Whom contacts go to where somebody speaks for the customer; by default they are held",
        ),
        Key::new(
            "undelivered",
            Value::Choice(|| words(UNDELIVERED)),
            "Whether a step whose contact came back counts as done, as it does by default, or comes again where a newer address is known",
        ),
        Key::new("silence", Value::Group(&SILENCE), "How long a customer who is late may go without a word, and what is done then"),
        Key::needed("steps", Value::List(&Value::Group(&STEP)), "The ladder: steps in the order in which they become due; [] for none"),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// How far extensions of time move the clock.
pub const GIVEN_TIME: Form = Form {
    what: "extensions",
    keys: &[
        Key::new("at_most", Value::Whole, "How many extensions of one item count"),
        Key::new("up_to", Value::Days, "How far past its own due date an item can be moved"),
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
pub(super) const TEMPLATE: Key = Key::new("template", Value::Word(Noun::Template), "Text or script to use");
const TONE: Key = Key::new("tone", Value::Word(Noun::Tone), "Tone of the text");
const TO: Key = Key::new("to", Value::Word(Noun::Receiver), "Who receives it: the agency or team of a transfer");
const DELIVERY: Key = Key::new("delivery", Value::Choice(|| words(DELIVERIES)), "How a letter goes out");
const PAY_WITHIN: Key = Key::new("pay_within", Value::Days, "Time the debtor is given to pay");
const COST: Key = Key::new("cost", Value::Money, "What it costs us");
const ASKS: Key = Key::new(
    "ask",
    Value::Either(&[Value::Rate, Value::Names(Noun::Field), Value::Group(&ASK)]),
    "The part of the debt that is asked for today: a share, or the amount a field says",
);
const OFFERS: Key =
    Key::new("offer", Value::List(&Value::Names(Noun::Offer)), "Plans that may be offered with it: the first one whose condition holds is");

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
        Key::new(
            "reword",
            Value::List(&Value::Group(&REWORD)),
            "Other wordings: the first whose condition is true takes the place of template and tone",
        ),
        Key::new(
            "also",
            Value::List(&Value::Group(&COMPANION)),
            "What is done with it on the night on which it goes out: a call with the letter",
        ),
        Key::new("approve", Value::Word(Noun::Approver), "Who must consent first"),
        PAY_WITHIN,
        COST,
        ASKS,
        OFFERS,
        Key::new("min_amount", Value::Money, "Least collectible amount for which it is done"),
        Key::new("min_share", Value::Rate, "Least share of all open items for which it is done"),
        Key::new("when", Value::Condition, "Its condition; then `otherwise` says what happens where it is false"),
        Key::new(
            "otherwise",
            Value::Either(&[Value::Choice(|| words(OTHERWISE)), Value::Group(&INSTEAD)]),
            "What happens where the condition is false, or no address of the debtor is known: skip the step, wait for it, or another action",
        ),
        Key::new(
            "when_full",
            Value::Group(&ACTION),
            "What is done instead where its queue or channel has no place left tonight: an action that takes no place itself",
        ),
        Key::new(
            "channels",
            Value::List(&Value::Choice(|| words(CHANNELS))),
            "Which of its contacts is made where several would reach the customer: the channel preferred, best answered or cheapest",
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
        ASKS,
        OFFERS,
        Key::new(
            "otherwise",
            Value::Either(&[Value::Choice(|| words(OTHERWISE)), Value::Group(&ACTION)]),
            "What happens where no address of the debtor for this action is known either",
        ),
    ],
};

/// What is done together with a step.
pub const COMPANION: Form = Form {
    what: "an action beside a step",
    keys: &[
        Key::needed("id", Value::Defines(Noun::Rule), "Name within the step: outputs call it policy.step.also.name"),
        DO,
        TEMPLATE,
        TONE,
        TO,
        DELIVERY,
        PAY_WITHIN,
        COST,
        ASKS,
        OFFERS,
        Key::new("when", Value::Condition, "For whom; by default for everybody the step is done for"),
        FROM,
        UNTIL,
    ],
};

/// The last of the actions a step can do.
pub const ACTION: Form = Form { what: "an action", keys: &[DO, TEMPLATE, TONE, TO, DELIVERY, PAY_WITHIN, COST, ASKS, OFFERS] };

/// The part of a debt that is asked for at once.
pub const ASK: Form = Form {
    what: "a part to ask for",
    keys: &[
        Key::needed("share", Value::Rate, "Share of what is due"),
        Key::new("at_least", Value::Money, "Not less than this, where the debt is in the reporting currency"),
    ],
};

/// A plan by instalments.
pub const OFFER: Form = Form {
    what: "an offer",
    keys: &[
        Key::needed("offer", Value::Defines(Noun::Offer), "Name of the offer: steps name it"),
        Key::needed("when", Value::Condition, "Whom it may be made to: a condition on the customer"),
        Key::needed("payments", Value::Whole, "How many payments, the first one counted"),
        Key::new("every", Value::Either(&[Value::Choice(|| words(EVERY)), Value::Days]), "How far they are apart; by default a month"),
        Key::new("first", Value::Rate, "Share of the debt in the first payment; by default all are equal"),
        Key::new("at_least", Value::Money, "Least amount of a payment: there are fewer of them where it takes that"),
        FROM,
        UNTIL,
    ],
};

/// How often someone may be contacted.
pub const CAP: Form = Form {
    what: "a cap",
    keys: &[
        Key::needed("cap", Value::Defines(Noun::Cap), "Name of the cap"),
        RENAMED_FROM,
        Key::new(
            "after",
            Value::Choice(|| words(AFTER)),
            "Counts from the last conversation, whoever called: nothing of what it counts within the window after one",
        ),
        Key::new("at_most", Value::Whole, "Contacts allowed in the window; needed without `after`"),
        Key::needed("within", Value::Days, "Rolling window, tonight included"),
        Key::new(
            "per",
            Value::Choice(|| words(Per::ALL)),
            "Counted per customer, the default, per debtor group, or together for all who share a person, phone, email or address",
        ),
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
        Key::new("for", Value::List(&Value::Choice(verbs)), "Contacts it is about; by default all"),
        Key::new(
            "calendars",
            Value::Either(&[Value::Choice(|| words(BY_COUNTRY)), Value::Map(&Value::Text, &Value::Choice(|| words(CALENDARS)))]),
            "Public holidays of the debtor's country: by_country, or countries with their calendars; by default those of `calendar`",
        ),
    ],
};

/// Letters that are printed together and taken to the post.
pub const POST: Form = Form {
    what: "a place that prints letters",
    keys: &[
        Key::needed("site", Value::Text, "Name of the place: what each of its letters says it is printed with"),
        Key::needed("when", Value::Condition, "Whose letters: a condition on the customer. The first place that is true counts"),
        Key::new("for", Value::List(&Value::Choice(letters)), "Letters it is about: letter, registered_letter; by default both"),
        Key::new(
            "prints",
            Value::List(&Value::Choice(|| words(WEEKDAYS))),
            "Weekdays on which it prints, public holidays excepted; by default each night",
        ),
        Key::needed("takes", Value::Days, "Days from the night to the letterbox: time to pay and the gap to the next step count from then"),
        FROM,
        UNTIL,
    ],
};

/// What debtors are told about how to pay.
pub const WAY_TO_PAY: Form = Form {
    what: "a way to pay",
    keys: &[
        Key::needed("way", Value::Text, "Name of the rule"),
        Key::needed("when", Value::Condition, "For whom: a condition on the customer. The first that is true counts"),
        Key::needed("methods", Value::List(&Value::Choice(|| METHODS.to_vec())), "Methods that are offered, in their order"),
        Key::new("account", Value::Text, "Account to pay to: the check digits of an IBAN are checked, everything else is told as it is"),
        FROM,
        UNTIL,
    ],
};

/// Hours of contact.
pub const HOURS: Form = Form {
    what: "hours of contact",
    keys: &[
        Key::needed("hours", Value::Text, "Name of the rule"),
        Key::needed("when", Value::Condition, "Whom they are for: a condition on the customer. The first rule that is true counts"),
        Key::needed("count", Value::List(&Value::Choice(verbs)), "Contacts they are for"),
        Key::needed("after", Value::Text, "Nothing before or at this time of day: 08:00"),
        Key::needed("before", Value::Text, "Nothing at or after this time of day: 21:00"),
        Key::new("days", Value::List(&Value::Choice(|| words(WEEKDAYS))), "Weekdays they are for; by default all"),
        Key::new(
            "zones",
            Value::Map(&Value::Text, &Value::List(&Value::Text)),
            "Time zones debtors may be in, with what each is ahead of universal time, in winter and in summer: {America/New_York: [-05:00, -04:00]}",
        ),
        FROM,
        UNTIL,
    ],
};

/// Bounds of tone.
pub const TONE_BOUND: Form = Form {
    what: "a bound of tone",
    keys: &[
        Key::needed("bound", Value::Text, "Name of the bound: the reason outputs give"),
        Key::needed("when", Value::Condition, "Whom it is for: a condition on the customer. Every bound that is true counts"),
        Key::new("at_least", Value::Word(Noun::Tone), "The softest tone; a softer one becomes this"),
        Key::new("at_most", Value::Word(Noun::Tone), "The hardest tone; a harder one becomes this"),
        FROM,
        UNTIL,
    ],
};

/// Languages of texts.
pub const LANGUAGES: Form = Form {
    what: "languages",
    keys: &[
        Key::needed(
            "known",
            Value::List(&Value::Text),
            "Languages there are texts in; the first one where neither customer nor country decides",
        ),
        Key::new(
            "countries",
            Value::Map(&Value::Text, &Value::Text),
            "The language of a country, for customers without one there are texts in: {AT: de}",
        ),
    ],
};

/// The longest silence.
pub const SILENCE: Form = Form {
    what: "a longest silence",
    keys: &[
        Key::needed("after", Value::Days, "Days without any contact after which a customer who is late hears from us"),
        DO,
        TEMPLATE,
        TONE,
        TO,
        DELIVERY,
        PAY_WITHIN,
        COST,
        ASKS,
        OFFERS,
        Key::new(
            "otherwise",
            Value::Either(&[Value::Choice(|| words(OTHERWISE)), Value::Group(&INSTEAD)]),
            "What is done where no address of the debtor is known for this: another action",
        ),
    ],
};

/// Another wording of what a step writes or says.
pub const REWORD: Form = Form {
    what: "a wording",
    keys: &[
        Key::needed("id", Value::Defines(Noun::Rule), "Name of the wording: what the action says it is reworded by"),
        Key::needed("when", Value::Condition, "The condition: true or false of each row of data"),
        TEMPLATE,
        TONE,
        FROM,
        UNTIL,
    ],
};

/// Payments that are presented again.
pub const REPRESENTATION: Form = Form {
    what: "a representation",
    keys: &[
        Key::needed("represent", Value::Choice(|| METHODS.to_vec()), "The method of the payments it is about"),
        Key::needed("when", Value::Condition, "Whose payments are presented again: a condition on the customer"),
        Key::new("kind", Value::Choice(|| REJECTION_KINDS.to_vec()), "Why they came back; by default for any reason"),
        Key::needed("at_most", Value::Whole, "How often one payment is presented again"),
        Key::new("within", Value::Choice(|| words(WITHIN)), "No later than the last business day of the month in which it came back"),
        Key::needed("after", Value::Days, "How long after it came back"),
        Key::new("fee", Value::Money, "What the rejection cost"),
        FROM,
        UNTIL,
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

/// What goes by post, by name.
fn letters() -> Vec<&'static str> {
    Verb::LETTERS.iter().map(|verb| verb.name()).collect()
}

/// Every action by name.
pub(super) fn verbs() -> Vec<&'static str> {
    Verb::of_steps().map(|(_, name)| name).collect()
}
