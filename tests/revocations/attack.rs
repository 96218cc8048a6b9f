//! One key, presented to one node again and again, with the outcomes and their times.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyward::{DenialReason, Keyward, NotVerified};
use tokio::time::sleep;

use crate::moment::Moment;
use crate::support::revocation::LiveKey;

/// The pause between attempts: without it, a machine with few cores would do nothing else.
const PAUSE: Duration = Duration::from_millis(1);

/// The outcomes of one node for one key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) attempts: usize,
    /// The number of unavailable attempts.
    pub(crate) unavailable: usize,
    /// When the last attempt that was accepted had begun.
    pub(crate) accepted: Option<Moment>,
    /// When the first attempt that was denied had ended.
    pub(crate) denied: Option<Moment>,
    /// Why they were denied, each reason once.
    pub(crate) reasons: Vec<DenialReason>,
}

impl Seen {
    /// Presents the key until it is over, and once more after that.
    pub(crate) async fn attack(node: &Keyward, key: &LiveKey, over: &AtomicBool) -> Self {
        let mut seen = Self::default();
        loop {
            let is_last = over.load(Ordering::SeqCst);
            seen.attempt(node, key).await;
            if is_last {
                return seen;
            }
            sleep(PAUSE).await;
        }
    }

    async fn attempt(&mut self, node: &Keyward, key: &LiveKey) {
        let begun = Moment::now();
        let outcome = key.present(node).await;
        self.attempts += 1;
        match outcome {
            Ok(()) => self.accepted = Some(begun),
            Err(NotVerified::Denied(denial)) => {
                self.denied.get_or_insert_with(Moment::now);
                if !self.reasons.contains(&denial.reason()) {
                    self.reasons.push(denial.reason());
                }
            }
            Err(NotVerified::Unavailable(_)) => self.unavailable += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
}
