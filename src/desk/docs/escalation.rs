//! Blocks, policies with their ladders as timelines, and limits on contact.

use super::html::{Row, anchored, code, element, escaped, heading, table, terms};
use super::tables::dated;
use super::words::{listed, sentence};
use super::{Writer, text};
use crate::base::form::{Key, Value};
use crate::rules::document::Node;
use crate::rules::forms::escalation::POLICY;
use crate::rules::vocabulary::items;

impl Writer<'_> {
    pub(super) fn blocks(&self) -> String {
        let rows: Vec<_> = self.listed("blocks").map(|block| self.block(block)).collect();
        if rows.is_empty() {
            return String::new();
        }
        table("Every block that is true applies", &["Block", "Of one", "When", "Stops", "Clock", "Reviewed after"], &rows)
    }

    fn block(&self, block: &Node) -> Row {
        let id = text(block, "block");
        let when = block.get("when").map_or_else(String::new, |node| self.condition(node)) + &dated(block);
        let clock = if text(block, "clock") == "pauses" { "pauses" } else { "runs on" };
        let review = escaped(text(block, "review_after"));
        let cells = vec![escaped(id), escaped(text(block, "on")), when, escaped(&words_of(block, "stops")), clock.to_owned(), review];
        (Some(format!("block.{id}")), cells)
    }

    pub(super) fn representations(&self) -> String {
        let rows: Vec<_> = self.listed("representations").map(|one| self.representation(one)).collect();
        if rows.is_empty() {
            return String::new();
        }
        let head = ["Method", "Whose", "Why it came back", "At most", "After", "Within", "Fee"];
        table("Payments that came back and are presented again", &head, &rows)
    }

    fn representation(&self, one: &Node) -> Row {
        let method = text(one, "represent");
        let when = one.get("when").map_or_else(String::new, |node| self.condition(node)) + &dated(one);
        let within = if text(one, "within").is_empty() { "" } else { "the month in which it came back" };
        let cells = ["kind", "at_most", "after"].map(|key| escaped(text(one, key)));
        let [kind, at_most, after] = cells;
        let cells = vec![escaped(method), when, kind, at_most, after, within.to_owned(), escaped(text(one, "fee"))];
        (Some(format!("represent.{method}")), cells)
    }

    pub(super) fn tasks(&self) -> String {
        let rows: Vec<_> = self.listed("tasks").map(|task| self.task(task)).collect();
        if rows.is_empty() {
            return String::new();
        }
        let head = ["Task", "Of one", "While", "Owner", "Amount", "Age since", "To be done within", "Goes up", "Template"];
        table("Each task stands while its condition is true", &head, &rows)
    }

    fn task(&self, task: &Node) -> Row {
        let id = text(task, "task");
        let when = task.get("when").map_or_else(String::new, |node| self.condition(node)) + &dated(task);
        let owner = match task.get("owner") {
            Some(owner) if owner.mapping().is_some() => format!("{}, or {}", code(text(owner, "field")), escaped(text(owner, "else"))),
            _ => escaped(text(task, "owner")),
        };
        let named = |key: &str, otherwise: &str| match text(task, key) {
            "" => otherwise.to_owned(),
            field => code(field),
        };
        let levels = task.get("escalate").map(items).unwrap_or_default();
        let level = |level: &Node| escaped(&format!("to {} after {}", text(level, "to"), text(level, "after")));
        let levels: Vec<String> = levels.iter().map(level).collect();
        let cells = vec![
            escaped(id),
            escaped(text(task, "on")),
            when,
            owner,
            named("amount", "what can be asked for"),
            named("since", "the first night"),
            escaped(text(task, "next_after")),
            levels.join(", "),
            escaped(text(task, "template")),
        ];
        (Some(format!("task.{id}")), cells)
    }

    pub(super) fn proposals(&self) -> String {
        let rows: Vec<_> = self.listed("proposals").map(|proposal| self.proposal(proposal)).collect();
        if rows.is_empty() {
            return String::new();
        }
        let head = [
            "Proposal",
            "Of one",
            "While",
            "One at a time",
            "Needs",
            "Owner",
            "Consent",
            "Costs",
            "Suggests",
            "Stops",
            "Until",
            "Decide by",
        ];
        table("Each proposal stands while its condition is true, and nothing of it is applied", &head, &rows)
    }

    fn proposal(&self, proposal: &Node) -> Row {
        let id = text(proposal, "proposal");
        let when = proposal.get("when").map_or_else(String::new, |node| self.condition(node)) + &dated(proposal);
        let owner = match proposal.get("owner") {
            Some(owner) if owner.mapping().is_some() => format!("{}, or {}", code(text(owner, "field")), escaped(text(owner, "else"))),
            _ => escaped(text(proposal, "owner")),
        };
        let list = |key: &str| proposal.get(key).map(items).unwrap_or_default();
        let words = |key: &str| list(key).iter().filter_map(Node::text).map(escaped).collect::<Vec<_>>().join(", ");
        let tier = |tier: &Node| match text(tier, "up_to") {
            "" => escaped(text(tier, "by")),
            up_to => escaped(&format!("{} up to {up_to}", text(tier, "by"))),
        };
        let consent = match list("approve") {
            [] => escaped(text(proposal, "approve")),
            tiers => tiers.iter().map(tier).collect::<Vec<_>>().join(", "),
        };
        let worked_out = |key: &str| match text(proposal, key) {
            "" => String::new(),
            formula => code(formula),
        };
        let one_at_a_time = match (text(proposal, "only_one"), text(proposal, "choose")) {
            ("", _) => String::new(),
            (name, "cheapest") => escaped(&format!("{name}: the cheapest that is ready")),
            (name, _) => escaped(&format!("{name}: the first that is ready")),
        };
        let of_each = words("debts");
        let of_each = if of_each.is_empty() { of_each } else { format!("of each debt: {of_each}") };
        let needs = [words("needs"), of_each].into_iter().filter(|needs| !needs.is_empty()).collect::<Vec<_>>().join("; ");
        let cells = vec![
            escaped(&format!("{id} ({})", text(proposal, "kind"))),
            escaped(text(proposal, "on")),
            when,
            one_at_a_time,
            needs,
            owner,
            consent,
            worked_out("cost"),
            worked_out("suggest"),
            words("stops"),
            escaped(text(proposal, "ends_when")),
            worked_out("decide_by"),
        ];
        (Some(format!("proposal.{id}")), cells)
    }

    pub(super) fn routes(&self) -> String {
        let rows: Vec<_> = self.listed("routes").map(|route| self.route(route)).collect();
        if rows.is_empty() {
            return String::new();
        }
        let head = ["Route", "For whom", "Needs", "Comes in", "Kept of it", "Costs", "Takes", "Agency"];
        table("Assumptions; of those that are ready the one that leaves the most is the best", &head, &rows)
    }

    fn route(&self, route: &Node) -> Row {
        let name = text(route, "route");
        let whom = route.get("when").map_or_else(|| "everybody".to_owned(), |node| self.condition(node)) + &dated(route);
        let needs: Vec<String> = route.get("needs").map(items).unwrap_or_default().iter().filter_map(Node::text).map(escaped).collect();
        // One share, or shares by age.
        let shares = |key: &str| match route.get(key).and_then(Node::mapping) {
            None => escaped(text(route, key)),
            Some(ages) => {
                let each = ages.entries.iter().map(|entry| format!("{} at {}", entry.value.text().unwrap_or_default(), entry.key));
                escaped(&each.collect::<Vec<_>>().join(", "))
            }
        };
        let cost = if text(route, "cost").is_empty() { String::new() } else { code(text(route, "cost")) };
        let cells = vec![
            escaped(name),
            whom,
            needs.join(", "),
            shares("collects"),
            shares("fee"),
            cost,
            escaped(text(route, "takes")),
            agency(route),
        ];
        (Some(format!("route.{name}")), cells)
    }

    /// Channels that take only so many actions a night.
    pub(super) fn channels(&self) -> String {
        let row =
            |entry: &crate::rules::document::Entry| (None, vec![escaped(&entry.key), escaped(entry.value.text().unwrap_or_default())]);
        let rows: Vec<_> = self.entries("channel_capacity").map(row).collect();
        if rows.is_empty() {
            return String::new();
        }
        table("Actions a night of a channel, over all queues", &["Channel", "Actions"], &rows)
    }

    pub(super) fn policies(&self) -> String {
        self.listed("policies").map(|policy| self.policy(policy)).collect()
    }

    fn policy(&self, policy: &Node) -> String {
        let id = text(policy, "policy");
        let mut out = heading(3, &format!("policy.{id}"), id);
        let mut pairs = Vec::new();
        for key in POLICY.keys.iter().filter(|key| !["policy", "renamed_from", "steps", "shadow", "from", "until"].contains(&key.name)) {
            if let Some(value) = policy.get(key.name) {
                pairs.push((escaped(&title(key)), self.setting(key, value)));
            }
        }
        if let Some((_, whom)) = pairs.first_mut() {
            whom.push_str(&dated(policy));
        }
        out.push_str(&terms(&pairs));
        let steps = policy.get("steps").map(items).unwrap_or_default();
        let steps: String = steps.iter().map(|step| self.step(id, step)).collect();
        if steps.is_empty() {
            out.push_str("<p>No steps: nothing is sent.</p>\n");
        } else {
            out.push_str(&format!("<ol class=\"timeline\" aria-label=\"{}\">\n{steps}</ol>\n", escaped(&format!("Steps of {id}"))));
        }
        out
    }

    /// A setting of a policy.
    fn setting(&self, key: &Key, value: &Node) -> String {
        match (key.value, value.mapping()) {
            (Value::Condition, _) => self.condition(value),
            (_, Some(mapping)) => {
                let pairs = mapping.entries.iter().map(|entry| match entry.value.mapping() {
                    Some(inner) => {
                        let steps =
                            inner.entries.iter().map(|entry| format!("{} counts as {}", entry.key, entry.value.text().unwrap_or_default()));
                        escaped(&steps.collect::<Vec<_>>().join(", "))
                    }
                    None => {
                        escaped(&format!("{}: {}", entry.key.replace('_', " "), entry.value.text().unwrap_or_default().replace('_', " ")))
                    }
                });
                pairs.collect::<Vec<String>>().join(", ")
            }
            (Value::Names(_), _) => code(value.text().unwrap_or_default()),
            _ => escaped(&value.text().unwrap_or_default().replace('_', " ")),
        }
    }

    fn step(&self, policy: &str, step: &Node) -> String {
        let name = text(step, "step");
        let mut out =
            format!("<span class=\"day\">{}</span> {} ", escaped(&sentence(&due(text(step, "at")))), element("strong", &escaped(name)));
        out.push_str(&escaped(&action(step)));
        let mut pairs = Vec::new();
        match step.get("when") {
            Some(when) => pairs.push(("Only if".to_owned(), self.condition(when) + &dated(step))),
            None => out.push_str(&dated(step)),
        }
        if let Some(otherwise) = step.get("otherwise") {
            pairs.push(("Otherwise".to_owned(), escaped(&instead(otherwise))));
        }
        if let Some(spare) = step.get("when_full") {
            pairs.push(("Where its queue is full".to_owned(), escaped(&action(spare))));
        }
        if step.get("channels").is_some() {
            let words = step.get("channels").map(items).unwrap_or_default().iter().filter_map(Node::text).collect::<Vec<_>>();
            pairs.push(("Of several channels that reach the customer".to_owned(), escaped(&format!("first {}", words.join(", then ")))));
        }
        for wording in step.get("reword").map(items).unwrap_or_default() {
            let worded = [text(wording, "template"), text(wording, "tone")].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
            let when = wording.get("when").map_or_else(String::new, |when| self.condition(when)) + &dated(wording);
            pairs.push((format!("As {} if", escaped(&worded.join(", ").replace('_', " "))), when));
        }
        for companion in step.get("also").map(items).unwrap_or_default() {
            let when = companion.get("when").map(|when| format!(", only if {}", self.condition(when))).unwrap_or_default();
            pairs.push(("Also, on the same night".to_owned(), escaped(&action(companion)) + &when + &dated(companion)));
        }
        let details = [
            ("approve", "Needs consent of"),
            ("pay_within", "Time to pay"),
            ("min_amount", "Least amount"),
            ("min_share", "Least share of all open items"),
            ("cost", "Costs us"),
            ("ask", "Asks today for"),
        ];
        if step.get("offer").is_some() {
            pairs.push(("May offer".to_owned(), escaped(&words_of(step, "offer"))));
        }
        for (key, label) in details {
            if let Some(value) = step.get(key).and_then(Node::text) {
                pairs.push((label.to_owned(), escaped(&value.replace('_', " "))));
            }
        }
        anchored("li", &format!("{policy}.{name}"), &format!("{out}\n{}", terms(&pairs))) + "\n"
    }

    fn offer(&self, offer: &Node) -> Row {
        let id = text(offer, "offer");
        let cells = vec![
            escaped(id) + &dated(offer),
            offer.get("when").map(|when| self.condition(when)).unwrap_or_default(),
            escaped(text(offer, "payments")),
            escaped(or(offer, "every", "month")),
            escaped(or(offer, "first", "an equal part")),
            escaped(or(offer, "at_least", "")),
        ];
        (Some(format!("offer.{id}")), cells)
    }

    pub(super) fn limits(&self) -> String {
        let mut out = String::new();
        let rows: Vec<_> = self.listed("offers").map(|offer| self.offer(offer)).collect();
        if !rows.is_empty() {
            out.push_str(&table("Plans that may be offered", &["Offer", "To", "Payments", "Apart", "First", "Each at least"], &rows));
        }
        let rows: Vec<_> = self.listed("caps").map(cap).collect();
        if !rows.is_empty() {
            out.push_str(&table("Caps on contacts, in rolling windows", &["Cap", "At most", "Within", "Per", "Counts", "Above it"], &rows));
        }
        let quiet_days = self.trees.iter().filter_map(|tree| tree.root.get("quiet_days"));
        for quiet in quiet_days.flat_map(|node| if node.mapping().is_some() { std::slice::from_ref(node) } else { items(node) }) {
            let then = match text(quiet, "then") {
                "drop" => "what falls on them is dropped",
                "previous_business_day" => "what falls on them goes out on the last business day before",
                _ => "what falls on them waits for the next business day",
            };
            let whom = if quiet.get("for").is_some() { format!(" for {}", words_of(quiet, "for")) } else { String::new() };
            let abroad = match quiet.get("calendars") {
                Some(calendars) if calendars.text().is_some() => "; public holidays are those of the debtor's country".to_owned(),
                Some(calendars) => {
                    let own = calendars.mapping().into_iter().flat_map(|mapping| &mapping.entries);
                    let own = own.map(|entry| format!("{} those of {}", entry.key, entry.value.text().unwrap_or_default()));
                    format!("; public holidays are in {}", own.collect::<Vec<_>>().join(", "))
                }
                None => String::new(),
            };
            out.push_str(&element("p", &escaped(&format!("Quiet days{whom}: {}; {then}{abroad}.", words_of(quiet, "skip")))));
            out.push('\n');
        }
        let calendars = self.trees.iter().filter_map(|tree| tree.root.get("calendar"));
        out.extend(calendars.map(|node| element("p", &format!("Calendar of business days: {}.", calendar(node))) + "\n"));
        out
    }
}

