//! Attempts with App keys over a store that may not answer.

use keyward::{App, Attempt, Keyward, NotVerified};

pub async fn verify(node: &Keyward, key: &str) -> Result<(), NotVerified> {
    node.verify(&Attempt::<App>::app(key)).await.map(drop)
}

pub fn is_unavailable(outcome: &Result<(), NotVerified>) -> bool {
    matches!(outcome, Err(NotVerified::Unavailable(_)))
}

/// Makes attempts until one is not unavailable: on a busy machine, a call can exceed the limit. That attempt must pass.
pub async fn is_served(node: &Keyward, key: &str) {
    loop {
        let outcome = verify(node, key).await;
        if !is_unavailable(&outcome) {
            return outcome.unwrap();
        }
    }
}
