//! The command line: what can be typed, and nothing of what it does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::base::date::Date;
use crate::base::money::{Amount, Rate};

/// The nightly batch of a credit department: ledgers in, decisions and figures out.
#[derive(Debug, Parser)]
#[command(name = "relance", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compute one night and publish it under `OUT`/as_of=DATE/.
    Run(Run),
    /// Say everything that is wrong with a policy pack; no data needed.
    Check(Check),
    /// Say what a code such as R0502 is about, with an example.
    ExplainCode(ExplainCode),
    /// Write rule files in one form, without changing what they say.
    Fmt(Fmt),
    /// Write JSON Schemas, so that editors complete and check rule files while you type.
    Schema(Schema),
    /// Write the rules as one page for people.
    Docs(Docs),
    /// Make a synthetic ledger to try things on.
    Generate(Generate),
    /// Write a commented job file and a policy pack to start from.
    Init(Init),
    /// Run the tests of rules, and say what they have not tried.
    Test(Test),
    /// Show figures of published nights, and how they went from night to night.
    Kpis(Kpis),
    /// Write everything there is on record of one customer as one page.
    Dossier(Dossier),
    /// Write a table of a night, or the work of a team, as CSV or as a workbook.
    Sheet(Sheet),
    /// Hand over to a collection agency the batches that wait for it, each exactly once.
    Export(Export),
    /// Say what agencies have, or check a batch that arrived.
    #[command(subcommand)]
    Agency(AgencyCommand),
    /// Say what payment terms mean for one invoice, and what a cash discount is worth by the year.
    Terms(Terms),
}

/// Compute one night.
#[derive(Debug, Args)]
pub struct Run {
    /// The day the night is computed for; rows dated later do not exist yet.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Date,
    /// The job file. Several, each with its own --job, are nights of their own, one after the other: one for each creditor.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: Vec<PathBuf>,
    /// Folder under which the night appears, instead of the job file's. With one job only.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Folder of the previous night, an output folder for the newest earlier night in it, or `none` for a night without a yesterday. Left out: the newest earlier night under `OUT`.
    #[arg(long, value_name = "DIR|none")]
    pub state: Option<String>,
    /// Threads to work with. The result does not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Memory the process may have, such as 4GiB; a night that needs more ends with exit code 75. Left out: no limit.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory_limit: Option<u64>,
    /// Compute a published night again; the former one is kept under `OUT`/superseded/.
    #[arg(long, requires = "reason")]
    pub replace: bool,
    /// Why the night is computed again.
    #[arg(long, value_name = "TEXT", requires = "replace")]
    pub reason: Option<String>,
    /// Form of the summary on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Form of progress and errors on standard error.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    pub log: Log,
}

/// Check a policy pack.
#[derive(Debug, Args)]
pub struct Check {
    /// Folder of rule files; money is in the currency its dictionary states, else EUR. Left out: the rules of the job.
    #[arg(value_name = "RULES_DIR", conflicts_with = "job")]
    pub rules: Option<PathBuf>,
    /// The job file whose rules are checked; that of --data where neither is named, else relance.yaml.
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
    /// Check that night and everything after it. Left out: every period in which the rules differ.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
    /// Form of the findings.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// The least that makes the answer a no, exit code 1.
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// Mend what can be mended, and say what was changed.
    #[arg(long)]
    pub fix: bool,
    /// The job whose portfolio says how many rows and how much money each finding is about. Needs --as-of: a portfolio is that of one night.
    #[arg(long, value_name = "FILE", requires = "as_of")]
    pub data: Option<PathBuf>,
}

