//! Money as integers: amounts in minor units, rates as exact fractions, and the one place where rounding happens.
//!
//! An [`Amount`] is bounded at intake by [`Amount::LIMIT`], so that no arithmetic on one document or one item can leave `i64`;
//! sums over many rows are `i128`. Currencies are closed over the active ISO 4217 list with at most three minor digits.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of one currency, in that currency's minor units (cents for EUR, units for JPY, fils for KWD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// The largest absolute amount one input row may carry: what `decimal(18,3)` can hold.
    pub const LIMIT: i64 = 999_999_999_999_999_999;

    /// Whether there is anything left, in either direction.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether the amount is below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Amount {
        Amount(self.0.abs())
    }

    /// The amount, or zero where it is negative.
    #[must_use]
    pub fn or_zero(self) -> Amount {
        Amount(self.0.max(0))
    }

    /// The amount for sums over many rows.
    pub fn wide(self) -> i128 {
        i128::from(self.0)
    }
}

impl Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Amount;
    fn sub(self, other: Amount) -> Amount {
        Amount(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.0 += other.0;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        self.0 -= other.0;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(iter: I) -> Amount {
        iter.fold(Amount::ZERO, Add::add)
    }
}

/// A yearly rate, or any other share, in millionths: 12.15 % is `Rate(121_500)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(pub i64);

impl Rate {
    /// One, i.e. 100 %.
    pub const ONE: Rate = Rate(1_000_000);

    /// This share of an amount, rounded half-up to the minor unit; shares are at most the whole.
    pub fn of(self, amount: Amount) -> Amount {
        Amount(i64::try_from(divide_half_up(amount.wide() * i128::from(self.0), i128::from(Rate::ONE.0))).unwrap_or(amount.0))
    }
}

/// Divides and rounds half away from zero ("half-up"), the rounding of Regulation (EC) 1103/97 article 5.
///
/// `denominator` must be positive.
pub fn divide_half_up(numerator: i128, denominator: i128) -> i128 {
    debug_assert!(denominator > 0, "a rounding needs a positive denominator");
    // An odd denominator has no exact tie, so the floor of its half still rounds to the nearest.
    // Nearly all amounts fit a machine word, which divides many times faster than two.
    if let (Ok(small), Ok(divisor)) = (i64::try_from(numerator), i64::try_from(denominator))
        && let Some(raised) = small.checked_abs().and_then(|size| size.checked_add(divisor / 2))
    {
        let quotient = i128::from(raised / divisor);
        return if small < 0 { -quotient } else { quotient };
    }
    let half = denominator / 2;
    if numerator >= 0 { (numerator + half) / denominator } else { -((-numerator + half) / denominator) }
}

/// Divides an amount among claims in proportion to their size, by largest remainder; of equal remainders the first claim's goes first.
/// No claim gets more than it is; what exceeds them all is left over.
///
/// `amount` and every claim must not be negative.
pub fn apportion(amount: Amount, claims: &[Amount]) -> Vec<Amount> {
    let sum: i128 = claims.iter().map(|claim| claim.wide()).sum();
    if amount.wide() >= sum {
        return claims.to_vec();
    }
    let exact = |claim: &Amount| amount.wide() * claim.wide();
    // A quotient is less than its claim, which is an amount.
    let mut parts: Vec<Amount> = claims.iter().map(|claim| Amount(i64::try_from(exact(claim) / sum).unwrap_or(claim.0))).collect();
    let mut by_remainder: Vec<usize> = (0..claims.len()).collect();
    by_remainder.sort_by_key(|at| (-(exact(&claims[*at]) % sum), *at));
    let mut left = amount - parts.iter().copied().sum();
    for at in by_remainder {
        let unit = left.min(Amount(1));
        parts[at] += unit;
        left -= unit;
    }
    parts
}

/// A currency: index into the table of active ISO 4217 money codes with at most three minor digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub u8);

impl Currency {
    /// Reads an upper-case ISO 4217 code; `None` for anything else, fund and metal codes, and currencies with four minor digits.
    pub fn parse(code: &[u8]) -> Option<Currency> {
        let code: [u8; 3] = code.try_into().ok()?;
        Some(BY_LETTERS[place_of(code)?]).filter(|index| *index != NO_CURRENCY).map(Currency)
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        CURRENCIES[usize::from(self.0)].0
    }

    /// Minor digits: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u32 {
        u32::from(CURRENCIES[usize::from(self.0)].1)
    }

    /// Minor units in one whole unit.
    pub fn unit(self) -> i64 {
        10_i64.pow(self.digits())
    }

    /// Thousandths of a whole unit in one minor unit: the common scale of input and output tables.
    pub fn thousandths(self) -> i64 {
        10_i64.pow(3 - self.digits())
    }

    /// Every currency, in order of code.
    pub fn all() -> impl Iterator<Item = Currency> {
        (0..CURRENCIES.len()).filter_map(|index| u8::try_from(index).ok().map(Currency))
    }
}

