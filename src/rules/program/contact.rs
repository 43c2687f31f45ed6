//! Whom an action can reach, on which channel, on which days and how often.

use crate::base::calendar::Calendar;
use crate::base::contract::customers;
use crate::base::contract::values::PREFERRED_CHANNELS;
use crate::base::date::Date;
use crate::base::hours::{Hours, Offset, TimeOfDay};
use crate::base::identity;
use crate::rules::program::{Action, Address, FieldId, Rule, Span, Step, Verb};

/// A channel that a customer may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    Email,
    Sms,
    Phone,
}

impl Consent {
    /// The word for it in `customers.contact_consent`.
    pub fn word(self) -> &'static str {
        match self {
            Consent::Email => "email",
            Consent::Sms => "sms",
            Consent::Phone => "phone",
        }
    }
}

/// What an action lacks in order to reach the debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// There is no address, or one known not to work.
    Address(Address),
    /// The customer refused the channel.
    Consent(Consent),
    /// What was sent there last came back, and no newer address is known.
    Returned(Address),
}

impl Lack {
    /// What stops an action because of it: the `status_reason` of outputs.
    pub fn guard(self) -> &'static str {
        match self {
            Lack::Address(address) => address.guard(),
            Lack::Consent(Consent::Email) => "guard:no_consent_email",
            Lack::Consent(Consent::Sms) => "guard:no_consent_sms",
            Lack::Consent(Consent::Phone) => "guard:no_consent_phone",
            Lack::Returned(Address::Email) => "guard:email_returned",
            Lack::Returned(Address::Phone) => "guard:phone_returned",
            Lack::Returned(Address::Postal) => "guard:mail_returned",
        }
    }

    /// Why another action takes the place of the one that lacks it: the `fallback_reason` of outputs.
    pub fn reason(self) -> &'static str {
        self.guard().trim_start_matches("guard:")
    }

    /// What there is none of, in sentences.
    pub fn words(self) -> &'static str {
        match self {
            Lack::Address(address) => address.words(),
            Lack::Consent(Consent::Email) => "consent to e-mail",
            Lack::Consent(Consent::Sms) => "consent to text messages",
            Lack::Consent(Consent::Phone) => "consent to calls",
            Lack::Returned(Address::Email) => "e-mail address newer than the one that mail came back from",
            Lack::Returned(Address::Phone) => "telephone number newer than the one that messages came back from",
            Lack::Returned(Address::Postal) => "postal address newer than the one that mail came back from",
        }
    }
}

/// What puts the channels of a step in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKey {
    /// The channel the customer asked for comes first: the field that names it.
    Preferred(FieldId),
    /// The larger share of answered contacts comes first: a field for each of [`PREFERRED_CHANNELS`].
    Answered([FieldId; PREFERRED_CHANNELS.len()]),
    /// The smaller cost comes first.
    Cheapest,
}

impl ChannelKey {
    /// Name in rule files, and as the reason outputs give.
    pub fn name(self) -> &'static str {
        match self {
            ChannelKey::Preferred(_) => "preferred",
            ChannelKey::Answered(_) => "answered",
            ChannelKey::Cheapest => "cheapest",
        }
    }

    /// The fields it reads.
    pub fn fields(&self) -> &[FieldId] {
        match self {
            ChannelKey::Preferred(field) => std::slice::from_ref(field),
            ChannelKey::Answered(fields) => fields,
            ChannelKey::Cheapest => &[],
        }
    }
}

/// Another wording of what a step writes or says.
#[derive(Debug, Clone)]
pub struct Reword {
    /// Name within the step; the rule's id is `policy.step.reword.name`.
    pub id: String,
    pub rule: Rule,
    /// What takes the place of the action's own, where written.
    pub template: Option<String>,
    pub tone: Option<String>,
}

/// What is done together with a step, on the night on which its own action goes out.
#[derive(Debug, Clone)]
pub struct Companion {
    /// Name within the step.
    pub id: String,
    /// Called `policy.step.also.name`; without a written condition it holds for everybody the step is for.
    pub rule: Rule,
    pub action: Action,
}

