//! Rule files made to harm, with what is said of each: for the test that every one is refused, and the bench that says how fast.

const HEAD: &str = "relance: 1\nkind: segmentation\n";
/// A rule file made to harm.
pub struct Hostile {
    pub what: &'static str,
    pub bytes: Vec<u8>,
    /// Part of the message it is refused with.
    pub said: &'static str,
}

/// Files that are no rule files, or more than anyone could read.
pub fn texts() -> Vec<Hostile> {
    texts_and_answers().into_iter().map(hostile).collect()
}

/// Rule files whose expressions cannot be meant.
pub fn expressions() -> Vec<Hostile> {
    expressions_and_answers().into_iter().map(hostile).collect()
}

fn hostile((what, bytes, said): (&'static str, Vec<u8>, &'static str)) -> Hostile {
    Hostile { what, bytes, said }
}

fn definition(condition: &str) -> Vec<u8> {
    format!("{HEAD}define:\n  d:\n    means: D\n    when: {condition}\n").into_bytes()
}

fn head(rest: &str) -> Vec<u8> {
    format!("{HEAD}{rest}").into_bytes()
}

fn many(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// Nine levels of nine aliases each.
fn bomb() -> Vec<u8> {
    let names: Vec<String> = (0..10).map(|level| format!("n{level}")).collect();
    let level = |pair: &[String]| format!("{}: &{} [{}]\n", pair[1], pair[1], vec![format!("*{}", pair[0]); 9].join(","));
    let lines: String = names.windows(2).map(level).collect();
    head(&format!("n0: &n0 [x]\n{lines}"))
}

fn expressions_and_answers() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("fifty thousand brackets", definition(&"(".repeat(50_000)), "nested too deep"),
        ("ten thousand times not", definition(&format!("{}vulnerable", "not ".repeat(10_000))), "nested too deep"),
        ("a hundred thousand tests", definition(&format!("{}vulnerable", "exposure > 5 EUR and ".repeat(100_000))), "longer than 64 KiB"),
        (
            "definitions within definitions",
            head(&format!("define:\n{}", many(15_000, |at| format!("  d{at}:\n    means: D\n    when: d{} and d{}\n", at + 1, at + 1)))),
            "more than 32 deep",
        ),
        (
            "names nobody knows",
            head(&format!("define:\n{}", many(15_000, |at| format!("  d{at}:\n    means: D\n    when: e{at} > 5\n")))),
            "there is no field called",
        ),
        ("a date for a number", definition("oldest_days_past_due > 2026-01-01"), "cannot be compared"),
        ("a day that does not exist", head("constants:\n  d: 2026-13-45\n"), "there is no day 2026-13-45"),
        (
            "yes for true",
            b"relance: 1\nkind: dictionary\nfields:\n  x: {type: bool, grain: customer, optional: yes}\n".to_vec(),
            "write true",
        ),
    ]
}

fn texts_and_answers() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("aliases that explode", bomb(), "aliases are not part of rule files"),
        ("a value of 100 MB", head(&format!("name: {}", "x".repeat(100 << 20))), "longer than 4 MiB"),
        ("brackets within brackets", head(&format!("name: {}{}\n", "[".repeat(10_000), "]".repeat(10_000))), "nested too deep"),
        ("braces never closed", head(&format!("name: {}", "{a: ".repeat(10_000))), "nested too deep"),
        ("lists within lists", head(&format!("name:\n{}x\n", "- ".repeat(10_000))), "nested"),
        ("keys below keys", head(&many(1_000, |depth| format!("{}k:\n", " ".repeat(depth)))), "nested more than 32 levels"),
        ("tabs", head("define:\n\td:\n"), "a tab"),
        ("half a million tabs", head(&"\t\n".repeat(500_000)), "a tab"),
        ("a byte order mark", format!("\u{feff}{HEAD}").into_bytes(), "byte order mark"),
        ("a key twice", head("name: a\nname: b\n"), "stands here twice"),
        ("anchors", head("name: &n a\n"), "anchors are not part"),
        ("merge keys", head("lists:\n  <<: x\n"), "merge keys are not part"),
        ("tags", head("name: !!python/object/apply:os.system [ls]\n"), "tags are not part"),
        ("a NUL byte", head("name: a\0b\n"), "a control character"),
        ("text that runs backwards", head("name: a\u{202e}b\n"), "a control character"),
        ("no UTF-8", [HEAD.as_bytes(), b"name: \xff\xfe\n"].concat(), "not UTF-8"),
        ("UTF-16", HEAD.encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect(), "not UTF-8"),
        ("a hundred thousand documents", head(&"---\n".repeat(100_000)), "a second document"),
        ("a hundred thousand keys", head(&format!("constants:\n{}", many(150_000, |at| format!("  k{at}: 5 EUR\n")))), "100 000 values"),
        ("a hundred thousand slips", head(&many(100_000, |at| format!("x{at}: [\n"))), "nested too deep"),
        ("quotes never closed", head(&many(100_001, |at| format!("x{at}: 'abc\n"))), "never closed"),
        ("colons after colons", head(&"a: b: c\n".repeat(100_000)), "there is one already"),
        ("keys that are lists", head("? [a, b]\n: c\n"), "a key is a single word"),
        ("a key of a megabyte", head(&format!("k{}: 1\n", "k".repeat(1 << 20))), "a key needs a colon"),
        ("directives", format!("%YAML 1.2\n---\n{HEAD}").into_bytes(), "directives are not part"),
        ("nothing", Vec::new(), "this rule file is empty"),
    ]
}
