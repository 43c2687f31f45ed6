//! Values of the enum columns. A [`Kind::Choice`](super::Kind::Choice) cell is an index into its list.

/// Of a column of flags, where words stand for them.
pub const FLAGS: &[&str] = &["false", "true"];
/// `customers.customer_type`.
pub const CUSTOMER_TYPES: &[&str] = &["company", "consumer", "public_body"];
/// `customers.legal_status`.
pub const LEGAL_STATUSES: &[&str] = &["none", "hardship", "in_court", "bailiff", "insolvency", "deceased"];
/// `customers.preferred_channel`.
pub const PREFERRED_CHANNELS: &[&str] = &["email", "sms", "phone", "letter"];
/// `invoices.document_type`.
pub const DOCUMENT_TYPES: &[&str] = &["invoice", "credit_note", "deposit", "advance"];
/// `payments.method`.
pub const METHODS: &[&str] = &["transfer", "direct_debit", "card", "cheque", "cash", "other"];
/// `targets.goal`.
pub const GOALS: &[&str] = &["at_least", "at_most"];
/// `payments.status`.
pub const PAYMENT_STATUSES: &[&str] = &["settled", "pending", "rejected", "reversed"];
/// `payments.rejection_kind`.
pub const REJECTION_KINDS: &[&str] = &["technical", "non_technical"];
/// `disputes.outcome`.
pub const DISPUTE_OUTCOMES: &[&str] = &["upheld", "partly_upheld", "rejected"];
/// `deductions.kind`.
pub const DEDUCTION_KINDS: &[&str] = &["return", "promotion", "incentive", "adjustment", "discount", "other"];
/// `deductions.status`.
pub const DEDUCTION_STATUSES: &[&str] = &["pending", "approved", "refused"];
/// `promises.kind`.
pub const PROMISE_KINDS: &[&str] = &["promise", "extension", "plan_installment"];
/// `promises.proposed_by`.
pub const PROPOSERS: &[&str] = &["creditor", "customer"];
/// The words of `holds.stops`, a list.
pub const HOLD_STOPS: &[&str] = &["contact", "penalties", "escalation", "agency"];
/// `overrides.kind`.
pub const OVERRIDE_KINDS: &[&str] = &["policy", "skip_step", "start_at", "tone", "approve"];
/// `decisions.decision`.
pub const DECISIONS: &[&str] = &["approved", "refused"];
/// `placement_refusals.missing`, where no rule has a name for it: amounts in doubt, a claim that is barred, and agencies.
pub const DISPUTED: &str = "disputed";
pub const DEDUCTION_CLAIMED: &str = "deduction_claimed";
pub const PAYMENT_PENDING: &str = "payment_pending";
pub const BARRED: &str = "barred";
/// No agency could take it.
pub const NO_AGENCY: &str = "no_agency";
/// Every agency that could take it has no room for it.
pub const NO_ROOM: &str = "no_room";
/// The kind of proposals that hand debts over to agencies.
pub const PLACEMENT: &str = "placement";
/// `proposals.kind`.
pub const PROPOSAL_KINDS: &[&str] = &[
    "credit_limit",
    "credit_hold",
    "credit_release",
    "prepayment",
    "payment_terms",
    "insurance",
    PLACEMENT,
    "legal",
    "set_off",
    "sale",
    "factoring",
    "write_off",
    "revival",
    "bureau_report",
    "bureau_correction",
];
/// `contacts.channel`.
pub const CONTACT_CHANNELS: &[&str] = &["email", "sms", "phone", "letter", "registered_letter", "visit", "bailiff"];
/// `contacts.direction`.
pub const CONTACT_DIRECTIONS: &[&str] = &["out", "in"];
/// `contacts.outcome`.
pub const CONTACT_OUTCOMES: &[&str] = &["delivered", "answered", "no_answer", "refused", "returned", "promise", "dispute"];
/// `agency_events.kind`.
pub const AGENCY_EVENT_KINDS: &[&str] = &["accepted", "refused", "payment", "promise", "dispute", "returned", "closed", "new_address"];
/// `legal_events.kind`, in the order in which they follow on one day.
pub const LEGAL_EVENT_KINDS: &[&str] = &[
    "withdrawn",
    "demand_served",
    "uncontested",
    "filed",
    "granted",
    "served",
    "opposed",
    "judged",
    "enforced",
    "insolvency_published",
    "claim_declared",
];
/// `state.record`: what one row of the state remembers.
pub const STATE_RECORDS: &[&str] =
    &["ladder", "item", "penalty", "contact", "block", "task", "represent", "waiting", "collector", "proposal", "trial", "placement"];
