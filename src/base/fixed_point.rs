//! Powers and roots of numbers from zero to one, in whole numbers: the same bits on every machine.

/// One: numbers are counted in parts of 2^60.
pub const ONE: u128 = 1 << 60;

/// The largest number whose power is at most `value`; both at most one.
pub fn root(value: u128, exponent: u32) -> u128 {
    let (mut low, mut high) = (0, ONE);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if power(middle, exponent) <= value { low = middle } else { high = middle - 1 }
    }
    low
}

/// A power of a number of at most one.
pub fn power(mut base: u128, mut exponent: u32) -> u128 {
    let mut result = ONE;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base / ONE;
        }
        base = base * base / ONE;
        exponent /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_roots_of_shares() {
        let half = ONE / 2;
        assert_eq!([0, 1, 2, 10].map(|exponent| power(half, exponent)), [ONE, half, half / 2, half / 512]);
        for exponent in [1, 2, 10] {
            let value = power(half, exponent);
            let root = root(value, exponent);
            assert!(power(root, exponent) <= value && power(root + 1, exponent) > value, "{exponent}");
            assert!(root.abs_diff(half) < 1 << 12, "{exponent}: {root}");
        }
        assert_eq!((root(ONE, 3), power(ONE, u32::MAX), power(0, 3)), (ONE, ONE, 0));
    }
}