/// Entry of [`BY_LETTERS`] for letters that name no currency.
const NO_CURRENCY: u8 = u8::MAX;
const LETTERS: usize = 26;

/// Index into [`CURRENCIES`] of every three capital letters.
static BY_LETTERS: [u8; LETTERS * LETTERS * LETTERS] = by_letters();

#[expect(clippy::cast_possible_truncation, reason = "the list has fewer than 255 currencies, which the constant below checks")]
const fn by_letters() -> [u8; LETTERS * LETTERS * LETTERS] {
    let mut found = [NO_CURRENCY; LETTERS * LETTERS * LETTERS];
    let mut index = 0;
    while index < CURRENCIES.len() {
        if let [a, b, c] = *CURRENCIES[index].0.as_bytes()
            && let Some(place) = place_of([a, b, c])
        {
            found[place] = index as u8;
        }
        index += 1;
    }
    found
}

const _: () = assert!(CURRENCIES.len() < NO_CURRENCY as usize);

/// Place of three capital letters in [`BY_LETTERS`].
const fn place_of([a, b, c]: [u8; 3]) -> Option<usize> {
    if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_uppercase() {
        Some(((a - b'A') as usize * LETTERS + (b - b'A') as usize) * LETTERS + (c - b'A') as usize)
    } else {
        None
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Writes an amount in whole units with the currency's minor digits: `-1234.50`.
pub fn format_amount(amount: i128, digits: u32) -> String {
    if digits == 0 {
        return amount.to_string();
    }
    let unit = 10_i128.pow(digits);
    let sign = if amount < 0 { "-" } else { "" };
    let whole = amount.unsigned_abs() / unit.unsigned_abs();
    let part = amount.unsigned_abs() % unit.unsigned_abs();
    format!("{sign}{whole}.{part:0width$}", width = digits as usize)
}

/// Active ISO 4217 codes of money in circulation (list one of the maintenance agency), with minor digits, in order of code.
/// Left out: metals, test and fund codes (X codes other than the four francs and dollars named, BOV, CHE, CHW, COU, MXV, USN, UYI),
/// and units of account with four digits (CLF, UYW).
const CURRENCIES: &[(&str, u8)] = &[
    ("AED", 2),
    ("AFN", 2),
    ("ALL", 2),
    ("AMD", 2),
    ("AOA", 2),
    ("ARS", 2),
    ("AUD", 2),
    ("AWG", 2),
    ("AZN", 2),
    ("BAM", 2),
    ("BBD", 2),
    ("BDT", 2),
    ("BGN", 2),
    ("BHD", 3),
    ("BIF", 0),
    ("BMD", 2),
    ("BND", 2),
    ("BOB", 2),
    ("BRL", 2),
    ("BSD", 2),
    ("BTN", 2),
    ("BWP", 2),
    ("BYN", 2),
    ("BZD", 2),
    ("CAD", 2),
    ("CDF", 2),
    ("CHF", 2),
    ("CLP", 0),
    ("CNY", 2),
    ("COP", 2),
    ("CRC", 2),
    ("CUP", 2),
    ("CVE", 2),
    ("CZK", 2),
    ("DJF", 0),
    ("DKK", 2),
    ("DOP", 2),
    ("DZD", 2),
    ("EGP", 2),
    ("ERN", 2),
    ("ETB", 2),
    ("EUR", 2),
    ("FJD", 2),
    ("FKP", 2),
    ("GBP", 2),
    ("GEL", 2),
    ("GHS", 2),
    ("GIP", 2),
    ("GMD", 2),
    ("GNF", 0),
    ("GTQ", 2),
    ("GYD", 2),
    ("HKD", 2),
    ("HNL", 2),
    ("HTG", 2),
    ("HUF", 2),
    ("IDR", 2),
    ("ILS", 2),
    ("INR", 2),
    ("IQD", 3),
    ("IRR", 2),
    ("ISK", 0),
    ("JMD", 2),
    ("JOD", 3),
    ("JPY", 0),
    ("KES", 2),
    ("KGS", 2),
    ("KHR", 2),
    ("KMF", 0),
    ("KPW", 2),
    ("KRW", 0),
    ("KWD", 3),
    ("KYD", 2),
    ("KZT", 2),
    ("LAK", 2),
    ("LBP", 2),
    ("LKR", 2),
    ("LRD", 2),
    ("LSL", 2),
    ("LYD", 3),
    ("MAD", 2),
    ("MDL", 2),
    ("MGA", 2),
    ("MKD", 2),
    ("MMK", 2),
    ("MNT", 2),
    ("MOP", 2),
    ("MRU", 2),
    ("MUR", 2),
    ("MVR", 2),
    ("MWK", 2),
    ("MXN", 2),
    ("MYR", 2),
    ("MZN", 2),
    ("NAD", 2),
    ("NGN", 2),
    ("NIO", 2),
    ("NOK", 2),
    ("NPR", 2),
    ("NZD", 2),
    ("OMR", 3),
    ("PAB", 2),
    ("PEN", 2),
    ("PGK", 2),
    ("PHP", 2),
    ("PKR", 2),
    ("PLN", 2),
    ("PYG", 0),
    ("QAR", 2),
    ("RON", 2),
    ("RSD", 2),
    ("RUB", 2),
    ("RWF", 0),
    ("SAR", 2),
    ("SBD", 2),
    ("SCR", 2),
    ("SDG", 2),
    ("SEK", 2),
    ("SGD", 2),
    ("SHP", 2),
    ("SLE", 2),
    ("SOS", 2),
    ("SRD", 2),
    ("SSP", 2),
    ("STN", 2),
    ("SVC", 2),
    ("SYP", 2),
    ("SZL", 2),
    ("THB", 2),
    ("TJS", 2),
    ("TMT", 2),
    ("TND", 3),
    ("TOP", 2),
    ("TRY", 2),
    ("TTD", 2),
    ("TWD", 2),
    ("TZS", 2),
    ("UAH", 2),
    ("UGX", 0),
    ("USD", 2),
    ("UYU", 2),
    ("UZS", 2),
    ("VED", 2),
    ("VES", 2),
    ("VND", 0),
    ("VUV", 0),
    ("WST", 2),
    ("XAF", 0),
    ("XCD", 2),
    ("XCG", 2),
    ("XOF", 0),
    ("XPF", 0),
    ("YER", 2),
    ("ZAR", 2),
    ("ZMW", 2),
    ("ZWG", 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A-52 of the domain definitions among them.
    #[test]
    fn a_52_an_amount_is_divided_by_largest_remainder() {
        let cases: &[(i64, &[i64], &[i64])] = &[
            (10_000, &[30_000, 30_000, 30_000], &[3_334, 3_333, 3_333]),
            (100, &[200, 100, 100], &[50, 25, 25]),
            (2, &[1, 1, 1], &[1, 1, 0]),
            (10, &[3, 3, 8], &[2, 2, 6]),
            (14, &[3, 3, 8], &[3, 3, 8]),
            (20, &[3, 3, 8], &[3, 3, 8]),
            (0, &[3, 0], &[0, 0]),
            (5, &[], &[]),
            (Amount::LIMIT, &[Amount::LIMIT, Amount::LIMIT], &[Amount::LIMIT / 2 + 1, Amount::LIMIT / 2]),
        ];
        for (amount, claims, parts) in cases {
            let claims: Vec<Amount> = claims.iter().copied().map(Amount).collect();
            let found: Vec<i64> = apportion(Amount(*amount), &claims).iter().map(|part| part.0).collect();
            assert_eq!(found, *parts, "{amount} among {claims:?}");
        }
    }

    #[test]
    fn half_up_rounds_away_from_zero_at_the_tie() {
        let cases = [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (7, 3, 2), (8, 3, 3), (-8, 3, -3), (0, 7, 0)];
        for (numerator, denominator, expected) in cases {
            assert_eq!(divide_half_up(numerator, denominator), expected, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn currencies_are_sorted_and_closed() {
        assert!(CURRENCIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let cases = [
            ("EUR", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("XOF", Some(0)),
            ("XAU", None),
            ("XXX", None),
            ("CLF", None),
            ("eur", None),
            ("EU", None),
            ("", None),
        ];
        for (code, digits) in cases {
            assert_eq!(Currency::parse(code.as_bytes()).map(Currency::digits), digits, "{code}");
        }
    }

    #[test]
    fn amounts_print_in_whole_units() {
        for (amount, digits, text) in [(123_450, 2, "1234.50"), (-5, 2, "-0.05"), (7, 0, "7"), (-1_005, 3, "-1.005"), (0, 2, "0.00")] {
            assert_eq!(format_amount(amount, digits), text);
        }
    }
}
