//! `relance terms`: what payment terms say of one invoice, and what a cash discount is worth by the year.

use std::fmt::Write;

use crate::base::calendar::{CALENDARS, Calendar, CalendarName};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::{Amount, Rate, divide_half_up, format_amount};
use crate::base::nearest::did_you_mean;
use crate::base::terms::Terms;
use crate::base::terms::cost::{BANK_YEAR, YEAR, banker_discount};
use crate::error::{Exit, Failure};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// As `payment_terms` of an invoice has them.
    pub terms: String,
    pub issued: Date,
    /// The day the goods came; the invoice date where left out.
    pub received: Option<Date>,
    /// Name of a calendar, for the days of a discount.
    pub calendar: String,
    /// Hundredths.
    pub amount: Amount,
    /// What a bank would take by the year.
    pub yearly_rate: Option<Rate>,
}

/// The answer, one line for each thing.
///
/// # Errors
/// [`Exit::Usage`] for terms or a calendar that cannot be read.
pub fn tell(request: &Request) -> Result<String, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, message);
    let terms = Terms::parse(&request.terms, None).map_err(usage)?;
    let calendar = calendar(&request.calendar)?;
    let received = request.received.unwrap_or(request.issued);
    let due = terms.due_date(request.issued, Some(received)).unwrap_or(request.issued);
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<16}{value}");
    };
    let days = due.days_since(request.issued);
    line("due", format!("{due}, {} after the invoice date", counted(days, "day")));
    if let Some(discount) = terms.discount {
        let until = discount.until(request.issued, &calendar);
        let kept = discount.of(request.amount);
        let paid = money(request.amount - kept);
        line("discount", format!("{} if paid by {until}: {paid} of {}", money(kept), money(request.amount)));
        let later = due.days_since(until);
        let shown = |rate: Option<Rate>| rate.map_or("nothing".to_owned(), percent);
        let simple = |year| shown(discount.yearly_cost(later, year));
        let effective = shown(discount.effective_yearly_cost(later));
        let costs = format!("{} of {YEAR} days, {} of {BANK_YEAR}, {effective} with interest on interest", simple(YEAR), simple(BANK_YEAR));
        line("worth a year", if later > 0 { costs } else { "nothing is gained by waiting".to_owned() });
    }
    if let Some(rate) = request.yearly_rate {
        let less = banker_discount(request.amount, rate, days);
        let left = money(request.amount - less);
        line("paid at once", format!("{} less at {} a year of {BANK_YEAR} days: {left}", money(less), percent(rate)));
    }
    Ok(text)
}

fn calendar(name: &str) -> Result<Calendar, Failure> {
    let known: Option<CalendarName> = CALENDARS.iter().find(|(known, _)| *known == name).map(|(_, calendar)| *calendar);
    known.map(Calendar::named).ok_or_else(|| {
        let near = did_you_mean(name, CALENDARS.iter().map(|(name, _)| *name));
        Failure::new(Exit::Usage, format!("there is no calendar \"{name}\"{near}"))
    })
}

fn money(amount: Amount) -> String {
    format_amount(amount.wide(), 2)
}

/// `36.73 %`.
fn percent(rate: Rate) -> String {
    format!("{} %", format_amount(divide_half_up(i128::from(rate.0), 100), 2))
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;

    fn asked(terms: &str) -> Request {
        Request {
            terms: terms.to_owned(),
            issued: Date::parse("2026-11-02").unwrap(),
            received: None,
            calendar: "FR".to_owned(),
            amount: Amount(10_000_00),
            yearly_rate: None,
        }
    }

    #[test]
    fn terms_of_one_invoice() {
        // 2/98 x 365/20 and 360/20; (100/98)^(365/20) - 1. Ten working days after 2 November 2026 leave out Wednesday the 11th.
        let cases = [
            (asked("net(30)"), "due             2026-12-02, 30 days after the invoice date\n"),
            (
                asked("discount(2%, 10, net(30))"),
                "due             2026-12-02, 30 days after the invoice date\n\
                 discount        200.00 if paid by 2026-11-12: 9800.00 of 10000.00\n\
                 worth a year    37.24 % of 365 days, 36.73 % of 360, 44.59 % with interest on interest\n",
            ),
            (
                asked("discount(2%, 10 working_days, net(12))"),
                "due             2026-11-14, 12 days after the invoice date\n\
                 discount        200.00 if paid by 2026-11-14: 9800.00 of 10000.00\n\
                 worth a year    nothing is gained by waiting\n",
            ),
            (
                Request { received: Date::parse("2026-11-05"), yearly_rate: Some(Rate(20_000)), ..asked("net_from_receipt(27)") },
                "due             2026-12-02, 30 days after the invoice date\n\
                 paid at once    16.67 less at 2.00 % a year of 360 days: 9983.33\n",
            ),
        ];
        for (request, expected) in cases {
            assert_eq!(tell(&request).as_deref(), Ok(expected), "{}", request.terms);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let failure = |request: Request| tell(&request).unwrap_err();
        let terms = failure(asked("nett(30)"));
        assert_eq!(terms.exit, Exit::Usage);
        assert!(terms.messages[0].starts_with("there are no payment terms \"nett\", did you mean \"net\"?"), "{}", terms.messages[0]);
        let calendar = failure(Request { calendar: "FRA".to_owned(), ..asked("net(30)") });
        assert_eq!(calendar.messages, ["there is no calendar \"FRA\", did you mean \"FR\"?"]);
    }
}
