//! What is done together with a step: on the night on which its own action goes out, once, and the ladder goes on without it.

use crate::story::{Story, policy};

const CLOCK: &str = "clock: oldest_days_past_due; gap: 5 days; terminal: stop";
const LATE: &str = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100";
const LETTER: &str = "a, at: 3 days, do: letter, template: t, also: [{id: evening, do: call, template: c, cost: 2 EUR}]";
const NEXT: &str = "b, at: 10 days, do: letter, template: t";
/// One letter and one call of the fourth, and what comes next by both rows.
const LETTER_DUE: &str = "01-04 letter due letter 2026-01-11";
const CALL_DUE: &str = "01-04 call due letter 2026-01-11";

/// What three nights from the day of the step do: the second and third show whether anything is done again.
fn check(steps: &[&str], beside: &str, rows: &str, expected: &[&str]) {
    let mut story = Story::new(&policy(CLOCK, steps, beside), &format!("{LATE}\n{rows}"));
    let columns = ["action", "status", "status_reason", "next_action", "next_on"];
    let told: Vec<String> = ["2026-01-04", "2026-01-05", "2026-01-06"].iter().flat_map(|day| story.told(day, &columns)).collect();
    assert_eq!(told, expected, "{steps:?}\n{beside}\n{rows}");
}

#[test]
fn a_letter_and_a_call_go_out_on_one_night_and_once() {
    check(&[LETTER, NEXT], "", "", &[LETTER_DUE, CALL_DUE]);
}

#[test]
fn what_stops_a_companion_ends_it() {
    let calls = "caps:\n  - {cap: calls, at_most: 1, within: 7 days, count: [call], then: postpone}";
    let called = "contacts: K; customer_id=C; contacted_on=2026-01-02; channel=phone";
    let ended = |reason: &str| format!("01-04 call held {reason} letter 2026-01-11");
    check(&[LETTER, NEXT], calls, called, &[LETTER_DUE, &ended("calls")]);
    check(&[LETTER, NEXT], &calls.replace("postpone", "drop"), called, &[LETTER_DUE, &ended("calls")]);
    // The fourth of January 2026 is a Sunday.
    let quiet = "quiet_days:\n  - {skip: [sunday], then: postpone, for: [call]}";
    check(&[LETTER, NEXT], quiet, "", &[LETTER_DUE, &ended("quiet_days")]);
    let zones = "contact_hours:\n  - {hours: day, when: exposure > 0 EUR, count: [call], after: 08:00, before: 20:00, zones: {Europe/Paris: [+01:00, +02:00]}}";
    check(&[LETTER, NEXT], zones, "customers: C; time_zone=Asia/Tokyo", &[LETTER_DUE, &ended("guard:time_zone")]);
}

/// A call of a step has its place before a call beside a letter, whichever debt is the larger.
#[test]
fn what_goes_with_a_step_has_the_places_that_steps_leave() {
    let calls = "caps:\n  - {cap: calls, at_most: 1, within: 7 days, per: person, count: [call], then: postpone}";
    let rules = "relance: 1\nkind: escalation\npolicies:\n  - policy: written\n    for: tier = 'a'\n    clock: oldest_days_past_due\n    terminal: stop\n    \
                 steps: [{step: a, at: 3 days, do: letter, also: [{id: beside, do: call}]}]\n  - policy: called\n    for: tier != 'a'\n    \
                 clock: oldest_days_past_due\n    terminal: stop\n    steps: [{step: b, at: 3 days, do: call}]\n";
    let rules = format!("{}{calls}\n", rules.replace("for: tier", "for: tier is known and tier"));
    let rows = "customers: C; tier=a; person_id=P\ncustomers: D; tier=b; person_id=P
        invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=900
        invoices: J; customer_id=D; issue_date=2025-12-01; due_date=2026-01-01; amount=100";
    let told = Story::new(&rules, rows).told("2026-01-04", &["customer_id", "action", "status", "status_reason"]);
    assert_eq!(told, ["01-04 C letter due", "01-04 C call held calls", "01-04 D call due"]);
}

#[test]
fn a_full_queue_displaces_the_call_alone() {
    let queue = "assignments:\n  - table: queue\n    grain: customer\n    hit: first\n    output: {queue: [desk, other]}\n    \
                 rules: [{id: all, when: exposure > 0 EUR, then: desk}]\n    otherwise: other\n    capacity: {desk: 0}";
    check(&[LETTER, NEXT], queue, "", &[LETTER_DUE, "01-04 call displaced desk letter 2026-01-11"]);
    // Where the step itself finds no place, nothing of it goes out.
    let call = "a, at: 3 days, do: call, template: c, also: [{id: letter, do: letter, template: t}]";
    let displaced =
        |day: &str, next: &str| ["call", "letter"].map(|action| format!("01-{day} {action} displaced desk call 2026-01-{next}"));
    let nights = [displaced("04", "05"), displaced("05", "06"), displaced("06", "07")].concat();
    check(&[call, NEXT], queue, "", &nights.iter().map(String::as_str).collect::<Vec<_>>());
    // One place: the call has it, and what goes beside it takes none.
    let call_due = ["01-04 call due letter 2026-01-11", "01-04 letter due letter 2026-01-11"];
    check(&[call, NEXT], &queue.replace("desk: 0", "desk: 1"), "", &call_due);
}

