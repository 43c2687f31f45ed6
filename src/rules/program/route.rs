//! Ways on which a debt may come in, with what each is expected to bring, compiled.

use crate::base::money::Rate;
use crate::base::recovery::RecoveryCurve;
use crate::rules::program::{Cell, Condition, Expression, FieldId, Need, Rule};

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
    /// The agency that collects on it, where somebody else does.
    pub agency: Option<Agency>,
}

/// What an agency keeps a part of: what it collected, or also what debtors paid to us.
pub const FEE_BASES: &[(&str, bool)] = &[("collected", false), ("paid", true)];

/// What was agreed with a collection agency. Amounts are minor units of the reporting currency.
#[derive(Debug, Clone)]
pub struct Agency {
    /// What files call it: `agency_events.agency_id`, `payments.collected_by`.
    pub id: String,
    /// Days it has to give a debt back that is recalled.
    pub recall_within: i32,
    /// What calls the debts of a customer back.
    pub recall_if: Vec<Need>,
    /// Its part of the debtors that several agencies could take.
    pub share: Option<Rate>,
    pub debtors_at_most: Option<u32>,
    pub amount_at_most: Option<Cell>,
    /// Days that pass before it takes what another agency gave back.
    pub cooling_off: i32,
    /// What it keeps, by the amount of the debt: from each amount on, ascending. Empty where the route's fee by age counts.
    pub fee_by_amount: Vec<(Cell, Rate)>,
    /// What it keeps at least of a debt on which money came in.
    pub minimum_fee: Cell,
    /// Whether it keeps a part also of what a debtor pays to us while it has the debt.
    pub fee_on_direct_payments: bool,
}

impl Agency {
    /// The share of what comes in that is kept of a debt of this amount; `None` where that goes by age.
    pub fn fee_of(&self, amount: Cell) -> Option<Rate> {
        if self.fee_by_amount.is_empty() { None } else { Some(step_of(&self.fee_by_amount, amount)) }
    }

    /// Whether what it keeps depends on each debt by itself.
    pub fn is_by_debt(&self) -> bool {
        !self.fee_by_amount.is_empty() || self.minimum_fee > 0
    }
}

/// The rate of the last step at or below a value; nothing below the first.
fn step_of<T: Ord + Copy>(steps: &[(T, Rate)], value: T) -> Rate {
    let after = steps.partition_point(|(from, _)| *from <= value);
    after.checked_sub(1).and_then(|at| steps.get(at)).map_or(Rate(0), |(_, rate)| *rate)
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

impl Routes {
    /// Routes on which an agency collects, with what was agreed with it, in the order of the rules.
    pub fn agencies(&self) -> impl Iterator<Item = (&Route, &Agency)> {
        self.all.iter().filter_map(|route| Some((route, route.agency.as_ref()?)))
    }

    /// The route of an agency, by its id.
    pub fn agency(&self, id: &str) -> Option<(&Route, &Agency)> {
        self.agencies().find(|(_, agency)| agency.id == id)
    }
}

impl Route {
    /// The share of what comes in that is kept at an age.
    pub fn fee_at(&self, days_past_due: i32) -> Rate {
        step_of(&self.fee, days_past_due)
    }

    /// The conditions it has beside its own.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let recalls = self.agency.iter().flat_map(|agency| &agency.recall_if);
        self.needs.iter().chain(recalls).map(|need| &need.when)
    }
}
