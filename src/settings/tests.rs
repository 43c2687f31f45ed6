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
        r#"{"reporting_currency":"EUR","intake":{"columns":{},"floats":{},"duplicates":"reject","fail_above":"0.001000"},"unallocated":"oldest_due_first","penalties":{"imputation":"principal_first","dispute_stops_interest":false,"insolvency_stop":null,"unconfirmed_rates":"use"},"promise_grace_days":3,"aging":[0,30,60,90,120,180,365],"kpis":{"scopes":["all","country","customer_type","segment"],"months":12}}"#
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
unconfirmed_rates: refuse
promise_grace_days: 0
aging: [0, 15, 45]
duplicates: keep_identical
rejects: {fail_above: 2.5%}
freshness: {payments: 3 business days, invoices: none, when_stale: tell}
control_totals: totals.parquet
kpis: {scopes: [segment, all, all], months: "${MONTHS}", loss_rates: [0.5%, 2%, 0.2, 100%], depreciation_rates: [0%, 0%, 0%, 50%],
  agency_fees: {AG1: 25%, AG 2: 0.18}, effort: {people: 2, hours: 320, cost: 18000.50}, rolls_since: 2026-10-31,
  contact_costs: {email: 0.02, phone: 4.5}}
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
    let freshness = Freshness {
        payments: Watch::Within(Limit::BusinessDays(3)),
        invoices: Watch::Never,
        contacts: Watch::Never,
        when_stale: WhenStale::Tell,
    };
    assert_eq!(settings.freshness, freshness);
    assert!(
        serde_json::to_string(&settings)
            .expect("settings are plain data")
            .contains(r#""freshness":{"payments":"3 business days","invoices":"none","contacts":"none","when_stale":"tell"}"#)
    );
    assert_eq!(settings.unallocated, Unallocated::Keep);
    let penalties = Penalties {
        imputation: Imputation::InterestFirst,
        dispute_stops_interest: true,
        insolvency_stop: Some(InsolvencyStop::SameDay),
        unconfirmed_rates: UnconfirmedRates::Refuse,
    };
    assert_eq!(settings.penalties, penalties);
    assert_eq!(settings.promise_grace_days, 0);
    assert_eq!(settings.aging, [0, 15, 45]);
    assert_eq!(settings.kpis, every_figure());
}

/// The figures of [`every_key_is_taken`].
fn every_figure() -> Kpis {
    let loss_rates = [5_000, 20_000, 200_000, 1_000_000].map(Rate).to_vec();
    let depreciation_rates = [0, 0, 0, 500_000].map(Rate).to_vec();
    let agency_fees = [("AG1", 250_000), ("AG 2", 180_000)].map(|(agency, fee)| (agency.to_owned(), Rate(fee))).into();
    let scopes = vec!["all".to_owned(), "segment".to_owned()];
    let rolls_since = Date::parse("2026-10-31").map(RollsSince::Night);
    let effort = Some(Effort { people: 2, hours: 320, cost: 18_000_500 });
    let contact_costs = [("email", 20), ("phone", 4_500)].map(|(channel, cost)| (channel.to_owned(), cost)).into();
    Kpis { scopes, months: 24, loss_rates, depreciation_rates, agency_fees, contact_costs, rolls_since, effort }
}

#[test]
fn a_limit_of_age_is_days_of_a_table_of_the_job() {
    check(
        &format!("{SMALLEST}freshness: {{invoices: 3 weeks, payments: 2 days, contacts: none, when_stale: stop, age: 1 day}}\n"),
        &[
            "6:23: \"3 weeks\" is no limit such as 3 business days or 5 days, nor none",
            "6:42: freshness is asked of payments, which the portfolio does not name",
            "6:60: freshness is asked of contacts, which the portfolio does not name",
            "6:78: \"stop\" is not one of refuse, tell",
            "6:84: unknown key \"age\"",
        ],
    );
    check(&format!("{SMALLEST}freshness: {{invoices: 401 business days}}\n"), &["6:23: \"401\" is no whole number of 0 to 400 days"]);
    let settings = accepted(&format!("{SMALLEST}freshness: {{invoices: 1 day}}\n"));
    assert_eq!((settings.freshness.invoices, settings.freshness.when_stale), (Watch::Within(Limit::Days(1)), WhenStale::Refuse));
}

