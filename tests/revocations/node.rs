//! The nodes of a storm, and their places.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{Freshness, Keyward, ManageError, MasterKey, MasterKeys, SlowHashParams};
use tokio::time::sleep;

use crate::attack::Seen;
use crate::moment::Moment;
use crate::process::Process;
use crate::support::revocation::{LiveKey, Revocation};

/// The bound of a node that does not poll for each attempt.
pub(crate) const BOUND: Duration = Duration::from_millis(100);

/// How nodes keep fresh.
pub(crate) const BOUNDED: Freshness = Freshness::Bounded(BOUND);

/// One node.
pub(crate) struct Node {
    pub(crate) freshness: Freshness,
    pub(crate) place: Place,
}

/// The place of a node.
pub(crate) enum Place {
    Here(Keyward),
    /// In another process, with this number there.
    There(Arc<Process>, usize),
}

/// When a revocation was begun, and when it was acknowledged; never, where its outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) begun: Moment,
    pub(crate) acknowledged: Option<Moment>,
}

/// Returns a handle with this freshness.
pub(crate) fn handle(store: impl CredentialStore, key: MasterKey, freshness: Freshness) -> Keyward {
    Keyward::builder(store, MasterKeys::new(key))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .freshness(freshness)
        .flush_interval(BOUND)
        .build()
        .unwrap()
}

/// Closes a node. Uses that the store does not write in time are kept, and written when the node is closed again.
pub(crate) async fn close(node: &Keyward) {
    for _ in 0..30 {
        if node.close().await.is_ok() {
            return;
        }
    }
    panic!("the store takes nothing any more");
}

impl Node {
    /// Returns how long after a revocation by `revoker` an attempt can begin that this node still accepts.
    pub(crate) fn may_be_behind(&self, is_revoker: bool) -> Duration {
        match self.freshness {
            Freshness::Bounded(bound) if !is_revoker => bound,
            _ => Duration::ZERO,
        }
    }

    /// Presents a key until it is over.
    pub(crate) async fn attack(&self, key: &LiveKey, over: &AtomicBool) -> Seen {
        match &self.place {
            Place::Here(keyward) => Seen::attack(keyward, key, over).await,
            Place::There(process, node) => {
                let attack = process.attack(*node, key);
                while !over.load(Ordering::SeqCst) {
                    sleep(Duration::from_millis(1)).await;
                }
                attack.end().await
            }
        }
    }

    pub(crate) async fn revoke(&self, key: &LiveKey, revocation: Revocation) -> Revoked {
        match &self.place {
            Place::Here(keyward) => Revoked::by(keyward, key, revocation).await,
            Place::There(process, node) => process.revoke(*node, key, revocation).await,
        }
    }
}

impl Revoked {
    pub(crate) async fn by(node: &Keyward, key: &LiveKey, revocation: Revocation) -> Self {
        let begun = Moment::now();
        let outcome = revocation.carry_out(node, key).await;
        let acknowledged = Moment::now();
        let is_acknowledged = known(outcome).is_some();
        Self { begun, acknowledged: is_acknowledged.then_some(acknowledged) }
    }
}

/// Returns the answer if the change was acknowledged. A store on a busy machine can exceed its time limit; no other
/// failure is allowed.
pub(crate) fn known<T>(outcome: Result<T, ManageError>) -> Option<T> {
    match outcome {
        Ok(answer) => Some(answer),
        Err(ManageError::Unavailable(_) | ManageError::Unknown { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}
