//! The name a person most likely meant.

/// The candidate closest to `word`, if one is close enough to be a slip of the keyboard: at most a third of the letters differ.
///
/// Of several equally close ones the first in order of the alphabet, so that messages never depend on the order of the candidates.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `, did you mean "…"?` where there is such a name, else nothing: the end of a message about an unknown name.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|name| format!(", did you mean \"{name}\"?")).unwrap_or_default()
}

/// Names that have `word` among their parts, as `dso` is a part of `dso_simple`, in order of the alphabet.
pub fn with_part<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = word.to_lowercase();
    let has_part = |name: &&str| !lower.is_empty() && name.split('_').any(|part| part == lower);
    let mut names: Vec<&str> = candidates.into_iter().filter(has_part).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name_and_strangers_do_not() {
        let names = ["invoices", "invoice_id", "payments", "out"];
        let cases = [
            ("invioces", Some("invoices")),
            ("Payments", Some("payments")),
            ("ouy", Some("out")),
            ("customers", None),
            ("", None),
            ("x", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
    }

    #[test]
    fn a_part_finds_all_names_it_is_in() {
        let names = ["overdue_balance", "dso_simple", "open_balance", "dso_countback", "dispute_dso", "balances"];
        let cases: [(&str, &[&str]); 4] = [
            ("dso", &["dispute_dso", "dso_countback", "dso_simple"]),
            ("Balance", &["open_balance", "overdue_balance"]),
            ("", &[]),
            ("o", &[]),
        ];
        for (word, expected) in cases {
            assert_eq!(with_part(word, names), expected, "{word}");
        }
    }

    #[test]
    fn ties_do_not_depend_on_the_order_of_the_candidates() {
        assert_eq!(nearest("rate", ["date", "gate"]), Some("date"));
        assert_eq!(nearest("rate", ["gate", "date"]), Some("date"));
    }
}
