//! The section `recovery:` of the job file.

use std::collections::BTreeMap;

use super::Recovery;
use super::resolve::{Resolver, parse_share, parse_whole};
use super::written::{Entries, RawRecovery};
use crate::base::money::Rate;
use crate::base::recovery::{Interpolation, RecoveryCurve};

impl Resolver<'_> {
    pub(super) fn recovery(&mut self, written: Option<RawRecovery>) -> Option<Recovery> {
        let written = written?;
        self.unknown_keys(&written.unknown, RawRecovery::KEYS);
        let interpolation = self.choice(written.interpolation, Interpolation::Linear);
        let Entries(entries) = written.curve.unwrap_or(Entries(Vec::new()));
        let mut knots = Vec::new();
        for (day, share) in &entries {
            let found = self.parsed(day, |text| parse_whole(text, "0 to 36500 days", 0, 36_500));
            let found = found.zip(self.parsed(share, parse_share));
            let last = knots.last().map(|(last, _): &(i32, Rate)| *last);
            match (last, found) {
                (Some(last), Some((next, _))) if next <= last => {
                    self.report_at(day, format!("the days of the curve must rise; this one follows {last}: {next}"));
                }
                (_, found) => knots.extend(found),
            }
        }
        let curve = RecoveryCurve::through(&knots, interpolation);
        if let (None, Some((first, _)), true) = (&curve, entries.first(), knots.len() == entries.len()) {
            let why = match interpolation {
                Interpolation::Linear => format!(
                    "no straight lines join these days exactly: the days between them need a common multiple of at most {}",
                    RecoveryCurve::LARGEST_SPAN
                ),
                Interpolation::LogLinear => {
                    format!("a decay needs shares above zero, and at most {} days from first to last", RecoveryCurve::LONGEST_DECAY)
                }
            };
            self.report_at(first, why);
        } else if entries.is_empty() {
            self.report_missing("recovery has no curve, as in {curve: {90: 69.6%, 180: 52.1%}}; leave it out for the published one");
        }
        Some(Recovery { knots: knots.into_iter().collect::<BTreeMap<_, _>>(), interpolation, curve: curve? })
    }
}
