//! What stops an action, what takes its place, and what is said to come next.

use crate::desk::{DAY_BEFORE, Desk, NIGHT};

const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
F1, C1, 2026-09-01, 2026-10-01, 1000.00, EUR
F2, C1, 2026-10-01, 2026-11-01, 500.00, EUR";

/// Customers, further tables, and what is planned for the two invoices.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], [String; 2]);

/// A ladder of the small pack with its first step written anew, and one customer.
fn desk(customers: &str, first_step: &str, tables: &[(&str, &str)]) -> Desk {
    let desk = Desk::small();
    let path = desk.path("rules/escalation.yaml");
    let rules = std::fs::read_to_string(path).expect("the escalation");
    let reminder = "      - {step: reminder, at: 1 day, do: email, template: reminder}\n";
    assert!(rules.contains(reminder));
    desk.file("rules/escalation.yaml", rules.replace(reminder, &format!("      - {first_step}\n")).as_bytes());
    desk.table("customers", customers).table("invoices", INVOICES);
    desk.tables(tables);
    desk
}

/// The actions of a night as step, action, status, reason and what comes next.
fn actions(desk: &Desk, night: &str) -> Vec<String> {
    desk.run(night, &[]).succeeded();
    let rows = desk.night(night).rows("actions");
    rows.of(["rule_id", "action", "status", "status_reason", "next_action"]).iter().map(|row| row.join(" ")).collect()
}

/// The open items of a night as invoice, next action and its day.
fn plans(desk: &Desk, night: &str) -> Vec<String> {
    desk.run(night, &[]).succeeded();
    let rows = desk.night(night).rows("open_items");
    rows.of(["invoice_id", "next_action", "next_on"]).iter().map(|row| row.join(" ").trim_end().to_owned()).collect()
}

#[test]
fn what_reaches_nobody_gives_way_or_waits_where_people_see_it() {
    let email = "{step: reminder, at: 1 day, do: email}";
    let or_letter = "{step: reminder, at: 1 day, do: email, otherwise: {do: letter}}";
    let or_skip = "{step: reminder, at: 1 day, do: email, otherwise: skip}";
    let or_wait = "{step: reminder, at: 1 day, do: email, otherwise: wait}";
    let conditional = "{step: reminder, at: 1 day, do: email, when: exposure > 0 EUR, otherwise: {do: letter}}";
    let call = "{step: reminder, at: 1 day, do: call}";
    let held = "everybody.reminder email held guard:no_email none: held by guard:no_email";
    let unreachable = |verb: &str, words: &str| {
        // The letter is what the step does otherwise already.
        let remedy = if verb == "letter" { "give this action of the step an otherwise too" } else { "give the step an otherwise" };
        let message = format!("the step everybody.reminder ({verb}) waits: there is no {words} that works; record one, or {remedy}");
        vec![format!("C1 {message} 1500.00")]
    };
    let no_mail = || unreachable("email", "e-mail address");
    let nothing = Vec::new;
    let given = "customer_id, email\nC1, a@b.example";
    let missing = "customer_id, email\nC1, ";
    for (customers, step, expected, findings) in [
        (given, email, "everybody.reminder email due  call", nothing()),
        (missing, email, held, no_mail()),
        (missing, or_wait, held, no_mail()),
        // What is no address does not stand in for one.
        ("customer_id, email\nC1, n/a", email, held, no_mail()),
        ("customer_id, email\nC1, n/a", or_letter, "everybody.reminder.otherwise letter due  call", nothing()),
        // A ledger without the column says nothing about addresses.
        ("customer_id, name\nC1, Dupont", email, "everybody.reminder email due  call", nothing()),
        (missing, call, "everybody.reminder call due  call", nothing()),
        // An address that is known not to work is none.
        ("customer_id, email, email_valid\nC1, a@b.example, false", email, held, no_mail()),
        ("customer_id, email, email_valid\nC1, a@b.example, true", email, "everybody.reminder email due  call", nothing()),
        (missing, or_letter, "everybody.reminder.otherwise letter due  call", nothing()),
        (missing, conditional, "everybody.reminder.otherwise letter due  call", nothing()),
        (missing, or_skip, "everybody.call call due  letter", nothing()),
        // A customer without a row has no address either.
        ("customer_id, email\nC2, a@b.example", email, held, no_mail()),
        (
            "customer_id, email, address\nC1, , ",
            or_letter,
            "everybody.reminder.otherwise letter held guard:no_address none: held by guard:no_address",
            unreachable("letter", "postal address"),
        ),
        (
            "customer_id, email, phone\nC1, a@b.example, ",
            call,
            "everybody.reminder call held guard:no_phone none: held by guard:no_phone",
            unreachable("call", "telephone number"),
        ),
        (
            "customer_id, email, phone, address, address_valid\nC1, , , 1 rue X, false",
            or_letter,
            "everybody.reminder.otherwise letter held guard:no_address none: held by guard:no_address",
            unreachable("letter", "address of any kind, neither e-mail nor telephone nor post,"),
        ),
    ] {
        let desk = desk(customers, step, &[]);
        assert_eq!(actions(&desk, NIGHT), [expected], "{customers} {step}");
        let rows = desk.night(NIGHT).rows("findings");
        let told = rows.of(["kind", "key", "message", "amount"]);
        let told: Vec<String> = told.iter().filter(|[kind, ..]| *kind == "unreachable").map(|row| row[1..].join(" ")).collect();
        assert_eq!(told, findings, "{customers} {step}");
    }
}

