//! What the rule language promises, seen in published nights.

use arrow::datatypes::DataType;

use crate::desk::{DAY_BEFORE, Desk, JOB, NIGHT};
use crate::parquet_rows::read_batch;

/// A small portfolio whose pack has one more file.
fn desk(name: &str, rules: &str) -> Desk {
    let desk = Desk::small();
    desk.file(&format!("rules/{name}.yaml"), rules.as_bytes());
    desk
}

/// The small pack with a part of its escalation replaced.
fn escalation(desk: &Desk, from: &str, to: &str) {
    let path = desk.path("rules/escalation.yaml");
    let text = std::fs::read_to_string(&path).expect("the escalation");
    assert!(text.contains(from), "{from}");
    desk.file("rules/escalation.yaml", text.replace(from, to).as_bytes());
}

#[test]
fn results_that_come_together_name_every_row_behind_them() {
    let table = |aggregate: &str, output: &str, rows: &str| {
        format!(
            "  - table: {aggregate}_of_it\n    grain: customer\n    hit: all\n    aggregate: {aggregate}\n    output: {{{aggregate}_of_it: {output}}}\n    rules:\n{rows}"
        )
    };
    let row = |id: &str, when: &str, then: &str| format!("      - {{id: {id}, when: {when}{then}}}\n");
    let rows = |then: [&str; 3]| {
        [("late", "oldest_days_past_due > 20 days"), ("large", "exposure > 500 EUR"), ("british", "country is known and country = 'GB'")]
            .into_iter()
            .zip(then)
            .map(|((id, when), then)| row(id, when, then))
            .collect::<String>()
    };
    let text = [
        table("sum", "money", &rows([", then: 1_000.50 EUR", ", then: -20 EUR", ", then: 3 EUR"])),
        table("count", "number", &rows(["", "", ""])),
        table("max", "rate", &rows([", then: 12.5%", ", then: 3%", ", then: 40%"])) + "    otherwise: 1%\n",
        table("min", "days", &rows([", then: 9 days", ", then: 4 days", ", then: 6 days"])) + "    otherwise: 30 days\n",
    ];
    let desk = desk("points", &format!("relance: 1\nkind: segmentation\ntables:\n{}", text.concat()));
    desk.run(NIGHT, &[]).succeeded();
    let segments = desk.night(NIGHT).rows("segments");
    let all = "late|large|british".split('|').map(|id| format!("sum_of_it.{id}")).collect::<Vec<_>>().join("|");
    // C1 is 50 days late, C2 not late and small, C3 142 days late and British.
    assert_eq!(
        segments.of(["customer_id", "sum_of_it", "sum_of_it_rule"]),
        [["C2", "0.00", ""], ["C1", "980.50", "sum_of_it.late|sum_of_it.large"], ["C3", "983.50", all.as_str()]]
    );
    assert_eq!(segments.of(["count_of_it"]), [["0.000000"], ["2.000000"], ["3.000000"]]);
    assert_eq!(
        segments.of(["max_of_it", "max_of_it_rule", "min_of_it", "min_of_it_rule"]),
        [
            ["0.010000", "otherwise", "30", "otherwise"],
            ["0.125000", "max_of_it.late", "4", "min_of_it.large"],
            ["0.400000", "max_of_it.british", "4", "min_of_it.large"],
        ]
    );
    let schema = read_batch(&desk.path(&format!("out/as_of={NIGHT}/segments.parquet"))).schema();
    let kinds = [
        ("sum_of_it", DataType::Decimal128(18, 2)),
        ("count_of_it", DataType::Decimal128(18, 6)),
        ("max_of_it", DataType::Decimal128(18, 6)),
        ("min_of_it", DataType::Int64),
    ];
    for (column, kind) in kinds {
        assert_eq!(schema.field_with_name(column).expect("the column").data_type(), &kind, "{column}");
    }
}

/// Amounts of rules are in the reporting currency, whose three decimals no row of the ledger needs.
#[test]
fn results_in_a_currency_of_three_decimals_keep_them() {
    let desk = Desk::small();
    desk.job(&JOB.replace("reporting_currency: EUR", "reporting_currency: KWD"));
    desk.table("fx", "date, currency, rate_to_reporting\n2026-01-02, EUR, 0.33\n2026-01-02, GBP, 0.40");
    let rules = "relance: 1
kind: segmentation
tables:
  - table: segment
    grain: customer
    hit: first
    output: {segment: money}
    rules:
      - {id: british, when: country is known and country = 'GB', then: 2.125 KWD}
    otherwise: 1 KWD
";
    desk.file("rules/segmentation.yaml", rules.as_bytes());
    desk.file(
        "rules/escalation.yaml",
        b"relance: 1\nkind: escalation\npolicies:\n  - {policy: nobody, for: true, steps: [], terminal: stop}\n",
    );
    desk.run(NIGHT, &[]).succeeded();
    let mut found = desk.night(NIGHT).rows("segments").rows;
    found.sort_unstable();
    let amounts: Vec<&str> = found.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(amounts, ["1.000", "1.000", "2.125"]);
}