#[test]
fn a_mapping_that_is_turned_round_is_told_as_that() {
    check(
        &format!("{SMALLEST}columns: {{invoices: {{BELNR: invoice_id, amount: WRBTR, ammount: BETRAG, region: REGIO}}}}\n"),
        &[
            "6:22: the name of the contract comes first: turn it round, invoice_id: BELNR (\"invoice_id\" is a column of invoices, \"BELNR\" is none)",
            "6:56: invoices has no column \"ammount\", did you mean \"amount\"?",
            "6:73: invoices has no column \"region\"; a column of your own is named by source: in a dictionary of the rules, as the export names it: region: {type: text, grain: invoice, source: invoices.REGIO, optional: true, label: region}",
        ],
    );
}

#[test]
fn a_column_of_the_files_is_one_of_ours() {
    check(
        &format!("{SMALLEST}columns:\n  invoices: {{issue_date: NETDT, due_date: NETDT, amount: WRBTR}}\n  customers: {{name: NAME1}}\n"),
        &["7:43: \"NETDT\" is read as issue_date already: name the column that holds due_date, or leave due_date out; where one column \
             really is both, write it twice in the export"],
    );
}

#[test]
fn words_of_the_files_are_taken_as_written() {
    let words = "{customers: {customer_type: {Société: company, 1: consumer, N/A: missing}, vulnerable: {oui: true}}, holds: {stops: {tout: contact}}}";
    let settings = accepted(&format!("{SMALLEST}values: {words}\n"));
    let words = &settings.intake.values["customers"]["customer_type"];
    assert_eq!(
        words.iter().map(|(theirs, ours)| format!("{theirs}={ours}")).collect::<Vec<_>>(),
        ["1=consumer", "N/A=missing", "Société=company"]
    );
    assert_eq!(settings.intake.values["customers"]["vulnerable"]["oui"], "true");
    assert_eq!(settings.intake.values["holds"]["stops"]["tout"], "contact");
}

#[test]
fn words_of_the_files_stand_for_words_of_their_column() {
    check(
        &format!(
            r#"{SMALLEST}values:
  customer: {{}}
  customers:
    customer_typ: {{Société: company}}
    country: {{France: FR}}
    customer_type:
      Société: compagny
      Particulier: personne
      company: Sté
      "": company
      Mairie: ${{NOWHERE}}
    vulnerable: {{oui: yes}}
  usage: {{quantity: {{un: 1}}}}
"#
        ),
        &[
            "7:3: unknown table \"customer\", did you mean \"customers\"?",
            "9:5: customers has no column \"customer_typ\", did you mean \"customer_type\"?",
            "10:5: customers.country takes no closed list of words; these do: customer_type, legal_status, vulnerable, direct_debit, \
             preferred_channel, email_valid, phone_valid, address_valid, consent_email, consent_sms, consent_phone, on_credit_hold, do_not_contact",
            "12:16: \"compagny\" is not one of company, consumer, public_body, nor missing, did you mean \"company\"?",
            "13:20: \"personne\" is not one of company, consumer, public_body, nor missing",
            "14:16: the word of the files comes first: turn it round, Sté: company",
            "15:7: an empty text is a missing value already, and stands for no word",
            "16:15: the environment variable NOWHERE is not set",
            "17:23: \"yes\" is not one of false, true, nor missing",
            "18:11: usage.quantity takes no closed list of words; no column of it does",
        ],
    );
    check(
        &format!("{SMALLEST}values:\n  holds:\n    stops:\n      tout: contact\n      tout: agency\n"),
        &["10:7: the key \"tout\" is written twice"],
    );
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
            "10:14: \"oldest\" is not one of oldest_due_first, exact_match_then_oldest, oldest_due_pro_rata, keep",
            "11:11: unknown key \"fail_over\", did you mean \"fail_above\"?",
            "11:38: \"120%\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole",
            "12:17: \"al\" is not one of all, country, customer_type, segment, policy, queue, business_unit, collector, cause, risk_at_grant, vulnerable, financed_by, step, did you mean \"all\"?",
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
            format!(
                "{line}:25: \"2\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole; 2 of a hundred is written 2%"
            ),
        ),
    ];
    for (rates, finding) in cases {
        check(&with(rates), &[&finding]);
        // Depreciation is asked for in the same way; its key is eight letters longer.
        let depreciation = |text: &str| text.replace("loss_rates", "depreciation_rates");
        let moved = depreciation(&finding).replace(":21:", ":29:").replace(":25:", ":33:");
        check(&depreciation(&with(rates)), &[&moved]);
    }
}

