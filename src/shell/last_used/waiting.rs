//! Uses that wait to be written, and uses on their way to the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::Use;
use crate::values::{CredentialId, GenerationNumber, Timestamp};

use super::cell::UseCell;

/// How many secrets may wait, also after a flush that failed. Beyond it, while the store takes nothing, further uses
/// go unnoted.
pub(super) const MOST: usize = if cfg!(test) { 4_096 } else { 1_048_576 };

/// How many uses one call to the store carries.
const BATCH: usize = 1_000;

/// The secrets whose uses are not yet written.
#[derive(Debug, Default)]
pub(super) struct WaitingUses(Mutex<Vec<Arc<UseCell>>>);

impl WaitingUses {
    /// Lets a cell wait that does not wait already, while there is room. Returns how many wait if it was added.
    pub(super) fn add(&self, cell: &Arc<UseCell>) -> Option<usize> {
        if !cell.begin_waiting() {
            return None;
        }
        let mut waiting = self.cells();
        if waiting.len() >= MOST {
            cell.end_waiting();
            return None;
        }
        waiting.push(Arc::clone(cell));
        Some(waiting.len())
    }

    /// How many secrets wait.
    pub(super) fn count(&self) -> usize {
        self.cells().len()
    }

    fn cells(&self) -> MutexGuard<'_, Vec<Arc<UseCell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Uses on their way to the store, sorted, merged by maximum. What is left when this is dropped, by an error
/// or because nobody waits any more, goes back.
pub(super) struct Taken<'a> {
    uses: BTreeMap<(CredentialId, GenerationNumber), Latest>,
    back: &'a WaitingUses,
}

/// One secret's last use, and the cells that say so: several, where it was read anew in between.
type Latest = (Timestamp, Vec<Arc<UseCell>>);

impl<'a> Taken<'a> {
    /// All that waits.
    pub(super) fn of(back: &'a WaitingUses) -> Self {
        let mut uses = BTreeMap::<_, Latest>::new();
        // By itself, so that the lock is not held while the uses are sorted.
        let waiting = std::mem::take(&mut *back.cells());
        for cell in waiting {
            // Before the time is read: a use that is noted from here on waits anew.
            cell.end_waiting();
            let Some(at) = cell.last() else { continue };
            let (latest, cells) = uses.entry(cell.secret()).or_insert_with(|| (at, Vec::new()));
            *latest = at.max(*latest);
            cells.push(cell);
        }
        Self { uses, back }
    }

    /// How many are left.
    pub(super) fn count(&self) -> usize {
        self.uses.len()
    }

    /// The next to be written; `None` where nothing is left.
    pub(super) fn batch(&self) -> Option<Vec<Use>> {
        let batch: Vec<_> = self
            .uses
            .iter()
            .take(BATCH)
            .map(|((credential, generation), (at, _))| Use {
                credential: *credential,
                generation: *generation,
                at: *at,
            })
            .collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Takes note that a batch was written.
    pub(super) fn written(&mut self, batch: &[Use]) {
        for used in batch {
            self.uses.remove(&(used.credential, used.generation));
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.uses.is_empty() {
            return;
        }
        let mut waiting = self.back.cells();
        for (_, cells) in std::mem::take(&mut self.uses).into_values() {
            // One for each secret. Another of its cells, if it is used again, comes back by itself.
            let Some(cell) = cells.into_iter().max_by_key(|cell| cell.last()) else { continue };
            if waiting.len() < MOST && cell.begin_waiting() {
                waiting.push(cell);
            }
        }
    }
}
