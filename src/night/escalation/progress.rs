//! Where a ladder stands: the last step done, since when it is climbed, and what the gap to the next step counts from.

use crate::base::date::Date;
use crate::rules::program::{Policy, Resume};

/// Where a ladder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Last step done, by position.
    pub served: Option<usize>,
    pub step_on: Option<Date>,
    /// The day that step reaches the debtor, where it is in the post until then.
    pub arrives_on: Option<Date>,
    /// `None` where the ladder was left: what remains is the day of the last step, which a gap still counts from.
    pub entered_on: Option<Date>,
    pub paused_days: i32,
}

impl Progress {
    /// The day that gaps and repetitions count from: the one on which the debtor had the last step.
    pub fn rests_from(&self) -> Option<Date> {
        self.step_on.max(self.arrives_on)
    }

    /// The same once a step is done. Of several on one night the last to arrive counts.
    pub fn done(self, step: usize, on: Date, arrives_on: Option<Date>) -> Progress {
        let tonight = self.arrives_on.filter(|_| self.step_on == Some(on));
        Progress { served: Some(step), step_on: Some(on), arrives_on: tonight.max(arrives_on), ..self }
    }

    /// The same after a night on which something stopped all that could be done: who comes late, or starts at the first step, comes late
    /// once more on the night the stop is over.
    pub fn stopped(self, ladder: &Policy, as_of: Date) -> Progress {
        let comes_late = match ladder.resume {
            Resume::Closest => true,
            Resume::Rebase => self.served.is_none(),
            Resume::FirstUnserved => false,
        };
        Progress { entered_on: self.entered_on.map(|entered| if comes_late { as_of.plus_days(1) } else { entered }), ..self }
    }
}
