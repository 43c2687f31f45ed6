//! What analysts call: generating a ledger, checking rules.
