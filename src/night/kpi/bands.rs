//! Aging bands: how late is how old. Data of the job file, not of the law.

/// The bands of days past due, from the job file's upper bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgingBands {
    /// Last day past due of each band but the open-ended last one, ascending.
    bounds: Vec<i32>,
    names: Vec<String>,
}

impl AgingBands {
    /// The bounds of a job file that says nothing: current, 1-30, 31-60, 61-90, 91-120, 121-180, 181-365, >365.
    pub const DEFAULT_BOUNDS: &[i32] = &[0, 30, 60, 90, 120, 180, 365];

    /// Bands with these upper bounds, which must ascend; the first band is `current`, the last one has no end.
    pub fn new(bounds: &[i32]) -> AgingBands {
        let first = bounds.first().map(|_| "current".to_owned());
        let between = bounds.windows(2).map(|pair| format!("{}-{}", i64::from(pair[0]) + 1, pair[1]));
        let last = bounds.last().map_or("all".to_owned(), |bound| format!(">{bound}"));
        AgingBands { bounds: bounds.to_vec(), names: first.into_iter().chain(between).chain([last]).collect() }
    }

    /// Position of the band of an item this many days past due.
    pub fn of(&self, days_past_due: i32) -> usize {
        self.bounds.partition_point(|bound| *bound < days_past_due)
    }

    /// Name of a band in the outputs.
    pub fn name(&self, band: usize) -> &str {
        &self.names[band]
    }

    /// Names of all bands, youngest first.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl Default for AgingBands {
    fn default() -> Self {
        AgingBands::new(AgingBands::DEFAULT_BOUNDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::date::Date;

    fn band_of(due: &str, as_of: &str) -> String {
        let day = |text: &str| Date::parse(text).unwrap();
        let bands = AgingBands::default();
        bands.name(bands.of(day(as_of).days_since(day(due)))).to_owned()
    }

    #[test]
    fn c_23_both_ends_of_a_band_belong_to_it() {
        let cases = [
            ("2026-12-31", "current"),
            ("2026-11-22", "current"),
            ("2026-11-21", "1-30"),
            ("2026-10-23", "1-30"),
            ("2026-10-22", "31-60"),
            ("2026-09-23", "31-60"),
            ("2026-09-22", "61-90"),
            ("2026-08-24", "61-90"),
            ("2026-08-23", "91-120"),
            ("2026-07-25", "91-120"),
            ("2026-07-24", "121-180"),
            ("2026-05-26", "121-180"),
            ("2026-05-25", "181-365"),
            ("2025-11-22", "181-365"),
            ("2025-11-21", ">365"),
        ];
        for (due, expected) in cases {
            assert_eq!(band_of(due, "2026-11-22"), expected, "due {due}");
        }
    }

    #[test]
    fn c_25_age_counts_from_the_due_date() {
        assert_eq!(band_of("2026-10-31", "2026-11-22"), "1-30", "22 days past due");
        assert_eq!(band_of("2026-09-01", "2026-11-22"), "61-90", "counted from the invoice it would be 82 days");
    }

    #[test]
    fn bands_follow_the_bounds_of_the_job_file() {
        let bands = AgingBands::new(&[0, 15]);
        assert_eq!(bands.names(), ["current", "1-15", ">15"]);
        assert_eq!([bands.of(-3), bands.of(15), bands.of(16)], [0, 1, 2]);
    }
}
