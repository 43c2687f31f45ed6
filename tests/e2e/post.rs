//! Letters: where they are printed, on which nights, and how long they are in the post.

use crate::desk::{Desk, ladder};

const LETTER: &str = "      - {step: letter, at: 1 day, do: letter, pay_within: 8 days}\n";
const CUSTOMERS: &str = "customer_id, country, email\nC1, FR,\nC2, DE,\nC3, ES,\nC4, FR, a@example.org";
const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
    F1, C1, 2026-09-01, 2026-11-10, 100.00, EUR\nF2, C2, 2026-09-01, 2026-11-10, 100.00, EUR
    F3, C3, 2026-09-01, 2026-11-10, 100.00, EUR\nF4, C4, 2026-09-01, 2026-11-10, 100.00, EUR";
/// One press that is closed most days, one that is not, and none for anybody else.
const POST: &str = "post:
  - {site: lyon, when: country is known and country = 'FR', prints: [tuesday, friday], takes: 2 business days}
  - {site: berlin, when: country is known and country = 'DE', takes: 3 business days}\n";

/// Columns of the actions of a night that is run, in order of their text.
fn actions<const N: usize>(desk: &Desk, night: &str, columns: [&str; N]) -> Vec<String> {
    desk.run(night, &["--replace", "--reason", "again"]).succeeded();
    let mut rows: Vec<String> =
        desk.night(night).rows("actions").of(columns).iter().map(|row| row.join(" ").trim_end().to_owned()).collect();
    rows.sort_unstable();
    rows
}

/// One late customer in France.
fn one(keys: &str, steps: &str, post: &str) -> Desk {
    Desk::ruled(&ladder(keys, steps, post), &[("customers", "customer_id, country\nC1, FR")])
}

#[test]
fn letters_wait_for_the_night_on_which_their_place_prints() {
    let steps = LETTER.replace("letter, pay", "email, otherwise: {do: letter, pay_within: 8 days}, pay");
    let desk = Desk::ruled(&ladder("", &steps, POST), &[("customers", CUSTOMERS), ("invoices", INVOICES)]);
    let columns = ["customer_id", "action", "status", "status_reason", "post_site", "arrives_on", "pay_by", "next_on"];
    let night = |night: &str| actions(&desk, night, columns);
    // A Wednesday. What does not go by post does not wait for it.
    let wednesday = [
        "C1 letter postponed post.lyon lyon  2026-11-28 2026-11-20",
        "C2 letter due  berlin 2026-11-23 2026-12-01",
        "C3 letter due    2026-11-26",
        "C4 email due    2026-11-26",
    ];
    assert_eq!(night("2026-11-18"), wednesday);
    assert_eq!(night("2026-11-19"), ["C1 letter postponed post.lyon lyon  2026-12-01 2026-11-20"]);
    assert_eq!(night("2026-11-20"), ["C1 letter due  lyon 2026-11-24 2026-12-02"]);
    assert_eq!(night("2026-11-24"), Vec::<String>::new());
}

#[test]
fn a_printing_day_that_is_a_holiday_falls_out() {
    let post = format!("calendar: FR\n{}", POST.replace("tuesday, friday", "wednesday"));
    let desk = one("", LETTER, &post);
    // The 11th of November 2026 is a Wednesday, and the day after the invoice is due.
    let columns = ["status", "status_reason", "next_on"];
    assert_eq!(actions(&desk, "2026-11-11", columns), ["postponed post.lyon 2026-11-18"]);
    assert_eq!(actions(&desk, "2026-11-18", ["status", "arrives_on"]), ["due 2026-11-20"]);
}

#[test]
fn the_gap_counts_from_the_letterbox() {
    let second = "      - {step: second, at: 2 days, do: letter}\n";
    for (what, post, keys, second_on) in [
        ("nothing is said of the post", "", "    gap: 3 days\n", "2026-11-20"),
        ("two days in the post", POST, "    gap: 3 days\n", "2026-11-24"),
        ("the press is closed when the gap is over", POST, "    gap: 4 days\n", "2026-11-24"),
        ("a gap of working days", POST, "    gap: 2 business days\n", "2026-11-24"),
    ] {
        let desk = one(keys, &format!("{LETTER}{second}"), post);
        assert_eq!(actions(&desk, "2026-11-17", ["step", "status", "next_on"]), [format!("letter due {second_on}")], "{what}");
        let mut done = Vec::new();
        for day in 18..=26 {
            let night = format!("2026-11-{day}");
            let told = actions(&desk, &night, ["step", "status"]);
            done.extend(told.iter().filter(|row| row.ends_with("due")).map(|row| format!("{night} {row}")));
        }
        assert_eq!(done, [format!("{second_on} second due")], "{what}");
    }
}

#[test]
fn a_last_letter_is_repeated_from_the_letterbox() {
    let keys = "    terminal: {repeat_last: 10 days}\n";
    let desk = one(keys, LETTER, &POST.replace(", prints: [tuesday, friday]", ""));
    // In the letterbox on Monday, and again ten days after that.
    assert_eq!(actions(&desk, "2026-11-12", ["arrives_on", "next_on"]), ["2026-11-16 2026-11-26"]);
    assert_eq!(actions(&desk, "2026-11-25", ["step"]), Vec::<String>::new());
    assert_eq!(actions(&desk, "2026-11-26", ["step", "days_late", "arrives_on"]), ["letter 0 2026-11-30"]);
}

#[test]
fn each_kind_of_letter_has_its_own_way() {
    let post =
        "post:\n  - {site: registered, when: true, for: [registered_letter], takes: 1 day}\n  - {site: plain, when: true, takes: 4 days}\n";
    for (delivery, expected) in [("ordinary", "letter plain 2026-11-15"), ("registered", "registered_letter registered 2026-11-12")] {
        let desk = one("", &LETTER.replace("pay_within", &format!("delivery: {delivery}, pay_within")), post);
        assert_eq!(actions(&desk, "2026-11-11", ["action", "post_site", "arrives_on"]), [expected]);
    }
}

#[test]
fn a_letter_that_goes_with_a_step_has_its_way_and_the_step_its_gap() {
    let steps = "      - {step: call, at: 1 day, do: call, also: [{id: letter, do: letter, pay_within: 8 days}]}\n      \
                 - {step: second, at: 2 days, do: call}\n";
    let desk = one("    gap: 3 days\n", steps, &POST.replace(", prints: [tuesday, friday]", ""));
    let told = actions(&desk, "2026-11-12", ["step", "action", "arrives_on", "pay_by", "next_on"]);
    assert_eq!(told, ["call call   2026-11-15", "call letter 2026-11-16 2026-11-24 2026-11-15"]);
}

#[test]
fn what_was_sent_goes_its_way_by_the_rules_of_its_night() {
    let second = "      - {step: second, at: 2 days, do: letter}\n";
    let post = POST.replace(", prints: [tuesday, friday]", "");
    let desk = one("    gap: 3 days\n", &format!("{LETTER}{second}"), &post);
    assert_eq!(actions(&desk, "2026-11-12", ["step", "arrives_on"]), ["letter 2026-11-16"]);
    // The press is another one from the next day on: the letter of yesterday is no quicker for it.
    let text = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("rules");
    desk.file("rules/escalation.yaml", text.replace("takes: 2 business days", "takes: 0 days").as_bytes());
    assert_eq!(actions(&desk, "2026-11-18", ["step"]), Vec::<String>::new());
    assert_eq!(actions(&desk, "2026-11-19", ["step", "arrives_on"]), ["second 2026-11-19"]);
}