/// The small pack with a rule on trial of every sort.
fn on_trial() -> Desk {
    let desk = desk(
        "trial",
        "relance: 1
kind: escalation
blocks:
  - {block: large, on: customer, when: exposure > 500 EUR, stops: [contact], shadow: true}
  - {block: small_item, on: invoice, when: amount_open < 600 EUR, stops: [contact], shadow: true}
policies:
  - {policy: british_ladder, for: segment = british, steps: [], shadow: true}
penalties:
  - {penalty: never_asked, when: exposure > 0 EUR, regime: none, shadow: true}
",
    );
    let call = "      - {step: call, at: 10 days, do: call}\n";
    escalation(&desk, call, &format!("      - {{step: sms, at: 5 days, do: sms, shadow: true}}\n{call}"));
    let claim = "      - {step: claim,";
    escalation(&desk, claim, &format!("      - {{step: visit, at: 50 days, do: visit, shadow: true}}\n{claim}"));
    escalation(&desk, "penalties:\n", "penalties:\n  - {penalty: asked_first, when: exposure > 0 EUR, regime: none, shadow: true}\n");
    let segmentation = std::fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the segmentation");
    let first = "    rules:\n      - {id: late, when: oldest_days_past_due > 20 days, then: british, shadow: true}\n";
    let last = "      - {id: anybody, when: true, then: other, shadow: true}\n    otherwise: other\n";
    let segmentation = segmentation.replacen("    rules:\n", first, 1).replacen("    otherwise: other\n", last, 1);
    desk.file("rules/segmentation.yaml", segmentation.as_bytes());
    desk
}

/// What a night says of the rules on trial.
fn told(desk: &Desk, night: &str) -> Vec<String> {
    let manifest = desk.night(night).manifest();
    let line = |shadow: &serde_json::Value| {
        let amounts = shadow["amounts"].as_object().expect("amounts");
        let amounts: Vec<String> = amounts.iter().map(|(currency, sum)| format!(" {} {currency}", sum.as_str().unwrap_or(""))).collect();
        let [part, rule] = ["part", "rule"].map(|key| shadow[key].as_str().expect("a name").to_owned());
        format!("{part} {rule}: {} {}{}", shadow["customers"], shadow["items"], amounts.concat())
    };
    manifest["shadows"].as_array().expect("rules on trial").iter().map(line).collect()
}

#[test]
fn rules_on_trial_are_counted_and_change_nothing() {
    let (plain, on_trial) = (Desk::small(), on_trial());
    for night in [DAY_BEFORE, NIGHT] {
        plain.run(night, &[]).succeeded();
        on_trial.run(night, &[]).succeeded();
        for table in ["segments", "actions", "penalties", "open_items", "state", "findings"] {
            assert_eq!(on_trial.night(night).rows(table).text(), plain.night(night).rows(table).text(), "{night} {table}");
        }
    }
    assert_eq!(plain.night(NIGHT).manifest().get("shadows"), None);
    let standing = [
        "row segment.late: 2 3 1100.00 EUR 1000.00 GBP",
        "row segment.anybody: 2 3 1350.50 EUR",
        "block large: 2 3 1100.00 EUR 1000.00 GBP",
        "block small_item: 2 2 750.50 EUR",
        "policy british_ladder: 1 1 1000.00 GBP",
        "penalty asked_first: 3 4 1350.50 EUR 1000.00 GBP",
        "penalty never_asked: 0 0",
    ];
    // Those who come on the ladder go on from its first step: what the clock has passed by then counts once.
    // On the second night the invoice F1 is fifty days late.
    for (night, steps) in [
        (DAY_BEFORE, ["step everybody.sms: 2 3 1100.00 EUR 1000.00 GBP", "step everybody.visit: 1 1 1000.00 GBP"]),
        (NIGHT, ["step everybody.sms: 0 0", "step everybody.visit: 1 2 1100.00 EUR"]),
    ] {
        let (of_steps, others): (Vec<String>, Vec<String>) = told(&on_trial, night).into_iter().partition(|line| line.starts_with("step"));
        assert_eq!(others, standing, "{night}");
        assert_eq!(of_steps, steps, "{night}");
    }
    let summary = on_trial.run("2026-11-21", &[]).succeeded();
    assert!(summary.out.contains("on trial, not acted upon"), "{}", summary.out);
}

