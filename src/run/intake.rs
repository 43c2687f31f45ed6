//! Reads the portfolio: customers first, because a debtor group decides the shard; then invoices, because the rest names them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::contract::values::STATE_RECORDS;
use crate::base::contract::{self, Kind, TableSpec, customers, fx, invoices, payments};
use crate::base::date::Date;
use crate::base::hash::{SHARDS, shard_of};
use crate::base::money::Currency;
use crate::base::table::{Column, Table};
use crate::error::Failure;
use crate::io::input::Input;
use crate::io::scan::{Progress, Route, RowKeys};
use crate::io::schema::Wanted;
use crate::night::facts::{ExtraColumns, arrangements};
use crate::night::normalise::collectors::{self, Collector};
use crate::night::normalise::customers::Groups;
use crate::night::normalise::exchange_rates::{self, RateRow};
use crate::night::normalise::reject::Reject;
use crate::night::normalise::set_aside::SetAside;
use crate::night::normalise::targets::{self, Target};
use crate::night::normalise::{AllDuplicates, Count, Duplicates, Fate, Intake, Shard};
use crate::night::normalise::{customers as customer_rows, invoices as invoice_rows};
use crate::night::terms::{self, TermsBook};
use crate::rules::program::{Program, Use};
use crate::run::directory::{self, InvoiceDirectory};
use crate::run::duplicates;
use crate::run::key_index::KeyIndex;
use crate::settings::{self, Settings};

/// The table of a published night that the next one reads.
const STATE_FILE: &str = "state.parquet";
/// Name of the state of an earlier night that tonight is compared with, among the inputs.
const EARLIER_STATE: &str = "earlier_state";

/// The portfolio in memory, by shard.
pub struct Portfolio {
    pub shards: Vec<Shard>,
    /// All invoice rows by id.
    pub invoice_index: KeyIndex,
    /// What became of the invoice rows, by shard.
    pub judged: Vec<invoice_rows::Judged>,
    pub groups: Groups,
    pub duplicates: AllDuplicates,
    /// Accepted exchange rates, of all days up to `as_of`.
    pub rates: Vec<RateRow>,
    /// Small tables that are not cut into shards.
    pub control_totals: Table,
    pub collectors: Vec<Collector>,
    /// In order of id; `None` where the job has no targets.
    pub targets: Option<Vec<Target>>,
    /// The opened input of each table read, by name.
    pub inputs: Arc<BTreeMap<&'static str, Input>>,
    pub rejects: Vec<Reject>,
    /// Values that count as missing.
    pub set_aside: SetAside,
    pub counts: BTreeMap<&'static str, Count>,
}

/// How to read a night's portfolio.
pub struct Reading<'a> {
    pub settings: &'a Settings,
    pub extra: &'a ExtraColumns,
    pub program: &'a Program,
    pub as_of: Date,
    /// The folder of the previous night, where there is one.
    pub state: Option<&'a Path>,
    /// The folder of an earlier night that tonight is compared with, where one is asked for.
    pub earlier: Option<&'a Path>,
    pub progress: &'a dyn Progress,
}

