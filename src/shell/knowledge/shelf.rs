//! The storage of the state in a slot. Attempts read it without a lock.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::domain::UnlistedWorkspaces;
use crate::domain::policy::AccountView;
use crate::shell::sync::atomic::{AtomicU8, Ordering};

/// Storage for at most one state.
pub(super) trait Shelf: Send + Sync + 'static {
    type State: Send + Sync + 'static;

    fn empty() -> Self;

    fn put(&self, state: Option<&Arc<Self::State>>);
}

impl<V: Send + Sync + 'static> Shelf for ArcSwapOption<V> {
    type State = V;

    fn empty() -> Self {
        Self::empty()
    }

    fn put(&self, state: Option<&Arc<V>>) {
        self.store(state.cloned());
    }
}

/// The state of an account in one byte. A read writes no memory that cores share.
#[derive(Debug)]
pub(super) struct AccountShelf(AtomicU8);

const UNKNOWN: u8 = 0;
const KNOWN: u8 = 1;
const SUSPENDED: u8 = 2;
const CLOSED: u8 = 4;

impl AccountShelf {
    pub(super) fn get(&self) -> Option<AccountView> {
        match self.0.load(Ordering::Acquire) {
            UNKNOWN => None,
            state => Some(AccountView {
                suspended: state & SUSPENDED != 0,
                unlisted_workspaces: if state & CLOSED == 0 {
                    UnlistedWorkspaces::Open
                } else {
                    UnlistedWorkspaces::Closed
                },
            }),
        }
    }
}

impl Shelf for AccountShelf {
    type State = AccountView;

    fn empty() -> Self {
        Self(AtomicU8::new(UNKNOWN))
    }

    fn put(&self, state: Option<&Arc<AccountView>>) {
        let byte = state.map_or(UNKNOWN, |state| {
            let suspended = if state.suspended { SUSPENDED } else { 0 };
            let closed = match state.unlisted_workspaces {
                UnlistedWorkspaces::Open => 0,
                UnlistedWorkspaces::Closed => CLOSED,
            };
            KNOWN | suspended | closed
        });
        self.0.store(byte, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountShelf, Shelf};
    use crate::domain::UnlistedWorkspaces;
    use crate::domain::policy::AccountView;
    use std::sync::Arc;

    #[test]
    fn every_state_reads_back() {
        let shelf = AccountShelf::empty();
        assert_eq!(shelf.get(), None);
        for suspended in [false, true] {
            for unlisted_workspaces in [UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed] {
                let state = AccountView { suspended, unlisted_workspaces };
                shelf.put(Some(&Arc::new(state)));
                assert_eq!(shelf.get(), Some(state));
            }
        }
        shelf.put(None);
        assert_eq!(shelf.get(), None);
    }
}
