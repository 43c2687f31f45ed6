//! Columns beyond the contract that rules read, may do without, and do not find.

use crate::night::normalise::reject::Finding;
use crate::rules::program::{MISSING, Program, Source, Use};
use crate::run::intake::Portfolio;

/// Kind of the finding.
pub const NOT_IN_FILES: &str = "column_not_in_files";

/// One finding for each field whose column the files do not have, in the order of the fields. Such a field is not required, or the files
/// would have been refused.
pub fn findings(program: &Program, portfolio: &Portfolio) -> Vec<Finding> {
    let fields = program.fields.iter().filter(|field| field.used != Use::None);
    let absent = fields.filter_map(|field| {
        let Source::Column { table, column } = &field.source else { return None };
        let is_absent = portfolio.inputs.get(table).is_some_and(|input| input.absent_extra().contains(&column.as_str()));
        let counts = counts_as(field.default != MISSING);
        let message = format!("the files have no column \"{column}\", which rules read as \"{}\": {counts}", field.name);
        is_absent.then(|| Finding { kind: NOT_IN_FILES, table, key: column.clone(), message: message.into(), amount: None })
    });
    absent.collect()
}

/// What a field without a column is in the rows.
pub fn counts_as(has_stand_in: bool) -> &'static str {
    if has_stand_in { "every row has its stand-in" } else { "it is missing in every row" }
}
