//! The job file: read strictly, then resolved into [`Settings`] with nothing left to decide.
//!
//! All defaults stand in this file. Reading the text from disk and the environment from the process is left to the caller,
//! so that a job is a pure function of its text, its place and its environment.

mod agencies;
mod as_written;
mod freshness;
mod numbers;
mod recovery;
mod resolve;
mod terms;
#[cfg(test)]
mod tests;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::calendar::Roll;
use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::base::recovery::{Interpolation, RecoveryCurve};
use crate::base::terms::EomMethod;
use crate::error::Failure;
use crate::night::freshness::{Limit, Watch};
pub use crate::night::ledger::replay::Unallocated;
pub use crate::night::penalties::{Imputation, InsolvencyStop, UnconfirmedRates};
pub use crate::night::terms::{DueDate, EarnedDiscount, Policy as Terms};

/// Version of the job file's language, the value of its key `relance`.
pub const JOB_VERSION: &str = "1";
/// Name of the job file where the command line names none.
pub const JOB_FILE: &str = "relance.yaml";

/// The keys of the job file.
pub const JOB_FORM: crate::base::form::Form = written::RawJob::FORM;

const DEFAULT_OUT: &str = "out";
const DEFAULT_AGING: &[i32] = &[0, 30, 60, 90, 120, 180, 365];
/// 0.1 %.
const DEFAULT_FAIL_ABOVE: Rate = Rate(1_000);
const DEFAULT_SCOPES: &[&str] = &["all", "country", "customer_type", "segment"];
const DEFAULT_MONTHS: u32 = 12;
const DEFAULT_PROMISE_GRACE_DAYS: i32 = 3;

/// What a word of the files may stand for beside the words of its column: no value.
pub const MISSING: &str = "missing";

/// What `kpis.scopes` may name.
pub const SCOPES: &[&str] = &[
    "all",
    "country",
    "customer_type",
    "segment",
    "policy",
    "queue",
    "business_unit",
    "collector",
    "cause",
    "risk_at_grant",
    "vulnerable",
    "financed_by",
    BY_STEP,
];

/// The scope of contacts alone: by policy and step.
pub const BY_STEP: &str = "step";

/// The choices of a run, resolved. Serialised into the manifest, the places left out: where the data lay changes no figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Where inputs, rules and outputs are.
    #[serde(skip)]
    pub places: Places,
    /// Currency in which rules compare money and totals are given.
    #[serde(serialize_with = "as_written::code")]
    pub reporting_currency: Currency,
    pub intake: Intake,
    /// What becomes of money that names no invoice.
    #[serde(serialize_with = "as_written::name")]
    pub unallocated: Unallocated,
    pub penalties: Penalties,
    /// Days after its due day on which a promise may still be kept.
    pub promise_grace_days: i32,
    /// Upper bounds of the aging bands in days past due, ascending from 0, which closes the band "current".
    pub aging: Vec<i32>,
    pub kpis: Kpis,
    /// How old exports may be.
    #[serde(skip_serializing_if = "Freshness::is_usual", serialize_with = "as_written::freshness")]
    pub freshness: Freshness,
    /// The recovery curve of the job; `None` for the seed curve.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_written::recovery")]
    pub recovery: Option<Recovery>,
    /// What the job says of payment terms; `None` where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_written::terms")]
    pub terms: Option<Terms>,
    /// What a year of capital costs; `None` where the job does not say.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_written::fraction_if_given")]
    pub cost_of_capital: Option<Rate>,
    /// What collection agencies are given, by id: it changes nothing of a night.
    #[serde(skip)]
    pub agencies: BTreeMap<String, Agency>,
}

/// What a collection agency is given, in what form, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    pub files: AgencyFiles,
    /// Who hands over, by the name debtors know.
    pub creditor: Option<String>,
    /// Whether its text files have semicolons and a decimal comma.
    pub semicolon: bool,
    /// The folder its batches are put into, resolved against that of the job file.
    pub drop: PathBuf,
    /// The program that encrypts, with its words; `None` where the contract says that nothing is encrypted.
    pub encrypt: Option<Vec<String>>,
    /// What the names of encrypted files end in.
    pub ending: String,
    /// The program that signs the manifest.
    pub sign: Option<Vec<String>>,
}

