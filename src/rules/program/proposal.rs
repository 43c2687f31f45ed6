//! What is proposed to whoever decides, compiled.

use crate::rules::program::{Cell, Condition, Expression, FieldId, Grain, Rule, TaskOwner, Type};

/// What is proposed while its condition holds. The engine applies none of it.
#[derive(Debug, Clone)]
pub struct ProposalRule {
    pub rule: Rule,
    /// Position in [`PROPOSAL_KINDS`](crate::base::contract::values::PROPOSAL_KINDS).
    pub kind: u8,
    /// Whether it stands for one invoice or for the customer.
    pub on: Grain,
    /// Of all that share this name one stands at a time.
    pub only_one: Option<String>,
    /// Whether of those that are ready the cheapest stands, not the first.
    pub cheapest: bool,
    /// What must be true before anybody is to decide: what is not is told as missing.
    pub needs: Vec<Need>,
    /// Of a placement: what must be true of each item that is handed over.
    pub debts: Vec<Need>,
    pub owner: TaskOwner,
    /// Who consents, by amount, in rising order; empty where nobody has to.
    pub approve: Vec<Tier>,
    /// The money it is about, in the reporting currency; without it what can be asked for.
    pub amount: Option<Expression>,
    /// What is suggested: a limit, a price, terms.
    pub suggest: Option<Suggestion>,
    /// What it would cost, in the reporting currency.
    pub cost: Option<Expression>,
    /// The tax in the amount, in the reporting currency.
    pub tax: Option<Expression>,
    /// A field that names the way to go.
    pub route: Option<FieldId>,
    /// The day its age counts from; without it the first night it was seen.
    pub since: Option<FieldId>,
    /// The last day on which it is of use.
    pub decide_by: Option<Expression>,
    /// What of the customer's business it would stop: `orders`, `deliveries`.
    pub stops: Vec<String>,
    /// What would end it again.
    pub ends_when: Option<Need>,
    /// What is told as evidence; without it the fields of its condition.
    pub show: Vec<FieldId>,
    pub template: Option<String>,
}

/// Words of `choose:`, and whether each means the cheapest.
pub const CHOICES: &[(&str, bool)] = &[("first", false), ("cheapest", true)];

/// A named condition.
#[derive(Debug, Clone)]
pub struct Need {
    pub name: String,
    pub when: Condition,
}

/// Who consents up to an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Minor units of the reporting currency; `None` for any amount.
    pub up_to: Option<Cell>,
    pub by: String,
}

/// A value with its type.
#[derive(Debug, Clone)]
pub struct Suggestion {
    pub ty: Type,
    pub value: Expression,
}

impl ProposalRule {
    /// Who consents to an amount in the reporting currency; `None` where nobody has to.
    pub fn approver(&self, amount: Cell) -> Option<&str> {
        self.approve.iter().find(|tier| tier.up_to.is_none_or(|up_to| amount <= up_to)).map(|tier| tier.by.as_str())
    }

    /// The conditions it has beside its own.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.needs.iter().chain(&self.debts).map(|need| &need.when)
    }

    /// Calls back for every field it reads beside its conditions.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId, bool)) {
        [self.owner.field, self.route, self.since]
            .into_iter()
            .flatten()
            .chain(self.show.iter().copied())
            .for_each(|field| visit(field, true));
        let suggested = self.suggest.as_ref().map(|suggestion| &suggestion.value);
        let worked_out = [self.amount.as_ref(), suggested, self.cost.as_ref(), self.tax.as_ref(), self.decide_by.as_ref()];
        worked_out.into_iter().flatten().for_each(|expression| expression.visit_fields(visit));
        if self.show.is_empty() {
            // Evidence is told by value, also where the condition asks no more than whether there is one.
            self.visit_conditions(&mut |field| visit(field, true));
        }
    }

    /// Calls back for every field of its conditions, but for those about the debts of a placement: they are told debt by debt.
    pub fn visit_conditions(&self, visit: &mut impl FnMut(FieldId)) {
        let mut seen = |field, _| visit(field);
        self.rule.when.visit_fields(&mut seen);
        self.needs.iter().for_each(|need| need.when.visit_fields(&mut seen));
    }
}
