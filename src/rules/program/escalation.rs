//! What happens to whom, compiled: blocks, policies and their ladders, limits on contact, queues and penalties.

use crate::base::date::Date;
use crate::base::money::Rate;
use crate::rules::program::{Cell, ChannelKey, Companion, Condition, FieldId, Grain, Represented, Reword, Rule, Silence, Undelivered};

/// What a block or a hold can stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    Contact,
    Penalties,
    Escalation,
    Agency,
}

/// What the age clock does while a block applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Runs,
    Pauses,
}

/// Something that stops effects while it is true.
#[derive(Debug, Clone)]
pub struct Block {
    pub rule: Rule,
    pub on: Grain,
    pub stops: Vec<Effect>,
    pub clock: Clock,
    /// How long it may stand before a person looks at it.
    pub review_after: Option<Span>,
}

/// Days, of the calendar or of the working week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub days: i32,
    pub business: bool,
}

/// What happens when several steps are due at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    OneStepPerRun,
    JumpToLatest,
    FireAll,
}

/// Where a customer takes the ladder up who enters it late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// At the latest step whose threshold has passed.
    Closest,
    /// At the first step not yet done.
    FirstUnserved,
    /// At the first step, later thresholds counted from that day.
    Rebase,
}

/// What becomes of the step when a customer falls under another policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyChange {
    /// Old step to new step by name; steps not named start afresh.
    Map(Vec<(String, String)>),
    Restart,
    /// The old policy stays until it ends.
    FinishOld,
}

/// What a payment that leaves a rest does to the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPayment {
    /// The ladder goes on.
    Continue,
    /// No step for this long after the payment.
    Wait(Span),
    /// The ladder starts again.
    Restart,
}

/// Which extensions of time move the clock of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extensions {
    /// The first so many of an item, and no further than so many days past its own due date; no limit where nothing is said.
    Count {
        at_most: Option<u32>,
        up_to: Option<i32>,
    },
    Ignore,
}

impl Extensions {
    /// All of them.
    pub const ALL: Extensions = Extensions::Count { at_most: None, up_to: None };
}

/// What happens where a step's minimum is not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelowMin {
    /// The step counts as served without an action.
    Drop,
    /// The next lower step is tried, down to none.
    LowerStep,
    /// The step waits.
    Defer,
}

/// What comes after the last step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terminal {
    /// Nothing more; the item carries this reason.
    Stop(String),
    /// The last step again after each span.
    RepeatLast(Span),
}

/// A treatment: who it is for and its steps.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `for:` as a rule; exactly one policy holds for each customer.
    pub applies: Rule,
    /// Earlier names.
    pub former: Vec<String>,
    /// Ladders run per customer, or per invoice where written.
    pub grain: Grain,
    /// The field that measures lateness, in days.
    pub clock: Option<FieldId>,
    pub enter_when: Option<Condition>,
    pub leave_when: Option<Condition>,
    pub gap: Span,
    pub catch_up: CatchUp,
    pub resume: Resume,
    pub on_payment: OnPayment,
    pub extensions: Extensions,
    pub on_policy_change: PolicyChange,
    /// Floors on the ladder, in order of file.
    pub entries: Vec<Entry>,
    pub below_min: BelowMin,
    pub terminal: Terminal,
    /// What is done about customers that somebody else speaks for.
    pub represented: Represented,
    /// What becomes of a step whose contact came back.
    pub undelivered: Undelivered,
    /// How long a customer who is late may go without a word.
    pub silence: Option<Silence>,
    pub steps: Vec<Step>,
}

impl Policy {
    /// Its steps, and what breaks a silence, which stands behind them on no ladder.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.silence.as_ref().map(|silence| &silence.step))
    }

    /// Everything that may be done under it.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.all_steps().flat_map(Step::all_actions)
    }

    /// The step at a position; what breaks a silence stands behind the last one.
    ///
    /// # Panics
    /// Never for a position that a draft of this policy carries.
    pub fn step(&self, at: usize) -> &Step {
        self.silence.as_ref().filter(|_| at == self.steps.len()).map_or_else(|| &self.steps[at], |silence| &silence.step)
    }

    /// The position of a step of this policy, or of the step that one of another policy leads to; `None` where it leads to none.
    pub fn translated(&self, policy: &str, step: &str) -> Option<usize> {
        let position = |name: &str| self.steps.iter().position(|step| step.id == name);
        match &self.on_policy_change {
            _ if policy == self.applies.id => position(step),
            PolicyChange::Map(pairs) => pairs.iter().find(|(old, _)| old == step).and_then(|(_, new)| position(new)),
            PolicyChange::Restart | PolicyChange::FinishOld => None,
        }
    }
}

