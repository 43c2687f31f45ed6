//! Whom nobody may write to, how often, on which days, in what tone: what stands between a step and the debtor.

use crate::desk::{Desk, NIGHT, ladder as rules};

const LETTER: &str = "      - {step: letter, at: 1 day, do: letter}\n";
const EMAIL: &str = "      - {step: mail, at: 1 day, do: email, otherwise: {do: letter}}\n";

/// Columns of the actions of a night.
fn actions<const N: usize>(desk: &Desk, night: &str, columns: [&str; N]) -> Vec<String> {
    desk.run(night, &["--replace", "--reason", "again"]).succeeded();
    rows(desk, night, "actions", columns)
}

/// Columns of a table of a night, each row as one text.
fn rows<const N: usize>(desk: &Desk, night: &str, table: &str, columns: [&str; N]) -> Vec<String> {
    let rows = desk.night(night).rows(table);
    rows.of(columns).iter().map(|row| row.join(" ").trim_end().to_owned()).collect()
}

/// Action, status and reason.
fn told(desk: &Desk, night: &str) -> Vec<String> {
    actions(desk, night, ["action", "status", "status_reason"])
}

#[test]
fn no_rule_lifts_a_request_to_be_left_alone() {
    for (columns, cells, expected) in [
        ("do_not_contact", "true", "letter held guard:do_not_contact"),
        ("do_not_contact", "false", "letter due"),
        ("do_not_contact_since", "2026-11-20", "letter held guard:do_not_contact"),
        ("do_not_contact_since", "2026-11-21", "letter due"),
        ("do_not_contact, do_not_contact_since", "false, 2026-11-01", "letter due"),
        ("do_not_contact, do_not_contact_since", "true, 2026-11-21", "letter due"),
        ("breathing_space_until", "2026-11-20", "letter held guard:breathing_space"),
        ("breathing_space_until", "2026-11-19", "letter due"),
        ("represented_by", "Maître X", "letter held guard:represented"),
        ("legal_status, do_not_contact", "insolvency, true", "letter held guard:insolvency"),
    ] {
        let desk = Desk::ruled(&rules("", LETTER, ""), &[("customers", &format!("customer_id, {columns}\nC1, {cells}"))]);
        assert_eq!(told(&desk, NIGHT), [expected], "{columns}: {cells}");
    }
}

#[test]
fn a_respite_stops_escalation_and_a_request_only_what_the_debtor_hears_of() {
    for (columns, cells, step, expected) in [
        ("do_not_contact", "true", "propose_write_off", "propose_write_off due"),
        ("do_not_contact", "true", "task", "task due"),
        ("do_not_contact", "true", "transfer, to: agency", "transfer held guard:do_not_contact"),
        ("breathing_space_until", "2026-12-31", "propose_write_off", "propose_write_off held guard:breathing_space"),
        ("breathing_space_until", "2026-12-31", "task", "task due"),
    ] {
        let step = format!("      - {{step: one, at: 1 day, do: {step}}}\n");
        let desk = Desk::ruled(&rules("", &step, ""), &[("customers", &format!("customer_id, {columns}\nC1, {cells}"))]);
        assert_eq!(told(&desk, NIGHT), [expected], "{step}");
    }
}

