//! Customers: who they are, where, in what currency they trade, and how they pay.

use crate::base::contract::customers;
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::desk::generate::dirt::Dirt;
use crate::desk::generate::random::Random;
use crate::desk::generate::sheet::Sheet;

/// How a customer pays, unknown to the ledger: what rules and scores try to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    Prompt,
    Slow,
    Late,
    Erratic,
    Bad,
}

impl Risk {
    const WEIGHTS: &[(u64, Risk)] = &[(40, Risk::Prompt), (32, Risk::Slow), (17, Risk::Late), (8, Risk::Erratic), (3, Risk::Bad)];

    /// Days from due date to payment; `None` where it never comes.
    pub fn lateness(self, random: &mut Random) -> Option<i32> {
        let (never_per_mille, least, most) = match self {
            Risk::Prompt => (0, -8, 3),
            Risk::Slow => (3, 0, 20),
            Risk::Late => (10, 8, 60),
            Risk::Erratic => (40, -5, 110),
            Risk::Bad => (350, 40, 240),
        };
        (!random.chance(never_per_mille)).then(|| random.days(least, most))
    }

    /// What a credit bureau believes: a score from 0 to 100 near the truth, and a rating.
    fn opinion(self, random: &mut Random) -> (i64, &'static str) {
        let (score, rating) = match self {
            Risk::Prompt => (85, "A"),
            Risk::Slow => (70, "B"),
            Risk::Late => (50, "C"),
            Risk::Erratic => (40, "C"),
            Risk::Bad => (15, "D"),
        };
        (score + random.between(-12, 12), rating)
    }
}

/// What payments say about the invoices they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum References {
    /// Each payment names its invoice.
    Named,
    /// Payments name the customer only.
    Silent,
    /// One payment a month for all invoices that fell due, naming none.
    Batched,
}

/// A country, with what its customers have in common.
#[derive(Debug, Clone, Copy)]
struct Country {
    code: &'static str,
    language: &'static str,
    dialling: &'static str,
    currency: &'static str,
    /// Standard rate of value added tax, in percent.
    tax: i64,
    city: &'static str,
}

const fn country(
    code: &'static str,
    language: &'static str,
    dialling: &'static str,
    currency: &'static str,
    tax: i64,
    city: &'static str,
) -> Country {
    Country { code, language, dialling, currency, tax, city }
}

const COUNTRIES: &[(u64, Country)] = &[
    (50, country("FR", "fr", "+33", "EUR", 20, "Lyon")),
    (13, country("DE", "de", "+49", "EUR", 19, "Bremen")),
    (7, country("BE", "fr", "+32", "EUR", 21, "Namur")),
    (7, country("ES", "es", "+34", "EUR", 21, "Bilbao")),
    (6, country("IT", "it", "+39", "EUR", 22, "Torino")),
    (9, country("GB", "en", "+44", "GBP", 20, "Leeds")),
    (4, country("US", "en", "+1", "USD", 0, "Denver")),
    (2, country("CH", "de", "+41", "CHF", 8, "Bern")),
    (2, country("JP", "ja", "+81", "JPY", 10, "Osaka")),
];

/// Usual amount of an invoice in whole units, with how many customers have it.
const SCALES: &[(u64, i64)] = &[(14, 80), (20, 250), (24, 700), (20, 1_800), (14, 5_000), (6, 16_000), (2, 70_000)];

/// Roughly what one euro is worth in a currency, to keep sizes alike.
fn units_per_euro(currency: &str) -> i64 {
    if currency == "JPY" { 165 } else { 1 }
}

/// A customer as the other tables need to know it.
#[derive(Debug, Clone, Copy)]
pub struct Customer {
    pub number: u64,
    pub customer_type: &'static str,
    pub risk: Risk,
    pub references: References,
    pub currency: Currency,
    /// Standard rate of value added tax, in percent.
    pub tax: i64,
    /// Days from issue to due date.
    pub terms: i32,
    /// Usual amount of an invoice, in minor units.
    pub scale: i64,
    pub direct_debit: bool,
    /// The day insolvency proceedings opened; nothing is paid from then on.
    pub insolvent_on: Option<Date>,
    country: Country,
    vulnerable: bool,
}

