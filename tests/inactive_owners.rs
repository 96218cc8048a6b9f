//! Members who left: one commit stops all their keys, and one more starts them again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::env;
use std::sync::{Arc, Mutex};

use keyward::history::Action;
use keyward::store::{Change, CredentialStore, StoreError};
use keyward::{
    ActorId, Attempt, DenialReason, Keyward, ManageError, MasterKeys, MemoryStore, NewCredential,
    NotVerified, Refusal,
    manage::{Issued, Owner},
};

use crate::support::directed::{Directed, Director};
use crate::support::{World, admin, again, block_on, cheap_under, name, shop};

/// How many keys the member owns, where nothing is said.
const KEYS: usize = 200;

fn keys() -> usize {
    env::var("KEYWARD_OWNED").map_or(KEYS, |text| text.parse().unwrap())
}

fn bob() -> ActorId {
    ActorId::new("bob").unwrap()
}

fn owned(called: &str, member: &str) -> NewCredential {
    let id = ActorId::new(member).unwrap();
    NewCredential::new(shop(), name(called)).owner(Owner::Member { id })
}

fn issue(world: &World, new: NewCredential) -> Issued {
    block_on(world.keyward.manager(&admin()).issue_app_key(new)).unwrap()
}

fn denial(keyward: &Keyward, issued: &Issued) -> Option<DenialReason> {
    match block_on(keyward.verify(&Attempt::app(issued.secret.expose()))) {
        Ok(_) => None,
        Err(NotVerified::Denied(denial)) => Some(denial.reason()),
        Err(undecided) => panic!("{undecided:?}"),
    }
}

/// A world with a shop, and another node over its store.
fn two_nodes() -> (World, Keyward) {
    let key = keyward::MasterKey::generate().unwrap();
    let again = crate::support::again(&key);
    let world = World::built(|store, clock| cheap_under(store, clock, MasterKeys::new(key)));
    let other = cheap_under(world.store.clone(), world.clock.clone(), MasterKeys::new(again));
    let other = other.build().unwrap();
    world.shop();
    (world, other)
}

#[test]
fn all_keys_of_a_member_are_stopped_by_one_commit_and_started_by_another() {
    let (world, other) = two_nodes();
    let own: Vec<_> =
        (0..keys()).map(|number| issue(&world, owned(&format!("key {number}"), "bob"))).collect();
    let eves = issue(&world, owned("of eve", "eve"));
    let accounts = issue(&world, NewCredential::new(shop(), name("of the account")));
    let passes = |keyward: &Keyward, issued: &Issued| denial(keyward, issued).is_none();
    assert!(own.iter().all(|issued| passes(&world.keyward, issued) && passes(&other, issued)));

    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let commits = || block_on(world.store.position()).unwrap().number();
    let before = commits();
    block_on(manager.deactivate(&bob())).unwrap();
    assert_eq!(commits(), before + 1);
    block_on(manager.deactivate(&bob())).unwrap();
    assert_eq!(commits(), before + 1, "the member is inactive already");
    world.clock.advance(std::time::Duration::from_mins(1));
    for keyward in [&world.keyward, &other] {
        let stopped = Some(DenialReason::OwnerInactive);
        assert!(own.iter().all(|issued| denial(keyward, issued) == stopped));
        assert!(passes(keyward, &eves) && passes(keyward, &accounts));
    }
    assert!(block_on(manager.is_inactive(&bob())).unwrap());

    block_on(manager.reactivate(&bob())).unwrap();
    assert_eq!(commits(), before + 2);
    world.clock.advance(std::time::Duration::from_mins(1));
    assert!(own.iter().all(|issued| passes(&world.keyward, issued) && passes(&other, issued)));
    let revision = own[0].credential.revision;
    let shown = block_on(manager.credential(own[0].credential.id)).unwrap();
    assert_eq!(shown.revision, revision, "no credential was written");
}

#[test]
fn nothing_is_issued_to_an_inactive_member() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.deactivate(&bob())).unwrap();
    world.refuses(&Refusal::InactiveOwner, manager.issue_app_key(owned("backend", "bob")));
    world.refuses(&Refusal::InactiveOwner, manager.issue_track_set(owned("set", "bob")));
    drop(issue(&world, owned("backend", "eve")));
    block_on(manager.reactivate(&bob())).unwrap();
    drop(issue(&world, owned("reports", "bob")));
}

/// Another node does something before this node reactivates the member.
#[derive(Debug, Clone, Default)]
struct Meanwhile(Arc<Mutex<Option<Keyward>>>);