/// What a key says, or what holds without it.
fn or<'n>(node: &'n Node, key: &str, without: &'n str) -> &'n str {
    node.get(key).and_then(Node::text).unwrap_or(without)
}

/// The name of a calendar, and the days of its lists.
fn calendar(node: &Node) -> String {
    let mut out = code(node.text().or_else(|| node.get("like")?.text()).unwrap_or("weekends"));
    for (key, what) in [("closed", "also closed on"), ("worked", "but worked on")] {
        if node.get(key).is_some() {
            out.push_str(&escaped(&format!(", {what} {}", words_of(node, key))));
        }
    }
    out
}

fn cap(cap: &Node) -> Row {
    let id = text(cap, "cap");
    let per = match text(cap, "per") {
        "group" => "debtor group",
        "" => "customer",
        other => other,
    };
    let then = if text(cap, "then") == "drop" { "dropped" } else { "postponed" };
    let cells = vec![
        escaped(id) + &dated(cap),
        escaped(if cap.get("after").is_some() { "none after a conversation" } else { text(cap, "at_most") }),
        escaped(text(cap, "within")),
        escaped(per),
        escaped(&words_of(cap, "count")),
        then.to_owned(),
    ];
    (Some(format!("cap.{id}")), cells)
}

/// The words of a list.
fn words_of(node: &Node, key: &str) -> String {
    let words = node.get(key).map(items).unwrap_or_default().iter().filter_map(Node::text);
    listed(&words.map(|word| word.replace('_', " ")).collect::<Vec<_>>(), "and")
}

