//! The days on which a debtor was put on notice or reminded, for regimes that ask for it before a debt bears anything.

use crate::base::calendar::Calendar;
use crate::base::contract::contacts;
use crate::base::contract::invoices::INVOICE_ID;
use crate::base::contract::values::{CONTACT_CHANNELS, CONTACT_OUTCOMES};
use crate::base::date::Date;
use crate::night::documents::{Contact, InvoiceIx};
use crate::night::facts::Subject;
use crate::night::facts::contact::formal_notice;
use crate::night::penalties::Notice;
use crate::rules::rates::Start;

/// Business days from posting a letter to the first day of the delay it opens (CDE XIX.2).
const POSTAL_DAYS: i32 = 3;

/// Fills `notices` with what the regime asks for, as it happened to an invoice, ascending. A contact that names no invoice is about
/// all of the customer's. Whether it was late by then is for the accrual to say.
pub fn of_invoice(subject: &Subject<'_>, invoice: InvoiceIx, start: Start, calendar: &Calendar, notices: &mut Vec<Notice>) {
    notices.clear();
    let opens: fn(&Contact, &Calendar) -> Option<Date> = match start {
        Start::DueDate => return,
        Start::FormalNotice => |contact, _| formal_notice(contact),
        Start::Reminder => reminder,
    };
    let document = &subject.documents.invoices[invoice as usize];
    let id = subject.shard.invoices.text(INVOICE_ID, document.row as usize);
    let is_about = |contact: &&Contact| {
        let named = subject.shard.contacts.text(contacts::INVOICE_ID, contact.row as usize);
        !contact.inbound && (named.is_none() || named == id)
    };
    let contacts = subject.documents.contacts.of(document.customer).iter();
    let notice = |contact: &Contact| opens(contact, calendar).map(|opens| Notice { given_on: contact.on, opens });
    notices.extend(contacts.filter(is_about).filter_map(notice));
    notices.sort_unstable();
}

/// The day before the delay opens that a written reminder gives: at once for messages, on the third business day for letters.
fn reminder(contact: &Contact, calendar: &Calendar) -> Option<Date> {
    if matches!(outcome(contact), Some("returned" | "no_answer")) {
        return None;
    }
    match channel(contact)? {
        "email" | "sms" => Some(contact.on),
        "letter" | "registered_letter" => Some(calendar.plus_business_days(contact.on, POSTAL_DAYS).plus_days(-1)),
        "bailiff" => Some(contact.on),
        _ => None,
    }
}

fn channel(contact: &Contact) -> Option<&'static str> {
    contact.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)])
}

fn outcome(contact: &Contact) -> Option<&'static str> {
    contact.outcome.map(|outcome| CONTACT_OUTCOMES[usize::from(outcome)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::CalendarName;

    fn contact(on: &str, channel: &str, outcome: Option<&str>) -> Contact {
        let place = |names: &[&str], name: &str| {
            let at = names.iter().position(|known| *known == name).unwrap_or_else(|| panic!("{name} is not listed"));
            u8::try_from(at).expect("few")
        };
        let on = Date::parse(on).unwrap_or_else(|| panic!("{on} is a day"));
        let outcome = outcome.map(|outcome| place(CONTACT_OUTCOMES, outcome));
        Contact { customer: 0, row: 0, on, channel: Some(place(CONTACT_CHANNELS, channel)), inbound: false, outcome }
    }

    #[test]
    fn a_formal_notice_counts_once_it_reached_the_debtor() {
        let cases = [
            ("registered_letter", Some("delivered"), true),
            ("registered_letter", Some("returned"), false),
            ("registered_letter", Some("refused"), false),
            ("registered_letter", None, false),
            ("bailiff", Some("delivered"), true),
            ("letter", Some("delivered"), false),
            ("email", Some("answered"), false),
        ];
        for (channel, outcome, counts) in cases {
            let contact = contact("2026-02-10", channel, outcome);
            assert_eq!(formal_notice(&contact), counts.then_some(contact.on), "{channel} {outcome:?}");
        }
    }

    #[test]
    fn a_reminder_opens_its_delay_the_next_day_or_three_business_days_after_posting() {
        let cases = [
            ("2026-02-10", "email", Some("delivered"), Some("2026-02-10")),
            ("2026-02-10", "sms", None, Some("2026-02-10")),
            // Posted on a Tuesday: the third business day is Friday. On a Thursday: Tuesday of the week after.
            ("2026-02-10", "letter", None, Some("2026-02-12")),
            ("2026-02-12", "registered_letter", None, Some("2026-02-16")),
            ("2026-02-10", "letter", Some("returned"), None),
            ("2026-02-10", "phone", Some("answered"), None),
        ];
        let calendar = Calendar::named(CalendarName::Weekends);
        for (on, channel, outcome, expected) in cases {
            let found = reminder(&contact(on, channel, outcome), &calendar);
            assert_eq!(found, expected.and_then(Date::parse), "{on} {channel} {outcome:?}");
        }
    }
}
