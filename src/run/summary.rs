//! What a person reads when a night is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::contract::batches::{AGENCY, AMOUNT_CHANGED, AMOUNT_PLACED, BATCH, CHANGES, CURRENCY, DEBTS};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::base::table::Table;
use crate::io::manifest::Shadowed;
use crate::io::publish;
use crate::night::accruals::RATES_RUN_OUT;
use crate::night::escalation::reach::{NOWHERE, UNREACHABLE};
use crate::night::evaluate::Night;
use crate::night::kpi::Sum;
use crate::night::normalise::reject::Finding;
use crate::portfolio::attainment::{self, attained};
use crate::portfolio::figures::{Basis, KpiRow};
use crate::portfolio::trials::headline;
use crate::rules::diagnostics::Diagnostic;
use crate::run::absent_columns::NOT_IN_FILES;
use crate::run::freshness::STALE_EXPORT;
use crate::run::intake::Portfolio;
use crate::run::outputs::Figures;
use crate::run::signs::MOSTLY_NEGATIVE;
use crate::run::written_otherwise::WRITTEN_OTHERWISE;
use crate::run::{FORGOTTEN_STEP, Worked, outputs};

/// Rows below which nothing is said of nearly all of them.
const FEW: u64 = 10;

/// The figures of a published night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub folder: PathBuf,
    pub as_of: String,
    /// The night whose state this one starts from; `None` where every ladder starts afresh.
    pub night_before: Option<String>,
    /// Rows by table: read, used, ignored, rejected.
    pub rows: BTreeMap<String, [u64; 4]>,
    /// Open and overdue balance by currency, in whole units.
    pub balances: BTreeMap<String, [String; 2]>,
    /// Days sales outstanding over 90 days, all currencies converted.
    pub dso: Option<String>,
    /// Actions by kind and status.
    pub actions: BTreeMap<String, u64>,
    /// Penalties told tonight, by currency, in whole units.
    pub penalties: BTreeMap<String, String>,
    /// Findings by kind.
    pub findings: BTreeMap<String, u64>,
    /// Rules on trial: customers and open items each would have decided about, and what is collectible of them.
    pub shadows: Vec<Shadowed>,
    /// Champion and challenger: the name of each trial, and what it came to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<(String, String)>,
    /// Batches of collection agencies, and what each says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<(String, String)>,
    /// Debts that were to be handed over and were not.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_handed_over: usize,
    /// Agencies that only one of the job file and the rules knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agencies_apart: Vec<String>,
    /// Targets whose figure is where it was meant to be, of those that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// Invoices whose penalties rest on a rate nobody confirmed.
    pub unconfirmed_rates: u64,
    /// What there is to say of exports whose newest date lies far back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale_exports: Vec<String>,
    /// What there is to say of each column of ids that the ledger writes otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub written_otherwise: Vec<String>,
    /// The night another run would have started from: in the output folder of the job, where this one is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night_elsewhere: Option<PathBuf>,
    /// What holds nearly all actions, where one thing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by_one: Option<HeldByOne>,
    /// Steps that are gone and on which customers stand: these start again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forgotten_steps: Vec<String>,
    /// Customers whom nothing reaches and whose step waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nowhere: Option<String>,
    /// Columns that rules read, may do without, and do not find.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent_columns: Vec<String>,
    /// What there is to say of each table of which nearly all amounts are below zero.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mostly_negative: Vec<String>,
    /// Invoices due before they were issued, where nearly all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_before_issue: Option<String>,
    /// What there is to say of each series of rates that ends soon.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates_run_out: Vec<String>,
    /// Remarks on the rule files.
    pub rule_warnings: usize,
    /// Published nights after this one: their state knows nothing of it, or only the night that was replaced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outdated: Vec<String>,
}

/// One block, hold or guard that holds nearly all actions of a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldByOne {
    pub reason: String,
    pub held: u64,
    /// All actions of the night.
    pub of: u64,
}

/// Actions a night must have before it is worth saying that one thing holds them.
const FEWEST_ACTIONS: u64 = 10;

impl HeldByOne {
    /// What holds at least nine of ten actions; their number is `of`.
    fn of(reasons: &BTreeMap<String, u64>, of: u64) -> Option<HeldByOne> {
        let (reason, held) = reasons.iter().max_by_key(|(_, held)| **held)?;
        (of >= FEWEST_ACTIONS && held * 10 >= of * 9).then(|| HeldByOne { reason: reason.clone(), held: *held, of })
    }
}

impl Summary {
    /// Notes that another output folder has a night this one could have started from, where it started from none.
    #[must_use]
    pub fn beside(mut self, out: &Path, as_of: Date) -> Summary {
        if self.night_before.is_none() {
            self.night_elsewhere = publish::latest_before(out, as_of).map(|(_, folder)| folder);
        }
        self
    }

