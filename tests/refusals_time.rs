//! Ends in the past, credentials that are over, and credentials that cannot rotate.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, Limits, ManageError, NewCredential,
    NewWorkspace, Refusal, WorkspaceId,
    error::TimestampError,
    manage::{CredentialStatus, EndTime, Integration, Rotation},
    time::Timestamp,
};

use crate::support::operations::{OPERATIONS, On};
use crate::support::{World, admin, block_on, cheap, name, shop};

fn just_before(now: Timestamp) -> Timestamp {
    now.saturating_sub(Duration::from_micros(1))
}

#[test]
fn a_sunset_or_expiry_in_the_past_is_refused() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let app = world.app_key("backend").credential.id;
    let _second = world.track_set("second");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for past in [just_before(world.now()), Timestamp::MIN] {
        for id in [primary, app] {
            let sunset = Some(EndTime::At(past));
            world.refuses(&Refusal::SunsetInPast, manager.deprecate(id, sunset));
            world.refuses(&Refusal::ExpiryInPast, manager.set_expiry(id, past));
        }
    }
}

#[test]
fn an_expiry_that_has_come_is_refused_at_issue() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for past in [world.now(), just_before(world.now()), Timestamp::MIN] {
        let new = || NewCredential::new(shop(), name("late")).expires(past);
        world.refuses(&Refusal::ExpiryInPast, manager.issue_app_key(new()));
        world.refuses(&Refusal::ExpiryInPast, manager.issue_track_set(new()));
    }
}

/// An App key and a Track set, both over by `end`.
fn over(world: &World, end: impl AsyncFn(CredentialId)) -> [CredentialId; 2] {
    let app = world.app_key("old app").credential.id;
    let track = world.track_set("old set").credential.id;
    for id in [app, track] {
        block_on(end(id));
        let credential = block_on(world.keyward.manager(&admin()).credential(id)).unwrap();
        assert_eq!(credential.status, CredentialStatus::Ended);
    }
    [app, track]
}

/// Nothing but deletion is open to it.
fn assert_over(world: &World, id: CredentialId) {
    let (admin, later) = (admin(), world.later(3_600));
    let manager = world.keyward.manager(&admin);
    let rule = Refusal::Ended;
    let sentences = [
        world.refuses(&rule, manager.rename(id, name("new name"))),
        world.refuses(&rule, manager.deprecate(id, None)),
        world.refuses(&rule, manager.deprecate(id, Some(EndTime::At(later)))),
        world.refuses(&rule, manager.undeprecate(id)),
        world.refuses(&rule, manager.suspend(id)),
        world.refuses(&rule, manager.resume(id)),
        world.refuses(&rule, manager.set_expiry(id, later)),
        world.refuses(&rule, manager.set_expiry(id, EndTime::Now)),
        world.refuses(&rule, manager.clear_expiry(id)),
        world.refuses(&rule, manager.rotate(id, Duration::ZERO)),
        world.refuses(&rule, manager.rotate(id, Duration::from_hours(1))),
        world.refuses(&rule, manager.end_overlap(id)),
        world.refuses(&rule, manager.reveal(id)),
    ];
    for sentence in sentences {
        assert!(sentence.ends_with("delete it and create a new one"), "{sentence}");
    }
}

#[test]
fn an_ended_credential_can_only_be_deleted() {
    let ends: [fn(&World, CredentialId); 5] = [
        |world, id| {
            block_on(world.keyward.manager(&admin()).set_expiry(id, EndTime::Now)).unwrap();
        },
        |world, id| {
            let sunset = Some(EndTime::Now);
            block_on(world.keyward.manager(&admin()).deprecate(id, sunset)).unwrap();
        },
        |world, id| {
            let at = world.later(60);
            block_on(world.keyward.manager(&admin()).set_expiry(id, at)).unwrap();
            world.clock.advance(Duration::from_mins(1));
        },
        |world, id| {
            let at = Some(EndTime::At(world.later(60)));
            block_on(world.keyward.manager(&admin()).deprecate(id, at)).unwrap();
            world.clock.advance(Duration::from_mins(1));
        },
        |world, id| {
            let (admin, at) = (admin(), world.later(60));
            let manager = world.keyward.manager(&admin);
            let rotated = block_on(manager.rotate(id, Duration::from_hours(1))).unwrap();
            world.note_secret(rotated.secret.expose());
            block_on(manager.suspend(id)).unwrap();
            block_on(manager.set_expiry(id, at)).unwrap();
            world.clock.advance(Duration::from_mins(1));
        },
    ];
    for end in ends {
        let world = World::new();
        world.shop();
        let [app, track] = over(&world, async |id| end(&world, id));
        assert_over(&world, app);
        assert_over(&world, track);
        let admin = admin();
        let manager = world.keyward.manager(&admin);
        world.refuses(&Refusal::Ended, manager.connect(&shop(), Integration::Api, Some(track)));
        block_on(manager.delete(app, "old app")).unwrap();
        block_on(manager.delete(track, "old set")).unwrap();
    }
}

/// A new operation on a credential is open to one that is over only if it is named here.
#[test]
fn every_other_operation_of_the_table_is_refused_too() {
    let world = World::new();
    let targets = world.furnish();
    let id = world.track_set("old set").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.set_expiry(id, EndTime::Now)).unwrap();
    let targets = targets.with_credential(id);
    let open = [
        "credential",
        "deletion_impact",
        "used_networks",
        "set_owner",
        "delete",
        // It does nothing.
        "respond_to_leak",
    ];
    for operation in OPERATIONS {
        if operation.on == On::Credential && !open.contains(&operation.name) {
            let error = world.fails(async { (operation.run)(&manager, &targets) });
            let over = matches!(error, ManageError::Refused(Refusal::Ended));
            assert!(over, "{}: {error:?}", operation.name);
        }
    }
}

