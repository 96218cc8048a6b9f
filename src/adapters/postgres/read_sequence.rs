//! Reads one after the other on one connection.

use tokio::sync::{Mutex, OwnedSemaphorePermit};

use super::connection::KeptLease;
use super::marked_statement::Answer;
use super::store::PostgresStore;
use crate::adapters::sql::{Reader, Selects, Statement, Unreadable};
use crate::domain::EventOutline;
use crate::store::StoreError;

/// Runs statements one after the other, for a task that nobody cancels. It keeps its connection between them while other calls can
/// have another: the driver asks the server on each connection that returns to the pool.
#[derive(Debug)]
pub(super) struct ReadSequence<'s> {
    store: &'s PostgresStore,
    kept: KeptLease,
    /// The turn of the kept connection.
    turn: Mutex<Option<OwnedSemaphorePermit>>,
}

impl<'s> ReadSequence<'s> {
    pub(super) fn new(store: &'s PostgresStore) -> Self {
        Self { store, kept: KeptLease::default(), turn: Mutex::default() }
    }

    /// Returns the connection to the pool. No statement may be in progress.
    pub(super) fn end(&self) {
        self.kept.give_back();
    }
}

impl Reader for ReadSequence<'_> {
    type Row = Answer;

    const ONE_OF: &'static str = PostgresStore::ONE_OF;

    const AGE: &'static str = PostgresStore::AGE;

    const EVENTS: &'static str = PostgresStore::EVENTS;

    const HAS_LABEL: &'static str = PostgresStore::HAS_LABEL;

    const BEYOND_ASCII: &'static str = PostgresStore::BEYOND_ASCII;

    fn selects() -> &'static Selects {
        PostgresStore::selects()
    }

    fn outlines(row: &Answer) -> Result<Vec<(u64, EventOutline)>, Unreadable> {
        PostgresStore::outlines(row)
    }

    async fn rows(&self, statement: Statement<'_>) -> Result<Vec<Answer>, StoreError> {
        let mut turn = self.turn.lock().await;
        let answer = self.store.read_on(&self.kept, &mut turn, &statement).await;
        if self.store.pool.num_idle() == 0 {
            self.kept.give_back();
            *turn = None;
        }
        answer
    }
}
