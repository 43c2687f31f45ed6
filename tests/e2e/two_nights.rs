//! One night after another: what is carried over, and what happens when a night is computed again.

use std::fs;
use std::process::{Command, Stdio};

use relance::base::hash::shard_of;

use crate::desk::{self, DAY_BEFORE, Desk, NIGHT, Night, Outcome, assert_same, names};

#[test]
fn tonight_starts_from_what_the_night_before_left() {
    let desk = Desk::small();
    desk.run(DAY_BEFORE, &[]).succeeded();
    desk.run(NIGHT, &[]).succeeded();
    desk.night(NIGHT).is_whole();
    // The first step of each late customer went out on the first night; the ladder rests for two days after it.
    let actions = |night: &str| desk.night(night).rows("actions");
    let columns = ["customer_id", "step", "status"];
    assert_eq!(actions(DAY_BEFORE).of(columns), [["C1", "reminder", "due"], ["C3", "reminder", "due"]]);
    assert_eq!(actions(NIGHT).of(columns), [[""; 3]; 0]);
    desk.run("2026-11-21", &[]).succeeded();
    assert_eq!(actions("2026-11-21").of(columns), [["C1", "call", "due"], ["C3", "call", "due"]]);
    // Penalties: what was accrued on the first night is what the second starts from.
    let before = desk.night(DAY_BEFORE).rows("penalty_totals");
    let after = desk.night(NIGHT).rows("penalty_totals");
    let accrued: Vec<[&str; 2]> = before.of(["invoice_id", "accrued_to_date"]);
    assert_eq!(accrued, after.of(["invoice_id", "accrued_before"]));
    assert_eq!(accrued.len(), 3, "F1, F2 and F4 are late");
    for [_, before, tonight, after] in after.of(["invoice_id", "accrued_before", "accrued_tonight", "accrued_to_date"]) {
        assert_eq!(cents(before) + cents(tonight), cents(after));
        assert!(cents(tonight) > 0 && cents(tonight) < 100, "one day of interest: {tonight}");
    }
    // Every open item stood where it stands.
    let transitions = desk.night(NIGHT).rows("transitions");
    assert!(!transitions.rows.is_empty());
    assert!(transitions.of(["from_bucket", "to_bucket"]).iter().all(|[from, to]| from == to), "{}", transitions.text());
}

/// The state a night starts from decides what is asked for again: the summary names it, or says that there was none.
#[test]
fn the_summary_names_the_night_before() {
    let desk = Desk::small();
    let none = "none: every ladder starts afresh";
    let published = format!("out/as_of={DAY_BEFORE}");
    let runs: [(&str, &[&str], &str); 5] = [
        (DAY_BEFORE, &[], none),
        (NIGHT, &[], DAY_BEFORE),
        ("2026-11-21", &[], NIGHT),
        ("2026-11-22", &["--state", "none"], none),
        ("2026-11-23", &["--state", &published], DAY_BEFORE),
    ];
    for (night, more, expected) in runs {
        let summary = desk.run(night, more).succeeded();
        let second = summary.out.lines().nth(1);
        assert_eq!(second, Some(format!("night before    {expected}").as_str()), "{night} {more:?}: {}", summary.out);
    }
    let of = |more: &[&str]| -> serde_json::Value {
        let told = desk.run("2026-11-24", &[&["--format", "json", "--out", "other"], more].concat()).succeeded();
        serde_json::from_str(&told.out).expect("a JSON object")
    };
    assert_eq!(of(&[])["night_before"], serde_json::Value::Null);
    let replaced = of(&["--state", &published, "--replace", "--reason", "a night before is found"]);
    assert_eq!(replaced["night_before"], DAY_BEFORE);
}

