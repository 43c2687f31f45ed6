//! The text of payment terms: `net(30)`, `eom_after(45) express`, `discount(2%, 10 working_days, net(30))`.

use std::fmt;

use super::{DayUnit, Discount, EomMethod, Term, Terms};
use crate::base::money::{Rate, format_amount};
use crate::base::nearest::did_you_mean;

/// Kinds of terms by the names they are written with, each as it is written.
const KINDS: &[(&str, &str)] = &[
    ("net", "net(30)"),
    ("net_from_receipt", "net_from_receipt(30)"),
    ("eom_after", "eom_after(45)"),
    ("eom_then", "eom_then(45)"),
    ("eom", "eom(45)"),
    ("eom_month_and_half", "eom_month_and_half"),
    ("eom_after_then_day", "eom_after_then_day(30, 10)"),
    ("next_eom", "next_eom"),
    ("discount", "discount(2%, 10, net(30))"),
];
const UNITS: &[(&str, DayUnit)] =
    &[("days", DayUnit::Days), ("business_days", DayUnit::BusinessDays), ("working_days", DayUnit::WorkingDays)];
const EXPRESS: &str = "express";
const PERIODIC: &str = "periodic";
/// Longer terms are a slip of the pen.
const MOST_DAYS: i32 = 999;
/// Longest text that is looked at.
const MOST_BYTES: usize = 200;

impl Terms {
    /// Reads terms as they are written; `eom` says how `eom(45)` is counted, which without it is refused.
    ///
    /// # Errors
    /// What is wrong with the text and how it is written right, in one sentence without a full stop.
    pub fn parse(text: &str, eom: Option<EomMethod>) -> Result<Terms, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("payment terms are written in at most {MOST_BYTES} letters"));
        }
        let mut reader = Reader { rest: text, eom };
        let (term, discount) = reader.terms()?;
        let mut terms = Terms { term, discount, express: false, periodic: false };
        while let Some(word) = reader.word() {
            let mark = match word {
                EXPRESS => &mut terms.express,
                PERIODIC => &mut terms.periodic,
                _ => {
                    let nearest = did_you_mean(word, [EXPRESS, PERIODIC]);
                    return Err(format!("after the terms stand {EXPRESS} or {PERIODIC}, not \"{word}\"{nearest}"));
                }
            };
            if std::mem::replace(mark, true) {
                return Err(format!("\"{word}\" is written twice"));
            }
        }
        reader.end()?;
        Ok(terms)
    }
}

/// Reads a text from its beginning.
struct Reader<'t> {
    rest: &'t str,
    eom: Option<EomMethod>,
}

impl<'t> Reader<'t> {
    fn terms(&mut self) -> Result<(Term, Option<Discount>), String> {
        let start = self.rest;
        if self.word() == Some("discount") {
            let discount = self.discount()?;
            let (term, inner) = self.terms()?;
            self.close("discount")?;
            if inner.is_some() {
                return Err("a discount stands once, around the net terms".to_owned());
            }
            if let (Term::Net { days }, DayUnit::Days) = (term, discount.unit)
                && discount.days >= days
            {
                return Err(format!("the discount ends after {} days, the net term after {days}: it must end before", discount.days));
            }
            return Ok((term, Some(discount)));
        }
        self.rest = start;
        Ok((self.term()?, None))
    }

