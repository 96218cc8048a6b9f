//! Polls the change feed: the answer is as young as the heartbeat, which a poll renews if it is old.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::heartbeat::{Renewal, WAITING};
use super::store::PostgresStore;
use crate::adapters::sql::changes_since;
use crate::store::{Changes, Position, StoreError};

/// An answer can be used until it is this many intervals old.
const USABLE: u32 = 3;

/// The pause before the next look at a heartbeat that another node renews. It doubles each time.
const PAUSE: Duration = Duration::from_millis(5);

impl PostgresStore {
    /// Polls the changes, and renews the heartbeat if the answer is old.
    pub(super) async fn poll_changes(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        let changes = changes_since(self, position, limit).await?;
        if changes.age() <= self.heart.interval {
            return Ok(changes);
        }
        Ok(Box::pin(self.renewed(changes, position, limit)).await)
    }

    /// Returns a younger answer if there is one soon, and otherwise the given one.
    async fn renewed(&self, mut changes: Changes, position: &Position, limit: usize) -> Changes {
        let interval = self.heart.interval;
        let usable = interval * USABLE;
        let begun = Instant::now();
        let end = begun + self.time_limit.0.min(interval * WAITING);
        let (mut pause, mut has_followed) = (PAUSE, false);
        loop {
            let (pool, schema) = (self.pool.clone(), self.schema.clone());
            match self.heart.renew(pool, schema, end).await {
                Renewal::Confirmed => {}
                Renewal::Elsewhere | Renewal::Failed if changes.age() <= usable => return changes,
                renewal => {
                    if !has_followed && (renewal == Renewal::Failed || begun.elapsed() > interval) {
                        has_followed = true;
                        // A server that cannot confirm anything may have been replaced.
                        timeout_at(end, self.servers.follow(&self.pool)).await.ok();
                    }
                    tokio::time::sleep_until(end.min(Instant::now() + pause)).await;
                    pause = (2 * pause).min(interval);
                }
            }
            match timeout_at(end, changes_since(self, position, limit)).await {
                Ok(Ok(newer)) if newer.age() <= usable => return newer,
                Ok(Ok(newer)) => changes = newer,
                Ok(Err(_)) | Err(_) => return changes,
            }
            if Instant::now() >= end {
                // The connection may lead to another server than the pool.
                self.heart.disconnect();
                return changes;
            }
        }
    }
}
