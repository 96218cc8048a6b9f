//! The harness: how the suite makes stores and waits for their futures.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::store::CredentialStore;
use crate::values::CredentialId;

/// Makes the stores of the suite, and waits for their futures.
///
/// The cases share nothing. Each case makes its own store, and several cases can run at the same time. Cases about racing callers
/// call [`block_on`](Self::block_on) from several threads.
pub trait Harness: Sync {
    /// The store to test.
    type Store: CredentialStore;

    /// Creates an empty store that shares no data with any other one, such as a database or a schema of its own.
    ///
    /// If the name of the database outlives the process, draw it at random. A process id is not enough: ids repeat, and a killed
    /// run can leave its database behind. If the creation is asynchronous, use [`block_on`](Self::block_on).
    fn fresh(&self) -> Self::Store;

    /// Returns another handle for the same data, as another node would have it. Give it its own connections if possible, and a
    /// clone otherwise. Return `None` if neither is possible; the cases then share the only handle.
    fn another(&self, store: &Self::Store) -> Option<Self::Store>;

    /// Waits for a future. With tokio, use `Runtime::block_on`. For futures that need no runtime, use
    /// [`block_on`](crate::conformance::block_on).
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Discards a store of [`fresh`](Self::fresh) after its case has passed or failed. Drop the schema or delete the file here.
    /// The handles from [`another`](Self::another) are dropped before. A panic here fails a case that has passed.
    ///
    /// The default implementation drops the store, which is enough if no data outlives it.
    fn discard(&self, store: Self::Store) {
        drop(store);
    }

    /// Corrupts the row of a credential so that it cannot be read as a record, and keeps its id and its name. For example, an
    /// `UPDATE` can truncate its digest. Only stores whose rows can be corrupted need this.
    fn spoil(&self, store: &Self::Store, credential: CredentialId) -> Planted {
        let _ = (store, credential);
        Planted::Impossible
    }
}

/// The result of [`Harness::spoil`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a row was corrupted or was not")]
pub enum Planted {
    /// The row is corrupt.
    Corrupt,
    /// The rows of this store cannot be corrupted from outside. The promises about corrupt rows are not tested.
    Impossible,
}

/// The store of a case, which is returned to the harness at the end of the case.
pub(super) struct Borrowed<'h, H: Harness> {
    harness: &'h H,
    store: Option<H::Store>,
}

impl<'h, H: Harness> Borrowed<'h, H> {
    /// Creates an empty store.
    pub(super) fn fresh(harness: &'h H) -> Self {
        Self { harness, store: Some(harness.fresh()) }
    }
}

impl<H: Harness> Deref for Borrowed<'_, H> {
    type Target = H::Store;

    fn deref(&self) -> &H::Store {
        self.store.as_ref().expect("the store is present until drop")
    }
}

impl<H: Harness> Drop for Borrowed<'_, H> {
    fn drop(&mut self) {
        let Some(store) = self.store.take() else { return };
        let discard = AssertUnwindSafe(|| self.harness.discard(store));
        if !thread::panicking() {
            return discard.0();
        }
        // The message of the failed case is the important one, and a second panic would abort the process.
        let _second = catch_unwind(discard);
    }
}

/// Waits for a future on this thread, without a runtime.
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
