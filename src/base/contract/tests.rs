use super::*;

#[test]
fn constants_are_the_positions_of_their_names() {
    assert_eq!(invoices::SPEC.position("amount"), Some(invoices::AMOUNT));
    assert_eq!(payments::SPEC.position("collected_by"), Some(payments::COLLECTED_BY));
    assert_eq!(open_items::SPEC.columns.len(), open_items::WIDTH);
    assert_eq!(customers::SPEC.position("no_such_column"), None);
}

#[test]
fn every_name_is_used_once_in_its_table() {
    for table in INPUTS {
        for (at, column) in table.columns.iter().enumerate() {
            assert_eq!(table.position(column.name), Some(at), "{}.{}", table.name, column.name);
        }
    }
}
