//! A service with kinds of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fmt::Debug;

use keyward::store::{CredentialStore, PageItem};
use keyward::{
    App, Attempt, BuildError, DenialReason, Keyward, Kind, ManageError, MasterKey, MasterKeys,
    MemoryStore, NewCredential, NewWorkspace, NotVerified, Refusal, SlowHashParams, Track,
    UnavailableReason, Verified, VerifiedAny,
    error::KindsError,
    kind::{IntegrationSpec, KindSpec, KindWord},
    manage::{CredentialFilter, Integration},
};

use crate::support::kinds::kinds;
use crate::support::{admin, again, block_on, name, shop};

kinds! {
    Live: KindSpec::token("live", "live key", "live keys").header("X-API-Key");
    Test: KindSpec::token("test", "test key", "test keys").shown_again();
    SiteInfo: KindSpec::pair("site", "site pair", "site pairs").keep_one("default");
    Hook: KindSpec::pair("hook01", "hook", "hooks").bearer("Hooks");
}

const FEED: IntegrationSpec = IntegrationSpec::new::<SiteInfo>("feed", "Product feed");

/// A service with all four over a store.
fn four(store: &MemoryStore, key: &MasterKey) -> Keyward {
    let builder = Keyward::builder(store.clone(), MasterKeys::new(again(key)));
    let builder = builder.kind::<Live>().kind::<Test>().kind::<SiteInfo>().kind::<Hook>();
    builder.integrations([FEED]).slow_hash(SlowHashParams::dangerous_cheap()).build().unwrap()
}

/// A service with one kind over a store.
fn one(store: &MemoryStore, key: &MasterKey) -> Keyward {
    let builder = Keyward::builder(store.clone(), MasterKeys::new(again(key))).kind::<Live>();
    builder.slow_hash(SlowHashParams::dangerous_cheap()).build().unwrap()
}

fn new(called: &str) -> NewCredential {
    NewCredential::new(shop(), name(called))
}

