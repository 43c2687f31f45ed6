//! The sums of a portfolio prove themselves: movements lead to the balance, bands and scopes add up to it, transitions lead from the night
//! before to it.

use std::collections::BTreeMap;

use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::night::documents::CustomerIx;
use crate::night::kpi::{Additive, AgingBands, Cell, Cells, KpiInput, NEW, Sum, Transitions};
use crate::portfolio::agencies::prove_agencies;
use crate::portfolio::expected_cash::prove_expected;
use crate::portfolio::payment_delays::prove_delays;

/// Two ways to the same sum of the whole portfolio in one currency, minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub name: String,
    pub currency: Currency,
    pub left: i128,
    pub right: i128,
}

/// Two sums that should be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uneven {
    /// `the aging bands are not the open balance`.
    what: String,
    currency: Currency,
    left: String,
    right: String,
}

impl Uneven {
    /// Two sums of money, minor units.
    pub fn money(what: impl Into<String>, currency: Currency, left: i128, right: i128) -> Uneven {
        let text = |amount| format_amount(amount, currency.digits());
        Uneven { what: what.into(), currency, left: text(left), right: text(right) }
    }

    /// Two numbers of things.
    pub fn count(what: impl Into<String>, currency: Currency, left: i128, right: i128) -> Uneven {
        Uneven { what: what.into(), currency, left: left.to_string(), right: right.to_string() }
    }

    /// The failure of the run, naming the customer where it is one customer's sums that differ.
    pub fn failure(&self, customer: Option<&str>) -> Failure {
        let Uneven { what, currency, left, right } = self;
        let of = customer.map_or(String::new(), |customer| format!(" of customer {customer}"));
        Failure::new(Exit::Data, format!("the figures{of} in {currency} do not add up: {what}: {left} is not {right}"))
            .remedy("nothing was published; keep the inputs and report this")
    }
}

/// Checks every cell, and gives back what was proved of all of them together:
///
/// - `movement`: opening balance + invoiced + refunded - cash and credits applied - written off - sold = open balance;
/// - `bands`: the aging bands = open balance;
/// - `transitions`: what moved into tonight's bands = open balance;
/// - `transitions out`: what moved out of each band of the night before = what was open in it;
/// - `transitions since`, `transitions out since`: the same of an earlier night, where one is compared with;
/// - `scope NAME`: the open balances of a scope's parts = open balance. All other sums of the parts are compared as well;
/// - `payment_delays`: the bands of the law and what is in dispute = open balance;
/// - `agencies`: what agencies and the creditor collected = all that came in;
/// - `expected cash`: what is expected on any day = what may be asked for + what is announced.
///
/// # Errors
/// The first two sums that differ.
pub fn prove(cells: &Cells, scopes: &[&str], bands: &AgingBands) -> Result<Vec<Proof>, Uneven> {
    let mut proofs = prove_cells(cells, scopes, bands)?;
    proofs.extend(prove_rows("transitions out", &cells.transitions, &cells.before)?);
    proofs.extend(prove_rows("transitions out since", &cells.transitions_since, &cells.before_since)?);
    proofs.extend(prove_delays(cells)?);
    proofs.extend(prove_agencies(cells)?);
    proofs.extend(prove_expected(cells)?);
    Ok(proofs)
}

/// The first customer of a shard whose sums do not add up, and which of them.
pub fn first_uneven(input: &KpiInput, scopes: &[&str], bands: &AgingBands) -> Option<(CustomerIx, Uneven)> {
    let customers = 0..u32::try_from(input.customers.len()).unwrap_or(u32::MAX);
    customers.into_iter().find_map(|customer| {
        let cells = Cells::of(&KpiInput { only: Some(customer), ..*input });
        prove(&cells, scopes, bands).err().map(|uneven| (customer, uneven))
    })
}