/// How a change of rules is tried: into a folder of its own, from what the real nights left.
#[test]
fn a_night_elsewhere_starts_from_the_newest_one_of_an_output_folder() {
    let desk = Desk::small();
    desk.run("2026-11-18", &[]).succeeded();
    desk.run(DAY_BEFORE, &[]).succeeded();
    desk.run("2026-11-22", &[]).succeeded();
    let alone = desk.run(NIGHT, &["--out", "alone"]).succeeded().out;
    let hint = format!("there is one in out/as_of={DAY_BEFORE}: --state out starts from it");
    assert!(alone.lines().any(|line| line == hint), "{alone}");
    let tried = desk.run(NIGHT, &["--out", "trial", "--state", "out"]).succeeded().out;
    assert!(tried.contains(&format!("night before    {DAY_BEFORE}\n")) && !tried.contains("there is one in"), "{tried}");
    let early = desk.run("2026-11-17", &["--out", "early", "--state", "out"]);
    let help = "  help: give the folder of a night, an output folder, or --state none for a night without a yesterday\n";
    early.refused(66, &format!("error: there is no published night before 2026-11-17 in out\n{help}"));
}

/// By shard, then customer, then invoice: also the state, where all that is known of a customer stands together.
#[test]
fn rows_come_in_the_order_of_the_contract() {
    let desk = Desk::small();
    for night in [DAY_BEFORE, NIGHT] {
        desk.run(night, &[]).succeeded();
        for (table, least) in [("open_items", 4), ("penalties", 3), ("penalty_totals", 3), ("state", 9)] {
            let rows = desk.night(night).rows(table);
            let ids = rows.of(["customer_id", "invoice_id"]);
            let keys: Vec<_> = ids.iter().map(|[customer, invoice]| (shard_of(customer.as_bytes()), customer, invoice)).collect();
            assert!(keys.len() >= least, "{table}: {}", rows.text());
            assert!(keys.is_sorted(), "{table}: {keys:?}");
        }
    }
}

/// A ladder goes on from what the instalment that drives it was served with, not from what its sisters were.
#[test]
fn each_instalment_climbs_for_itself() {
    let desk = Desk::small();
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-09-01, 2026-12-31, 200.00, EUR");
    desk.table("installments", "invoice_id, sequence, due_date, amount\nF1, 1, 2026-10-01, 100.00\nF1, 2, 2026-11-15, 100.00");
    desk.table("payments", "payment_id, customer_id, invoice_id, payment_date, amount\nP1, C1, F1, 2026-11-16, 100.00");
    desk.job(&desk::JOB.replace("  payments:", "  installments: installments.parquet\n  payments:"));
    // The first instalment is 40 days late and goes up the ladder; once it is paid, the second is 2 days late.
    for (night, step) in [("2026-11-10", "reminder"), ("2026-11-12", "call"), ("2026-11-14", "notice"), ("2026-11-17", "reminder")] {
        desk.run(night, &[]).succeeded();
        assert_eq!(desk.night(night).rows("actions").of(["step", "amount_due"]), [[step, "100.00"]], "{night}");
    }
}

/// The block says `clock: pauses`: the days of the dispute do not push the invoice up the ladder.
#[test]
fn a_dispute_stops_the_clock_of_the_invoice_it_is_about() {
    let desk = Desk::small();
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-10-01, 2026-11-01, 200.00, EUR");
    desk.table("disputes", "dispute_id, invoice_id, opened_on, closed_on\nD1, F1, 2026-11-05, 2026-11-15");
    desk.job(&desk::JOB.replace("  payments: payments.parquet", "  disputes: disputes.parquet"));
    let mut done = Vec::new();
    for day in 2..=22 {
        let night = format!("2026-11-{day:02}");
        desk.run(&night, &[]).succeeded();
        let actions = desk.night(&night).rows("actions");
        done.extend(actions.of(["step", "status"]).iter().map(|[step, status]| format!("{day} {step} {status}")));
    }
    // Ten of the twenty days it is late on the 21st were contested; the call comes at ten.
    assert_eq!(done, ["2 reminder due", "21 call due"]);
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("an amount")
}

#[test]
fn a_night_without_a_yesterday_starts_afresh() {
    let desk = Desk::small();
    desk.run(NIGHT, &["--out", "fresh"]).succeeded();
    desk.run(DAY_BEFORE, &[]).succeeded();
    desk.run(NIGHT, &["--state", "none"]).succeeded();
    let fresh = Night { folder: desk.path(&format!("fresh/as_of={NIGHT}")) };
    assert_same("--state none", &fresh.bytes(), &desk.night(NIGHT).bytes());
    // The folder named is taken instead of the one that would be found.
    desk.run(NIGHT, &["--out", "named", "--state", &format!("out/as_of={DAY_BEFORE}")]).succeeded();
    let named = Night { folder: desk.path(&format!("named/as_of={NIGHT}")) };
    assert_ne!(named.bytes()["state.parquet"], fresh.bytes()["state.parquet"]);
}

