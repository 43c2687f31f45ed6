//! Ways on which a debt may come in, with what each is expected to bring, compiled.

use crate::base::money::Rate;
use crate::base::recovery::RecoveryCurve;
use crate::rules::program::{Condition, Expression, FieldId, Need, Rule};

/// A way on which a debt may come in: by ourselves, an agency, a court, a buyer, or not at all.
#[derive(Debug, Clone)]
pub struct Route {
    pub name: String,
    /// Whom it is open to; its id is the name behind `route.`, because a proposal may have the same name.
    pub rule: Rule,
    /// What must be true before it is gone: what is not is told as missing.
    pub needs: Vec<Need>,
    pub collects: Collects,
    /// What is kept of what comes in, by days past due of each item: from each day on, ascending.
    pub fee: Vec<(i32, Rate)>,
    /// What it costs whatever comes in, in the reporting currency.
    pub cost: Option<Expression>,
    /// Days until the money is there.
    pub takes: i32,
    /// The field of what it is expected to bring.
    pub net: FieldId,
}

/// What part of a debt comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collects {
    /// As the job's recovery curve has it.
    Expected,
    Curve(RecoveryCurve),
}

/// Ways with the fields of the best one.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// In the order of the rules: of two worth the same the first is the better one.
    pub all: Vec<Route>,
    /// The name of the best one that is ready.
    pub best: Option<FieldId>,
    /// What it is expected to bring.
    pub best_net: Option<FieldId>,
}

impl Route {
    /// The share of what comes in that is kept at an age.
    pub fn fee_at(&self, days_past_due: i32) -> Rate {
        let from = self.fee.partition_point(|(from, _)| *from <= days_past_due);
        self.fee.get(from.saturating_sub(1)).filter(|_| from > 0).map_or(Rate(0), |(_, rate)| *rate)
    }

    /// The conditions it has beside its own.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.needs.iter().map(|need| &need.when)
    }
}
