//! The binary: from the command line to an exit code.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use relance::cli::{
    AgencyCommand, Check, CheckFormat, Cli, Command, CsvStyle, Docs, Dossier, ExplainCode, Export, FailOn, Fmt, Format, Generate, Init,
    Kpis, KpisFormat, Log, Run, Schema, Sheet, Terms, Test, TestAdd, TestCommand, TestFormat,
};
use relance::desk;
use relance::desk::check::Severity;
use relance::error::{Exit, Failure};
use relance::run::memory_limit::MemoryLimit;
use relance::run::{self, Outcome, Reporter, Request, Silent, StateFrom, Summary};
use relance::settings::Settings;
use relance::terminal::{Bars, JsonLog};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = if let Command::Run(Run { log, .. }) = &cli.command { *log } else { Log::Text };
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(|| dispatch(&cli)).unwrap_or_else(|panic| Err(bug(&*panic)));
    match outcome {
        Ok((text, true)) => print(&text, &cli.command, log),
        Ok((text, false)) => match print(&text, &cli.command, log) {
            ExitCode::SUCCESS => ExitCode::from(Exit::No as u8),
            failed => failed,
        },
        Err(failure) => {
            report(&failure, log);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Runs the command; the text goes to standard output. The flag says whether the answer is yes.
fn dispatch(cli: &Cli) -> Result<(String, bool), Failure> {
    let said = match &cli.command {
        Command::Run(command) => night(command),
        Command::Check(command) => return check(command),
        Command::ExplainCode(command) => explain_code(command),
        Command::Fmt(command) => fmt(command),
        Command::Schema(command) => schema(command),
        Command::Docs(command) => docs(command),
        Command::Generate(command) => generate(command),
        Command::Init(command) => init(command),
        Command::Test(command) => return test(command),
        Command::Kpis(command) => kpis(command),
        Command::Dossier(command) => dossier(command),
        Command::Sheet(command) => sheet(command),
        Command::Export(command) => export(command),
        Command::Agency(command) => agency(command),
        Command::Terms(command) => terms(command),
    };
    said.map(|text| (text, true))
}

fn night(command: &Run) -> Result<String, Failure> {
    let file = match command.job.as_slice() {
        [file] => file,
        files => {
            let names_a_folder = command.out.is_some() || command.state.as_deref().is_some_and(|state| state != "none");
            // One that cannot be read says so in its own turn.
            let out = |file: &PathBuf| Some((file.clone(), job(file).ok()?.places.out));
            let outs: Vec<_> = files.iter().filter_map(out).collect();
            return desk::nights::run(files, &outs, names_a_folder);
        }
    };
    let mut settings = job(file)?;
    let usual = settings.places.out.clone();
    if let Some(out) = &command.out {
        settings.places.out.clone_from(out);
    }
    let state = match command.state.as_deref() {
        None => StateFrom::Published,
        Some("none") => StateFrom::None,
        Some(folder) => StateFrom::Folder(folder.into()),
    };
    let memory_limit = command.memory_limit.map_or(Ok(MemoryLimit::default()), MemoryLimit::of_bytes)?;
    let request = Request { settings: &settings, as_of: command.as_of, state, replace: command.reason.clone(), memory_limit };
    let outcome = with_threads(command.threads, || match command.log {
        Log::Json => run::run(&request, &JsonLog::new()),
        Log::Text if std::io::stderr().is_terminal() => run::run(&request, &Bars::new()),
        Log::Text => run::run(&request, &Silent as &dyn Reporter),
    })?;
    match outcome {
        Outcome::Published(summary) if command.state.is_none() => shown(&summary.beside(&usual, command.as_of), command.format),
        Outcome::Published(summary) => shown(&summary, command.format),
        Outcome::AlreadyDone(folder) => Ok(match command.format {
            Format::Text => format!("already done, nothing to do: {}\n", folder.display()),
            Format::Json => format!("{}\n", serde_json::json!({ "already_done": true, "folder": folder })),
        }),
    }
}

fn shown(summary: &Summary, format: Format) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(summary.to_string()),
        Format::Json => serde_json::to_string_pretty(summary)
            .map(|json| json + "\n")
            .map_err(|error| Failure::new(Exit::Bug, format!("the summary does not serialise: {error}"))),
    }
}

