//! Nodes over a store of the fleet.

use keyward::manage::IssuedAppKey;
use keyward::{
    Builder, Keyward, ManageError, Manager, MasterKeys, NewCredential, PostgresStore,
    SlowHashParams, time::ManualClock,
};

use crate::stores::{name, now, workspace};

/// A node with a cheap slow hash and a clock that stands still.
pub(crate) fn node(store: &PostgresStore, keys: MasterKeys) -> Builder {
    Keyward::builder(store.clone(), keys)
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
}

/// Issues a key, as often as it takes until a server accepts writes again.
pub(crate) async fn issued_after_failover(manager: &Manager<'_>) -> IssuedAppKey {
    loop {
        match manager.issue_app_key(NewCredential::new(workspace(), name("after"))).await {
            Ok(issued) => return issued,
            Err(ManageError::Unavailable(_) | ManageError::Unknown { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}
