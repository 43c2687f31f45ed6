//! Threads of other projects in which users ask for something that concerns escalation, under their numbers.

use crate::story::{Story, policy};

const CLOCK: &str = "clock: oldest_days_past_due; terminal: stop";
const STEPS: [&str; 3] =
    ["a, at: 3 days, do: letter, template: t", "b, at: 10 days, do: letter, template: t", "c, at: 20 days, do: letter, template: t"];
const LATE: &str = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100";
/// Two more, due ten and twenty days later.
const MONTHLY: &str = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
    invoices: J; customer_id=C; issue_date=2025-12-01; due_date=2026-01-11; amount=50
    invoices: K; customer_id=C; issue_date=2025-12-01; due_date=2026-01-21; amount=25";

fn done(keys: &str, steps: &[&str], beside: &str, rows: &str, to: &str) -> Vec<String> {
    Story::new(&policy(keys, steps, beside), rows).actions("2026-01-02", to)
}

/// OCA/credit-control#21, #432: one letter at the highest level, with all that is late on it.
#[test]
fn demand_01_and_03_one_letter_lists_all_items() {
    let mut story = Story::new(&policy(CLOCK, &STEPS, ""), MONTHLY);
    assert_eq!(story.actions("2026-01-02", "2026-01-20"), ["01-04 a due", "01-11 b due"]);
    assert_eq!(story.about("2026-01-21"), ["I", "J"]);
}

/// OCA/credit-control#35: from level 1 to level 3 where somebody is very late.
#[test]
fn demand_02_a_late_debt_may_go_up_at_once() {
    let mut story = Story::new(&policy(&format!("{CLOCK}; catch_up: jump_to_latest"), &STEPS, ""), LATE);
    assert_eq!(story.actions_of("2026-01-04", "2026-01-25", |at| at == 0 || at == 21), ["01-04 a due", "01-25 c due"]);
}

/// OCA/credit-control#208, invoiceninja#1578, #4293: a hold with its end and reason, of the customer or of one invoice.
#[test]
fn demand_04_and_34_a_hold_ends_by_itself() {
    let hold = "holds: H; customer_id=C; from_date=2026-01-03; until_date=2026-01-06; stops=contact; reason=asked; author=mia";
    let of = |hold: &str| done(CLOCK, &STEPS[..1], "", &format!("{LATE}\n{hold}"), "2026-01-08");
    assert_eq!(of(hold), ["01-04 a held hold:H", "01-05 a held hold:H", "01-06 a held hold:H", "01-07 a due"]);
    assert_eq!(of(&hold.replace("customer_id=C", "customer_id=C; invoice_id=I")), ["01-07 a due"]);
}

/// OCA/credit-control#460: reminding about one invoice does not silence the others for ever.
#[test]
fn demand_07_what_a_cap_puts_off_comes_later() {
    let cap = "caps:\n  - {cap: letters, at_most: 1, within: 5 days, count: [letter], then: postpone}";
    let rows = MONTHLY.replace("2026-01-11", "2026-01-02");
    let told = done("grain: invoice; clock: days_past_due; terminal: stop", &STEPS[..1], cap, &rows, "2026-01-24");
    assert_eq!(
        told[..5],
        ["01-04 a due", "01-05 a postponed letters", "01-06 a postponed letters", "01-07 a postponed letters", "01-08 a postponed letters"]
    );
    assert_eq!(told[5..], ["01-09 a due", "01-24 a due"]);
}

/// killbill#2297: worked out from facts each night, whichever item is the oldest.
#[test]
fn demand_09_no_step_is_skipped_when_the_oldest_changes() {
    let rows = format!("{MONTHLY}\npayments: P; customer_id=C; invoice_id=I; payment_date=2026-01-12; amount=100");
    let told = done(CLOCK, &STEPS, "", &rows, "2026-01-31");
    assert_eq!(told, ["01-04 a due", "01-11 b due", "01-14 a due", "01-21 b due", "01-31 c due"]);
}

/// killbill#1997: what is contested stops itself, not the rest.
#[test]
fn demand_10_a_block_is_scoped_to_its_item() {
    let block = "blocks:\n  - {block: contested, on: invoice, when: dispute_status = open, stops: [contact]}";
    let mut story = Story::new(&policy(CLOCK, &STEPS, block), &format!("{MONTHLY}\ndisputes: D; invoice_id=I; opened_on=2026-01-02"));
    assert_eq!(story.actions("2026-01-02", "2026-01-13"), [""; 0]);
    assert_eq!(story.about("2026-01-14"), ["J"]);
}

