//! Whether what was sent to a database may have been done although nobody said so.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{StoreError, StoreErrorKind};

/// Set while what a call writes is on its way, and for good where its answer was lost. A later answer to the
/// same says that it is done; a later refusal says nothing about the first.
#[derive(Debug, Default)]
pub(in crate::adapters) struct Doubt(AtomicBool);

impl Doubt {
    /// Waits for the answer to what makes rows stand: a commit, or a statement that is its own. `is_an_answer` says
    /// of an error whether nothing was written, nor ever will be.
    pub(in crate::adapters) async fn about<T, E>(
        &self,
        writing: impl Future<Output = Result<T, E>>,
        is_an_answer: impl FnOnce(&E) -> bool,
    ) -> Result<T, E> {
        let was_there = self.0.swap(true, Ordering::Relaxed);
        let outcome = writing.await;
        match &outcome {
            Ok(_) => self.0.store(false, Ordering::Relaxed),
            Err(error) if is_an_answer(error) => self.0.store(was_there, Ordering::Relaxed),
            Err(_) => {}
        }
        outcome
    }

    /// What the call says: where there is doubt, that it does not know.
    pub(in crate::adapters) fn or<T>(
        &self,
        outcome: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            if self.0.load(Ordering::Relaxed) {
                StoreError::new(StoreErrorKind::Unknown).because(error)
            } else {
                error
            }
        })
    }
}
