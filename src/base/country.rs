//! Countries by their ISO 3166-1 alpha-2 code, and XK, which everybody uses for Kosovo.

/// The codes in order, two letters each.
const CODES: &str = "\
ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZ\
ECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZ\
LALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQA\
RERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// Codes people write for others: by the letters of the road, by usage, by habit of the EU.
const USUAL: &[(&str, &str)] = &[("UK", "GB"), ("EL", "GR"), ("EN", "GB"), ("SP", "ES"), ("KO", "XK")];

/// Every code, in order.
pub fn all() -> impl Iterator<Item = &'static str> {
    (0..CODES.len() / 2).filter_map(|at| CODES.get(2 * at..2 * at + 2))
}

/// Whether a code is one as the data contract writes it: two capitals.
pub fn is_code(code: &[u8]) -> bool {
    let (codes, _) = CODES.as_bytes().as_chunks::<2>();
    <[u8; 2]>::try_from(code).is_ok_and(|code| codes.binary_search(&code).is_ok())
}

/// The code somebody means who writes it in small letters, or another one that is in use for the country; `None` for a code as it should be
/// and for what means nothing.
pub fn meant(written: &str) -> Option<&'static str> {
    let upper = written.trim().to_ascii_uppercase();
    let known = all().find(|code| *code == upper).or_else(|| USUAL.iter().find(|(usual, _)| *usual == upper).map(|(_, code)| *code));
    known.filter(|code| *code != written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_each_once() {
        let codes: Vec<&str> = all().collect();
        assert!(codes.is_sorted_by(|one, other| one < other));
        // 249 of the standard, and XK.
        assert_eq!(codes.len(), 250);
        assert!(USUAL.iter().all(|(usual, code)| !is_code(usual.as_bytes()) && is_code(code.as_bytes())));
    }

    #[test]
    fn what_is_meant() {
        for (written, expected) in
            [("DE", None), ("de", Some("DE")), ("De", Some("DE")), ("UK", Some("GB")), ("uk", Some("GB")), ("Germany", None), ("", None)]
        {
            assert_eq!(meant(written), expected, "{written}");
        }
        for (code, expected) in [("FR", true), ("fr", false), ("UK", false), ("F", false), ("FRA", false), ("RF", false)] {
            assert_eq!(is_code(code.as_bytes()), expected, "{code}");
        }
    }
}
