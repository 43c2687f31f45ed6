//! What was said to a customer, what a person stopped, and where its ladder stood last night.

use std::collections::BTreeMap;

use crate::base::contract::values::{CONTACT_CHANNELS, CONTACT_OUTCOMES, PREFERRED_CHANNELS};
use crate::base::contract::{contacts, customers, usage};
use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::base::table::Column;
use crate::base::words::listed;
use crate::night::documents::{Contact, Hold};
use crate::night::facts::balances::number;
use crate::night::facts::placed::{holder_of, is_placed};
use crate::night::facts::{Debtor, Subject, day};
use crate::night::memory::LadderRecord;
use crate::rules::program::{Address, Cell, Consent, MISSING, TextPool, Verb};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "last_contact_date",
    "days_since_last_contact",
    "days_since_conversation",
    "contacts_30d",
    "calls_7d",
    "emails_7d",
    "sms_7d",
    "letters_30d",
    "calls_since_due",
    "emails_since_due",
    "letters_since_due",
    "returned_mail",
    "last_step",
    "last_step_date",
    "days_since_last_action",
    "current_policy",
    "placed",
    "placed_with",
    "contact_hold",
    "penalties_hold",
    "escalation_hold",
    "agency_hold",
    "usage_trend",
    "has_contact_address",
    "email_undelivered",
    "phone_undelivered",
    "letter_undelivered",
    "undelivered_90d",
    "contact_reason",
    "contact_reason_date",
    "last_answered_channel",
    "answered_share_email_12m",
    "answered_share_sms_12m",
    "answered_share_phone_12m",
    "answered_share_letter_12m",
];

/// The column of a fact; `None` where the name is not of this file.
pub fn column(subject: &Subject<'_>, name: &str, pool: &mut TextPool) -> Option<Vec<Cell>> {
    let held = |stops: fn(&Hold) -> bool| Some(each(subject, |debtor| Cell::from(holds_of(subject, debtor).any(stops))));
    match name {
        "last_contact_date" => Some(each(subject, |debtor| day(contacts_of(subject, debtor).map(|contact| contact.on).max()))),
        "days_since_last_contact" => Some(each(subject, |debtor| {
            let last = contacts_of(subject, debtor).map(|contact| contact.on).max();
            last.map_or(MISSING, |on| Cell::from(subject.as_of.days_since(on)))
        })),
        "days_since_conversation" => Some(each(subject, |debtor| {
            let last = contacts_of(subject, debtor).filter(|contact| is_conversation(contact)).map(|contact| contact.on).max();
            last.map_or(MISSING, |on| Cell::from(subject.as_of.days_since(on)))
        })),
        "contacts_30d" => Some(outbound(subject, 30, &[])),
        "calls_7d" => Some(outbound(subject, 7, &["phone"])),
        "emails_7d" => Some(outbound(subject, 7, &["email"])),
        "sms_7d" => Some(outbound(subject, 7, &["sms"])),
        "letters_30d" => Some(outbound(subject, 30, &["letter", "registered_letter"])),
        "calls_since_due" => Some(since_due(subject, &["phone"])),
        "emails_since_due" => Some(since_due(subject, &["email", "sms"])),
        "letters_since_due" => Some(since_due(subject, &["letter", "registered_letter"])),
        "returned_mail" => Some(each(subject, |debtor| Cell::from(last_letter_came_back(subject, debtor)))),
        "last_step" => {
            Some(each(subject, |debtor| record(subject, debtor).and_then(|record| record.step).map_or(MISSING, |step| pool.code(step))))
        }
        "last_step_date" => Some(each(subject, |debtor| day(record(subject, debtor).and_then(|record| record.step_on)))),
        "days_since_last_action" => Some(each(subject, |debtor| {
            let on = record(subject, debtor).and_then(|record| record.step_on);
            on.map_or(MISSING, |on| Cell::from(subject.as_of.days_since(on)))
        })),
        "current_policy" => Some(each(subject, |debtor| record(subject, debtor).map_or(MISSING, |record| pool.code(record.policy)))),
        "placed" => Some(each(subject, |debtor| Cell::from(is_placed(subject, debtor)))),
        "placed_with" => {
            Some(each(subject, |debtor| holder_of(subject, debtor).map_or(MISSING, |agency| pool.code(&String::from_utf8_lossy(agency)))))
        }
        "contact_hold" => held(|hold| hold.invoice.is_none() && hold.stops_contact),
        "penalties_hold" => held(|hold| hold.invoice.is_none() && hold.stops_penalties),
        "escalation_hold" => held(|hold| hold.invoice.is_none() && hold.stops_escalation),
        "agency_hold" => held(|hold| hold.invoice.is_none() && hold.stops_agency),
        "usage_trend" => Some(usage_trends(subject)),
        "has_contact_address" => Some(each(subject, |debtor| Cell::from(has_contact_address(subject, debtor)))),
        "email_undelivered" => Some(undelivered(subject, Address::Email)),
        "phone_undelivered" => Some(undelivered(subject, Address::Phone)),
        "letter_undelivered" => Some(undelivered(subject, Address::Postal)),
        "undelivered_90d" => Some(each(subject, |debtor| {
            let after = subject.as_of.plus_days(-90);
            number(contacts_of(subject, debtor).filter(|contact| contact.on > after && came_back(contact)).count())
        })),
        "contact_reason" => {
            Some(each(subject, |debtor| last_reason(subject, debtor.customer, None).map_or(MISSING, |(_, reason)| pool.code(&reason))))
        }
        "contact_reason_date" => Some(each(subject, |debtor| day(last_reason(subject, debtor.customer, None).map(|(on, _)| on)))),
        "last_answered_channel" => Some(each(subject, |debtor| {
            let last = contacts_of(subject, debtor).filter(|contact| is_answered(contact)).max_by_key(|contact| contact.on);
            last.and_then(way).map_or(MISSING, |way| Cell::try_from(way).unwrap_or(MISSING))
        })),
        "answered_share_email_12m" => Some(answered_shares(subject, 0)),
        "answered_share_sms_12m" => Some(answered_shares(subject, 1)),
        "answered_share_phone_12m" => Some(answered_shares(subject, 2)),
        "answered_share_letter_12m" => Some(answered_shares(subject, 3)),
        _ => None,
    }
}

