//! The storage of the state in a slot. Attempts read it without a lock.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::domain::UnlistedWorkspaces;
use crate::domain::policy::{AccountState, AccountStops, AccountView};
use crate::secrets::OwnerHash;
use crate::shell::sync::atomic::{AtomicU8, Ordering};

/// Storage for at most one state.
pub(super) trait SlotStorage: Send + Sync + 'static {
    type State: Send + Sync + 'static;

    fn empty() -> Self;

    fn put(&self, state: Option<&Arc<Self::State>>);
}

impl<V: Send + Sync + 'static> SlotStorage for ArcSwapOption<V> {
    type State = V;

    fn empty() -> Self {
        Self::empty()
    }

    fn put(&self, state: Option<&Arc<V>>) {
        self.store(state.cloned());
    }
}

/// The state of an account in one byte. A read writes no memory that cores share. The inactive owners are looked up only for a
/// credential of a member, in an account that has inactive ones.
#[derive(Debug)]
pub(super) struct AccountStorage {
    state: AtomicU8,
    /// The view, if it has inactive owners. Written before the state that says so, and read after it. It can then be a later one.
    view: ArcSwapOption<AccountView>,
}

const UNKNOWN: u8 = 0;
// The lowest bits are those of `AccountStops`.
const KNOWN: u8 = 4;
const UNLISTED_CLOSED: u8 = 8;
const HAS_INACTIVE_OWNERS: u8 = 16;
const _: () = assert!(AccountStops::BITS < KNOWN);

impl AccountStorage {
    /// Returns the state for a credential with this owner.
    #[inline]
    pub(super) fn get(&self, owner: Option<OwnerHash>) -> Option<AccountState> {
        let state = self.state.load(Ordering::Acquire);
        if state == UNKNOWN {
            return None;
        }
        let owner_is_inactive = match owner {
            Some(owner) if state & HAS_INACTIVE_OWNERS != 0 => self.is_inactive(owner)?,
            Some(_) | None => false,
        };
        Some(AccountState {
            stops: AccountStops::from_bits(state),
            unlisted_workspaces: if state & UNLISTED_CLOSED == 0 {
                UnlistedWorkspaces::Open
            } else {
                UnlistedWorkspaces::Closed
            },
            owner_is_inactive,
        })
    }

    /// Returns `None` if the view was invalidated in the meantime.
    fn is_inactive(&self, owner: OwnerHash) -> Option<bool> {
        let view = self.view.load();
        view.as_ref().map(|view| view.inactive_owners.contains(owner))
    }
}

impl SlotStorage for AccountStorage {
    type State = AccountView;

    fn empty() -> Self {
        Self { state: AtomicU8::new(UNKNOWN), view: ArcSwapOption::empty() }
    }

    fn put(&self, state: Option<&Arc<AccountView>>) {
        let has_owners = |state: &&Arc<AccountView>| !state.inactive_owners.is_empty();
        let view = state.filter(has_owners).cloned();
        if view.is_some() {
            self.view.store(view.clone());
        }
        let byte = state.map_or(UNKNOWN, |state| {
            let unlisted = match state.unlisted_workspaces {
                UnlistedWorkspaces::Open => 0,
                UnlistedWorkspaces::Closed => UNLISTED_CLOSED,
            };
            let owners = if has_owners(&state) { HAS_INACTIVE_OWNERS } else { 0 };
            KNOWN | state.stops.bits() | unlisted | owners
        });
        self.state.store(byte, Ordering::Release);
        if view.is_none() {
            self.view.store(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountStorage, SlotStorage};
    use crate::domain::policy::{AccountStops, AccountView};
    use crate::domain::{InactiveOwners, UnlistedWorkspaces};
    use crate::secrets::OwnerHash;
    use std::sync::Arc;

    #[test]
    fn every_state_reads_back_for_every_owner() {
        let [bob, eve] = [1, 2_u128].map(|number| OwnerHash::from_bytes(number.to_be_bytes()));
        let inactive = InactiveOwners::from_bytes(&bob.to_bytes()).unwrap();
        let shelf = AccountStorage::empty();
        assert_eq!(shelf.get(None), None);
        for stops in (0..=AccountStops::BITS).map(AccountStops::from_bits) {
            for unlisted_workspaces in [UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed] {
                for inactive_owners in [InactiveOwners::NONE, inactive.clone()] {
                    let view = AccountView { stops, unlisted_workspaces, inactive_owners };
                    shelf.put(Some(&Arc::new(view.clone())));
                    for owner in [None, Some(bob), Some(eve)] {
                        assert_eq!(shelf.get(owner), Some(view.state(owner)));
                    }
                }
            }
        }
        shelf.put(None);
        assert_eq!([None, Some(bob)].map(|owner| shelf.get(owner)), [None; 2]);
    }
}
