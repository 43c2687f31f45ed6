#![expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
#![expect(clippy::print_stdout, reason = "how often the bounds held is worth reading where they did")]

use super::*;
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::night::fx::Rates;
use crate::night::kpi::testing::{Books, currency, day};
use crate::night::kpi::{AgingBands, Attempt};
use crate::night::segmentation::in_arm;
use crate::night::trials::Enrolled;
use crate::rules::program::{Condition, FieldId, Rule};

const DRAWN_ON: &str = "2026-10-01";

fn trial(id: &str, share: Rate) -> Trial {
    let among = Rule {
        id: id.to_owned(),
        when: Condition::Always(true),
        text: "everyone".to_owned(),
        place: String::new(),
        from: None,
        until: None,
        shadow: false,
    };
    Trial { id: id.to_owned(), share, among, field: FieldId(0), measured_for: None, split_by: id.to_owned() }
}

fn figures(books: &Books, trial: &Trial, rates: &Rates) -> (Cells, Vec<KpiRow>) {
    let cells = books.cells_with(&[], &[], rates);
    let bands = AgingBands::default();
    let trials = [trial.clone()];
    let settings = FigureSettings { trials: &trials, ..FigureSettings::plain(books.as_of, rates, &bands) };
    let rows = trial_rows(&cells, &settings);
    (cells, rows)
}

fn euros() -> Rates {
    Rates::new(currency("EUR"), [])
}

/// Value in millionths of a figure in the reporting currency.
fn value(rows: &[KpiRow], scope_value: &str, kpi: &str) -> Option<i128> {
    let is_it =
        |row: &&KpiRow| row.indicator.kpi == kpi && row.scope_value.as_deref() == Some(scope_value) && row.basis == Basis::Reporting;
    rows.iter().find(is_it).unwrap_or_else(|| panic!("{scope_value} has {kpi}")).indicator.figure.value
}

/// Numbers that look random and are the same everywhere (splitmix64: Steele, Lea, Flood 2014).
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn whole(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).unwrap()
    }
}

/// Four hundred debtor groups of one to three customers with skewed debts. Each group pays as it pays; in the challenger's arm every claim is
/// paid more often by so many thousandths, whatever its size, so that the difference in recovery is known.
fn portfolio(seed: u64, share: Rate, effect: u64) -> (Books, Trial) {
    let trial = trial(&format!("trial_{seed}"), share);
    let mut lot = Lot(seed);
    let mut books = Books::on("2026-11-22");
    for group in 0..400_u32 {
        let on = in_arm(&trial.split_by, format!("G{group}").as_bytes(), share);
        let habit = 200 + lot.below(500) + if on { effect } else { 0 };
        for _ in 0..=lot.below(3) {
            let customer = books.customer(group);
            books.enrolled.push(Enrolled { trial: 0, customer, on, since: day(DRAWN_ON), crossed: false });
            for _ in 0..=lot.below(3) {
                let size = lot.whole(1000);
                let amount = 10_00 + size * size * size * size / 10_000;
                let item = books.invoice(day("2026-08-01"), day("2026-08-31"), amount);
                if lot.below(1000) < habit {
                    books.receipt(item, day("2026-10-20"), amount);
                }
            }
        }
    }
    (books, trial)
}

/// How often the interval holds the truth, and how often it holds nothing at all to have changed, of so many portfolios.
fn simulate(simulations: u64, share: Rate, effect: u64) -> (u64, u64) {
    let (mut covers, mut shows_none) = (0, 0);
    for seed in 0..simulations {
        let (books, trial) = portfolio(seed, share, effect);
        let (_, rows) = figures(&books, &trial, &euros());
        let bound = |kpi| value(&rows, &trial.id, kpi).unwrap();
        let (low, high) = (bound("trial_recovery_difference_low"), bound("trial_recovery_difference_high"));
        let truth = i128::from(effect) * 1_000;
        covers += u64::from((low..=high).contains(&truth));
        shows_none += u64::from((low..=high).contains(&0));
    }
    (covers, shows_none)
}

