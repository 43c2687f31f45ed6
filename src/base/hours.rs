//! Hours of the day in which somebody may be called or written to, wherever they are. The engine asks no clock: it says from when until when,
//! and answers whoever has one.

/// A minute of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeOfDay(u16);

/// Minutes in a day.
const DAY: u16 = 24 * 60;

impl TimeOfDay {
    /// `08:00`; `24:00` is the end of the day.
    pub fn parse(text: &str) -> Option<TimeOfDay> {
        minutes(text).filter(|minutes| *minutes <= DAY).map(TimeOfDay)
    }

    fn moved(self, minutes: i32) -> TimeOfDay {
        let moved = (i32::from(self.0) + minutes).rem_euclid(i32::from(DAY));
        TimeOfDay(u16::try_from(moved).unwrap_or(0))
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// What a time zone is ahead of universal time, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i16);

impl Offset {
    /// `-05:00`, `+05:30`; no zone is further than fourteen hours away.
    pub fn parse(text: &str) -> Option<Offset> {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let minutes = i16::try_from(minutes(rest)?).ok()?;
        (minutes <= 14 * 60).then_some(Offset(sign * minutes))
    }
}

/// `HH:MM` in minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let is_plain = |part: &str| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_digit());
    let (hours, minutes) = (is_plain(hours).then(|| hours.parse::<u16>().ok())??, is_plain(minutes).then(|| minutes.parse::<u16>().ok())??);
    (minutes < 60).then_some(hours * 60 + minutes)
}

/// The time between two times of a day. Both ends are outside: where a text says "after 8" and another "from 8 on", the careful reading holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    after: TimeOfDay,
    before: TimeOfDay,
}

impl Hours {
    /// `None` where no minute lies between the two.
    pub fn between(after: TimeOfDay, before: TimeOfDay) -> Option<Hours> {
        (before.0 > after.0 + 1).then_some(Hours { after, before })
    }

    /// The first and the last minute.
    pub fn ends(self) -> (TimeOfDay, TimeOfDay) {
        (TimeOfDay(self.after.0 + 1), TimeOfDay(self.before.0 - 1))
    }

    /// Whether a time of day, where the person is, lies within.
    pub fn contains(self, local: TimeOfDay) -> bool {
        self.after < local && local < self.before
    }

    /// Whether a time of day in one zone lies within in every zone where the person may be.
    pub fn contains_everywhere(self, time: TimeOfDay, zone: Offset, plausible: &[Offset]) -> bool {
        let universal = time.moved(-i32::from(zone.0));
        plausible.iter().all(|offset| self.contains(universal.moved(i32::from(offset.0))))
    }

    /// The first and the last minute, in universal time, of the longest stretch that lies within in every zone; the last one may be on the next
    /// day, and then is the smaller. `None` where there is no such minute.
    pub fn everywhere(self, plausible: &[Offset]) -> Option<(TimeOfDay, TimeOfDay)> {
        let is_within = |minute: u16| self.contains_everywhere(TimeOfDay(minute % DAY), Offset(0), plausible);
        let starts = (0..DAY).filter(|minute| is_within(*minute) && !is_within(*minute + DAY - 1));
        let length = |start: u16| (start..start + DAY).take_while(|minute| is_within(*minute)).count();
        let longest = starts.map(|start| (length(start), std::cmp::Reverse(start))).max();
        longest.and_then(|(length, std::cmp::Reverse(start))| {
            let last = (start + u16::try_from(length).ok()? - 1) % DAY;
            Some((TimeOfDay(start), TimeOfDay(last)))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> TimeOfDay {
        TimeOfDay::parse(text).unwrap_or_else(|| panic!("{text} is a time"))
    }

    fn offset(text: &str) -> Offset {
        Offset::parse(text).unwrap_or_else(|| panic!("{text} is an offset"))
    }

    /// 12 CFR 1006.6(b): after 8:00 and before 21:00 where the consumer is.
    fn regulation_f() -> Hours {
        Hours::between(time("08:00"), time("21:00")).expect("hours")
    }

    #[test]
    fn d_04_calls_are_made_between_eight_and_nine_where_the_consumer_is() {
        for (local, allowed) in
            [("07:59", false), ("08:00", false), ("08:01", true), ("20:59", true), ("21:00", false), ("21:01", false), ("00:00", false)]
        {
            assert_eq!(regulation_f().contains(time(local)), allowed, "{local}");
        }
        assert_eq!(regulation_f().ends(), (time("08:01"), time("20:59")));
    }

    #[test]
    fn d_05_an_unknown_zone_is_every_plausible_one() {
        let (new_york, los_angeles) = (offset("-05:00"), offset("-08:00"));
        for (time_there, allowed) in [("10:30", false), ("11:00", false), ("11:01", true), ("20:59", true), ("21:00", false)] {
            assert_eq!(regulation_f().contains_everywhere(time(time_there), new_york, &[new_york, los_angeles]), allowed, "{time_there}");
        }
        assert!(regulation_f().contains_everywhere(time("10:30"), new_york, &[new_york]));
        assert_eq!(regulation_f().everywhere(&[new_york, los_angeles]), Some((time("16:01"), time("01:59"))));
    }

    #[test]
    fn hours_and_offsets_are_read_in_one_form() {
        for (text, shown) in
            [("00:00", Some("00:00")), ("24:00", Some("24:00")), ("24:01", None), ("8:00", None), ("08:60", None), ("0800", None)]
        {
            assert_eq!(TimeOfDay::parse(text).map(|time| time.to_string()).as_deref(), shown, "{text}");
        }
        for (text, minutes) in [
            ("-05:00", Some(-300)),
            ("+05:30", Some(330)),
            ("+14:00", Some(840)),
            ("+14:01", None),
            ("05:00", None),
            ("", None),
            ("é5:00", None),
        ] {
            assert_eq!(Offset::parse(text), minutes.map(Offset), "{text}");
        }
        assert_eq!(Hours::between(time("08:00"), time("08:01")), None);
        // Half the world apart there is no hour that is lawful for both.
        let short = Hours::between(time("09:00"), time("12:00")).expect("hours");
        assert_eq!(short.everywhere(&[offset("+00:00"), offset("+12:00")]), None);
    }

    proptest! {
        #[test]
        fn a_minute_of_the_stretch_is_within_everywhere(
            after in 0_u16..1000, length in 2_u16..400, zones in prop::collection::vec(-840_i16..=840, 1..5), at in 0_u16..1440,
        ) {
            let hours = Hours::between(TimeOfDay(after), TimeOfDay(after + length)).expect("hours");
            let zones: Vec<Offset> = zones.into_iter().map(Offset).collect();
            let within = |minute: u16| hours.contains_everywhere(TimeOfDay(minute % DAY), Offset(0), &zones);
            match hours.everywhere(&zones) {
                None => prop_assert!(!within(at)),
                Some((first, last)) => {
                    let length = (last.0 + DAY - first.0) % DAY;
                    prop_assert!((0..=length).all(|minute| within(first.0 + minute)));
                    prop_assert!(!within(first.0 + DAY - 1) && !within(last.0 + 1));
                }
            }
        }
    }
}
