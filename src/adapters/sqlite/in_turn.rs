//! Takes turns with other processes that open the same file.

use std::time::{Duration, Instant};

use super::rows::{failed, is_busy};
use crate::store::StoreError;

/// How long opening waits for another process that is migrating the same file.
pub(super) const OPENING: Duration = Duration::from_secs(30);

const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);

/// Runs a call that needs exclusive access to the file, and retries it while another process has the file locked. SQLite's busy
/// timeout does not apply: if two processes set a new file to WAL mode, one of them gets "locked" at once.
pub(super) async fn in_turn<T, F: Future<Output = Result<T, sqlx::Error>>>(
    attempt: impl Fn() -> F,
) -> Result<T, StoreError> {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Err(error) if is_busy(&error) && begun.elapsed() < OPENING => {
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
            outcome => return outcome.map_err(failed),
        }
    }
}