impl Customer {
    /// Draws a customer.
    pub fn draw(number: u64, as_of: Date, random: &mut Random) -> Customer {
        let customer_type = random.weighted(&[(82, "company"), (10, "consumer"), (8, "public_body")]);
        let country = random.weighted(COUNTRIES);
        let currency_code =
            if country.currency == "EUR" && random.chance(55) { random.pick(&["USD", "GBP", "CHF"]) } else { country.currency };
        // Every code above is an ISO code; the test of this module walks them all.
        let currency = Currency::parse(currency_code.as_bytes()).unwrap_or(Currency(0));
        let risk = random.weighted(Risk::WEIGHTS);
        let consumer = customer_type == "consumer";
        let insolvent = if risk == Risk::Bad { 90 } else { 3 };
        let units = if consumer { random.between(20, 400) } else { random.weighted(SCALES) };
        Customer {
            number,
            customer_type,
            risk,
            references: random.weighted(&[(84, References::Named), (9, References::Silent), (7, References::Batched)]),
            currency,
            tax: country.tax,
            terms: if consumer { 15 } else { random.weighted(&[(50, 30), (30, 45), (20, 60)]) },
            scale: units * currency.unit() * units_per_euro(currency_code),
            direct_debit: random.chance(if consumer { 450 } else { 90 }),
            insolvent_on: random.chance(insolvent).then(|| as_of.plus_days(-random.days(5, 400))),
            country,
            vulnerable: consumer && random.chance(25),
        }
    }

    /// Writes its row. `parent` is the number of the customer above it in its group.
    pub fn write(&self, parent: Option<u64>, as_of: Date, random: &mut Random, dirt: &mut Dirt, sheet: &mut Sheet) {
        use customers::*;
        let mut customer_type = self.customer_type;
        let repeat = dirt.customer(&mut customer_type);
        sheet.id(CUSTOMER_ID, 'C', self.number);
        sheet.text(NAME, &self.name(random));
        sheet.text(CUSTOMER_TYPE, customer_type);
        sheet.text(COUNTRY, self.country.code);
        sheet.text(LANGUAGE, self.country.language);
        if let Some(parent) = parent {
            sheet.id(PARENT_ID, 'C', parent);
        }
        sheet.text(SECTOR, random.pick(&["retail", "industry", "transport", "construction", "services", "health"]));
        sheet.text(TIER, if self.scale > 400_000 { "gold" } else { "standard" });
        self.write_credit(as_of, random, sheet);
        self.write_status(as_of, random, sheet);
        self.write_reach(random, sheet);
        sheet.end_row();
        if repeat {
            sheet.repeat_row();
        }
    }

    fn name(&self, random: &mut Random) -> String {
        let family = random.pick(&["Moreau", "Keller", "Rossi", "Garcia", "Taylor", "Dubois", "Peeters", "Tanaka", "Lefevre", "Novak"]);
        match self.customer_type {
            "company" => format!("{family} {}", random.pick(&["Logistics", "Bau", "Tools", "Foods", "Textiles", "Energy", "Services"])),
            "public_body" => format!("City of {} {}", self.country.city, random.below(90)),
            _ => format!("{} {family}", random.pick(&["Alex", "Camille", "Dominique", "Kim", "Robin", "Sacha"])),
        }
    }