#[test]
fn a_step_counts_in_its_period_alone_and_keeps_its_place() {
    let desk = Desk::small();
    escalation(
        &desk,
        "      - {step: call, at: 10 days, do: call}\n",
        "      - {step: call, at: 10 days, do: call, until: 2026-11-20}\n      - {step: visit, at: 10 days, do: visit, from: 2026-11-24}\n",
    );
    let steps = |night: &str| {
        desk.run(night, &[]).succeeded();
        let actions = desk.night(night).rows("actions");
        actions.of(["customer_id", "step"]).iter().map(|[customer, step]| format!("{customer} {step}")).collect::<Vec<_>>()
    };
    assert_eq!(steps(DAY_BEFORE), ["C1 reminder", "C3 reminder"]);
    // The ladder rests two days; then the call is over and the visit not there yet: the next step in force is the notice.
    assert_eq!(steps("2026-11-21"), ["C1 notice", "C3 notice"]);
    // Whoever was served with the notice is past the visit.
    assert_eq!(steps("2026-11-25"), ["C3 claim"]);
}

/// Every action of a night as customer, policy, step and status.
fn actions(desk: &Desk, night: &str) -> Vec<String> {
    desk.run(night, &[]).succeeded();
    desk.night(night).rows("actions").of(["customer_id", "policy", "step", "status"]).iter().map(|row| row.join(" ")).collect()
}

#[test]
fn an_old_debt_comes_on_a_ladder_at_its_first_step_unless_the_ladder_says_otherwise() {
    // C1 is 49 days late on the first night, C3 141.
    for (resume, expected) in [
        ("", ["C1 everybody reminder due", "C3 everybody reminder due"]),
        ("    resume: first_unserved\n", ["C1 everybody reminder due", "C3 everybody reminder due"]),
        ("    resume: closest\n", ["C1 everybody notice due", "C3 everybody claim needs_approval"]),
    ] {
        let desk = Desk::small();
        escalation(&desk, "    resume: first_unserved\n", resume);
        assert_eq!(actions(&desk, DAY_BEFORE), expected, "{resume}");
    }
}

/// Findings of some kinds in a night, as kind, key and message.
fn findings(desk: &Desk, kinds: &[&str]) -> Vec<String> {
    let rows = desk.night(NIGHT).rows("findings");
    let told = rows.of(["kind", "key", "message"]);
    told.iter().filter(|[kind, ..]| kinds.contains(kind)).map(|row| row.join(" ")).collect()
}

#[test]
fn a_customer_under_a_law_of_others_is_told() {
    let customers = "customer_id, customer_type, country\nC1, consumer, FR\nC2, consumer, FR\nC3, consumer, GB";
    for (binds, expected) in [
        (
            "    binds: [company, public_body]\n",
            vec![
                "regime_does_not_bind C1 penalties by FR_B2B, which binds company, public_body, are told of a customer of the kind consumer: the rule french does not leave it out".to_owned(),
            ],
        ),
        ("    binds: [consumer]\n", vec![]),
        ("", vec![]),
    ] {
        let desk = Desk::small();
        escalation(&desk, "customer_type is known and customer_type = company and segment = other", "segment = other and exposure < 9_000 EUR");
        let rates = std::fs::read_to_string(desk.path("rules/rates.yaml")).expect("the rates");
        let regime = "  - regime: FR_B2B\n";
        assert!(rates.contains(regime));
        desk.file("rules/rates.yaml", rates.replace(regime, &format!("{regime}{binds}")).as_bytes());
        desk.table("customers", customers);
        desk.run(NIGHT, &[]).succeeded();
        // C2 is not late; the British law does not say whom it binds.
        assert_eq!(findings(&desk, &["regime_does_not_bind"]), expected, "{binds}");
        let told = desk.night(NIGHT).rows("penalty_totals");
        assert!(told.of(["customer_id"]).contains(&["C1"]), "the rule decides");
    }
}

