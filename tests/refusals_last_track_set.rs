//! Every workspace keeps at least one permanent Track set.

use std::time::Duration;

use keyward::{NewCredential, Refusal, manage::EndTime};

use crate::support::{World, admin, block_on, name, outlet, shop};

/// Each way to leave a workspace without one is refused, for the only permanent set that there is.
fn assert_kept(world: &World, id: keyward::CredentialId, called: &str) {
    let (admin, later) = (admin(), world.later(60));
    let manager = world.keyward.manager(&admin);
    let rule = Refusal::LastPermanent { kind: "Track set" };
    let sentences = [
        world.refuses(&rule, manager.delete(id, called)),
        world.refuses(&rule, manager.deprecate(id, None)),
        world.refuses(&rule, manager.deprecate(id, Some(EndTime::At(later)))),
        world.refuses(&rule, manager.deprecate(id, Some(EndTime::Now))),
        world.refuses(&rule, manager.suspend(id)),
        world.refuses(&rule, manager.set_expiry(id, later)),
        world.refuses(&rule, manager.set_expiry(id, EndTime::Now)),
    ];
    for sentence in sentences {
        assert!(sentence.ends_with("create another one first"), "{sentence}");
    }
}

#[test]
fn the_only_track_set_cannot_be_deleted() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    assert_kept(&world, primary, "primary");
}

#[test]
fn app_keys_and_sets_of_other_workspaces_do_not_count() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let _ = world.app_key("backend");
    world.workspace(&outlet(), "Outlet");
    assert_kept(&world, primary, "primary");
}

#[test]
fn sets_that_are_deprecated_suspended_or_expiring_do_not_count() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let (admin, later) = (admin(), world.later(3_600));
    let manager = world.keyward.manager(&admin);
    let [deprecated, suspended, expiring, over] = ["deprecated", "suspended", "expiring", "over"]
        .map(|called| world.track_set(called).credential.id);
    block_on(async {
        manager.deprecate(deprecated, None).await?;
        manager.suspend(suspended).await?;
        manager.set_expiry(expiring, later).await?;
        manager.set_expiry(over, EndTime::Now).await?;
        let new = NewCredential::new(shop(), name("born to expire")).expires(later);
        let issued = manager.issue_track_set(new).await?;
        world.note_secret(issued.secret.expose());
        Ok::<_, keyward::ManageError>(())
    })
    .unwrap();
    assert_kept(&world, primary, "primary");

    // A resumed credential counts again.
    block_on(manager.resume(suspended)).unwrap();
    block_on(manager.suspend(primary)).unwrap();
    assert_kept(&world, suspended, "suspended");
}

#[test]
fn the_second_permanent_set_can_be_deleted_and_then_the_first_cannot() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let second = world.track_set("second").credential.id;
    block_on(world.keyward.manager(&admin()).delete(primary, "primary")).unwrap();
    assert_kept(&world, second, "second");
}

#[test]
fn a_rotated_and_renamed_set_is_still_the_last_one() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let rotated = block_on(manager.rotate(primary, Duration::from_mins(1))).unwrap();
    world.note_secret(rotated.secret.expose());
    block_on(manager.rename(primary, name("main"))).unwrap();
    assert_kept(&world, primary, "main");
}

#[test]
fn the_last_app_key_can_be_deleted() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let later = world.later(60);
    for called in ["one", "two"] {
        let id = world.app_key(called).credential.id;
        block_on(manager.set_expiry(id, later)).unwrap();
        block_on(manager.deprecate(id, None)).unwrap();
        block_on(manager.suspend(id)).unwrap();
        block_on(manager.delete(id, called)).unwrap();
    }
}