/// A floor on a ladder: whoever it is for stands no lower than just before a step.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Called `policy.entries.name`; over fields of the ladder's grain.
    pub rule: Rule,
    /// Position among the steps.
    pub step: usize,
}

/// What becomes of a field or condition while nothing happens but nights pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Drift {
    /// It stays as it is.
    #[default]
    None,
    /// It is another one once one more item is late.
    AsItemsFallDue,
    /// It may be another one any day.
    Daily,
}

/// One step of a ladder.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name within the policy.
    pub id: String,
    /// Earlier names.
    pub former: Vec<String>,
    /// Value of the policy's clock from which the step is due; negative is before the due date.
    pub at: i32,
    pub when: Option<Rule>,
    /// What time alone does to that condition.
    pub drift: Drift,
    pub action: Action,
    pub otherwise: Otherwise,
    /// What puts its contacts in order where several would reach the customer, the most important first; as written without it.
    pub channels: Vec<ChannelKey>,
    /// What is done where its queue or its channel has no place left.
    pub when_full: Option<Action>,
    /// What it is worded as instead: the first whose condition is true.
    pub reword: Vec<Reword>,
    /// What is done together with its action, on the same night.
    pub also: Vec<Companion>,
    /// Team whose consent the step needs.
    pub approve: Option<String>,
    /// Least collectible amount, minor units of the reporting currency.
    pub min_amount: Option<Cell>,
    /// Least share of all open items.
    pub min_share: Option<Rate>,
    /// Period in which the step counts, both ends included; `None` is open.
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// On trial: counted, never acted upon.
    pub shadow: bool,
    /// `file:line`.
    pub place: String,
}

impl Step {
    /// Its conditions: its own, those of other wordings, and those of what is done with it.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let also = self.also.iter().map(|companion| &companion.rule);
        self.when.iter().chain(self.reword.iter().map(|reword| &reword.rule)).chain(also)
    }

    /// All that may be done with it: its ways, and the actions of its companions.
    pub fn all_actions(&self) -> impl Iterator<Item = &Action> {
        self.ways().chain(self.also.iter().map(|companion| &companion.action))
    }

    /// All that may be done as the step: its actions, and what is done where there is no place for them.
    pub fn ways(&self) -> impl Iterator<Item = &Action> {
        self.actions().chain(&self.when_full)
    }

    /// Its action, and those that can take its place, in the order in which they are tried.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        std::iter::once(&self.action).chain(self.otherwise.ways().filter_map(Otherwise::action))
    }

    /// Whether the ladder takes the step on a day. One that does not count keeps its place: who was served with it stands where it stood.
    pub fn acts(&self, day: Date) -> bool {
        !self.shadow && self.in_force(day)
    }

    /// Whether the period of the step shares a day with another one.
    pub fn meets(&self, from: Option<Date>, until: Option<Date>) -> bool {
        let starts = self.from.max(from);
        let ends = self.until.into_iter().chain(until).min();
        starts.zip(ends).is_none_or(|(starts, ends)| starts <= ends)
    }

    /// Whether a day lies in the period of the step.
    pub fn in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// What a step does where its condition is false, or its action would reach nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// Not written, and there is no condition: an action that would reach nobody is held.
    Unsaid,
    /// The step counts as served without an action.
    Skip,
    /// The step is tried again each night.
    Wait,
    /// Another action takes its place; where that would reach nobody either, what its own `otherwise:` says.
    Do(Action, Box<Otherwise>),
}

impl Otherwise {
    /// This and what stands behind it, each for what the one before it does not reach.
    pub fn ways(&self) -> impl Iterator<Item = &Otherwise> {
        std::iter::successors(Some(self), |way| match way {
            Otherwise::Do(_, after) => Some(&**after),
            Otherwise::Unsaid | Otherwise::Skip | Otherwise::Wait => None,
        })
    }

    /// The action that is done instead.
    pub fn action(&self) -> Option<&Action> {
        match self {
            Otherwise::Do(action, _) => Some(action),
            Otherwise::Unsaid | Otherwise::Skip | Otherwise::Wait => None,
        }
    }
}