#[test]
fn countries_are_read_in_capitals_and_what_is_no_country_is_told() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, country\nC1, Frankreich\nC2, uk\nC3, gb");
    desk.run(NIGHT, &[]).succeeded();
    let segments = desk.night(NIGHT).rows("segments");
    assert_eq!(segments.of(["customer_id", "segment"]), [["C2", "other"], ["C1", "other"], ["C3", "british"]]);
    assert_eq!(
        findings(&desk, &["unknown_country"]),
        [
            "unknown_country C1 \"Frankreich\" is not an ISO 3166-1 code of two letters",
            "unknown_country C2 \"uk\" is not an ISO 3166-1 code of two letters: GB is meant",
        ]
    );
    let kpis = desk.night(NIGHT).rows("kpis");
    let scopes: std::collections::BTreeSet<&str> =
        kpis.of(["scope", "scope_value"]).iter().filter(|[scope, _]| *scope == "country").map(|[_, value]| *value).collect();
    assert_eq!(scopes.into_iter().collect::<Vec<_>>(), ["Frankreich", "GB", "uk"]);
}

/// Penalties on what was paid late go by the country too.
#[test]
fn a_country_that_is_none_is_told_of_customers_who_paid() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, country\nC1, FR\nC2, FR\nC3, UK");
    let paid = "payment_id, customer_id, invoice_id, payment_date, amount, currency\nP1, C3, F4, 2026-11-01, 1200.00, GBP";
    desk.table("payments", paid);
    desk.run(NIGHT, &[]).succeeded();
    let told = ["unknown_country C3 \"UK\" is not an ISO 3166-1 code of two letters: GB is meant"];
    assert_eq!(findings(&desk, &["unknown_country"]), told);
    let unused = "customer_id, country\nC1, FR\nC2, FR\nC3, GB\nC9, UK";
    desk.table("customers", unused);
    desk.run("2026-11-21", &[]).succeeded();
    let rows = desk.night("2026-11-21").rows("findings");
    assert!(!rows.of(["kind"]).contains(&["unknown_country"]), "a customer who was never invoiced is nobody's");
}

