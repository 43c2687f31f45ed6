//! What a file must look like to be a table of the contract, and how each column of the contract is found in it.
//!
//! All differences of a table are reported at once. Only logical types count here: dictionary or plain, string or string view,
//! decimals in integers or bytes are the decoder's affair.

use std::collections::{BTreeMap, BTreeSet};

use arrow::datatypes::{DataType, Schema, TimeUnit};

use crate::base::contract::{Kind, TableSpec};
use crate::base::words::mapping;
use crate::error::{Exit, Failure};
use crate::io::source::SourceFile;

/// Text columns that may also be lists of text; their values are joined with a comma.
const LISTS: &[&str] = &["contact_consent", "stops", "languages", "segments"];
/// Differences told one by one; a thousand files with the same fault are one fault.
const TOLD: usize = 40;

/// Words of the files, each with the word of the contract it stands for.
pub type Words = BTreeMap<String, String>;

/// What to do about a column that only the rules know.
const EXTRA_REMEDY: &str = "a column that the dictionary of the rules asks for is named there by source:, as the export names it; with \
                            optional: true its values may be missing, all of them where the files have no such column";

/// What is asked of the files of one table.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The table of the contract.
    pub table: TableSpec,
    /// Names of contract or extra columns in the files: ours to theirs.
    pub columns: BTreeMap<String, String>,
    /// Columns of ours whose files have words of their own: theirs to ours. What is no word of the column stands for no value.
    pub words: BTreeMap<String, Words>,
    /// Columns of ours that may be floats, rounded to the minor unit.
    pub floats: BTreeSet<String>,
    /// Columns outside the contract to read as well; their kind is that of the file.
    pub extra: Vec<String>,
    /// Columns that the files may lack though they are required or beyond the contract: somebody else fills them, or nobody has to.
    pub spared: BTreeSet<String>,
    /// Columns of the contract whose type is checked and whose values nobody reads.
    pub unread: BTreeSet<&'static str>,
}

impl Wanted {
    /// The contract's columns under their own names and nothing else.
    pub fn plain(table: TableSpec) -> Wanted {
        Wanted {
            table,
            columns: BTreeMap::new(),
            words: BTreeMap::new(),
            floats: BTreeSet::new(),
            extra: Vec::new(),
            spared: BTreeSet::new(),
            unread: BTreeSet::new(),
        }
    }

    /// Whether the job file speaks of columns that exist.
    ///
    /// # Errors
    /// [`Exit::Config`] with every unknown name under `columns` and `floats`, and every `floats` column that is no money.
    pub fn check(&self) -> Result<(), Failure> {
        let table = self.table.name;
        let mut messages = Vec::new();
        for ours in self.columns.keys().filter(|ours| !self.names().any(|name| name == *ours)) {
            messages.push(format!("columns.{table}: there is no column {ours}{}", self.nearest_of_ours(ours)));
        }
        for ours in &self.floats {
            match self.table.columns.iter().find(|column| column.name == ours) {
                Some(column) if column.kind == Kind::Money => {}
                Some(_) => messages.push(format!("floats.{table}: {ours} is no amount of money, nothing is rounded there")),
                None => messages.push(format!("floats.{table}: there is no column {ours}{}", self.nearest_of_ours(ours))),
            }
        }
        if messages.is_empty() { Ok(()) } else { Err(Failure::all(Exit::Config, messages)) }
    }

    /// The words of the files in a column, by its place.
    pub fn words_of(&self, column: usize) -> Option<&Words> {
        self.words.get(self.table.columns.get(column)?.name)
    }

    fn nearest_of_ours(&self, name: &str) -> String {
        nearest(name, self.names()).map_or(String::new(), |near| format!("; the nearest is {near}"))
    }

    fn theirs<'a>(&'a self, ours: &'a str) -> &'a str {
        self.columns.get(ours).map_or(ours, String::as_str)
    }

    /// Names of the columns to read: the contract's, then the extra ones.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.table.columns.iter().map(|column| column.name).chain(self.extra.iter().map(String::as_str))
    }
}

/// Where the cells of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: every value is missing.
    Absent,
    /// The column at this place among the top-level columns of the file.
    File(usize),
    /// The `key=value` folder the file lies in; `None` is Hive's missing value.
    Folder(Option<String>),
}