    /// The figures of a night.
    pub fn of(
        folder: &Path,
        worked: &Worked,
        figures: &Figures,
        portfolio: &Portfolio,
        night: &Night<'_>,
        warnings: &[Diagnostic],
    ) -> Summary {
        let rows = outputs::counts(worked, portfolio);
        let used = rows.get("invoices").map_or(0, |count| count.used);
        let dso = figures.rows.iter().find(|row| row.indicator.kpi == "dso_simple" && row.scope == "all" && row.basis == Basis::Reporting);
        let all = figures.cells.cells.iter().filter(|((part, _), _)| part.scope == 0);
        Summary {
            folder: folder.to_owned(),
            as_of: night.as_of.to_string(),
            night_before: None,
            rows: rows.into_iter().map(|(table, count)| (table, [count.read, count.used, count.ignored, count.rejected])).collect(),
            balances: all
                .map(|((_, currency), cell)| {
                    (currency.code().to_owned(), [text(cell[Sum::Open], *currency), text(cell[Sum::Overdue], *currency)])
                })
                .collect(),
            dso: dso.and_then(|row| row.indicator.figure.value).map(|value| format_amount(value, 6)),
            actions: actions(worked),
            penalties: penalties(worked),
            findings: findings(worked),
            shadows: outputs::shadows(&worked.shards, night.program),
            trials: trials(&figures.rows, night),
            batches: batches(&worked.handed.batches),
            not_handed_over: worked.handed.refusals.len(),
            agencies_apart: Vec::new(),
            targets: attainment::headline(&attained(portfolio.targets.as_deref().unwrap_or_default(), &figures.rows, night.as_of)),
            unconfirmed_rates: worked.shards.iter().map(|shard| shard.unconfirmed).sum(),
            stale_exports: of_kind(worked, STALE_EXPORT, |found| format!("{}: {}", found.table, found.message)),
            written_otherwise: of_kind(worked, WRITTEN_OTHERWISE, |found| format!("{}: {}", found.table, found.message)),
            night_elsewhere: None,
            held_by_one: held_by_one(worked),
            forgotten_steps: of_kind(worked, FORGOTTEN_STEP, |found| format!("{}: {}", found.key, found.message)),
            nowhere: nowhere(worked),
            absent_columns: of_kind(worked, NOT_IN_FILES, |found| format!("{}: {}", found.table, found.message)),
            mostly_negative: of_kind(worked, MOSTLY_NEGATIVE, |found| format!("{}: {}", found.table, found.message)),
            due_before_issue: due_before_issue(worked, used),
            rates_run_out: of_kind(worked, RATES_RUN_OUT, |found| found.message.to_string()),
            rule_warnings: warnings.len(),
            outdated: Vec::new(),
        }
    }
}

fn trials(rows: &[KpiRow], night: &Night<'_>) -> Vec<(String, String)> {
    let trials = night.program.trials.iter();
    trials.filter_map(|trial| Some((trial.id.clone(), headline(rows, &trial.id)?))).collect()
}

/// The findings of a kind, in words.
fn of_kind(worked: &Worked, kind: &str, words: impl Fn(&Finding) -> String) -> Vec<String> {
    worked.findings.iter().filter(|found| found.kind == kind).map(words).collect()
}

fn nowhere(worked: &Worked) -> Option<String> {
    let of = |found: &&Finding| found.kind == UNREACHABLE && found.message.contains(NOWHERE);
    let customers: BTreeSet<&str> = worked.findings.iter().filter(of).map(|found| found.key.as_str()).collect();
    let (who, wait) = (counted(customers.len(), "customer"), if customers.len() == 1 { "waits" } else { "wait" });
    (!customers.is_empty())
        .then(|| format!("customers: {who} without any address that works {wait}: record one, or give the step an otherwise"))
}

/// Single invoices due before they were issued are usual; nearly all of them are a mapping turned round.
fn due_before_issue(worked: &Worked, used: u64) -> Option<String> {
    let backwards = of_kind(worked, "due_before_issue", |_| String::new()).len() as u64;
    let nearly_all = backwards >= FEW && u128::from(backwards) * 10 >= u128::from(used) * 9;
    nearly_all.then(|| {
        format!("invoices: {backwards} of {used} are due before they were issued: are the columns issue_date and due_date swapped?")
    })
}

fn text(amount: i128, currency: Currency) -> String {
    format_amount(amount, currency.digits())
}

