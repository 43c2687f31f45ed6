//! Single changes of what is done beside the ladders: tasks, proposals, payments presented again, plans that are offered.

use super::{ANOTHER, About, List, days, next_to};
use crate::base::contract::values::REJECTION_KINDS;
use crate::base::counted::counted;
use crate::base::money::{Rate, format_amount};
use crate::rules::program::{Every, FieldId, Offer, Program, ProposalRule, Representation, Span, TaskRule};

impl List {
    pub(super) fn task(&mut self, task: &TaskRule, at: usize, program: &Program) {
        let id = &task.rule.id;
        self.at(id, &task.rule.place);
        let about = |column: &'static str, span: Option<Span>| About::Standing("tasks", id.clone(), column, span);
        let field = |field: FieldId| program.fields[field.0 as usize].name.clone();
        let another = || ANOTHER.to_owned();
        let edit = move |program: &mut Program| program.tasks[at].owner.team = another();
        self.put("owner", task.owner.team.clone(), ANOTHER, about("owner", None), edit);
        if let Some(named) = task.owner.field {
            let edit = move |program: &mut Program| program.tasks[at].owner.field = None;
            self.put("owner", field(named), task.owner.team.clone(), about("owner", None), edit);
        }
        if let Some(amount) = task.amount {
            let edit = move |program: &mut Program| program.tasks[at].amount = None;
            self.put("amount", field(amount), "what can be asked for", about("amount", None), edit);
        }
        if let Some(since) = task.since {
            let edit = move |program: &mut Program| program.tasks[at].since = None;
            self.put("since", field(since), "the first night it was seen", about("age", None), edit);
        }
        for (span, other) in task.next_after.into_iter().flat_map(|span| next_to(span).map(move |other| (span, other))) {
            let edit = move |program: &mut Program| program.tasks[at].next_after = Some(other);
            self.put("next_after", days(span), days(other), about("next_on", None), edit);
        }
        for (number, level) in task.escalate.iter().enumerate() {
            let span = level.after;
            for other in next_to(span) {
                let edit = move |program: &mut Program| program.tasks[at].escalate[number].after = other;
                self.put(&format!("escalate.{}", level.to), days(span), days(other), about("escalated_to", Some(span)), edit);
            }
            let edit = move |program: &mut Program| program.tasks[at].escalate[number].to = another();
            self.put("escalate.to", level.to.clone(), ANOTHER, about("escalated_to", Some(span)), edit);
        }
        if let Some(template) = &task.template {
            let edit = move |program: &mut Program| program.tasks[at].template = Some(another());
            self.put("template", template.clone(), ANOTHER, about("template", None), edit);
        }
    }

    pub(super) fn proposal(&mut self, proposal: &ProposalRule, at: usize, program: &Program) {
        let id = &proposal.rule.id;
        self.at(id, &proposal.rule.place);
        let about = |column: &'static str| About::Standing("proposals", id.clone(), column, None);
        let another = || ANOTHER.to_owned();
        let edit = move |program: &mut Program| program.proposals[at].owner.team = another();
        self.put("owner", proposal.owner.team.clone(), ANOTHER, about("owner"), edit);
        for (number, need) in proposal.needs.iter().enumerate() {
            let edit = move |program: &mut Program| {
                program.proposals[at].needs.remove(number);
            };
            self.put(&format!("needs.{}", need.name), "needed", "not needed", about("missing"), edit);
        }
        for (number, need) in proposal.debts.iter().enumerate() {
            let edit = move |program: &mut Program| {
                program.proposals[at].debts.remove(number);
            };
            self.put(&format!("debts.{}", need.name), "needed", "not needed", About::Placement(id.clone()), edit);
        }
        for (number, tier) in proposal.approve.iter().enumerate() {
            let edit = move |program: &mut Program| program.proposals[at].approve[number].by = another();
            self.put("approve", tier.by.clone(), ANOTHER, about("approver"), edit);
            for (up_to, other) in tier.up_to.into_iter().flat_map(|up_to| [(up_to, up_to - 1), (up_to, up_to + 1)]) {
                let edit = move |program: &mut Program| program.proposals[at].approve[number].up_to = Some(other);
                let shown = |cell: i64| format_amount(i128::from(cell), program.currency.digits());
                self.put("approve.up_to", shown(up_to), shown(other), about("approver"), edit);
            }
        }
        self.proposed_values(proposal, at, program);
    }