#[test]
fn what_is_barred_is_not_asked_for_and_may_be_written_off() {
    let steps = "      - {step: letter, at: 1 day, do: letter}\n      - {step: court, at: 10 days, do: legal}\n      \
                 - {step: loss, at: 500 days, do: propose_write_off}\n";
    let head = "invoice_id, customer_id, issue_date, due_date, amount, currency, limitation_on\n";
    let old = "F1, C1, 2021-10-01, 2021-11-19, 1000.00, EUR";
    let last_day = "F1, C1, 2021-10-01, 2021-11-20, 1000.00, EUR";
    for (name, invoices, expected, items) in [
        ("five years and a day (C. com. L110-4)", format!("{old},"), "propose_write_off due", "F1 none: nothing_more"),
        ("the last day", format!("{last_day},"), "letter due", "F1 legal"),
        ("the ledger knows of an acknowledgment", format!("{old}, 2030-01-01"), "letter due", "F1 legal"),
        (
            "the ledger knows of a shorter period",
            "F1, C1, 2026-09-01, 2026-10-01, 9.00, EUR, 2026-11-19".into(),
            "letter held guard:barred",
            "F1 none: held by guard:barred",
        ),
        ("the day before that", "F1, C1, 2026-09-01, 2026-10-01, 9.00, EUR, 2026-11-20".into(), "letter due", "F1 legal"),
        (
            "a barred claim pushes no other one up the ladder",
            format!("{old},\nF2, C1, 2026-11-01, 2026-11-15, 5.00, EUR,"),
            "letter due",
            "F1 none: held by guard:barred F2 legal",
        ),
    ] {
        let customers = "customer_id, country, customer_type\nC1, FR, company";
        let desk = Desk::ruled(&rules("", steps, ""), &[("customers", customers), ("invoices", &format!("{head}{invoices}"))]);
        assert_eq!(told(&desk, NIGHT), [expected], "{name}");
        let plans = rows(&desk, NIGHT, "open_items", ["invoice_id", "next_action"]);
        assert_eq!(plans.join(" "), items, "{name}");
        if expected == "letter due" {
            let asked = actions(&desk, NIGHT, ["amount_due"]);
            assert_eq!(
                asked,
                [if name.starts_with("a barred") {
                    "5.00"
                } else if name.contains("before that") {
                    "9.00"
                } else {
                    "1000.00"
                }],
                "{name}"
            );
        }
    }
}

#[test]
fn a_refused_channel_gives_way_like_a_missing_address() {
    for (columns, cells, expected) in [
        ("email, consent_email", "a@b.example, false", "letter due no_consent_email"),
        ("email, consent_email", "a@b.example, true", "email due"),
        ("email, consent_email", "a@b.example,", "email due"),
        ("email, contact_consent", "a@b.example, sms phone", "letter due no_consent_email"),
        ("email, contact_consent", "a@b.example, sms|Email", "email due"),
        ("email, contact_consent, consent_email", "a@b.example, sms, true", "email due"),
        ("email, email_valid, consent_email", "a@b.example, false, false", "letter due no_email"),
    ] {
        let desk = Desk::ruled(&rules("", EMAIL, ""), &[("customers", &format!("customer_id, {columns}\nC1, {cells}"))]);
        assert_eq!(actions(&desk, NIGHT, ["action", "status", "fallback_reason"]), [expected], "{columns}: {cells}");
    }
    let call = "      - {step: call, at: 1 day, do: call}\n";
    let desk = Desk::ruled(&rules("", call, ""), &[("customers", "customer_id, phone, consent_phone\nC1, 0123456789, false")]);
    assert_eq!(told(&desk, NIGHT), ["call held guard:no_consent_phone"]);
    let findings = rows(&desk, NIGHT, "findings", ["kind", "message"]);
    assert!(
        findings.iter().any(|row| row.starts_with("unreachable") && row.contains("there is no consent to calls; record one")),
        "{findings:?}"
    );
}

#[test]
fn a_policy_may_write_to_who_speaks_for_the_customer() {
    let keys = "    represented: write_to_representative\n";
    let customers = |by: &str| format!("customer_id, email, represented_by\nC1,, {by}");
    for (by, expected) in [("Maître X", "email due representative"), ("", "letter due customer no_email")] {
        let desk = Desk::ruled(&rules(keys, EMAIL, ""), &[("customers", &customers(by))]);
        assert_eq!(actions(&desk, NIGHT, ["action", "status", "addressee", "fallback_reason"]), [expected], "{by}");
    }
}

