//! Histories from their documents: receipts, refunds and credit notes go through the replay of the ledger, which must apply them as they were
//! drawn, and penalties on what it leaves are those of the independent computation. `RELANCE_PROOF_LEDGERS` sets how many (default 2 000).

use proptest::prelude::*;
use relance::base::date::Date;
use relance::base::money::Amount;
use relance::night::documents::{Deposits, Money, MoneyKind};
use relance::night::ledger::replay::{Unallocated, replay};
use relance::night::ledger::{Application, ApplicationKind, Item, Ledger};
use relance::night::penalties::Terms;

use crate::case::Case;
use crate::drawing::{drawing, night, terms};
use crate::oracle::Found;
use crate::{applied, draw};

/// One document for each time money was drawn, in the order of their ids.
fn documents(case: &Case) -> Vec<Money> {
    let document = |parts: &[Application]| {
        let amount: Amount = parts.iter().map(|part| part.amount).sum();
        let is_credit = parts[0].kind == ApplicationKind::Credit;
        Money {
            customer: 0,
            kind: if is_credit { MoneyKind::Credit } else { MoneyKind::Payment },
            row: 0,
            date: parts[0].date,
            amount: if parts[0].kind == ApplicationKind::Refund { Amount(-amount.0) } else { amount },
            currency: case.invoice.currency,
            invoice: Some(0),
        }
    };
    case.applications.chunk_by(|a, b| a.source == b.source).map(document).collect()
}

/// The ledger that these documents make.
fn replayed(case: &Case) -> Ledger {
    let fresh = case.items.iter().map(|item| Item::new(0, 0, item.sequence, item.due_date, item.amount));
    let done = replay(&[case.invoice], &documents(case), &Deposits::default(), fresh.collect(), Unallocated::OldestDueFirst);
    assert_eq!(done.overpaid, [], "nothing was drawn beyond what is open");
    done.ledger
}

/// What met which item, when, and for how much; how it left is told by the invoice.
fn met(ledger: &Ledger) -> Vec<(u32, Date, ApplicationKind, i64)> {
    let money = ledger.applications.iter().filter(|application| application.source != u32::MAX);
    money.map(|application| (application.item, application.date, application.kind, application.amount.0)).collect()
}

#[test]
fn the_documents_of_a_ledger_lead_to_the_same() {
    let on_a_night = |drawing: crate::Drawing| {
        let night = night(&drawing);
        (Just(drawing), night)
    };
    let strategy = (drawing().prop_flat_map(on_a_night), applied(), terms());
    draw("RELANCE_PROOF_LEDGERS", 2_000, &strategy, |((drawing, days), applied, terms)| {
        let terms = Terms { as_of: drawing.at(days), ..terms };
        let expected = applied.by_oracle(&drawing, terms);
        applied.scheduled(&drawing, terms, |case, schedule| {
            let ledger = replayed(case);
            prop_assert_eq!(met(&ledger), met(&case.ledger()));
            let told = case.accrue_on(&ledger, schedule, terms).ok();
            prop_assert_eq!(told.map(|(accrued, _)| Found::of(&accrued)), expected);
            Ok(())
        })
    });
}
