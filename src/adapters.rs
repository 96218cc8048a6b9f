//! Layer 7: the adapters between the store contract and a database, and between the shell and a transport. Each adapter has a
//! feature, except the memory store, which is always included.

#[cfg(feature = "tower")]
pub mod http;
#[cfg(feature = "manage-api")]
pub mod manage_api;
mod memory;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "manage-api", feature = "page"))]
mod web;

/// Fuzz targets that live beside the private code that they exercise.
#[cfg(all(any(test, fuzzing), feature = "sqlite", feature = "tower"))]
pub(crate) mod fuzzing {
    pub use crate::adapters::http::authorization;
    pub use crate::adapters::sql::stored_row;
}

pub use self::memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteOptions, SqliteStore};