/// Say what a code is about.
#[derive(Debug, Args)]
pub struct ExplainCode {
    /// The code as messages print it, or a kind of finding or reason of a reject as the tables have it; every code in a list where left out.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Say what payment terms mean.
#[derive(Debug, Args)]
pub struct Terms {
    /// The terms, as in `payment_terms` of an invoice: net(30), eom_after(45), discount(2%, 10, net(30)).
    #[arg(value_name = "TERMS")]
    pub terms: String,
    /// The day of the invoice.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub issued: Date,
    /// The day the goods came, for terms that count from it. Left out: the day of the invoice.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub received: Option<Date>,
    /// The calendar by which the days of a discount are counted.
    #[arg(long, value_name = "NAME", default_value = "weekends")]
    pub calendar: String,
    /// The amount of the invoice.
    #[arg(long, value_name = "AMOUNT", default_value = "1000.00", value_parser = parse_amount)]
    pub amount: Amount,
    /// A yearly rate, to see what a bank would take for money paid at once.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub yearly_rate: Option<Rate>,
}

/// Write everything there is on record of one customer.
#[derive(Debug, Args)]
pub struct Dossier {
    /// The customer, by id.
    #[arg(long, value_name = "ID", required_unless_present = "verify")]
    pub customer: Option<String>,
    /// The last night looked at. Left out: the newest published one.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
    /// The job file whose ledger and nights are read.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
    /// The HTML file to write, which must not exist.
    #[arg(long, value_name = "FILE", required_unless_present = "verify")]
    pub out: Option<PathBuf>,
    /// Write nothing; say whether this dossier is as it was written, exit with 1 where it is not.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["customer", "as_of", "out"])]
    pub verify: Option<PathBuf>,
}

/// Write a table of a night as CSV or as a workbook.
#[derive(Debug, Args)]
pub struct Sheet {
    /// An output table such as actions, open_items or tasks; worklist is what people have to do, a sheet for each of them.
    #[arg(value_name = "TABLE", default_value = "worklist")]
    pub table: String,
    /// The file to write: a name that ends in .csv or .xlsx. One that is there is written over.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The night. Left out: the newest published one.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
    /// Only rows with this value in this column; may be given several times.
    #[arg(long = "where", value_name = "COLUMN=VALUE", value_parser = parse_pair)]
    pub filters: Vec<(String, String)>,
    /// Only these columns, in this order.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Form of CSV: plain is RFC 4180, semicolon has semicolons and decimal commas, as spreadsheets of France or Germany open it.
    #[arg(long, value_enum, default_value_t = CsvStyle::Plain)]
    pub style: CsvStyle,
    /// The job file whose nights are read.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
}

/// Hand over batches.
#[derive(Debug, Args)]
pub struct Export {
    /// The agency, by its id under agencies: of the job file.
    #[arg(long, value_name = "ID")]
    pub agency: String,
    /// The last night looked at. Left out: the newest published one.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
    /// Write nothing; say what would be handed over, which columns and why.
    #[arg(long)]
    pub dry_run: bool,
    /// The job file whose nights are read.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
}

/// What there is to say of agencies.
#[derive(Debug, Subcommand)]
pub enum AgencyCommand {
    /// Say what each agency has, and which batches it was handed.
    Status(AgencyStatus),
    /// Check a decrypted batch: hashes, totals, and that it follows the one before. Exits with 1 where it is not as it was made.
    Verify(AgencyVerify),
}

/// What each agency has.
#[derive(Debug, Args)]
pub struct AgencyStatus {
    /// One agency, by its id. Left out: every one.
    #[arg(value_name = "ID")]
    pub agency: Option<String>,
    /// The job file whose nights are read.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
}

/// A batch that arrived.
#[derive(Debug, Args)]
pub struct AgencyVerify {
    /// Folder of the batch, with its manifest.json.
    #[arg(value_name = "FOLDER")]
    pub batch: PathBuf,
    /// The batch before: its folder, or its manifest.json.
    #[arg(long, value_name = "FILE")]
    pub after: Option<PathBuf>,
}

/// Form of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvStyle {
    Plain,
    Semicolon,
}