impl Reading<'_> {
    /// Reads everything from these inputs.
    ///
    /// # Errors
    /// What a missing, damaged or misfitting file is told as; see [`Input`].
    pub fn portfolio(&self, inputs: Arc<BTreeMap<&'static str, Input>>) -> Result<Portfolio, Failure> {
        self.progress.expect(inputs.values().map(Input::rows).sum());
        let mut portfolio = Portfolio {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            invoice_index: KeyIndex::default(),
            judged: Vec::new(),
            groups: Groups::default(),
            duplicates: AllDuplicates::default(),
            rates: Vec::new(),
            control_totals: absent(&contract::control_totals::SPEC),
            collectors: Vec::new(),
            targets: None,
            inputs,
            rejects: Vec::new(),
            set_aside: SetAside::default(),
            counts: BTreeMap::new(),
        };
        portfolio.small_tables(self)?;
        portfolio.customers(self)?;
        portfolio.invoices(self)?;
        portfolio.others(self)?;
        portfolio.state(self)?;
        portfolio.earlier(self)?;
        Ok(portfolio)
    }

    /// Opens every table the job names, and yesterday's state; reads no row.
    ///
    /// # Errors
    /// What a missing, damaged or misfitting file is told as.
    pub fn inputs(&self) -> Result<BTreeMap<&'static str, Input>, Failure> {
        let mut inputs = BTreeMap::new();
        let mut failures = Vec::new();
        for spec in contract::INPUTS {
            let Some(source) = self.settings.places.sources.get(spec.name) else { continue };
            match self.open(spec, source) {
                Ok(input) => {
                    inputs.insert(spec.name, input);
                }
                Err(failure) => failures.push(failure),
            }
        }
        if let Some(failure) = Failure::together(failures) {
            return Err(failure);
        }
        // Orders matter where money is for one.
        let has_deposits = inputs.get("payments").is_some_and(|payments| payments.has(payments::DEPOSIT_FOR));
        if let Some(invoices) = inputs.get_mut("invoices")
            && !has_deposits
            && !self.program.reads("invoices", "order_id")
        {
            invoices.leave_out(invoices::ORDER_ID);
        }
        if let Some(folder) = self.state {
            inputs.insert(contract::state::SPEC.name, Input::open(Wanted::plain(contract::state::SPEC), folder, STATE_FILE)?);
        }
        if let Some(folder) = self.earlier {
            inputs.insert(EARLIER_STATE, Input::open(Wanted::plain(contract::state::SPEC), folder, STATE_FILE)?);
        }
        Ok(inputs)
    }

    fn open(&self, spec: &TableSpec, source: &str) -> Result<Input, Failure> {
        let intake = &self.settings.intake;
        let extra = match spec.name {
            "customers" => self.extra.customers.clone(),
            "invoices" => self.extra.invoices.clone(),
            _ => Vec::new(),
        };
        let wanted = Wanted {
            unread: self.unread(spec),
            spared: self.spared(spec),
            table: *spec,
            columns: intake.columns.get(spec.name).cloned().unwrap_or_default(),
            words: intake.values.get(spec.name).cloned().unwrap_or_default(),
            floats: intake.floats.get(spec.name).cloned().unwrap_or_default(),
            extra,
        };
        wanted.check()?;
        Input::open(wanted, &self.settings.places.base, source)
    }

    /// Columns that the files may lack: one that comes from elsewhere, and those beyond the contract that no rule insists on.
    fn spared(&self, spec: &TableSpec) -> BTreeSet<String> {
        let from_terms = (spec.name == "invoices" && self.settings.works_out_due_dates()).then(|| "due_date".to_owned());
        let of_table = self.extra.spared.iter().filter(|(table, _)| *table == spec.name);
        of_table.map(|(_, column)| column.clone()).chain(from_terms).collect()
    }

    /// Optional texts that neither the night nor a rule looks at. Other kinds are always read: their values can refuse a row.
    fn unread(&self, spec: &TableSpec) -> BTreeSet<&'static str> {
        let scopes = &self.settings.kpis.scopes;
        let is_read = |name: &str| match (spec.name, name) {
            ("customers", "country" | "parent_id" | "credit_limit_currency" | "language" | "collector_id") => true,
            ("invoices", "payment_terms") => self.settings.terms.is_some() || self.program.reads(spec.name, name),
            ("invoices", "business_unit" | "financed_by") | ("customers", "risk_at_grant") => {
                scopes.iter().any(|scope| scope == name) || self.program.reads(spec.name, name)
            }
            ("invoices", "original_invoice_id") | ("contacts", "action_id") | ("holds", "stops") => true,
            ("waivers" | "collectors" | "targets", _) | ("payments", "deposit_for") | ("invoices", "order_id") => true,
            ("promises", "plan_id") => {
                let fields = self.program.fields.iter().filter(|field| field.used != Use::None);
                fields.map(|field| field.name.as_str()).any(|name| arrangements::NAMES.contains(&name))
            }
            ("contacts", "reason") => !self.program.trials.is_empty() || self.has_agencies() || self.program.reads(spec.name, name),
            // Debts may be with agencies that the rules have no more.
            ("payments", "collected_by") => true,
            // What an agency is told of a debtor.
            ("customers", "name" | "address" | "email" | "phone") => self.has_agencies() || self.program.reads(spec.name, name),
            (_, "currency" | "customer_id" | "invoice_id") => true,
            _ => self.program.reads(spec.name, name),
        };
        let texts = spec.columns.iter().filter(|column| column.kind == Kind::Text && !column.required);
        texts.map(|column| column.name).filter(|name| !is_read(name)).collect()
    }

    fn has_agencies(&self) -> bool {
        self.program.routes.agencies().next().is_some()
    }

    fn intake<'a>(&self, duplicates: &'a AllDuplicates) -> Intake<'a> {
        Intake {
            as_of: self.as_of,
            reporting_currency: self.settings.reporting_currency,
            duplicates,
            has_customers: self.settings.places.sources.contains_key("customers"),
        }
    }

    fn keeps_identical(&self) -> bool {
        self.settings.intake.duplicates == settings::Duplicates::KeepIdentical
    }
}