fn actions(worked: &Worked) -> BTreeMap<String, u64> {
    use crate::base::contract::actions::{ACTION, STATUS};
    let mut counts = BTreeMap::new();
    for shard in &worked.shards {
        for row in 0..shard.actions.len() {
            let part = |column| String::from_utf8_lossy(shard.actions.text(column, row).unwrap_or_default()).into_owned();
            *counts.entry(format!("{} {}", part(ACTION), part(STATUS))).or_default() += 1;
        }
    }
    counts
}

fn held_by_one(worked: &Worked) -> Option<HeldByOne> {
    use crate::base::contract::actions::{STATUS, STATUS_REASON};
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut of = 0;
    for table in worked.shards.iter().map(|shard| &shard.actions) {
        of += u64::try_from(table.len()).unwrap_or(u64::MAX);
        for row in (0..table.len()).filter(|row| table.text(STATUS, *row) == Some(b"held")) {
            let reason = String::from_utf8_lossy(table.text(STATUS_REASON, row).unwrap_or_default()).into_owned();
            *reasons.entry(reason).or_default() += 1;
        }
    }
    HeldByOne::of(&reasons, of)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// `NORD, batch 2` and what it says, one line for each currency.
fn batches(table: &Table) -> Vec<(String, String)> {
    let text_of = |column, row| String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned();
    let line = |row: usize| {
        let number = |column| table.whole(column, row).and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let currency = Currency::parse(table.text(CURRENCY, row).unwrap_or_default());
        let amount = |column| {
            let thousandths = i128::from(table.money(column, row).unwrap_or(0));
            currency.map(|currency| text(thousandths / i128::from(currency.thousandths()), currency)).unwrap_or_default()
        };
        let words = format!(
            "{} for {} {currency}, {} for {} {currency}",
            counted(number(DEBTS), "debt"),
            amount(AMOUNT_PLACED),
            counted(number(CHANGES), "change"),
            amount(AMOUNT_CHANGED),
            currency = text_of(CURRENCY, row),
        );
        (format!("{}, batch {}", text_of(AGENCY, row), number(BATCH)), words)
    };
    (0..table.len()).map(line).collect()
}

fn penalties(worked: &Worked) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for (currency, sum) in worked.shards.iter().flat_map(|shard| &shard.accrued_tonight) {
        *sums.entry(*currency).or_default() += sum;
    }
    sums.into_iter().map(|(currency, sum)| (currency.code().to_owned(), text(sum, currency))).collect()
}

fn findings(worked: &Worked) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for finding in &worked.findings {
        *counts.entry(finding.kind.to_owned()).or_default() += 1;
    }
    counts
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "night of {}", self.as_of)?;
        writeln!(f, "night before    {}", self.night_before.as_deref().unwrap_or("none: every ladder starts afresh"))?;
        if let Some(folder) = &self.night_elsewhere {
            let out = folder.parent().unwrap_or(folder).display();
            writeln!(f, "there is one in {}: --state {out} starts from it", folder.display())?;
        }
        writeln!(f, "\n{:<16}{:>14}{:>14}{:>12}{:>12}", "rows", "read", "used", "ignored", "rejected")?;
        for (table, [read, used, ignored, rejected]) in &self.rows {
            writeln!(f, "{table:<16}{read:>14}{used:>14}{ignored:>12}{rejected:>12}")?;
        }
        // With no night before, tonight's are the ones of all time, and would look like one day's.
        let heading = if self.night_before.is_some() { "penalties tonight" } else { "penalties to date" };
        writeln!(f, "\n{:<16}{:>24}{:>24}{heading:>22}", "balance", "open", "overdue")?;
        for (currency, [open, overdue]) in &self.balances {
            let penalties = self.penalties.get(currency).map_or("", String::as_str);
            writeln!(f, "{currency:<16}{open:>24}{overdue:>24}{penalties:>22}")?;
        }
        if self.night_before.is_none() && !self.penalties.is_empty() {
            writeln!(f, "penalties are those of the whole past: no night before this one has told any")?;
        }
        counts(f, "actions", &self.actions)?;
        if let Some(HeldByOne { reason, held, of }) = &self.held_by_one {
            writeln!(f, "{held} of {of} actions are held by {reason}")?;
        }
        counts(f, "findings", &self.findings)?;
        if !self.shadows.is_empty() {
            writeln!(f, "\n{:<40}{:>12}{:>12}  {:>22}", "on trial, not acted upon", "customers", "items", "collectible")?;
            for shadow in &self.shadows {
                let amounts: Vec<String> = shadow.amounts.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
                writeln!(f, "{:<40}{:>12}{:>12}  {:>22}", shadow.rule, shadow.customers, shadow.items, amounts.join(" + "))?;
            }
        }
        if let Some(targets) = &self.targets {
            writeln!(f, "\ntargets         {targets} attained")?;
        }
        if !self.trials.is_empty() {
            writeln!(f, "\ntrials")?;
            self.trials.iter().try_for_each(|(trial, words)| writeln!(f, "{trial:<28}{words}"))?;
        }
        if !self.batches.is_empty() || self.not_handed_over > 0 {
            writeln!(f, "\nagencies")?;
            self.batches.iter().try_for_each(|(batch, words)| writeln!(f, "{batch:<28}{words}"))?;
        }
        if self.not_handed_over > 0 {
            let debts = counted(self.not_handed_over, "debt");
            writeln!(f, "{debts} could not be handed over: placement_refusals.parquet says why")?;
        }
        self.agencies_apart.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "\ndso (90 days)   {}", self.dso.as_deref().unwrap_or("none: no sales in the window"))?;
        if self.unconfirmed_rates > 0 {
            writeln!(f, "unconfirmed rates were used on {} invoices: see confirmed_by in the rate files", self.unconfirmed_rates)?;
        }
        let exports = self
            .stale_exports
            .iter()
            .chain(&self.written_otherwise)
            .chain(&self.mostly_negative)
            .chain(&self.due_before_issue)
            .chain(&self.absent_columns)
            .chain(&self.nowhere);
        for line in exports.chain(&self.forgotten_steps).chain(&self.rates_run_out) {
            writeln!(f, "{line}")?;
        }
        if !self.outdated.is_empty() {
            let nights = self.outdated.join(", ");
            writeln!(f, "later nights were computed without what this one left, run them again in order with --replace: {nights}")?;
        }
        writeln!(f, "tables are in   {}", self.folder.display())
    }
}