/// The columns of a table as its files have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Kind of each column: the contract's, then those of the extra columns.
    pub kinds: Vec<Kind>,
    /// Per file, the origin of each column.
    pub origins: Vec<Vec<Origin>>,
}

/// Finds the columns of a table in its files.
///
/// # Errors
/// [`Exit::Data`] with every missing column, wrong type and disagreement between files.
pub fn match_files(wanted: &Wanted, files: &[SourceFile], schemas: &[&Schema]) -> Result<Match, Failure> {
    let mut found = Match { kinds: Vec::new(), origins: Vec::new() };
    let mut messages = Vec::new();
    let (mut lacks_columns, mut lacks_extra) = (false, false);
    for (file, schema) in files.iter().zip(schemas) {
        found.origins.push(wanted.names().map(|ours| origin(wanted, ours, file, schema)).collect());
    }
    if let (Some(file), Some(schema), Some(origins)) = (files.first(), schemas.first(), found.origins.first()) {
        messages.extend(repeated(file, schema));
        for (at, (ours, origin)) in wanted.names().zip(origins).enumerate() {
            match kind(wanted, at, ours, origin, schema) {
                Ok(kind) => found.kinds.push(kind),
                Err(message) => {
                    lacks_columns |= *origin == Origin::Absent && at < wanted.table.columns.len();
                    lacks_extra |= *origin == Origin::Absent && at >= wanted.table.columns.len();
                    messages.push(format!("{}: {message}", file.name));
                }
            }
        }
        for (other, other_schema) in files.iter().zip(schemas).skip(1) {
            messages.extend(disagreements(file, schema, other, other_schema));
        }
        for (other, other_origins) in files.iter().zip(&found.origins).skip(1) {
            messages.extend(folder_disagreements(wanted, file, origins, other, other_origins));
        }
    }
    if !messages.is_empty() {
        return Err(refusal(wanted, messages, lacks_columns, lacks_extra));
    }
    for (at, _) in wanted.table.columns.iter().enumerate().filter(|(_, column)| wanted.unread.contains(column.name)) {
        found.origins.iter_mut().for_each(|origins| origins[at] = Origin::Absent);
    }
    Ok(found)
}

fn refusal(wanted: &Wanted, mut messages: Vec<String>, lacks_columns: bool, lacks_extra: bool) -> Failure {
    let more = messages.len().saturating_sub(TOLD);
    messages.truncate(TOLD);
    if more > 0 {
        messages.push(format!("and {more} more differences"));
    }
    let table = wanted.table.name;
    let refused = Failure::all(Exit::Data, messages.into_iter().map(|message| format!("{table}: {message}")).collect());
    // A column of the wrong type has the right name.
    let first = wanted.table.columns.first().map_or("", |column| column.name);
    let mapped = || format!("map its own names in the job file with columns: {{{table}: {{{first}: the name in the file}}}}");
    match (lacks_columns, lacks_extra) {
        (true, false) => refused.remedy(format!("correct the export, or {}", mapped())),
        (true, true) => refused.remedy(format!("correct the export, or {}; {EXTRA_REMEDY}", mapped())),
        (false, true) => refused.remedy(EXTRA_REMEDY),
        (false, false) => refused.remedy("correct the export; docs/inputs.md has the types of every table"),
    }
}

/// A column of the file wins over a folder of the same name.
fn origin(wanted: &Wanted, ours: &str, file: &SourceFile, schema: &Schema) -> Origin {
    let theirs = wanted.theirs(ours);
    let place = schema.fields().iter().position(|field| field.name() == theirs);
    place.map_or_else(|| file.partition(theirs).map_or(Origin::Absent, Origin::Folder), Origin::File)
}

