//! The section `freshness:` of the job file.

use std::collections::BTreeMap;

use super::resolve::{Resolver, parse_whole};
use super::written::{RawFreshness, Text};
use super::{Freshness, WhenStale};
use crate::night::freshness::{Limit, Watch};

/// The word for a table that is not watched.
pub(super) const NEVER: &str = "none";

impl Resolver<'_> {
    /// `sources` are the tables the job names.
    pub(super) fn freshness(&mut self, written: Option<RawFreshness>, sources: &BTreeMap<String, String>) -> Freshness {
        let written = written.unwrap_or_default();
        self.unknown_keys(&written.unknown, RawFreshness::KEYS);
        let mut watch = |table: &str, text: Option<Text>, usual: Watch| {
            let Some(text) = text else { return usual };
            if !sources.contains_key(table) {
                self.report_at(&text, format!("freshness is asked of {table}, which the portfolio does not name"));
            }
            self.parsed(&text, parse_watch).unwrap_or(usual)
        };
        Freshness {
            payments: watch("payments", written.payments, Freshness::USUAL.payments),
            invoices: watch("invoices", written.invoices, Freshness::USUAL.invoices),
            contacts: watch("contacts", written.contacts, Freshness::USUAL.contacts),
            when_stale: self.choice(written.when_stale, WhenStale::Refuse),
        }
    }
}

/// `3 business days`, `5 days`, `1 day`, `none`.
fn parse_watch(text: &str) -> Result<Watch, String> {
    if text == NEVER {
        return Ok(Watch::Never);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let limit = match words.as_slice() {
        [count, "day" | "days"] => (*count, Limit::Days as fn(i32) -> Limit),
        [count, "business", "day" | "days"] => (*count, Limit::BusinessDays as fn(i32) -> Limit),
        _ => return Err(format!("\"{text}\" is no limit such as 3 business days or 5 days, nor {NEVER}")),
    };
    parse_whole(limit.0, "0 to 400 days", 0, 400).map(|count| Watch::Within(limit.1(count)))
}
