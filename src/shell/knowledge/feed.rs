//! How far this node has followed the history, and when it knew so.

use std::sync::Arc;
use std::time::Duration;

use crate::shell::errors::Unavailable;
use crate::shell::keyward::Inner;
use crate::shell::question::Question;
use crate::shell::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::{Changes, CredentialStore, Position, StoreError};
use crate::values::{Reading, Timestamp};

use super::loading::Failure;
use super::{Freshness, Knowledge};

/// How many events one call to the store asks for.
const PAGE: usize = 1_000;

/// The position that this node has followed, and when it was last confirmed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    question: Question<Result<(), Failure>>,
    /// Up to where this node's knowledge holds what happened; `None` before the first answer.
    position: Mutex<Option<Position>>,
    confirmed: Confirmed,
}

/// That this node has heard of everything that had happened when an attempt needs it to have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard(());

/// When the last confirmed poll was sent, by both clocks. Read without a lock, by every attempt.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    /// Nanoseconds of the monotonic clock and one; 0: never, or just being written.
    monotonic: AtomicU64,
    /// Microseconds of the wall clock.
    wall: AtomicI64,
}

impl Confirmed {
    pub(super) fn set(&self, at: Reading) {
        let monotonic = u64::try_from(at.monotonic.as_nanos()).unwrap_or(u64::MAX);
        self.monotonic.store(0, Ordering::SeqCst);
        self.wall.store(at.wall.as_micros(), Ordering::SeqCst);
        self.monotonic.store(monotonic.saturating_add(1), Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn get(&self) -> Option<Reading> {
        let monotonic = self.monotonic.load(Ordering::SeqCst);
        let wall = self.wall.load(Ordering::SeqCst);
        // Both belong together where nobody wrote in between.
        if monotonic == 0 || self.monotonic.load(Ordering::SeqCst) != monotonic {
            return None;
        }
        let wall = Timestamp::from_micros(wall).ok()?;
        Some(Reading::new(wall, Duration::from_nanos(monotonic - 1)))
    }
}

impl Knowledge {
    /// How long ago what this node knows was confirmed; `None` before the first time.
    #[inline]
    pub(crate) fn age(&self, now: &Reading) -> Option<Duration> {
        self.feed.confirmed.get().map(|confirmed| now.age_since(&confirmed))
    }

    /// Whether what this node knows is fresh enough for an attempt that needs no more than the bound.
    #[inline]
    pub(crate) fn heard(&self, now: &Reading) -> Option<Heard> {
        match self.freshness {
            Freshness::Bounded(bound) => {
                self.age(now).filter(|age| *age < bound).map(|_| Heard(()))
            }
            Freshness::Strict => None,
        }
    }
}

impl Inner {
    /// Asks the store what has happened, and forgets what has changed. The question is sent after this is
    /// called, by this caller or by another one for both.
    pub(crate) async fn hear(self: &Arc<Self>) -> Result<Heard, Unavailable> {
        let inner = Arc::clone(self);
        self.knowledge.feed.question.ask(|| async move { inner.follow().await }).await?;
        Ok(Heard(()))
    }

    async fn follow(&self) -> Result<(), Failure> {
        loop {
            let sent = self.clock.now();
            if self.follow_page().await? == Followed::ToTheEnd {
                self.knowledge.feed.confirmed.set(sent);
                return Ok(());
            }
        }
    }

    async fn follow_page(&self) -> Result<Followed, StoreError> {
        let Some(known) = *self.followed() else {
            // Nothing is kept yet that an earlier event could have changed.
            let position = self.store.position().await?;
            self.knowledge.invalidate_all();
            *self.followed() = Some(position);
            return Ok(Followed::ToTheEnd);
        };
        match self.store.changes_since(&known, PAGE).await? {
            Changes::Since { subjects, position } => {
                for (account, subject) in &subjects {
                    self.knowledge.invalidate(account, subject);
                }
                *self.followed() = Some(position);
                Ok(if subjects.len() < PAGE { Followed::ToTheEnd } else { Followed::APage })
            }
            Changes::TooFarBehind { position } => {
                tracing::info!(%known, now = %position, "too far behind: everything is read again");
                self.knowledge.invalidate_all();
                *self.followed() = Some(position);
                Ok(Followed::ToTheEnd)
            }
        }
    }

    fn followed(&self) -> MutexGuard<'_, Option<Position>> {
        self.knowledge.feed.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    ToTheEnd,
    APage,
}