#[test]
fn whom_nothing_reaches_is_told_in_the_summary() {
    let step = "{step: reminder, at: 1 day, do: email, otherwise: {do: letter}}";
    let lines = |customers: &str| {
        let told = desk(customers, step, &[]).run(NIGHT, &[]).succeeded().out;
        told.lines().filter(|line| line.starts_with("customers: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines("customer_id, email, phone, address\nC1, , 0102030405, "), [""; 0]);
    assert_eq!(
        lines("customer_id, email, phone, address\nC1, , , "),
        ["customers: 1 customer without any address that works waits: record one, or give the step an otherwise"]
    );
}

#[test]
fn a_step_that_reached_nobody_is_done_once_there_is_an_address() {
    let desk = desk("customer_id, email\nC1, ", "{step: reminder, at: 1 day, do: email}", &[]);
    assert_eq!(actions(&desk, DAY_BEFORE), ["everybody.reminder email held guard:no_email none: held by guard:no_email"]);
    desk.table("customers", "customer_id, email\nC1, a@b.example");
    assert_eq!(actions(&desk, NIGHT), ["everybody.reminder email due  call"]);
}

#[test]
fn a_block_is_named_before_a_missing_address() {
    let holds = "hold_id, customer_id, from_date, stops\nH1, C1, 2026-11-01, contact";
    let desk = desk("customer_id, email\nC1, ", "{step: reminder, at: 1 day, do: email}", &[("holds", holds)]);
    assert_eq!(actions(&desk, NIGHT), ["everybody.reminder email held hold:H1 none: held by hold:H1"]);
}

#[test]
fn nothing_comes_next_for_what_is_stopped() {
    let customers = "customer_id, legal_status\nC1, none";
    let email = "{step: reminder, at: 1 day, do: email}";
    let dispute = "dispute_id, invoice_id, opened_on\nD1, F1, 2026-11-10";
    let all_disputed = "dispute_id, invoice_id, opened_on\nD1, F1, 2026-11-10\nD2, F2, 2026-11-10";
    let hold = |stops: &str| format!("hold_id, customer_id, from_date, stops\nH1, C1, 2026-11-01, {stops}");
    let pending =
        "payment_id, customer_id, invoice_id, payment_date, amount, currency, status\nP1, C1, F1, 2026-11-25, 1000.00, EUR, pending";
    let both = |next: &str| [format!("F1 {next}"), format!("F2 {next}")];
    let cases: [Case<'_>; 6] = [
        (customers, &[], both("call 2026-11-22")),
        (customers, &[("disputes", dispute)], ["F1 none: held by open_dispute".into(), "F2 call 2026-11-22".into()]),
        (customers, &[("disputes", all_disputed)], both("none: held by open_dispute")),
        (customers, &[("payments", pending)], ["F1 none: nothing can be asked for".into(), "F2 call 2026-11-22".into()]),
        (customers, &[("holds", &hold("contact"))], both("none: held by hold:H1")),
        ("customer_id, legal_status\nC1, insolvency", &[], both("none: held by guard:insolvency")),
    ];
    for (customers, tables, expected) in cases {
        assert_eq!(plans(&desk(customers, email, tables), NIGHT), expected, "{customers} {tables:?}");
    }
    // The next step may be stopped although tonight's was not: nobody may be called, and no case goes to court.
    let legal = "{step: reminder, at: 1 day, do: task}\n      - {step: court, at: 2 days, do: legal}";
    let desk = desk(customers, legal, &[("holds", &hold("escalation"))]);
    assert_eq!(actions(&desk, NIGHT), ["everybody.reminder task due  none: held by hold:H1"]);
}

#[test]
fn what_comes_next_knows_whom_it_would_reach() {
    let email = "{step: reminder, at: 1 day, do: email}";
    let step = |more: &str| format!("{email}\n      - {{step: word, at: 2 days, do: call{more}}}");
    let reachable = "customer_id, email, phone\nC1, a@b.example, +33";
    let no_phone = "customer_id, email, phone\nC1, a@b.example, ";
    let neither = "customer_id, email, phone, address\nC1, a@b.example, , ";
    for (customers, more, expected) in [
        (reachable, "", "call 2026-11-22"),
        (no_phone, "", "none: held by guard:no_phone"),
        (no_phone, ", otherwise: wait", "none: held by guard:no_phone"),
        (no_phone, ", otherwise: {do: letter}", "letter 2026-11-22"),
        (neither, ", otherwise: {do: letter}", "none: held by guard:no_address"),
        (no_phone, ", otherwise: skip", "none: held by guard:no_phone"),
        (no_phone, ", otherwise: skip}\n      - {step: mail, at: 3 days, do: email", "email 2026-11-22"),
        (neither, ", otherwise: {do: letter, otherwise: {do: email}}", "email 2026-11-22"),
        (neither, ", otherwise: {do: letter, otherwise: skip}}\n      - {step: mail, at: 3 days, do: email", "email 2026-11-22"),
        // Of a column the ledger does not have nothing is known.
        ("customer_id, email\nC1, a@b.example", "", "call 2026-11-22"),
    ] {
        let desk = desk(customers, &step(more), &[]);
        assert_eq!(plans(&desk, NIGHT), [format!("F1 {expected}"), format!("F2 {expected}")], "{customers} {more}");
    }
}

#[test]
fn a_ladder_of_each_invoice_plans_by_its_own_stops() {
    let dispute = "dispute_id, invoice_id, opened_on\nD1, F1, 2026-11-10";
    let desk = desk("customer_id\nC1", "{step: reminder, at: 1 day, do: email}", &[("disputes", dispute)]);
    let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let clock = "    clock: oldest_days_past_due\n";
    assert!(rules.contains(clock));
    desk.file("rules/escalation.yaml", rules.replace(clock, "    grain: invoice\n    clock: days_past_due\n").as_bytes());
    assert_eq!(plans(&desk, NIGHT), ["F1 none: held by open_dispute", "F2 call 2026-11-22"]);
}

#[test]
fn what_comes_next_keeps_quiet_days_as_its_night_will() {
    // Both Saturday and Sunday are quiet. On Friday the next step is due two days later.
    let quiet = "{step: reminder, at: 1 day, do: email}";
    for (next, expected) in [
        ("{step: second, at: 2 days, do: call}", "call 2026-11-23"),
        ("{step: second, at: 2 days, do: task}", "task 2026-11-22"),
        // A request for consent goes to our own people, also on a Sunday.
        ("{step: second, at: 2 days, do: visit, approve: team}", "visit 2026-11-22"),
        // What waits for something that no day brings is no promise.
        (
            "{step: second, at: 2 days, do: call, when: exposure > 0 EUR and placed, otherwise: wait}",
            "none: second waits for its condition",
        ),
    ] {
        let desk = desk("customer_id\nC1", &format!("{quiet}\n      - {next}"), &[]);
        let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
        let rules = rules.replace("penalties:\n", "quiet_days: {skip: [saturday, sunday], then: next_business_day}\npenalties:\n");
        desk.file("rules/escalation.yaml", rules.as_bytes());
        assert_eq!(plans(&desk, NIGHT), [format!("F1 {expected}"), format!("F2 {expected}")], "{next}");
        // The night it names does it, where something can be done.
        let (_, on) = expected.split_once(' ').filter(|(action, _)| *action != "none:").unwrap_or(("", "2026-11-23"));
        let done = actions(&desk, on);
        assert_eq!(done.is_empty(), next.contains("wait"), "{next}: {done:?}");
    }
}

#[test]
fn a_review_counts_from_the_day_the_documents_tell() {
    let customers = "customer_id, legal_status, legal_status_since\nC1, in_court, 2026-11-02";
    let disputes = "dispute_id, invoice_id, opened_on\nD1, F1, 2026-10-20";
    let holds = "hold_id, customer_id, invoice_id, from_date, stops\nH1, C1, , 2026-11-03, penalties\nH2, C1, F2, 2026-11-04, contact";
    let desk = desk(customers, "{step: reminder, at: 1 day, do: email}", &[("disputes", disputes), ("holds", holds)]);
    let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let block = |name: &str, on: &str, when: &str| {
        format!("  - {{block: {name}, on: {on}, when: {when}, stops: [agency], review_after: 10 days}}\n")
    };
    let blocks = [
        block("disputed", "invoice", "dispute_status = open"),
        block("court", "customer", "legal_status = in_court"),
        block("penalties_held", "customer", "penalties_hold"),
        block("item_held", "invoice", "item_contact_hold"),
        block("rich", "customer", "exposure > 0 EUR"),
    ];
    desk.file("rules/escalation.yaml", rules.replace("policies:\n", &format!("{}\npolicies:\n", blocks.concat())).as_bytes());
    let due = |night: &str| {
        desk.run(night, &[]).succeeded();
        let rows = desk.night(night).rows("findings");
        let told = rows.of(["kind", "key", "message"]);
        told.iter().filter(|[kind, ..]| *kind == "review_due").map(|[_, key, message]| format!("{key} {message}")).collect::<Vec<_>>()
    };
    let told = |key: &str, block: &str, since: &str, on: &str| {
        format!("{key} the block {block} has stood since {since}: its review was due on {on}")
    };
    let mut expected = vec![
        told("C1", "court", "2026-11-02", "2026-11-12"),
        told("C1", "penalties_held", "2026-11-03", "2026-11-13"),
        told("F1", "disputed", "2026-10-20", "2026-10-30"),
        told("F2", "item_held", "2026-11-04", "2026-11-14"),
    ];
    assert_eq!(due(NIGHT), expected);
    // What has no day of its own counts from the first night it was seen.
    expected.insert(2, told("C1", "rich", NIGHT, "2026-11-30"));
    assert_eq!(due("2026-11-30"), expected);
}