/// What is done to, or about, a debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `email`, `letter`, `call`, `transfer`, `hold_orders`, …: the value of `do:`.
    pub verb: Verb,
    pub template: Option<String>,
    pub tone: Option<String>,
    /// Receiver of a transfer.
    pub to: Option<String>,
    /// Days the debtor is given to pay.
    pub pay_within: Option<Span>,
    /// What it costs us, minor units of the reporting currency.
    pub cost: Option<Cell>,
    /// The part of the debt that is asked for at once.
    pub ask: Option<Ask>,
    /// Names of the plans that may be offered with it, in the order in which they are tried.
    pub offers: Vec<String>,
}

/// The part of a debt that is asked for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A share of it, and the least amount in minor units of the reporting currency.
    Share(Rate, Option<Cell>),
    /// What a field of the customer says, in the reporting currency: the instalment that is missing, for example.
    Field(FieldId),
}

/// The verbs of `do:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    Email,
    Sms,
    Letter,
    RegisteredLetter,
    Call,
    Visit,
    Bailiff,
    /// A task for a person, no contact.
    Task,
    HoldOrders,
    ReleaseOrders,
    /// Hand-over to an agency, a lawyer or a team.
    Transfer,
    Legal,
    ReviewCredit,
    ProposeWriteOff,
    /// A payment that came back, presented again: what `representations:` do, no step.
    Represent,
}

impl Verb {
    /// Every verb with its name in rule files and outputs and the contact channel it uses, `None` where nobody is contacted.
    pub const ALL: &[(Verb, &str, Option<&str>)] = &[
        (Verb::Email, "email", Some("email")),
        (Verb::Sms, "sms", Some("sms")),
        (Verb::Letter, "letter", Some("letter")),
        (Verb::RegisteredLetter, "registered_letter", Some("registered_letter")),
        (Verb::Call, "call", Some("phone")),
        (Verb::Visit, "visit", Some("visit")),
        (Verb::Bailiff, "bailiff", Some("bailiff")),
        (Verb::Task, "task", None),
        (Verb::HoldOrders, "hold_orders", None),
        (Verb::ReleaseOrders, "release_orders", None),
        (Verb::Transfer, "transfer", None),
        (Verb::Legal, "legal", None),
        (Verb::ReviewCredit, "review_credit", None),
        (Verb::ProposeWriteOff, "propose_write_off", None),
        (Verb::Represent, "represent", None),
    ];

    /// Words of other desks for what a step does, each with ours.
    pub const OTHER_WORDS: &[(&str, Verb)] = &[
        ("mail", Verb::Email),
        ("e_mail", Verb::Email),
        ("text", Verb::Sms),
        ("text_message", Verb::Sms),
        ("post", Verb::Letter),
        ("reminder", Verb::Letter),
        ("dunning_letter", Verb::Letter),
        ("formal_notice", Verb::RegisteredLetter),
        ("mise_en_demeure", Verb::RegisteredLetter),
        ("notice_of_default", Verb::RegisteredLetter),
        ("final_demand", Verb::RegisteredLetter),
        ("letter_before_action", Verb::RegisteredLetter),
        ("registered_mail", Verb::RegisteredLetter),
        ("phone", Verb::Call),
        ("phone_call", Verb::Call),
        ("telephone", Verb::Call),
        ("field_visit", Verb::Visit),
        ("huissier", Verb::Bailiff),
        ("enforcement", Verb::Bailiff),
        ("todo", Verb::Task),
        ("to_do", Verb::Task),
        ("review", Verb::Task),
        ("hold", Verb::HoldOrders),
        ("credit_hold", Verb::HoldOrders),
        ("credit_block", Verb::HoldOrders),
        ("block_orders", Verb::HoldOrders),
        ("stop_orders", Verb::HoldOrders),
        ("stop_deliveries", Verb::HoldOrders),
        ("release", Verb::ReleaseOrders),
        ("credit_release", Verb::ReleaseOrders),
        ("unblock_orders", Verb::ReleaseOrders),
        ("agency", Verb::Transfer),
        ("hand_over", Verb::Transfer),
        ("handover", Verb::Transfer),
        ("place", Verb::Transfer),
        ("outsource", Verb::Transfer),
        ("court", Verb::Legal),
        ("lawsuit", Verb::Legal),
        ("legal_action", Verb::Legal),
        ("injonction_de_payer", Verb::Legal),
        ("credit_review", Verb::ReviewCredit),
        ("credit_limit_review", Verb::ReviewCredit),
        ("write_off", Verb::ProposeWriteOff),
        ("bad_debt", Verb::ProposeWriteOff),
    ];