    fn write_credit(&self, as_of: Date, random: &mut Random, sheet: &mut Sheet) {
        use customers::*;
        let (score, rating) = self.risk.opinion(random);
        sheet.money(CREDIT_LIMIT, self.scale * random.between(4, 30) * self.currency.thousandths());
        sheet.text(CREDIT_LIMIT_CURRENCY, self.currency.code());
        sheet.date(CREDIT_REVIEWED_ON, as_of.plus_days(-random.days(5, 700)));
        sheet.number(RISK_SCORE, score * 1_000_000);
        sheet.text(RATING, rating);
        sheet.flag(ON_CREDIT_HOLD, random.chance(if self.risk == Risk::Bad { 250 } else { 4 }));
        if self.customer_type == "company" && random.chance(50) {
            sheet.number(PENALTY_RATE, random.between(80, 180) * 1_000);
        }
        if self.customer_type == "company" && random.chance(200) {
            sheet.money(INSURED_LIMIT, self.scale * random.between(2, 20) * self.currency.thousandths());
        }
    }

    fn write_status(&self, as_of: Date, random: &mut Random, sheet: &mut Sheet) {
        use customers::*;
        let status = match (self.insolvent_on, self.customer_type) {
            (Some(_), _) => "insolvency",
            (None, "consumer") => random.weighted(&[(950, "none"), (30, "hardship"), (10, "bailiff"), (10, "deceased")]),
            (None, _) => random.weighted(&[(992, "none"), (6, "in_court"), (2, "bailiff")]),
        };
        sheet.text(LEGAL_STATUS, status);
        if status != "none" {
            sheet.date(LEGAL_STATUS_SINCE, self.insolvent_on.unwrap_or_else(|| as_of.plus_days(-random.days(5, 300))));
        }
        sheet.flag(VULNERABLE, self.vulnerable);
        if random.chance(3) {
            sheet.text(REPRESENTED_BY, "Cabinet Lambert");
        }
        sheet.text(COLLECTOR_ID, &format!("K{:02}", random.between(1, COLLECTORS)));
    }

    fn write_reach(&self, random: &mut Random, sheet: &mut Sheet) {
        use customers::*;
        sheet.flag(DIRECT_DEBIT, self.direct_debit);
        if random.chance(400) {
            sheet.text(PREFERRED_CHANNEL, random.pick(&["email", "email", "phone", "letter", "sms"]));
        }
        if random.chance(930) {
            sheet.text(EMAIL, &format!("accounts@c{:09}.example", self.number));
            sheet.flag(EMAIL_VALID, !random.chance(15));
        }
        if random.chance(880) {
            sheet.text(PHONE, &format!("{} {:09}", self.country.dialling, random.below(1_000_000_000)));
        }
        if random.chance(970) {
            sheet.text(ADDRESS, &format!("{} Station Road, {}", random.between(1, 250), self.country.city));
            sheet.flag(ADDRESS_VALID, !random.chance(20));
        }
        sheet.flag(CONSENT_EMAIL, !random.chance(20));
        sheet.flag(CONSENT_SMS, random.chance(if self.customer_type == "consumer" { 550 } else { 150 }));
        sheet.flag(CONSENT_PHONE, !random.chance(30));
    }
}

/// Number of collectors; customers are spread over them.
pub const COLLECTORS: i64 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of which `market` writes rates, and the reporting currency.
    const CURRENCIES: &[&str] = &["EUR", "GBP", "USD", "CHF", "JPY"];

    #[test]
    fn every_country_trades_in_a_currency_of_the_ledger() {
        for (_, country) in COUNTRIES {
            assert!(CURRENCIES.contains(&country.currency), "{}", country.code);
        }
        assert!(CURRENCIES.iter().all(|code| Currency::parse(code.as_bytes()).is_some()));
    }

    #[test]
    fn four_fifths_of_the_customers_trade_in_euro() {
        let mut random = Random::new(7, 0);
        let day = Date(20_000);
        let euro = (0..10_000).filter(|number| Customer::draw(*number, day, &mut random).currency.code() == "EUR").count();
        assert!((7_700..8_100).contains(&euro), "{euro} of 10000");
    }
}