fn check(command: &Check) -> Result<(String, bool), Failure> {
    let data = command.data.as_deref().map(job).transpose()?;
    let named = match (&command.rules, &command.job, &data) {
        (None, Some(file), _) => Some(job(file)?),
        (None, None, None) => Some(job(Path::new(relance::settings::JOB_FILE))?),
        _ => None,
    };
    let rules = match (&command.rules, named.as_ref().or(data.as_ref())) {
        (Some(folder), _) => desk::check::Rules::Folder(typed(folder)?),
        (None, Some(settings)) => desk::check::Rules::Job(settings),
        (None, None) => return Err(Failure::new(Exit::Bug, "neither rules nor a job")),
    };
    let request = desk::check::Request {
        rules,
        as_of: command.as_of,
        form: match command.format {
            CheckFormat::Text => desk::check::Form::Text,
            CheckFormat::Json => desk::check::Form::Json,
            CheckFormat::Sarif => desk::check::Form::Sarif,
            CheckFormat::Github => desk::check::Form::Github,
        },
        fail_on: match command.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        },
        fix: command.fix,
        data: data.as_ref(),
        colour: std::io::stdout().is_terminal(),
    };
    if let (Some(file), Some(other)) = (&command.data, request.rules_of_another_job()) {
        let (checked, own) = (request.rules.folder().display(), other.display());
        warn(&format!("these are the findings of {checked}; the rules of {} are {own}", file.display()), Log::Text);
    }
    desk::check::run(&request).map(|answer| (answer.text, !answer.is_no))
}

fn explain_code(command: &ExplainCode) -> Result<String, Failure> {
    desk::explain_code::explain(command.code.as_deref())
}

fn fmt(command: &Fmt) -> Result<String, Failure> {
    let (paths, currency) = if command.paths.is_empty() {
        let settings = job(&command.job)?;
        (vec![settings.places.rules], Some(settings.reporting_currency))
    } else {
        (command.paths.clone(), None)
    };
    let changes = desk::fmt::changes(&paths, command.as_of, currency)?;
    let diff: String = if command.diff { changes.iter().map(desk::fmt::Change::diff).collect() } else { String::new() };
    if command.check && !changes.is_empty() {
        let _ = std::io::stdout().write_all(diff.as_bytes());
        let messages = changes.iter().map(|change| format!("{} is not formatted", change.path.display())).collect();
        return Err(Failure::all(Exit::No, messages).remedy("relance fmt formats it"));
    }
    if command.diff {
        return Ok(diff);
    }
    changes.iter().try_for_each(desk::fmt::Change::write)?;
    Ok(changes.iter().map(|change| format!("formatted {}\n", change.path.display())).collect())
}

fn schema(command: &Schema) -> Result<String, Failure> {
    let of_job = command.job.as_deref().map(job).transpose()?.map(|settings| settings.places.rules);
    let named = command.rules.as_deref().map(typed).transpose()?;
    let words = desk::schema::words(named.or(of_job.as_deref()))?;
    match &command.kind {
        Some(kind) => desk::schema::text(kind, &words),
        None => {
            let written = desk::schema::write_all(&command.out, &words)?;
            Ok(written.iter().map(|path| format!("{}\n", path.display())).collect())
        }
    }
}

fn docs(command: &Docs) -> Result<String, Failure> {
    let (rules, currency) = match &command.rules {
        Some(rules) => (typed(rules)?.to_owned(), None),
        None => job(&command.job).map(|settings| (settings.places.rules, Some(settings.reporting_currency)))?,
    };
    let page = desk::docs::page(&desk::pack::Pack::open(&rules, command.as_of, currency)?)?;
    relance::io::folder::write_over(&command.out, &page)?;
    Ok(format!("{}\n", command.out.display()))
}

fn dossier(command: &Dossier) -> Result<String, Failure> {
    if let Some(file) = &command.verify {
        return desk::dossier::verify(file);
    }
    let (Some(customer), Some(out)) = (&command.customer, &command.out) else {
        return Err(Failure::new(Exit::Bug, "neither a customer nor a dossier"));
    };
    let settings = job(&command.job)?;
    let request = desk::dossier::Request { settings: &settings, customer: customer.clone(), as_of: command.as_of };
    relance::io::folder::write_new(out, &desk::dossier::page(&request)?)?;
    Ok(format!("{}\n", out.display()))
}

