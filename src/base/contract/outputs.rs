//! What a night writes, and the state it reads back.

use super::{ColumnSpec, Kind, TableSpec, optional, required, values};

tables! {
    /// What tomorrow needs; written tonight, read the next night.
    state key [] dated [] {
        RECORD = "record" required Choice(STATE_RECORDS);
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        SEQUENCE = "sequence" optional Whole;
        POLICY = "policy" optional Text;
        STEP = "step" optional Text;
        STEP_ON = "step_on" optional Date;
        ENTERED_ON = "entered_on" optional Date;
        EVALUATED_ON = "evaluated_on" optional Date;
        CLOCK_DAYS = "clock_days" optional Whole;
        PAUSED_DAYS = "paused_days" optional Whole;
        CURRENCY = "currency" optional Text;
        AMOUNT = "amount" optional Money;
        BUCKET = "bucket" optional Text;
        CHANNEL = "channel" optional Text;
        ACTION_ID = "action_id" optional Text;
        FINAL = "final" optional Flag;
        PLACEMENT = "placement" optional Text;
        TRIAL_ARM = "trial_arm" optional Text;
        BLOCK = "block" optional Text;
        TASK = "task" optional Text;
        SINCE = "since" optional Date;
        OWNER = "owner" optional Text;
        ESCALATED_TO = "escalated_to" optional Text;
        ARRIVES_ON = "arrives_on" optional Date;
        BATCH = "batch" optional Whole;
        LINE = "line" optional Whole;
        TOLD_AMOUNT = "told_amount" optional Money;
        TOLD_PAID = "told_paid" optional Money;
        TOLD_COLLECTED = "told_collected" optional Money;
        TOLD_CREDITED = "told_credited" optional Money;
        TOLD_EXITED = "told_exited" optional Money;
        TOLD_DISPUTED = "told_disputed" optional Money;
        TOLD_DEBTOR = "told_debtor" optional Text;
        FEE_RATE = "fee_rate" optional Number;
        MINIMUM_FEE = "minimum_fee" optional Money;
        DIRECT_FROM = "direct_from" optional Money;
        RECALLED_ON = "recalled_on" optional Date;
        RECALL_BY = "recall_by" optional Date;
        ENDED_ON = "ended_on" optional Date;
        REASON = "reason" optional Text;
    }
    /// Open invoices and instalments.
    open_items key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" optional Whole;
        CURRENCY = "currency" required Text;
        ISSUE_DATE = "issue_date" required Date;
        DUE_DATE = "due_date" required Date;
        AMOUNT = "amount" required Money;
        AMOUNT_PAID = "amount_paid" required Money;
        AMOUNT_CREDITED = "amount_credited" required Money;
        AMOUNT_DISPUTED = "amount_disputed" required Money;
        AMOUNT_OPEN = "amount_open" required Money;
        AMOUNT_COLLECTIBLE = "amount_collectible" required Money;
        DAYS_PAST_DUE = "days_past_due" required Whole;
        AGING_BUCKET = "aging_bucket" required Text;
        SEGMENT = "segment" optional Text;
        POLICY = "policy" optional Text;
        STEP = "step" optional Text;
        NEXT_ACTION = "next_action" optional Text;
        NEXT_ON = "next_on" optional Date;
        AGE_OF_DISPUTE = "age_of_dispute" optional Whole;
        LAST_PAYMENT_ON = "last_payment_on" optional Date;
    }
    /// Payments and credits with money left.
    unallocated key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        SOURCE_ID = "source_id" required Text;
        KIND = "kind" required Text;
        DATE = "date" required Date;
        CURRENCY = "currency" required Text;
        AMOUNT_LEFT = "amount_left" required Money;
        DEPOSIT_FOR = "deposit_for" optional Text;
    }
    /// What happens tonight, also what is held or postponed.
    actions key [] dated [] {
        ACTION_ID = "action_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        POLICY = "policy" required Text;
        STEP = "step" required Text;
        ACTION = "action" required Text;
        CHANNEL = "channel" optional Text;
        TEMPLATE = "template" optional Text;
        LANGUAGE = "language" optional Text;
        TONE = "tone" optional Text;
        STATUS = "status" required Text;
        STATUS_REASON = "status_reason" optional Text;
        AMOUNT_DUE = "amount_due" required Money;
        CURRENCY = "currency" required Text;
        PAY_BY = "pay_by" optional Date;
        DAYS_PAST_DUE = "days_past_due" required Whole;
        QUEUE = "queue" optional Text;
        ASSIGNEE = "assignee" optional Text;
        RANK = "rank" optional Whole;
        EXPECTED_VALUE = "expected_value" optional Money;
        NEXT_ACTION = "next_action" optional Text;
        NEXT_ON = "next_on" optional Date;
        RULE_ID = "rule_id" required Text;
        TRIAL_ARM = "trial_arm" optional Text;
        AMOUNT_ASKED = "amount_asked" optional Money;
        OFFER = "offer" optional Text;
        OFFER_PAYMENTS = "offer_payments" optional Whole;
        OFFER_FIRST = "offer_first" optional Money;
        OFFER_EACH = "offer_each" optional Money;
        OFFER_UNTIL = "offer_until" optional Date;
        OVERRIDE_ID = "override_id" optional Text;
        REWORDED_BY = "reworded_by" optional Text;
        FEE = "fee" optional Money;
        ADDRESSEE = "addressee" optional Text;
        FALLBACK_REASON = "fallback_reason" optional Text;
        TONE_REASON = "tone_reason" optional Text;
        TIME_ZONE = "time_zone" optional Text;
        HOURS_FROM = "hours_from" optional Text;
        HOURS_UNTIL = "hours_until" optional Text;
        DAYS_LATE = "days_late" optional Whole;
        SEQUENCE = "sequence" optional Whole;
        POST_SITE = "post_site" optional Text;
        ARRIVES_ON = "arrives_on" optional Date;
        PAY_METHODS = "pay_methods" optional Text;
        PAY_ACCOUNT = "pay_account" optional Text;
        PAY_REFERENCE = "pay_reference" optional Text;
        REASSIGNED_FROM = "reassigned_from" optional Text;
        WAITING_SINCE = "waiting_since" optional Date;
        MINUTES = "minutes" optional Whole;
    }
    /// The invoices an action is about.
    action_items key [] dated [] {
        ACTION_ID = "action_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        AMOUNT_OPEN = "amount_open" required Money;
        DAYS_PAST_DUE = "days_past_due" required Whole;
        PENALTIES_ACCRUED = "penalties_accrued" required Money;
    }
    /// Work for our own people: what stands tonight, and what is done since the night before.
    tasks key [] dated [] {
        TASK_ID = "task_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        KIND = "kind" required Text;
        STATUS = "status" required Text;
        OWNER = "owner" required Text;
        ESCALATED_TO = "escalated_to" optional Text;
        OPENED_ON = "opened_on" required Date;
        SINCE = "since" required Date;
        AGE = "age" required Whole;
        AMOUNT = "amount" optional Money;
        CURRENCY = "currency" optional Text;
        NEXT_ON = "next_on" optional Date;
        TEMPLATE = "template" optional Text;
        RULE_ID = "rule_id" required Text;
    }
    /// What is proposed to whoever decides: nothing of it is applied.
    proposals key [] dated [] {
        PROPOSAL_ID = "proposal_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        KIND = "kind" required Text;
        STATUS = "status" required Text;
        MISSING = "missing" optional Text;
        OWNER = "owner" required Text;
        APPROVER = "approver" optional Text;
        OPENED_ON = "opened_on" required Date;
        READY_ON = "ready_on" optional Date;
        AGE = "age" required Whole;
        AMOUNT = "amount" optional Money;
        CURRENCY = "currency" optional Text;
        SUGGESTED = "suggested" optional Text;
        SUGGESTED_AMOUNT = "suggested_amount" optional Money;
        COST = "cost" optional Money;
        TAX_AMOUNT = "tax_amount" optional Money;
        ROUTE = "route" optional Text;
        STOPS = "stops" optional Text;
        ENDS_WHEN = "ends_when" optional Text;
        DECIDE_BY = "decide_by" optional Date;
        DECIDED_ON = "decided_on" optional Date;
        DECIDED_BY = "decided_by" optional Text;
        EVIDENCE = "evidence" optional Text;
        TEMPLATE = "template" optional Text;
        RULE_ID = "rule_id" required Text;
    }
    /// Debts that agencies have, or had.
    placements key [] dated [] {
        AGENCY = "agency" required Text;
        BATCH = "batch" required Whole;
        LINE = "line" required Whole;
        PLACED_ON = "placed_on" required Date;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" optional Whole;
        CURRENCY = "currency" required Text;
        AMOUNT_PLACED = "amount_placed" required Money;
        BALANCE = "balance" required Money;
        AMOUNT_DISPUTED = "amount_disputed" required Money;
        COLLECTED = "collected" required Money;
        COMMISSION = "commission" required Money;
        FEE_RATE = "fee_rate" required Number;
        STATUS = "status" required Text;
        RECALLED_ON = "recalled_on" optional Date;
        RECALL_BY = "recall_by" optional Date;
        ENDED_ON = "ended_on" optional Date;
        REASON = "reason" optional Text;
    }
    /// What agencies are told of debts they have: each change once.
    placement_changes key [] dated [] {
        AGENCY = "agency" required Text;
        BATCH = "batch" required Whole;
        LINE = "line" required Whole;
        KIND = "kind" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" optional Whole;
        PLACED_BATCH = "placed_batch" required Whole;
        PLACED_LINE = "placed_line" required Whole;
        CURRENCY = "currency" required Text;
        AMOUNT = "amount" optional Money;
        BALANCE = "balance" required Money;
        REASON = "reason" optional Text;
        DUE_BY = "due_by" optional Date;
    }
    /// What agencies reported and claim, against what came in and was agreed: by agency and invoice.
    agency_accounts key [] dated [] {
        AGENCY = "agency" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        CURRENCY = "currency" required Text;
        STATUS = "status" required Text;
        REPORTED = "reported" required Money;
        RECEIVED = "received" required Money;
        DIFFERENCE = "difference" required Money;
        COMMISSION = "commission" required Money;
        CLAIMED = "claimed" optional Money;
        FEE_DIFFERENCE = "fee_difference" optional Money;
        LAST_REPORT_ON = "last_report_on" optional Date;
        LAST_EVENT = "last_event" optional Text;
        LAST_EVENT_ON = "last_event_on" optional Date;
    }
    /// Debts that were to be handed over tonight and were not, and why.
    placement_refusals key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" optional Whole;
        CURRENCY = "currency" required Text;
        AMOUNT_OPEN = "amount_open" required Money;
        MISSING = "missing" required Text;
        PROPOSAL_ID = "proposal_id" required Text;
    }
    /// The batches of tonight, by agency and currency, each with what ties it to the one before.
    batches key [] dated [] {
        AGENCY = "agency" required Text;
        BATCH = "batch" required Whole;
        DEBTS = "debts" required Whole;
        CHANGES = "changes" required Whole;
        CURRENCY = "currency" required Text;
        AMOUNT_PLACED = "amount_placed" required Money;
        AMOUNT_CHANGED = "amount_changed" required Money;
        HASH = "hash" required Text;
        HASH_BEFORE = "hash_before" optional Text;
    }
    /// What each way on which a debt may come in is expected to bring.
    routes key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        ROUTE = "route" required Text;
        READY = "ready" required Flag;
        MISSING = "missing" optional Text;
        RANK = "rank" optional Whole;
        CURRENCY = "currency" required Text;
        AMOUNT = "amount" required Money;
        COLLECTED = "collected" required Money;
        FEE = "fee" required Money;
        COST = "cost" required Money;
        COST_OF_DELAY = "cost_of_delay" required Money;
        EXPECTED_NET = "expected_net" required Money;
        COST_OF_WAITING = "cost_of_waiting" required Money;
        TAKES = "takes" required Whole;
        BASIS = "basis" required Text;
    }
    /// Accrual lines: one per stretch of constant base and rate.
    penalties key [] dated [] {
        INVOICE_ID = "invoice_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        CURRENCY = "currency" required Text;
        KIND = "kind" required Text;
        FROM_DATE = "from_date" required Date;
        TO_DATE = "to_date" required Date;
        DAYS = "days" required Whole;
        BASE_AMOUNT = "base_amount" required Money;
        ANNUAL_RATE = "annual_rate" optional Number;
        DAY_COUNT = "day_count" optional Text;
        AMOUNT = "amount" required Money;
        RULE_ID = "rule_id" required Text;
        BASIS = "basis" required Text;
    }
    /// Penalties per invoice against yesterday's watermark.
    penalty_totals key [] dated [] {
        INVOICE_ID = "invoice_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        CURRENCY = "currency" required Text;
        ACCRUED_TO_DATE = "accrued_to_date" required Money;
        ACCRUED_BEFORE = "accrued_before" required Money;
        ACCRUED_TONIGHT = "accrued_tonight" required Money;
        FINAL = "final" required Flag;
        WAIVED_TO_DATE = "waived_to_date" optional Money;
    }
    /// Portfolio figures.
    kpis key [] dated [] {
        KPI = "kpi" required Text;
        SCOPE = "scope" required Text;
        SCOPE_VALUE = "scope_value" optional Text;
        CURRENCY = "currency" required Text;
        BASIS = "basis" required Text;
        WINDOW_DAYS = "window_days" optional Whole;
        NUMERATOR = "numerator" optional Decimal;
        DENOMINATOR = "denominator" optional Decimal;
        VALUE = "value" optional Decimal;
        UNIT = "unit" required Text;
        REASON = "reason" optional Text;
    }
    /// Figures beside what was meant to be reached; only with the input `targets`.
    attainment key [] dated [] {
        TARGET_ID = "target_id" required Text;
        KPI = "kpi" required Text;
        SCOPE = "scope" required Text;
        SCOPE_VALUE = "scope_value" optional Text;
        CURRENCY = "currency" required Text;
        WINDOW_DAYS = "window_days" optional Whole;
        MONTH = "month" optional Date;
        OWNER = "owner" optional Text;
        GOAL = "goal" required Text;
        TARGET = "target" required Decimal;
        VALUE = "value" optional Decimal;
        DIFFERENCE = "difference" optional Decimal;
        ATTAINED = "attained" optional Flag;
        REASON = "reason" optional Text;
    }
    /// Open items by age.
    aging key [] dated [] {
        SCOPE = "scope" required Text;
        SCOPE_VALUE = "scope_value" optional Text;
        CURRENCY = "currency" required Text;
        BUCKET = "bucket" required Text;
        COUNT = "count" required Whole;
        AMOUNT = "amount" required Money;
        DISPUTED_AMOUNT = "disputed_amount" required Money;
    }
    /// Movement of open items between ages since the previous night.
    transitions key [] dated [] {
        FROM_BUCKET = "from_bucket" required Text;
        TO_BUCKET = "to_bucket" required Text;
        CURRENCY = "currency" required Text;
        COUNT = "count" required Whole;
        AMOUNT = "amount" required Money;
        SINCE = "since" optional Date;
    }
    /// Input rows refused.
    rejects key [] dated [] {
        SOURCE = "source" required Text;
        FILE = "file" required Text;
        ROW = "row" required Whole;
        KEY = "key" optional Text;
        REASON = "reason" required Text;
        COLUMN = "column" optional Text;
        VALUE = "value" optional Text;
        MESSAGE = "message" required Text;
    }
    /// Oddities of the data; nothing refused.
    findings key [] dated [] {
        KIND = "kind" required Text;
        TABLE = "table" required Text;
        KEY = "key" optional Text;
        MESSAGE = "message" required Text;
        AMOUNT = "amount" optional Money;
    }
}
