//! Whether the exports are of tonight, by the newest date in them.

use rayon::prelude::*;

use crate::base::contract::values::PAYMENT_STATUSES;
use crate::base::contract::{contacts, invoices, payments};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::table::Table;
use crate::error::{Exit, Failure};
use crate::night::freshness::{Days, Watch};
use crate::night::normalise::Shard;
use crate::night::normalise::reject::Finding;
use crate::rules::program::Program;
use crate::run::intake::Portfolio;
use crate::settings::{Settings, WhenStale};

/// Kind of the finding.
pub const STALE_EXPORT: &str = "stale_export";

/// A table that is watched.
struct Export {
    name: &'static str,
    /// What its newest row is, in words.
    row: &'static str,
    watch: Watch,
    days: Days,
}

/// What there is to say of exports that are not of tonight.
///
/// # Errors
/// [`Exit::Data`] where one lies beyond a limit of the job, or payments have no row any more, unless the job says that such a night is told of.
pub fn check(
    portfolio: &Portfolio,
    settings: &Settings,
    program: &Program,
    as_of: Date,
    before: Option<&Before>,
) -> Result<Vec<Finding>, Failure> {
    let freshness = &settings.freshness;
    let emptied = emptied(portfolio, settings, before);
    if let Some(finding) = emptied.as_ref().filter(|_| freshness.when_stale == WhenStale::Refuse) {
        return Err(refusal(vec![format!("{}: {}", finding.table, finding.message)]));
    }
    let days = |name: &str, of: fn(&Shard, Date) -> Days| {
        let all = || portfolio.shards.par_iter().map(|shard| of(shard, as_of)).reduce(Days::default, Days::with);
        portfolio.inputs.contains_key(name).then(all)
    };
    let of_invoices = days("invoices", |shard, as_of| Days::of(&shard.invoices, invoices::ISSUE_DATE, as_of, |_| true));
    let mut exports = Vec::new();
    if let Some(days) = days("payments", |shard, as_of| Days::of(&shard.payments, payments::PAYMENT_DATE, as_of, receipts(&shard.payments)))
    {
        // A ledger without any receipt has no rhythm of its own: one that bills every day is paid as often.
        let bills = of_invoices.is_some_and(|issued| issued.are_most(&program.calendar));
        let watch = match freshness.payments {
            Watch::Usual(limit) if days.newest.is_none() && bills => Watch::Within(limit),
            watch => watch,
        };
        let watch = if emptied.is_some() { Watch::Never } else { watch };
        exports.push(Export { name: "payments", row: "receipt", watch, days });
    }
    exports.extend(of_invoices.map(|days| Export { name: "invoices", row: "invoice", watch: freshness.invoices, days }));
    let of_contacts = days("contacts", |shard, as_of| Days::of(&shard.contacts, contacts::CONTACTED_ON, as_of, |_| true));
    exports.extend(of_contacts.map(|days| Export { name: "contacts", row: "contact", watch: freshness.contacts, days }));
    let stale = exports.iter().filter_map(|export| Some((export, finding(export, program, as_of)?)));
    let (refused, told): (Vec<_>, Vec<_>) =
        stale.partition(|(export, _)| freshness.when_stale == WhenStale::Refuse && of_job(export, settings));
    if refused.is_empty() {
        return Ok(emptied.into_iter().chain(told.into_iter().map(|(_, finding)| finding)).collect());
    }
    Err(refusal(refused.iter().map(|(export, finding)| format!("{}: {}", export.name, finding.message)).collect()))
}

fn refusal(messages: Vec<String>) -> Failure {
    Failure::all(Exit::Data, messages)
        .remedy("load the export of tonight and run again, or change freshness: in the job file; nothing was published")
}

/// What the night before had.
pub struct Before {
    pub night: Date,
    /// Rows of payments it read.
    pub payments: u64,
}

/// Payments without any row, where the night before had some: nobody's money is forgotten overnight.
fn emptied(portfolio: &Portfolio, settings: &Settings, before: Option<&Before>) -> Option<Finding> {
    let before = before.filter(|before| before.payments > 0)?;
    let is_empty = portfolio.inputs.get("payments").is_some_and(|input| input.rows() == 0);
    (is_empty && settings.freshness.payments != Watch::Never).then(|| {
        let rows = counted(before.payments, "row");
        let message = format!(
            "there is no row at all, and the night of {} had {rows}: was the export loaded? freshness: {{payments: none}} in the job file \
             says that it may be empty",
            before.night
        );
        Finding { kind: STALE_EXPORT, table: "payments", key: String::new(), message: message.into(), amount: None }
    })
}

/// Whether the limit is one the job states.
fn of_job(export: &Export, settings: &Settings) -> bool {
    let freshness = &settings.freshness;
    let stated = [("payments", freshness.payments), ("invoices", freshness.invoices), ("contacts", freshness.contacts)];
    stated.iter().any(|(name, watch)| *name == export.name && matches!(watch, Watch::Within(_)))
}

/// The rows of payments that are receipts: not what goes out, and not what is only expected.
fn receipts(table: &Table) -> impl Fn(usize) -> bool {
    |row| {
        let is_pending = table.choice(payments::STATUS, row).is_some_and(|status| PAYMENT_STATUSES[usize::from(status)] == "pending");
        !is_pending && table.money(payments::AMOUNT, row).is_some_and(|amount| amount > 0)
    }
}

fn finding(export: &Export, program: &Program, as_of: Date) -> Option<Finding> {
    let limit = export.days.exceeded(export.watch, as_of, &program.calendar)?.words();
    let row = export.row;
    let message = match export.days.newest {
        None => format!("there is no {row} up to {as_of}: was the export loaded?"),
        Some(newest) => format!(
            "the newest {row} is of {newest}, more than {limit} before {as_of}: is the export of an earlier day? \
             freshness: {{{}: ...}} in the job file says what is usual",
            export.name
        ),
    };
    let key = export.days.newest.map_or(String::new(), |newest| newest.to_string());
    Some(Finding { kind: STALE_EXPORT, table: export.name, key, message: message.into(), amount: None })
}