#[test]
fn the_interval_covers_a_known_effect_in_95_of_100_portfolios() {
    let (covers, shows_none) = simulate(1_000, Rate(500_000), 80);
    println!("an effect of 8 points is covered in {covers} of 1,000 portfolios and overlooked in {shows_none}");
    // Of 1,000 draws at 95 %, the count itself lies between 930 and 970 but for one time in three hundred.
    assert!((930..=970).contains(&covers), "{covers} of 1,000");
}

#[test]
fn where_there_is_no_effect_none_is_shown_in_95_of_100_portfolios() {
    let (covers, shows_none) = simulate(1_000, Rate(200_000), 0);
    println!("no effect is said to be none in {shows_none} of 1,000 portfolios, a fifth of the groups in the challenger's arm");
    assert!((930..=970).contains(&shows_none) && covers == shows_none, "{shows_none} of 1,000");
}

/// Two arms of two groups with all that is measured.
fn small() -> Books {
    let mut books = Books::on("2026-11-22");
    let since = day(DRAWN_ON);
    for (group, on) in [(0, true), (0, true), (1, false), (2, false)] {
        let customer = books.customer(group);
        books.enrolled.push(Enrolled { trial: 0, customer, on, since, crossed: customer == 3 });
        let late = books.invoice(day("2026-08-01"), day("2026-08-31"), 1_000_00);
        // Paid before the draw, after it, and after the end of what is measured.
        books.receipt(late, day("2026-09-20"), 100_00);
        if on {
            books.receipt(late, day("2026-10-11"), 300_00);
        }
        books.receipt(late, day("2026-11-05"), 50_00);
        // What comes later is no debt of the draw, but says how late its payer pays.
        let later = books.invoice(day("2026-10-05"), day("2026-10-10"), 200_00);
        books.receipt(later, day("2026-10-15"), 200_00);
        books.attempts.push(attempt(customer, "2026-09-30", "phone"));
        books.attempts.push(attempt(customer, "2026-10-02", if on { "phone" } else { "email" }));
    }
    books.complaints = vec![(0, day("2026-10-03")), (1, day("2026-10-01")), (3, day("2026-10-31"))];
    books.satisfaction = vec![Some(80_000_000), None, Some(60_000_000), Some(70_000_000)];
    books.trial_days = vec![Some(30)];
    books.contact_costs = CONTACT_CHANNELS.iter().map(|channel| if *channel == "phone" { 4_500 } else { 20 }).collect();
    books
}

fn attempt(customer: u32, on: &str, channel: &str) -> Attempt {
    let channel = CONTACT_CHANNELS.iter().position(|known| *known == channel).and_then(|at| u8::try_from(at).ok());
    Attempt { customer, on: Date::parse(on).unwrap(), channel, outcome: None, right_party: None, step: None }
}

#[test]
fn an_arm_is_measured_from_the_draw_on() {
    let (_, rows) = figures(&small(), &trial("call_first", Rate(500_000)), &euros());
    let cases = [
        ("call_first:on", "trial_groups", 1_000_000),
        ("call_first:on", "trial_customers", 2_000_000),
        ("call_first:on", "trial_crossed", 0),
        ("call_first:control", "trial_groups", 2_000_000),
        ("call_first:control", "trial_crossed", 1_000_000),
        // 900 of each customer was open at the draw, 31 days late.
        ("call_first:on", "trial_owed", 1_800_000_000),
        ("call_first:control", "trial_owed", 900_000_000),
        ("call_first:on", "trial_days_late_before", 31_000_000),
        // 600 of 1,800; what came after thirty days does not count, for the champion that is all.
        ("call_first:on", "trial_recovery", 333_333),
        ("call_first:control", "trial_recovery", 0),
        // 300 came 41 days late and 200 five: (12,300 + 1,000) / 500.
        ("call_first:on", "trial_days_late", 26_600_000),
        ("call_first:control", "trial_days_late", 5_000_000),
        ("call_first:on", "trial_contacts", 2_000_000),
        ("call_first:control", "trial_contacts", 1_000_000),
        ("call_first:on", "trial_contact_cost", 9_000_000),
        ("call_first:control", "trial_contact_cost", 20_000),
        // The one on the day of the draw came before it.
        ("call_first:on", "trial_complaints", 1_000_000),
        ("call_first:control", "trial_complaints", 500_000),
        // The second customer of the challenger's group says nothing.
        ("call_first:on", "trial_satisfaction", 80_000_000),
        ("call_first:control", "trial_satisfaction", 65_000_000),
        ("call_first", "trial_share", 333_333),
    ];
    for (scope_value, kpi, expected) in cases {
        assert_eq!(value(&rows, scope_value, kpi), Some(expected), "{scope_value} {kpi}");
    }
    assert_eq!(headline(&rows, "call_first").as_deref(), Some("no difference can be told: too_few_groups"));
    let refused = rows.iter().filter(|row| row.indicator.figure.value.is_none());
    assert!(refused.clone().count() > 0 && refused.clone().all(|row| row.indicator.figure.reason == Some(Reason::TooFewGroups)));
}