#[test]
fn d_01_to_d_03_seven_calls_in_seven_days_and_rest_after_a_conversation() {
    let call = "      - {step: call, at: 1 day, do: call}\n";
    let caps = "caps:\n  - {cap: reg_f_7in7, at_most: 7, within: 7 days, count: [call], then: postpone}\n  \
                - {cap: reg_f_talk, after: conversation, within: 7 days, count: [call], then: postpone}\n";
    let head = "contact_id, customer_id, contacted_on, channel, outcome, direction\n";
    // Monday 16 to Sunday 22 November 2026.
    let attempts: Vec<String> = (16..=22).map(|day| format!("A{day}, C1, 2026-11-{day}, phone, no_answer, out")).collect();
    let attempts = format!("{head}{}", attempts.join("\n"));
    let spoken = |direction: &str| format!("{head}T, C1, 2026-11-02, phone, answered, {direction}");
    let early = "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-09-01, 2026-10-10, 1000.00, EUR";
    for (name, contacts, night, expected) in [
        ("D-01", attempts.as_str(), "2026-11-22", "call postponed reg_f_7in7 call 2026-11-23"),
        ("D-02", &attempts, "2026-11-23", "call due  none: nothing_more"),
        ("D-03: the Sunday", &spoken("out"), "2026-11-08", "call postponed reg_f_talk call 2026-11-09"),
        ("D-03: the Monday", &spoken("out"), "2026-11-09", "call due  none: nothing_more"),
        ("D-03: whoever called", &spoken("in"), "2026-11-08", "call postponed reg_f_talk call 2026-11-09"),
    ] {
        let desk = Desk::ruled(
            &rules("", call, caps),
            &[("customers", "customer_id, phone\nC1, 0123456789"), ("invoices", early), ("contacts", contacts)],
        );
        assert_eq!(actions(&desk, night, ["action", "status", "status_reason", "next_action", "next_on"]), [expected], "{name}");
    }
}

#[test]
fn caps_count_over_all_who_share_a_key_whatever_group_they_are_in() {
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency
        F1, C1, 2026-09-01, 2026-11-10, 3000.00, EUR
        F2, C2, 2026-09-01, 2026-11-10, 2000.00, EUR
        F3, C3, 2026-09-01, 2026-11-10, 1000.00, EUR";
    for (per, column, keys, expected) in [
        ("phone", "phone", ["+33 1 23 45 67 89", "0033123456789", "0123456789"], ["due", "postponed 2026-11-27", "due"]),
        ("email", "email", ["A@b.example", "a@B.example ", "c@b.example"], ["due", "postponed 2026-11-27", "due"]),
        ("address", "address", ["1 rue de l'Élysée", "1, RUE DE L'ELYSEE", "2 rue de l'Élysée"], ["due", "postponed 2026-11-27", "due"]),
        ("person", "person_id", ["P1", "P2", "P1"], ["due", "due", "postponed 2026-11-27"]),
        // A missing key connects nobody; all of one key wait their turn.
        ("person", "person_id", ["", "", ""], ["due", "due", "due"]),
        ("person", "person_id", ["P1", "P1", "P1"], ["due", "postponed 2026-11-27", "postponed 2026-12-04"]),
        ("customer", "person_id", ["P1", "P1", "P1"], ["due", "due", "due"]),
    ] {
        let caps = format!("caps:\n  - {{cap: once, at_most: 1, within: 7 days, per: {per}, count: [letter], then: postpone}}\n");
        let rows = ["C1", "C2", "C3"].iter().zip(keys).map(|(id, key)| format!("\n{id}, \"{key}\"")).collect::<String>();
        let rows = rows.replace('"', "").replace("1, RUE", "1 - RUE");
        let desk =
            Desk::ruled(&rules("", LETTER, &caps), &[("customers", &format!("customer_id, {column}{rows}")), ("invoices", invoices)]);
        let got = actions(&desk, NIGHT, ["customer_id", "status", "next_on"]);
        let mut got: Vec<String> = got.iter().map(|row| row.replace("due ", "due")).collect();
        got.sort();
        let wanted: Vec<String> = ["C1", "C2", "C3"].iter().zip(expected).map(|(id, told)| format!("{id} {told}")).collect();
        assert_eq!(got, wanted, "{per}: {keys:?}");
    }
}

