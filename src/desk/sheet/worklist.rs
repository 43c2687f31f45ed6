//! The work of a night: what people have to do, who does it, in which order, and how the customer is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::contract::{actions, customers};
use crate::base::table::Table;
use crate::desk::cells::{Value, value};
use crate::desk::sheet::Page;
use crate::desk::tables::of_night;
use crate::error::Failure;
use crate::io::input::Input;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;
use crate::rules::program::Verb;
use crate::settings::Settings;

/// Columns of a list: those of the customer, between those of the action.
const HEAD: &[(&str, From)] = &[
    ("queue", From::Action(actions::QUEUE)),
    ("assignee", From::Action(actions::ASSIGNEE)),
    ("rank", From::Action(actions::RANK)),
    ("customer_id", From::Action(actions::CUSTOMER_ID)),
    ("name", From::Customer(customers::NAME)),
    ("phone", From::Customer(customers::PHONE)),
    ("email", From::Customer(customers::EMAIL)),
    ("language", From::Action(actions::LANGUAGE)),
    ("action", From::Action(actions::ACTION)),
    ("template", From::Action(actions::TEMPLATE)),
    ("tone", From::Action(actions::TONE)),
    ("invoice_id", From::Action(actions::INVOICE_ID)),
    ("amount_due", From::Action(actions::AMOUNT_DUE)),
    ("amount_asked", From::Action(actions::AMOUNT_ASKED)),
    ("currency", From::Action(actions::CURRENCY)),
    ("days_past_due", From::Action(actions::DAYS_PAST_DUE)),
    ("pay_by", From::Action(actions::PAY_BY)),
    ("offer", From::Action(actions::OFFER)),
    ("expected_value", From::Action(actions::EXPECTED_VALUE)),
    ("minutes", From::Action(actions::MINUTES)),
    ("waiting_since", From::Action(actions::WAITING_SINCE)),
    ("hours_from", From::Action(actions::HOURS_FROM)),
    ("hours_until", From::Action(actions::HOURS_UNTIL)),
    ("status", From::Action(actions::STATUS)),
    ("policy", From::Action(actions::POLICY)),
    ("step", From::Action(actions::STEP)),
    ("next_action", From::Action(actions::NEXT_ACTION)),
    ("next_on", From::Action(actions::NEXT_ON)),
    ("action_id", From::Action(actions::ACTION_ID)),
];

#[derive(Debug, Clone, Copy)]
enum From {
    Action(usize),
    Customer(usize),
}

/// One list for each collector, or for each queue whose work nobody has by name, in order of name; what waits for consent comes last.
pub fn pages(settings: &Settings, folder: &Path) -> Result<Vec<Page>, Failure> {
    let table = of_night(&actions::SPEC, folder)?;
    let text = |column, row| table.text(column, row).unwrap_or_default();
    let by_people: Vec<&[u8]> = Verb::by_people().into_iter().map(|verb| verb.name().as_bytes()).collect();
    let is_work = |row: &usize| match text(actions::STATUS, *row) {
        b"due" => !text(actions::ASSIGNEE, *row).is_empty() || by_people.contains(&text(actions::ACTION, *row)),
        b"needs_approval" => true,
        _ => false,
    };
    let rows: Vec<usize> = (0..table.len()).filter(is_work).collect();
    let people = people(settings, &table, &rows)?;
    let mut lists: BTreeMap<(u8, String), Vec<usize>> = BTreeMap::new();
    for row in rows {
        let name = |column| String::from_utf8_lossy(text(column, row)).into_owned();
        let list = match (text(actions::STATUS, row), text(actions::ASSIGNEE, row)) {
            (b"needs_approval", _) => (1, "to approve".to_owned()),
            (_, b"") => (0, name(actions::QUEUE)),
            _ => (0, name(actions::ASSIGNEE)),
        };
        lists.entry(list).or_default().push(row);
    }
    let head: Vec<String> = HEAD.iter().map(|(name, _)| (*name).to_owned()).collect();
    let page = |((_, title), mut rows): ((u8, String), Vec<usize>)| {
        rows.sort_by_key(|row| (text(actions::QUEUE, *row), table.whole(actions::RANK, *row).unwrap_or(i64::MAX)));
        let cells = |row: usize| HEAD.iter().map(|(_, from)| people.cell(&table, *from, row)).collect();
        Page { title, head: head.clone(), rows: rows.into_iter().map(cells).collect() }
    };
    let mut pages: Vec<Page> = lists.into_iter().map(page).collect();
    if pages.is_empty() {
        pages.push(Page { title: "nothing to do".to_owned(), head, rows: Vec::new() });
    }
    Ok(pages)
}

/// Rows of customers who have work in the lists.
struct People {
    table: Table,
    by_id: BTreeMap<Vec<u8>, usize>,
}

impl People {
    fn cell(&self, actions: &Table, from: From, row: usize) -> Option<Value> {
        match from {
            From::Action(column) => value(&actions::SPEC, actions, column, row),
            From::Customer(column) => {
                let own = self.by_id.get(actions.text(actions::CUSTOMER_ID, row)?)?;
                value(&customers::SPEC, &self.table, column, *own)
            }
        }
    }
}

fn people(settings: &Settings, actions: &Table, rows: &[usize]) -> Result<People, Failure> {
    let Some(source) = settings.places.sources.get(customers::SPEC.name) else {
        return Ok(People { table: Table::default(), by_id: BTreeMap::new() });
    };
    let intake = &settings.intake;
    let wanted = Wanted {
        columns: intake.columns.get(customers::SPEC.name).cloned().unwrap_or_default(),
        words: intake.values.get(customers::SPEC.name).cloned().unwrap_or_default(),
        floats: intake.floats.get(customers::SPEC.name).cloned().unwrap_or_default(),
        ..Wanted::plain(customers::SPEC)
    };
    let ids: BTreeSet<&[u8]> = rows.iter().filter_map(|row| actions.text(actions::CUSTOMER_ID, *row)).collect();
    let input = Input::open(wanted, &settings.places.base, source)?;
    let is_wanted = |id: Option<&[u8]>| id.is_some_and(|id| ids.contains(id));
    let mut parts = input.scatter(2, &|keys| usize::from(!is_wanted(keys.customer_id)), None, &Quiet)?;
    let table = std::mem::take(&mut parts[0]);
    // Of two rows with one id the last one wins here: which is right the night has told.
    let by_id = (0..table.len()).filter_map(|row| Some((table.text(customers::CUSTOMER_ID, row)?.to_vec(), row))).collect();
    Ok(People { table, by_id })
}
