//! The section `terms:` of the job file.

use std::collections::BTreeMap;

use super::numbers::plain;
use super::resolve::{Resolver, parse_choice, parse_whole};
use super::written::{Entries, RawLegalMaximum, RawTerms, Text};
use super::{Choice, DueDate, EarnedDiscount, Terms};
use crate::base::calendar::Roll;
use crate::base::terms::{EomMethod, LegalMaximum, Terms as PaymentTerms};
use crate::night::terms::EVERY_COUNTRY;

impl Resolver<'_> {
    pub(super) fn terms(&mut self, written: Option<RawTerms>) -> Option<Terms> {
        let written = written?;
        self.unknown_keys(&written.unknown, RawTerms::KEYS);
        let eom_method: Option<EomMethod> =
            written.eom_method.and_then(|method| self.parsed(&method, |text| parse_choice(text, EomMethod::ALL)));
        let due_date = self.choice(written.due_date, DueDate::Ledger);
        let parse = |text: &str| PaymentTerms::parse(text, eom_method);
        if let Some(default) = written.default.as_ref().filter(|_| due_date == DueDate::Ledger) {
            self.report_at(default, "default terms are used only with due_date: from_terms");
        }
        let Entries(codes) = written.codes.unwrap_or(Entries(Vec::new()));
        Some(Terms {
            due_date,
            eom_method,
            roll: self.choice(written.roll, Roll::None),
            default: written.default.and_then(|default| self.parsed(&default, parse)),
            codes: codes.into_iter().filter_map(|(code, terms)| Some((code.value, self.parsed(&terms, parse)?))).collect(),
            earned_discount: self.choice(written.earned_discount, EarnedDiscount::Keep),
            discount_tolerance: self.or_default(written.discount_tolerance, 0, parse_money),
            legal_maximum: self.legal_maximum(written.legal_maximum),
        })
    }

    fn legal_maximum(&mut self, written: Option<Entries<RawLegalMaximum>>) -> BTreeMap<String, LegalMaximum> {
        let mut limits = BTreeMap::new();
        let Entries(written) = written.unwrap_or(Entries(Vec::new()));
        for (country, limit) in written {
            self.unknown_keys(&limit.unknown, RawLegalMaximum::KEYS);
            let name = country.value.as_str();
            if name != EVERY_COUNTRY && !(name.len() == 2 && name.bytes().all(|letter| letter.is_ascii_uppercase())) {
                self.report_at(&country, format!("\"{name}\" is neither a country of two capitals, as in FR, nor {EVERY_COUNTRY}"));
                continue;
            }
            let Some(days) = limit.days else {
                self.report_at(&country, "a limit needs its days, as in {days: 60}");
                continue;
            };
            let mut whole = |text: &Text| self.parsed(text, |text| parse_whole(text, "0 to 999 days", 0, 999));
            let (end_of_month, periodic) = (limit.end_of_month.as_ref().map(&mut whole), limit.periodic.as_ref().map(&mut whole));
            if let Some(days) = whole(&days) {
                limits.insert(country.value, LegalMaximum { days, end_of_month: end_of_month.flatten(), periodic: periodic.flatten() });
            }
        }
        limits
    }
}

/// An amount in whole units with at most three decimals, in thousandths.
fn parse_money(text: &str) -> Result<i64, String> {
    parse_money_up_to(1_000_000, text)
}

/// The same, up to so many whole units.
pub(super) fn parse_money_up_to(most: i64, text: &str) -> Result<i64, String> {
    let error = || format!("\"{text}\" is no amount such as 0.05, from 0 to {most}, with at most three decimals");
    let plain = plain(text);
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain.as_str(), "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > 3 {
        return Err(error());
    }
    let thousandths: i64 = format!("{whole}{decimals:0<3}").parse().map_err(|_| error())?;
    if thousandths <= most * 1_000 { Ok(thousandths) } else { Err(error()) }
}
