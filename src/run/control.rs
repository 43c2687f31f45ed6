//! Sums over all shards that are compared before anything is published: identities, refused rows, the ledger's own totals.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::contract::{INPUTS, control_totals, fx, invoices, payments};
use crate::base::counted::counted;
use crate::base::money::{Currency, Rate, divide_half_up};
use crate::base::nearest::did_you_mean;
use crate::base::table::Table;
use crate::error::{Exit, Failure};
use crate::night::documents::MoneyKind;
use crate::night::evaluate::Evaluated;
use crate::night::kpi::{Additive, Cells, Count as KpiCount, Sum};
use crate::night::ledger::Ledger;
use crate::night::ledger::replay::Replayed;
use crate::night::normalise::documents::{Documents, money_id};
use crate::night::normalise::invoices::Judged;
use crate::night::normalise::reject::{Finding, Reason, Reject};
use crate::night::normalise::{Count, Fate, Shard};
use crate::portfolio::control::{Totals, check_payments, merge_totals};
use crate::portfolio::control_totals::{ControlTotals, TABLES, Tally, check_control_totals};
use crate::portfolio::penalties::PenaltySums;
use crate::run::intake::Portfolio;
use crate::settings::Settings;

/// Refused rows shown when a run is refused for them.
const SHOWN: usize = 5;

/// Sums of one shard, or of several.
#[derive(Debug, Default)]
pub struct Control {
    /// Both sides of the ledger's identities.
    pub totals: Totals,
    /// Both sides of what is proved of penalties.
    pub penalties: PenaltySums,
    /// Accepted payments, all of them, and those that are not settled cash.
    pub payments: BTreeMap<Currency, i128>,
    pub unsettled: BTreeMap<Currency, i128>,
    /// Accepted rows and what is open of them, by table and currency; by customer only where the ledger's totals are.
    pub tallies: ControlTotals,
    /// Absolute amounts read, in thousandths, by table.
    pub read: BTreeMap<&'static str, i128>,
    pub refused: BTreeMap<&'static str, i128>,
    pub rejects: Vec<Reject>,
    pub counts: BTreeMap<&'static str, Count>,
}

/// Rows and minor units by currency: there are few, and neighbours mostly share theirs.
#[derive(Default)]
struct ByCurrency(Vec<(Currency, Tally)>);

impl ByCurrency {
    fn add(&mut self, currency: Currency, amount: i64) {
        let place = self.0.iter().position(|(known, _)| *known == currency).unwrap_or_else(|| {
            self.0.push((currency, Tally::default()));
            self.0.len() - 1
        });
        let tally = &mut self.0[place].1;
        tally.count += 1;
        tally.amount += i128::from(amount);
    }
}

impl Control {
    /// The sums of a shard, also customer by customer if these are compared. Findings of intake and ledger join those of the later stages.
    pub fn of(
        shard: &Shard,
        judged: &Judged,
        documents: &Documents<'_>,
        replayed: &Replayed,
        totals: Totals,
        evaluated: &mut Evaluated,
        by_customer: bool,
    ) -> Control {
        let mut control = Control { totals, ..Control::of_intake(shard, judged, documents) };
        control.tally_open(&evaluated.cells);
        if by_customer {
            control.tally_customers(shard, judged, documents, &replayed.ledger);
        }
        evaluated.findings.extend(documents.findings.iter().cloned());
        evaluated.findings.extend(replayed.overpaid.iter().map(|(at, left)| {
            let money = &documents.money[*at as usize];
            let key = String::from_utf8_lossy(money_id(shard, money)).into_owned();
            let amount = Some(left.0.saturating_mul(money.currency.thousandths()));
            let message = "the payment is larger than what was open on the invoice it names; the rest is on account";
            Finding { kind: "overpaid", table: "payments", key, message: message.into(), amount }
        }));
        control
    }

    /// What was refused of a shard, and of how much.
    pub fn of_intake(shard: &Shard, judged: &Judged, documents: &Documents<'_>) -> Control {
        let mut control = Control { rejects: documents.rejects.clone(), ..Control::default() };
        control.counts.extend(documents.counts.iter().copied());
        control.tally_invoices(shard, judged);
        control.tally_payments(shard, documents);
        control
    }