/// The kind of a column, or why the file does not offer it.
fn kind(wanted: &Wanted, at: usize, ours: &str, origin: &Origin, schema: &Schema) -> Result<Kind, String> {
    let contract = wanted.table.columns.get(at);
    match origin {
        Origin::Absent => match contract {
            Some(column) if (!column.required || wanted.spared.contains(ours)) && !wanted.columns.contains_key(ours) => Ok(column.kind),
            // Nothing is read of it, so that its kind says nothing.
            None if wanted.spared.contains(ours) => Ok(Kind::Text),
            _ => Err(no_column(wanted, ours, contract.map(|column| column.kind), schema)),
        },
        Origin::Folder(_) => {
            let kind = contract.map_or(Kind::Text, |column| column.kind);
            let readable = matches!(kind, Kind::Text | Kind::Choice(_) | Kind::Date);
            if readable { Ok(kind) } else { Err(format!("column {ours} is a folder name, expected a column of {}", expected(kind))) }
        }
        Origin::File(place) => {
            let found = schema.field(*place).data_type();
            match contract {
                Some(column) if fits(column.kind, ours, found, wanted.floats.contains(ours)) => Ok(column.kind),
                Some(column) if column.kind == Kind::Flag && is_text(found) && wanted.words.contains_key(ours) => Ok(column.kind),
                Some(column) => Err(wrong_type(wanted, ours, column.kind, found)),
                None => extra_kind(found).ok_or_else(|| {
                    format!("column {} is {}, expected text, date, boolean or a number", named(wanted, ours), type_name(found))
                }),
            }
        }
    }
}

fn no_column(wanted: &Wanted, ours: &str, kind: Option<Kind>, schema: &Schema) -> String {
    let kind = kind.map_or(", which the rules read".to_owned(), |kind| format!(", expected {}", expected(kind)));
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let nearest = nearest(wanted.theirs(ours), names).map_or(String::new(), |name| format!("; the nearest is {name}"));
    format!("there is no column {}{kind}{nearest}", named(wanted, ours))
}

fn wrong_type(wanted: &Wanted, ours: &str, kind: Kind, found: &DataType) -> String {
    let table = wanted.table.name;
    let rounding = match (kind, found) {
        (Kind::Money, DataType::Float16 | DataType::Float32 | DataType::Float64) => {
            format!("; floats: {{{table}: {{{ours}: round}}}} in the job file accepts it")
        }
        (Kind::Text, found) if is_id(ours) && found.is_integer() => {
            let theirs = wanted.theirs(ours);
            format!(
                "; ids are texts, so that 042 is not 42: write it as text, in SQL CAST({theirs} AS VARCHAR), in polars \
                 pl.col(\"{theirs}\").cast(pl.String), in pandas df[\"{theirs}\"].astype(\"string\")"
            )
        }
        _ => recipe(kind, found).map_or(String::new(), |[sql, polars, pandas]| {
            let theirs = wanted.theirs(ours);
            let [sql, polars, pandas] = [sql, polars, pandas].map(|text| text.replace("COLUMN", theirs));
            let words = match kind {
                Kind::Flag if is_text(found) => {
                    format!("; or leave it and write {} in the job file", mapping(table, ours, "oui: true, non: false"))
                }
                Kind::Choice(words) => {
                    let words_of = mapping(table, ours, "\"1\": WORD");
                    format!("; then {words_of} in the job file, with WORD one of {}", words.join(", "))
                }
                _ => String::new(),
            };
            format!("; in SQL {sql}, in polars {polars}, in pandas {pandas}{words}")
        }),
    };
    format!("column {} is {}, expected {}{rounding}", named(wanted, ours), type_name(found), expected(kind))
}

/// How a column of another type becomes one of this kind, in SQL, polars and pandas; `None` where nobody can tell what it holds.
fn recipe(kind: Kind, found: &DataType) -> Option<[&'static str; 3]> {
    let is_text = is_text(found);
    match kind {
        Kind::Date if is_text => Some([
            "CAST(COLUMN AS DATE), or of 31/12/2026 CAST(strptime(COLUMN, '%d/%m/%Y') AS DATE)",
            "pl.col(\"COLUMN\").str.to_date(\"%d/%m/%Y\")",
            "pd.to_datetime(df[\"COLUMN\"], format=\"%d/%m/%Y\").dt.date",
        ]),
        Kind::Date if found.is_integer() => Some([
            "of 20261231 CAST(strptime(CAST(COLUMN AS VARCHAR), '%Y%m%d') AS DATE)",
            "pl.col(\"COLUMN\").cast(pl.String).str.to_date(\"%Y%m%d\")",
            "pd.to_datetime(df[\"COLUMN\"].astype(\"string\"), format=\"%Y%m%d\").dt.date",
        ]),
        Kind::Money if is_text => Some([
            "of 1 234,56 CAST(REPLACE(REPLACE(COLUMN, ' ', ''), ',', '.') AS DECIMAL(18, 2))",
            "pl.col(\"COLUMN\").str.replace_all(\" \", \"\").str.replace(\",\", \".\").cast(pl.Decimal(18, 2))",
            "df[\"COLUMN\"].str.replace(\" \", \"\").str.replace(\",\", \".\").map(decimal.Decimal)",
        ]),
        Kind::Flag if is_text => Some([
            "COLUMN IN ('oui', 'yes', 'true')",
            "pl.col(\"COLUMN\").is_in([\"oui\", \"yes\", \"true\"])",
            "df[\"COLUMN\"].isin([\"oui\", \"yes\", \"true\"])",
        ]),
        Kind::Choice(_) if found.is_integer() => {
            Some(["CAST(COLUMN AS VARCHAR)", "pl.col(\"COLUMN\").cast(pl.String)", "df[\"COLUMN\"].astype(\"string\")"])
        }
        Kind::Flag if found.is_integer() => Some(["COLUMN = 1", "pl.col(\"COLUMN\") == 1", "df[\"COLUMN\"] == 1"]),
        _ => None,
    }
}

