//! The tests over the store in memory, in one program: to compile and link each file alone takes far longer than to run it.

mod support;

mod argon2id_runs;
mod brands;
mod conditional_changes;
mod decisions;
mod failing_randomness;
mod failing_store;
mod history_pages;
mod integrations;
mod kinds;
mod look_alikes;
mod lost_master_key;
mod master_key_change;
mod metrics;
mod presented_texts;
mod readiness;
mod refusals_allowlist;
mod refusals_integrations;
mod refusals_last_track_set;
mod refusals_names;
mod refusals_permission;
mod refusals_time;
mod rekey;
mod repeats;
mod reveal_under_master_keys;
mod send;
mod tampered_rows;
mod vectors;
