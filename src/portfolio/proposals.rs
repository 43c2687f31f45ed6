//! Proposals in figures: how many stand of each, how many wait for nothing but a decision, and what they are about. And how often each
//! route is the best one.

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

/// How often each route is the best, and what it is expected to bring there, in order of name.
pub fn route_rows<'a>(shards: impl Iterator<Item = &'a BTreeMap<String, (u64, i128)>>, settings: &FigureSettings) -> Vec<KpiRow> {
    let mut routes: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for (route, (number, net)) in shards.flatten() {
        let all = routes.entry(route).or_default();
        *all = (all.0 + number, all.1.saturating_add(*net));
    }
    let of_route = |(route, (number, net)): (&str, (u64, i128))| {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let found = [count("routes_best", number), money("routes_best_net", net, scale(Basis::Reporting, settings))];
        found.map(|indicator| KpiRow { scope: "route".to_owned(), scope_value: Some(route.to_owned()), basis: Basis::Reporting, indicator })
    };
    routes.into_iter().flat_map(of_route).collect()
}
