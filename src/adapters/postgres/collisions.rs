//! Retries after a collision: a deadlock or a serialization failure.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::error::CallFailure;

/// The maximum number of retries. Locks are taken in one order, so collisions are rare.
const COLLISIONS: u32 = 8;

/// Runs an attempt that leaves no effect if it collides, and retries it after a collision.
pub(super) async fn past_collisions<T, F>(attempt: impl Fn() -> F) -> Result<T, CallFailure>
where
    F: Future<Output = Result<T, CallFailure>>,
{
    let mut collisions = 0;
    loop {
        match attempt().await {
            Err(failure) if failure.is_a_collision() && collisions < COLLISIONS => {
                collisions += 1;
                tokio::time::sleep(pause(collisions)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Returns a pause that grows with each retry and differs between two colliding calls. (It is random, but nothing that is
/// written depends on it.)
fn pause(collisions: u32) -> Duration {
    let chance = RandomState::new().hash_one(collisions) % 1_000;
    Duration::from_micros((1_000 + chance) << collisions.min(6))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cell::Cell;
    use std::collections::BTreeSet;
    use std::error::Error;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;
    use crate::store::{StoreError, StoreErrorKind};

    #[test]
    fn each_pause_is_longer_up_to_a_bound_and_not_always_the_same() {
        for (collisions, least) in [(1, 2_000), (2, 4_000), (6, 64_000), (7, 64_000)] {
            let pauses: BTreeSet<_> = (0..50).map(|_| pause(collisions).as_micros()).collect();
            assert!(pauses.len() > 1, "{pauses:?}");
            assert!(pauses.iter().all(|pause| (least..2 * least).contains(pause)), "{pauses:?}");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("deadlock detected")]
    struct Deadlock;

    impl DatabaseError for Deadlock {
        fn message(&self) -> &'static str {
            "deadlock detected"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some("40P01".into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    /// Returns the number of attempts and whether the last one succeeded, if the first attempts fail in this way.
    async fn tried(failing: u32, failure: impl Fn() -> CallFailure) -> (u32, bool) {
        let (attempts, failure) = (Cell::new(0), &failure);
        let outcome = past_collisions(async || {
            attempts.set(attempts.get() + 1);
            if attempts.get() > failing { Ok(()) } else { Err(failure()) }
        });
        let is_done = outcome.await.is_ok();
        (attempts.get(), is_done)
    }

    #[tokio::test]
    async fn a_collision_is_tried_again_and_nothing_else_is() {
        let collision = || CallFailure::Driver(sqlx::Error::Database(Box::new(Deadlock)));
        assert_eq!(tried(0, collision).await, (1, true));
        assert_eq!(tried(3, collision).await, (4, true));
        assert_eq!(tried(COLLISIONS, collision).await, (COLLISIONS + 1, true));
        assert_eq!(tried(u32::MAX, collision).await, (COLLISIONS + 1, false));
        let other = || CallFailure::Store(StoreError::new(StoreErrorKind::Conflict));
        assert_eq!(tried(1, other).await, (1, false));
    }
}
