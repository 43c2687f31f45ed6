//! Rows of one table under construction, laid down column by column.

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::table::{Column, NO_DATE, NO_FLAG, NO_VALUE, Texts};

/// The columns of a table that the generator fills. A cell not set before its row ends is missing.
#[derive(Debug)]
pub struct Sheet {
    /// In the order of the table; [`Column::Absent`] where the generator writes no such column.
    pub columns: Vec<Column>,
    /// Positions of the written columns.
    written: &'static [usize],
    rows: usize,
}

impl Sheet {
    /// An empty sheet with these columns of the table. Enum columns are texts, so that they can hold unknown values.
    pub fn new(spec: &TableSpec, written: &'static [usize]) -> Sheet {
        let mut columns = vec![Column::Absent; spec.columns.len()];
        for at in written {
            columns[*at] = match spec.columns[*at].kind {
                Kind::Text | Kind::Choice(_) => Column::Text(Texts::default()),
                Kind::Money => Column::Money(Vec::new()),
                Kind::Date => Column::Date(Vec::new()),
                Kind::Flag => Column::Flag(Vec::new()),
                Kind::Number | Kind::ExchangeRate => Column::Number(Vec::new()),
                Kind::Whole | Kind::Decimal => Column::Absent,
            };
        }
        Sheet { columns, written, rows: 0 }
    }

    /// Number of finished rows.
    #[cfg(test)]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Sets a text of the current row.
    pub fn text(&mut self, column: usize, text: &str) {
        if let Column::Text(texts) = &mut self.columns[column] {
            texts.push(text.as_bytes());
        }
    }

    /// Sets an identifier of the current row: a letter and a number of at least nine digits.
    pub fn id(&mut self, column: usize, letter: char, number: u64) {
        self.text(column, &format!("{letter}{number:09}"));
    }

    /// Sets money of the current row, in thousandths of a whole unit.
    pub fn money(&mut self, column: usize, thousandths: i64) {
        if let Column::Money(values) = &mut self.columns[column] {
            values.push(thousandths);
        }
    }

    /// Sets a day of the current row.
    pub fn date(&mut self, column: usize, date: Date) {
        if let Column::Date(days) = &mut self.columns[column] {
            days.push(date.0);
        }
    }

    /// Sets a flag of the current row.
    pub fn flag(&mut self, column: usize, flag: bool) {
        if let Column::Flag(flags) = &mut self.columns[column] {
            flags.push(i8::from(flag));
        }
    }

    /// Sets a number of the current row, in millionths.
    pub fn number(&mut self, column: usize, millionths: i64) {
        if let Column::Number(values) = &mut self.columns[column] {
            values.push(millionths);
        }
    }

    /// Ends the current row: what was not set is missing.
    pub fn end_row(&mut self) {
        self.rows += 1;
        for at in self.written {
            match &mut self.columns[*at] {
                Column::Text(texts) if texts.len() < self.rows => texts.push(b""),
                Column::Money(values) | Column::Number(values) if values.len() < self.rows => values.push(NO_VALUE),
                Column::Date(days) if days.len() < self.rows => days.push(NO_DATE),
                Column::Flag(flags) if flags.len() < self.rows => flags.push(NO_FLAG),
                _ => {}
            }
        }
    }

    /// Writes the last row once more.
    pub fn repeat_row(&mut self) {
        let Some(last) = self.rows.checked_sub(1) else { return };
        for at in self.written {
            match &mut self.columns[*at] {
                Column::Text(texts) => {
                    let text = texts.get(last).to_vec();
                    texts.push(&text);
                }
                Column::Money(values) | Column::Number(values) => values.push(values[last]),
                Column::Date(days) => days.push(days[last]),
                Column::Flag(flags) => flags.push(flags[last]),
                _ => {}
            }
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::payments;

    #[test]
    fn cells_not_set_are_missing_and_rows_can_be_repeated() {
        let mut sheet = Sheet::new(&payments::SPEC, &[payments::PAYMENT_ID, payments::AMOUNT, payments::PAYMENT_DATE]);
        sheet.id(payments::PAYMENT_ID, 'P', 7);
        sheet.end_row();
        sheet.money(payments::AMOUNT, 1_500);
        sheet.text(payments::METHOD, "this column is not written");
        sheet.end_row();
        sheet.repeat_row();
        assert_eq!(sheet.rows(), 3);
        assert_eq!(sheet.columns[payments::AMOUNT], Column::Money(vec![NO_VALUE, 1_500, 1_500]));
        assert_eq!(sheet.columns[payments::PAYMENT_DATE], Column::Date(vec![NO_DATE; 3]));
        assert_eq!(sheet.columns[payments::METHOD], Column::Absent);
        let Column::Text(ids) = &sheet.columns[payments::PAYMENT_ID] else { panic!("ids are texts") };
        assert_eq!(ids.iter().collect::<Vec<_>>(), [&b"P000000007"[..], b"", b""]);
    }
}