#[test]
fn arms_add_up_over_currencies_and_shards() {
    let rates = Rates::new(currency("EUR"), [(currency("JPY"), 6_000_000_000)]);
    let (mut books, trial) = portfolio(7, Rate(500_000), 80);
    let (whole, rows) = figures(&books, &trial, &rates);
    // The same customers, half of them looked at with the others out of the trial.
    let enrolled = std::mem::take(&mut books.enrolled);
    let mut halves = Cells::default();
    for rest in [0, 1] {
        books.enrolled = enrolled.iter().filter(|one| books.customers[one.customer as usize].group % 2 == rest).copied().collect();
        let half = books.cells_with(&[], &[], &rates).trials;
        crate::night::kpi::Additive::merge(&mut halves, &Cells { trials: half, ..Cells::default() });
    }
    assert_eq!(halves.trials, whole.trials);
    // One currency that is the reporting one: both bases say the same.
    let of = |basis: Basis| {
        let all = rows.iter().filter(move |row| row.basis == basis && row.indicator.kpi.starts_with("trial_recovery"));
        all.map(|row| (row.scope_value.clone(), row.indicator.clone())).collect::<Vec<_>>()
    };
    assert_eq!(of(Basis::Own(currency("EUR"))), of(Basis::Reporting));
    assert!(!of(Basis::Reporting).is_empty());
}

#[test]
fn a_draw_that_is_no_lot_is_told() {
    let (mut books, trial) = portfolio(3, Rate(500_000), 0);
    let told = |books: &Books, trial: &Trial| {
        let (cells, _) = figures(books, trial, &euros());
        unbalanced(&cells.trials, std::slice::from_ref(trial)).iter().map(|found| found.message.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(&books, &trial), Vec::<String>::new(), "a fair draw");
    // The rules say a tenth, the draw was one half.
    let says = told(&books, &Trial { share: Rate(100_000), ..trial.clone() });
    assert!(says.len() == 1 && says[0].contains("trial_share"), "{says:?}");
    // Whoever owed much was put into the challenger's arm.
    let groups: Vec<u32> = books.customers.iter().map(|customer| customer.group).collect();
    let mut owed = vec![0; 400];
    books.items.iter().for_each(|item| owed[groups[item.customer as usize] as usize] += item.amount.0);
    let mut order: Vec<usize> = (0..400).collect();
    order.sort_by_key(|group| owed[*group]);
    let half: Vec<usize> = order[200..].to_vec();
    books.enrolled.iter_mut().for_each(|one| one.on = half.contains(&(groups[one.customer as usize] as usize)));
    let says = told(&books, &trial);
    assert!(says.len() == 1 && says[0].contains("trial_owed"), "{says:?}");
}

#[test]
fn the_summary_says_which_arm_brings_in_more() {
    let says = |effect, seed| {
        let (books, trial) = portfolio(seed, Rate(500_000), effect);
        headline(&figures(&books, &trial, &euros()).1, &trial.id).unwrap()
    };
    assert!(says(300, 1).ends_with("the challenger brings in more"), "{}", says(300, 1));
    assert!(says(0, 3).ends_with("no difference is shown"), "{}", says(0, 3));
    // The champion's claims with the challenger's name on them.
    let (mut books, trial) = portfolio(1, Rate(500_000), 300);
    books.enrolled.iter_mut().for_each(|one| one.on = !one.on);
    let words = headline(&figures(&books, &trial, &euros()).1, &trial.id).unwrap();
    assert!(words.ends_with("the challenger brings in less"), "{words}");
}