    fn tally_invoices(&mut self, shard: &Shard, judged: &Judged) {
        let (mut read, mut refused) = (0, 0);
        let mut accepted = ByCurrency::default();
        for row in 0..shard.invoices.len() {
            let amount = shard.invoices.money(invoices::AMOUNT, row).unwrap_or(0);
            read += i128::from(amount).abs();
            match judged.fates[row] {
                Fate::Used => accepted.add(judged.currencies[row], amount / judged.currencies[row].thousandths()),
                Fate::Refused => refused += i128::from(amount).abs(),
                Fate::Ignored => {}
            }
        }
        self.read.insert("invoices", read);
        self.refused.insert("invoices", refused);
        self.accept("invoices", &accepted);
    }

    fn tally_payments(&mut self, shard: &Shard, documents: &Documents<'_>) {
        let (mut settled, mut unsettled) = (ByCurrency::default(), ByCurrency::default());
        for money in documents.money.iter().filter(|money| money.kind == MoneyKind::Payment) {
            settled.add(money.currency, money.amount.0);
        }
        for (_, currency, amount) in &documents.unsettled {
            unsettled.add(*currency, amount.0);
        }
        for sums in [&settled, &unsettled] {
            self.accept("payments", sums);
            sums.0.iter().for_each(|(currency, tally)| *self.payments.entry(*currency).or_default() += tally.amount);
        }
        unsettled.0.iter().for_each(|(currency, tally)| *self.unsettled.entry(*currency).or_default() += tally.amount);
        let refused: BTreeSet<u32> =
            documents.rejects.iter().filter(|reject| reject.table == "payments").map(|reject| reject.source_row).collect();
        let (mut read, mut lost) = (0, 0);
        for row in 0..shard.payments.len() {
            let amount = i128::from(shard.payments.money(payments::AMOUNT, row).unwrap_or(0)).abs();
            read += amount;
            if !refused.is_empty() && refused.contains(&shard.payments.source_row[row]) {
                lost += amount;
            }
        }
        self.read.insert("payments", read);
        self.refused.insert("payments", lost);
    }

    fn accept(&mut self, table: &'static str, sums: &ByCurrency) {
        for (currency, more) in &sums.0 {
            self.tallies.whole.entry((table, *currency)).or_default().merge(more);
        }
    }

    fn tally_open(&mut self, cells: &Cells) {
        for ((_, currency), cell) in cells.cells.iter().filter(|((part, _), cell)| part.scope == 0 && cell[KpiCount::OpenItems] > 0) {
            let open = Tally { count: i128::from(cell[KpiCount::OpenItems]), amount: cell[Sum::Open] };
            self.tallies.whole.entry(("open_items", *currency)).or_default().merge(&open);
        }
    }

    /// The same, customer by customer, as the rows name them.
    fn tally_customers(&mut self, shard: &Shard, judged: &Judged, documents: &Documents<'_>, ledger: &Ledger) {
        let mut add = |table, currency, customer: &[u8], amount: i128| {
            self.tallies.by_customer.entry((table, currency, customer.into())).or_default().merge(&Tally { count: 1, amount });
        };
        for row in (0..shard.invoices.len()).filter(|row| judged.fates[*row] == Fate::Used) {
            let (currency, customer) = (judged.currencies[row], shard.invoices.text(invoices::CUSTOMER_ID, row).unwrap_or_default());
            let amount = shard.invoices.money(invoices::AMOUNT, row).unwrap_or(0) / currency.thousandths();
            add("invoices", currency, customer, i128::from(amount));
        }
        let id = |customer: u32| documents.customer_ids[customer as usize];
        for money in documents.money.iter().filter(|money| money.kind == MoneyKind::Payment) {
            add("payments", money.currency, id(money.customer), money.amount.wide());
        }
        for (customer, currency, amount) in &documents.unsettled {
            add("payments", *currency, id(*customer), amount.wide());
        }
        for item in ledger.items.iter().filter(|item| item.open.is_positive()) {
            add("open_items", documents.invoices[item.invoice as usize].currency, id(item.customer), item.open.wide());
        }
    }