fn export(command: &Export) -> Result<String, Failure> {
    let settings = job(&command.job)?;
    let Export { agency, as_of, dry_run, .. } = command;
    desk::handover::export(&desk::handover::Request { settings: &settings, agency: agency.clone(), as_of: *as_of, dry_run: *dry_run })
}

fn agency(command: &AgencyCommand) -> Result<String, Failure> {
    match command {
        AgencyCommand::Status(status) => desk::handover::status::status(&job(&status.job)?, status.agency.as_deref()),
        AgencyCommand::Verify(verify) => desk::handover::verify::verify(&verify.batch, verify.after.as_deref()),
    }
}

fn sheet(command: &Sheet) -> Result<String, Failure> {
    let settings = job(&command.job)?;
    let style = match command.style {
        CsvStyle::Plain => desk::sheet::csv::Style::Plain,
        CsvStyle::Semicolon => desk::sheet::csv::Style::Semicolon,
    };
    desk::sheet::write(&desk::sheet::Request {
        settings: &settings,
        table: command.table.clone(),
        as_of: command.as_of,
        filters: command.filters.clone(),
        columns: command.columns.clone(),
        style,
        out: command.out.clone(),
    })
}

fn generate(command: &Generate) -> Result<String, Failure> {
    let Generate { invoices, seed, as_of, out, dirty } = command;
    let request = desk::generate::Request { invoices: *invoices, seed: *seed, as_of: *as_of, dirty: *dirty, out: out.clone() };
    let summary = desk::generate::generate(&request)?;
    let rows: Vec<String> = summary.rows.iter().map(|(table, rows)| format!("{table:<16}{rows:>14}\n")).collect();
    Ok(format!("{}job file: {}\n", rows.concat(), summary.job.display()))
}

fn init(command: &Init) -> Result<String, Failure> {
    let written = desk::init::init(&command.folder, command.pack.as_deref())?;
    let files: String = written.files.iter().map(|path| format!("{}\n", path.display())).collect();
    let next = if written.kept_job {
        format!("relance.yaml stays as it is; to use this pack, write there rules: {}", written.rules)
    } else {
        "say in relance.yaml where your tables are, then relance check, relance test and relance run --as-of DAY".to_owned()
    };
    Ok(format!("{files}\nnext: {next}\n"))
}

fn kpis(command: &Kpis) -> Result<String, Failure> {
    let out = command.out.clone().map_or_else(|| job(&command.job).map(|settings| settings.places.out), Ok)?;
    if command.curve {
        return desk::curve::tell(&out, &command.currency);
    }
    desk::kpis::show(&desk::kpis::Request {
        out,
        kpis: command.kpis.clone(),
        scope: command.scope.clone(),
        value: command.value.clone(),
        currency: command.currency.clone(),
        history: command.history,
        from: command.from,
        until: command.until,
        form: match command.format {
            KpisFormat::Text => desk::kpis::Form::Text,
            KpisFormat::Csv => desk::kpis::Form::Csv,
            KpisFormat::Json => desk::kpis::Form::Json,
        },
    })
}

fn terms(command: &Terms) -> Result<String, Failure> {
    desk::terms::tell(&desk::terms::Request {
        terms: command.terms.clone(),
        issued: command.issued,
        received: command.received,
        calendar: command.calendar.clone(),
        amount: command.amount,
        yearly_rate: command.yearly_rate,
    })
}

fn test(command: &Test) -> Result<(String, bool), Failure> {
    if let Some(TestCommand::Add(add)) = &command.more {
        return test_add(add).map(|text| (text, true));
    }
    let format = match command.format {
        TestFormat::Text => desk::test::Format::Text,
        TestFormat::Json => desk::test::Format::Json,
        TestFormat::Junit => desk::test::Format::Junit,
    };
    let (paths, of) = match &command.job {
        Some(file) => rules_of(file)?,
        None if command.paths.is_empty() => rules_here()?,
        None => (command.paths.clone(), None),
    };
    let request = desk::test::Request {
        paths,
        of_job: of.map(|settings| settings.reporting_currency),
        filter: command.filter.clone(),
        format,
        coverage: command.coverage,
        least: command.min,
        suggest: command.suggest,
        out: command.out.clone(),
        force: command.force,
    };
    let told = {
        // The line is gone before the report comes.
        let bars = std::io::stderr().is_terminal().then(Bars::new);
        bars.iter().for_each(|bars| bars.stage(if request.suggest { "looking for missing tests" } else { "testing" }));
        desk::test::test(&request)?
    };
    let Some(tests) = told.tests else { return Ok((told.text, told.holds)) };
    // Standard output is a test file now, and nothing else. Should nobody read the report, the exit code still tells.
    let _ = std::io::stderr().write_all(told.text.as_bytes());
    Ok((tests, told.holds))
}

