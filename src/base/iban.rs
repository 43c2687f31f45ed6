//! International bank account numbers and their check digits.

/// Longest number of ISO 13616.
const LONGEST: usize = 34;
/// Shortest in use: Norway's.
const SHORTEST: usize = 15;

/// Whether a text is written like an IBAN: two letters, then two digits.
pub fn looks_like_one(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 3 && bytes[..2].iter().all(u8::is_ascii_uppercase) && bytes[2..4].iter().all(u8::is_ascii_digit)
}

/// An IBAN without its spaces; `None` where its length, characters or check digits are wrong (ISO 13616; ISO 7064, MOD 97-10).
pub fn parse(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|character| *character != ' ').collect();
    let is_written = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if !looks_like_one(&number) || !(SHORTEST..=LONGEST).contains(&number.len()) || !number.bytes().all(is_written) {
        return None;
    }
    // The first four characters are moved to the end; letters count from 10 for A.
    let moved = number.bytes().skip(4).chain(number.bytes().take(4));
    let rest = moved.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (rest == 1).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        // The examples of the standard's registry.
        let cases = [
            ("GB29 NWBK 6016 1331 9268 19", Some("GB29NWBK60161331926819")),
            ("FR14 2004 1010 0505 0001 3M02 606", Some("FR1420041010050500013M02606")),
            ("DE89370400440532013000", Some("DE89370400440532013000")),
            ("NO93 8601 1117 947", Some("NO9386011117947")),
            ("GB29 NWBK 6016 1331 9268 18", None),
            ("GB92 NWBK 6016 1331 9268 19", None),
            ("gb29 nwbk 6016 1331 9268 19", None),
            ("GB29-NWBK-6016-1331-9268-19", None),
            ("GB29", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(parse(written).as_deref(), expected, "{written}");
        }
    }
}
