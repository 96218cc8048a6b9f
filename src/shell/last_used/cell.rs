//! When one secret was last used, as far as this node knows.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{CredentialRecord, GenerationRecord};
use crate::shell::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// After how long a use is news.
const IDLE_SECONDS: i64 = 3_600;

/// One secret's last use.
#[derive(Debug)]
pub(crate) struct UseCell {
    credential: CredentialId,
    generation: GenerationNumber,
    /// Whether it waits to be written.
    waiting: AtomicBool,
    /// The second of the last use that was noted or had been written.
    last: AtomicI64,
    /// The second of the last use that was to be written early.
    early: AtomicI64,
}

/// What became of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    /// This second, or a later one, was noted before.
    Before,
    /// It is to be written with the next batch.
    New,
    /// It is to be written soon.
    Early,
}

impl UseCell {
    /// The cell of a secret that was last used at `last`, as far as is written.
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

    /// Load first, and store only when the second has changed: a read costs a hundredth of what a write to
    /// a line that another core has just written does.
    pub(super) fn note(&self, at: Timestamp, on_its_way_out: bool, interval: Duration) -> Noted {
        let second = at.as_seconds();
        if self.last.load(Ordering::Relaxed) >= second {
            return Noted::Before;
        }
        let before = self.last.fetch_max(second, Ordering::Relaxed);
        let news = on_its_way_out || second.saturating_sub(before) >= IDLE_SECONDS;
        let interval = i64::try_from(interval.as_secs()).unwrap_or(i64::MAX);
        let early = self.early.load(Ordering::Relaxed);
        if news && second.saturating_sub(early) >= interval {
            self.early.store(second, Ordering::Relaxed);
            Noted::Early
        } else {
            Noted::New
        }
    }

    /// Whether it waits from now on, and did not before.
    pub(super) fn begin_waiting(&self) -> bool {
        // A swap here and there: whoever ends the waiting sees what was noted before it was begun in vain.
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

/// The last uses of a credential's secrets.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct UseCells {
    /// The second that was last noted of the current secret, and which that is: mostly all that an attempt need
    /// look at.
    noted: AtomicI64,
    generation: GenerationNumber,
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
            current: cell(&record.current),
            previous: record.previous.as_ref().map(|previous| cell(&previous.generation)),
        }
    }

    /// Whether a use of this secret at that time has nothing to add.
    pub(super) fn was_noted(&self, generation: GenerationNumber, at: Timestamp) -> bool {
        generation == self.generation && self.noted.load(Ordering::Relaxed) >= at.as_seconds()
    }

    /// Takes note that a use of this secret at that time was noted.
    pub(super) fn set_noted(&self, generation: GenerationNumber, at: Timestamp) {
        if generation == self.generation {
            self.noted.store(at.as_seconds(), Ordering::Relaxed);
        }
    }

    /// The cell of one secret.
    pub(super) fn cell(&self, generation: GenerationNumber) -> Option<&Arc<UseCell>> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|cell| cell.generation == generation)
    }
}
