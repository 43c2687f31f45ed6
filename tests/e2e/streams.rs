//! What goes to standard output and what to standard error, for people and for pipelines.

use serde_json::Value;

use crate::desk::{DAY_BEFORE, Desk, NIGHT};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn results_go_to_standard_output_and_nothing_else_does() {
    let desk = Desk::small();
    let text = desk.run(DAY_BEFORE, &[]).succeeded().out;
    assert!(text.starts_with(&format!("night of {DAY_BEFORE}\n")), "{text}");
    assert!(text.ends_with(&format!("tables are in   out/as_of={DAY_BEFORE}\n")), "{text}");
    let summary = json(&desk.run(NIGHT, &["--format", "json"]).succeeded().out);
    assert_eq!((&summary["as_of"], &summary["balances"]["GBP"]), (&json(&format!("{NIGHT:?}")), &json(r#"["1000.00", "1000.00"]"#)));
}

#[test]
fn a_pipeline_reads_one_json_object_per_line() {
    let desk = Desk::small();
    let stages = desk.run(NIGHT, &["--log", "json"]).err;
    let stages: Vec<String> = stages.lines().map(|line| json(line)["stage"].as_str().expect("a stage").to_owned()).collect();
    assert_eq!(stages, ["rules", "read", "work out", "portfolio", "write", "publish"]);
    let refused = desk.run(DAY_BEFORE, &["--log", "json", "--state", "nowhere"]);
    let last = json(refused.err.lines().last().expect("a line"));
    assert_eq!((refused.code, &last["level"], &last["exit"]), (Some(66), &json("\"error\""), &json("66")));
    assert_eq!(last["messages"], json("[\"there is no published night in nowhere\"]"));
}
