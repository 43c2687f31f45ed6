//! Proposals in figures: how many stand of each, how many wait for nothing but a decision, and what they are about.

use std::collections::BTreeMap;

use crate::night::proposals::ProposalFigures;
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale};
use crate::portfolio::indicators::{count, money};

/// `kpis.scope` of the figures of a proposal.
const SCOPE: &str = "proposal";

/// Figures by proposal, in order of name; none where the rules propose nothing.
pub fn proposal_rows<'a>(shards: impl Iterator<Item = &'a BTreeMap<String, ProposalFigures>>, settings: &FigureSettings) -> Vec<KpiRow> {
    let mut kinds: BTreeMap<&str, ProposalFigures> = BTreeMap::new();
    for (kind, figures) in shards.flatten() {
        kinds.entry(kind).or_default().add(figures);
    }
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let of_kind = |(kind, figures): (&str, ProposalFigures)| {
        let found = [
            count("proposals_open", counted(figures.open)),
            count("proposals_ready", counted(figures.ready)),
            count("proposals_approved", counted(figures.approved)),
            money("proposals_amount", figures.amount, scale(Basis::Reporting, settings)),
        ];
        let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: Some(kind.to_owned()), basis: Basis::Reporting, indicator };
        found.map(row)
    };
    kinds.into_iter().flat_map(of_kind).collect()
}
