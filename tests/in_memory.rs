//! The tests over the memory store, in one program, because compiling and linking each file takes much longer than
//! running it.

mod support;

mod account_policy;
mod argon2id_runs;
mod brands;
mod ceilings;
mod closed_accounts;
mod conditional_changes;
mod decisions;
mod failing_randomness;
mod failing_store;
mod grants;
mod history_pages;
mod imports;
mod inactive_owners;
mod integrations;
mod kinds;
mod limited_actors;
mod look_alikes;
mod lost_master_key;
mod master_key_change;
mod metrics;
mod presented_texts;
mod readiness;
mod recognised_imports;
mod refusals_allowlist;
mod refusals_integrations;
mod refusals_last_track_set;
mod refusals_names;
mod refusals_permission;
mod refusals_time;
mod rekey;
mod remembered_networks;
mod repeats;
mod reveal_under_master_keys;
mod salted_imports;
mod send;
mod tampered_rows;
mod vectors;
