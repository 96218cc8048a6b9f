//! How many reads run at the same time, and the connection of the change feed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

/// Limits the reads that run at the same time, whether or not their callers still wait. Clones share the limits.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    /// As many as the pool has connections.
    pub(super) reads: Arc<Semaphore>,
    /// The connection of the change feed, which no other call uses. `None` if it was lost.
    pub(super) feed: Arc<Mutex<Option<IdleConnection>>>,
}

/// A connection that is not in use, and not part of the pool.
#[derive(Debug)]
pub(super) struct IdleConnection {
    connection: PgConnection,
    since: Instant,
}

impl IdleConnection {
    /// Wraps a connection that was in use until now.
    pub(super) fn new(connection: PgConnection) -> Self {
        Self { connection, since: Instant::now() }
    }

    /// Returns the connection if it was idle for less than the limit, and closes it otherwise.
    pub(super) fn within(self, limit: Duration) -> Option<PgConnection> {
        (self.since.elapsed() < limit).then_some(self.connection)
    }

    /// Returns the connection, however long it was idle.
    pub(super) fn into_connection(self) -> PgConnection {
        self.connection
    }
}

impl Admission {
    /// `feed` is the first connection of the change feed.
    pub(super) fn new(connections: u32, feed: PgConnection) -> Self {
        let connections = usize::try_from(connections).unwrap_or(usize::MAX);
        Self {
            reads: Arc::new(Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS))),
            feed: Arc::new(Mutex::new(Some(IdleConnection::new(feed)))),
        }
    }

    /// Takes the connection of the change feed, to close it.
    pub(super) async fn take_feed(&self) -> Option<PgConnection> {
        self.feed.lock().await.take().map(IdleConnection::into_connection)
    }
}
