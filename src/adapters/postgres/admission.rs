//! How many reads run at the same time, and the connection of the change feed.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use tokio::sync::{Mutex, Semaphore};

/// Limits the reads that run at the same time, whether or not their callers still wait. Clones share the limits.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    /// As many as the pool has connections.
    pub(super) reads: Arc<Semaphore>,
    /// The connection of the change feed, which no other call uses. `None` if it was lost.
    pub(super) feed: Arc<Mutex<Option<PgConnection>>>,
}

impl Admission {
    /// `feed` is the first connection of the change feed.
    pub(super) fn new(connections: u32, feed: PgConnection) -> Self {
        let connections = usize::try_from(connections).unwrap_or(usize::MAX);
        Self {
            reads: Arc::new(Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS))),
            feed: Arc::new(Mutex::new(Some(feed))),
        }
    }

    /// Takes the connection of the change feed, to close it.
    pub(super) async fn take_feed(&self) -> Option<PgConnection> {
        self.feed.lock().await.take()
    }
}
