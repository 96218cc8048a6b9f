//! The storage of the state in a slot. Attempts read it without a lock.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::domain::UnlistedWorkspaces;
use crate::domain::policy::{AccountState, AccountStops, AccountView};
use crate::secrets::OwnerHash;
use crate::shell::sync::atomic::{AtomicU64, Ordering};

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
/// credential of a member, in an account that has inactive ones, and once for each state.
#[derive(Debug)]
pub(super) struct AccountStorage {
    /// The lowest byte is the state. The others count the changes, so that no two states are equal.
    state: AtomicU64,
    /// The view, if it has inactive owners. Written before the state that says so, and read after it. It can then be a later one.
    view: ArcSwapOption<AccountView>,
}

const UNKNOWN: u8 = 0;
// The lowest bits are those of `AccountStops`.
const KNOWN: u8 = 4;
const UNLISTED_CLOSED: u8 = 8;
const HAS_INACTIVE_OWNERS: u8 = 16;
const _: () = assert!(AccountStops::BITS < KNOWN);

/// Set only in an [`OwnerAnswer`].
const OWNER_IS_INACTIVE: u64 = 32;
/// The lowest bit of the count of changes.
const CHANGE: u64 = 256;

/// Whether the owner of one credential is inactive in the latest state that was asked. It saves the look-up, which takes longer than the rest
/// of the check of the account.
#[derive(Debug)]
pub(super) struct OwnerAnswer(AtomicU64);

impl OwnerAnswer {
    pub(super) fn unknown() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Returns the answer for this state, which `ask` gives once.
    #[inline]
    fn at(&self, state: u64, ask: impl FnOnce() -> Option<bool>) -> Option<bool> {
        let known = self.0.load(Ordering::Relaxed);
        if known & !OWNER_IS_INACTIVE == state {
            return Some(known & OWNER_IS_INACTIVE != 0);
        }
        let is_inactive = ask()?;
        self.0
            .store(if is_inactive { state | OWNER_IS_INACTIVE } else { state }, Ordering::Relaxed);
        Some(is_inactive)
    }
}

impl AccountStorage {
    /// Returns the state for a credential with this owner. `answer` is always the same for a credential.
    #[inline]
    pub(super) fn get(
        &self,
        owner: Option<OwnerHash>,
        answer: &OwnerAnswer,
    ) -> Option<AccountState> {
        let changed = self.state.load(Ordering::Acquire);
        let [state, ..] = changed.to_le_bytes();
        if state == UNKNOWN {
            return None;
        }
        let owner_is_inactive = match owner {
            Some(owner) if state & HAS_INACTIVE_OWNERS != 0 => {
                answer.at(changed, || self.is_inactive(owner))?
            }
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
        Self { state: AtomicU64::new(UNKNOWN.into()), view: ArcSwapOption::empty() }
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
        // The slot is locked, so no other change is counted at the same time.
        let count = (self.state.load(Ordering::Relaxed) & !(CHANGE - 1)).wrapping_add(CHANGE);
        self.state.store(count | u64::from(byte), Ordering::Release);
        if view.is_none() {
            self.view.store(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountStorage, OwnerAnswer, SlotStorage};
    use crate::domain::policy::{AccountStops, AccountView};
    use crate::domain::{InactiveOwners, UnlistedWorkspaces};
    use crate::secrets::OwnerHash;
    use std::sync::Arc;

    #[test]
    fn every_state_reads_back_for_every_owner() {
        let [bob, eve] = [1, 2_u128].map(|number| OwnerHash::from_bytes(number.to_be_bytes()));
        let inactive = InactiveOwners::from_bytes(&bob.to_bytes()).unwrap();
        let shelf = AccountStorage::empty();
        let of = |owner| (owner, OwnerAnswer::unknown());
        let owners = [of(None), of(Some(bob)), of(Some(eve))];
        assert!(owners.iter().all(|(owner, answer)| shelf.get(*owner, answer).is_none()));
        for stops in (0..=AccountStops::BITS).map(AccountStops::from_bits) {
            for unlisted_workspaces in [UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed] {
                for inactive_owners in [InactiveOwners::NONE, inactive.clone()] {
                    let view = AccountView { stops, unlisted_workspaces, inactive_owners };
                    shelf.put(Some(&Arc::new(view.clone())));
                    for (owner, answer) in owners.iter().chain(&owners) {
                        assert_eq!(shelf.get(*owner, answer), Some(view.state(*owner)));
                    }
                }
            }
        }
        shelf.put(None);
        assert!(owners.iter().all(|(owner, answer)| shelf.get(*owner, answer).is_none()));
    }

    /// The list has the same length and the same byte of state each time.
    #[test]
    fn an_answer_holds_only_until_the_next_change() {
        let [bob, eve] = [1, 2_u128].map(|number| OwnerHash::from_bytes(number.to_be_bytes()));
        let (shelf, answer) = (AccountStorage::empty(), OwnerAnswer::unknown());
        let view = |inactive: OwnerHash| AccountView {
            stops: AccountStops::from_bits(0),
            unlisted_workspaces: UnlistedWorkspaces::Open,
            inactive_owners: InactiveOwners::from_bytes(&inactive.to_bytes()).unwrap(),
        };
        for inactive in [bob, eve, bob, bob, eve] {
            shelf.put(Some(&Arc::new(view(inactive))));
            for _ in 0..2 {
                let state = shelf.get(Some(bob), &answer).unwrap();
                assert_eq!(state.owner_is_inactive, inactive == bob);
            }
        }
    }
}
