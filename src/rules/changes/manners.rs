//! Single changes of how debtors are spoken to: the post, ways to pay, hours of contact, bounds of tone, languages, the longest silence.

use super::{About, List, days, next_to};
use crate::base::hours::{Hours, TimeOfDay};
use crate::rules::escalation::WEEKDAYS;
use crate::rules::program::{ContactHours, Policy, Post, Program, Span, ToneBound, Verb, WayToPay};

/// Changes of the post, hours, bounds and languages.
pub(super) fn put(list: &mut List, program: &Program) {
    program.post.iter().enumerate().for_each(|(at, post)| of_post(list, post, at));
    program.ways_to_pay.iter().enumerate().for_each(|(at, way)| of_way(list, way, at));
    program.contact_hours.iter().enumerate().for_each(|(at, hours)| of_hours(list, hours, at));
    program.tone_bounds.iter().enumerate().for_each(|(at, bound)| of_bound(list, bound, at, &program.tones));
    if let Some(languages) = &program.languages {
        list.at("languages", &languages.place);
        if languages.known.len() > 1 {
            let (first, second) = (languages.known[0].clone(), languages.known[1].clone());
            let edit = move |program: &mut Program| program.languages.iter_mut().for_each(|languages| languages.known.rotate_left(1));
            list.put("languages", first, second, About::Manner, edit);
        }
        if !languages.countries.is_empty() {
            let edit = move |program: &mut Program| program.languages.iter_mut().for_each(|languages| languages.countries.clear());
            list.put("languages", "those of countries", "none", About::Manner, edit);
        }
    }
}

fn of_post(list: &mut List, post: &Post, at: usize) {
    list.at(&post.rule.id, &post.rule.place);
    for other in next_to(post.takes) {
        let edit = move |program: &mut Program| program.post[at].takes = other;
        list.put("takes", days(post.takes), days(other), About::Manner, edit);
    }
    for weekday in post.prints.iter().copied() {
        let name = WEEKDAYS.iter().find(|(_, day)| *day == weekday).map_or("", |(name, _)| *name);
        let edit = move |program: &mut Program| program.post[at].prints.retain(|day| *day != weekday);
        list.put("prints", name, format!("no {name}"), About::QuietDays, edit);
    }
    if let [verb] = post.verbs.as_slice() {
        let edit = move |program: &mut Program| program.post[at].verbs = Verb::LETTERS.to_vec();
        list.put("for", verb.name(), "every letter", About::Manner, edit);
    }
}

fn of_way(list: &mut List, way: &WayToPay, at: usize) {
    list.at(&way.rule.id, &way.rule.place);
    for method in &way.methods {
        let gone = method.clone();
        let edit = move |program: &mut Program| program.ways_to_pay[at].methods.retain(|method| *method != gone);
        list.put("methods", method.clone(), format!("no {method}"), About::Manner, edit);
    }
    if let Some(account) = &way.account {
        list.put("account", account.clone(), "none", About::Manner, move |program| program.ways_to_pay[at].account = None);
    }
}

fn of_hours(list: &mut List, hours: &ContactHours, at: usize) {
    list.at(&hours.rule.id, &hours.rule.place);
    let (first, last) = hours.hours.ends();
    let end = TimeOfDay::parse("24:00").unwrap_or(last);
    let (earlier, later) = (Hours::between(TimeOfDay::default(), last), Hours::between(first, end));
    for (key, was, other) in [("after", first, earlier), ("before", last, later)] {
        let Some(other) = other.filter(|other| *other != hours.hours) else { continue };
        list.put(key, was.to_string(), "the end of the day", About::Manner, move |program| program.contact_hours[at].hours = other);
    }
    if !hours.zones.is_empty() {
        let edit = move |program: &mut Program| program.contact_hours[at].anywhere = None;
        list.put("zones", "all of them", "none", About::Manner, edit);
    }
}

fn of_bound(list: &mut List, bound: &ToneBound, at: usize, tones: &[String]) {
    list.at(&bound.rule.id, &bound.rule.place);
    let name = |tone: Option<usize>| tone.and_then(|tone| tones.get(tone)).map_or("", String::as_str);
    if bound.at_least.is_some() {
        list.put("at_least", name(bound.at_least), "none", About::Manner, move |program| program.tone_bounds[at].at_least = None);
    }
    if bound.at_most.is_some() {
        list.put("at_most", name(bound.at_most), "none", About::Manner, move |program| program.tone_bounds[at].at_most = None);
    }
}

/// Changes of how long a customer may go without a word, and of what is done then.
pub(super) fn silence(list: &mut List, policy: &Policy, at: usize) {
    let Some(silence) = &policy.silence else { return };
    let about = About::Silence(policy.applies.id.clone());
    list.at(&format!("{}.silence", policy.applies.id), &silence.step.place);
    let span = Span { days: silence.after, business: false };
    for other in next_to(span).filter(|other| other.days > 0) {
        let edit = move |program: &mut Program| program.policies[at].silence.iter_mut().for_each(|silence| silence.after = other.days);
        list.put("after", days(span), days(other), about.clone(), edit);
    }
    list.actions(&silence.step, at, policy.steps.len(), &about);
}
