//! Tables and work lists as files that spreadsheets open.

use std::fs;

use crate::desk::{Desk, Outcome, ladder};

const STEPS: &str =
    "      - {step: reminder, at: 1 day, do: email, template: t, when: overdue_balance < 100 EUR, otherwise: {do: call, template: t}}\n";
const QUEUES: &str = "assignments:
  - table: queue
    grain: customer
    hit: first
    output: {queue: [phone, desk]}
    rules: [{id: large, when: overdue_balance >= 100 EUR, then: phone}]
    otherwise: desk
    rank: [overdue_balance]
";
const CUSTOMERS: &str = "customer_id, name, customer_type, country, phone, email
0007, =HYPERLINK(1), company, FR, +331, a@b.fr
0008, Martin; Fils, company, FR, +332, c@d.fr
0009, Petit, company, FR, +333, e@f.fr";
const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
F1, 0007, 2026-10-01, 2026-11-01, 1000.50, EUR
F2, 0008, 2026-10-05, 2026-11-04, 2000.00, EUR
F9, 0009, 2026-10-01, 2026-11-01, 77.00, EUR";
const COLLECTORS: &str = "collector_id, team\nann, phone";
const NIGHT: &str = "2026-11-20";

fn desk(people: bool) -> Desk {
    let mut tables = vec![("customers", CUSTOMERS), ("invoices", INVOICES)];
    tables.extend(people.then_some(("collectors", COLLECTORS)));
    let desk = Desk::ruled(&ladder("", STEPS, QUEUES), &tables);
    desk.run(NIGHT, &[]).succeeded();
    desk
}

fn sheet(desk: &Desk, words: &[&str]) -> Outcome {
    Outcome::of(&mut desk.command(&[&["sheet"], words].concat()))
}

fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).expect("the file")
}

#[test]
fn the_work_of_a_team_is_a_list_in_the_order_of_the_queue() {
    let desk = desk(true);
    let columns = "--columns=assignee,rank,customer_id,name,phone,action,amount_due,currency,days_past_due";
    let told = sheet(&desk, &["--out", "work.csv", columns]).succeeded().out;
    assert_eq!(told, "work.csv: 2 rows of worklist of 2026-11-20\n");
    let expected = "assignee,rank,customer_id,name,phone,action,amount_due,currency,days_past_due\r\n\
                    ann,1,0008,\"Martin; Fils\",'+332,call,2000.00,EUR,16\r\n\
                    ann,2,0007,'=HYPERLINK(1),'+331,call,1000.50,EUR,19\r\n";
    assert_eq!(read(&desk, "work.csv"), expected);
    sheet(&desk, &["--out", "work.csv", columns, "--style", "semicolon"]).succeeded();
    let semicolons = "\u{feff}assignee;rank;customer_id;name;phone;action;amount_due;currency;days_past_due\r\n\
                      ann;1;0008;\"Martin; Fils\";'+332;call;2000,00;EUR;16\r\n\
                      ann;2;0007;'=HYPERLINK(1);'+331;call;1000,50;EUR;19\r\n";
    assert_eq!(read(&desk, "work.csv"), semicolons, "what was there is written over");
}

#[test]
fn any_table_of_a_night_can_be_had_whole_or_in_part() {
    let desk = desk(false);
    let words =
        ["open_items", "--out", "items.csv", "--where", "customer_id=0007", "--columns", "invoice_id,amount_open,due_date,sequence"];
    sheet(&desk, &words).succeeded();
    assert_eq!(read(&desk, "items.csv"), "invoice_id,amount_open,due_date,sequence\r\nF1,1000.50,2026-11-01,\r\n");
    sheet(&desk, &["actions", "--out", "none.csv", "--where", "action=visit", "--columns", "action_id"]).succeeded();
    assert_eq!(read(&desk, "none.csv"), "action_id\r\n");
    let cases: [(&[&str], i32, &str); 5] = [
        (&["action", "--out", "a.csv"], 2, "error: there is no table \"action\", did you mean \"actions\"?\n"),
        (&["actions", "--out", "a.csv", "--where", "quueue=phone"], 2, "error: actions has no column \"quueue\""),
        (&["actions", "--out", "a.pdf"], 2, "error: what form is a.pdf to have?\n  help: end its name in .csv or .xlsx\n"),
        (&["actions", "--out", "a.csv", "--where", "queue"], 2, "error: invalid value 'queue' for '--where <COLUMN=VALUE>'"),
        (&["actions", "--out", "a.csv", "--as-of", "2026-11-19"], 66, "error: the night of 2026-11-19 is not published in out\n"),
    ];
    for (words, code, expected) in cases {
        let found = sheet(&desk, words);
        assert!(found.code == Some(code) && found.err.starts_with(expected), "{words:?}: {:?} {}", found.code, found.err);
        assert!(!desk.path("a.csv").exists());
    }
}

#[test]
fn a_workbook_has_a_sheet_for_each_of_the_team_and_the_same_bytes_each_time() {
    let desk = desk(true);
    sheet(&desk, &["--out", "work.xlsx"]).succeeded();
    sheet(&desk, &["--out", "again.XLSX"]).succeeded();
    let bytes = fs::read(desk.path("work.xlsx")).expect("the workbook");
    assert_eq!(bytes, fs::read(desk.path("again.XLSX")).expect("the workbook"));
    assert!(bytes.starts_with(b"PK"));
    // What is in it is packed; the names of its parts are not.
    let has = |part: &str| bytes.windows(part.len()).any(|window| window == part.as_bytes());
    assert!(has("xl/worksheets/sheet1.xml") && !has("xl/worksheets/sheet2.xml"));
}
