//! What the suite needs to know about a store.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::store::CredentialStore;
use crate::values::CredentialId;

/// How the suite makes a store and waits for it.
///
/// The cases share nothing: each makes its own store, and several may run at once. Cases about racing
/// callers call [`block_on`](Self::block_on) from several threads.
pub trait Harness: Sync {
    /// The store that is put to the proof.
    type Store: CredentialStore;

    /// An empty store, which no other one shares anything with: a database or a schema of its own. Where its name
    /// outlives the process, draw it at random: a process's number comes again, and so does what a run that was
    /// killed has left under it. A store whose making is asynchronous is made with [`block_on`](Self::block_on).
    fn fresh(&self) -> Self::Store;

    /// Another handle on the same data, as another node would have it: its own connections where it can
    /// have them, a clone otherwise. `None` where the store has neither: its only handle is then shared.
    fn another(&self, store: &Self::Store) -> Option<Self::Store>;

    /// Waits for a future. With tokio: `Runtime::block_on`; for futures that need no runtime:
    /// [`block_on`](crate::conformance::block_on).
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Takes back a store that [`fresh`](Self::fresh) made, when its case has ended, passed or failed: drop the schema or
    /// delete the file here. The handles that [`another`](Self::another) made of it are dropped before. A panic fails a
    /// case that has passed.
    ///
    /// The default drops the store, which is enough where nothing outlives it.
    fn discard(&self, store: Self::Store) {
        drop(store);
    }

    /// Spoils the row of a credential, so that it is a record no longer, and leaves its id and its name: an
    /// `UPDATE` that cuts its digest short, say. Only stores whose rows can be spoiled need this.
    fn spoil(&self, store: &Self::Store, credential: CredentialId) -> Planted {
        let _ = (store, credential);
        Planted::Impossible
    }
}

/// Whether a row could be spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it could or not")]
pub enum Planted {
    /// The row is no record any more.
    Corrupt,
    /// This store's rows cannot be spoiled from outside: what the contract says of corrupt rows is not proven.
    Impossible,
}

/// A store of a case, which goes back to its harness when the case has ended.
pub(super) struct Borrowed<'h, H: Harness> {
    harness: &'h H,
    store: Option<H::Store>,
}

impl<'h, H: Harness> Borrowed<'h, H> {
    /// An empty store of this harness.
    pub(super) fn fresh(harness: &'h H) -> Self {
        Self { harness, store: Some(harness.fresh()) }
    }
}

impl<H: Harness> Deref for Borrowed<'_, H> {
    type Target = H::Store;

    fn deref(&self) -> &H::Store {
        self.store.as_ref().expect("it is there until it is dropped")
    }
}

impl<H: Harness> Drop for Borrowed<'_, H> {
    fn drop(&mut self) {
        let Some(store) = self.store.take() else { return };
        let discard = AssertUnwindSafe(|| self.harness.discard(store));
        if !thread::panicking() {
            return discard.0();
        }
        // The case has failed, and its message is the one that counts: a second panic would end the process.
        let _second = catch_unwind(discard);
    }
}

/// Waits for a future on this thread, without any runtime: for stores whose futures need none.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