/// Show figures of published nights.
#[derive(Debug, Args)]
pub struct Kpis {
    /// Names of figures, as in `kpis.kpi`. Left out: the usual ones.
    #[arg(value_name = "KPI")]
    pub kpis: Vec<String>,
    /// The recovery curve of the portfolio's own past, as a line for the job file.
    #[arg(long, conflicts_with_all = ["kpis", "history", "until", "scope", "value", "format"])]
    pub curve: bool,
    /// All nights, not only the newest.
    #[arg(long)]
    pub history: bool,
    /// The first night of the history.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date, requires = "history")]
    pub from: Option<Date>,
    /// The last night looked at.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub until: Option<Date>,
    /// The group of the figures, such as country, segment, bucket or due_month.
    #[arg(long, default_value = "all")]
    pub scope: String,
    /// One value of the scope. Left out: every one.
    #[arg(long)]
    pub value: Option<String>,
    /// A currency of its own, or everything converted.
    #[arg(long, value_name = "CODE", default_value = "reporting")]
    pub currency: String,
    /// The job file whose nights are read.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml", conflicts_with = "out")]
    pub job: PathBuf,
    /// The folder of the nights, instead of the job file's.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = KpisFormat::Text)]
    pub format: KpisFormat,
}

/// Form of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KpisFormat {
    Text,
    Csv,
    Json,
}

/// Form of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
    Sarif,
    Github,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
}

/// Format rule files.
#[derive(Debug, Args)]
pub struct Fmt {
    /// Rule files, or folders of them. Left out: the rules of the job.
    #[arg(value_name = "PATH", conflicts_with = "job")]
    pub paths: Vec<PathBuf>,
    /// The job file whose rules are formatted where no path is given.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
    /// Write nothing; exit with 1 where a file is not in its one form.
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show what would change.
    #[arg(long)]
    pub diff: bool,
    /// The day the rules are looked at, for packs that are sound on some days only.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
}

/// Write JSON Schemas.
#[derive(Debug, Args)]
pub struct Schema {
    /// Print the schema of this kind of file. Left out: all of them are written into a folder.
    #[arg(value_name = "KIND", value_parser = ["job", "dictionary", "lists", "segmentation", "escalation", "rates", "test"])]
    pub kind: Option<String>,
    /// Folder of rules whose own names are offered: segments, policies, templates, queues, fields.
    #[arg(long, value_name = "DIR", conflicts_with = "job")]
    pub rules: Option<PathBuf>,
    /// The job file whose rules offer their names. Left out, as --rules: only the names everybody has.
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
    /// Folder the schemas are written into.
    #[arg(long, value_name = "DIR", default_value = ".relance/schema", conflicts_with = "kind")]
    pub out: PathBuf,
}

/// Write the rules as one page for people.
#[derive(Debug, Args)]
pub struct Docs {
    /// Folder of rules. Left out: the rules of the job.
    #[arg(value_name = "DIR", conflicts_with = "job")]
    pub rules: Option<PathBuf>,
    /// The job file whose rules are described where no folder is given.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
    /// The HTML file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The day the rules are looked at, for packs that are sound on some days only.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Option<Date>,
}

/// Make a synthetic ledger.
#[derive(Debug, Args)]
pub struct Generate {
    /// Number of invoices; underscores are allowed.
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub invoices: u64,
    /// The same seed makes the same bytes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The day the ledger leads up to.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub as_of: Date,
    /// Folder to write to; it must be empty or absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Add a few percent of every kind of bad row.
    #[arg(long)]
    pub dirty: bool,
}

/// Start a project.
#[derive(Debug, Args)]
pub struct Init {
    /// Folder to write to.
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The policy pack to start from: fr-b2b (where none is named), uk-b2b, eu-b2b, fr-consumer or us-consumer. Where there is a job file
    /// already, the pack alone is written.
    #[arg(long, value_name = "NAME")]
    pub pack: Option<String>,
}