fn title(key: &Key) -> String {
    let title = match key.name {
        "for" => "For",
        "enter_when" => "Comes on the ladder when",
        "leave_when" => "Leaves it when",
        "gap" => "Least time between two steps",
        "catch_up" => "When several steps are due",
        "resume" => "Who comes late goes on at",
        "on_policy_change" => "Coming from another policy",
        "extensions" => "Time given moves the clock",
        "below_min" => "Below a least amount",
        "terminal" => "After the last step",
        other => return sentence(&other.replace('_', " ")),
    };
    title.to_owned()
}

/// When a step is due, from the day the clock counts from.
fn due(at: &str) -> String {
    match at.trim().strip_prefix('-') {
        Some(before) => format!("{} before", before.trim()),
        None if at.trim_start().starts_with("0 ") => "on the day itself".to_owned(),
        None => format!("after {}", at.trim()),
    }
}

/// What is done instead of a step, and instead of that where it reaches nobody.
fn instead(otherwise: &Node) -> String {
    match (otherwise.text(), otherwise.get("otherwise")) {
        (Some("skip"), _) => "the step counts as done".to_owned(),
        (Some("wait"), _) => "it is tried again each night".to_owned(),
        (_, Some(after)) => format!("{}; without an address for it: {}", action(otherwise), instead(after)),
        (_, None) => action(otherwise),
    }
}

