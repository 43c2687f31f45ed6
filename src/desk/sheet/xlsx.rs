//! Tables as a workbook: text stays text, so that ids keep their zeros; amounts and days are what spreadsheets reckon with.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::desk::cells::Value;
use crate::desk::sheet::Page;
use crate::error::{Exit, Failure};

/// Rows a sheet of a workbook may have, its head among them.
const MOST_ROWS: usize = 1 << 20;
/// Numbers of more digits than this a spreadsheet would round.
const EXACT_DIGITS: u32 = 15;
/// Letters the name of a sheet may have.
const LONGEST_NAME: usize = 31;

/// A workbook with a sheet for each page. The same pages give the same bytes.
///
/// # Errors
/// [`Exit::Usage`] where a page has more rows than a sheet may have.
pub fn write(pages: &[Page]) -> Result<Vec<u8>, Failure> {
    if let Some(page) = pages.iter().find(|page| page.rows.len() >= MOST_ROWS) {
        let message = format!("{} has {} rows, more than a sheet takes ({})", page.title, page.rows.len(), MOST_ROWS - 1);
        return Err(Failure::new(Exit::Usage, message).remedy("choose some of them with --where, or write CSV"));
    }
    workbook(pages).map_err(|error| Failure::new(Exit::Bug, format!("the workbook cannot be written: {error}")))
}

fn workbook(pages: &[Page]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // No clock: a workbook of the same night is the same file.
    let never = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&never));
    let mut names: Vec<String> = Vec::new();
    for page in pages {
        let name = free_name(&page.title, &names);
        fill(book.add_worksheet().set_name(&name)?, page)?;
        names.push(name);
    }
    book.save_to_buffer()
}

/// The title as a name no other sheet has, without the signs such names may not have.
fn free_name(title: &str, taken: &[String]) -> String {
    let letters = title.chars().map(|letter| if "[]:*?/\\'".contains(letter) || letter.is_control() { '_' } else { letter });
    let plain: String = letters.take(LONGEST_NAME).collect();
    let plain = if plain.trim().is_empty() { "sheet".to_owned() } else { plain };
    let is_free = |name: &str| taken.iter().all(|other| !other.eq_ignore_ascii_case(name));
    let numbered = |number: usize| {
        let end = format!(" {number}");
        plain.chars().take(LONGEST_NAME - end.len()).collect::<String>() + &end
    };
    if is_free(&plain) { plain } else { (2..).map(numbered).find(|name| is_free(name)).unwrap_or_default() }
}

fn fill(sheet: &mut Worksheet, page: &Page) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (column, name) in (0..).zip(&page.head) {
        sheet.write_string_with_format(0, column, name, &bold)?;
        let widest = page.rows.iter().take(200).filter_map(|row| row[usize::from(column)].as_ref()).map(|cell| cell.text().chars().count());
        let width = widest.chain([name.chars().count()]).max().unwrap_or(0).clamp(6, 60);
        sheet.set_column_width(column, u8::try_from(width).map_or(60.0, f64::from) + 2.0)?;
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let decimals: Vec<Format> = (0..=6)
        .map(|digits| Format::new().set_num_format(if digits == 0 { "0".to_owned() } else { format!("#,##0.{}", "0".repeat(digits)) }))
        .collect();
    for (row, cells) in (1..).zip(&page.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                None => continue,
                Some(Value::Date(date)) => {
                    let (year, month, of_month) = date.ymd();
                    let (year, month, of_month) = (u16::try_from(year).ok(), u8::try_from(month).ok(), u8::try_from(of_month).ok());
                    let day_of =
                        year.zip(month).zip(of_month).and_then(|((year, month), day)| ExcelDateTime::from_ymd(year, month, day).ok());
                    match day_of {
                        Some(value) => sheet.write_datetime_with_format(row, column, &value, &day)?,
                        None => sheet.write_string(row, column, date.to_string())?,
                    };
                }
                Some(Value::Decimal(value, digits)) => match exact(*value, *digits) {
                    Some(number) => {
                        sheet.write_number_with_format(row, column, number, &decimals[(*digits).min(6) as usize])?;
                    }
                    None => {
                        sheet.write_string(row, column, Value::Decimal(*value, *digits).text())?;
                    }
                },
                Some(Value::Whole(value)) => match exact(i128::from(*value), 0) {
                    Some(number) => {
                        sheet.write_number_with_format(row, column, number, &decimals[0])?;
                    }
                    None => {
                        sheet.write_string(row, column, value.to_string())?;
                    }
                },
                Some(other) => {
                    sheet.write_string(row, column, other.text())?;
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Some(last_column), Ok(last_row)) =
        (page.head.len().checked_sub(1).and_then(|last| u16::try_from(last).ok()), u32::try_from(page.rows.len()))
    {
        sheet.autofilter(0, 0, last_row, last_column)?;
    }
    Ok(())
}

/// The number a spreadsheet would show; `None` where it would round it.
fn exact(value: i128, digits: u32) -> Option<f64> {
    (value.unsigned_abs() < 10_u128.pow(EXACT_DIGITS)).then(|| Value::Decimal(value, digits).text().parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_of_their_own() {
        let mut taken = Vec::new();
        let cases = [
            ("phone", "phone"),
            ("Phone", "Phone 2"),
            ("a/b:c", "a_b_c"),
            ("", "sheet"),
            ("a name that is much longer than a sheet's may be", "a name that is much longer than"),
            ("a name that is much longer than another", "a name that is much longer th 2"),
        ];
        for (title, expected) in cases {
            let name = free_name(title, &taken);
            assert_eq!(name, expected);
            taken.push(name);
        }
    }

    #[test]
    fn what_a_spreadsheet_would_round_stays_text() {
        assert_eq!(exact(123_456_789_012_345, 2), Some(1_234_567_890_123.45));
        assert_eq!(exact(-1_234_567_890_123_456, 2), None);
    }
}