/// Whether a column holds ids, as its name says.
fn is_id(ours: &str) -> bool {
    ours.ends_with("_id")
}

fn named(wanted: &Wanted, ours: &str) -> String {
    match wanted.columns.get(ours) {
        Some(theirs) if theirs != ours => format!("{theirs} ({ours})"),
        _ => ours.to_owned(),
    }
}

/// The name most like this one, if any is like it.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' ', '.'], "");
    let likeness = |other: &str| strsim::jaro_winkler(&plain(name), &plain(other));
    let likely = names.map(|other| (likeness(other), other)).filter(|(like, _)| *like > 0.75);
    likely.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, other)| other)
}

fn repeated(file: &SourceFile, schema: &Schema) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let twice = schema.fields().iter().filter(|field| !seen.insert(field.name()));
    twice.map(|field| format!("{}: there are two columns {}", file.name, field.name())).collect()
}

/// How another file of the table differs from the first, in any column, used or not.
fn disagreements(first: &SourceFile, schema: &Schema, other: &SourceFile, other_schema: &Schema) -> Vec<String> {
    let types = |schema: &Schema| -> BTreeMap<String, String> {
        schema.fields().iter().map(|field| (field.name().clone(), type_name(field.data_type()))).collect()
    };
    let (here, there) = (types(schema), types(other_schema));
    let changed = here.iter().filter_map(|(name, kind)| match there.get(name) {
        None => Some(format!("{}: there is no column {name}, which {} has", other.name, first.name)),
        Some(other_kind) if other_kind != kind => {
            Some(format!("{}: column {name} is {other_kind}, but {kind} in {}", other.name, first.name))
        }
        Some(_) => None,
    });
    let added = there.keys().filter(|name| !here.contains_key(*name));
    let added = added.map(|name| format!("{}: column {name} is not in {}", other.name, first.name));
    changed.chain(added).chain(repeated(other, other_schema)).collect()
}

fn folder_disagreements(
    wanted: &Wanted,
    first: &SourceFile,
    origins: &[Origin],
    other: &SourceFile,
    other_origins: &[Origin],
) -> Vec<String> {
    let in_folder = |origin: &Origin| matches!(origin, Origin::Folder(_));
    let pairs = wanted.names().zip(origins.iter().zip(other_origins));
    let differing = pairs.filter(|(_, (here, there))| in_folder(here) != in_folder(there));
    differing
        .map(|(ours, (here, _))| {
            let (with, without) = if in_folder(here) { (first, other) } else { (other, first) };
            format!("{}: there is no folder {}=..., which {} has", without.name, wanted.theirs(ours), with.name)
        })
        .collect()
}

/// Whether cells of this type can be read as this kind.
fn fits(kind: Kind, ours: &str, found: &DataType, rounds: bool) -> bool {
    match kind {
        Kind::Text => is_text(found) || LISTS.contains(&ours) && is_text_list(found),
        Kind::Choice(_) => is_text(found),
        Kind::Money => is_decimal(found) || found.is_integer() || rounds && found.is_floating(),
        Kind::Number | Kind::ExchangeRate => is_decimal(found) || found.is_integer() || found.is_floating(),
        Kind::Date => matches!(found, DataType::Date32 | DataType::Timestamp(_, _)),
        Kind::Flag => *found == DataType::Boolean,
        Kind::Whole => *found == DataType::Int64,
        Kind::Decimal => matches!(found, DataType::Decimal128(_, 6)),
    }
}