#[test]
fn a_published_night_is_computed_again_only_when_asked_with_a_reason() {
    let desk = Desk::small();
    desk.run(DAY_BEFORE, &[]).succeeded();
    desk.run(NIGHT, &[]).succeeded();
    let former = desk.night(NIGHT).bytes();
    // From the same input there is nothing to do; a payment that came late would change the night.
    let again = desk.run(NIGHT, &[]).succeeded();
    assert_eq!(again.out, format!("already done, nothing to do: out/as_of={NIGHT}\n"));
    let payments = fs::read(desk.path("payments.parquet")).expect("a table");
    desk.table("payments", "payment_id, customer_id, invoice_id, payment_date, amount\nP1, C1, F1, 2026-10-15, 1000.00");
    let expected = format!(
        "error: out/as_of={NIGHT} is already published
  help: to compute it again, give --replace --reason TEXT: what is there is kept under superseded/
"
    );
    desk.run(NIGHT, &[]).refused(2, &expected);
    let usage = desk.run(NIGHT, &["--replace"]);
    assert_eq!(usage.code, Some(2), "a reason is needed: {}", usage.err);
    assert_same("refused", &former, &desk.night(NIGHT).bytes());

    let late = fs::read(desk.path("payments.parquet")).expect("a table");
    desk.file("payments.parquet", &payments);
    desk.run(NIGHT, &["--replace", "--reason", "the same once more"]).succeeded();
    assert_same("computed again", &former, &desk.night(NIGHT).bytes());

    // With the late payment the night changes; both former ones are kept with why.
    desk.file("payments.parquet", &late);
    desk.run(NIGHT, &["--replace", "--reason", "payments came late"]).succeeded();
    desk.night(NIGHT).is_whole();
    assert_ne!(desk.night(NIGHT).bytes()["open_items.parquet"], former["open_items.parquet"]);
    let kept = |at: u32| format!("as_of={NIGHT}.{at}");
    assert_eq!(names(&desk.path("out/superseded")), [kept(1), kept(1) + ".json", kept(2), kept(2) + ".json"]);
    for (at, reason) in [(1, "the same once more"), (2, "payments came late")] {
        let night = Night { folder: desk.path("out/superseded").join(kept(at)) };
        night.is_whole();
        assert_same(reason, &former, &night.bytes());
        let record = fs::read_to_string(desk.path("out/superseded").join(kept(at) + ".json")).expect("a record");
        assert!(record.contains(reason), "{record}");
    }
    assert_eq!(
        desk.published(),
        [".relance.lock".to_owned(), format!("as_of={DAY_BEFORE}"), format!("as_of={NIGHT}"), "superseded".to_owned()]
    );

    // A night that others follow: they rest on what was there before.
    let replaced = desk.run(DAY_BEFORE, &["--replace", "--reason", "the same once more"]).succeeded();
    let told = format!("{OUTDATED} {NIGHT}\n");
    assert!(replaced.out.contains(&told), "{}", replaced.out);
}

/// What the summary says of nights after the one that was run.
const OUTDATED: &str = "later nights were computed without what this one left, run them again in order with --replace:";

/// The nights after it know nothing of what a night that is put in asks for: they, and those to come, could ask for it again.
#[test]
fn a_night_put_in_between_others_tells_which_do_not_rest_on_it() {
    let desk = Desk::small();
    for night in ["2026-11-18", "2026-11-20", "2026-11-21"] {
        let summary = desk.run(night, &[]).succeeded().out;
        assert!(!summary.contains("later nights"), "nothing follows {night} yet: {summary}");
    }
    let put_in = desk.run("2026-11-19", &[]).succeeded().out;
    assert!(put_in.contains(&format!("{OUTDATED} 2026-11-20, 2026-11-21\n")), "{put_in}");
    let first: serde_json::Value =
        serde_json::from_str(&desk.run("2026-11-17", &["--format", "json"]).succeeded().out).expect("a JSON object");
    assert_eq!(first["outdated"], serde_json::json!(["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"]));
    // Computed again in order, nothing is left to be told.
    for (night, left) in [("2026-11-18", 3), ("2026-11-19", 2), ("2026-11-20", 1), ("2026-11-21", 0)] {
        let again = desk.run(night, &["--replace", "--reason", "an earlier night was put in"]).succeeded().out;
        let told = again.lines().find_map(|line| line.strip_prefix(OUTDATED)).map_or(0, |nights| nights.split(',').count());
        assert_eq!(told, left, "{night}: {again}");
    }
}