    /// What a step can do.
    pub fn of_steps() -> impl Iterator<Item = (Verb, &'static str)> {
        Verb::ALL.iter().filter(|(verb, ..)| *verb != Verb::Represent).map(|(verb, name, _)| (*verb, *name))
    }

    /// The verb that another desk's word most likely stands for, whatever its capitals and gaps.
    pub fn meant_by(word: &str) -> Option<Verb> {
        let plain = word.to_lowercase().replace([' ', '-'], "_");
        let other = Verb::OTHER_WORDS.iter().find(|(other, _)| *other == plain).map(|(_, verb)| *verb);
        other.or_else(|| Verb::ALL.iter().find(|(_, name, _)| *name == plain).map(|(verb, ..)| *verb))
    }

    /// Name in rule files and outputs.
    pub fn name(self) -> &'static str {
        Verb::ALL.iter().find(|(verb, ..)| *verb == self).map_or("", |(_, name, _)| name)
    }

    /// What people do by hand; the rest goes out by itself, or is somebody else's work.
    pub fn by_people() -> Vec<Verb> {
        vec![Verb::Call, Verb::Visit, Verb::Task, Verb::Legal, Verb::ReviewCredit, Verb::ProposeWriteOff]
    }

    /// What it needs in order to reach the debtor, `None` where it does not need to.
    pub fn address(self) -> Option<Address> {
        match self {
            Verb::Email => Some(Address::Email),
            Verb::Sms | Verb::Call => Some(Address::Phone),
            Verb::Letter | Verb::RegisteredLetter | Verb::Visit | Verb::Bailiff => Some(Address::Postal),
            Verb::Task
            | Verb::HoldOrders
            | Verb::ReleaseOrders
            | Verb::Transfer
            | Verb::Legal
            | Verb::ReviewCredit
            | Verb::ProposeWriteOff
            | Verb::Represent => None,
        }
    }

    /// The effects any of which stops it.
    pub fn stopped_by(self) -> &'static [Effect] {
        match self {
            Verb::Email | Verb::Sms | Verb::Letter | Verb::RegisteredLetter | Verb::Call | Verb::Visit | Verb::Bailiff => {
                &[Effect::Contact]
            }
            // Nobody is written to, but money is taken: of who may not be asked none is.
            Verb::Represent => &[Effect::Contact],
            Verb::Transfer => &[Effect::Contact, Effect::Escalation, Effect::Agency],
            Verb::Legal => &[Effect::Contact, Effect::Escalation],
            // Nobody hears of these: who may not be written to can still be delivered nothing more.
            Verb::ProposeWriteOff | Verb::HoldOrders => &[Effect::Escalation],
            Verb::Task | Verb::ReleaseOrders | Verb::ReviewCredit => &[],
        }
    }

    /// Contact channel, `None` where nobody is contacted.
    pub fn channel(self) -> Option<&'static str> {
        Verb::ALL.iter().find(|(verb, ..)| *verb == self).and_then(|(.., channel)| *channel)
    }
}

/// What an action needs in order to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    Email,
    Phone,
    Postal,
}

impl Address {
    /// Column of `customers` that holds it.
    pub fn column(self) -> &'static str {
        match self {
            Address::Email => "email",
            Address::Phone => "phone",
            Address::Postal => "address",
        }
    }

    /// What stops an action that needs it where there is none: the `status_reason` of outputs.
    pub fn guard(self) -> &'static str {
        match self {
            Address::Email => "guard:no_email",
            Address::Phone => "guard:no_phone",
            Address::Postal => "guard:no_address",
        }
    }

    /// Its name in sentences.
    pub fn words(self) -> &'static str {
        match self {
            Address::Email => "e-mail address",
            Address::Phone => "telephone number",
            Address::Postal => "postal address",
        }
    }
}

/// Which contractual rate goes before that of the regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contractual {
    /// None.
    #[default]
    No,
    /// The customer's, whatever single invoices say.
    Customer,
    /// The invoice's own, else the customer's.
    Invoice,
}

/// Which late invoices bear penalties under which regime. The first rule that holds decides.
#[derive(Debug, Clone)]
pub struct PenaltyRule {
    /// Over fields of the customer.
    pub rule: Rule,
    /// Position in [`RateBook::regimes`](crate::rules::rates::RateBook::regimes); `None` where the rule says that nothing is due.
    pub regime: Option<usize>,
    /// The contractual rate to take where the law lets it stand.
    pub contractual: Contractual,
    /// Interest bears interest, as far as the regime allows it.
    pub compound: bool,
}
