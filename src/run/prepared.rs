//! What every shard of a night is worked out with, made once from settings, rules and exchange rates.

use std::sync::Arc;

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::base::money::Rate;
use crate::base::recovery::RecoveryCurve;
use crate::night::evaluate::Night;
use crate::night::facts::ExtraColumns;
use crate::night::fx::Rates;
use crate::night::kpi::AgingBands;
use crate::night::matchers::Matchers;
use crate::night::normalise::exchange_rates::RateRow;
use crate::night::penalties::{Schedule, Terms};
use crate::night::terms::TermsBook;
use crate::rules::eval::Env;
use crate::rules::program::Program;
use crate::settings::{BY_STEP, Kpis, Settings};

/// Owns what a [`Night`] borrows.
pub struct Prepared<'a> {
    as_of: Date,
    program: &'a Program,
    extra: &'a ExtraColumns,
    matchers: Arc<Matchers>,
    rates: Rates,
    schedules: Vec<Schedule<'a>>,
    terms: Terms,
    bands: AgingBands,
    scopes: Vec<String>,
    by_step: bool,
    loss_rates: Vec<Rate>,
    depreciation_rates: Vec<Rate>,
    curve: RecoveryCurve,
    has_agency_fees: bool,
    contact_costs: Vec<i64>,
    promise_grace_days: i32,
    cost_of_capital: Option<Rate>,
    payment_terms: TermsBook<'a>,
    has_contact_log: bool,
}

impl<'a> Prepared<'a> {
    /// Makes the rules ready for the night of `as_of`. `rates` are accepted rows up to that day.
    pub fn new(
        settings: &'a Settings,
        program: &'a Program,
        extra: &'a ExtraColumns,
        as_of: Date,
        rates: &[RateRow],
        has_contact_log: bool,
    ) -> Prepared<'a> {
        let matchers = Arc::new(Matchers::new(program, &Env { as_of, calendar: &program.calendar }));
        Prepared::with_matchers(settings, program, extra, as_of, rates, has_contact_log, matchers)
    }

    /// As [`Prepared::new`], with conditions made ready before: those of the rules, on that day.
    pub fn with_matchers(
        settings: &'a Settings,
        program: &'a Program,
        extra: &'a ExtraColumns,
        as_of: Date,
        rates: &[RateRow],
        has_contact_log: bool,
        matchers: Arc<Matchers>,
    ) -> Prepared<'a> {
        let penalties = settings.penalties;
        Prepared {
            as_of,
            program,
            extra,
            matchers,
            rates: Rates::latest(rates, settings.reporting_currency),
            schedules: Schedule::all(&program.rates, as_of, penalties.unconfirmed_rates),
            terms: Terms {
                as_of,
                imputation: penalties.imputation,
                dispute_stops_interest: penalties.dispute_stops_interest,
                insolvency: penalties.insolvency_stop,
            },
            bands: AgingBands::new(&settings.aging),
            scopes: settings.kpis.scopes.iter().filter(|scope| !["all", BY_STEP].contains(&scope.as_str())).cloned().collect(),
            by_step: settings.kpis.scopes.iter().any(|scope| scope == BY_STEP),
            loss_rates: settings.kpis.loss_rates.clone(),
            depreciation_rates: settings.kpis.depreciation_rates.clone(),
            has_agency_fees: !settings.kpis.agency_fees.is_empty(),
            contact_costs: contact_costs(&settings.kpis),
            curve: settings.recovery.as_ref().map_or(RecoveryCurve::SEED, |recovery| recovery.curve.clone()),
            promise_grace_days: settings.promise_grace_days,
            cost_of_capital: settings.cost_of_capital,
            payment_terms: TermsBook::new(settings.terms.as_ref(), &program.calendar),
            has_contact_log,
        }
    }

    /// The night as the kernel takes it.
    pub fn night(&self) -> Night<'_> {
        Night {
            as_of: self.as_of,
            program: self.program,
            matchers: &self.matchers,
            calendar: &self.program.calendar,
            rates: &self.rates,
            schedules: &self.schedules,
            terms: self.terms,
            extra: self.extra,
            bands: &self.bands,
            curve: &self.curve,
            has_agency_fees: self.has_agency_fees,
            contact_costs: &self.contact_costs,
            loss_rates: &self.loss_rates,
            depreciation_rates: &self.depreciation_rates,
            scopes: &self.scopes,
            by_step: self.by_step,
            promise_grace_days: self.promise_grace_days,
            cost_of_capital: self.cost_of_capital,
            payment_terms: self.payment_terms,
            has_contact_log: self.has_contact_log,
        }
    }
}

/// What a contact costs by position of its channel; empty where the job does not say.
fn contact_costs(kpis: &Kpis) -> Vec<i64> {
    if kpis.contact_costs.is_empty() {
        return Vec::new();
    }
    CONTACT_CHANNELS.iter().map(|channel| kpis.contact_costs.get(*channel).copied().unwrap_or(0)).collect()
}
