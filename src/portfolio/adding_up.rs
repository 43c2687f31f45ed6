//! The sums of a portfolio prove themselves: movements lead to the balance, bands and scopes add up to it, transitions end in it.

use std::collections::BTreeMap;

use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::night::kpi::{Additive, AgingBands, Cell, Cells, Sum};

/// Two ways to the same sum of the whole portfolio in one currency, minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub name: String,
    pub currency: Currency,
    pub left: i128,
    pub right: i128,
}

/// Checks every cell, and gives back what was proved of the whole portfolio:
///
/// - `movement`: opening balance + invoiced + refunded - cash and credits applied - written off - sold = open balance;
/// - `bands`: the aging bands = open balance;
/// - `transitions`: what moved into tonight's bands = open balance;
/// - `scope NAME`: the open balances of a scope's parts = open balance. All other sums of the parts are compared as well.
///
/// # Errors
/// The first sum that does not add up: a fault of the engine.
pub fn prove(cells: &Cells, scopes: &[&str], bands: &AgingBands) -> Result<Vec<Proof>, Failure> {
    let name = |scope: u16| scopes.get(usize::from(scope)).copied().unwrap_or("an unnamed scope");
    let mut wholes: BTreeMap<(u16, Currency), Cell> = BTreeMap::new();
    for ((part, currency), cell) in &cells.cells {
        let of = match (part.scope, &part.value) {
            (0, _) => String::new(),
            (scope, Some(value)) => format!(" of {} {value}", name(scope)),
            (scope, None) => format!(" of no {}", name(scope)),
        };
        check(&format!("the movements{of}"), *currency, cell.carried_forward(), cell[Sum::Open])?;
        check(&format!("the aging bands{of}"), *currency, in_bands(cell), cell[Sum::Open])?;
        wholes.entry((part.scope, *currency)).or_default().merge(cell);
    }
    let mut proofs = Vec::new();
    for ((scope, currency), whole) in &wholes {
        let currency = *currency;
        let mut add = |name: String, left| proofs.push(Proof { name, currency, left, right: whole[Sum::Open] });
        if *scope == 0 {
            let arrived = arrived(cells, currency, bands);
            check("the transitions", currency, arrived, whole[Sum::Open])?;
            add("movement".to_owned(), whole.carried_forward());
            add("bands".to_owned(), in_bands(whole));
            add("transitions".to_owned(), arrived);
        } else {
            let all = wholes.get(&(0, currency));
            if all != Some(whole) {
                let message = format!("the parts of {} in {currency} do not add up to the whole portfolio", name(*scope));
                return Err(Failure::new(Exit::Bug, message));
            }
            add(format!("scope {}", name(*scope)), whole[Sum::Open]);
        }
    }
    Ok(proofs)
}

fn check(what: &str, currency: Currency, left: i128, right: i128) -> Result<(), Failure> {
    if left == right {
        return Ok(());
    }
    let text = |amount| format_amount(amount, currency.digits());
    let message = format!("{what} in {currency} do not add up to the open balance: {} is not {}", text(left), text(right));
    Err(Failure::new(Exit::Bug, message))
}

fn in_bands(cell: &Cell) -> i128 {
    cell.aging.iter().map(|band| band.amount).sum()
}

/// What moved into one of tonight's bands since the night before, what is new included.
fn arrived(cells: &Cells, currency: Currency, bands: &AgingBands) -> i128 {
    let into_bands = cells.transitions.iter().filter(|(key, _)| key.currency == currency && bands.names().contains(&key.to));
    into_bands.map(|(_, movement)| movement.amount).sum()
}