fn extra_kind(found: &DataType) -> Option<Kind> {
    [Kind::Text, Kind::Flag, Kind::Date, Kind::Number].into_iter().find(|kind| fits(*kind, "", found, false))
}

fn is_text(found: &DataType) -> bool {
    matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_text_list(found: &DataType) -> bool {
    matches!(found, DataType::List(item) | DataType::LargeList(item) if is_text(item.data_type()))
}

/// Decimals with more than 38 decimals do not exist in ledgers and would not fit the arithmetic.
fn is_decimal(found: &DataType) -> bool {
    match found {
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
            (0..=38).contains(scale)
        }
        _ => false,
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) => "text",
        Kind::Money => "decimal",
        Kind::Date => "date",
        Kind::Flag => "boolean",
        Kind::Number | Kind::ExchangeRate | Kind::Decimal => "a number",
        Kind::Whole => "int64",
    }
}

/// A type as an analyst knows it; two types with one name are the same to the reader.
fn type_name(found: &DataType) -> String {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "bytes without a text annotation".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(unit, zone) => {
            let unit = match unit {
                TimeUnit::Second => "s",
                TimeUnit::Millisecond => "ms",
                TimeUnit::Microsecond => "us",
                TimeUnit::Nanosecond => "ns",
            };
            zone.as_ref().map_or_else(|| format!("timestamp({unit})"), |zone| format!("timestamp({unit}, {zone})"))
        }
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::List(item) | DataType::LargeList(item) => format!("list of {}", type_name(item.data_type())),
        DataType::Struct(_) => "struct".into(),
        DataType::Map(_, _) => "map".into(),
        DataType::Dictionary(_, value) => type_name(value),
        other => other.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;

    use super::*;
    use crate::base::contract::{customers, installments};

    const TEXT: DataType = DataType::Utf8;
    const MONEY: DataType = DataType::Decimal128(18, 2);

    fn schema(fields: &[(&str, DataType)]) -> Schema {
        Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>())
    }

    fn file(name: &str) -> SourceFile {
        SourceFile { name: name.into(), path: name.into() }
    }

    fn good() -> Vec<(&'static str, DataType)> {
        vec![("invoice_id", TEXT), ("sequence", DataType::Int32), ("due_date", DataType::Date32), ("amount", MONEY)]
    }

    fn messages(wanted: &Wanted, files: &[(&str, &[(&str, DataType)])]) -> Vec<String> {
        let schemas: Vec<Schema> = files.iter().map(|(_, fields)| schema(fields)).collect();
        let files: Vec<SourceFile> = files.iter().map(|(name, _)| file(name)).collect();
        match match_files(wanted, &files, &schemas.iter().collect::<Vec<_>>()) {
            Ok(_) => Vec::new(),
            Err(failure) => {
                assert_eq!(failure.exit, Exit::Data);
                failure.messages
            }
        }
    }

    #[test]
    fn all_differences_are_named_at_once() {
        let fields =
            [("InvoiceId", TEXT), ("sequence", TEXT), ("due_date", TEXT), ("amount", DataType::Float64), ("note", DataType::Boolean)];
        assert_eq!(
            messages(&Wanted::plain(installments::SPEC), &[("i.parquet", &fields)]),
            [
                "installments: i.parquet: there is no column invoice_id, expected text; the nearest is InvoiceId",
                "installments: i.parquet: column sequence is text, expected a number",
                "installments: i.parquet: column due_date is text, expected date; in SQL CAST(due_date AS DATE), or of 31/12/2026 CAST(strptime(due_date, '%d/%m/%Y') AS DATE), in polars pl.col(\"due_date\").str.to_date(\"%d/%m/%Y\"), in pandas pd.to_datetime(df[\"due_date\"], format=\"%d/%m/%Y\").dt.date",
                "installments: i.parquet: column amount is double, expected decimal; floats: {installments: {amount: round}} in the job file accepts it",
            ]
        );
    }

    #[test]
    fn mapped_and_extra_columns_must_be_there() {
        let mut wanted = Wanted::plain(installments::SPEC);
        wanted.columns = [("amount", "WRBTR"), ("sequence", "BUZEI"), ("region", "REGIO")].map(|(a, b)| (a.into(), b.into())).into();
        wanted.extra = vec!["region".into(), "shape".into()];
        let fields = [("invoice_id", TEXT), ("WRBT", MONEY), ("BUZEI", TEXT), ("due_date", DataType::Date32), ("shape", DataType::Binary)];
        assert_eq!(
            messages(&wanted, &[("i.parquet", &fields)]),
            [
                "installments: i.parquet: column BUZEI (sequence) is text, expected a number",
                "installments: i.parquet: there is no column WRBTR (amount), expected decimal; the nearest is WRBT",
                "installments: i.parquet: there is no column REGIO (region), which the rules read",
                "installments: i.parquet: column shape is bytes without a text annotation, expected text, date, boolean or a number",
            ]
        );
    }

    #[test]
    fn the_job_file_speaks_of_columns_that_exist() {
        let mut wanted = Wanted::plain(installments::SPEC);
        wanted.columns = [("amuont", "WRBTR"), ("amount", "X"), ("region", "REGIO")].map(|(a, b)| (a.into(), b.into())).into();
        wanted.floats = ["amount", "due_date", "total"].map(str::to_owned).into();
        wanted.extra = vec!["region".into()];
        let failure = wanted.check().unwrap_err();
        assert_eq!(failure.exit, Exit::Config);
        assert_eq!(
            failure.messages,
            [
                "columns.installments: there is no column amuont; the nearest is amount",
                "floats.installments: due_date is no amount of money, nothing is rounded there",
                "floats.installments: there is no column total",
            ]
        );
    }

    #[test]
    fn files_of_one_table_agree_in_any_column_order() {
        let wanted = Wanted::plain(installments::SPEC);
        let mut turned = good();
        turned.reverse();
        assert!(messages(&wanted, &[("a.parquet", &good()), ("b.parquet", &turned)]).is_empty());
        let mut other = good();
        other[3].1 = DataType::Decimal128(18, 3);
        other[1].0 = "seq";
        assert_eq!(
            messages(&wanted, &[("a.parquet", &good()), ("b.parquet", &other)]),
            [
                "installments: b.parquet: column amount is decimal(18,3), but decimal(18,2) in a.parquet",
                "installments: b.parquet: there is no column sequence, which a.parquet has",
                "installments: b.parquet: column seq is not in a.parquet",
            ]
        );
    }

    #[test]
    fn folders_stand_in_for_text_enum_and_date_columns() {
        let mut fields = good();
        fields.remove(2);
        let wanted = Wanted::plain(installments::SPEC);
        assert!(messages(&wanted, &[("due_date=2026-01-01/a.parquet", &fields)]).is_empty());
        assert_eq!(
            messages(&wanted, &[("due_date=2026-01-01/a.parquet", &fields), ("x/b.parquet", &fields)]),
            ["installments: x/b.parquet: there is no folder due_date=..., which due_date=2026-01-01/a.parquet has"]
        );
        fields.pop();
        assert_eq!(
            messages(&wanted, &[("amount=1/due_date=2026-01-01/a.parquet", &fields)]),
            ["installments: amount=1/due_date=2026-01-01/a.parquet: column amount is a folder name, expected a column of decimal"]
        );
    }

    #[test]
    fn lists_are_text_only_where_the_contract_says_so() {
        let list = DataType::List(Field::new("element", TEXT, true).into());
        let wanted = Wanted::plain(customers::SPEC);
        assert!(messages(&wanted, &[("c.parquet", &[("customer_id", TEXT), ("contact_consent", list.clone())])]).is_empty());
        assert_eq!(
            messages(&wanted, &[("c.parquet", &[("customer_id", TEXT), ("email", list)])]),
            ["customers: c.parquet: column email is list of text, expected text"]
        );
    }

    #[test]
    fn a_thousand_files_with_one_fault_are_told_briefly() {
        let other = [("invoice_id", TEXT)];
        let names: Vec<String> = (0..100).map(|at| format!("{at}.parquet")).collect();
        let good = good();
        let mut files: Vec<(&str, &[(&str, DataType)])> = vec![("first.parquet", &good)];
        files.extend(names.iter().map(|name| (name.as_str(), &other[..])));
        let messages = messages(&Wanted::plain(installments::SPEC), &files);
        assert_eq!(messages.len(), TOLD + 1);
        assert_eq!(messages[TOLD], "installments: and 260 more differences");
    }
}