/// killbill#1: items without an order, or of one kind, have rules of their own.
#[test]
fn demand_11_the_class_of_an_item_can_be_asked_for() {
    let steps = ["a, at: 3 days, do: letter, template: t, when: order_id is missing, otherwise: skip"];
    let rows = MONTHLY.replace("amount=50", "amount=50; order_id=O-1");
    let told = done("grain: invoice; clock: days_past_due; terminal: stop", &steps, "", &rows, "2026-01-31");
    assert_eq!(told, ["01-04 a due", "01-24 a due"]);
}

/// killbill#708: what happens at the end is written, and a person agrees to it.
#[test]
fn demand_12_the_end_is_a_proposal() {
    let steps = ["end, at: 5 days, do: propose_write_off, approve: finance"];
    assert_eq!(
        done("clock: oldest_days_past_due; terminal: {stop: proposed}", &steps, "", LATE, "2026-01-06"),
        ["01-06 end needs_approval finance"]
    );
}

/// killbill#1978: a word before the due date, and not after it.
#[test]
fn demand_13_a_reminder_before_the_due_date() {
    let steps = ["soon, at: -5 days, do: letter, template: t"];
    let rows = LATE.replace("2026-01-01", "2026-01-10");
    assert_eq!(done(CLOCK, &steps, "", &rows, "2026-01-20"), ["01-05 soon due"]);
    assert_eq!(Story::new(&policy(CLOCK, &steps, ""), &rows).actions("2026-01-10", "2026-01-20"), [""; 0]);
}

/// killbill#687: nothing is asked for from the night on which it is paid.
#[test]
fn demand_14_a_state_ends_with_its_cause() {
    let rows = format!("{LATE}\npayments: P; customer_id=C; invoice_id=I; payment_date=2026-01-11; amount=100");
    assert_eq!(done(CLOCK, &STEPS, "", &rows, "2026-01-31"), ["01-04 a due"]);
}

/// invoiceninja#538: the first reminder is free, the later ones cost something: each step has its own text and cost.
#[test]
fn demand_33_each_step_has_its_own_terms() {
    let steps =
        ["a, at: 3 days, do: letter, template: free", "b, at: 10 days, do: letter, template: with_fee, cost: 5 EUR, pay_within: 8 days"];
    let mut story = Story::new(&policy(CLOCK, &steps, ""), LATE);
    assert_eq!(story.column("2026-01-04", "template"), ["free"]);
    assert_eq!(story.column("2026-01-11", "pay_by"), ["2026-01-19"]);
}

/// invoiceninja#9538, #2359: nothing goes out at the weekend.
#[test]
fn demand_35_quiet_days() {
    let quiet = "quiet_days: {skip: [saturday, sunday], then: next_business_day}";
    let told = done(CLOCK, &STEPS[..1], quiet, &LATE.replace("2026-01-01", "2025-12-31"), "2026-01-06");
    assert_eq!(told, ["01-03 a postponed quiet_days", "01-04 a postponed quiet_days", "01-05 a due"]);
}

/// Dolibarr#14695: from the reminder to the agency in one ladder.
#[test]
fn demand_36_from_the_letter_to_the_agency() {
    let steps = [STEPS[0], "agency, at: 10 days, do: transfer, to: agency, cost: 20 EUR"];
    assert_eq!(done(CLOCK, &steps, "", LATE, "2026-01-31"), ["01-04 a due", "01-11 agency due"]);
}

/// Dolibarr#25197: a missed day loses nothing, and the last step may come again.
#[test]
fn demand_37_not_only_on_the_exact_day() {
    let mut story = Story::new(&policy("clock: oldest_days_past_due; terminal: {repeat_last: 7 days}", &STEPS[..1], ""), LATE);
    assert_eq!(story.actions_of("2026-01-02", "2026-01-20", |at| at % 5 == 0), ["01-07 a due", "01-17 a due"]);
}

/// Dolibarr#30771: below zero is before the due date, above it after; nothing turns round.
#[test]
fn demand_38_the_sign_of_a_time() {
    let steps = ["before, at: -3 days, do: letter, template: t", "after, at: 3 days, do: letter, template: t"];
    assert_eq!(done(CLOCK, &steps, "", &LATE.replace("2026-01-01", "2026-01-10"), "2026-01-20"), ["01-07 before due", "01-13 after due"]);
}

