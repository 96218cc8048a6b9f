//! Several nodes over one store that is directed, on a clock that is moved by hand.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyward::{
    Builder, Denial, DenialReason, Freshness, Keyward, MasterKey, MasterKeys, NotVerified,
    UnavailableReason, kind::KindWord, time::ManualClock,
};

use super::revocation::{LiveKey, Revocation};
use super::staged::Staged;
use super::{START, again, block_on, cheap_under};

/// The default freshness bound of a node.
pub const BOUND: Duration = Duration::from_secs(1);

/// The shortest time that a clock shows.
pub const TICK: Duration = Duration::from_micros(1);

/// The time for which a confirmed cache is fresh.
pub const FRESH: Duration = BOUND.saturating_sub(TICK);

/// The shared store and clock of several nodes.
#[derive(Debug)]
pub struct Nodes {
    pub store: Staged,
    pub clock: ManualClock,
    key: MasterKey,
}

impl Nodes {
    pub fn new() -> Self {
        Self {
            store: Staged::default(),
            clock: ManualClock::at(START.parse().unwrap()),
            key: MasterKey::generate().unwrap(),
        }
    }

    /// A node with the default bound.
    pub fn node(&self) -> Keyward {
        self.node_with(|builder| builder.freshness(Freshness::Bounded(BOUND)))
    }

    pub fn strict(&self) -> Keyward {
        self.node_with(|builder| builder.freshness(Freshness::Strict))
    }

    pub fn node_with(&self, set: impl FnOnce(Builder) -> Builder) -> Keyward {
        let keys = MasterKeys::new(again(&self.key));
        set(cheap_under(self.store.clone(), self.clock.clone(), keys)).build().unwrap()
    }

    /// An App key in an account of its own, which passes on each of these nodes, and so is in their memory.
    pub fn warm_key(&self, number: usize, nodes: &[&Keyward]) -> LiveKey {
        self.warm_key_before(number, KindWord::App, None, nodes)
    }

    /// Returns a cached key that is about to be revoked in this way.
    pub fn warm_key_before(
        &self,
        number: usize,
        kind: KindWord,
        revocation: Option<Revocation>,
        nodes: &[&Keyward],
    ) -> LiveKey {
        let key = block_on(LiveKey::issue(&self.node(), number, kind, revocation)).unwrap();
        for node in nodes {
            passes(node, &key);
        }
        key
    }
}

/// Presents a key that must pass.
#[track_caller]
pub fn passes(node: &Keyward, key: &LiveKey) {
    if let Err(error) = block_on(key.present(node)) {
        panic!("{error:?}");
    }
}

/// Presents a key that must be refused, and answers why it was.
#[track_caller]
pub fn refused(node: &Keyward, key: &LiveKey) -> DenialReason {
    denial(block_on(key.present(node))).reason()
}

/// Why an attempt was refused, which it must have been.
#[track_caller]
pub fn denial(outcome: Result<(), NotVerified>) -> Denial {
    match outcome {
        Err(NotVerified::Denied(denial)) => denial,
        other => panic!("{other:?}"),
    }
}

/// Presents a key whose attempt must be unavailable, and returns the reason.
#[track_caller]
pub fn undecided(node: &Keyward, key: &LiveKey) -> UnavailableReason {
    match block_on(key.present(node)) {
        Err(NotVerified::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}

/// A future that is polled by hand.
pub struct Hand<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

impl<'a, T> Hand<'a, T> {
    /// The future is not polled yet.
    pub fn of(future: impl Future<Output = T> + 'a) -> Self {
        Self(Box::pin(future))
    }

    /// Begins it: it is polled once, and waits for the store then.
    #[track_caller]
    pub fn begun(future: impl Future<Output = T> + 'a) -> Self {
        let mut hand = Self::of(future);
        assert!(hand.poll().is_pending(), "it does not wait");
        hand
    }

    pub fn poll(&mut self) -> Poll<T> {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Polls it once more, and it ends.
    #[track_caller]
    pub fn ends(mut self) -> T {
        match self.poll() {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("it still waits"),
        }
    }
}