/// What is done, in words.
fn action(node: &Node) -> String {
    let mut out = sentence(&text(node, "do").replace('_', " "));
    if text(node, "delivery") == "registered" {
        out.push_str(", registered");
    }
    if let Some(to) = node.get("to").and_then(Node::text) {
        out.push_str(&format!(" to {}", to.replace('_', " ")));
    }
    if let Some(template) = node.get("template").and_then(Node::text) {
        out.push_str(&format!(", text \u{201c}{template}\u{201d}"));
    }
    if let Some(tone) = node.get("tone").and_then(Node::text) {
        out.push_str(&format!(", {tone} tone"));
    }
    out
}

/// Who collects on a route, and what was agreed.
fn agency(route: &Node) -> String {
    let Some(agency) = route.get("agency") else { return String::new() };
    let name = Some(text(agency, "id")).filter(|id| !id.is_empty()).unwrap_or_else(|| text(route, "route"));
    let entries = agency.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let agreed = entries.iter().filter(|entry| entry.key != "id").map(|entry| {
        let value = match entry.value.mapping() {
            Some(tiers) => {
                let each = tiers.entries.iter().map(|tier| format!("{} from {}", tier.value.text().unwrap_or_default(), tier.key));
                each.collect::<Vec<_>>().join(", ")
            }
            None if entry.value.text().is_some() => entry.value.text().unwrap_or_default().to_owned(),
            None => items(&entry.value).iter().filter_map(Node::text).collect::<Vec<_>>().join(", "),
        };
        format!("{} {value}", entry.key.replace('_', " "))
    });
    escaped(&std::iter::once(name.to_owned()).chain(agreed).collect::<Vec<_>>().join("; "))
}
