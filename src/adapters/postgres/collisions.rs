//! Trying again after a collision: a deadlock, or a serialization failure.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::error::Failure;

/// How often something is tried again. Locks are taken in one order, so there is nearly never a reason to.
const COLLISIONS: u32 = 8;

/// Does what leaves nothing behind where it collides, and does it again after that.
pub(super) async fn past_collisions<T, F>(attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
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

/// Longer each time, and not the same for two who collided. (It is chance, but nothing rests on it: what is
/// written has none.)
fn pause(collisions: u32) -> Duration {
    let chance = RandomState::new().hash_one(collisions) % 1_000;
    Duration::from_micros((1_000 + chance) << collisions.min(6))
}
