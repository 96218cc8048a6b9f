//! Who can show a Track set again: a node that holds the master key under which it is sealed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use keyward::store::CredentialStore;
use keyward::{
    Keyward, ManageError, MasterKey, MasterKeys, Refusal, UnavailableReason, kind::KindWord,
};

use crate::support::midst::{Key, Midst, issue, rotate};
use crate::support::rekeying::adopt_lost;
use crate::support::{admin, again, block_on};

fn shown(node: &Keyward, key: &Key) -> Result<String, ManageError> {
    let revealed = block_on(node.manager(&admin()).reveal(key.id))?;
    Ok(revealed.secret.expose().to_owned())
}

#[test]
fn either_node_shows_what_either_made() {
    let midst = Midst::new();
    midst.shop();
    for (maker, called) in midst.nodes().into_iter().zip(["before", "after"]) {
        let key = issue(maker, KindWord::Track, called);
        for node in midst.nodes() {
            assert_eq!(shown(node, &key).unwrap(), key.text);
        }
    }
    midst.check();
}

#[test]
fn what_is_lost_is_shown_again_after_a_use_or_a_rotation() {
    let midst = Midst::new();
    let [used, rotated] = [midst.shop(), issue(&midst.before, KindWord::Track, "rotated")];
    let new = again(&midst.new);
    let node = midst.node(MasterKeys::new(new).lost([midst.old.id()]));
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
fn under_a_key_that_the_node_has_never_heard_of_nobody_can_tell() {
    let midst = Midst::new();
    let key = midst.shop();
    let stranger = midst.node(MasterKeys::new(MasterKey::generate().unwrap()));
    let position = block_on(midst.store.position()).unwrap();
    match shown(&stranger, &key) {
        Err(ManageError::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::UnknownMasterKey);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(block_on(midst.store.position()).unwrap(), position, "no event was written");
}