/// odoo#216062: what money on account covers is not asked for.
#[test]
fn demand_39_never_an_amount_of_nothing() {
    let rows = format!("{LATE}\ninvoices: CN; customer_id=C; issue_date=2025-12-20; due_date=2025-12-20; amount=-100");
    assert_eq!(done(CLOCK, &STEPS, "", &rows, "2026-01-31"), [""; 0]);
}

/// odoo#5571, idempiere#2064: on the due day nothing is late, and only what is late is on the letter.
#[test]
fn demand_40_and_41_the_due_day_is_not_late() {
    let steps = ["a, at: 1 day, do: letter, template: t"];
    assert_eq!(Story::new(&policy(CLOCK, &steps, ""), LATE).actions("2026-01-01", "2026-01-02"), ["01-02 a due"]);
    let mut story = Story::new(&policy(CLOCK, &steps, ""), &MONTHLY.replace("2026-01-11", "2026-01-02"));
    assert_eq!(story.about("2026-01-02"), ["I"]);
}

/// adempiere#1520: levels are ranges: each lasts until the next begins.
#[test]
fn demand_42_levels_are_ranges() {
    for (night, step) in
        [("2026-01-04", "a"), ("2026-01-10", "a"), ("2026-01-11", "b"), ("2026-01-20", "b"), ("2026-01-21", "c"), ("2026-05-01", "c")]
    {
        let mut story = Story::new(&policy(&format!("{CLOCK}; resume: closest"), &STEPS, ""), LATE);
        assert_eq!(story.column(night, "step"), [step], "{night}");
    }
}

/// getlago#5259, #2890: what is counted was done: an action that did not go out uses up nothing, and each currency has its own.
#[test]
fn demand_46_only_what_was_done_counts() {
    let cap = "caps:\n  - {cap: one, at_most: 1, within: 3 days, count: [letter], then: postpone}";
    let hold = "holds: H; customer_id=C; from_date=2026-01-03; until_date=2026-01-05; stops=contact";
    let told = done("clock: oldest_days_past_due; gap: 1 day; terminal: stop", &STEPS[..1], cap, &format!("{LATE}\n{hold}"), "2026-01-06");
    assert_eq!(told.last().map(String::as_str), Some("01-06 a due"));
    let rows = format!(
        "{LATE}\ninvoices: U; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=70; currency=USD\nfx: date=2026-01-01; currency=USD; rate_to_reporting=1.00"
    );
    let mut story = Story::new(&policy(CLOCK, &STEPS[..1], cap), &rows);
    assert_eq!(story.column("2026-01-04", "currency"), ["EUR", "USD"]);
}

/// fineract#2739, #2668: a payment taken back opens the item again, and its ladder starts from the day the money is missing.
#[test]
fn demand_48_a_reversal_reopens_the_item() {
    let rows = format!(
        "{LATE}\npayments: P; customer_id=C; invoice_id=I; payment_date=2026-01-06; amount=100; status=rejected; rejected_on=2026-01-09"
    );
    assert_eq!(done(CLOCK, &STEPS[..2], "", &rows, "2026-01-14"), ["01-04 a due", "01-09 a due", "01-11 b due"]);
}

/// getlago#2717: an exclusion beats a policy that would apply.
#[test]
fn demand_precedence_a_block_beats_a_policy() {
    let block = "blocks:\n  - {block: excluded, on: customer, when: customer_id = 'C', stops: [contact, escalation, agency]}";
    assert_eq!(done(CLOCK, &STEPS[..1], block, &format!("customers: C\n{LATE}"), "2026-01-04"), ["01-04 a held excluded"]);
}

/// axelor#9261, #6484, #11413: a ladder starts again when all was paid, and only then.
#[test]
fn demand_resets_a_new_debt_starts_at_the_foot() {
    let rows = format!(
        "{LATE}\npayments: P; customer_id=C; invoice_id=I; payment_date=2026-01-12; amount=100\ninvoices: J; customer_id=C; issue_date=2026-01-13; due_date=2026-01-20; amount=10"
    );
    assert_eq!(done(CLOCK, &STEPS, "", &rows, "2026-01-31"), ["01-04 a due", "01-11 b due", "01-23 a due", "01-30 b due"]);
}
