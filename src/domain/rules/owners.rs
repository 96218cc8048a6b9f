//! The rules to stop all credentials of a member at once, and to undo that.

use crate::domain::account::AccountRecord;
use crate::domain::event::Action;
use crate::domain::inactive_owners::InactiveOwners;
use crate::secrets::OwnerHash;
use crate::values::ActorId;

use super::accounts::{AccountRuling, changed};
use super::refusal::Refusal;

/// Stops all credentials of a member.
pub(crate) fn deactivate(
    account: &AccountRecord,
    member: &ActorId,
) -> Result<AccountRuling, Refusal> {
    let owner = OwnerHash::of(&account.id, member);
    let full = Refusal::TooManyInactiveOwners { limit: InactiveOwners::MOST };
    let inactive_owners = account.inactive_owners.with(owner).ok_or(full)?;
    let after = AccountRecord { inactive_owners, ..account.clone() };
    Ok(changed(account, after, Action::MemberDeactivated { member: member.clone() }))
}

/// Reverts [`deactivate`].
pub(crate) fn reactivate(account: &AccountRecord, member: &ActorId) -> AccountRuling {
    let inactive_owners = account.inactive_owners.without(OwnerHash::of(&account.id, member));
    let after = AccountRecord { inactive_owners, ..account.clone() };
    changed(account, after, Action::MemberReactivated { member: member.clone() })
}

#[cfg(test)]
mod tests {
    use super::{Action, ActorId, InactiveOwners, Refusal, deactivate, reactivate};
    use crate::domain::{AccountRecord, sample};

    #[test]
    fn a_member_is_deactivated_once_and_reactivated_once() {
        let (account, bob) = (sample::account(), ActorId::new("bob").unwrap());
        let (off, action) = deactivate(&account, &bob).unwrap().unwrap();
        assert_eq!(action, Action::MemberDeactivated { member: bob.clone() });
        assert!(off.inactive_owners.includes(&account.id, &bob));
        assert_eq!(deactivate(&off, &bob), Ok(None));
        let (on, action) = reactivate(&off, &bob).unwrap();
        assert_eq!(action, Action::MemberReactivated { member: bob.clone() });
        assert!(on.inactive_owners.is_empty());
        assert_eq!(reactivate(&on, &bob), None);
        assert_eq!(on.revision, account.revision.next().next());
    }

    #[test]
    fn a_thousand_members_can_be_inactive_and_no_more() {
        let bytes: Vec<_> = (1..=1_000_u128).flat_map(u128::to_be_bytes).collect();
        let inactive_owners = InactiveOwners::from_bytes(&bytes).unwrap();
        let account = AccountRecord { inactive_owners, ..sample::account() };
        let refused = deactivate(&account, &ActorId::new("bob").unwrap());
        assert_eq!(refused, Err(Refusal::TooManyInactiveOwners { limit: 1_000 }));
    }
}
