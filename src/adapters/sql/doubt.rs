//! Tracks whether a write may have been executed although its answer was lost.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{StoreError, StoreErrorKind};

/// Set while a call's write is in progress, and permanently if its answer was lost. A later success of the same write clears
/// it. A later refusal does not, because it says nothing about the first attempt.
#[derive(Debug, Default)]
pub(in crate::adapters) struct WriteDoubt(AtomicBool);

impl WriteDoubt {
    /// Waits for the answer to a commit, or to a statement that is its own transaction. `is_an_answer` returns `true` if the
    /// error means that nothing was written and nothing will be.
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

    /// Returns `true` if a write may have been executed, and its answer is not known.
    #[cfg(feature = "postgres")]
    pub(in crate::adapters) fn exists(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns the outcome of the call, or `Unknown` if it failed while a write is in doubt.
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

#[cfg(test)]
mod tests {
    use std::future::ready;

    use pollster::block_on;

    use super::*;

    /// The outcome of a write, or the kind of its error.
    type Written = Result<(), StoreErrorKind>;

    const REFUSED: Written = Err(StoreErrorKind::Conflict);
    const SILENT: Written = Err(StoreErrorKind::Unavailable);

    /// Returns the error of a call whose writes had these outcomes, one after the other.
    fn said(met: &[Written]) -> StoreErrorKind {
        let doubt = WriteDoubt::default();
        for outcome in met {
            let writing = ready(outcome.map_err(StoreError::new));
            let is_an_answer = |error: &StoreError| error.kind() == StoreErrorKind::Conflict;
            let answered = block_on(doubt.about(writing, is_an_answer));
            assert_eq!(answered.map_err(|error| error.kind()), *outcome);
        }
        let failed: Result<(), _> = Err(StoreError::new(StoreErrorKind::Other));
        doubt.or(failed).unwrap_err().kind()
    }

    #[test]
    fn a_write_is_in_doubt_from_a_lost_answer_until_the_same_write_succeeds() {
        assert_eq!(said(&[]), StoreErrorKind::Other);
        assert_eq!(said(&[REFUSED]), StoreErrorKind::Other);
        assert_eq!(said(&[SILENT]), StoreErrorKind::Unknown);
        assert_eq!(said(&[SILENT, REFUSED]), StoreErrorKind::Unknown);
        assert_eq!(said(&[SILENT, Ok(())]), StoreErrorKind::Other);
    }

    #[test]
    fn a_running_write_is_in_doubt() {
        let doubt = WriteDoubt::default();
        let mut writing = Box::pin(doubt.about(std::future::pending::<Written>(), |_| true));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(writing.as_mut().poll(&mut context).is_pending());
        drop(writing);
        let late: Result<(), _> = Err(StoreError::new(StoreErrorKind::Unavailable));
        assert_eq!(doubt.or(late).unwrap_err().kind(), StoreErrorKind::Unknown);
    }
}