#[test]
fn what_falls_on_a_quiet_day_goes_before_after_or_nowhere() {
    // 20 November 2026 is a Friday; the invoice of the table is due on the 10th.
    let step = |at: i32| format!("      - {{step: letter, at: {at} days, do: letter}}\n");
    let quiet = |then: &str| format!("quiet_days: {{skip: [saturday, sunday], then: {then}}}\n");
    for (at, then, night, expected) in [
        (11, "previous_business_day", "2026-11-20", "letter due"),
        (12, "previous_business_day", "2026-11-20", "letter due"),
        (13, "previous_business_day", "2026-11-20", ""),
        (11, "next_business_day", "2026-11-20", ""),
        // The Friday was missed: it goes out on the next working day.
        (11, "previous_business_day", "2026-11-21", "letter postponed quiet_days"),
        (11, "previous_business_day", "2026-11-23", "letter due"),
        (11, "next_business_day", "2026-11-21", "letter postponed quiet_days"),
        (11, "drop", "2026-11-21", "letter held quiet_days"),
    ] {
        let desk = Desk::ruled(&rules("", &step(at), &quiet(then)), &[("customers", "customer_id\nC1")]);
        assert_eq!(told(&desk, night).join(""), expected, "{at} days, {then}, {night}");
    }
    // What was foreseen is what comes, and only once.
    let ladder = Desk::ruled(
        &rules("", &(step(8) + &step(11).replace("letter,", "second,")), &quiet("previous_business_day")),
        &[("customers", "customer_id\nC1")],
    );
    assert_eq!(actions(&ladder, "2026-11-18", ["step", "next_action", "next_on"]), ["letter letter 2026-11-20"]);
    assert_eq!(actions(&ladder, "2026-11-20", ["step", "next_action", "next_on"]), ["second none: nothing_more"]);
    assert_eq!(told(&ladder, "2026-11-23"), Vec::<String>::new());
    // Nobody is reminded before anything is late: due on Friday, late on Saturday.
    let fresh = "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-09-01, 2026-11-20, 1000.00, EUR";
    let desk = Desk::ruled(&rules("", &step(1), &quiet("previous_business_day")), &[("customers", "customer_id\nC1"), ("invoices", fresh)]);
    assert_eq!(told(&desk, "2026-11-20"), Vec::<String>::new());
    assert_eq!(told(&desk, "2026-11-23"), ["letter due"]);
}

#[test]
fn quiet_days_go_by_channel_and_by_the_country_of_the_debtor() {
    let steps = "      - {step: letter, at: 1 day, do: letter}\n";
    let customers = "customer_id, country\nC1, FR\nC2, DE\nC3,";
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency
        F1, C1, 2026-04-01, 2026-05-01, 1.00, EUR\nF2, C2, 2026-04-01, 2026-05-01, 1.00, EUR\nF3, C3, 2026-04-01, 2026-05-01, 1.00, EUR";
    // 14 July 2026 is a holiday in France, a Tuesday.
    for (quiet, expected) in [
        ("{skip: [public_holidays], then: next_business_day}", ["postponed", "postponed", "postponed"]),
        ("{skip: [public_holidays], then: next_business_day, calendars: by_country}", ["postponed", "due", "postponed"]),
        ("{skip: [public_holidays], then: next_business_day, calendars: {FR: weekends}}", ["due", "postponed", "postponed"]),
        ("{skip: [public_holidays], then: next_business_day, for: [call]}", ["due", "due", "due"]),
        ("[{skip: [sunday], then: drop}, {skip: [tuesday], then: drop, for: [letter]}]", ["held", "held", "held"]),
    ] {
        let limits = format!("calendar: FR\nquiet_days: {quiet}\n");
        let desk = Desk::ruled(&rules("", steps, &limits), &[("customers", customers), ("invoices", invoices)]);
        let mut got = actions(&desk, "2026-07-14", ["customer_id", "status"]);
        got.sort();
        let wanted: Vec<String> = ["C1", "C2", "C3"].iter().zip(expected).map(|(id, status)| format!("{id} {status}")).collect();
        assert_eq!(got, wanted, "{quiet}");
    }
}