/// The day a formal notice was received: a registered letter that reached the debtor, or the act of a bailiff.
pub fn formal_notice(contact: &Contact) -> Option<Date> {
    let was_served = matches!(contact.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)]), Some("registered_letter" | "bailiff"));
    let was_received = matches!(outcome(contact), Some("delivered" | "answered" | "promise" | "dispute"));
    (was_served && was_received).then_some(contact.on)
}

/// The way a contact went, among e-mail, text message, telephone and letter, as `preferred_channel` has them; `None` for visits.
fn way(contact: &Contact) -> Option<usize> {
    match CONTACT_CHANNELS[usize::from(contact.channel?)] {
        "registered_letter" => Some(3),
        channel => PREFERRED_CHANNELS.iter().position(|way| *way == channel),
    }
}

/// Whether somebody answered a contact: spoke, promised, complained or refused; or came to us by themselves.
fn is_answered(contact: &Contact) -> bool {
    contact.inbound || matches!(outcome(contact), Some("answered" | "refused" | "promise" | "dispute"))
}

fn outcome(contact: &Contact) -> Option<&'static str> {
    contact.outcome.map(|outcome| CONTACT_OUTCOMES[usize::from(outcome)])
}

/// Of our contacts of twelve months on one way, the share that was answered, in millionths; missing where there was none.
fn answered_shares(subject: &Subject<'_>, of_way: usize) -> Vec<Cell> {
    let after = subject.window(12);
    each(subject, |debtor| {
        let own = contacts_of(subject, debtor).filter(|contact| contact.on > after && !contact.inbound && way(contact) == Some(of_way));
        let (mut made, mut answered) = (0_i128, 0_i128);
        for contact in own {
            made += 1;
            answered += i128::from(is_answered(contact));
        }
        if made == 0 { MISSING } else { super::cell(divide_half_up(answered * 1_000_000, made)) }
    })
}

fn came_back(contact: &Contact) -> bool {
    !contact.inbound && contact.outcome.is_some_and(|outcome| CONTACT_OUTCOMES[usize::from(outcome)] == "returned")
}

fn undelivered(subject: &Subject<'_>, address: Address) -> Vec<Cell> {
    each(subject, |debtor| Cell::from(is_undelivered(subject, debtor.customer, address)))
}

/// Whether what was sent to an address last came back, and no newer address is known.
pub fn is_undelivered(subject: &Subject<'_>, customer: u32, address: Address) -> bool {
    let Some(returned) = last_sent_came_back(subject, customer, address) else { return false };
    address_since(subject, customer, address).is_none_or(|newer| newer <= returned || newer > subject.as_of)
}

/// The day of what was sent to an address last, where it came back.
pub fn last_sent_came_back(subject: &Subject<'_>, customer: u32, address: Address) -> Option<Date> {
    let sent_there = |contact: &&Contact| {
        let channel = contact.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)]);
        let verb = Verb::ALL.iter().find(|(_, _, used)| used.is_some() && *used == channel);
        !contact.inbound && verb.is_some_and(|(verb, ..)| verb.address() == Some(address))
    };
    let last = subject.documents.contacts.of(customer).iter().filter(sent_there).max_by_key(|contact| contact.on);
    last.filter(|contact| came_back(contact)).map(|contact| contact.on)
}