#[test]
fn numbers_of_other_desks_are_told_with_how_they_are_written_here() {
    let here = |theirs: &str, ours: &str| {
        format!("\"{theirs}\" is written {ours} here: decimals stand behind a point, _ or nothing stands between thousands")
    };
    let cases = [
        // A comma between braces ends a value for YAML.
        ("rejects: {fail_above: 1,5%}", "6:23", here("1,5%", "1.5%")),
        ("rejects: {fail_above: 1,5 %}", "6:23", here("1,5 %", "1.5 %")),
        ("rejects:\n  fail_above: 0,1 %", "7:15", here("0,1 %", "0.1 %")),
        ("kpis: {agency_fees: {AGÉ: 12,5%}}", "6:27", here("12,5%", "12.5%")),
        ("recovery: {curve: {90: 69,6%, 180: 52.1%}}", "6:24", here("69,6%", "69.6%")),
        ("terms: {discount_tolerance: 0,05}", "6:29", here("0,05", "0.05")),
        ("aging: [0, 30, 1 000]", "6:16", here("1 000", "1_000")),
        ("promise_grace_days: 0 005", "6:21", here("0 005", "0_005")),
        ("kpis: {effort: {people: 2, hours: 960, cost: 30 000,50}}", "6:46", here("30 000,50", "30_000.50")),
        ("kpis: {effort: {people: 2, hours: 960, cost: 30 000 €}}", "6:46", here("30 000 €", "30_000")),
        (
            "kpis: {effort: {people: 2, hours: \"1,960\", cost: 1}}",
            "6:35",
            "\"1,960\" can be read in two ways: write 1_960 for the thousands, 1.960 for decimals".to_owned(),
        ),
        (
            "rejects: {fail_above: 5}",
            "6:23",
            "\"5\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole; 5 of a hundred is written 5%"
                .to_owned(),
        ),
        ("kpis: {months: 1 000}", "6:16", "\"1 000\" is no whole number of 1 to 120 months".to_owned()),
        ("rejects: {fail_above: 1%, 5: 2}", "6:27", "unknown key \"5\"".to_owned()),
    ];
    for (written, place, message) in cases {
        check(&format!("{SMALLEST}{written}\n"), &[&format!("{place}: {message}")]);
    }
    check(
        &format!("{SMALLEST}aging: [0, 30]\nkpis: {{loss_rates: [0,3%, 1,6%, 2%]}}\n"),
        &[&format!("7:21: {}", here("0,3%", "0.3%")), &format!("7:27: {}", here("1,6%", "1.6%"))],
    );
    let settings = accepted(&format!("{SMALLEST}aging: [0,30,1_000]\nkpis: {{effort: {{people: 2, hours: 1_960, cost: 30_000.50}}}}\n"));
    assert_eq!(settings.aging, [0, 30, 1000]);
    assert_eq!(settings.kpis.effort, Some(Effort { people: 2, hours: 1960, cost: 30_000_500 }));
    assert!(parse(&format!("{SMALLEST}aging: [0, _30]\n")).is_err());
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
    check("portfolio: {payments: [a.parquet, a.parquet]}\n", &["1:23: a single value is expected here, no list and no group of keys"]);
    check("aging: 30\n", &["1:8: a list is expected here, \"[a, b]\""]);
    check("rules: a\nrules: b\n", &["2:1: the key \"rules\" is written twice"]);
    check(
        "rules: &a x\nout: *a\n",
        &["1:11: a job file has no anchors, aliases or second documents, and at most 10000 values of 1 MiB together"],
    );
}