#[test]
fn calls_carry_the_hours_in_which_they_are_lawful() {
    let call = "      - {step: call, at: 1 day, do: call}\n";
    let hours = "contact_hours:\n  - hours: weekend\n    when: true\n    count: [call]\n    after: 10:00\n    before: 13:00\n    days: [saturday]\n  \
                 - hours: reg_f\n    when: customer_type is missing or customer_type = consumer\n    count: [call, sms]\n    after: 08:00\n    before: 21:00\n    \
                 zones: {America/New_York: [-05:00], America/Los_Angeles: [-08:00]}\n";
    for (columns, cells, night, expected) in [
        ("time_zone", "America/New_York", NIGHT, "due  08:01 20:59 America/New_York"),
        ("time_zone", "", NIGHT, "due  16:01 01:59 UTC"),
        ("time_zone", "Pacific/Honolulu", NIGHT, "held guard:time_zone"),
        ("time_zone", "", "2026-11-21", "due  10:01 12:59"),
        ("customer_type", "company", NIGHT, "due"),
    ] {
        let customers = format!("customer_id, phone, {columns}\nC1, 0123456789, {cells}");
        let desk = Desk::ruled(&rules("", call, hours), &[("customers", &customers)]);
        assert_eq!(
            actions(&desk, night, ["status", "status_reason", "hours_from", "hours_until", "time_zone"]),
            [expected],
            "{columns}: {cells}"
        );
    }
}

#[test]
fn the_tone_stays_within_its_bounds_and_the_language_is_one_there_are_texts_in() {
    let letter = |tone: &str| format!("      - {{step: letter, at: 1 day, do: letter, tone: {tone}}}\n");
    let limits = "tones: [friendly, neutral, firm, formal]\ntone_bounds:\n  - {bound: key, when: tier is known and tier = 'key', at_most: neutral}\n  \
                  - {bound: late, when: oldest_days_past_due >= 5 days, at_least: neutral}\nlanguages: {known: [fr, de], countries: {AT: de}}\n";
    for (cells, tone, expected) in [
        ("key,,", "formal", "neutral key fr"),
        ("key,,", "neutral", "neutral  fr"),
        (",,", "friendly", "neutral late fr"),
        (",,", "formal", "formal  fr"),
        (", AT,", "formal", "formal  de"),
        (", AT, fr", "formal", "formal  fr"),
        (", GB, en", "formal", "formal  fr"),
        (", AT, en", "formal", "formal  de"),
    ] {
        let desk =
            Desk::ruled(&rules("", &letter(tone), limits), &[("customers", &format!("customer_id, tier, country, language\nC1, {cells}"))]);
        assert_eq!(actions(&desk, NIGHT, ["tone", "tone_reason", "language"]), [expected], "{cells}: {tone}");
    }
}

#[test]
fn nobody_who_is_late_goes_without_a_word_for_too_long() {
    let keys = "    silence: {after: 7 days, do: letter, template: still_there}\n";
    let steps = "      - {step: first, at: 1 day, do: letter}\n      - {step: last, at: 60 days, do: letter}\n";
    let customers = "customer_id, do_not_contact_since\nC1, 2026-12-20";
    // The invoice is due on the 10th of November.
    let desk = Desk::ruled(&rules(keys, steps, ""), &[("customers", customers)]);
    let night = |night: &str| actions(&desk, night, ["step", "action", "template", "status", "status_reason", "next_action", "next_on"]);
    assert_eq!(night("2026-11-11"), ["first letter  due  letter 2026-11-18"]);
    assert_eq!(night("2026-11-17"), Vec::<String>::new());
    assert_eq!(night("2026-11-18"), ["silence letter still_there due  letter 2026-11-25"]);
    // It serves no step and is no word of the ladder: that goes on from where it stood.
    let state = rows(&desk, "2026-11-18", "state", ["record", "step", "step_on"]);
    assert!(state.iter().any(|row| row == "ladder first 2026-11-11"), "{state:?}");
    assert_eq!(night("2026-11-24"), Vec::<String>::new());
    assert_eq!(night("2026-12-31"), ["silence letter still_there held guard:do_not_contact none: held by guard:do_not_contact"]);
    let findings = rows(&desk, "2026-12-31", "findings", ["kind", "message", "amount"]);
    let message = "late, and without a word for more than 7 days: what is due is held by guard:do_not_contact";
    assert!(findings.iter().any(|row| *row == format!("left_silent {message} 1000.00")), "{findings:?}");
}