#[test]
fn nights_started_at_once_are_published_by_one() {
    let desk = Desk::generated(500, 5, false);
    let start = || {
        let mut command: Command = desk.command(&["run", "--as-of", NIGHT]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    };
    let runs: Vec<_> = (0..4).map(|_| start()).collect();
    let outcomes: Vec<Outcome> = runs.into_iter().map(|run| Outcome::from(run.wait_with_output().expect("an end"))).collect();
    let published = outcomes.iter().filter(|outcome| outcome.out.starts_with("night of ")).count();
    assert_eq!(published, 1, "{outcomes:?}");
    for other in outcomes.iter().filter(|outcome| !outcome.out.starts_with("night of ")) {
        // A run that begins when the first has ended finds the night published, between its two looks as a refusal.
        let is_told = match other.code {
            Some(75) => other.err.starts_with("error: another run is writing to out: "),
            Some(2) => other.err.contains("is already published"),
            code => code == Some(0) && other.out.starts_with("already done"),
        };
        assert!(is_told, "{other:?}");
    }
    desk.night(NIGHT).is_whole();
    assert_eq!(desk.published(), [".relance.lock".to_owned(), format!("as_of={NIGHT}")]);
}

/// A column of the export that the contract does not know, named in the dictionary as money: whole units, as everywhere in the contract,
/// in the currency of the invoice or of the customer's credit limit.
#[test]
fn an_extra_column_of_money_is_money() {
    let desk = Desk::small();
    let customers = "
        customer_id, customer_type, country, credit_limit_currency, turnover:decimal2
        C1,          company,       FR,      EUR,                   999.99
        C2,          company,       FR,      ,                      1000.00
        C3,          company,       FR,      GBP,                   869.57";
    desk.table("customers", customers);
    let dictionary = "relance: 1
kind: dictionary
currency: EUR
fields:
  turnover: {type: money, grain: customer, source: customers.turnover, optional: true}
";
    desk.file("rules/dictionary.yaml", dictionary.as_bytes());
    let rules = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the table");
    let written = "country is known and country = 'GB'";
    assert!(rules.contains(written));
    desk.file("rules/segmentation.yaml", rules.replace(written, "turnover is known and turnover >= 1_000 EUR").as_bytes());
    desk.run(NIGHT, &[]).succeeded();
    let segments = desk.night(NIGHT).rows("segments");
    let mut found = segments.of(["customer_id", "segment"]);
    found.sort_unstable();
    // 869.57 GBP are worth 1,000.01 EUR.
    assert_eq!(found, [["C1", "other"], ["C2", "british"], ["C3", "british"]]);
}

/// The state of a customer is found again by whoever works out its new debtor group.
#[test]
fn who_moves_to_another_debtor_group_goes_on_where_it_stood() {
    let desk = Desk::small();
    let moved = |parent: &str| {
        desk.table(
            "customers",
            &format!("customer_id, name, customer_type, country, parent_id\nC1, Dupont, company, FR, {parent}\nC3, Smith, company, GB,"),
        );
    };
    assert_ne!(shard_of(b"C1"), shard_of(b"G1"), "another shard");
    assert_ne!(shard_of(b"G1"), shard_of(b"G2"), "another shard");
    let mut done = Vec::new();
    for (night, parent) in [(DAY_BEFORE, ""), (NIGHT, "G1"), ("2026-11-21", "G2"), ("2026-11-23", ""), ("2026-11-25", "G1")] {
        moved(parent);
        desk.run(night, &[]).succeeded();
        let actions = desk.night(night).rows("actions");
        let own = actions.of(["customer_id", "step", "status"]).into_iter().filter(|[customer, ..]| *customer == "C1");
        done.extend(own.map(|[_, step, status]| format!("{step} {status}")));
    }
    assert_eq!(done, ["reminder due", "call due", "notice due"]);
}
