//! What came of a night beside what a test expects of it.

use std::collections::BTreeSet;

use crate::base::contract::{ColumnSpec, Kind, actions, open_items, penalties};
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::desk::test::watch::Seen;
use crate::night::escalation::action::Draft;
use crate::night::evaluate::Evaluated;
use crate::night::placements::Ready;
use crate::rules::test_file::{Expectation, Stands, Target, Value};

/// Something expected that did not come, or forbidden that did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub key: String,
    /// What was wanted, as shown; begins with `not` where it is forbidden.
    pub expected: String,
    pub got: String,
    /// `file:line` of the expectation.
    pub place: String,
}

/// What is compared.
pub struct Night<'a> {
    pub evaluated: &'a Evaluated,
    pub seen: &'a Seen<'a>,
    pub currency: Currency,
}

impl Night<'_> {
    /// All differences, in the order of the test.
    pub fn differences(&self, expect: &[Expectation], forbid: &[Expectation]) -> Vec<Difference> {
        let row = self.best_row(expect);
        let expected = expect.iter().filter_map(|expectation| {
            let got = self.got(&expectation.target, row);
            let met = if expectation.target.is_set() { self.has_all(expectation, &got) } else { meets(expectation, &got) };
            (!met).then(|| difference(expectation, &got, false))
        });
        let forbidden = forbid.iter().filter_map(|expectation| {
            let rows = self.rows_or_none();
            let hit = rows.into_iter().map(|row| self.got(&expectation.target, row)).find(|got| self.has_any(expectation, got));
            hit.map(|got| difference(expectation, &got, true))
        });
        expected.chain(forbidden).collect()
    }

    /// All values a night has for a target: several for a set, one otherwise.
    pub fn got(&self, target: &Target, row: Option<usize>) -> Vec<String> {
        let actions = &self.evaluated.actions;
        let one = match target {
            Target::Action => self.action(row),
            Target::HeldBy => self.held_by(row),
            Target::ActionColumn(at) => match row {
                Some(row) => cell(actions, &actions::SPEC.columns[*at], *at, row, self.currency_of(actions, actions::CURRENCY, row)),
                None => "none".to_owned(),
            },
            Target::Receiver => row.and_then(|row| self.receiver(row)).unwrap_or_else(|| "none".to_owned()),
            Target::Item(invoice, at) => self.item(invoice.as_deref(), *at),
            Target::Field(field) => self.seen.fields.get(field).cloned().unwrap_or_else(|| "missing".to_owned()),
            Target::ItemField(invoice, field) => {
                self.seen.item_fields.get(&(invoice.clone(), *field)).cloned().unwrap_or_else(|| "missing".to_owned())
            }
            Target::Tags(field) => {
                let tags = self.seen.fields.get(field).map_or("", String::as_str);
                return tags.split(", ").filter(|tag| !tag.is_empty() && *tag != "missing").map(str::to_owned).collect();
            }
            Target::Also => return self.also(),
            Target::Fired => return self.seen.fired.iter().cloned().collect(),
            Target::Reviews => return self.seen.reviews.iter().cloned().collect(),
            Target::Standing(stands) => return self.standing(*stands),
            Target::OfStanding(stands, id, at) => self.of_standing(*stands, id, *at),
            Target::Shadow => return self.seen.shadows.iter().cloned().collect(),
            Target::HandedTo(invoice) => return self.handed_to(invoice.as_deref()),
            Target::Recalled(invoice) => self.recalled(invoice),
            Target::Missing(invoice) => return self.missing(invoice),
            Target::Penalties => self.penalties(&["interest", "fixed_charge", "fee", "waiver"]),
            Target::Interest => self.penalties(&["interest"]),
            Target::FixedCharge => self.penalties(&["fixed_charge"]),
        };
        vec![one]
    }

    /// The row of `actions` that fits the most expectations; the first of them.
    fn best_row(&self, expect: &[Expectation]) -> Option<usize> {
        let of_action = |expectation: &&Expectation| {
            matches!(expectation.target, Target::Action | Target::HeldBy | Target::Receiver | Target::ActionColumn(_))
        };
        let fits = |row: usize| expect.iter().filter(of_action).filter(|one| meets(one, &self.got(&one.target, Some(row)))).count();
        (0..self.evaluated.actions.len()).max_by_key(|row| (fits(*row), std::cmp::Reverse(*row)))
    }

    fn rows_or_none(&self) -> Vec<Option<usize>> {
        let rows: Vec<_> = (0..self.evaluated.actions.len()).map(Some).collect();
        if rows.is_empty() { vec![None] } else { rows }
    }

    /// The verb of what goes out tonight or waits for consent.
    fn action(&self, row: Option<usize>) -> String {
        let goes_out = |row: &usize| matches!(self.text(actions::STATUS, *row).as_str(), "due" | "needs_approval");
        row.filter(goes_out).map_or_else(|| "none".to_owned(), |row| self.text(actions::ACTION, row))
    }

    /// The verbs of what goes out beside a step.
    fn also(&self) -> Vec<String> {
        let rows = (0..self.evaluated.actions.len()).filter(|row| self.draft(*row).is_some_and(|draft| draft.companion.is_some()));
        let due = rows.filter(|row| self.text(actions::STATUS, *row) == "due").map(|row| self.text(actions::ACTION, row));
        due.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn draft(&self, row: usize) -> Option<&Draft> {
        let note = self.evaluated.action_notes.get(row)?;
        self.evaluated.outcomes.get(note.outcome as usize)?.drafts.get(note.draft as usize)
    }

    fn receiver(&self, row: usize) -> Option<String> {
        self.draft(row)?.action.to.clone()
    }

    fn text(&self, column: usize, row: usize) -> String {
        self.evaluated.actions.text(column, row).map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned())
    }

    fn held_by(&self, row: Option<usize>) -> String {
        if let Some(row) = row {
            let held = matches!(self.text(actions::STATUS, row).as_str(), "held" | "postponed" | "displaced");
            return if held { self.text(actions::STATUS_REASON, row) } else { "none".to_owned() };
        }
        let next = self.item(None, open_items::NEXT_ACTION);
        next.strip_prefix("none: held by ").unwrap_or("none").to_owned()
    }

    fn item(&self, invoice: Option<&str>, column: usize) -> String {
        let items = &self.evaluated.open_items;
        let is_its = |row: &usize| invoice.is_none_or(|id| items.text(open_items::INVOICE_ID, *row) == Some(id.as_bytes()));
        let Some(row) = (0..items.len()).find(is_its) else { return "none".to_owned() };
        cell(items, &open_items::SPEC.columns[column], column, row, self.currency_of(items, open_items::CURRENCY, row))
    }

    /// Agencies that could take a debt; of any of the customer's where none is named.
    fn handed_to(&self, invoice: Option<&str>) -> Vec<String> {
        let is_it = |ready: &&Ready| invoice.is_none_or(|id| ready.debts.iter().any(|debt| debt.invoice_id == id.as_bytes()));
        let takers = self.evaluated.placements.ready.iter().filter(is_it).flat_map(|ready| &ready.takers);
        takers.map(|taker| taker.agency.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What an invoice that was to be handed over lacks.
    fn missing(&self, invoice: &str) -> Vec<String> {
        let refusals = self.evaluated.placements.refusals.iter().filter(|refusal| refusal.invoice_id == invoice.as_bytes());
        refusals.flat_map(|refusal| refusal.missing.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Why an agency has to give an invoice back.
    fn recalled(&self, invoice: &str) -> String {
        let records = self.evaluated.placements.records.iter();
        let mut recalls = records.filter(|record| record.invoice_id == invoice.as_bytes()).filter_map(|record| record.recall.as_ref());
        recalls.next().map_or_else(|| "none".to_owned(), |recall| recall.reason.clone())
    }

    fn table_of(&self, stands: Stands) -> &Table {
        match stands {
            Stands::Tasks => &self.evaluated.tasks.told,
            Stands::Proposals => &self.evaluated.proposals.told,
        }
    }

    /// Names of the tasks or proposals that stand.
    fn standing(&self, stands: Stands) -> Vec<String> {
        let table = self.table_of(stands);
        let text = |column, row| table.text(column, row).map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned());
        let standing = (0..table.len()).filter(|row| text(stands.status_and_currency().0, *row) != "done");
        standing.map(|row| text(stands.rule_column(), row)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A cell of the first one of a name: one that stands, else one that is done tonight.
    fn of_standing(&self, stands: Stands, id: &str, column: usize) -> String {
        let (table, (status, currency)) = (self.table_of(stands), stands.status_and_currency());
        let own = (0..table.len()).filter(|row| table.text(stands.rule_column(), *row) == Some(id.as_bytes()));
        let Some(row) = own.min_by_key(|row| table.text(status, *row) == Some(b"done")) else { return "none".to_owned() };
        cell(table, &stands.spec().columns[column], column, row, self.currency_of(table, currency, row))
    }

    fn currency_of(&self, table: &Table, column: usize, row: usize) -> Currency {
        table.text(column, row).and_then(Currency::parse).unwrap_or(self.currency)
    }

    /// What is told tonight of these kinds, summed in each currency.
    fn penalties(&self, kinds: &[&str]) -> String {
        let table = &self.evaluated.penalties;
        let mut sums: Vec<(Currency, Amount)> = Vec::new();
        for row in 0..table.len() {
            let is_of_kind = table.text(penalties::KIND, row).is_some_and(|kind| kinds.iter().any(|name| name.as_bytes() == kind));
            if !is_of_kind {
                continue;
            }
            let currency = self.currency_of(table, penalties::CURRENCY, row);
            let amount = Amount(table.money(penalties::AMOUNT, row).unwrap_or(0));
            match sums.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, sum)) => *sum += amount,
                None => sums.push((currency, amount)),
            }
        }
        if sums.is_empty() {
            sums.push((self.currency, Amount::ZERO));
        }
        let shown = sums.into_iter().map(|(currency, sum)| Value::Money(sum.0, Some(currency)).shown(currency));
        shown.collect::<Vec<_>>().join(" and ")
    }

    /// A set has all members; tags have no others. Of no set is it said that it has none, where it has some.
    fn has_all(&self, expectation: &Expectation, got: &[String]) -> bool {
        let wanted: Vec<&String> = expectation.wanted.iter().filter(|wanted| *wanted != "none" && *wanted != "missing").collect();
        let all = wanted.iter().all(|wanted| got.contains(wanted));
        let may_have_more =
            !wanted.is_empty() && matches!(expectation.target, Target::Fired | Target::Shadow | Target::Reviews | Target::Standing(_));
        all && (may_have_more || got.iter().all(|got| wanted.contains(&got)))
    }

    fn has_any(&self, expectation: &Expectation, got: &[String]) -> bool {
        expectation.wanted.iter().any(|wanted| got.contains(wanted))
    }
}

fn meets(expectation: &Expectation, got: &[String]) -> bool {
    let nothing = |got: &String| got == "missing" || got.starts_with("none: ");
    let same = |wanted: &String| got.contains(wanted) || (wanted == "none" && got.iter().all(nothing));
    expectation.wanted.iter().any(same)
}

fn difference(expectation: &Expectation, got: &[String], forbidden: bool) -> Difference {
    let or = if expectation.target.is_set() { ", " } else { " or " };
    let wanted = expectation.wanted.join(or);
    Difference {
        key: expectation.key.clone(),
        expected: if forbidden { format!("not {wanted}") } else { wanted },
        got: if got.is_empty() { "none".to_owned() } else { got.join(", ") },
        place: format!("{}:{}", expectation.path, expectation.line),
    }
}

/// A cell of an output table as tests write it.
fn cell(table: &Table, spec: &ColumnSpec, column: usize, row: usize, currency: Currency) -> String {
    let value = match spec.kind {
        Kind::Text => table.text(column, row).map(|text| Value::Text(String::from_utf8_lossy(text).into_owned())),
        Kind::Money => table.money(column, row).map(|amount| Value::Money(amount, Some(currency))),
        Kind::Date => table.date(column, row).map(Value::Date),
        Kind::Flag => table.flag(column, row).map(Value::Flag),
        Kind::Number => table.number(column, row).map(Value::Number),
        Kind::Whole if ["days_past_due", "age_of_dispute", "age", "days_late"].contains(&spec.name) => {
            table.whole(column, row).map(Value::Days)
        }
        Kind::Whole => table.whole(column, row).map(|whole| Value::Number(whole.saturating_mul(1_000_000))),
        Kind::Choice(_) | Kind::Decimal | Kind::ExchangeRate => None,
    };
    value.map_or_else(|| "none".to_owned(), |value| value.shown(currency))
}
