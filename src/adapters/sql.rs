//! What SQLite and PostgreSQL share: the texts of the reads, the way from rows to records, the time
//! limit, and the one place where a driver's error becomes a store's.
//!
//! Both read `$1` as the first value, so most texts are one. Each writes its commits in its own way.

mod batch;
mod columns;
mod copying;
mod credential_row;
mod doubt;
mod error;
mod event_row;
mod eventless;
mod feed;
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
mod fuzzing;
mod header_row;
mod inserts;
mod listing;
mod reads;
mod removal;
mod statement;
mod time_limit;
#[cfg(test)]
pub(super) mod unreleased;
mod version;

pub(super) use self::batch::{Batch, Casts, Cell};
pub(super) use self::columns::{Columns, Unreadable};
pub(super) use self::copying::Writer;
pub(super) use self::credential_row::{credential_statements, select_credentials};
pub(super) use self::doubt::Doubt;
#[cfg(feature = "sqlite")]
pub(super) use self::error::database_code;
pub(super) use self::error::{failure, lost, stored};
pub(super) use self::event_row::action_text;
pub(super) use self::eventless::{PRUNE, Refreshing, Retagging, refreshing, retagging};
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
pub use self::fuzzing::stored_row;
pub(super) use self::header_row::{integration_key, workspace_columns, workspace_statements};
pub(super) use self::reads::{
    Reader, account, accounts_by_id, changes_since, credential, credentials, credentials_by_id,
    event, events, every_account, every_workspace, operation_statement, position, workspace,
    workspaces, workspaces_by_id,
};
pub(super) use self::removal::{FORGET_LEFTOVERS, Leftovers, left, leftovers, living, removals};
pub(super) use self::statement::{Statement, Value};
pub(super) use self::time_limit::{TimeLimit, expect_runtime, until};
pub(super) use self::version::{Step, expect_newest, next_step};