    /// `(2%, 10 working_days,`
    fn discount(&mut self) -> Result<Discount, String> {
        let written = "a discount is written as discount(2%, 10, net(30))";
        if !self.take("(") {
            return Err(written.to_owned());
        }
        let share = self.share()?;
        if !self.take(",") {
            return Err(written.to_owned());
        }
        let days = self.days("discount")?;
        let unit = match self.word() {
            None => DayUnit::Days,
            Some(word) => UNITS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit).ok_or_else(|| unknown_unit(word))?,
        };
        if !self.take(",") {
            return Err(written.to_owned());
        }
        Ok(Discount { share, days, unit })
    }

    fn term(&mut self) -> Result<Term, String> {
        let Some(kind) = self.word() else {
            return Err(format!("payment terms begin with their kind, as in net(30), not with \"{}\"", self.rest));
        };
        let Some((kind, written)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let names = KINDS.iter().map(|(name, _)| *name);
            let known: Vec<&str> = names.clone().collect();
            return Err(format!("there are no payment terms \"{kind}\"{}; there are {}", did_you_mean(kind, names), known.join(", ")));
        };
        let term = match *kind {
            "eom_month_and_half" => return Ok(Term::EomMonthAndHalf),
            "next_eom" => return Ok(Term::NextEom),
            _ if !self.take("(") => return Err(format!("{kind} takes a number, as in {written}")),
            "eom_after_then_day" => {
                let days = self.days(kind)?;
                let day = self.take(",").then(|| self.number()).flatten();
                let day = day.and_then(|day| u32::try_from(day).ok()).filter(|day| (1..=31).contains(day));
                Term::EomAfterThenDay { days, day: day.ok_or_else(|| format!("{kind} takes a day from 1 to 31, as in {written}"))? }
            }
            _ => self.counted(kind)?,
        };
        self.close(kind)?;
        Ok(term)
    }

    /// A term that is a number of days.
    fn counted(&mut self, kind: &str) -> Result<Term, String> {
        let days = self.days(kind)?;
        Ok(match (kind, self.eom) {
            ("net", _) => Term::Net { days },
            ("net_from_receipt", _) => Term::NetFromReceipt { days },
            ("eom_after", _) | ("eom", Some(EomMethod::After)) => Term::EomAfter { days },
            ("eom_then", _) | ("eom", Some(EomMethod::Then)) => Term::EomThen { days },
            _ => {
                return Err(format!(
                    "eom({days}) can be counted in two ways: write eom_after({days}), the days first, or eom_then({days}), the end of the month first, \
                     or say which with eom_method"
                ));
            }
        })
    }

    fn days(&mut self, kind: &str) -> Result<i32, String> {
        self.number().filter(|days| *days <= MOST_DAYS).ok_or_else(|| format!("{kind} takes 0 to {MOST_DAYS} whole days"))
    }

    /// `2%` or `2.5%`.
    fn share(&mut self) -> Result<Rate, String> {
        let error = || "a discount is a share such as 2% or 2.5%, above 0% and below 100%, with at most four decimals".to_owned();
        let text = self.rest.trim_start();
        let (number, rest) = text.split_once('%').ok_or_else(error)?;
        self.rest = rest;
        let (whole, decimals) = number.trim_end().split_once('.').unwrap_or((number.trim_end(), "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > 4 {
            return Err(error());
        }
        let share = format!("{whole}{decimals:0<4}").parse().map(Rate).map_err(|_| error())?;
        if Rate(0) < share && share < Rate::ONE { Ok(share) } else { Err(error()) }
    }

    fn number(&mut self) -> Option<i32> {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let number = text[..end].parse().ok()?;
        self.rest = &text[end..];
        Some(number)
    }

    fn word(&mut self) -> Option<&'t str> {
        let text = self.rest.trim_start();
        let end = text.find(|letter: char| !(letter.is_alphabetic() || letter == '_')).unwrap_or(text.len());
        self.rest = &text[end..];
        (end > 0).then_some(&text[..end])
    }

    fn take(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn close(&mut self, kind: &str) -> Result<(), String> {
        if self.take(")") { Ok(()) } else { Err(format!("{kind} is not closed by \")\" before \"{}\"", self.rest.trim_start())) }
    }

    fn end(&self) -> Result<(), String> {
        let rest = self.rest.trim();
        if rest.is_empty() { Ok(()) } else { Err(format!("\"{rest}\" is too much after the terms")) }
    }
}

fn unknown_unit(word: &str) -> String {
    let meant = match word.to_lowercase().as_str() {
        "ouvrables" => ", did you mean \"working_days\"?".to_owned(),
        "ouvrés" | "ouvres" => ", did you mean \"business_days\"?".to_owned(),
        _ => did_you_mean(word, UNITS.iter().map(|(name, _)| *name)),
    };
    format!("days of a discount are days, business_days (Monday to Friday) or working_days (Monday to Saturday), not \"{word}\"{meant}")
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.discount {
            Some(discount) => write!(f, "discount({discount}, {})", self.term)?,
            None => self.term.fmt(f)?,
        }
        for (mark, word) in [(self.express, EXPRESS), (self.periodic, PERIODIC)] {
            if mark {
                write!(f, " {word}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Net { days } => write!(f, "net({days})"),
            Term::NetFromReceipt { days } => write!(f, "net_from_receipt({days})"),
            Term::EomAfter { days } => write!(f, "eom_after({days})"),
            Term::EomThen { days } => write!(f, "eom_then({days})"),
            Term::EomMonthAndHalf => f.write_str("eom_month_and_half"),
            Term::EomAfterThenDay { days, day } => write!(f, "eom_after_then_day({days}, {day})"),
            Term::NextEom => f.write_str("next_eom"),
        }
    }
}

impl fmt::Display for Discount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = format_amount(i128::from(self.share.0), 4);
        let unit = UNITS.iter().find(|(_, unit)| *unit == self.unit).map_or("", |(name, _)| name);
        write!(f, "{}%, {} {unit}", percent.trim_end_matches('0').trim_end_matches('.'), self.days)
    }
}
