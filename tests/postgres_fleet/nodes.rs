//! Nodes over a store of the fleet.

use keyward::manage::Issued;
use keyward::store::{CredentialRecord, CredentialStore, StoreErrorKind};
use keyward::{
    Builder, CredentialId, Keyward, ManageError, Manager, MasterKeys, NewCredential, PostgresStore,
    SlowHashParams, time::ManualClock,
};

use crate::stores::{name, now, workspace};

/// A node with a cheap slow hash and a manual clock.
pub(crate) fn node(store: &PostgresStore, keys: MasterKeys) -> Builder {
    Keyward::builder(store.clone(), keys)
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
}

/// Issues a key, and retries until a server accepts writes again. Each try has a name of its own, because one whose outcome is
/// unknown may have been written.
pub(crate) async fn issued_after_failover(manager: &Manager<'_>) -> Issued {
    for attempt in 0_u32.. {
        let name = name(&format!("after {attempt}"));
        match manager.issue_app_key(NewCredential::new(workspace(), name)).await {
            Ok(issued) => return issued,
            Err(ManageError::Unavailable(_) | ManageError::Unknown { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    unreachable!("the attempts never end")
}

/// Returns a credential, and retries until a server answers within the store's time limit, however busy the machine is.
pub(crate) async fn found_after_failover(
    store: &PostgresStore,
    id: CredentialId,
) -> Option<CredentialRecord> {
    loop {
        match store.credential(id).await {
            Ok(found) => return found,
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}"),
        }
    }
}