/// Columns of each file of an agency, by position in the catalogue; a file without columns is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyFiles {
    pub debts: Vec<usize>,
    pub debtors: Vec<usize>,
    pub documents: Vec<usize>,
    pub contacts: Vec<usize>,
}

/// Where inputs, rules and outputs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Folder of the job file, empty for the current one: relative sources start here.
    pub base: PathBuf,
    /// Per input table of the contract a file, folder, glob or hive folder; `fx` and `control_totals` among them where given.
    pub sources: BTreeMap<String, String>,
    /// Folder of the policy pack, resolved against `base`.
    pub rules: PathBuf,
    /// Folder under which run folders appear, resolved against `base`.
    pub out: PathBuf,
}

/// How rows are read and refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intake {
    /// Per table: name in the contract to name in the files.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// Per table and column of the contract: words of the files, each with the word of the contract it stands for, or [`MISSING`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// Per table: columns of the contract, or extra ones, that may be floats and are rounded to the minor unit.
    pub floats: BTreeMap<String, BTreeSet<String>>,
    #[serde(serialize_with = "as_written::name")]
    pub duplicates: Duplicates,
    /// Largest share of refused rows, or of refused money, per table; a run above it publishes nothing.
    #[serde(serialize_with = "as_written::fraction")]
    pub fail_above: Rate,
}

/// Knobs of penalties that are not rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Penalties {
    #[serde(serialize_with = "as_written::name")]
    pub imputation: Imputation,
    /// Whether the disputed part bears no interest while the dispute is open.
    pub dispute_stops_interest: bool,
    /// `None`: as each regime says.
    #[serde(serialize_with = "as_written::name_if_given")]
    pub insolvency_stop: Option<InsolvencyStop>,
    #[serde(serialize_with = "as_written::name")]
    pub unconfirmed_rates: UnconfirmedRates,
}

/// Which figures are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kpis {
    /// Names of [`SCOPES`], each once, in the order of that list.
    pub scopes: Vec<String>,
    /// Months of a monthly figure, such as the recovery rate by due month.
    pub months: u32,
    /// Share of the open balance expected to be lost, for each aging band from `current` on; empty where no provision is wanted.
    #[serde(serialize_with = "as_written::fractions", skip_serializing_if = "Vec::is_empty")]
    pub loss_rates: Vec<Rate>,
    /// Depreciation of the open balance net of tax, for each aging band likewise.
    #[serde(serialize_with = "as_written::fractions", skip_serializing_if = "Vec::is_empty")]
    pub depreciation_rates: Vec<Rate>,
    /// Share of what it collects that an agency keeps, by agency; empty where no figures of agencies are wanted.
    #[serde(serialize_with = "as_written::fractions_by_name", skip_serializing_if = "BTreeMap::is_empty")]
    pub agency_fees: BTreeMap<String, Rate>,
    /// What one contact costs, by channel, thousandths of the reporting currency; empty where the job does not say.
    #[serde(serialize_with = "as_written::thousandths_by_name", skip_serializing_if = "BTreeMap::is_empty")]
    pub contact_costs: BTreeMap<String, i64>,
    /// The night from which rolls are told beside those of last night.
    #[serde(serialize_with = "as_written::rolls_since", skip_serializing_if = "Option::is_none")]
    pub rolls_since: Option<RollsSince>,
    /// What collecting took in the ninety days up to the night; `None` where no figures of effort are wanted.
    #[serde(serialize_with = "as_written::effort", skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
}

/// An earlier night that tonight is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollsSince {
    /// The last published night of the month before, or of an earlier one.
    MonthEnd,
    /// The night of this day.
    Night(Date),
}

/// People and what they took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    pub people: u32,
    /// Of all of them together.
    pub hours: u32,
    /// Thousandths of the reporting currency.
    pub cost: i64,
}

/// How far the newest dates of exports may lie behind the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// By the newest date of a receipt.
    pub payments: Watch,
    /// By the newest date of issue.
    pub invoices: Watch,
    /// By the newest contact.
    pub contacts: Watch,
    pub when_stale: WhenStale,
}

impl Freshness {
    /// What holds where the job says nothing.
    /// Receipts that are missing dun customers for what they paid; invoices that are missing come a little later.
    const USUAL: Freshness = Freshness {
        payments: Watch::Usual(Limit::BusinessDays(3)),
        invoices: Watch::Usual(Limit::BusinessDays(10)),
        contacts: Watch::Never,
        when_stale: WhenStale::Refuse,
    };