#[test]
fn a_ladder_goes_on_under_a_new_name() {
    let desk = Desk::small();
    assert_eq!(actions(&desk, DAY_BEFORE), ["C1 everybody reminder due", "C3 everybody reminder due"]);
    escalation(&desk, "  - policy: everybody\n", "  - policy: late\n    renamed_from: [all, everybody]\n");
    escalation(&desk, "{step: reminder, at", "{step: first_mail, renamed_from: reminder, at");
    escalation(&desk, "{step: claim, at", "{step: lawsuit, renamed_from: claim, at");
    assert_eq!(actions(&desk, "2026-11-21"), ["C1 late call due", "C3 late call due"]);
    // The state of the night before the change of name carries the earlier names, that of the one after it no longer.
    let check = |night: &str| {
        let words = ["check", "rules", "--as-of", night, "--data", "relance.yaml"];
        crate::desk::Outcome::of(&mut desk.command(&words))
            .out
            .lines()
            .filter(|line| line.contains("[R0906]"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let all = "note[R0906]: the earlier name \"all\" of the policy \"late\" can go";
    let claim = "note[R0906]: the earlier name \"claim\" of the step \"lawsuit\" can go";
    assert_eq!(check("2026-11-20"), [all, claim]);
    let gone = [
        all,
        "note[R0906]: the earlier name \"everybody\" of the policy \"late\" can go",
        "note[R0906]: the earlier name \"reminder\" of the step \"first_mail\" can go",
        claim,
    ];
    assert_eq!(check("2026-11-22"), gone);
}

#[test]
fn without_its_earlier_name_a_ladder_starts_again() {
    let desk = Desk::small();
    actions(&desk, DAY_BEFORE);
    escalation(&desk, "  - policy: everybody\n", "  - policy: late\n");
    let words = ["check", "rules", "--as-of", "2026-11-21", "--data", "relance.yaml"];
    let checked = crate::desk::Outcome::of(&mut desk.command(&words)).out;
    let warned =
        "warning[R1009]: 2 customers stand on the step \"everybody.reminder\" since the last night, and the rules have no such step";
    assert!(checked.lines().any(|line| line == warned), "{checked}");
    let night = desk.run("2026-11-21", &[]).succeeded().out;
    assert!(night.contains("\neverybody.reminder: 2 customers stand on this step since an earlier night"), "{night}");
    assert_eq!(actions(&desk, "2026-11-21"), ["C1 late reminder due", "C3 late reminder due"]);
    let findings = desk.night("2026-11-21").rows("findings");
    let told: Vec<_> = findings.of(["kind", "key", "message"]).into_iter().filter(|[kind, ..]| *kind == "forgotten_step").collect();
    let message = "2 customers stand on this step since an earlier night, and the rules have no such step: the ladder starts again there; if it only has another name now, say renamed_from";
    assert_eq!(told, [["forgotten_step", "everybody.reminder", message]]);
    // Those who go on are not told of again.
    actions(&desk, "2026-11-22");
    assert!(!desk.night("2026-11-22").rows("findings").text().contains("forgotten_step"));
}

#[test]
fn consent_asked_for_under_an_earlier_name_counts() {
    let desk = Desk::small();
    for night in [DAY_BEFORE, "2026-11-21", "2026-11-23"] {
        actions(&desk, night);
    }
    assert_eq!(actions(&desk, "2026-11-25"), ["C3 everybody claim needs_approval"]);
    let asked = desk.night("2026-11-25").rows("actions");
    let id = asked.of(["action_id"])[0][0].to_owned();
    escalation(&desk, "  - policy: everybody\n", "  - policy: late\n    renamed_from: everybody\n");
    escalation(&desk, "{step: claim, at", "{step: lawsuit, renamed_from: claim, at");
    desk.table("contacts", &format!("contact_id, customer_id, contacted_on, channel, action_id\nK1, C3, 2026-11-26, letter, {id}"));
    desk.job(&JOB.replace("  payments:", "  contacts: contacts.parquet\n  payments:"));
    assert_eq!(actions(&desk, "2026-11-27"), [""; 0]);
    let items = desk.night("2026-11-27").rows("open_items");
    let of_c3: Vec<_> = items.of(["customer_id", "step", "next_action"]).into_iter().filter(|[customer, ..]| *customer == "C3").collect();
    assert_eq!(of_c3, [["C3", "lawsuit", "none: nothing_more"]]);
}

#[test]
fn a_block_is_listed_for_review_once_it_has_stood_long_enough() {
    let desk = Desk::small();
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-10-01, 2026-11-01, 200.00, EUR\nF2, C1, 2026-10-01, 2026-11-01, 50.00, EUR\nF3, C2, 2026-10-01, 2026-11-01, 70.00, EUR");
    desk.table("installments", "invoice_id, sequence, due_date, amount\nF1, 1, 2026-11-01, 120.00\nF1, 2, 2026-11-02, 80.00");
    desk.table("disputes", "dispute_id, invoice_id, opened_on, closed_on\nD1, F1, 2026-11-05, 2026-11-10\nD2, F1, 2026-11-12, ");
    desk.job(&JOB.replace("  payments: payments.parquet", "  disputes: disputes.parquet\n  installments: installments.parquet"));
    escalation(
        &desk,
        "    clock: pauses\n",
        "    clock: pauses\n    review_after: 3 days\n  - block: unreachable\n    on: customer\n    when: email is missing\n    stops: [agency]\n    review_after: 3 business days\n",
    );
    let due = |night: &str| {
        desk.run(night, &[]).succeeded();
        desk.night(night).is_whole();
        let rows = desk.night(night).rows("state");
        let ids = rows.of(["customer_id", "invoice_id"]);
        let keys: Vec<_> =
            ids.iter().map(|[customer, invoice]| (relance::base::hash::shard_of(customer.as_bytes()), customer, invoice)).collect();
        assert!(keys.is_sorted(), "{night}: {keys:?}");
        let findings = desk.night(night).rows("findings");
        let findings = findings.of(["kind", "table", "key", "message", "amount"]);
        let due = findings.iter().filter(|[kind, ..]| *kind == "review_due");
        due.map(|[_, table, key, message, amount]| format!("{table} {key} {amount}: {message}")).collect::<Vec<_>>()
    };
    let dispute =
        |since: &str, on: &str| format!("invoices F1 200.00: the block open_dispute has stood since {since}: its review was due on {on}");
    let silent = "customers C2 70.00: the block unreachable has stood since 2026-11-05: its review was due on 2026-11-10";
    // From Thursday on; three business days later it is Tuesday.
    assert_eq!(due("2026-11-05"), [""; 0]);
    assert_eq!(due("2026-11-07"), [""; 0]);
    assert_eq!(due("2026-11-08"), [dispute("2026-11-05", "2026-11-08")]);
    assert_eq!(due("2026-11-09"), [dispute("2026-11-05", "2026-11-08")]);
    // The dispute is over, and another one counts from its own first night, also under another name.
    assert_eq!(due("2026-11-11"), [silent]);
    assert_eq!(due("2026-11-12"), [silent]);
    escalation(&desk, "block: open_dispute", "block: disputed\n    renamed_from: open_dispute");
    let again = "invoices F1 200.00: the block disputed has stood since 2026-11-12: its review was due on 2026-11-15";
    assert_eq!(due("2026-11-15"), [silent, again]);
}

#[test]
fn a_value_that_rules_require_is_not_missed_in_silence() {
    let desk = desk(
        "extra",
        "relance: 1
kind: dictionary
fields:
  region: {type: text, grain: customer, source: customers.region}
  branch: {type: text, grain: customer, source: customers.branch, optional: true}
  channel: {type: text, grain: invoice, source: invoices.channel, required: true}
  unread: {type: text, grain: customer, source: customers.unread, required: true}
",
    );
    desk.file(
        "rules/north.yaml",
        b"relance: 1
kind: segmentation
tables:
  - table: north
    grain: customer
    hit: first
    output: {north: bool}
    rules:
      - {id: region, when: region = 'N', then: true}
      - {id: branch, when: branch is known and branch = 'N', then: true}
    otherwise: false
  - table: web
    grain: invoice
    hit: first
    output: {web: bool}
    rules:
      - {id: web, when: channel = 'web', then: true}
    otherwise: false
",
    );
    desk.table("customers", "customer_id, name, customer_type, country, email, region, branch\nC1, Dupont, company, FR, a@dupont.example, N, \nC2, Martin, company, FR, , , N\n");
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount, currency, channel\nF1, C1, 2026-09-01, 2026-10-01, 1000.00, EUR, web\nF2, C1, 2026-10-01, 2026-11-01, 500.00, EUR, \nF3, C2, 2026-11-01, 2026-12-01, 250.50, EUR, web\nF4, C9, 2026-11-01, 2026-12-01, 20.00, EUR, web");
    desk.run(NIGHT, &[]).succeeded();
    let findings = desk.night(NIGHT).rows("findings");
    let findings = findings.of(["kind", "table", "key", "message", "amount"]);
    let missing: Vec<_> = findings.into_iter().filter(|[kind, ..]| *kind == "required_field_missing").collect();
    assert_eq!(
        missing,
        [
            ["required_field_missing", "customers", "C2", "the column region is empty, but the rules require the field region", ""],
            ["required_field_missing", "invoices", "F2", "the column channel is empty, but the rules require the field channel", "500.00"],
        ]
    );
    // The ledger may lack the column of a field that may be missing, but not in silence.
    desk.table("customers", "customer_id, country, region\nC1, FR, N\nC2, FR, S\n");
    let summary = desk.run(NIGHT, &["--replace", "--reason", "another export"]).succeeded().out;
    let words = "the files have no column \"branch\", which rules read as \"branch\": it is missing in every row";
    let findings = desk.night(NIGHT).rows("findings");
    let findings = findings.of(["kind", "table", "key", "message"]);
    let absent: Vec<_> = findings.into_iter().filter(|[kind, ..]| *kind == "column_not_in_files").collect();
    assert_eq!(absent, [["column_not_in_files", "customers", "branch", words]]);
    assert!(summary.contains(&format!("\ncustomers: {words}\n")), "{summary}");
    desk.table("customers", "customer_id, country\nC1, FR\nC2, FR\n");
    desk.run(NIGHT, &["--replace", "--reason", "another export"]).refused(
        65,
        "error: customers: customers.parquet: there is no column region, which the rules read
  help: a column that the dictionary of the rules asks for is named there by source:, as the export names it; with optional: true its values may be missing, all of them where the files have no such column
",
    );
}

#[test]
fn a_cap_counts_in_its_period_alone() {
    let desk = desk(
        "limits",
        "relance: 1
kind: escalation
caps:
  - {cap: calls, at_most: 1, within: 30 days, count: [call, email], then: postpone, from: 2026-11-21, until: 2026-11-22}
",
    );
    assert_eq!(actions(&desk, DAY_BEFORE), ["C1 everybody reminder due", "C3 everybody reminder due"]);
    assert_eq!(actions(&desk, "2026-11-21"), ["C1 everybody call postponed", "C3 everybody call postponed"]);
    assert_eq!(desk.night("2026-11-21").rows("actions").of(["next_on"]), [["2026-11-23"], ["2026-11-23"]]);
    assert_eq!(actions(&desk, "2026-11-23"), ["C1 everybody call due", "C3 everybody call due"]);
}
