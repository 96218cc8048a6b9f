//! The last use of one secret on this node.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{CredentialRecord, GenerationRecord};
use crate::shell::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

use super::networks::Networks;

/// The idle time after which a use is written early.
const IDLE_SECONDS: i64 = 3_600;

/// The last use of one secret.
#[derive(Debug)]
pub(crate) struct UseCell {
    credential: CredentialId,
    generation: GenerationNumber,
    /// `true` if a use is pending.
    waiting: AtomicBool,
    /// The second of the last recorded or written use.
    last: AtomicI64,
    /// The second of the last use that was written early.
    early: AtomicI64,
}

/// The result of recording a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// This second or a later one was already recorded.
    Before,
    /// The use is written with the next batch.
    New,
    /// The use is written soon.
    Early,
}

impl UseCell {
    /// Creates the cell of a secret whose last written use is `last`.
    pub(super) fn new(
        credential: CredentialId,
        generation: GenerationNumber,
        last: Option<Timestamp>,
    ) -> Self {
        Self {
            credential,
            generation,
            waiting: AtomicBool::new(false),
            last: AtomicI64::new(last.map_or(i64::MIN, Timestamp::as_seconds)),
            early: AtomicI64::new(i64::MIN),
        }
    }

    /// Records a use. It loads first and stores only if the second has changed: a read costs a hundredth of a write to a cache line
    /// that another core has just written.
    pub(super) fn note(&self, at: Timestamp, is_ending: bool, interval: Duration) -> Noted {
        let second = at.as_seconds();
        if self.last.load(Ordering::Relaxed) >= second {
            return Noted::Before;
        }
        let before = self.last.fetch_max(second, Ordering::Relaxed);
        let news = is_ending || second.saturating_sub(before) >= IDLE_SECONDS;
        let interval = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX);
        let early = self.early.load(Ordering::Relaxed);
        if news && second.saturating_sub(early) >= interval {
            self.early.store(second, Ordering::Relaxed);
            Noted::Early
        } else {
            Noted::New
        }
    }

    /// Marks the cell as pending. Returns `true` if it was not pending before.
    pub(super) fn begin_waiting(&self) -> bool {
        // Both sides swap: the flush that clears the mark sees the time of a use that found the mark already set.
        !self.waiting.swap(true, Ordering::AcqRel)
    }

    pub(super) fn end_waiting(&self) {
        self.waiting.swap(false, Ordering::AcqRel);
    }

    pub(super) const fn secret(&self) -> (CredentialId, GenerationNumber) {
        (self.credential, self.generation)
    }

    pub(super) fn last(&self) -> Option<Timestamp> {
        let micros = self.last.load(Ordering::Relaxed).checked_mul(1_000_000)?;
        Timestamp::from_micros(micros).ok()
    }
}

/// The last uses of the secrets of a credential, and the networks from which it passed.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct UseCells {
    /// The last recorded second of a secret, and the number of that secret. Most attempts read only this.
    noted: AtomicI64,
    generation: GenerationNumber,
    /// `None` if the host does not remember networks, so that the cache of most hosts stays small.
    pub(super) networks: Option<Box<Networks>>,
    current: Arc<UseCell>,
    previous: Option<Arc<UseCell>>,
}

impl UseCells {
    pub(crate) fn of(record: &CredentialRecord) -> Self {
        let cell = |generation: &GenerationRecord| {
            Arc::new(UseCell::new(record.id, generation.number, generation.last_used))
        };
        Self {
            generation: record.current.number,
            noted: AtomicI64::new(i64::MIN),
            networks: None,
            current: cell(&record.current),
            previous: record.previous.as_ref().map(|previous| cell(&previous.generation)),
        }
    }

    /// Makes room for the networks from which the credential passes.
    pub(crate) fn with_networks(mut self) -> Self {
        self.networks = Some(Box::new(Networks::new()));
        self
    }

    pub(super) fn credential(&self) -> CredentialId {
        self.current.credential
    }

    /// Returns `true` if a use of this secret in this second is already recorded.
    pub(super) fn was_noted(&self, generation: GenerationNumber, at: Timestamp) -> bool {
        generation == self.generation && self.noted.load(Ordering::Relaxed) >= at.as_seconds()
    }

    /// Marks the use of this secret in this second as recorded.
    pub(super) fn set_noted(&self, generation: GenerationNumber, at: Timestamp) {
        if generation == self.generation {
            self.noted.store(at.as_seconds(), Ordering::Relaxed);
        }
    }

    /// Returns the cell of one secret.
    pub(super) fn cell(&self, generation: GenerationNumber) -> Option<&Arc<UseCell>> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|cell| cell.generation == generation)
    }
}
