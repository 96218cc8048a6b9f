//! A Track set can be revealed by a node that has the master key of its seal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use keyward::store::CredentialStore;
use keyward::{
    Keyward, ManageError, MasterKey, MasterKeys, Refusal, UnavailableReason, kind::KindWord,
};

use crate::support::rekeying::adopt_lost;
use crate::support::rolling_change::{Key, RollingChange, issue, rotate};
use crate::support::{admin, again, block_on};

fn shown(node: &Keyward, key: &Key) -> Result<String, ManageError> {
    let revealed = block_on(node.manager(&admin()).reveal(key.id))?;
    Ok(revealed.secret.expose().to_owned())
}

#[test]
fn either_node_reveals_secrets_that_either_made() {
    let rolling = RollingChange::new();
    rolling.shop();
    for (maker, called) in rolling.nodes().into_iter().zip(["before", "after"]) {
        let key = issue(maker, KindWord::Track, called);
        for node in rolling.nodes() {
            assert_eq!(shown(node, &key).unwrap(), key.text);
        }
    }
    rolling.check();
}

#[test]
fn a_lost_secret_can_be_revealed_after_a_use_or_a_rotation() {
    let rolling = RollingChange::new();
    let [used, rotated] = [rolling.shop(), issue(&rolling.before, KindWord::Track, "rotated")];
    let new = again(&rolling.new);
    let node = rolling.node(MasterKeys::new(new).lost([rolling.old.id()]));
    adopt_lost(&node);
    for key in [&used, &rotated] {
        let refused = shown(&node, key);
        assert!(matches!(refused, Err(ManageError::Refused(Refusal::NotRevealable))));
    }
    used.present(&node).unwrap();
    assert_eq!(shown(&node, &used).unwrap(), used.text);
    let rotated = rotate(&node, &rotated);
    assert_eq!(shown(&node, &rotated).unwrap(), rotated.text);
}

#[test]
fn under_a_key_that_the_node_does_not_hold_no_attempt_is_decided() {
    let rolling = RollingChange::new();
    let key = rolling.shop();
    let stranger = rolling.node(MasterKeys::new(MasterKey::generate().unwrap()));
    let position = block_on(rolling.store.position()).unwrap();
    match shown(&stranger, &key) {
        Err(ManageError::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::UnknownMasterKey);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(block_on(rolling.store.position()).unwrap(), position, "no event was written");
}
