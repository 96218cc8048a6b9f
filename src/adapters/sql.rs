//! The parts that SQLite and PostgreSQL share: the tables' columns, the texts of the reads, the conversion between rows and
//! records, writes without an event, the time limit, and the only place that maps a driver's error to a store's.
//!
//! Both databases read `$1` as the first value, so most statements have one text. Each has its own code for commits.

mod account_row;
mod columns;
mod copying;
mod credential_row;
mod credential_store;
mod doubt;
mod error;
mod event_row;
mod eventless;
#[cfg(feature = "sqlite")]
mod events_as_json;
mod feed;
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
mod fuzzing;
mod generation_row;
mod listing;
mod networks;
mod poll_texts;
mod purging;
mod reader;
mod reads;
mod removal;
mod statement;
mod table;
mod time_limit;
#[cfg(test)]
pub(super) mod unreleased;
mod version;
mod workspace_row;

pub(super) use self::account_row::write_account;
pub(super) use self::columns::{Columns, Unreadable};
pub(super) use self::copying::Writer;
#[cfg(feature = "postgres")]
pub(super) use self::credential_row::{CREDENTIAL, credential_values};
#[cfg(feature = "sqlite")]
pub(super) use self::credential_row::{insert_credential, update_credential};
pub(super) use self::credential_store::credential_store;
pub(super) use self::doubt::WriteDoubt;
#[cfg(feature = "sqlite")]
pub(super) use self::error::database_code;
pub(super) use self::error::{conflict, failure, lost, one_row, stored};
#[cfg(feature = "sqlite")]
pub(super) use self::event_row::insert_events;
#[cfg(feature = "postgres")]
pub(super) use self::event_row::{columns_after_the_number, push_event};
pub(super) use self::eventless::{EventlessWriter, Refreshing, prune_events, refreshing, retag};
#[cfg(feature = "sqlite")]
pub(super) use self::events_as_json::{EVENTS_AS_JSON, events_from_json};
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
pub use self::fuzzing::stored_row;
pub(super) use self::generation_row::insert_generations;
pub(super) use self::networks::{forget_networks, keep_few_networks, networks_of};
pub(super) use self::purging::purge_removed;
pub(super) use self::reader::{Reader, Selects};
pub(super) use self::reads::{
    account, accounts_by_id, changes_since, credential, credentials, credentials_by_id, event,
    events, every_account, every_workspace, id_key, operation_statement, position, schema_version,
    workspace, workspaces, workspaces_by_id,
};
pub(super) use self::removal::{left, living, removals};
pub(super) use self::statement::{Casts, Statement, Value};
pub(super) use self::time_limit::{TimeLimit, expect_runtime, until};
pub(super) use self::version::{FoundVersion, SchemaStep, expect_newest, next_step};
#[cfg(feature = "postgres")]
pub(super) use self::workspace_row::integration_key;
pub(super) use self::workspace_row::write_workspace;
#[cfg(feature = "sqlite")]
pub(super) use self::workspace_row::{insert_allowlists, insert_integrations};