    /// Adds the sums of another shard.
    pub fn merge(&mut self, other: Control) {
        merge_totals(&mut self.totals, &other.totals);
        self.penalties.merge(&other.penalties);
        for (own, more) in [(&mut self.payments, other.payments), (&mut self.unsettled, other.unsettled)] {
            more.into_iter().for_each(|(currency, sum)| *own.entry(currency).or_default() += sum);
        }
        for (own, more) in [(&mut self.read, other.read), (&mut self.refused, other.refused)] {
            more.into_iter().for_each(|(table, sum)| *own.entry(table).or_default() += sum);
        }
        for (key, tally) in other.tallies.whole {
            self.tallies.whole.entry(key).or_default().merge(&tally);
        }
        for (key, tally) in other.tallies.by_customer {
            self.tallies.by_customer.entry(key).or_default().merge(&tally);
        }
        for (table, count) in other.counts {
            self.counts.entry(table).or_default().merge(count);
        }
        self.rejects.extend(other.rejects);
    }
}

/// Compares accepted payments with what became of them, and the ledger with the totals the job file gives.
///
/// # Errors
/// [`Exit::Data`] with every difference.
pub fn check_totals(portfolio: &Portfolio, control: &Control) -> Result<(), Failure> {
    check_payments(&control.payments, &control.unsettled, &control.totals)?;
    check_control_totals(&given_totals(&portfolio.control_totals)?, &control.tallies)
}

/// The totals the job file gives.
fn given_totals(table: &Table) -> Result<ControlTotals, Failure> {
    let mut given = ControlTotals::default();
    let refused = |row: usize, what: &str| Failure::new(Exit::Data, format!("control_totals: row {} {what}", row + 1));
    for row in 0..table.len() {
        let name = table.text(control_totals::TABLE, row).map(|name| String::from_utf8_lossy(name).into_owned());
        let currency = table.text(control_totals::CURRENCY, row).and_then(Currency::parse);
        let (count, amount) = (table.whole(control_totals::COUNT, row), table.money(control_totals::AMOUNT, row));
        let (Some(name), Some(currency), Some(count), Some(amount)) = (name, currency, count, amount) else {
            return Err(refused(row, "lacks table, currency, count or amount"));
        };
        let Some(table_name) = TABLES.into_iter().find(|table| *table == name) else {
            let near = did_you_mean(&name, TABLES);
            return Err(refused(row, &format!("is about \"{name}\"{near}; there are totals of {}", TABLES.join(", "))));
        };
        let tally = Tally { count: i128::from(count), amount: i128::from(amount / currency.thousandths()) };
        let former = match table.text(control_totals::CUSTOMER_ID, row) {
            Some(customer) => given.by_customer.insert((table_name, currency, customer.into()), tally),
            None => given.whole.insert((table_name, currency), tally),
        };
        if former.is_some() {
            return Err(refused(row, "is about what an earlier row is about"));
        }
    }
    Ok(given)
}

/// Whether the job file gives totals of single customers.
pub fn has_customers(portfolio: &Portfolio) -> bool {
    let table = &portfolio.control_totals;
    (0..table.len()).any(|row| table.text(control_totals::CUSTOMER_ID, row).is_some())
}

/// Refuses a run in which too many rows, or too much money, was refused in a table.
///
/// # Errors
/// [`Exit::Data`] naming each table, its share and its first refused rows.
pub fn check_rejects(portfolio: &Portfolio, control: &Control, settings: &Settings) -> Result<(), Failure> {
    let counts = portfolio.counts.iter().chain(&control.counts).map(|(table, count)| (*table, *count));
    check_counts(counts, portfolio, control, settings)
}

/// Refuses a run in which too many exchange rates were refused: before any shard misses one.
///
/// # Errors
/// As [`check_rejects`].
pub fn check_rates(portfolio: &Portfolio, settings: &Settings) -> Result<(), Failure> {
    let counts = portfolio.counts.iter().map(|(table, count)| (*table, *count)).filter(|(table, _)| *table == fx::SPEC.name);
    check_counts(counts, portfolio, &Control::default(), settings)
}

fn check_counts(
    counts: impl Iterator<Item = (&'static str, Count)>,
    portfolio: &Portfolio,
    control: &Control,
    settings: &Settings,
) -> Result<(), Failure> {
    let refused = refused_of(counts, portfolio, control, settings).into_iter().filter(|refused| refused.is_too_much);
    let messages: Vec<String> = refused.flat_map(|refused| std::iter::once(refused.message).chain(refused.rows)).collect();
    if messages.is_empty() {
        return Ok(());
    }
    Err(Failure::all(Exit::Data, messages).remedy(format!("{REFUSED_REMEDY}; nothing was published")))
}

/// What to do about refused rows.
pub const REFUSED_REMEDY: &str = "correct the export, or raise rejects.fail_above in the job file";

/// A table of which rows are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The table, and how many rows or how much money.
    pub message: String,
    /// The first of the rows, each with its reason.
    pub rows: Vec<String>,
    /// More than the job lets pass.
    pub is_too_much: bool,
}