/// Run the tests of rules.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Test {
    /// Folders of rules and test files. Left out: the rules of the job.
    #[arg(value_name = "PATH", conflicts_with = "job")]
    pub paths: Vec<PathBuf>,
    /// The job file whose rules are tested where no path is given; relance.yaml, or the current folder where there is none.
    #[arg(long, value_name = "FILE")]
    pub job: Option<PathBuf>,
    /// Only tests whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Form of the results.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
    /// Say which rules, conditions and thresholds no test has tried.
    #[arg(long)]
    pub coverage: bool,
    /// Fail where less of the rules, of the conditions or of the thresholds is tried.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    pub min: Option<u32>,
    /// Write the missing tests as a test file, to standard output or to --out; the report then goes to standard error.
    #[arg(long)]
    pub suggest: bool,
    /// The test file --suggest writes, which must not exist.
    #[arg(long, value_name = "FILE", requires = "suggest")]
    pub out: Option<PathBuf>,
    /// Write over the file of --out.
    #[arg(long, requires = "out")]
    pub force: bool,
    #[command(subcommand)]
    pub more: Option<TestCommand>,
}

/// What else can be done with tests.
#[derive(Debug, Subcommand)]
pub enum TestCommand {
    /// Write a test from a real customer, names, addresses and ids masked.
    Add(TestAdd),
}

/// Write a test from a real customer.
#[derive(Debug, Args)]
pub struct TestAdd {
    /// The customer, by id.
    #[arg(long, value_name = "ID")]
    pub customer: String,
    /// The day of the night.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub date: Date,
    /// The job file.
    #[arg(long, value_name = "FILE", default_value = "relance.yaml")]
    pub job: PathBuf,
    /// Name of the test.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// File to write, which must not exist; standard output where none is named.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Form of the results of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Text,
    Json,
    Junit,
}

/// Form of results on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// Form of progress and errors on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Log {
    Text,
    Json,
}

/// `COLUMN=VALUE`; the value may be empty, and may hold further signs of equality.
fn parse_pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected a column and a value, as in queue=phone")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "expected a day between 1900-01-01 and 9999-12-31, as in 2026-11-21".to_owned())
}

/// Bytes of a size in binary units.
fn parse_size(text: &str) -> Result<u64, String> {
    let units = [("KiB", 1_u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
    let size = units.iter().find_map(|(name, bytes)| {
        let count: u64 = text.strip_suffix(name)?.trim_end().parse().ok()?;
        count.checked_mul(*bytes)
    });
    size.filter(|size| *size > 0).ok_or_else(|| "expected a whole number of KiB, MiB, GiB or TiB, as in 4GiB".to_owned())
}

/// Hundredths of an amount above zero.
fn parse_amount(text: &str) -> Result<Amount, String> {
    let amount = decimal(text, 2).filter(|amount| *amount > 0).map(Amount);
    amount.ok_or_else(|| "expected an amount with at most two decimals, as in 1000.00".to_owned())
}

/// A yearly rate in percent.
fn parse_rate(text: &str) -> Result<Rate, String> {
    let rate = decimal(text.strip_suffix('%').unwrap_or(text), 4).filter(|rate| *rate <= Rate::ONE.0).map(Rate);
    rate.ok_or_else(|| "expected a yearly rate between 0% and 100% with at most four decimals, as in 2.5%".to_owned())
}

/// A number without a sign, in units of its last decimal.
fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let fits = !whole.is_empty() && is_number(whole) && is_number(part) && part.len() <= decimals;
    fits.then(|| format!("{whole}{part:0<decimals$}")).and_then(|digits| digits.parse().ok())
}

fn parse_percent(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok().filter(|percent| *percent <= 100);
    number.ok_or_else(|| "expected a share between 0% and 100%, as in 95%".to_owned())
}

fn parse_count(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| "expected a whole number, as in 10_000_000".to_owned())
}