/// Whom contacts go to where somebody speaks for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Represented {
    /// Nobody is contacted.
    #[default]
    Hold,
    /// To the representative, and to nobody else.
    Write,
}

/// What becomes of a step whose contact came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undelivered {
    /// It is done all the same.
    #[default]
    Ignore,
    /// It is not done: it comes again, on a channel that works.
    Repeat,
}

impl Verb {
    /// What goes by post.
    pub const LETTERS: [Verb; 2] = [Verb::Letter, Verb::RegisteredLetter];

    /// Position among [`PREFERRED_CHANNELS`] of the way it goes; `None` for visits and what is no contact.
    pub fn way(self) -> Option<usize> {
        match self.channel()? {
            "registered_letter" => Verb::Letter.way(),
            channel => PREFERRED_CHANNELS.iter().position(|way| *way == channel),
        }
    }

    /// The consent it must not be without, `None` where the law asks for none.
    pub fn consent(self) -> Option<Consent> {
        match self {
            Verb::Email => Some(Consent::Email),
            Verb::Sms => Some(Consent::Sms),
            Verb::Call => Some(Consent::Phone),
            _ => None,
        }
    }

    /// Whether it asks the debtor for money, or lets others do so: what never happens about a claim that is barred.
    pub fn asks_for_money(self) -> bool {
        self.channel().is_some() || matches!(self, Verb::Transfer | Verb::Legal)
    }
}

/// Whose contacts a cap counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Per {
    Customer,
    /// The debtor group.
    Group,
    /// All who share a key of the person.
    Person,
    /// All who share a telephone number.
    Phone,
    /// All who share an e-mail address.
    Email,
    /// All who share a postal address.
    Address,
}

impl Per {
    /// Every choice by its name in rule files.
    pub const ALL: &[(&str, Per)] = &[
        ("customer", Per::Customer),
        ("group", Per::Group),
        ("person", Per::Person),
        ("phone", Per::Phone),
        ("email", Per::Email),
        ("address", Per::Address),
    ];

    /// Name in rule files.
    pub fn name(self) -> &'static str {
        Per::ALL.iter().find(|(_, per)| *per == self).map_or("", |(name, _)| *name)
    }

    /// The column of `customers` that customers share, by position; `None` where no column connects them.
    pub fn column(self) -> Option<usize> {
        match self {
            Per::Customer | Per::Group => None,
            Per::Person => Some(customers::PERSON_ID),
            Per::Phone => Some(customers::PHONE),
            Per::Email => Some(customers::EMAIL),
            Per::Address => Some(customers::ADDRESS),
        }
    }

    /// What is written in that column in the one form by which customers are compared; `None` for what connects nobody.
    pub fn key(self, written: &[u8]) -> Option<Vec<u8>> {
        match self {
            Per::Customer | Per::Group => None,
            Per::Person => identity::person(written),
            Per::Phone => identity::phone(written),
            Per::Email => identity::email(written),
            Per::Address => identity::address(written),
        }
    }
}

/// How often somebody may be contacted.
#[derive(Debug, Clone)]
pub struct Cap {
    pub id: String,
    pub at_most: u32,
    /// Rolling window in calendar days, tonight included.
    pub within: i32,
    pub per: Per,
    pub count: Vec<Verb>,
    /// Conversations are counted, whoever began them, instead of what we did: after one, nothing of what is counted for so long.
    pub after_conversation: bool,
    pub then: Overflow,
    /// Period in which the cap counts, both ends included; `None` is open.
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub place: String,
}

impl Cap {
    /// Whether a day lies in the period of the cap.
    pub fn in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// What happens to an action above a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Held back to the next lawful day.
    Postpone,
    Drop,
}

/// What happens to an action on a quiet day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// It waits for the next day on which people are contacted.
    Next,
    /// It goes out on the last such day before.
    Previous,
    Drop,
}

/// Days without contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietDays {
    /// ISO weekdays, 1 for Monday.
    pub weekdays: Vec<u32>,
    pub public_holidays: bool,
    pub then: Shift,
    /// What is not done on them; empty for every contact.
    pub verbs: Vec<Verb>,
    /// Calendars of debtors in some countries, by ISO 3166-1 code, ascending; all others have that of the rules.
    pub calendars: Vec<(String, Calendar)>,
    /// `file:line`.
    pub place: String,
}

