//! `relance agency status`: what every agency has, and which batches it was handed.

use std::collections::BTreeMap;

use crate::base::contract::placements;
use crate::base::counted::counted;
use crate::base::money::{Currency, format_amount};
use crate::desk::tables::of_night;
use crate::error::{Exit, Failure};
use crate::io::receipts::Receipts;
use crate::io::{manifest, publish};
use crate::settings::Settings;

/// What one agency has in one currency, thousandths.
#[derive(Default)]
struct Having {
    debts: usize,
    recalled: usize,
    balance: i128,
    collected: i128,
    commission: i128,
}

/// The state of all agencies, or of one, as of the newest night.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published; what reading it ends with.
pub fn status(settings: &Settings, agency: Option<&str>) -> Result<String, Failure> {
    let out = &settings.places.out;
    let (on, folder) = publish::nights(out).pop().ok_or_else(|| {
        Failure::new(Exit::NoInput, format!("no night is published in {}", out.display())).remedy("relance run publishes one")
    })?;
    let table = of_night(&placements::SPEC, &folder)?;
    let mut all: BTreeMap<String, BTreeMap<Currency, Having>> = BTreeMap::new();
    for row in 0..table.len() {
        let text = |column| String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned();
        let Some(currency) = Currency::parse(text(placements::CURRENCY).as_bytes()) else { continue };
        let having = all.entry(text(placements::AGENCY)).or_default().entry(currency).or_default();
        let money = |column| i128::from(table.money(column, row).unwrap_or(0));
        having.collected += money(placements::COLLECTED);
        having.commission += money(placements::COMMISSION);
        match text(placements::STATUS).as_str() {
            "ended" => continue,
            "recalled" => having.recalled += 1,
            _ => {}
        }
        having.debts += 1;
        having.balance += money(placements::BALANCE);
    }
    let heads = manifest::read(&folder)?.batches;
    heads.keys().cloned().chain(Receipts::agencies(out)).chain(settings.agencies.keys().cloned()).for_each(|id| {
        all.entry(id).or_default();
    });
    let mut told = format!("agencies on {on}\n");
    for (id, having) in all.iter().filter(|(id, _)| agency.is_none_or(|wanted| wanted == id.as_str())) {
        let receipts = Receipts::of(out, id);
        let sent = receipts.batches().into_iter().filter(|batch| receipts.is_sent(*batch)).max();
        let made = heads.get(id).map(|head| head.number);
        told.push_str(&format!("\n{id:<16}{}\n", batches(made, sent)));
        for (currency, having) in having {
            told.push_str(&line(*currency, having));
        }
    }
    Ok(told)
}

fn batches(made: Option<i64>, sent: Option<i64>) -> String {
    match (made, sent) {
        (None, _) => "no batch yet".to_owned(),
        (Some(made), Some(sent)) if sent >= made => format!("batch {made} handed over"),
        (Some(made), sent) => {
            let waiting = usize::try_from(made - sent.unwrap_or(0)).unwrap_or(0);
            let waits = if waiting == 1 { "waits" } else { "wait" };
            format!(
                "batch {made} made, {} handed over: {} {waits}",
                sent.map_or_else(|| "none".to_owned(), |sent| format!("batch {sent}")),
                count(waiting)
            )
        }
    }
}

/// `1 batch`, `2 batches`.
fn count(batches: usize) -> String {
    if batches == 1 { "1 batch".to_owned() } else { format!("{batches} batches") }
}

fn line(currency: Currency, having: &Having) -> String {
    let text = |thousandths: i128| {
        format!("{} {}", format_amount(thousandths / i128::from(currency.thousandths()), currency.digits()), currency.code())
    };
    format!(
        "  {} for {}, {} recalled; collected {}, of which it keeps {}\n",
        counted(having.debts, "debt"),
        text(having.balance),
        having.recalled,
        text(having.collected),
        text(having.commission)
    )
}