/// The day an address was recorded, as the ledger says, which may be after tonight.
pub fn address_since(subject: &Subject<'_>, customer: u32, address: Address) -> Option<Date> {
    let since = match address {
        Address::Email => customers::EMAIL_SINCE,
        Address::Phone => customers::PHONE_SINCE,
        Address::Postal => customers::ADDRESS_SINCE,
    };
    let row = subject.documents.customers[customer as usize].row;
    row.and_then(|row| subject.shard.customers.date(since, row as usize))
}

/// Contacts with a customer since a day, on channels that count, that came back, where nothing arrived after them: the day of the last one. About one invoice, those
/// count that name it or none.
pub fn returned_since<'a>(
    subject: &Subject<'a>,
    customer: u32,
    invoice: Option<&[u8]>,
    since: Date,
    counts: impl Fn(&str) -> bool,
) -> Option<&'a Contact> {
    let is_about = |contact: &&Contact| {
        let named = subject.shard.contacts.text(contacts::INVOICE_ID, contact.row as usize);
        invoice.is_none() || named.is_none() || named == invoice
    };
    let own = subject.documents.contacts.of(customer).iter().filter(|contact| !contact.inbound && counts_on(contact, &counts));
    own.filter(is_about).filter(|contact| contact.on >= since).max_by_key(|contact| contact.on).filter(|contact| came_back(contact))
}

fn counts_on(contact: &Contact, counts: impl Fn(&str) -> bool) -> bool {
    contact.channel.is_some_and(|channel| counts(CONTACT_CHANNELS[usize::from(channel)]))
}

/// The reason given last, of an invoice or of any, with its day: why nothing is paid, or what is asked for.
pub fn last_reason(subject: &Subject<'_>, customer: u32, invoice: Option<&[u8]>) -> Option<(Date, String)> {
    let text = |contact: &Contact, column| subject.shard.contacts.text(column, contact.row as usize);
    let is_about = |contact: &&Contact| invoice.is_none() || text(contact, contacts::INVOICE_ID) == invoice;
    let own = subject.documents.contacts.of(customer).iter();
    let told = own.filter(is_about).filter_map(|contact| Some((contact.on, text(contact, contacts::REASON)?)));
    // Of several on one day the last in the order of the log.
    told.max_by_key(|(on, _)| *on).map(|(on, reason)| (on, String::from_utf8_lossy(reason).into_owned()))
}

fn each(subject: &Subject<'_>, fact: impl FnMut(&Debtor) -> Cell) -> Vec<Cell> {
    subject.debtors.iter().map(fact).collect()
}

fn contacts_of<'a>(subject: &Subject<'a>, debtor: &Debtor) -> impl Iterator<Item = &'a Contact> + use<'a> {
    subject.documents.contacts.of(debtor.customer).iter()
}

fn holds_of<'a>(subject: &Subject<'a>, debtor: &Debtor) -> impl Iterator<Item = &'a Hold> + use<'a> {
    subject.documents.holds.of(debtor.customer).iter()
}

/// Contacts we made within a window of days, today included, by channel; all channels where none is named.
fn outbound(subject: &Subject<'_>, days: i32, channels: &[&str]) -> Vec<Cell> {
    let after = subject.as_of.plus_days(-days);
    let counts = |contact: &&Contact| {
        let channel = contact.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)]);
        let of_channel = channels.is_empty() || channel.is_some_and(|channel| channels.contains(&channel));
        contact.on > after && !contact.inbound && of_channel
    };
    each(subject, |debtor| number(contacts_of(subject, debtor).filter(counts).count()))
}

/// Our contacts on some channels since the oldest open item fell due, those left out that came back.
fn since_due(subject: &Subject<'_>, channels: &[&str]) -> Vec<Cell> {
    each(subject, |debtor| {
        let Some(due) = subject.items(debtor).map(|item| item.due_date).min() else { return 0 };
        let counts = |contact: &&Contact| {
            let channel = contact.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)]);
            contact.on > due && !contact.inbound && !came_back(contact) && channel.is_some_and(|channel| channels.contains(&channel))
        };
        number(contacts_of(subject, debtor).filter(counts).count())
    })
}

/// `contacts.reason` of a complaint.
const COMPLAINT: &[u8] = b"complaint";

/// Whether a contact came in because somebody complains, where the log tells why.
pub fn is_complaint(subject: &Subject<'_>, contact: &Contact) -> bool {
    contact.inbound && subject.shard.contacts.text(contacts::REASON, contact.row as usize) == Some(COMPLAINT)
}

