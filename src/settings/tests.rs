//! What a job file may say, and every message it can earn.

use std::path::Path;

use super::*;
use crate::error::Exit;

const SMALLEST: &str = "relance: 1
portfolio:
  invoices: data/invoices
rules: rules/fr-b2b
reporting_currency: EUR
";

fn environment(name: &str) -> Option<String> {
    match name {
        "LEDGER" => Some("/srv/ledger".to_owned()),
        "MONTHS" => Some("24".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Settings, Failure> {
    Settings::parse(text, Path::new("jobs/relance.yaml"), &environment)
}

#[track_caller]
fn accepted(text: &str) -> Settings {
    parse(text).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Checks the messages of a job file, the leading `jobs/relance.yaml:` cut off.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let failure = parse(text).expect_err("the job is refused");
    assert_eq!(failure.exit, Exit::Config);
    let messages: Vec<&str> =
        failure.messages.iter().map(|message| message.strip_prefix("jobs/relance.yaml:").unwrap_or(message)).collect();
    assert_eq!(messages, expected);
}

#[test]
fn the_smallest_job_takes_every_default() {
    let settings = accepted(SMALLEST);
    assert_eq!(settings.places.sources, BTreeMap::from([("invoices".to_owned(), "data/invoices".to_owned())]));
    assert_eq!(settings.places.base, Path::new("jobs"));
    assert_eq!(settings.places.rules, Path::new("jobs/rules/fr-b2b"));
    assert_eq!(settings.places.out, Path::new("jobs/out"));
    assert_eq!(settings.aging, DEFAULT_AGING);
    let printed = serde_json::to_string(&settings).expect("settings are plain data");
    assert_eq!(
        printed,
        r#"{"reporting_currency":"EUR","intake":{"columns":{},"floats":{},"duplicates":"reject","fail_above":"0.001000"},"unallocated":"oldest_due_first","penalties":{"imputation":"principal_first","dispute_stops_interest":false,"insolvency_stop":"day_before"},"promise_grace_days":3,"aging":[0,30,60,90,120,180,365],"kpis":{"scopes":["all","country","customer_type","segment"],"months":12}}"#
    );
}

#[test]
fn every_key_is_taken() {
    let settings = accepted(
        r#"
relance: 1
portfolio:
  customers: ${LEDGER}/customers.parquet
  invoices: data/invoices/*.parquet
  payments: "data/${MONTHS}/payments"
rules: /etc/rules
out: ../out
reporting_currency: GBP
fx: data/fx.parquet
columns: {invoices: {invoice_id: BELNR, amount: WRBTR}}
floats: {invoices: {amount: round, weight: round}}
unallocated: keep
imputation: interest_first
dispute_stops_interest: true
insolvency_stop: same_day
promise_grace_days: 0
aging: [0, 15, 45]
duplicates: keep_identical
rejects: {fail_above: 2.5%}
control_totals: totals.parquet
kpis: {scopes: [segment, all, all], months: "${MONTHS}", loss_rates: [0.5%, 2%, 0.2, 100%]}
"#,
    );
    let sources = &settings.places.sources;
    assert_eq!(sources["customers"], "/srv/ledger/customers.parquet");
    assert_eq!(sources["payments"], "data/24/payments");
    assert_eq!(sources["fx"], "data/fx.parquet");
    assert_eq!(sources["control_totals"], "totals.parquet");
    assert_eq!(settings.places.rules, Path::new("/etc/rules"));
    assert_eq!(settings.reporting_currency.code(), "GBP");
    assert_eq!(settings.intake.columns["invoices"]["amount"], "WRBTR");
    assert_eq!(settings.intake.floats["invoices"], BTreeSet::from(["amount".to_owned(), "weight".to_owned()]));
    assert_eq!(settings.intake.duplicates, Duplicates::KeepIdentical);
    assert_eq!(settings.intake.fail_above, Rate(25_000));
    assert_eq!(settings.unallocated, Unallocated::Keep);
    let penalties =
        Penalties { imputation: Imputation::InterestFirst, dispute_stops_interest: true, insolvency_stop: InsolvencyStop::SameDay };
    assert_eq!(settings.penalties, penalties);
    assert_eq!(settings.promise_grace_days, 0);
    assert_eq!(settings.aging, [0, 15, 45]);
    let loss_rates = [5_000, 20_000, 200_000, 1_000_000].map(Rate).to_vec();
    assert_eq!(settings.kpis, Kpis { scopes: vec!["all".to_owned(), "segment".to_owned()], months: 24, loss_rates });
}

#[test]
fn all_findings_are_told_at_once_in_order_of_place() {
    check(
        "relance: 2
portfolio:
  invioces: data/invoices
  fx: data/fx
rules: ${NOWHERE}
reporting_currency: eur
agin: [0]
columns: {invoices: {ammount: BETRAG}, bills: {}}
floats: {invoices: {issue_date: round, amount: cut}}
unallocated: oldest
rejects: {fail_over: 1%, fail_above: 120%}
kpis: {scopes: [al], months: 0}
",
        &[
            "1:10: this relance reads job files of version 1: 2",
            "3:3: unknown table \"invioces\", did you mean \"invoices\"?",
            "4:3: \"fx\" is a key of its own, beside the portfolio",
            "5:8: the environment variable NOWHERE is not set",
            "6:21: \"eur\" is no ISO 4217 code of a currency in use, did you mean \"EUR\"?",
            "7:1: unknown key \"agin\", did you mean \"aging\"?",
            "8:22: invoices has no column \"ammount\", did you mean \"amount\"?",
            "8:40: unknown table \"bills\"",
            "9:21: invoices.issue_date holds no number, so it cannot be a float",
            "9:48: \"cut\" is not one of round",
            "10:14: \"oldest\" is not one of oldest_due_first, exact_match_then_oldest, keep",
            "11:11: unknown key \"fail_over\", did you mean \"fail_above\"?",
            "11:38: \"120%\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole",
            "12:17: \"al\" is not one of all, country, customer_type, segment, policy, queue, business_unit, collector, did you mean \"all\"?",
            "12:30: \"0\" is no whole number of 1 to 120 months",
        ],
    );
}

#[test]
fn what_is_missing_is_named() {
    check(
        "{}",
        &[
            "1:1: the key \"portfolio\" is missing; a job cannot do without it",
            "1:1: the key \"relance\" is missing; a job cannot do without it",
            "1:1: the key \"reporting_currency\" is missing; a job cannot do without it",
            "1:1: the key \"rules\" is missing; a job cannot do without it",
        ],
    );
    check(
        &SMALLEST.replace("invoices: data/invoices", "payments: data/payments"),
        &["1:1: the portfolio names no invoices; without them there is nothing to collect"],
    );
}

#[test]
fn every_aging_band_has_a_loss_rate_or_none_has() {
    let with = |rates: &str| SMALLEST.to_owned() + &format!("aging: [0, 30]\nkpis: {{loss_rates: {rates}}}\n");
    assert_eq!(accepted(&with("[]")).kpis.loss_rates, []);
    let line = SMALLEST.lines().count() + 2;
    let cases = [
        ("[1%, 2%]", format!("{line}:21: loss_rates has 2 rates for 3 aging bands; it takes one for each, current first")),
        (
            "[1%, 2, 3%]",
            format!("{line}:25: \"2\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole"),
        ),
    ];
    for (rates, finding) in cases {
        check(&with(rates), &[&finding]);
    }
}

#[test]
fn aging_bounds_rise_from_zero() {
    for (aging, finding) in [
        ("[30, 60]", "6:9: the first aging bound is 0, the end of \"current\": 30"),
        ("[0, 30, 30]", "6:16: aging bounds must rise; this one follows 30: 30"),
        ("[0, -1]", "6:12: \"-1\" is no whole number of 0 to 36500 days"),
        ("[]", "1:1: aging has no bounds; leave it out for the usual ones"),
    ] {
        check(&format!("{SMALLEST}aging: {aging}\n"), &[finding]);
    }
}

#[test]
fn shares_are_exact() {
    let share = |text: &str| accepted(&format!("{SMALLEST}rejects: {{fail_above: {text}}}\n")).intake.fail_above;
    for (text, millionths) in
        [("0", 0), ("0.1%", 1_000), ("0.001", 1_000), ("100%", 1_000_000), ("1", 1_000_000), ("0.0001%", 1), ("12.5 %", 125_000)]
    {
        assert_eq!(share(text), Rate(millionths), "{text}");
    }
    for text in ["0.00001%", "-1%", "1e-3", ".5", "1.", "%", "101%"] {
        assert!(parse(&format!("{SMALLEST}rejects: {{fail_above: \"{text}\"}}\n")).is_err(), "{text}");
    }
}

#[test]
fn a_text_of_the_wrong_shape_is_told_with_its_place() {
    check("portfolio: [invoices]\n", &["1:12: keys with values are expected here, \"key: value\""]);
    check("aging: 30\n", &["1:8: a list is expected here, \"[a, b]\""]);
    check("rules: a\nrules: b\n", &["2:1: the key \"rules\" is written twice"]);
    check(
        "rules: &a x\nout: *a\n",
        &["1:11: a job file has no anchors, aliases or second documents, and at most 10000 values of 1 MiB together"],
    );
}

#[test]
fn variables_need_a_name_and_a_value() {
    for (rules, finding) in [
        ("${", "4:8: \"${\" is not closed by \"}\": ${"),
        ("${A-B}", "4:8: \"${A-B}\" is no name of an environment variable"),
        ("${EMPTY}", "4:8: the path is empty"),
    ] {
        check(&SMALLEST.replace("rules/fr-b2b", &format!("\"{rules}\"")), &[finding]);
    }
}
