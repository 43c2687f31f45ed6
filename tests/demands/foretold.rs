//! What is told for a day comes on that day, also where something stops, leaves out or overtakes a step.

use relance::base::contract::actions;
use relance::base::date::Date;

use crate::story::{Story, policy};

/// Days that were told the night before, for which nothing of the kind came.
fn broken(story: &mut Story, from: &str, to: &str) -> Vec<String> {
    let (first, last) = (Date::parse(from).expect("a day"), Date::parse(to).expect("a day"));
    let (mut told, mut broken) = (Vec::new(), Vec::new());
    for days in 0..=last.days_since(first) {
        let day = first.plus_days(days).to_string();
        let night = story.night(&day);
        let actions = &night.evaluated.actions;
        let done: Vec<String> =
            (0..actions.len()).filter_map(|row| Some(String::from_utf8_lossy(actions.text(actions::ACTION, row)?).into_owned())).collect();
        let comes = |next: &String| done.iter().any(|verb| *next == format!("{verb} {day}"));
        let (due, missed): (Vec<String>, Vec<String>) = told.into_iter().filter(|next: &String| next.ends_with(&day)).partition(comes);
        drop(due);
        broken.extend(missed.into_iter().map(|next| format!("told {next}, came {done:?}")));
        told = Story::next_of(&night);
        told.dedup();
    }
    broken
}

struct Case {
    name: &'static str,
    keys: &'static str,
    steps: &'static [&'static str],
    beside: &'static str,
    rows: &'static str,
    /// What the nights from the second to the thirtieth of January do.
    does: &'static [&'static str],
}

const CLOCK: &str = "clock: oldest_days_past_due; terminal: stop";
const ONE: &str = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100";

const CASES: &[Case] = &[
    Case {
        name: "who cannot be reached is below no least amount",
        keys: CLOCK,
        steps: &["a, at: 1 day, do: call, template: t, min_amount: 500 EUR, otherwise: skip", "b, at: 3 days, do: letter, template: t"],
        beside: "",
        rows: "customers: C; consent_phone=false
            invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100",
        does: &["01-04 b due"],
    },
    Case {
        name: "a step that waits for consent is jumped over",
        keys: "clock: oldest_days_past_due; catch_up: jump_to_latest; terminal: stop",
        steps: &["a, at: 1 day, do: email, template: t, approve: boss", "b, at: 3 days, do: letter, template: t"],
        beside: "",
        rows: ONE,
        does: &["01-02 a needs_approval boss", "01-03 a needs_approval boss", "01-04 b due"],
    },
    Case {
        name: "a cap that drops has room on some day",
        keys: CLOCK,
        steps: &["a, at: 1 day, do: letter, template: t"],
        beside: "caps:\n  - {cap: few, at_most: 1, within: 5 days, per: customer, count: [letter], then: drop}",
        rows: "contacts: K; customer_id=C; contacted_on=2026-01-01; channel=letter; direction=out; outcome=delivered
            invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100",
        does: &["01-02 a held few", "01-03 a held few", "01-04 a held few", "01-05 a held few", "01-06 a due"],
    },
    Case {
        name: "a lower step comes before the one that is too low",
        keys: "clock: oldest_days_past_due; below_min: lower_step; terminal: stop",
        steps: &[
            "a, at: 1 day, do: letter, template: t",
            "b, at: 3 days, do: email, template: t, min_amount: 500 EUR",
            "c, at: 5 days, do: email, template: t",
        ],
        beside: "quiet_days: {skip: [friday, saturday, sunday], then: next_business_day}",
        rows: ONE,
        does: &["01-02 a postponed quiet_days", "01-03 a postponed quiet_days", "01-04 a postponed quiet_days", "01-05 a due"],
    },
    Case {
        name: "a word against silence is put off like any other",
        keys: "clock: oldest_days_past_due; silence: {after: 24 days, do: email, template: s}; terminal: stop",
        steps: &["a, at: 60 days, do: letter, template: t"],
        beside: "quiet_days: {skip: [sunday], then: next_business_day}",
        rows: ONE,
        does: &["01-25 silence postponed quiet_days", "01-26 silence due"],
    },
    Case {
        name: "what came back is presented again on the day that is told",
        keys: CLOCK,
        steps: &["a, at: 1 day, do: letter, template: t", "b, at: 25 days, do: letter, template: t"],
        beside: "representations:\n  - {represent: direct_debit, when: true, at_most: 2, within: this_month, after: 5 business days}",
        rows: "payments: P; customer_id=C; invoice_id=I; payment_date=2026-01-02; amount=100; method=direct_debit; status=rejected; rejected_on=2026-01-06; rejection_kind=technical
            invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100",
        does: &["01-06 a due", "01-13 direct_debit due", "01-26 b due"],
    },
    Case {
        name: "a step left out for its amount stays left out when the one behind it is put off",
        keys: "clock: oldest_days_past_due; below_min: drop; terminal: stop",
        steps: &["a, at: 1 day, do: email, template: t, min_amount: 300 EUR", "b, at: 2 days, do: letter, template: t"],
        beside: "post:\n  - {site: paris, when: true, prints: [friday], takes: 0 days}",
        rows: "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
            invoices: J; customer_id=C; issue_date=2025-12-01; due_date=2026-01-05; amount=400",
        does: &[
            "01-03 b postponed post.paris",
            "01-04 b postponed post.paris",
            "01-05 b postponed post.paris",
            "01-06 b postponed post.paris",
            "01-07 b postponed post.paris",
            "01-08 b postponed post.paris",
            "01-09 b due",
        ],
    },
];

#[test]
fn what_is_told_for_tomorrow_comes_tomorrow() {
    for case in CASES {
        let rules = policy(case.keys, case.steps, case.beside);
        assert_eq!(Story::new(&rules, case.rows).actions("2026-01-02", "2026-01-30"), case.does, "{}", case.name);
        assert_eq!(broken(&mut Story::new(&rules, case.rows), "2026-01-02", "2026-01-30"), [""; 0], "{}", case.name);
    }
}
