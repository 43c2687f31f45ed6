//! When two customers share a telephone number, an e-mail address or a postal address: each in one form, however it was typed.

/// A telephone number as its digits, `+` or `00` before the country code taken off, and so the `(0)` behind it. A number written without a
/// country code stays as it is: whose country it lacks is not known. `None` for fewer than six digits, or for one digit repeated, which stand
/// for no number.
pub fn phone(written: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(written).replace("(0)", "");
    let is_international = text.trim_start().starts_with('+');
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let digits = match digits.strip_prefix(b"00") {
        Some(rest) if !is_international => rest.to_vec(),
        _ => digits,
    };
    let is_number = digits.len() >= 6 && digits.iter().any(|digit| *digit != digits[0]);
    is_number.then_some(digits)
}

/// An e-mail address in lower case without the blanks around it; `None` without an `@`.
pub fn email(written: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(written).trim().to_lowercase();
    text.contains('@').then(|| text.into_bytes())
}

/// A postal address as its words in lower case without accents, one blank between them: what is neither letter nor digit parts words. `None`
/// where no word is left.
pub fn address(written: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(written).to_lowercase();
    let plain: String = text.chars().map(|letter| if letter.is_alphanumeric() { without_accent(letter) } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" ").into_bytes())
}

/// A key of a person as it is written, without the blanks around it.
pub fn person(written: &[u8]) -> Option<Vec<u8>> {
    let key = written.trim_ascii();
    (!key.is_empty()).then(|| key.to_vec())
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_found_however_it_is_typed() {
        type Form = fn(&[u8]) -> Option<Vec<u8>>;
        let check = |form: Form, written: &str, expected: Option<&str>| {
            assert_eq!(form(written.as_bytes()), expected.map(|text| text.as_bytes().to_vec()), "{written}");
        };
        for (written, expected) in [
            ("+33 1 23 45 67 89", Some("33123456789")),
            ("0033 1.23.45.67.89", Some("33123456789")),
            ("+33 (0)1-23-45-67-89", Some("33123456789")),
            ("01 23 45 67 89", Some("0123456789")),
            ("0000000000", None),
            ("12345", None),
            ("none", None),
            ("", None),
        ] {
            check(phone, written, expected);
        }
        for (written, expected) in [(" A.B@Example.org ", Some("a.b@example.org")), ("a.b", None), ("", None)] {
            check(email, written, expected);
        }
        for (written, expected) in [
            ("12, RUE DE L'ÉLYSÉE - 75008 Paris", Some("12 rue de l elysee 75008 paris")),
            ("12 rue de l'Elysee, 75008  PARIS", Some("12 rue de l elysee 75008 paris")),
            ("Königsallee 1", Some("konigsallee 1")),
            (" - ", None),
        ] {
            check(address, written, expected);
        }
        for (written, expected) in [(" P-1 ", Some("P-1")), ("p-1", Some("p-1")), ("  ", None)] {
            check(person, written, expected);
        }
    }
}
