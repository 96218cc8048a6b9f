//! Copies between all pairs of stores: nothing is missing or different, and the service continues.

use std::time::Duration;

use keyward::store::{Changes, CredentialStore, Position};
use keyward::{MasterKey, MasterKeys, NewCredential, NewWorkspace, time::Timestamp};

use crate::furnished::{Furnished, furnish};
use crate::support::{admin, cheap_under, name, shop};
use crate::test_store::{KINDS, Kind, TestStore, block_on};

/// Runs a check for every direction, with the contents of the source.
fn each_direction(check: &impl AsyncFn(&TestStore, &TestStore, &Furnished)) {
    for from in KINDS {
        for to in KINDS {
            println!("{from:?} to {to:?}");
            block_on(async {
                let (from, to) = (TestStore::fresh(from).await, TestStore::fresh(to).await);
                let furnished = furnish(&from.store()).await;
                check(&from, &to, &furnished).await;
            });
        }
    }
}

#[test]
fn everything_is_copied_and_counted() {
    each_direction(&async |from, to, furnished| {
        let source = furnished.held_by(&from.store()).await;
        let copied = from.copy_to(to).await.unwrap();
        assert_eq!(furnished.held_by(&to.store()).await, source);
        assert_eq!(furnished.held_by(&from.store()).await, source, "the source is as it was");
        assert_eq!(copied.accounts, source.accounts.len() as u64);
        assert_eq!(copied.workspaces, source.workspaces.len() as u64);
        assert_eq!(copied.credentials, source.credentials.len() as u64);
        assert_eq!(copied.events, source.events.len() as u64);
        assert_eq!(copied.position, source.position);
        assert!(source.events[0].number > 1, "the beginning of the history was pruned");
        let text = copied.to_string();
        let events = format!("{} events, up to position {}", copied.events, source.position);
        assert!(text.ends_with(&events), "{text}");
    });
}

/// A control: the furnished store has something of each type.
#[test]
fn the_store_that_is_copied_has_everything_in_it() {
    block_on(async {
        let test_store = TestStore::fresh(Kind::Memory).await;
        let held = furnish(&test_store.store()).await.held_by(&test_store.store()).await;
        let credential = |has: fn(&keyward::store::CredentialRecord) -> bool| {
            assert!(held.credentials.iter().any(has), "{:#?}", held.credentials);
        };
        credential(|record| record.previous.is_some() && record.current.seal.is_some());
        credential(|record| record.previous.is_some() && record.current.seal.is_none());
        credential(|record| record.deprecation.is_some_and(|it| it.sunset.is_some()));
        credential(|record| record.suspended.is_some() && record.expires.is_some());
        credential(|record| record.current.last_used.is_some());
        let [shop, outlet, kiosk] = held.workspaces.as_slice() else { panic!("three workspaces") };
        assert!(shop.integrations.len() > 1 && shop.allowlist.len() > 1);
        assert!(outlet.removed.is_some() && kiosk.removed.is_none());
        let ids: Vec<_> = held.accounts.iter().map(|account| account.id.as_str()).collect();
        assert_eq!(ids, ["acme", "Plaîn", "suspended"]);
        assert!(held.accounts[2].suspended.is_some());
    });
}

fn nothing_since(position: Position) -> Changes {
    Changes::Since { events: Vec::new(), position, newest: position, age: Duration::ZERO }
}

#[test]
fn the_service_goes_on_from_where_it_was() {
    each_direction(&async |from, to, furnished| {
        let missed = from.store().changes_since(&furnished.followed, usize::MAX).await.unwrap();
        let Changes::Since { events, position, .. } = &missed else { panic!("it is known") };
        assert!(!events.is_empty());
        from.copy_to(to).await.unwrap();
        let store = to.store();
        assert_eq!(store.changes_since(&furnished.followed, usize::MAX).await.unwrap(), missed);
        let next = store.changes_since(position, usize::MAX).await.unwrap();
        assert_eq!(next, nothing_since(*position));
        let start = store.changes_since(&Position::START, usize::MAX).await.unwrap();
        let pruned = Changes::TooFarBehind { position: *position, age: Duration::ZERO };
        assert_eq!(start, pruned);

        furnished.opens_by_the_token(&store).await;
        let (admin, keyward) = (admin(), furnished.service(&store));
        let manager = keyward.manager(&admin);
        manager.reveal(furnished.site).await.unwrap();
        // The policy was copied too.
        let tomorrow = "2030-01-02T00:00:00Z".parse().unwrap();
        let _ = manager
            .issue_app_key(NewCredential::new(shop(), name("New")).expires(tomorrow))
            .await
            .unwrap();
        let since = store.position().await.unwrap();
        assert_eq!(since.number(), position.number() + 2, "a reveal, and an issue");
    });
}

#[test]
fn a_history_that_was_pruned_whole_leaves_its_position() {
    each_direction(&async |from, to, furnished| {
        from.store().prune_events(Timestamp::MAX, usize::MAX).await.unwrap();
        let copied = from.copy_to(to).await.unwrap();
        assert_eq!(copied.events, 0);
        assert_ne!(copied.position, Position::START);
        let position = to.store().position().await.unwrap();
        assert_eq!(position, from.store().position().await.unwrap());
        let next = to.store().changes_since(&position, usize::MAX).await.unwrap();
        assert_eq!(next, nothing_since(position));
        assert_eq!(furnished.held_by(&to.store()).await, furnished.held_by(&from.store()).await);
    });
}

#[test]
fn an_empty_store_is_copied_and_can_be_used() {
    for from in KINDS {
        for to in KINDS {
            block_on(async {
                let (from, to) = (TestStore::fresh(from).await, TestStore::fresh(to).await);
                let copied = from.copy_to(&to).await.unwrap();
                let none = (copied.accounts, copied.workspaces, copied.credentials, copied.events);
                assert_eq!((none, copied.position), ((0, 0, 0, 0), Position::START));
                let keys = MasterKeys::new(MasterKey::generate().unwrap());
                let clock = keyward::time::ManualClock::at(crate::support::START.parse().unwrap());
                let keyward = cheap_under(to.store(), clock, keys).build().unwrap();
                let new = NewWorkspace::new(shop(), name("Shop"));
                keyward.manager(&admin()).create_workspace(new).await.unwrap();
                assert_eq!(to.store().position().await.unwrap().number(), 1);
            });
        }
    }
}