#[test]
fn a_customer_who_spoke_to_us_was_not_left_in_silence() {
    let keys = "    silence: {after: 7 days, do: letter}\n";
    let contacts = "contact_id, customer_id, contacted_on, channel, direction\nA, C1, 2026-11-14, phone, in";
    let late = "      - {step: last, at: 60 days, do: letter}\n";
    let desk = Desk::ruled(&rules(keys, late, ""), &[("customers", "customer_id\nC1"), ("contacts", contacts)]);
    assert_eq!(told(&desk, "2026-11-20"), Vec::<String>::new());
    assert_eq!(told(&desk, "2026-11-21"), ["letter due"]);
}

#[test]
fn a_letter_that_came_back_is_sent_again_once_there_is_a_newer_address() {
    let keys = "    undelivered: repeat_step\n    gap: 3 days\n";
    let steps = "      - {step: first, at: 1 day, do: letter}\n      - {step: second, at: 5 days, do: letter, otherwise: {do: task, template: find_address}}\n      \
                 - {step: third, at: 30 days, do: letter}\n";
    let customers = |since: &str| format!("customer_id, address, address_since\nC1, 1 rue A, {since}");
    let head = "contact_id, customer_id, contacted_on, channel, outcome\n";
    let first = "A, C1, 2026-11-11, letter, delivered";
    let desk = Desk::ruled(&rules(keys, steps, ""), &[("customers", &customers("2026-01-01")), ("contacts", &format!("{head}{first}"))]);
    let night = |night: &str| actions(&desk, night, ["step", "action", "status", "fallback_reason"]);
    assert_eq!(night("2026-11-11"), ["first letter due"]);
    assert_eq!(night("2026-11-15"), ["second letter due"]);
    // The second letter comes back: it is not done, and nothing is sent to that address.
    desk.table("contacts", &format!("{head}{first}\nB, C1, 2026-11-16, letter, returned"));
    assert_eq!(night("2026-11-19"), Vec::<String>::new(), "the gap counts from the attempt");
    assert_eq!(night("2026-11-20"), ["second task due mail_returned"]);
    // The search does not make the letter good: with an address it comes again, once, and the ladder goes on.
    desk.table("customers", &customers("2026-11-22"));
    assert_eq!(night("2026-11-21"), Vec::<String>::new(), "nobody knows of an address that is recorded tomorrow");
    assert_eq!(night("2026-11-23"), ["second letter due"]);
    assert_eq!(night("2026-11-26"), Vec::<String>::new());
    assert_eq!(night("2026-12-10"), ["third letter due"]);
}

#[test]
fn a_step_that_came_back_is_not_done_until_it_arrives() {
    let keys = "    undelivered: repeat_step\n";
    let steps = "      - {step: first, at: 1 day, do: letter}\n      - {step: second, at: 5 days, do: letter}\n      - {step: third, at: 8 days, do: task}\n";
    let customers = |since: &str| format!("customer_id, address, address_since\nC1, 1 rue A, {since}");
    let head = "contact_id, customer_id, contacted_on, channel, outcome\n";
    let desk = Desk::ruled(
        &rules(keys, steps, ""),
        &[("customers", &customers("2026-01-01")), ("contacts", &format!("{head}A, C1, 2026-11-11, letter, delivered"))],
    );
    let night = |night: &str| actions(&desk, night, ["step", "action", "status", "status_reason"]);
    assert_eq!(night("2026-11-11"), ["first letter due"]);
    assert_eq!(night("2026-11-15"), ["second letter due"]);
    desk.table("contacts", &format!("{head}A, C1, 2026-11-11, letter, delivered\nB, C1, 2026-11-15, letter, returned"));
    for on in ["2026-11-17", "2026-11-18", "2026-11-20"] {
        assert_eq!(night(on), ["second letter held guard:mail_returned"], "{on}");
    }
    assert_eq!(rows(&desk, "2026-11-20", "open_items", ["step"]), ["first"]);
    desk.table("customers", &customers("2026-11-21"));
    assert_eq!(night("2026-11-21"), ["second letter due"]);
    assert_eq!(night("2026-11-22"), ["third task due"]);
}
