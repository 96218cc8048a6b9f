//! Whether what was sent to a database may have been done although nobody said so.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{StoreError, StoreErrorKind};

/// Set while what a call writes is on its way, and for good where its answer was lost. A later answer to the
/// same says that it is done; a later refusal says nothing about the first.
#[derive(Debug, Default)]
pub(in crate::adapters) struct WriteDoubt(AtomicBool);

impl WriteDoubt {
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

#[cfg(test)]
mod tests {
    use std::future::ready;

    use pollster::block_on;

    use super::*;

    /// What became of a write, and what its error means.
    type Written = Result<(), StoreErrorKind>;

    const REFUSED: Written = Err(StoreErrorKind::Conflict);
    const SILENT: Written = Err(StoreErrorKind::Unavailable);

    /// What a call says that met these, one after the other.
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
    fn there_is_doubt_from_a_lost_answer_until_one_to_the_same() {
        assert_eq!(said(&[]), StoreErrorKind::Other);
        assert_eq!(said(&[REFUSED]), StoreErrorKind::Other);
        assert_eq!(said(&[SILENT]), StoreErrorKind::Unknown);
        assert_eq!(said(&[SILENT, REFUSED]), StoreErrorKind::Unknown);
        assert_eq!(said(&[SILENT, Ok(())]), StoreErrorKind::Other);
    }

    #[test]
    fn there_is_doubt_while_a_write_is_on_its_way() {
        let doubt = WriteDoubt::default();
        let mut writing = Box::pin(doubt.about(std::future::pending::<Written>(), |_| true));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(writing.as_mut().poll(&mut context).is_pending());
        drop(writing);
        let late: Result<(), _> = Err(StoreError::new(StoreErrorKind::Unavailable));
        assert_eq!(doubt.or(late).unwrap_err().kind(), StoreErrorKind::Unknown);
    }
}