    fn is_usual(&self) -> bool {
        *self == Freshness::USUAL
    }
}

/// What becomes of a night whose export is older than a limit of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenStale {
    /// Nothing is published.
    Refuse,
    /// It is a finding.
    Tell,
}

/// What is expected of claims by their age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Days past due, and the share recovered from there.
    pub knots: BTreeMap<i32, Rate>,
    pub interpolation: Interpolation,
    /// The curve through these knots.
    pub curve: RecoveryCurve,
}

/// What becomes of rows that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// All of them are refused.
    Reject,
    /// One is kept where all columns agree.
    KeepIdentical,
}

/// A setting with a closed list of values.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every value with its name in the job file and the manifest.
    const ALL: &'static [(Self, &'static str)];

    /// Name in the job file and the manifest.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(value, _)| *value == self).map_or("", |(_, name)| name)
    }
}

impl Choice for Unallocated {
    const ALL: &'static [(Unallocated, &'static str)] = &[
        (Unallocated::OldestDueFirst, "oldest_due_first"),
        (Unallocated::ExactMatchThenOldest, "exact_match_then_oldest"),
        (Unallocated::OldestDueProRata, "oldest_due_pro_rata"),
        (Unallocated::Keep, "keep"),
    ];
}

impl Choice for Imputation {
    const ALL: &'static [(Imputation, &'static str)] = &[
        (Imputation::PrincipalFirst, "principal_first"),
        (Imputation::InterestFirst, "interest_first"),
        (Imputation::CostsInterestPrincipal, "costs_interest_principal"),
    ];
}

impl Choice for InsolvencyStop {
    const ALL: &'static [(InsolvencyStop, &'static str)] =
        &[(InsolvencyStop::DayBefore, "day_before"), (InsolvencyStop::SameDay, "same_day")];
}

impl Choice for DueDate {
    const ALL: &'static [(DueDate, &'static str)] = &[(DueDate::Ledger, "ledger"), (DueDate::FromTerms, "from_terms")];
}

impl Choice for EomMethod {
    const ALL: &'static [(EomMethod, &'static str)] = &[(EomMethod::After, "after"), (EomMethod::Then, "then")];
}

impl Choice for Roll {
    const ALL: &'static [(Roll, &'static str)] = &[
        (Roll::None, "none"),
        (Roll::Following, "following"),
        (Roll::ModifiedFollowing, "modified_following"),
        (Roll::Preceding, "preceding"),
    ];
}

impl Choice for EarnedDiscount {
    const ALL: &'static [(EarnedDiscount, &'static str)] = &[(EarnedDiscount::Keep, "keep"), (EarnedDiscount::Deduct, "deduct")];
}

impl Choice for UnconfirmedRates {
    const ALL: &'static [(UnconfirmedRates, &'static str)] = &[(UnconfirmedRates::Use, "use"), (UnconfirmedRates::Refuse, "refuse")];
}

impl Choice for WhenStale {
    const ALL: &'static [(WhenStale, &'static str)] = &[(WhenStale::Refuse, "refuse"), (WhenStale::Tell, "tell")];
}

impl Choice for Interpolation {
    const ALL: &'static [(Interpolation, &'static str)] = &[(Interpolation::Linear, "linear"), (Interpolation::LogLinear, "log_linear")];
}

impl Choice for Duplicates {
    const ALL: &'static [(Duplicates, &'static str)] = &[(Duplicates::Reject, "reject"), (Duplicates::KeepIdentical, "keep_identical")];
}

impl Settings {
    /// Reads the text of a job file that lies at `file`; `environment` gives the value of a variable, `None` where it is not set.
    ///
    /// # Errors
    /// [`Exit::Config`](crate::error::Exit::Config) with every finding at `file:line:column`: unknown keys, tables and values
    /// (with the nearest known name), missing keys, unset variables, numbers out of range. A text that is no YAML ends at its first error.
    pub fn parse(text: &str, file: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Settings, Failure> {
        resolve::settings(text, file, environment)
    }

    /// Whether an invoice without a due date gets that of its terms.
    pub fn works_out_due_dates(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.due_date == DueDate::FromTerms)
    }
}
