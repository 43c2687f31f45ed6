//! Which agency takes whose debts.
//!
//! A debtor group stays with one agency as far as it can: who has debts of it already is asked first. Then goes the agency drawn by its
//! share, or the one that is expected to leave the most, and those behind it while there is room. Groups are served in the order of what
//! they are expected to bring, so that scarce room goes to what it is worth most for; a draw is by the group alone, so that nobody
//! else's debts change it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::base::hash::key_hash;
use crate::night::placements::Load;
use crate::rules::program::{Agency, Cell};

/// What is handed over together: the debts of one debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot<'a> {
    pub group: &'a [u8],
    /// Position of the agency that has debts of the group already.
    pub home: Option<usize>,
    /// Minor units of the reporting currency.
    pub amount: Cell,
    /// Agencies that could take it, with what each is expected to leave; in the order of the rules.
    pub takers: Vec<(usize, Cell)>,
}

/// The agency of each lot, by position; `None` where none that could take it has room.
pub fn allocate(lots: &[Lot<'_>], agencies: &[(&Agency, Load)]) -> Vec<Option<usize>> {
    let mut groups: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    lots.iter().enumerate().for_each(|(at, lot)| groups.entry(lot.group).or_default().push(at));
    let worth = |of: &[usize]| of.iter().map(|at| i128::from(best(&lots[*at]))).sum::<i128>();
    let mut order: Vec<(Reverse<i128>, &[u8], Vec<usize>)> =
        groups.into_iter().map(|(group, of)| (Reverse(worth(&of)), group, of)).collect();
    order.sort();
    let mut loads: Vec<Load> = agencies.iter().map(|(_, load)| *load).collect();
    let mut found = vec![None; lots.len()];
    for (_, _, of) in order {
        let mut home = None;
        for at in of {
            let lot = &lots[at];
            let has_room = |agency: &usize| has_room(agencies[*agency].0, loads[*agency], lot.amount);
            let taker = preferences(lot, home.or(lot.home), agencies).into_iter().find(has_room);
            if let Some(agency) = taker {
                loads[agency].debtors = loads[agency].debtors.saturating_add(1);
                loads[agency].amount = loads[agency].amount.saturating_add(lot.amount);
                home = Some(agency);
            }
            found[at] = taker;
        }
    }
    found
}

fn best(lot: &Lot<'_>) -> Cell {
    lot.takers.iter().map(|(_, net)| *net).max().unwrap_or(0)
}

fn has_room(agency: &Agency, load: Load, amount: Cell) -> bool {
    agency.debtors_at_most.is_none_or(|most| load.debtors < most)
        && agency.amount_at_most.is_none_or(|most| load.amount.saturating_add(amount) <= most)
}

/// Who is asked first, and who after that.
fn preferences(lot: &Lot<'_>, home: Option<usize>, agencies: &[(&Agency, Load)]) -> Vec<usize> {
    let mut left = lot.takers.clone();
    let mut order = Vec::with_capacity(left.len());
    if let Some(at) = left.iter().position(|(agency, _)| Some(*agency) == home) {
        order.push(left.remove(at).0);
    }
    let share = |agency: usize| agencies[agency].0.share.map_or(0, |share| share.0.unsigned_abs());
    while !left.is_empty() {
        let total: u64 = left.iter().map(|(agency, _)| share(*agency)).sum();
        let at = if total == 0 { dearest(&left) } else { drawn(lot.group, &left, share, total) };
        order.push(left.remove(at).0);
    }
    order
}

/// The one that is expected to leave the most; of several the first in the rules.
fn dearest(left: &[(usize, Cell)]) -> usize {
    left.iter().enumerate().max_by_key(|(at, (_, net))| (*net, Reverse(*at))).map_or(0, |(at, _)| at)
}

/// The one on which the place of a group falls, each having a stretch as long as its share.
fn drawn(group: &[u8], left: &[(usize, Cell)], share: impl Fn(usize) -> u64, total: u64) -> usize {
    let place = key_hash(&[b"agency ", group].concat()) % total;
    let mut end = 0;
    let ends = left.iter().map(|(agency, _)| {
        end += share(*agency);
        end
    });
    ends.into_iter().position(|end| place < end).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Rate;

    fn agency(id: &str, share: Option<i64>, debtors_at_most: Option<u32>, amount_at_most: Option<Cell>) -> Agency {
        Agency {
            id: id.to_owned(),
            recall_within: 5,
            recall_if: Vec::new(),
            share: share.map(|percent| Rate(percent * 10_000)),
            debtors_at_most,
            amount_at_most,
            cooling_off: 0,
            fee_by_amount: Vec::new(),
            minimum_fee: 0,
            fee_on_direct_payments: false,
        }
    }

    /// Who takes each lot of group, home, amount and nets by agency; a net of -1 is none.
    fn check(agencies: &[(Agency, Load)], lots: &[(&str, Option<usize>, Cell, &[Cell])], expected: &[Option<usize>]) {
        let takers = |nets: &[Cell]| nets.iter().copied().enumerate().filter(|(_, net)| *net >= 0).collect();
        let lot = |(group, home, amount, nets): &(&'static str, Option<usize>, Cell, &[Cell])| Lot {
            group: group.as_bytes(),
            home: *home,
            amount: *amount,
            takers: takers(nets),
        };
        let lots: Vec<(&'static str, Option<usize>, Cell, &[Cell])> =
            lots.iter().map(|(group, home, amount, nets)| (&*String::from(*group).leak(), *home, *amount, *nets)).collect();
        let lots: Vec<Lot<'_>> = lots.iter().map(lot).collect();
        let agencies: Vec<(&Agency, Load)> = agencies.iter().map(|(agency, load)| (agency, *load)).collect();
        assert_eq!(allocate(&lots, &agencies), expected);
    }

    fn free(agency: Agency) -> (Agency, Load) {
        (agency, Load::default())
    }

    #[test]
    fn the_best_net_takes_it_and_the_first_of_equals() {
        let two = [free(agency("n", None, None, None)), free(agency("s", None, None, None))];
        check(&two, &[("a", None, 100, &[50, 60]), ("b", None, 100, &[60, 60]), ("c", None, 100, &[-1, 5])], &[Some(1), Some(0), Some(1)]);
    }

    #[test]
    fn a_group_stays_where_it_is_as_long_as_there_is_room() {
        let two = [free(agency("n", None, None, None)), free(agency("s", None, None, None))];
        // Of a group the first decides for the others, though another one would leave more of them.
        check(&two, &[("a", None, 100, &[60, 50]), ("a", None, 100, &[10, 90])], &[Some(0), Some(0)]);
        check(&two, &[("a", Some(1), 100, &[60, 50])], &[Some(1)]);
        // Who may not take it is no home for it.
        check(&two, &[("a", Some(1), 100, &[60, -1])], &[Some(0)]);
    }

    #[test]
    fn room_goes_to_what_brings_most() {
        let tight = [free(agency("n", None, Some(1), None)), free(agency("s", None, None, Some(150)))];
        let lots: &[(&str, Option<usize>, Cell, &[Cell])] =
            &[("a", None, 100, &[50, 40]), ("b", None, 100, &[90, 20]), ("c", None, 60, &[30, 20])];
        check(&tight, lots, &[Some(1), Some(0), None]);
        let full = [(agency("n", None, Some(3), Some(1_000)), Load { debtors: 3, amount: 10 })];
        check(&full, &[("a", None, 1, &[1])], &[None]);
        let exact = [(agency("n", None, None, Some(1_000)), Load { debtors: 3, amount: 900 })];
        check(&exact, &[("a", None, 100, &[2]), ("b", None, 1, &[1])], &[Some(0), None]);
    }

    #[test]
    fn draws_keep_to_the_shares_and_to_the_group() {
        let agencies = [free(agency("n", Some(70), None, None)), free(agency("s", Some(30), None, None))];
        let agencies: Vec<(&Agency, Load)> = agencies.iter().map(|(agency, load)| (agency, *load)).collect();
        let names: Vec<String> = (0..10_000).map(|at| format!("G{at}")).collect();
        let lot = |name: &'static str| Lot { group: name.as_bytes(), home: None, amount: 1, takers: vec![(0, 5), (1, 9)] };
        let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
        let lots: Vec<Lot<'_>> = names.iter().map(|name| lot(name)).collect();
        let found = allocate(&lots, &agencies);
        let first = found.iter().filter(|agency| **agency == Some(0)).count();
        assert!((6_850..=7_150).contains(&first), "{first} of 10 000 instead of about 7 000");
        // Whoever else is there, the draw of a group is the same; and the order of the rows does not matter.
        let turned: Vec<Lot<'_>> = lots.iter().rev().step_by(3).cloned().collect();
        let again = allocate(&turned, &agencies);
        let expected: Vec<Option<usize>> = found.iter().rev().step_by(3).copied().collect();
        assert_eq!(again, expected);
    }
}