impl QuietDays {
    /// Whether an action is not taken on them.
    pub fn stops(&self, verb: Verb) -> bool {
        verb.channel().is_some() && (self.verbs.is_empty() || self.verbs.contains(&verb))
    }

    /// Whether a day is one of them for debtors of a country; `calendar` is that of the rules.
    pub fn contains(&self, country: &[u8], calendar: &Calendar, date: Date) -> bool {
        let own = self.calendars.iter().find(|(code, _)| code.as_bytes() == country).map_or(calendar, |(_, own)| own);
        self.weekdays.contains(&date.weekday()) || (self.public_holidays && own.is_holiday(date))
    }
}

/// Letters that are printed together and taken to the post.
#[derive(Debug, Clone)]
pub struct Post {
    /// Name of the place where they are printed.
    pub site: String,
    /// Whose letters: a condition on the customer. Called `post.site`.
    pub rule: Rule,
    /// Letters, registered or not.
    pub verbs: Vec<Verb>,
    /// ISO weekdays on which letters are printed, unless they are public holidays; empty for every day.
    pub prints: Vec<u32>,
    /// From the night to the day a letter arrives.
    pub takes: Span,
}

impl Post {
    /// Whether letters are printed on a day.
    pub fn is_printed_on(&self, calendar: &Calendar, day: Date) -> bool {
        self.prints.is_empty() || self.prints.contains(&day.weekday()) && !calendar.is_holiday(day)
    }
}

/// What debtors are told about how to pay.
#[derive(Debug, Clone)]
pub struct WayToPay {
    /// For whom: a condition on the customer.
    pub rule: Rule,
    /// Methods of [`METHODS`](crate::base::contract::values::METHODS), in the order in which they are offered.
    pub methods: Vec<String>,
    /// The account to pay to; an IBAN has no spaces.
    pub account: Option<String>,
}

/// Hours in which debtors may be called or written to: data for whoever does it.
#[derive(Debug, Clone)]
pub struct ContactHours {
    /// Whom they are for: a condition on the customer.
    pub rule: Rule,
    pub verbs: Vec<Verb>,
    pub hours: Hours,
    /// ISO weekdays they are for; empty for all.
    pub weekdays: Vec<u32>,
    /// Where debtors may be, with what each zone is ahead of universal time in winter and in summer.
    pub zones: Vec<(String, Vec<Offset>)>,
    /// First and last lawful minute, in universal time, for a debtor who may be in any of the zones.
    pub anywhere: Option<(TimeOfDay, TimeOfDay)>,
}

/// A floor and a ceiling of tone for some customers.
#[derive(Debug, Clone)]
pub struct ToneBound {
    pub rule: Rule,
    /// Positions in [`Program::tones`](crate::rules::program::Program::tones).
    pub at_least: Option<usize>,
    pub at_most: Option<usize>,
}

/// In which language a customer is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages {
    /// Those there are texts in; the first one where nothing else decides.
    pub known: Vec<String>,
    /// Languages of countries, by ISO 3166-1 code.
    pub countries: Vec<(String, String)>,
    pub place: String,
}

impl Languages {
    /// The customer's own language where there are texts in it, else that of its country, else the first.
    pub fn of<'a>(&'a self, language: Option<&'a [u8]>, country: Option<&[u8]>) -> &'a [u8] {
        let known = |wanted: &&[u8]| self.known.iter().any(|known| known.as_bytes() == *wanted);
        let of_country =
            || self.countries.iter().find(|(code, _)| Some(code.as_bytes()) == country).map(|(_, language)| language.as_bytes());
        let first = self.known.first().map_or(&b""[..], |first| first.as_bytes());
        language.filter(known).or_else(of_country).unwrap_or(first)
    }
}

/// The longest silence towards a customer who is late.
#[derive(Debug, Clone)]
pub struct Silence {
    /// Days without a contact after which one is made.
    pub after: i32,
    /// What is done then, in the form of a step. It stands on no ladder.
    pub step: Step,
}