fn test_add(command: &TestAdd) -> Result<String, Failure> {
    let settings = job(&command.job)?;
    let file = command.out.clone().unwrap_or_else(|| PathBuf::from("new.test.yaml"));
    let request = desk::test::add::Request {
        customer: command.customer.clone(),
        as_of: command.date,
        name: command.name.clone(),
        file: file.clone(),
    };
    let text = desk::test::add::add(&settings, &request)?;
    if command.out.is_none() {
        return Ok(text);
    }
    relance::io::folder::write_new(&file, &text)?;
    Ok(format!("{}\n", file.display()))
}

/// The rules of a job, and the job.
fn rules_of(file: &Path) -> Result<(Vec<PathBuf>, Option<Settings>), Failure> {
    job(file).map(|settings| (vec![settings.places.rules.clone()], Some(settings)))
}

/// The same of the job file in the current folder, else the current folder itself.
fn rules_here() -> Result<(Vec<PathBuf>, Option<Settings>), Failure> {
    let file = Path::new(relance::settings::JOB_FILE);
    if file.is_file() { rules_of(file) } else { Ok((vec![PathBuf::from(".")], None)) }
}

/// A folder of rules as it was typed: a file in its place is a slip of the command line.
fn typed(folder: &Path) -> Result<&Path, Failure> {
    relance::io::text::is_folder(folder).map(|()| folder).map_err(|failure| Failure { exit: Exit::Usage, ..failure })
}

/// Reads the job file.
fn job(path: &Path) -> Result<Settings, Failure> {
    if path.is_dir() {
        let inside = path.join(relance::settings::JOB_FILE);
        let remedy = if inside.is_file() {
            format!("name the file in it: {}", inside.display())
        } else {
            format!("name a job file; relance init {} writes one to start from", path.display())
        };
        return Err(Failure::new(Exit::Usage, format!("{} is a folder, and a job is a file", path.display())).remedy(remedy));
    }
    let text = relance::io::text::job_file(path)?;
    Settings::parse(&text, path, &|name| std::env::var(name).ok())
}

fn with_threads<T: Send>(threads: Option<usize>, work: impl FnOnce() -> Result<T, Failure> + Send) -> Result<T, Failure> {
    let Some(threads) = threads else { return work() };
    if threads == 0 {
        return Err(Failure::new(Exit::Usage, "--threads must be at least 1"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::new(Exit::Busy, format!("cannot start {threads} threads: {error}")))?;
    pool.install(work)
}

/// Writes the result to standard output. A night that is published stays so, whether or not its summary finds a reader.
fn print(text: &str, command: &Command, log: Log) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) if matches!(command, Command::Run(_)) => {
            warn(&format!("cannot write the summary: {error}; the night is published"), log);
            ExitCode::SUCCESS
        }
        Err(error) => {
            report(&Failure::new(Exit::Machine, format!("cannot write to standard output: {error}")), log);
            ExitCode::from(Exit::Machine as u8)
        }
    }
}

fn warn(message: &str, log: Log) {
    let text = match log {
        Log::Text => format!("warning: {message}\n"),
        Log::Json => format!("{}\n", serde_json::json!({ "level": "warning", "message": message })),
    };
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn report(failure: &Failure, log: Log) {
    let text = match log {
        Log::Text => failure.to_string(),
        Log::Json => {
            let exit = failure.exit as u8;
            let line = serde_json::json!({ "level": "error", "exit": exit, "messages": failure.messages, "remedy": failure.remedy });
            format!("{line}\n")
        }
    };
    // The exit code still tells, should nobody read this.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// An invariant of ours broke.
fn bug(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Failure::new(Exit::Bug, format!("internal error: {}", text.unwrap_or("unknown")))
        .remedy("nothing was published; please report this with the command and the version")
}