    /// What a proposal says that may be left out.
    fn proposed_values(&mut self, proposal: &ProposalRule, at: usize, program: &Program) {
        let id = &proposal.rule.id;
        let about = |column: &'static str| About::Standing("proposals", id.clone(), column, None);
        type Forget = fn(&mut ProposalRule);
        let carried: [(bool, &str, &'static str, Forget); 6] = [
            (proposal.amount.is_some(), "amount", "amount", |proposal| proposal.amount = None),
            (proposal.suggest.is_some(), "suggest", "suggested", |proposal| proposal.suggest = None),
            (proposal.cost.is_some(), "cost", "cost", |proposal| proposal.cost = None),
            (proposal.tax.is_some(), "tax", "tax_amount", |proposal| proposal.tax = None),
            (proposal.decide_by.is_some(), "decide_by", "decide_by", |proposal| proposal.decide_by = None),
            (proposal.ends_when.is_some(), "ends_when", "ends_when", |proposal| proposal.ends_when = None),
        ];
        for (_, key, column, forget) in carried.into_iter().filter(|(is_said, ..)| *is_said) {
            self.put(key, "said", "not said", about(column), move |program| forget(&mut program.proposals[at]));
        }
        for (key, field, column, forget) in [
            ("route", proposal.route, "route", (|proposal| proposal.route = None) as Forget),
            ("since", proposal.since, "age", |proposal| proposal.since = None),
        ] {
            let Some(field) = field else { continue };
            let name = program.fields[field.0 as usize].name.clone();
            self.put(key, name, "not said", about(column), move |program| forget(&mut program.proposals[at]));
        }
        if let Some(template) = &proposal.template {
            let edit = move |program: &mut Program| program.proposals[at].template = Some(ANOTHER.to_owned());
            self.put("template", template.clone(), ANOTHER, about("template"), edit);
        }
    }

    pub(super) fn representation(&mut self, one: &Representation, at: usize) {
        self.at(&one.rule.id, &one.rule.place);
        let about = About::Representation(one.rule.id.clone(), one.after);
        for other in [one.at_most.saturating_sub(1), one.at_most.saturating_add(1)].into_iter().filter(|number| *number > 0) {
            let edit = move |program: &mut Program| program.representations[at].at_most = other;
            self.put("at_most", one.at_most.to_string(), other.to_string(), about.clone(), edit);
        }
        for other in next_to(one.after) {
            let edit = move |program: &mut Program| program.representations[at].after = other;
            self.put("after", days(one.after), days(other), about.clone(), edit);
        }
        if one.same_month {
            let edit = move |program: &mut Program| program.representations[at].same_month = false;
            self.put("within", "this_month", "no within", about.clone(), edit);
        }
        if let Some(kind) = one.kind.and_then(|kind| REJECTION_KINDS.get(usize::from(kind))) {
            let edit = move |program: &mut Program| program.representations[at].kind = None;
            self.put("kind", *kind, "any", about.clone(), edit);
        }
        if let Some(fee) = one.fee {
            let dearer = Some(fee.saturating_add(1));
            self.put("fee", "its fee", "a cent more", about, move |program| program.representations[at].fee = dearer);
        }
    }

    pub(super) fn offer(&mut self, offer: &Offer, at: usize) {
        let id = &offer.rule.id;
        self.at(id, &offer.rule.place);
        let about = About::Result(id.clone());
        for other in [offer.payments.saturating_sub(1), offer.payments.saturating_add(1)].into_iter().filter(|number| *number > 1) {
            let edit = move |program: &mut Program| program.offers[at].payments = other;
            self.put("payments", offer.payments.to_string(), other.to_string(), about.clone(), edit);
        }
        let (was, becomes, other) = match offer.every {
            Every::Month => ("month".to_owned(), "30 days".to_owned(), Every::Days(30)),
            Every::Days(every) => (counted(every, "day"), counted(every.saturating_add(1), "day"), Every::Days(every.saturating_add(1))),
        };
        self.put("every", was, becomes, about.clone(), move |program| program.offers[at].every = other);
        if let Some(first) = offer.first {
            let edit = move |program: &mut Program| program.offers[at].first = Some(Rate(first.0.saturating_add(10_000)));
            self.put("first", "its share", "one per cent more", about.clone(), edit);
        }
        if let Some(least) = offer.at_least {
            let edit = move |program: &mut Program| program.offers[at].at_least = Some(least.saturating_add(1));
            self.put("at_least", "its amount", "a cent more", about, edit);
        }
    }
}
