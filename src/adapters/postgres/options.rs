//! The options of a PostgreSQL store.

use std::time::Duration;

use super::statements::Schema;
use super::{heartbeat, schema};
use crate::adapters::sql::TimeLimit;
use crate::store::StoreError;

/// The default limit for an idle connection: less than the shortest of the usual limits in networks, which is four minutes.
const IDLE_LIMIT: Duration = Duration::from_mins(3);

/// Options for opening a [`PostgresStore`](crate::PostgresStore).
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
    pub(super) idle_limit: Duration,
    pub(super) heartbeat: Duration,
    pub(super) migrates: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "public".to_owned(),
            owner: None,
            time_limit: TimeLimit::DEFAULT.0,
            connections: 10,
            idle_limit: IDLE_LIMIT,
            heartbeat: heartbeat::INTERVAL,
            migrates: true,
        }
    }
}

impl PostgresOptions {
    /// Returns the defaults: the schema `public`, a time limit of one second, at most ten connections.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the schema of the tables: 1 to 63 bytes. It is created if it does not exist. Default: `public`.
    ///
    /// Use a dedicated schema on which no other role has the right `CREATE`. Up to PostgreSQL 14, every role has this right on
    /// `public`. Every name in a statement is qualified, so objects of other roles are never run or read in place of Keyward's.
    /// But another role could create a table with one of Keyward's names first, and then the store does not open.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Sets the role that owns the tables. Required if the store connects as a role that is neither the owner nor a member of
    /// the owner, such as a role that only verifies.
    ///
    /// Opening fails if an object in the schema whose name begins with `keyward_` belongs to another role: the owner of a table
    /// can add triggers, which run with the rights of each role that writes the table. A superuser counts as a member only of
    /// the roles that were granted to it. The schema can also belong to a superuser or to the owner of the database.
    #[must_use]
    pub fn owner(mut self, role: impl Into<String>) -> Self {
        self.owner = Some(role.into());
        self
    }

    /// Sets the time limit of every call. A call that exceeds it fails as
    /// [`Unavailable`](crate::store::StoreErrorKind::Unavailable). Default: 1 s. Opening has no such limit.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets the maximum number of connections; at least one. Default: 10. The change feed has one more, which no other call uses,
    /// and so has the [heartbeat](Self::heartbeat).
    #[must_use]
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = if connections == 0 { 1 } else { connections };
        self
    }

    /// Sets how long a connection can be idle and still be used. A connection that was idle for longer is replaced. Default: 3
    /// minutes.
    ///
    /// Firewalls, load balancers and address translators drop connections that are idle for some minutes, and often tell neither
    /// side. A call on such a connection gets no answer until its time limit. This happens to a service with little traffic, and
    /// to a function that is frozen between its requests. Choose less than the limit of your network.
    ///
    /// The connections of a host's own pool are the host's: see the pool's `before_acquire`. Only the connections of the change feed
    /// and of the heartbeat have this limit then.
    #[must_use]
    pub const fn idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = limit;
        self
    }

    /// Sets the age at which a poll renews the heartbeat, if the server has synchronous standbys: at most a quarter of the bound of
    /// [`Freshness::Bounded`](crate::Freshness::Bounded). Default: 250 ms, for the default bound of one second.
    ///
    /// A primary that was replaced can no longer renew the heartbeat, and its answers are refused. An answer is as old as the
    /// heartbeat, so a node refuses every key if the heartbeat is renewed less often than its bound requires.
    #[must_use]
    pub const fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval;
        self
    }

    /// Opens only a schema that has the tables of this release. Opening then creates and upgrades nothing, and fails as
    /// [`Misconfigured`](crate::store::StoreErrorKind::Misconfigured) otherwise.
    #[must_use]
    pub const fn without_migration(mut self) -> Self {
        self.migrates = false;
        self
    }

    /// Returns the SQL that [`migrate`](Self::migrate) runs on an empty schema, so that you can review it or run it with your
    /// own tool. The script does not create the schema.
    ///
    /// Fails if the schema name is not valid.
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