#[test]
fn suspended_credentials_do_not_rotate() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend").credential.id;
    let track = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for id in [app, track] {
        block_on(manager.suspend(id)).unwrap();
        for overlap in [Duration::ZERO, Duration::from_hours(1), Duration::MAX] {
            let sentence = world.refuses(&Refusal::Suspended, manager.rotate(id, overlap));
            assert!(sentence.ends_with("resume it first"), "{sentence}");
        }
    }
}

#[test]
fn an_overlap_is_none_or_from_a_second_to_what_the_host_allows() {
    let day = Duration::from_hours(24);
    let week = Limits::default().overlap(7 * day);
    for (limits, limit) in [(Limits::default(), 90 * day), (week, 7 * day)] {
        let world = World::built(|store, clock| cheap(store, clock).limits(limits));
        world.shop();
        let id = world.app_key("backend").credential.id;
        let admin = admin();
        let manager = world.keyward.manager(&admin);
        for overlap in [Duration::from_nanos(1), Duration::from_millis(999)] {
            world.refuses(&Refusal::OverlapTooShort, manager.rotate(id, overlap));
        }
        for overlap in [limit + Duration::from_nanos(1), Duration::MAX] {
            let rule = Refusal::OverlapTooLong { limit };
            let sentence = world.refuses(&rule, manager.rotate(id, overlap));
            let days = limit.as_secs() / 86_400;
            assert!(sentence.contains(&format!("at most {days} days:")), "{sentence}");
        }
        let rotated = block_on(manager.rotate(id, limit)).unwrap();
        assert_eq!(rotated.previous_until, Some(world.now().saturating_add(limit)));
    }
}

/// An earlier answer promised that the previous secret works until then.
#[test]
fn a_second_rotation_ends_a_promised_overlap_only_if_it_says_so() {
    let world = World::new();
    world.shop();
    let issued = world.app_key("backend");
    let id = issued.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let hour = Duration::from_hours(1);
    let verify = |token: &str| block_on(world.keyward.verify(&Attempt::app(token))).is_ok();
    let second = block_on(manager.rotate(id, hour)).unwrap();
    let until = second.previous_until.unwrap();
    for overlap in [Duration::from_secs(1), hour] {
        let sentence = world.refuses(&Refusal::OverlapRuns { until }, manager.rotate(id, overlap));
        assert!(sentence.contains(&until.to_string()), "{sentence}");
    }
    assert!(verify(issued.secret.expose()), "it is as promised");

    let third = block_on(manager.rotate(id, Rotation::new(hour).end_overlap())).unwrap();
    assert_eq!((second.ended_early, third.ended_early), (None, Some(until)));
    assert!(!verify(issued.secret.expose()));
    assert!(verify(second.secret.expose()) && verify(third.secret.expose()));

    // For a leak it is one call, whatever runs.
    let last = block_on(manager.rotate(id, Duration::ZERO)).unwrap();
    assert_eq!((last.previous_until, last.ended_early), (None, third.previous_until));
    assert!(!verify(second.secret.expose()) && !verify(third.secret.expose()));

    // Without a running overlap, the option has no effect.
    let _ = block_on(manager.rotate(id, hour)).unwrap();
    world.clock.advance(hour);
    assert_eq!(block_on(manager.rotate(id, hour)).unwrap().ended_early, None);
}

#[test]
fn an_app_key_cannot_be_revealed() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend").credential.id;
    world.refuses(&Refusal::ShownOnce, world.keyward.manager(&admin()).reveal(app));
}

#[test]
fn more_workspaces_than_the_host_allows_are_refused() {
    let world =
        World::built(|store, clock| cheap(store, clock).limits(Limits::default().workspaces(2)));
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let add = |id: &str| NewWorkspace::new(WorkspaceId::new(id).unwrap(), name("Another"));
    block_on(manager.add_workspace(add("acme/two"))).unwrap();
    let full = Refusal::TooManyWorkspaces { limit: 2 };
    world.refuses(&full, manager.add_workspace(add("acme/three")));

    // A removed one does not count, and another account has its own.
    block_on(manager.remove_workspace(&WorkspaceId::new("acme/two").unwrap(), "Another")).unwrap();
    block_on(manager.add_workspace(add("acme/three"))).unwrap();
    let other = Actor::admin(AccountId::new("other").unwrap(), ActorId::new("bob").unwrap());
    block_on(world.keyward.manager(&other).add_workspace(add("other/one"))).unwrap();
    world.refuses(&full, manager.add_workspace(add("acme/four")));
}

#[test]
fn more_credentials_than_the_host_allows_are_refused() {
    let world =
        World::built(|store, clock| cheap(store, clock).limits(Limits::default().credentials(2)));
    world.shop();
    let app = world.app_key("backend").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let rule = Refusal::TooMany { what: "credentials", limit: 2 };
    let new = || NewCredential::new(shop(), name("third"));
    world.refuses(&rule, manager.issue_app_key(new()));
    world.refuses(&rule, manager.issue_track_set(new()));
    block_on(manager.delete(app, "backend")).unwrap();
    let _ = world.app_key("third");
}

#[test]
fn a_time_out_of_the_years_1_to_9999_is_refused() {
    for micros in
        [i64::MIN, i64::MAX, Timestamp::MIN.as_micros() - 1, Timestamp::MAX.as_micros() + 1]
    {
        let error = Timestamp::from_micros(micros).unwrap_err();
        assert_eq!(error, TimestampError::OutOfRange);
    }
    for text in ["", "2030-01-01", "2030-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "now"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
    }
}