/// The tables of which rows are refused, whether or not a night would end for it.
pub fn refused(portfolio: &Portfolio, control: &Control, settings: &Settings) -> Vec<Refused> {
    let counts = portfolio.counts.iter().chain(&control.counts).map(|(table, count)| (*table, *count));
    refused_of(counts, portfolio, control, settings)
}

fn refused_of(
    counts: impl Iterator<Item = (&'static str, Count)>,
    portfolio: &Portfolio,
    control: &Control,
    settings: &Settings,
) -> Vec<Refused> {
    let limit = settings.intake.fail_above;
    let of = |(table, count): (&'static str, Count)| {
        let rows = i128::from(count.used + count.ignored + count.rejected);
        let by_rows = share(i128::from(count.rejected), rows);
        let by_money = share(control.refused.get(&table).copied().unwrap_or(0), control.read.get(&table).copied().unwrap_or(0));
        let what = if by_rows >= by_money {
            format!("{} of {}", count.rejected, counted(rows, "row"))
        } else {
            format!("{} of the money", percent(by_money))
        };
        let is_too_much = by_rows.max(by_money) > limit;
        let limit = if is_too_much { format!(", more than rejects.fail_above: {}", percent(limit)) } else { String::new() };
        let message = format!("{table}: {what} refused{limit}");
        (count.rejected > 0).then(|| Refused { message, rows: first_rejects(portfolio, control, table), is_too_much })
    };
    counts.filter_map(of).collect()
}

/// The first refused rows, each with how many are refused for the same: rows are numbered as people count, and named by their key.
fn first_rejects(portfolio: &Portfolio, control: &Control, table: &str) -> Vec<String> {
    let mut rejects: Vec<&Reject> = portfolio.rejects.iter().chain(&control.rejects).filter(|reject| reject.table == table).collect();
    rejects.sort_by_key(|reject| reject.source_row);
    let mut groups: Vec<(&Reject, usize)> = Vec::new();
    let mut place: BTreeMap<(Reason, &str, &str, u32), usize> = BTreeMap::new();
    for reject in rejects {
        // Of rows that share a key every one is looked for.
        let own = if reject.reason == Reason::DuplicateKey { reject.source_row } else { 0 };
        let at = *place.entry((reject.reason, reject.column, &reject.value, own)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, rows)) => *rows += 1,
            None => groups.push((reject, 1)),
        }
    }
    let line = |(reject, rows): &(&Reject, usize)| {
        let (file, row) = portfolio.inputs.get(table).map_or(("", 0), |input| input.place(reject.source_row));
        let alike = if *rows > 1 { format!("; so in {}", counted(rows - 1, "more row")) } else { String::new() };
        let (key, reason) = (named(table, &reject.key), reject.reason.code());
        format!("{table}: {file} row {}{key}: {reason}: {}{alike}", row + 1, reject.message)
    };
    groups.iter().take(SHOWN).map(line).collect()
}

/// `, invoice_id F7`; nothing where the row has no key.
fn named(table: &str, key: &str) -> String {
    let spec = INPUTS.iter().find(|spec| spec.name == table).filter(|_| !key.trim_matches('|').is_empty());
    let columns = spec.map(|spec| spec.key.iter().map(|at| spec.columns[*at].name).collect::<Vec<_>>().join("|"));
    columns.map_or(String::new(), |columns| format!(", {columns} {key}"))
}

fn share(part: i128, whole: i128) -> Rate {
    if whole <= 0 {
        return Rate(0);
    }
    // Rounded up, so that a share above the limit never reads as the limit.
    let millionths = (part * 1_000_000 + whole - 1) / whole;
    Rate(i64::try_from(millionths).unwrap_or(i64::MAX))
}

fn percent(rate: Rate) -> String {
    let hundredths = divide_half_up(i128::from(rate.0), 100);
    format!("{} %", crate::base::money::format_amount(hundredths, 2))
}