/// A call on which somebody spoke to us, whoever called: an answer, a refusal, a promise or a complaint.
pub fn is_conversation(contact: &Contact) -> bool {
    let outcome = contact.outcome.map(|outcome| CONTACT_OUTCOMES[usize::from(outcome)]);
    contact.channel.is_some_and(|channel| CONTACT_CHANNELS[usize::from(channel)] == "phone")
        && matches!(outcome, Some("answered" | "refused" | "promise" | "dispute"))
}

fn last_letter_came_back(subject: &Subject<'_>, debtor: &Debtor) -> bool {
    let is_letter = |contact: &&Contact| {
        contact.channel.is_some_and(|channel| ["letter", "registered_letter"].contains(&CONTACT_CHANNELS[usize::from(channel)]))
    };
    let last = contacts_of(subject, debtor).filter(is_letter).last();
    last.and_then(|contact| contact.outcome).is_some_and(|outcome| CONTACT_OUTCOMES[usize::from(outcome)] == "returned")
}

/// The customer's own ladder record of last night.
fn record<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Option<&'a LadderRecord<'a>> {
    subject.memory.own_ladder(debtor.customer)
}

/// Consumption of the last three months against the three before, as a relative change in millionths.
fn usage_trends(subject: &Subject<'_>) -> Vec<Cell> {
    let table = &subject.shard.usage;
    let (start, middle) = (subject.window(6), subject.window(3));
    let mut sums: BTreeMap<&[u8], (i128, i128)> = BTreeMap::new();
    for row in 0..table.len() {
        let (Some(id), Some(month)) = (table.text(usage::CUSTOMER_ID, row), table.date(usage::MONTH, row)) else { continue };
        let quantity = i128::from(table.number(usage::QUANTITY, row).unwrap_or(0));
        let (before, now) = sums.entry(id).or_default();
        match month {
            month if month > middle && month <= subject.as_of => *now += quantity,
            month if month > start && month <= middle => *before += quantity,
            _ => {}
        }
    }
    each(subject, |debtor| match sums.get(subject.documents.customer_ids[debtor.customer as usize]) {
        Some((before, now)) if *before > 0 => super::cell(divide_half_up((now - before) * 1_000_000, *before)),
        _ => MISSING,
    })
}

/// Whether a customer refused a channel: by its own flag, else because a list of channels consented to leaves it out.
pub fn refuses(subject: &Subject<'_>, customer: u32, consent: Consent) -> bool {
    let Some(row) = subject.documents.customers[customer as usize].row.map(|row| row as usize) else { return false };
    let table = &subject.shard.customers;
    let flag = match consent {
        Consent::Email => customers::CONSENT_EMAIL,
        Consent::Sms => customers::CONSENT_SMS,
        Consent::Phone => customers::CONSENT_PHONE,
    };
    match (table.flag(flag, row), table.text(customers::CONTACT_CONSENT, row)) {
        (Some(consents), _) => !consents,
        (None, Some(list)) => !listed(list).any(|word| word.eq_ignore_ascii_case(consent.word().as_bytes())),
        (None, None) => false,
    }
}

/// Whether somebody else speaks for a customer.
pub fn is_represented(subject: &Subject<'_>, customer: u32) -> bool {
    let row = subject.documents.customers[customer as usize].row;
    row.is_some_and(|row| subject.shard.customers.text(customers::REPRESENTED_BY, row as usize).is_some())
}

/// Whether nothing says that no channel reaches the debtor.
pub fn has_contact_address(subject: &Subject<'_>, debtor: &Debtor) -> bool {
    [Address::Email, Address::Phone, Address::Postal].into_iter().any(|address| !lacks_address(subject, debtor.customer, address))
}

/// Whether a customer has no address of a kind, or one known not to work. Of a column that the ledger does not have nothing is known.
pub fn lacks_address(subject: &Subject<'_>, customer: u32, address: Address) -> bool {
    let (written, valid) = match address {
        Address::Email => (customers::EMAIL, customers::EMAIL_VALID),
        Address::Phone => (customers::PHONE, customers::PHONE_VALID),
        Address::Postal => (customers::ADDRESS, customers::ADDRESS_VALID),
    };
    let table = &subject.shard.customers;
    let row = subject.documents.customers[customer as usize].row.map(|row| row as usize);
    if row.is_some_and(|row| table.flag(valid, row) == Some(false)) {
        return true;
    }
    let is_told = table.columns.get(written).is_some_and(|column| !matches!(column, Column::Absent));
    is_told && row.and_then(|row| table.text(written, row)).is_none()
}
