//! The batches of collection agencies from night to night: by the manifest, which is there only once a night is whole.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::date::Date;
use crate::error::{Exit, Failure};
use crate::io::manifest::{self, Batch};
use crate::io::publish;
use crate::io::receipts::Receipts;
use crate::night::evaluate::{Evaluated, Night};
use crate::portfolio::placements::{self, Handed, Head, Heads};
use crate::rules::program::Program;
use crate::settings::Settings;

/// Hands over what is ready, behind the batches of the night before.
///
/// # Errors
/// As [`before`]; [`Exit::Data`] where what agencies have does not add up.
pub fn hand_over(shards: &mut [Evaluated], night_before: Option<&Path>, night: &Night<'_>) -> Result<Handed, Failure> {
    let before = before(night_before)?;
    placements::hand_over(shards, night.program, &before, night.as_of).map_err(|uneven| uneven.failure(None))
}

/// Refuses a night that says something else than a batch of it that an agency has, or that knows nothing of batches made before it: who
/// forgot what agencies have would hand it over again.
///
/// # Errors
/// [`Exit::Data`] where it would; what reading the receipts or the night before ends with.
pub fn check_sent(out: &Path, heads: &Heads, as_of: Date) -> Result<(), Failure> {
    for agency in Receipts::agencies(out) {
        let receipts = Receipts::of(out, &agency);
        for batch in receipts.batches() {
            let Some((_, sent)) = receipts.read(batch)? else { continue };
            if sent.made_on < as_of.to_string() {
                known(heads, as_of, &agency, batch)?;
            }
            let of_tonight = heads.get(&agency).filter(|head| head.made_on == as_of);
            let is_same = of_tonight.is_some_and(|head| head.batch == batch && head.hash == sent.chain.hash);
            if sent.made_on == as_of.to_string() && !is_same {
                return Err(Failure::new(
                    Exit::Data,
                    format!("{agency} has batch {batch} of {as_of}, and tonight would say something else in it"),
                )
                .remedy("what was handed over stays as it is: correct the ledger, and the next night tells the agency what changed"));
            }
        }
    }
    let earlier = publish::nights(out).into_iter().rev().find(|(night, _)| *night < as_of);
    for (agency, batch) in earlier.map_or_else(|| Ok(BTreeMap::new()), |(_, folder)| manifest::read(&folder).map(|night| night.batches))? {
        known(heads, as_of, &agency, batch.number)?;
    }
    Ok(())
}

/// What there is to say of agencies that only one of the job file and the rules knows: whose batches of tonight nobody can export, and who is
/// given nothing. It is no part of the night, which is the same whatever is said of exports.
pub fn apart(settings: &Settings, program: &Program, heads: &Heads, as_of: Date) -> Vec<String> {
    let unknown = heads.iter().filter(|(agency, head)| head.made_on == as_of && !settings.agencies.contains_key(*agency));
    let unknown = unknown.map(|(agency, head)| {
        format!("{agency} cannot be handed batch {}: the job file says nothing of {agency} under agencies", head.batch)
    });
    let idle = settings.agencies.keys().filter(|agency| program.routes.agency(agency).is_none() && !heads.contains_key(*agency));
    unknown.chain(idle.map(|agency| format!("{agency} is given nothing: no route of the rules names it"))).collect()
}

fn known(heads: &Heads, as_of: Date, agency: &str, batch: i64) -> Result<(), Failure> {
    // One of tonight follows the last that tonight knows of.
    let last = heads.get(agency).map_or(0, |head| head.batch - i64::from(head.made_on == as_of));
    if last >= batch {
        return Ok(());
    }
    let message = format!("{agency} has batch {batch}, and tonight knows of {last}: its debts would be handed over again");
    Err(Failure::new(Exit::Data, message)
        .remedy("run it on the state of the night before; what begins anew needs an out folder of its own"))
}

/// The last batch of each agency as the night before left it.
///
/// # Errors
/// [`Exit::NoInput`] or [`Exit::Data`] where its manifest cannot be read.
fn before(night: Option<&Path>) -> Result<Heads, Failure> {
    let Some(folder) = night else { return Ok(Heads::new()) };
    let batches = manifest::read(folder)?.batches.into_iter();
    batches
        .map(|(agency, batch)| {
            let made_on = Date::parse(&batch.made_on).ok_or_else(|| {
                Failure::new(Exit::Data, format!("{}: \"{}\" is not the day of a batch", folder.join("run.json").display(), batch.made_on))
                    .remedy("restore the folder, or compute the night again")
            })?;
            Ok((agency, Head { batch: batch.number, made_on, hash: batch.hash }))
        })
        .collect()
}

/// As the manifest of tonight writes them.
pub fn described(heads: &Heads) -> BTreeMap<String, Batch> {
    let batch = |head: &Head| Batch { number: head.batch, made_on: head.made_on.to_string(), hash: head.hash.clone() };
    heads.iter().map(|(agency, head)| (agency.clone(), batch(head))).collect()
}