/// A part of the summary that counts things by name; one line where there are none.
fn counts(f: &mut fmt::Formatter<'_>, what: &str, counts: &BTreeMap<String, u64>) -> fmt::Result {
    if counts.is_empty() {
        return writeln!(f, "\nno {what} tonight");
    }
    writeln!(f, "\n{what}")?;
    counts.iter().try_for_each(|(name, count)| writeln!(f, "{name:<28}{count:>12}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_that_holds_nearly_everything_is_told() {
        let check = |counts: &[(&str, u64)], of: u64, expected: Option<(&str, u64)>| {
            let reasons = counts.iter().map(|(name, held)| ((*name).to_owned(), *held)).collect();
            let found = HeldByOne::of(&reasons, of);
            assert_eq!(found.as_ref().map(|found| (found.reason.as_str(), found.held)), expected, "{reasons:?} of {of}");
        };
        check(&[("promise", 54)], 54, Some(("promise", 54)));
        check(&[("guard:no_phone", 3), ("promise", 90)], 100, Some(("promise", 90)));
        check(&[("promise", 89), ("guard:no_phone", 11)], 100, None);
        check(&[("promise", 9)], 9, None);
        check(&[], 100, None);
    }

    #[test]
    fn amounts_of_many_currencies_stand_apart_from_the_count_before_them() {
        let amounts = [("EUR", "5451.87"), ("GBP", "197.81"), ("JPY", "101062")];
        let shadowed = Shadowed {
            rule: "small.early_call".to_owned(),
            part: "step".to_owned(),
            customers: 18,
            items: 35,
            amounts: amounts.iter().map(|(code, amount)| ((*code).to_owned(), (*amount).to_owned())).collect(),
        };
        let summary = Summary {
            folder: PathBuf::from("out/as_of=2026-11-20"),
            as_of: "2026-11-20".to_owned(),
            night_before: None,
            rows: BTreeMap::new(),
            balances: BTreeMap::new(),
            dso: None,
            actions: BTreeMap::new(),
            penalties: BTreeMap::new(),
            findings: BTreeMap::new(),
            shadows: vec![shadowed],
            trials: Vec::new(),
            targets: None,
            batches: Vec::new(),
            not_handed_over: 0,
            agencies_apart: Vec::new(),
            unconfirmed_rates: 0,
            stale_exports: Vec::new(),
            written_otherwise: Vec::new(),
            night_elsewhere: None,
            held_by_one: None,
            forgotten_steps: Vec::new(),
            nowhere: None,
            absent_columns: Vec::new(),
            mostly_negative: Vec::new(),
            due_before_issue: None,
            rates_run_out: Vec::new(),
            rule_warnings: 0,
            outdated: Vec::new(),
        };
        let text = summary.to_string();
        let line = text.lines().find(|line| line.starts_with("small.early_call")).expect("a line");
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words, ["small.early_call", "18", "35", "5451.87", "EUR", "+", "197.81", "GBP", "+", "101062", "JPY"]);
    }
}
