//! What a host may choose about a PostgreSQL store.

use std::time::Duration;

use super::schema;
use super::statements::Schema;
use crate::adapters::sql::TimeLimit;
use crate::store::StoreError;

/// How a [`PostgresStore`](crate::PostgresStore) is opened.
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
    /// Use a schema of its own, on which no other role has the right `CREATE`. Up to PostgreSQL 14, every role has
    /// this right on `public`. Every name in a statement is qualified, so nothing that another role creates is run or
    /// read in place of Keyward's. But the other role can create a table with one of Keyward's names first, and
    /// then the store does not open.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Sets the role that owns the tables, where it is neither the role that the store connects as nor one of
    /// which this is a member. A role that only verifies, and owns nothing, needs it.
    ///
    /// Opening fails if anything in the schema whose name begins with `keyward_` belongs to another role: the owner of
    /// a table can add triggers, which run with the rights of each role that writes the table. A superuser counts as a
    /// member of the roles that were granted to it, and of no others. The schema may also belong to a superuser or
    /// to the owner of the database.
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

    /// Returns the SQL that [`migrate`](Self::migrate) runs on an empty schema, so that you can review it or run it with your
    /// own tool. The script does not create the schema.
    ///
    /// Fails if the name of the schema is not one.
    pub fn migration_sql(&self) -> Result<String, StoreError> {
        Ok(schema::script(&Schema::new(&self.schema)?))
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
