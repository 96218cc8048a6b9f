//! A memory store that fails at one call, or from one on.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use keyward::MemoryStore;
use keyward::store::{StoreError, StoreErrorKind};

use super::directed::{self, Directed, Director};

/// Which sort of call a store got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Read,
    Commit,
    Refresh,
    RecordUses,
}

/// Every kind that a store's error can be of.
pub const KINDS: [StoreErrorKind; 6] = [
    StoreErrorKind::Conflict,
    StoreErrorKind::Corrupt,
    StoreErrorKind::Unavailable,
    StoreErrorKind::Unknown,
    StoreErrorKind::Misconfigured,
    StoreErrorKind::Other,
];

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// At which call after it was set, counted from 0.
    pub at: usize,
    pub kind: StoreErrorKind,
    pub when: When,
}

/// Whether the call was carried out before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
    /// Not carried out, and neither is any later call.
    FromThenOn,
    /// None of these is carried out, whichever call it is.
    Each(Call),
}

/// A store that fails at chosen calls. Clones share one store.
pub type FailingStore = Directed<MemoryStore, Faults>;

/// The fault that is to come, and the calls so far.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    calls: Vec<Call>,
    fault: Option<Fault>,
}

impl Faults {
    pub fn over(store: MemoryStore) -> FailingStore {
        Directed::new(store, Self::default())
    }

    /// Fails like this from now on, or no more. Calls are counted from here.
    pub fn set(&self, fault: impl Into<Option<Fault>>) {
        *self.plan() = Plan { calls: Vec::new(), fault: fault.into() };
    }

    /// The calls since it was last set.
    pub fn calls(&self) -> Vec<Call> {
        self.plan().calls.clone()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap()
    }
}

impl Call {
    /// Deletions by age are no part of an operation.
    fn of(call: directed::Call) -> Option<Self> {
        match call {
            directed::Call::Prune | directed::Call::Purge | directed::Call::Networks => None,
            directed::Call::Commit => Some(Self::Commit),
            directed::Call::Refresh => Some(Self::Refresh),
            directed::Call::RecordUses => Some(Self::RecordUses),
            directed::Call::IdKey
            | directed::Call::Credential
            | directed::Call::Workspace
            | directed::Call::Account
            | directed::Call::List
            | directed::Call::Operation
            | directed::Call::Check
            | directed::Call::Feed => Some(Self::Read),
        }
    }
}

impl Director for Faults {
    async fn direct<T: Send>(
        &self,
        call: directed::Call,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let Some(call) = Call::of(call) else { return work.await };
        let fault = {
            let mut plan = self.plan();
            let number = plan.calls.len();
            plan.calls.push(call);
            plan.fault.filter(|fault| match fault.when {
                When::Before | When::After => number == fault.at,
                When::FromThenOn => number >= fault.at,
                When::Each(failing) => call == failing,
            })
        };
        let Some(fault) = fault else { return work.await };
        if fault.when == When::After {
            work.await?;
        }
        let lost = io::Error::new(io::ErrorKind::ConnectionReset, "the wire was cut");
        Err(StoreError::new(fault.kind).because(lost))
    }
}
