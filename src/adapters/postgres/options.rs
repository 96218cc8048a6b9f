//! What a host may choose about a PostgreSQL store.

use std::time::Duration;

use sqlx::postgres::PgPool;

use super::{PostgresStore, open};
use crate::adapters::sql::TimeLimit;
use crate::store::StoreError;

/// How a [`PostgresStore`] is opened.
///
/// ```
/// use std::time::Duration;
/// use keyward::PostgresOptions;
///
/// let options = PostgresOptions::new().schema("credentials").time_limit(Duration::from_secs(2));
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    pub(super) schema: String,
    pub(super) owner: Option<String>,
    pub(super) time_limit: Duration,
    pub(super) connections: u32,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "public".to_owned(),
            owner: None,
            time_limit: TimeLimit::DEFAULT.0,
            connections: 10,
        }
    }
}

impl PostgresOptions {
    /// The schema `public`, one second, at most ten connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the schema in which the tables are: 1 to 63 bytes, created where it does not exist. Default
    /// `public`.
    ///
    /// Use a schema of its own, in which no other role may create anything (`REVOKE CREATE ON SCHEMA`). Up to
    /// PostgreSQL 14, every role may create in `public`. Statements qualify every name, so nothing that another
    /// role creates is run or read in place of Keyward's, but the other role can take a table's name before
    /// Keyward creates the table, and the store then does not open.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Sets the role that owns the tables, where it is neither the role that the store connects as nor one of
    /// which this is a member. A role that only verifies, and owns nothing, needs it.
    ///
    /// Opening fails if a table belongs to any other role: the owner of a table can make triggers that run with the
    /// rights of each role that writes it. Superusers count as members of no role but those that were granted.
    #[must_use]
    pub fn owner(mut self, role: impl Into<String>) -> Self {
        self.owner = Some(role.into());
        self
    }

    /// The time within which every call ends, [`Unavailable`](crate::store::StoreErrorKind::Unavailable)
    /// if need be. Default 1 s. Opening is not bound by it.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// How many connections there are at most; at least one. Default 10.
    #[must_use]
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = if connections == 0 { 1 } else { connections };
        self
    }

    /// As [`PostgresStore::connect`].
    pub async fn connect(self, url: &str) -> Result<PostgresStore, StoreError> {
        open::connect(&self, url).await
    }

    /// As [`PostgresStore::from_pool`]. The number of connections is the pool's.
    pub async fn from_pool(self, pool: PgPool) -> Result<PostgresStore, StoreError> {
        open::pool(&self, pool).await
    }
}

#[cfg(test)]
mod tests {
    use super::PostgresOptions;

    #[test]
    fn there_is_at_least_one_of_the_connections() {
        assert_eq!(
            [0, 1, 7].map(|wanted| PostgresOptions::new().connections(wanted).connections),
            [1, 1, 7]
        );
    }
}
