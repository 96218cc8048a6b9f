//! Pending uses, and uses that are being written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::Use;
use crate::values::{CredentialId, GenerationNumber, Timestamp};

use super::cell::UseCell;

/// Maximum number of secrets with a pending use, also after a failed flush. Further uses are not recorded until a flush succeeds.
pub(super) const MOST: usize = if cfg!(test) { 4_096 } else { 1_048_576 };

/// Maximum number of uses in one call to the store.
const BATCH: usize = 1_000;

/// The secrets with a pending use.
#[derive(Debug, Default)]
pub(super) struct WaitingUses(Mutex<Vec<Arc<UseCell>>>);

impl WaitingUses {
    /// Adds a cell, unless it is pending already or the limit is reached. Returns the number of pending cells if it was added.
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

    /// Returns the number of secrets with a pending use.
    pub(super) fn count(&self) -> usize {
        self.cells().len()
    }

    fn cells(&self) -> MutexGuard<'_, Vec<Arc<UseCell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Uses that are being written, sorted and merged by maximum. On drop, because of an error or a cancellation, the remaining uses
/// become pending again.
pub(super) struct Taken<'a> {
    uses: BTreeMap<(CredentialId, GenerationNumber), Latest>,
    back: &'a WaitingUses,
}

/// The last use of one secret, and its cells. There are several if the credential was read again in between.
type Latest = (Timestamp, Vec<Arc<UseCell>>);

impl<'a> Taken<'a> {
    /// Takes all pending uses.
    pub(super) fn of(back: &'a WaitingUses) -> Self {
        let mut uses = BTreeMap::<_, Latest>::new();
        // A separate statement, so that the lock is not held during the sort.
        let waiting = std::mem::take(&mut *back.cells());
        for cell in waiting {
            // Before the time is read: a later use becomes pending again.
            cell.end_waiting();
            let Some(at) = cell.last() else { continue };
            let (latest, cells) = uses.entry(cell.secret()).or_insert_with(|| (at, Vec::new()));
            *latest = at.max(*latest);
            cells.push(cell);
        }
        Self { uses, back }
    }

    /// Returns the number of remaining uses.
    pub(super) fn count(&self) -> usize {
        self.uses.len()
    }

    /// Returns the next batch to write over times that are more than `grain` older; `None` if none remains.
    pub(super) fn batch(&self, grain: Duration) -> Option<Vec<Use>> {
        let batch: Vec<_> = self
            .uses
            .iter()
            .take(BATCH)
            .map(|((credential, generation), (at, _))| Use {
                credential: *credential,
                generation: *generation,
                at: *at,
                older_than: at.saturating_sub(grain),
            })
            .collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Removes a written batch.
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
            // One cell for each secret is enough. Another cell is added again at its next use.
            let Some(cell) = cells.into_iter().max_by_key(|cell| cell.last()) else { continue };
            if waiting.len() < MOST && cell.begin_waiting() {
                waiting.push(cell);
            }
        }
    }
}
