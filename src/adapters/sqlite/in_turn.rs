//! Opening a file in turn with other processes.

use std::time::{Duration, Instant};

use super::rows::{failed, is_busy};
use crate::store::StoreError;

/// How long opening waits for another process that is bringing the same file forward.
pub(super) const OPENING: Duration = Duration::from_secs(30);

const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);

/// Does what needs the file to itself, again and again while others have it. SQLite does not wait for its busy
/// timeout there: of two that turn the same new file to WAL mode, one is told at once that it is locked.
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