/// A table with its place in a shard and that of its duplicates.
type Slot = (&'static TableSpec, fn(&mut Shard) -> &mut Table, fn(&mut AllDuplicates) -> &mut Duplicates);

/// A table without rows: every column absent.
fn absent(spec: &TableSpec) -> Table {
    Table { columns: vec![Column::Absent; spec.columns.len()], ..Table::default() }
}

impl Portfolio {
    fn small_tables(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        self.exchange_rates(reading)?;
        self.team(reading)?;
        self.aims(reading)?;
        if let Some(input) = self.inputs.get("control_totals") {
            self.control_totals = input.gather(None, reading.progress)?;
            let used = u64::try_from(self.control_totals.len()).unwrap_or(u64::MAX);
            self.counts.insert(input.table().name, Count { used, ..Count::default() });
        }
        Ok(())
    }

    fn aims(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let Some(input) = self.inputs.get(contract::targets::SPEC.name) else { return Ok(()) };
        let tables = [input.gather(None, reading.progress)?];
        let duplicates = self.duplicates_of(&tables, &contract::targets::SPEC, reading)?;
        let judged = targets::judge(&tables[0], &reading.intake(&self.duplicates), &duplicates);
        self.targets = Some(judged.all);
        self.rejects.extend(judged.rejects);
        self.counts.insert(contract::targets::SPEC.name, judged.count);
        Ok(())
    }

    fn team(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let Some(input) = self.inputs.get(contract::collectors::SPEC.name) else { return Ok(()) };
        let tables = [input.gather(None, reading.progress)?];
        let duplicates = self.duplicates_of(&tables, &contract::collectors::SPEC, reading)?;
        let judged = collectors::judge(&tables[0], &reading.intake(&self.duplicates), &duplicates);
        self.collectors = judged.people;
        self.rejects.extend(judged.rejects);
        self.counts.insert(contract::collectors::SPEC.name, judged.count);
        Ok(())
    }

    fn exchange_rates(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let Some(input) = self.inputs.get(fx::SPEC.name) else { return Ok(()) };
        let tables = [input.gather(None, reading.progress)?];
        let duplicates = self.duplicates_of(&tables, &fx::SPEC, reading)?;
        let judged = exchange_rates::judge(&tables[0], &reading.intake(&self.duplicates), &duplicates);
        self.rates = judged.rows;
        self.rejects.extend(judged.rejects);
        self.counts.insert(fx::SPEC.name, judged.count);
        Ok(())
    }

    /// Reads the customers by their own id, judges them, and moves the members of a debtor group to the group's shard.
    fn customers(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let own = |keys: RowKeys<'_>| keys.customer_id.map_or(0, shard_of);
        let mut tables = self.scatter(&customers::SPEC, &own, None, reading)?;
        tables.par_iter_mut().for_each(customer_rows::spell_countries);
        self.duplicates.customers = self.duplicates_of(&tables, &customers::SPEC, reading)?;
        let judged: Vec<customer_rows::Judged> =
            tables.par_iter().map(|table| customer_rows::judge(table, &reading.intake(&self.duplicates))).collect();
        let fates: Vec<_> = tables.iter().zip(&judged).map(|(table, judged)| (table, judged.fates.as_slice())).collect();
        self.groups = Groups::joined(&fates, &reading.program.shared_keys());
        let mut count = Count::default();
        for judged in &judged {
            count.merge(judged.count);
            self.rejects.extend(judged.rejects.iter().cloned());
        }
        if self.inputs.contains_key("customers") {
            self.counts.insert("customers", count);
        }
        self.place_customers(tables, &judged);
        let aside: Vec<SetAside> = self.shards.par_iter_mut().map(|shard| SetAside::of_customers(&mut shard.customers)).collect();
        aside.into_iter().for_each(|aside| self.set_aside.merge(aside));
        Ok(())
    }

    /// Keeps accepted rows only, each in the shard of its debtor group.
    fn place_customers(&mut self, tables: Vec<Table>, judged: &[customer_rows::Judged]) {
        let groups = &self.groups;
        let parted: Vec<(Table, Vec<(usize, Table)>)> = (tables.into_par_iter().zip(judged).enumerate())
            .map(|(shard, (table, judged))| by_home(shard, table, &judged.fates, groups))
            .collect();
        let mut moved = Vec::new();
        for (shard, (stay, rows)) in self.shards.iter_mut().zip(parted) {
            shard.customers = stay;
            moved.extend(rows);
        }
        for (home, rows) in moved {
            self.shards[home].customers.append(&rows);
        }
    }

    fn invoices(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let groups = &self.groups;
        let route = |keys: RowKeys<'_>| keys.customer_id.map_or(0, |id| groups.shard(id));
        let mut tables = self.scatter(&invoices::SPEC, &route, Some(invoices::INVOICE_ID), reading)?;
        let book = TermsBook::new(reading.settings.terms.as_ref(), &reading.program.calendar);
        let due_from_terms: Vec<Vec<u32>> = tables.par_iter_mut().map(|table| terms::work_out(table, &book)).collect();
        self.invoice_index = directory::invoice_index(&tables.iter().collect::<Vec<_>>());
        self.duplicates.invoices = self.duplicate_invoices(&tables, reading)?;
        let mut tables: Vec<Arc<Table>> = tables.into_iter().map(Arc::new).collect();
        self.judged = tables.par_iter().map(|table| invoice_rows::judge(table, &reading.intake(&self.duplicates))).collect();
        self.settle_invoices(&tables, reading);
        let aside = |(table, judged): (&mut Arc<Table>, &invoice_rows::Judged)| SetAside::of_invoices(Arc::make_mut(table), &judged.fates);
        let aside: Vec<SetAside> = tables.par_iter_mut().zip(&self.judged).map(aside).collect();
        aside.into_iter().for_each(|aside| self.set_aside.merge(aside));
        let mut count = Count::default();
        for judged in &self.judged {
            count.merge(judged.count);
            self.rejects.extend(judged.rejects.iter().cloned());
        }
        self.counts.insert("invoices", count);
        for ((shard, table), due_from_terms) in self.shards.iter_mut().zip(tables).zip(due_from_terms) {
            (shard.invoices, shard.due_from_terms) = (table, due_from_terms);
        }
        Ok(())
    }

    fn duplicate_invoices(&self, tables: &[Table], reading: &Reading<'_>) -> Result<Duplicates, Failure> {
        let Some(input) = self.inputs.get(invoices::SPEC.name) else { return Ok(Duplicates::default()) };
        let tables: Vec<&Table> = tables.iter().collect();
        duplicates::find_among(&self.invoice_index, &tables, &invoices::SPEC, reading.as_of, input, reading.keeps_identical())
    }

    /// Judges the credit notes whose currency is that of an invoice, which may be in any shard.
    fn settle_invoices(&mut self, tables: &[Arc<Table>], reading: &Reading<'_>) {
        if self.judged.iter().all(|judged| judged.deferred.is_empty()) {
            return;
        }
        let directory = InvoiceDirectory::new(tables, &self.judged, &self.invoice_index);
        let intake = reading.intake(&self.duplicates);
        let currencies: Vec<Vec<Currency>> = (tables.par_iter().zip(&self.judged))
            .map(|(table, judged)| invoice_rows::named_currencies(table, judged, &intake, &directory))
            .collect();
        for ((table, judged), currencies) in tables.iter().zip(&mut self.judged).zip(&currencies) {
            invoice_rows::settle(table, judged, currencies);
        }
    }

    /// Reads everything that names a customer or an invoice, each row into the shard of its debtor group.
    fn others(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let invoice_tables: Vec<Arc<Table>> = self.shards.iter().map(|shard| Arc::clone(&shard.invoices)).collect();
        let directory = InvoiceDirectory::new(&invoice_tables, &self.judged, &self.invoice_index);
        let groups = &self.groups;
        let route = |keys: RowKeys<'_>| match (keys.customer_id, keys.invoice_id) {
            (Some(customer), _) => groups.shard(customer),
            (None, Some(invoice)) => directory.shard(invoice),
            (None, None) => 0,
        };
        let slots: [Slot; 15] = [
            (&payments::SPEC, |shard| &mut shard.payments, |all| &mut all.payments),
            (&contract::installments::SPEC, |shard| &mut shard.installments, |all| &mut all.installments),
            (&contract::disputes::SPEC, |shard| &mut shard.disputes, |all| &mut all.disputes),
            (&contract::deductions::SPEC, |shard| &mut shard.deductions, |all| &mut all.deductions),
            (&contract::promises::SPEC, |shard| &mut shard.promises, |all| &mut all.promises),
            (&contract::holds::SPEC, |shard| &mut shard.holds, |all| &mut all.holds),
            (&contract::waivers::SPEC, |shard| &mut shard.waivers, |all| &mut all.waivers),
            (&contract::overrides::SPEC, |shard| &mut shard.overrides, |all| &mut all.overrides),
            (&contract::decisions::SPEC, |shard| &mut shard.decisions, |all| &mut all.decisions),
            (&contract::contacts::SPEC, |shard| &mut shard.contacts, |all| &mut all.contacts),
            (&contract::agency_events::SPEC, |shard| &mut shard.agency_events, |all| &mut all.agency_events),
            (&contract::legal_events::SPEC, |shard| &mut shard.legal_events, |all| &mut all.legal_events),
            (&contract::payables::SPEC, |shard| &mut shard.payables, |all| &mut all.payables),
            (&contract::deliveries::SPEC, |shard| &mut shard.deliveries, |all| &mut all.deliveries),
            (&contract::usage::SPEC, |shard| &mut shard.usage, |all| &mut all.usage),
        ];
        let read = |(spec, _, _): &Slot| -> Result<(Vec<Table>, Duplicates), Failure> {
            let mut tables = self.scatter(spec, &route, (spec.name == "payments").then_some(payments::PAYMENT_ID), reading)?;
            let duplicates = self.duplicates_of(&tables, spec, reading)?;
            // Nothing finds a payment by its id any more.
            tables.iter_mut().for_each(|table| table.key_hash = Vec::new());
            Ok((tables, duplicates))
        };
        // Most of these tables are small: side by side they keep all threads busy.
        let done: Vec<Result<(Vec<Table>, Duplicates), Failure>> = slots.par_iter().with_max_len(1).map(read).collect();
        for ((_, slot, duplicates), done) in slots.iter().zip(done) {
            let (tables, found) = done?;
            *duplicates(&mut self.duplicates) = found;
            for (shard, table) in self.shards.iter_mut().zip(tables) {
                *slot(shard) = table;
            }
        }
        Ok(())
    }

    /// Yesterday's state, the penalties told apart from what else it remembers: they are most of its rows, and fill few of its columns.
    fn state(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let spec = &contract::state::SPEC;
        let Some(input) = self.inputs.get(spec.name) else { return Ok(()) };
        let groups = &self.groups;
        let shard = |keys: RowKeys<'_>| keys.customer_id.map_or(0, |id| groups.shard(id));
        let is_penalty = |keys: RowKeys<'_>| keys.record.is_some_and(|record| STATE_RECORDS[usize::from(record)] == "penalty");
        let route = |keys: RowKeys<'_>| shard(keys) + if is_penalty(keys) { SHARDS } else { 0 };
        let mut tables = input.scatter(2 * SHARDS, &route, None, reading.progress)?.into_iter();
        self.shards.iter_mut().zip(&mut tables).for_each(|(shard, table)| shard.state = table);
        self.shards.iter_mut().zip(&mut tables).for_each(|(shard, table)| shard.told = table);
        Ok(())
    }

    /// The state of an earlier night that tonight is compared with.
    fn earlier(&mut self, reading: &Reading<'_>) -> Result<(), Failure> {
        let Some(input) = self.inputs.get(EARLIER_STATE) else { return Ok(()) };
        let groups = &self.groups;
        let route = |keys: RowKeys<'_>| keys.customer_id.map_or(0, |id| groups.shard(id));
        let tables = input.scatter(SHARDS, &route, None, reading.progress)?;
        self.shards.iter_mut().zip(tables).for_each(|(shard, table)| shard.earlier = Some(table));
        Ok(())
    }

    /// Reads a table by shard; a table the job does not name has no rows.
    fn scatter(&self, spec: &TableSpec, route: &Route<'_>, key: Option<usize>, reading: &Reading<'_>) -> Result<Vec<Table>, Failure> {
        match self.inputs.get(spec.name) {
            Some(input) => input.scatter(SHARDS, route, key, reading.progress),
            None => Ok((0..SHARDS).map(|_| absent(spec)).collect()),
        }
    }

    fn duplicates_of(&self, tables: &[Table], spec: &TableSpec, reading: &Reading<'_>) -> Result<Duplicates, Failure> {
        let Some(input) = self.inputs.get(spec.name) else { return Ok(Duplicates::default()) };
        let tables: Vec<&Table> = tables.iter().collect();
        duplicates::find(&tables, spec, reading.as_of, input, reading.keeps_identical())
    }
}

/// The accepted customers of a shard that stay there, and those that move to the shard of their debtor group.
fn by_home(shard: usize, table: Table, fates: &[Fate], groups: &Groups) -> (Table, Vec<(usize, Table)>) {
    let accepted = (0..table.len()).filter(|row| fates[*row] == Fate::Used);
    let homes = accepted.map(|row| (row, groups.shard(table.text(customers::CUSTOMER_ID, row).unwrap_or_default())));
    let mut stay = Vec::with_capacity(table.len());
    let mut moving: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, home) in homes {
        if home == shard { stay.push(row) } else { moving.entry(home).or_default().push(row) }
    }
    if stay.len() == table.len() {
        return (table, Vec::new());
    }
    let moved = moving.into_iter().map(|(home, rows)| (home, table.select(&rows))).collect();
    (table.select(&stay), moved)
}