#[test]
fn where_the_step_does_not_go_out_nothing_goes_with_it() {
    let hold = "holds: H; customer_id=C; from_date=2026-01-03; until_date=2026-01-05; stops=contact; reason=asked; author=mia";
    let held = |day: &str| format!("01-{day} letter held hold:H none: held by hold:H");
    let after = ["01-06 letter due letter 2026-01-11", "01-06 call due letter 2026-01-11"];
    check(&[LETTER, NEXT], "", hold, &[&held("04"), &held("05"), after[0], after[1]]);
    let letters = "caps:\n  - {cap: letters, at_most: 1, within: 3 days, count: [letter], then: postpone}";
    let written = "contacts: K; customer_id=C; contacted_on=2026-01-02; channel=letter";
    let put_off = "01-04 letter postponed letters letter 2026-01-05";
    let late = ["01-05 letter due letter 2026-01-11", "01-05 call due letter 2026-01-11"];
    check(&[LETTER, NEXT], letters, written, &[put_off, late[0], late[1]]);
}

#[test]
fn a_companion_without_condition_or_address_is_left_out() {
    let when = |when: &str| LETTER.replace("do: call", &format!("do: call, when: {when}"));
    check(&[&when("exposure >= 100 EUR"), NEXT], "", "", &[LETTER_DUE, CALL_DUE]);
    check(&[&when("exposure > 100 EUR"), NEXT], "", "", &[LETTER_DUE]);
    check(&[LETTER, NEXT], "", "customers: C; consent_phone=false", &[LETTER_DUE]);
    check(&[&LETTER.replace("do: call", "do: call, until: 2026-01-03"), NEXT], "", "", &[LETTER_DUE]);
    check(&[&LETTER.replace("do: call", "do: call, from: 2026-01-04"), NEXT], "", "", &[LETTER_DUE, CALL_DUE]);
}

#[test]
fn a_companion_goes_with_what_is_done_instead_of_the_step() {
    let email = "a, at: 3 days, do: email, template: t, otherwise: {do: letter, template: t}, also: [{id: evening, do: call, template: c}]";
    check(&[email, NEXT], "", "customers: C; consent_email=false", &[LETTER_DUE, CALL_DUE]);
    check(&[email, NEXT], "", "", &["01-04 email due letter 2026-01-11", CALL_DUE]);
}

#[test]
fn it_counts_for_caps_of_later_nights_where_no_contact_log_tells() {
    let calls = "caps:\n  - {cap: calls, at_most: 1, within: 7 days, count: [call], then: postpone}";
    let call = "b, at: 8 days, do: call, template: c";
    let mut story = Story::new(&policy(CLOCK, &[LETTER, call], calls), LATE);
    let told = story.actions("2026-01-02", "2026-01-11");
    assert_eq!(told, ["01-04 a due", "01-04 a due", "01-09 b postponed calls", "01-10 b postponed calls", "01-11 b due"]);
}

#[test]
fn it_has_an_id_and_a_rule_of_its_own_and_changes_nothing_of_the_step() {
    let alone = LETTER.split(", also").next().expect("the step");
    let ids = |steps: &[&str]| Story::new(&policy(CLOCK, steps, ""), LATE).told("2026-01-04", &["action_id", "rule_id", "amount_due"]);
    let (alone, both) = (ids(&[alone, NEXT]), ids(&[LETTER, NEXT]));
    assert_eq!(both[0], alone[0], "the step keeps its id");
    assert!(both[1].contains("all.a.also.evening 100.00") && both[1][..38] != both[0][..38], "{both:?}");
    assert_eq!(ids(&[LETTER, NEXT]), both);
    // Neither its place in the list nor what stands beside it makes another id.
    let two = LETTER.replace("also: [", "also: [{id: task, do: task, template: x}, ");
    assert_eq!(ids(&[&two, NEXT])[2], both[1]);
}

#[test]
fn what_came_of_a_call_says_nothing_about_the_letter() {
    let log = |channel: &str, outcome: &str| {
        format!("contacts: {channel}; customer_id=C; contacted_on=2026-01-04; channel={channel}; outcome={outcome}")
    };
    let of = |rows: &[String]| {
        let mut story = Story::new(&policy(&format!("{CLOCK}; undelivered: repeat_step"), &[LETTER, NEXT], ""), LATE);
        let first = story.actions("2026-01-04", "2026-01-04");
        story.learns(&rows.join("\n"));
        [first, story.actions("2026-01-05", "2026-01-11")].concat()
    };
    let goes_on = ["01-04 a due", "01-04 a due", "01-11 b due"];
    assert_eq!(of(&[log("letter", "sent"), log("phone", "returned")]), goes_on);
    let again = ["01-04 a due", "01-04 a due", "01-10 a held guard:mail_returned", "01-11 a held guard:mail_returned"];
    assert_eq!(of(&[log("letter", "returned"), log("phone", "answered")]), again);
}

/// A word of a companion is a word: the silence is broken.
#[test]
fn a_companion_breaks_a_silence() {
    let silence = "silence: {after: 3 days, do: letter, template: s}";
    let task = |also: &str| format!("a, at: 3 days, do: task, template: t{also}");
    let of = |also: &str| {
        let mut story = Story::new(&policy(&format!("{CLOCK}; {silence}"), &[&task(also)], ""), LATE);
        story.told("2026-01-04", &["action", "status"])
    };
    assert_eq!(of(""), ["01-04 task due", "01-04 letter due"]);
    assert_eq!(of(", also: [{id: mail, do: email, template: m}]"), ["01-04 task due", "01-04 email due"]);
}