fn refusal<T: Debug>(outcome: Result<T, ManageError>) -> Refusal {
    match outcome {
        Err(ManageError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn unregistered<T: Debug>(outcome: Result<T, NotVerified>) {
    match outcome {
        Err(NotVerified::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::UnregisteredKind);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_verifies_as_itself_alone() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (node, actor) = (four(&store, &key), admin());
    let manager = node.manager(&actor);
    let added = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let first = added.first.unwrap();
    assert_eq!(
        (first.credential.kind, first.credential.name.as_str()),
        (SiteInfo::WORD, "default")
    );

    let live = block_on(manager.issue::<Live>(new("a"))).unwrap();
    let test = block_on(manager.issue_of(Test::WORD, new("a"))).unwrap();
    let hook = block_on(manager.issue::<Hook>(new("a"))).unwrap();
    let proof: Verified<Live> =
        block_on(node.verify(&Attempt::token(live.secret.expose()))).unwrap();
    assert_eq!((proof.kind(), proof.credential()), (Live::WORD, live.credential.id));
    let pair = Attempt::<SiteInfo>::pair(first.credential.id.as_str(), first.secret.expose());
    assert_eq!(block_on(node.verify(&pair)).unwrap().kind(), SiteInfo::WORD);
    block_on(node.verify(&Attempt::<Hook>::token(hook.secret.expose()))).unwrap();

    for secret in [&test.secret, &hook.secret, &first.secret] {
        match block_on(node.verify(&Attempt::<Live>::token(secret.expose()))) {
            Err(NotVerified::Denied(denial)) => {
                assert_eq!(denial.reason(), DenialReason::WrongKind);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_route_that_accepts_several_kinds_asks_for_one() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (node, actor) = (four(&store, &key), admin());
    let manager = node.manager(&actor);
    block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let test = block_on(manager.issue::<Test>(new("a"))).unwrap();
    let any: VerifiedAny = block_on(node.verify(&Attempt::token(test.secret.expose()))).unwrap();
    assert_eq!(any.kind(), Test::WORD);
    assert!(any.as_kind::<Live>().is_none());
    let proof = any.as_kind::<Test>().unwrap();
    assert_eq!((proof.credential(), proof.generation()), (test.credential.id, any.generation()));
}

#[test]
fn the_specification_says_what_a_kind_may_do() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (node, actor) = (four(&store, &key), admin());
    let manager = node.manager(&actor);
    let added = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let first = added.first.unwrap().credential.id;
    let live = block_on(manager.issue::<Live>(new("a"))).unwrap().credential.id;
    let test = block_on(manager.issue::<Test>(new("a"))).unwrap();

    let revealed = block_on(manager.reveal(test.credential.id)).unwrap();
    assert_eq!(revealed.secret.expose(), test.secret.expose());
    assert_eq!(refusal(block_on(manager.reveal(live))), Refusal::ShownOnce);
    // A pair that is shown once has no seal either.
    assert_eq!(refusal(block_on(manager.reveal(first))), Refusal::ShownOnce);

    let feed = Integration::from(FEED.word());
    let connect = |choice| block_on(manager.connect(&shop(), feed.clone(), choice));
    assert_eq!(refusal(connect(Some(live))), Refusal::OtherKind { needs: "site pair" });
    assert_eq!(connect(None).unwrap().credential, first);
    block_on(manager.disconnect(&shop(), &feed)).unwrap();

    let last = Refusal::LastPermanent { kind: "site pair" };
    assert_eq!(refusal(block_on(manager.suspend(first))), last);
    assert_eq!(refusal(block_on(manager.delete(first, "default"))), last);
    block_on(manager.suspend(live)).unwrap();
    block_on(manager.delete(live, "a")).unwrap();
    let _other = block_on(manager.issue::<SiteInfo>(new("other"))).unwrap();
    block_on(manager.delete(first, "default")).unwrap();
}

#[test]
fn a_service_with_one_kind_has_no_track_set_and_no_minimum() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (node, actor) = (one(&store, &key), admin());
    let manager = node.manager(&actor);
    let added = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    assert!(added.first.is_none());
    assert_eq!(added.workspace.credentials, Some(0));
    let live = block_on(manager.issue::<Live>(new("only"))).unwrap();
    assert_eq!(node.integrations().count(), 0);
    let rule = Refusal::UnknownIntegration { known: vec![], allows_custom: false };
    for integration in [Integration::Api, Integration::Custom(name("Export"))] {
        let outcome = block_on(manager.connect(&shop(), integration, Some(live.credential.id)));
        assert_eq!(refusal(outcome), rule);
    }
    unregistered(block_on(node.verify(&Attempt::<App>::token(live.secret.expose()))));
    unregistered(block_on(node.verify(&Attempt::<Track>::token("no key"))));
    for (outcome, advises) in [
        (block_on(manager.issue::<App>(new("a"))).err(), false),
        (block_on(manager.create_workspace(NewWorkspace::new(shop(), name("Shop")))).err(), true),
    ] {
        match outcome {
            Some(ManageError::Unavailable(unavailable)) => {
                assert_eq!(unavailable.reason(), UnavailableReason::UnregisteredKind);
                let text = unavailable.to_string();
                assert_eq!(text.contains("call `add_workspace`"), advises, "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    block_on(manager.delete(live.credential.id, "only")).unwrap();
    assert_eq!(block_on(manager.workspace(&shop())).unwrap().credentials, Some(0));
}

#[test]
fn a_credential_of_a_kind_that_is_not_registered_is_listed_and_can_be_deleted() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let (before, actor) = (four(&store, &key), admin());
    let manager = before.manager(&actor);
    let added = block_on(manager.add_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let first = added.first.unwrap();
    let pair = Attempt::<SiteInfo>::pair(first.credential.id.as_str(), first.secret.expose());

    let after = one(&store, &key);
    unregistered(block_on(after.verify(&pair)));
    unregistered(block_on(after.verify(&Attempt::<Live>::token(first.secret.expose()))));
    assert_eq!(after.stats().misses, 0, "the store was not asked");
    let manager = after.manager(&actor);
    let page = block_on(manager.credentials(CredentialFilter::new())).unwrap();
    let kinds: Vec<_> =
        page.items.into_iter().filter_map(PageItem::record).map(|one| one.kind).collect();
    assert_eq!(kinds, [SiteInfo::WORD]);
    block_on(manager.delete(first.credential.id, "default")).unwrap();
    assert!(block_on(store.credential(first.credential.id)).unwrap().is_none());
}

#[test]
fn kinds_that_do_not_fit_together_are_refused() {
    let keys = || MasterKeys::new(MasterKey::generate().unwrap());
    let builder = || Keyward::builder(MemoryStore::new(), keys());
    let twice = builder().kind::<Live>().kind::<Test>().kind::<Live>().build().err();
    assert_eq!(twice, Some(BuildError::Kinds(KindsError::Duplicate(Live::WORD))));
    let two = builder().kind::<SiteInfo>().kind::<Track>().build().err();
    assert_eq!(
        two,
        Some(BuildError::Kinds(KindsError::TwoMinimums(SiteInfo::WORD, KindWord::Track)))
    );
}