#[test]
fn text_that_is_no_yaml_is_told_in_words() {
    let below = "begin it with 2 blanks, like \"invoices\" in line 2";
    check(
        "portfolio:\n  invoices: a\n   customers: b\nrules: r\n",
        &[&format!("3:13: this line does not stand below its neighbours: it begins with 3 blanks: {below}")],
    );
    check(
        "portfolio:\n\tinvoices: a\nrules: 'r\n",
        &[
            "2:1: a tab: YAML wants spaces: write two blanks for each level, as the lines around it do",
            "3:8: this quotation mark is never closed: put the same mark at the end of the text, on this line",
        ],
    );
    check("portfolio:\n  invoices:a\nrules: r\n", &["2:3: a blank is missing after the colon of \"invoices\": write invoices: a"]);
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

#[test]
fn payment_terms_are_a_section_of_their_own() {
    let written = accepted(&format!("{SMALLEST}terms: {{}}\n"));
    let terms = written.terms.as_ref().expect("the section");
    assert_eq!((terms.due_date, terms.earned_discount, terms.discount_tolerance), (DueDate::Ledger, EarnedDiscount::Keep, 0));
    assert!(!written.works_out_due_dates());
    assert_eq!(accepted(SMALLEST).terms, None);
    let settings = accepted(&format!(
        r#"{SMALLEST}terms:
  due_date: from_terms
  eom_method: then
  roll: modified_following
  default: net_from_receipt(30)
  codes: {{Z030: net(30), 45FDM: eom(45) express, ESC: "discount(2%, 10 working_days, net(30))"}}
  earned_discount: deduct
  discount_tolerance: 0.05
  legal_maximum: {{FR: {{days: 60, end_of_month: 45, periodic: 45}}, all: {{days: 60}}}}
"#
    ));
    assert!(settings.works_out_due_dates());
    let printed = serde_json::to_value(&settings).expect("settings are plain data");
    assert_eq!(
        printed["terms"].to_string(),
        r#"{"codes":{"45FDM":"eom_then(45) express","ESC":"discount(2%, 10 working_days, net(30))","Z030":"net(30)"},"default":"net_from_receipt(30)","discount_tolerance":"0.050","due_date":"from_terms","earned_discount":"deduct","eom_method":"then","legal_maximum":{"FR":{"days":60,"end_of_month":45,"periodic":45},"all":{"days":60}},"roll":"modified_following"}"#
    );
}

#[test]
fn payment_terms_are_refused_with_their_places() {
    check(
        &format!(
            r#"{SMALLEST}terms:
  due_dates: from_terms
  due_date: invoice
  default: net(30)
  codes:
    A: nett(30)
    B: eom(45)
  discount_tolerance: 5%
  legal_maximum:
    fr: {{days: 60}}
    DE: {{end_of_month: 45}}
    BE: {{days: 60 days, month: 1}}
"#
        ),
        &[
            "7:3: unknown key \"due_dates\", did you mean \"due_date\"?",
            "8:13: \"invoice\" is not one of ledger, from_terms",
            "9:12: default terms are used only with due_date: from_terms",
            "11:8: there are no payment terms \"nett\", did you mean \"net\"?; there are net, net_from_receipt, eom_after, eom_then, eom, \
             eom_month_and_half, eom_after_then_day, next_eom, discount",
            "12:8: eom(45) can be counted in two ways: write eom_after(45), the days first, or eom_then(45), the end of the month first, or \
             say which with eom_method",
            "13:23: \"5%\" is no amount such as 0.05, from 0 to 1000000, with at most three decimals",
            "15:5: \"fr\" is neither a country of two capitals, as in FR, nor all",
            "16:5: a limit needs its days, as in {days: 60}",
            "17:16: \"60 days\" is no whole number of 0 to 999 days",
            "17:25: unknown key \"month\"",
        ],
    );
}

#[test]
fn a_recovery_curve_is_one_or_is_refused() {
    let with = |section: &str| format!("{SMALLEST}recovery: {section}\n");
    let found = accepted(&with("{curve: {0: 94.9%, 90: 69.6%}, interpolation: log_linear}")).recovery.expect("a curve");
    assert_eq!(found.knots.into_iter().collect::<Vec<_>>(), [(0, Rate(949_000)), (90, Rate(696_000))]);
    assert_eq!(found.interpolation, Interpolation::LogLinear);
    assert_eq!(Some(found.curve), RecoveryCurve::through(&[(0, Rate(949_000)), (90, Rate(696_000))], Interpolation::LogLinear));
    let published = accepted(&with("{curve: {90: 69.6%, 180: 52.1%, 365: 22.8%}}")).recovery.expect("a curve");
    assert_eq!(published.curve, RecoveryCurve::SEED);
    assert_eq!(accepted(SMALLEST).recovery, None);
    let line = SMALLEST.lines().count() + 1;
    let cases = [
        ("{curve: {90: 50%, 30: 60%}}", format!("{line}:29: the days of the curve must rise; this one follows 90: 30")),
        (
            "{curve: {90: 150%}}",
            format!("{line}:24: \"150%\" is no share such as 0.1% or 0.001, from 0 to 100%, with at most six decimals of the whole"),
        ),
        ("{curve: {soon: 50%}}", format!("{line}:20: \"soon\" is no whole number of 0 to 36500 days")),
        (
            "{interpolation: linear}",
            "1:1: recovery has no curve, as in {curve: {90: 69.6%, 180: 52.1%}}; leave it out for the published one".to_owned(),
        ),
        (
            "{curve: {0: 50%, 90: 0%}, interpolation: log_linear}",
            format!("{line}:20: a decay needs shares above zero, and at most 3660 days from first to last"),
        ),
        (
            "{curve: {0: 50%, 1009: 40%, 2022: 30%}}",
            format!(
                "{line}:20: no straight lines join these days exactly: the days between them need a common multiple of at most 1000000"
            ),
        ),
        ("{curve: {90: 50%}, interpolation: cubic}", format!("{line}:45: \"cubic\" is not one of linear, log_linear")),
    ];
    for (section, finding) in cases {
        check(&with(section), &[&finding]);
    }
}
