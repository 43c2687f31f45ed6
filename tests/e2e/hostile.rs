//! Rule files made to harm: each is refused in plain words, with little memory and a few seconds of processor time in an unoptimised
//! program, both kept by the shell.

use std::fs;
use std::process::Command;

use crate::desk::Desk;
use crate::hostile_rules::{Hostile, expressions, texts};

/// Kilobytes of memory and seconds of processor time a check may take. An unoptimised program fills 160 MB before it reads a word, and what its
/// allocator sets aside depends on how busy the machine is: half of 320 MB is for the rule file.
const LIMITS: &str = "ulimit -v 327680 && ulimit -t 8 && exec \"$0\" check --job relance.yaml --as-of 2026-11-20";

/// Runs a check within the limits.
fn refused(desk: &Desk, what: &str, expected: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", LIMITS, env!("CARGO_BIN_EXE_relance")]).current_dir(desk.path(""));
    let output = command.output().expect("a shell");
    let message = [output.stdout, output.stderr].map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat();
    let shown: String = message.chars().take(600).collect();
    // What cannot be read at all has no finding, and no code.
    let exit = if message.contains("error[R") { 1 } else { 78 };
    assert_eq!(output.status.code(), Some(exit), "{what}: {shown}");
    assert!(message.contains(expected), "{what}: {shown}");
    assert!(message.len() < 8 << 20, "{what}: {} bytes of messages", message.len());
}

#[track_caller]
fn check(cases: &[Hostile]) {
    let desk = Desk::small();
    for Hostile { what, bytes, said } in cases {
        fs::write(desk.path("rules/hostile.yaml"), bytes).expect("a rule file");
        refused(&desk, what, said);
    }
}

#[test]
fn texts_made_to_harm_are_refused() {
    check(&texts());
}

#[test]
fn expressions_made_to_harm_are_refused() {
    check(&expressions());
}

#[test]
fn what_is_no_file_is_refused() {
    let desk = Desk::small();
    let path = desk.path("rules/hostile.yaml");
    fs::create_dir(&path).expect("a folder");
    refused(&desk, "a folder", "is not a file");
    fs::remove_dir(&path).expect("the folder is empty");
    let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    refused(&desk, "a pipe", "is not a file");
    fs::remove_file(&path).expect("the pipe");
    fs::write(desk.path("rules/hostile.yml"), "").expect("a file");
    refused(&desk, "another ending", "does not end in .yaml");
}

/// Windows line ends and a file without a last line break are no harm.
#[test]
fn harmless_differences_are_accepted() {
    let desk = Desk::small();
    for name in fs::read_dir(desk.path("rules")).expect("the rules").map(|entry| entry.expect("an entry").path()) {
        let text = fs::read_to_string(&name).expect("a rule file").trim_end().replace('\n', "\r\n");
        fs::write(&name, text).expect("a rule file");
    }
    let checked = Command::new(env!("CARGO_BIN_EXE_relance"))
        .args(["check", "--as-of", "2026-11-20"])
        .current_dir(desk.path(""))
        .output()
        .expect("the program");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