impl Director for Meanwhile {
    async fn commit(&self, store: &MemoryStore, change: &Change) -> Result<(), StoreError> {
        if matches!(change.action, Action::MemberReactivated { .. }) {
            let other = self.0.lock().unwrap().take();
            if let Some(other) = other {
                give_a_key_and_deactivate_again(&other);
            }
        }
        store.commit(change).await
    }
}

fn give_a_key_and_deactivate_again(node: &Keyward) {
    let admin = admin();
    let manager = node.manager(&admin);
    block_on(manager.reactivate(&bob())).unwrap();
    drop(block_on(manager.issue_app_key(owned("late", "bob"))).unwrap());
    block_on(manager.deactivate(&bob())).unwrap();
}

/// Without a comparison, the keys that the member got in the meantime would work, although the last word was to stop them.
#[test]
fn a_member_who_got_a_key_while_the_last_one_was_handed_over_stays_inactive() {
    let key = keyward::MasterKey::generate().unwrap();
    let keys = || MasterKeys::new(again(&key));
    let world = World::built(|store, clock| cheap_under(store, clock, keys()));
    world.shop();
    drop(issue(&world, owned("first", "bob")));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.deactivate(&bob())).unwrap();

    let other = cheap_under(world.store.clone(), world.clock.clone(), keys()).build().unwrap();
    let meanwhile = Meanwhile(Arc::new(Mutex::new(Some(other))));
    let store = Directed::new(world.store.clone(), meanwhile.clone());
    let node = cheap_under(store, world.clock.clone(), keys()).build().unwrap();
    let owner = Owner::Member { id: bob() };
    let batch = block_on(node.manager(&admin).hand_over(&owner, &Owner::Account, None)).unwrap();
    assert_eq!((batch.done, batch.next), (1, None));
    assert!(meanwhile.0.lock().unwrap().is_none(), "the other node was in between");
    assert!(block_on(manager.is_inactive(&bob())).unwrap());

    let batch = block_on(node.manager(&admin).hand_over(&owner, &Owner::Account, None)).unwrap();
    assert_eq!((batch.done, batch.next), (1, None));
    assert!(!block_on(manager.is_inactive(&bob())).unwrap(), "nothing is left");
}

/// How many deactivations race, where nothing is said.
const RACING: usize = 1_100;

/// The other limits of a credential, 50 networks and 16 labels, are limits of one value, which one change sets whole.
#[test]
fn racing_deactivations_never_exceed_the_limit() {
    let (world, other) = two_nodes();
    let racing = env::var("KEYWARD_LIMITS").map_or(RACING, |text| text.parse().unwrap());
    let full = Refusal::TooManyInactiveOwners { limit: 1_000 };
    let deactivate = |keyward: &Keyward, first: usize| {
        let admin = admin();
        let manager = keyward.manager(&admin);
        let member = |number: usize| ActorId::new(format!("member {number}")).unwrap();
        let done = |number: &usize| loop {
            match block_on(manager.deactivate(&member(*number))) {
                Ok(()) => return true,
                Err(ManageError::Refused(refusal)) if refusal == full => return false,
                // Others changed the account at each attempt.
                Err(ManageError::Busy) => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        (first..racing).step_by(4).filter(done).count()
    };
    let done: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = [&world.keyward, &other, &world.keyward, &other]
            .into_iter()
            .enumerate()
            .map(|(first, keyward)| scope.spawn(move || deactivate(keyward, first)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(done, racing.min(1_000));
    let account = block_on(world.keyward.manager(&admin()).account()).unwrap();
    assert_eq!(account.inactive_owners, 1_000);
}

#[test]
fn a_thousand_members_can_be_inactive_and_each_is_told_apart() {
    let world = World::new();
    world.shop();
    let bobs = issue(&world, owned("of bob", "bob"));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let member = |number: usize| ActorId::new(format!("member {number}")).unwrap();
    for number in 0..1_000 {
        block_on(manager.deactivate(&member(number))).unwrap();
    }
    let full = Refusal::TooManyInactiveOwners { limit: 1_000 };
    world.refuses(&full, manager.deactivate(&bob()));
    assert_eq!(block_on(manager.account()).unwrap().inactive_owners, 1_000);
    assert_eq!(denial(&world.keyward, &bobs), None);
    block_on(manager.reactivate(&member(500))).unwrap();
    block_on(manager.deactivate(&bob())).unwrap();
    assert_eq!(denial(&world.keyward, &bobs), Some(DenialReason::OwnerInactive));
}
