//! Night after night: what is told each night adds up to one computation on the last night, whichever nights are run and in whatever
//! order facts arrive. `RELANCE_PROOF_NIGHTS` sets how many histories (default 1 000); each is run by three random subsets of its nights.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use relance::base::money::Amount;
use relance::night::penalties::watermark::{remembered, total};
use relance::night::penalties::{Accrued, Terms};

use crate::drawing::{Drawing, drawing, terms};
use crate::law::Reference;
use crate::oracle::Found;
use crate::{Applied, applied, draw};

/// Nights of a history.
const NIGHTS: usize = 12;

/// The nights on which a fact is first and last in the input: it may come late, and be withdrawn.
type Told = (usize, usize);

/// A history as its nights learn of it.
#[derive(Debug, Clone)]
struct Learning {
    drawing: Drawing,
    /// Days after the epoch.
    nights: Vec<i32>,
    money: Vec<Told>,
    stays: Vec<Told>,
    notices: Vec<Told>,
    exit: usize,
    insolvent: usize,
    /// From this night on there is another contract, another regime, or a corrected rate.
    contract: (usize, Option<i64>),
    applied: (Applied, usize, Applied),
    terms: Terms,
}

fn told() -> BoxedStrategy<Vec<Told>> {
    prop::collection::vec((prop_oneof![Just(0), 0..NIGHTS], prop_oneof![2 => Just(NIGHTS), 1 => 0..NIGHTS]), 9).boxed()
}

/// The facts of a list that are known on a night.
fn known<T: Clone>(facts: &[T], told: &[Told], night: usize) -> Vec<T> {
    facts.iter().zip(told).filter(|(_, (first, last))| (*first..=*last).contains(&night)).map(|(fact, _)| fact.clone()).collect()
}

impl Learning {
    /// The history as far as it is known on a night.
    fn on(&self, night: usize) -> Drawing {
        let whole = &self.drawing;
        Drawing {
            money: known(&whole.money, &self.money, night),
            stays: known(&whole.stays, &self.stays, night),
            notices: known(&whole.notices, &self.notices, night),
            exit: whole.exit.filter(|_| self.exit <= night),
            insolvent: whole.insolvent.filter(|_| self.insolvent <= night),
            contract: if self.contract.0 <= night { self.contract.1 } else { whole.contract },
            ..whole.clone()
        }
    }

    fn applied(&self, night: usize) -> &Applied {
        if self.applied.1 <= night { &self.applied.2 } else { &self.applied.0 }
    }

    fn terms(&self, night: usize) -> Terms {
        Terms { as_of: self.drawing.at(self.nights[night]), ..self.terms }
    }

    /// What is told over the nights of a subset, and how often something was taken back.
    fn told_over(&self, subset: &[usize], found: &[Option<Accrued>]) -> (Amount, u32) {
        let (mut state, mut sum, mut restated) = (None, Amount::ZERO, 0);
        for night in subset {
            let Some(accrued) = &found[*night] else { continue };
            let row = total(state, accrued);
            assert!(row.is_some() || !accrued.late_tonight);
            if let Some(row) = row {
                assert_eq!(row.accrued_before, state.unwrap_or_default());
                assert_eq!(row.accrued_before + row.accrued_tonight, row.accrued_to_date);
                assert_eq!(row.accrued_to_date, accrued.total());
                sum += row.accrued_tonight;
                restated += u32::from(row.is_restated());
            }
            state = remembered(state, accrued);
        }
        (sum, restated)
    }
}

/// The same law once one of its rates has been corrected.
fn corrected(applied: &Applied, row: usize, by: i64) -> Applied {
    let mut corrected = applied.clone();
    if let Reference::Drawn(series) = &mut corrected.law.reference {
        let at = row % series.rows.len();
        series.rows[at].1 += by;
    }
    corrected
}

/// What a law becomes once.
fn later(applied: Applied) -> BoxedStrategy<(Applied, usize, Applied)> {
    let correction = (0..8_usize, -5_000..5_000_i64).prop_map({
        let applied = applied.clone();
        move |(row, by)| corrected(&applied, row, by)
    });
    let later = prop_oneof![2 => Just(applied.clone()), 2 => correction, 1 => crate::applied()];
    (Just(applied), 0..NIGHTS, later).boxed()
}

prop_compose! {
    fn learning()(
        drawing in drawing(),
        nights in prop::collection::vec(0..400, NIGHTS),
        (money, stays, notices) in (told(), told(), told()),
        (exit, insolvent) in (0..NIGHTS, 0..NIGHTS),
        contract in (0..2 * NIGHTS, prop::option::of(0..200_000_i64)),
        applied in applied().prop_flat_map(later).boxed(),
        terms in terms(),
    ) -> Learning {
        let mut nights = nights;
        nights.sort_unstable();
        nights.iter_mut().for_each(|days| *days = *days * drawing.length.max(1) / 400);
        Learning { drawing, nights, money, stays, notices, exit, insolvent, contract, applied, terms }
    }
}

#[test]
fn the_nights_add_up_whichever_are_run() {
    let seen = RefCell::new(BTreeMap::<&str, u32>::new());
    let strategy = (learning().boxed(), prop::collection::vec(prop::collection::vec(any::<bool>(), NIGHTS), 3));
    draw("RELANCE_PROOF_NIGHTS", 1_000, &strategy, |(learning, subsets)| {
        let found: Vec<Option<Accrued>> =
            (0..NIGHTS).map(|night| learning.applied(night).accrued(&learning.on(night), learning.terms(night))).collect();
        // A night whose rate is missing does not come about.
        let Some(last) = found.iter().rposition(Option::is_some) else { return Ok(()) };
        let at_once = learning.applied(last).by_oracle(&learning.on(last), learning.terms(last)).map_or(0, |found: Found| found.total());
        for subset in subsets {
            let nights: Vec<usize> = (0..=last).filter(|night| subset[*night] || *night == last).collect();
            let (sum, restated) = learning.told_over(&nights, &found);
            prop_assert_eq!(sum, Amount(at_once), "nights {:?}", nights);
            let count = |kind, is_so| *seen.borrow_mut().entry(kind).or_default() += u32::from(is_so);
            count("something accrues", at_once != 0);
            count("something is taken back", restated > 0);
            count("all is taken back", restated > 0 && at_once == 0);
        }
        Ok(())
    });
    let seen = seen.into_inner();
    println!("{seen:?}");
    assert!(seen.values().all(|count| *count > 10), "{seen:?}");
}
