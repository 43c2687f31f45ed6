//! What an action asks for at once, and the instalment plan it offers.

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::rules::eval::Env;
use crate::rules::program::{Action, Ask, Every, Facts, MISSING, Offer, Program};

/// A plan in payments that add up to the cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub payments: u32,
    /// What is paid first; the cents that do not divide are in it.
    pub first: Amount,
    /// What each of the other payments is.
    pub each: Amount,
    /// The day of the last payment.
    pub until: Date,
}

/// The offers an action names, in the order in which they are tried.
pub fn named<'p>(program: &'p Program, action: &'p Action) -> impl Iterator<Item = &'p Offer> {
    action.offers.iter().filter_map(|name| program.offers.iter().find(|offer| offer.rule.id == *name))
}

/// The offer of an action for a debtor: the first one named whose condition holds.
pub fn chosen<'p>(program: &'p Program, action: &'p Action, debtor: &impl Facts, env: &Env<'_>) -> Option<&'p Offer> {
    named(program, action).find(|offer| offer.rule.in_force(env.as_of) && offer.rule.when.holds(debtor, env))
}

/// The payments of an offer for a debt, the first one on `from`: as many as it says, or fewer, so that none is below its least amount.
/// `None` where not even two are. A least amount is in the reporting currency, and holds where `least_counts`.
pub fn plan(offer: &Offer, debt: Amount, from: Date, least_counts: bool) -> Option<Plan> {
    let least = offer.at_least.filter(|_| least_counts).unwrap_or(0).max(1);
    (2..=offer.payments)
        .rev()
        .map(|payments| divided(offer, debt, from, payments))
        .find(|plan| plan.each.0 >= least && plan.first.0 >= least)
}

fn divided(offer: &Offer, debt: Amount, from: Date, payments: u32) -> Plan {
    let others = i64::from(payments.saturating_sub(1)).max(1);
    let later = match offer.first {
        Some(first) => debt - first.of(debt),
        None => Amount(debt.0 - debt.0 / (others + 1)),
    };
    let each = Amount(later.0 / others);
    let first = Amount(debt.0 - each.0 * others);
    let apart = i32::try_from(others).unwrap_or(i32::MAX);
    let until = match offer.every {
        Every::Month => from.plus_months(apart),
        Every::Days(days) => from.plus_days(days.saturating_mul(apart)),
    };
    Plan { payments, first, each, until }
}

/// What is asked for at once: the share, but not less than the least amount, or what the field says; nor more than the debt. Amounts of
/// rules and fields are in the reporting currency, and hold where `least_counts`.
pub fn asked(ask: Ask, debt: Amount, debtor: &impl Facts, least_counts: bool) -> Option<Amount> {
    let part = match ask {
        Ask::Share(share, at_least) => share.of(debt).0.max(at_least.filter(|_| least_counts).unwrap_or(0)),
        Ask::Field(field) => Some(debtor.cell(field)).filter(|part| least_counts && *part != MISSING && *part > 0)?,
    };
    Some(Amount(part).min(debt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Rate;
    use crate::rules::program::{Cell, Condition, FieldId, Rule};

    fn offer(payments: u32, first: Option<i64>, at_least: Option<Cell>, every: Every) -> Offer {
        let when = Condition::Always(true);
        let rule = Rule { id: "plan".to_owned(), when, text: String::new(), place: String::new(), from: None, until: None, shadow: false };
        Offer { rule, payments, every, first: first.map(Rate), at_least }
    }

    fn check(name: &str, offer: &Offer, debt: i64, expected: Option<(u32, i64, i64, &str)>) {
        let plan = plan(offer, Amount(debt), Date::parse("2026-11-30").unwrap(), true);
        let expected = expected.map(|(payments, first, each, until)| Plan {
            payments,
            first: Amount(first),
            each: Amount(each),
            until: Date::parse(until).unwrap(),
        });
        assert_eq!(plan, expected, "{name}");
        if let Some(plan) = plan {
            assert_eq!(plan.first.0 + plan.each.0 * i64::from(plan.payments - 1), debt, "{name}: every cent is paid once");
        }
    }

    #[test]
    fn a_debt_is_divided_to_the_cent() {
        let monthly = |payments, first, at_least| offer(payments, first, at_least, Every::Month);
        for (name, offer, debt, expected) in [
            ("equal parts", monthly(3, None, None), 90_000, Some((3, 30_000, 30_000, "2027-01-30"))),
            ("cents that do not divide come first", monthly(3, None, None), 10_000, Some((3, 3_334, 3_333, "2027-01-30"))),
            ("a larger first payment", monthly(4, Some(400_000), None), 100_000, Some((4, 40_000, 20_000, "2027-02-28"))),
            ("with cents left over", monthly(4, Some(400_000), None), 100_001, Some((4, 40_001, 20_000, "2027-02-28"))),
            ("fewer, that none is too small", monthly(6, None, Some(5_000)), 22_000, Some((4, 5_500, 5_500, "2027-02-28"))),
            ("exactly the least", monthly(6, None, Some(5_000)), 10_000, Some((2, 5_000, 5_000, "2026-12-30"))),
            ("too small for a plan", monthly(6, None, Some(5_000)), 9_999, None),
            ("a cent cannot be divided", monthly(2, None, None), 1, None),
            ("every fortnight", offer(3, None, None, Every::Days(14)), 90_000, Some((3, 30_000, 30_000, "2026-12-28"))),
        ] {
            check(name, &offer, debt, expected);
        }
    }

    #[test]
    fn something_is_asked_for_today() {
        struct Missing(Cell);
        impl Facts for Missing {
            fn cell(&self, _: FieldId) -> Cell {
                self.0
            }

            fn text(&self, _: Cell) -> &str {
                ""
            }
        }
        let ask = |share, at_least| Ask::Share(Rate(share), at_least);
        let field = Ask::Field(FieldId(0));
        for (name, ask, debt, counts, expected) in [
            ("a share", ask(300_000, None), 100_000, true, 30_000),
            ("rounded half up", ask(500_000, None), 3_333, true, 1_667),
            ("not less than that", ask(300_000, Some(5_000)), 10_000, true, 5_000),
            ("nor more than there is", ask(300_000, Some(5_000)), 4_000, true, 4_000),
            ("in another currency the share alone", ask(300_000, Some(5_000)), 10_000, false, 3_000),
        ] {
            assert_eq!(asked(ask, Amount(debt), &Missing(MISSING), counts), Some(Amount(expected)), "{name}");
        }
        for (name, says, counts, expected) in [
            ("what the field says", 30_000, true, Some(30_000)),
            ("nor more than there is", 130_000, true, Some(100_000)),
            ("nothing where it says nothing", MISSING, true, None),
            ("nothing where nothing is missing", 0, true, None),
            ("nothing in another currency", 30_000, false, None),
        ] {
            assert_eq!(asked(field, Amount(100_000), &Missing(says), counts), expected.map(Amount), "{name}");
        }
    }
}
