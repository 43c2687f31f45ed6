//! How late customers were treated, as counts of each part of each scope.

use std::collections::BTreeMap;

use crate::night::documents::CustomerIx;
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::scope::Part;
use crate::night::kpi::{KpiInput, merge_all};

/// A customer who is late, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treated {
    pub customer: CustomerIx,
    /// By telephone, in the 90-day window.
    pub called: bool,
    /// A formal notice was received, or more.
    pub noticed: bool,
    /// An agency has it.
    pub handed_over: bool,
    /// A court has it.
    pub sued: bool,
}

/// How many late customers were treated how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Treatment {
    pub late: i64,
    pub called: i64,
    pub noticed: i64,
    pub handed_over: i64,
    pub sued: i64,
}

impl Additive for Treatment {
    fn merge(&mut self, other: &Treatment) {
        self.late += other.late;
        self.called += other.called;
        self.noticed += other.noticed;
        self.handed_over += other.handed_over;
        self.sued += other.sued;
    }
}

/// By part of every scope that is about customers.
pub fn parity(input: &KpiInput) -> BTreeMap<Part, Treatment> {
    let mut found = BTreeMap::new();
    for treated in input.treated.iter().filter(|treated| input.counts(treated.customer)) {
        let treatment = Treatment {
            late: 1,
            called: treated.called.into(),
            noticed: treated.noticed.into(),
            handed_over: treated.handed_over.into(),
            sued: treated.sued.into(),
        };
        merge_all(&mut found, input.parts_of(treated.customer).map(|part| (part, &treatment)));
    }
    found
}
