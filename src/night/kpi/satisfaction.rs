//! How satisfied customers say they are, as sums over the customers of each part of each scope.

use std::collections::BTreeMap;

use crate::night::kpi::monthly::Additive;
use crate::night::kpi::scope::Part;
use crate::night::kpi::{KpiInput, merge_all};

/// What some customers said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stated {
    /// How many said anything.
    pub customers: i64,
    /// All they said, millionths.
    pub sum: i128,
}

impl Additive for Stated {
    fn merge(&mut self, other: &Stated) {
        self.customers += other.customers;
        self.sum += other.sum;
    }
}

/// By part of every scope that is about customers; parts of which nobody said anything are left out.
pub fn satisfaction(input: &KpiInput) -> BTreeMap<Part, Stated> {
    let mut found = BTreeMap::new();
    let said = (0..).zip(input.satisfaction).filter_map(|(customer, said)| Some((customer, (*said)?)));
    for (customer, said) in said.filter(|(customer, _)| input.counts(*customer)) {
        let stated = Stated { customers: 1, sum: i128::from(said) };
        merge_all(&mut found, input.parts_of(customer).map(|part| (part, &stated)));
    }
    found
}
