//! Runs the calls of requests to their end, even if the caller leaves: an answer that nobody reads would leave the connection in
//! an unknown state, and it would have to be closed.

use std::sync::Arc;

use sqlx::Execute;
use sqlx::postgres::{PgArguments, PgConnection};
use tokio::sync::{AcquireError, OwnedSemaphorePermit};
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;

use super::admission::IdleConnection;
use super::connection::{KeptLease, Lease};
use super::error::{CallFailure, failed};
use super::marked_statement::{Answer, MarkedStatement};
use super::rows::bind;
use super::store::PostgresStore;
use crate::adapters::sql::{Statement, expect_runtime, until};
use crate::store::{StoreError, StoreErrorKind};

/// A statement that reads, with its values in the form in which they are sent.
struct Read {
    marked: MarkedStatement,
    values: PgArguments,
}

impl PostgresStore {
    /// Returns the rows that a statement has found. A caller who leaves while it waits for its turn leaves nothing behind. After
    /// that, the read continues without the caller and returns its connection.
    pub(super) async fn read(&self, statement: &Statement<'_>) -> Result<Vec<Answer>, StoreError> {
        let end = self.time_limit.end();
        let read = self.encoded(statement)?;
        until(end, async {
            let turn = self.turn().await;
            let store = self.clone();
            let reading = async move {
                let kept = KeptLease::default();
                let answer = store.patiently(|| store.fetch_on(&kept, &read)).await;
                kept.give_back();
                answer
            };
            read_to_the_end(end, turn, reading).await
        })
        .await
    }

    /// The same for a poll of the change feed, on the feed's own connection.
    pub(super) async fn poll(&self, statement: &Statement<'_>) -> Result<Vec<Answer>, StoreError> {
        let end = self.time_limit.end();
        let read = self.encoded(statement)?;
        until(end, async {
            let mut feed = Arc::clone(&self.admission.feed).lock_owned().await;
            let store = self.clone();
            let polling = async move {
                let usable = feed.take().and_then(|feed| feed.within(store.idle_limit));
                let kept = KeptLease::of(usable.map(Lease::own));
                let answer = store.patiently(|| store.fetch_on(&kept, &read)).await;
                let own = kept.take().map(Lease::detached).and_then(Lease::into_own);
                *feed = own.map(IdleConnection::new);
                answer
            };
            read_to_the_end(end, (), polling).await
        })
        .await
    }

    /// The same on a kept connection, for a task that nobody cancels. `turn` is the turn of that connection, or `None`.
    pub(super) async fn read_on(
        &self,
        kept: &KeptLease,
        turn: &mut Option<OwnedSemaphorePermit>,
        statement: &Statement<'_>,
    ) -> Result<Vec<Answer>, StoreError> {
        let read = self.encoded(statement)?;
        until(self.time_limit.end(), async {
            if turn.is_none() {
                *turn = self.turn().await.ok();
            }
            self.patiently(|| self.fetch_on(kept, &read)).await
        })
        .await
    }

    /// Waits until another read can run.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.admission.reads).acquire_owned().await
    }

    /// Reads on the kept connection, or on one of the pool, and keeps it. After a failure, the next read takes another.
    async fn fetch_on(&self, kept: &KeptLease, read: &Read) -> Result<Vec<Answer>, CallFailure> {
        let mut lease = match kept.take() {
            Some(lease) if !self.pool.is_closed() => lease,
            _ => self.lease().await?,
        };
        let answer = read.run(lease.connection()?).await;
        match answer {
            Ok(rows) => {
                kept.keep(lease);
                Ok(rows)
            }
            Err(failure) => Err(Box::pin(lease.judged(failure)).await),
        }
    }

    fn encoded(&self, statement: &Statement<'_>) -> Result<Read, StoreError> {
        let marked = self.schema.marked(&statement.text);
        let values = bind(sqlx::query(marked.sql.clone()), &statement.values).take_arguments();
        let values = values.map_err(|error| failed(sqlx::Error::Encode(error)))?;
        Ok(Read { marked, values: values.unwrap_or_default() })
    }
}

impl Read {
    /// Returns the rows, if the answer belongs to this statement and comes from a primary.
    async fn run(&self, connection: &mut PgConnection) -> Result<Vec<Answer>, CallFailure> {
        let query = sqlx::query_with(self.marked.sql.clone(), self.values.clone());
        self.marked.answers(query.fetch_all(connection).await?)
    }
}

/// Starts a read, which runs until its end or the time limit even if the caller leaves. `turn` is kept until then.
fn read_to_the_end<T: Send + 'static>(
    end: Instant,
    turn: impl Send + 'static,
    reading: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> impl Future<Output = Result<T, StoreError>> + Send {
    let reading = async move {
        let answer = until(end, reading).await;
        drop(turn);
        answer
    };
    to_the_end(reading, StoreErrorKind::Unavailable)
}

/// Starts a call, which runs to its end even if the caller leaves. `cut_off` is the error if the runtime ends first, or if the
/// driver panics.
pub(super) fn to_the_end<T: Send + 'static>(
    call: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    cut_off: StoreErrorKind,
) -> impl Future<Output = Result<T, StoreError>> + Send {
    let started = expect_runtime().map(|()| tokio::spawn(call.with_current_subscriber()));
    async move {
        match started?.await {
            Ok(answer) => answer,
            Err(ended) => Err(StoreError::new(cut_off).because(ended)),
        }
    }
}
