//! Layer 6: what ties the seam to a database, and the shell to a transport. A feature each; memory always.

#[cfg(feature = "tower")]
pub mod http;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

/// The targets that stand beside the private parts that they feed.
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
