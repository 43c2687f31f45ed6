//! How settings stand in the manifest: as a job file writes them.

use std::collections::BTreeMap;

use serde::ser::{SerializeMap, Serializer};

use super::freshness::NEVER;
use super::{Choice, Effort, Freshness, Recovery, RollsSince, Terms};
use crate::base::money::{Currency, Rate, format_amount};
use crate::base::terms::LegalMaximum;
use crate::night::freshness::Watch;

pub fn name<C: Choice, S: Serializer>(choice: &C, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(choice.name())
}

pub fn name_if_given<C: Choice, S: Serializer>(choice: &Option<C>, serializer: S) -> Result<S::Ok, S::Error> {
    match choice {
        Some(choice) => name(choice, serializer),
        None => serializer.serialize_none(),
    }
}

pub fn code<S: Serializer>(currency: &Currency, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(currency.code())
}

pub fn fraction<S: Serializer>(rate: &Rate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_amount(i128::from(rate.0), 6))
}

pub fn fraction_if_given<S: Serializer>(rate: &Option<Rate>, serializer: S) -> Result<S::Ok, S::Error> {
    match rate {
        Some(rate) => fraction(rate, serializer),
        None => serializer.serialize_none(),
    }
}

pub fn fractions<S: Serializer>(rates: &[Rate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rates.iter().map(|rate| format_amount(i128::from(rate.0), 6)))
}

pub fn fractions_by_name<S: Serializer>(rates: &BTreeMap<String, Rate>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rates.iter().map(|(name, rate)| (name, format_amount(i128::from(rate.0), 6))))
}

pub fn thousandths_by_name<S: Serializer>(amounts: &BTreeMap<String, i64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(amounts.iter().map(|(name, amount)| (name, format_amount(i128::from(*amount), 3))))
}

pub fn rolls_since<S: Serializer>(since: &Option<RollsSince>, serializer: S) -> Result<S::Ok, S::Error> {
    match since {
        Some(RollsSince::MonthEnd) => serializer.serialize_str("month_end"),
        Some(RollsSince::Night(night)) => serializer.collect_str(night),
        None => serializer.serialize_none(),
    }
}

pub fn effort<S: Serializer>(effort: &Option<Effort>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(effort) = effort else { return serializer.serialize_none() };
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("people", &effort.people)?;
    map.serialize_entry("hours", &effort.hours)?;
    map.serialize_entry("cost", &format_amount(i128::from(effort.cost), 3))?;
    map.end()
}

pub fn terms<S: Serializer>(terms: &Option<Terms>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(terms) = terms else { return serializer.serialize_none() };
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("due_date", terms.due_date.name())?;
    map.serialize_entry("eom_method", &terms.eom_method.map(Choice::name))?;
    map.serialize_entry("roll", terms.roll.name())?;
    map.serialize_entry("default", &terms.default.map(|default| default.to_string()))?;
    let codes: BTreeMap<&str, String> = terms.codes.iter().map(|(code, terms)| (code.as_str(), terms.to_string())).collect();
    map.serialize_entry("codes", &codes)?;
    map.serialize_entry("earned_discount", terms.earned_discount.name())?;
    map.serialize_entry("discount_tolerance", &format_amount(i128::from(terms.discount_tolerance), 3))?;
    let limits: BTreeMap<&str, BTreeMap<&str, i32>> =
        terms.legal_maximum.iter().map(|(country, limit)| (country.as_str(), days(*limit))).collect();
    map.serialize_entry("legal_maximum", &limits)?;
    map.end()
}

pub fn recovery<S: Serializer>(recovery: &Option<Recovery>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(recovery) = recovery else { return serializer.serialize_none() };
    let mut map = serializer.serialize_map(None)?;
    let knots: BTreeMap<i32, String> = recovery.knots.iter().map(|(day, share)| (*day, format_amount(i128::from(share.0), 6))).collect();
    map.serialize_entry("curve", &knots)?;
    map.serialize_entry("interpolation", recovery.interpolation.name())?;
    map.end()
}

pub fn freshness<S: Serializer>(freshness: &Freshness, serializer: S) -> Result<S::Ok, S::Error> {
    let watch = |watch: Watch| match watch {
        Watch::Usual(_) => None,
        Watch::Never => Some(NEVER.to_owned()),
        Watch::Within(limit) => Some(limit.words()),
    };
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("payments", &watch(freshness.payments))?;
    map.serialize_entry("invoices", &watch(freshness.invoices))?;
    map.serialize_entry("contacts", &watch(freshness.contacts))?;
    map.serialize_entry("when_stale", freshness.when_stale.name())?;
    map.end()
}

fn days(limit: LegalMaximum) -> BTreeMap<&'static str, i32> {
    let exceptions = [("end_of_month", limit.end_of_month), ("periodic", limit.periodic)];
    let exceptions = exceptions.into_iter().filter_map(|(name, days)| Some((name, days?)));
    [("days", limit.days)].into_iter().chain(exceptions).collect()
}
