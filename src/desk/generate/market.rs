//! What is not about a customer: exchange rates and the collection team.

use crate::base::contract::{collectors, fx};
use crate::base::date::Date;
use crate::desk::generate::HISTORY_MONTHS;
use crate::desk::generate::customer::COLLECTORS;
use crate::desk::generate::layout::Block;
use crate::desk::generate::random::Random;

/// Value of one unit in euro, in units of the ninth decimal, from which the rates wander.
const STARTING_RATES: &[(&str, i64)] = &[("GBP", 1_160_000_000), ("USD", 890_000_000), ("CHF", 1_060_000_000), ("JPY", 6_050_000)];
/// Units of the twelfth decimal in one of the ninth.
const NINTH: i64 = 1_000;
/// Days between two published rates.
const RATE_EVERY: i32 = 7;
const WRITTEN_LANGUAGES: &[&str] = &["fr", "fr,en", "de,en", "es,it", "en"];

/// Fills the tables of exchange rates and collectors.
pub fn write(as_of: Date, random: &mut Random, block: &mut Block) {
    for (currency, start) in STARTING_RATES {
        let mut rate = *start;
        let mut day = as_of.plus_months(-HISTORY_MONTHS).plus_days(-RATE_EVERY);
        while day <= as_of {
            block.fx.date(fx::DATE, day);
            block.fx.text(fx::CURRENCY, currency);
            block.fx.number(fx::RATE_TO_REPORTING, rate * NINTH);
            block.fx.end_row();
            // At most half a percent a week.
            rate += rate * random.between(-50, 50) / 10_000;
            day = day.plus_days(RATE_EVERY);
        }
    }
    for number in 1..=COLLECTORS {
        block.collectors.text(collectors::COLLECTOR_ID, &format!("K{number:02}"));
        block.collectors.text(collectors::LANGUAGES, random.pick(WRITTEN_LANGUAGES));
        block.collectors.number(collectors::CAPACITY, random.between(40, 120) * 1_000_000);
        block.collectors.end_row();
    }
}