fn prove_cells(cells: &Cells, scopes: &[&str], bands: &AgingBands) -> Result<Vec<Proof>, Uneven> {
    let name = |scope: u16| scopes.get(usize::from(scope)).copied().unwrap_or("an unnamed scope");
    let mut wholes: BTreeMap<(u16, Currency), Cell> = BTreeMap::new();
    for ((part, currency), cell) in &cells.cells {
        let of = match (part.scope, &part.value) {
            (0, _) => String::new(),
            (scope, Some(value)) => format!(" of {} {value}", name(scope)),
            (scope, None) => format!(" of no {}", name(scope)),
        };
        is_open(&format!("the movements{of}"), *currency, cell.carried_forward(), cell)?;
        is_open(&format!("the aging bands{of}"), *currency, in_bands(cell), cell)?;
        wholes.entry((part.scope, *currency)).or_default().merge(cell);
    }
    let mut proofs = Vec::new();
    for ((scope, currency), whole) in &wholes {
        let currency = *currency;
        let mut add = |name: String, left| proofs.push(Proof { name, currency, left, right: whole[Sum::Open] });
        if *scope == 0 {
            let arrived = arrived(&cells.transitions, currency, bands);
            is_open("the transitions", currency, arrived, whole)?;
            if cells.transitions_since.keys().any(|key| key.currency == currency) {
                let arrived = self::arrived(&cells.transitions_since, currency, bands);
                is_open("the transitions since the earlier night", currency, arrived, whole)?;
                add("transitions since".to_owned(), arrived);
            }
            add("movement".to_owned(), whole.carried_forward());
            add("bands".to_owned(), in_bands(whole));
            add("transitions".to_owned(), arrived);
        } else {
            let all = wholes.get(&(0, currency)).cloned().unwrap_or_default();
            if let Some((left, right, is_money)) = whole.first_difference(&all) {
                let what = format!("the parts of {} are not the whole", name(*scope));
                return Err(if is_money { Uneven::money(what, currency, left, right) } else { Uneven::count(what, currency, left, right) });
            }
            add(format!("scope {}", name(*scope)), whole[Sum::Open]);
        }
    }
    Ok(proofs)
}

/// Every row of the transition matrix adds up to what was open in its band.
fn prove_rows(name: &str, transitions: &Transitions, before: &BTreeMap<(String, Currency), i128>) -> Result<Vec<Proof>, Uneven> {
    let mut rows: BTreeMap<(&str, Currency), (i128, i128)> = BTreeMap::new();
    for (key, movement) in transitions.iter().filter(|(key, _)| key.from != NEW) {
        rows.entry((&key.from, key.currency)).or_default().0 += movement.amount;
    }
    for ((bucket, currency), open) in before {
        rows.entry((bucket, *currency)).or_default().1 += open;
    }
    let mut wholes: BTreeMap<Currency, (i128, i128)> = BTreeMap::new();
    for ((bucket, currency), (moved, open)) in rows {
        if moved != open {
            return Err(Uneven::money(format!("what moved out of {bucket} is not what was open in it"), currency, moved, open));
        }
        let whole = wholes.entry(currency).or_default();
        *whole = (whole.0 + moved, whole.1 + open);
    }
    let proof = |(currency, (left, right))| Proof { name: name.to_owned(), currency, left, right };
    Ok(wholes.into_iter().map(proof).collect())
}

fn is_open(what: &str, currency: Currency, sum: i128, cell: &Cell) -> Result<(), Uneven> {
    let open = cell[Sum::Open];
    if sum == open { Ok(()) } else { Err(Uneven::money(format!("{what} are not the open balance"), currency, sum, open)) }
}

fn in_bands(cell: &Cell) -> i128 {
    cell.aging.iter().map(|band| band.amount).sum()
}

/// What moved into one of tonight's bands since the night before, what is new included.
fn arrived(transitions: &Transitions, currency: Currency, bands: &AgingBands) -> i128 {
    let into_bands = transitions.iter().filter(|(key, _)| key.currency == currency && bands.names().contains(&key.to));
    into_bands.map(|(_, movement)| movement.amount).sum()
}
