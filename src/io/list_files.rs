//! Files that lists of the rules are read from: CSV as it is, Parquet as the same text.

use std::fs::{self, File};
use std::path::{Component, Path};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Exit, Failure};

/// Bytes the text of a list file may have.
const LONGEST: usize = 64 << 20;

/// What is said of a file in another encoding.
const NOT_UTF8: &str = "is not UTF-8";

/// The text of a list file, named relative to the folder of the rules; `None` where there is none in that folder.
///
/// # Errors
/// [`Exit::Config`] where it is too long, no UTF-8 or no Parquet.
pub fn read(folder: &Path, name: &str) -> Result<Option<String>, Failure> {
    let path = folder.join(name);
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    // A pipe is never opened: it could keep us waiting for ever.
    if !inside || !path.is_file() {
        return Ok(None);
    }
    let text = if name.ends_with(".parquet") { parquet(&path) } else { csv(&path) };
    text.map(Some).map_err(|why| {
        let remedy = if why.starts_with(NOT_UTF8) {
            "save it as UTF-8: in Excel the type \"CSV UTF-8 (Comma delimited)\", in LibreOffice the character set Unicode (UTF-8), on the \
             command line iconv -f WINDOWS-1252 -t UTF-8"
        } else {
            "a list is read from a CSV file of UTF-8 text or from a Parquet file, 64 MiB at most"
        };
        Failure::new(Exit::Config, format!("the list file {} {why}", path.display())).remedy(remedy)
    })
}

fn csv(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if usize::try_from(length).map_or(true, |length| length > LONGEST) {
        return Err("is longer than 64 MiB".to_owned());
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
        format!("{NOT_UTF8} from byte {valid} on, in line {line}")
    })
}

/// The columns of a Parquet file that have a form as text.
fn parquet(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    let reader = reader.map_err(|error| format!("is no Parquet: {error}"))?;
    let mut text = String::new();
    for batch in reader {
        let batch = batch.map_err(|error| format!("is no Parquet: {error}"))?;
        add(&batch, &mut text).map_err(|error| format!("cannot be read as text: {error}"))?;
        if text.len() > LONGEST {
            return Err("is longer than 64 MiB as text".to_owned());
        }
    }
    Ok(text)
}

fn add(batch: &RecordBatch, text: &mut String) -> Result<(), ArrowError> {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let fields: Vec<_> = fields.filter(|(field, _)| can_cast_types(field.data_type(), &DataType::Utf8)).collect();
    if text.is_empty() {
        line(fields.iter().map(|(field, _)| Some(field.name().as_str())), text);
    }
    let columns = fields.iter().map(|(_, column)| cast(column, &DataType::Utf8)).collect::<Result<Vec<_>, _>>()?;
    let columns: Vec<_> = columns.iter().map(|column| column.as_string::<i32>()).collect();
    for row in 0..batch.num_rows() {
        line(columns.iter().map(|column| column.is_valid(row).then(|| column.value(row))), text);
    }
    Ok(())
}

fn line<'v>(values: impl Iterator<Item = Option<&'v str>>, text: &mut String) {
    for (at, value) in values.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if let Some(value) = value {
            text.push('"');
            text.push_str(&value.replace('"', "\"\""));
            text.push('"');
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use parquet::arrow::ArrowWriter;

    use super::*;

    #[test]
    fn parquet_and_csv_come_as_the_same_text() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("C-1"), None, Some("C,\"3\"")]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let batch = RecordBatch::try_from_iter([("id", ids), ("number", numbers)]).expect("a batch");
        fs::create_dir(folder.path().join("lists")).expect("a folder");
        let file = File::create(folder.path().join("lists/b.parquet")).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        fs::write(folder.path().join("a.csv"), "id\nC-1\n").expect("written");
        let cases = [
            ("a.csv", Some("id\nC-1\n")),
            ("lists/b.parquet", Some("\"id\",\"number\"\n\"C-1\",\"1\"\n,\"2\"\n\"C,\"\"3\"\"\",\"3\"\n")),
            ("none.csv", None),
            ("lists/../a.csv", None),
            ("/etc/hostname", None),
        ];
        for (name, expected) in cases {
            assert_eq!(read(folder.path(), name).expect("read").as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_with_its_name() {
        for (name, bytes, message, remedy) in [
            ("a.csv", &b"id,name\n1,Ren\xe9\n"[..], "is not UTF-8 from byte 13 on, in line 2", "CSV UTF-8"),
            ("b.parquet", b"PAR", "is no Parquet", "64 MiB at most"),
        ] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join(name), bytes).expect("written");
            let failure = read(folder.path(), name).unwrap_err();
            assert_eq!(failure.exit, Exit::Config);
            assert!([name, message, remedy].iter().all(|words| failure.to_string().contains(words)), "{failure}");
        }
    }
}
