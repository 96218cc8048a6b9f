//! A source of randomness that fails at each draw in turn, or is stuck: no weak key is returned, and nothing is
//! overwritten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use keyward::{
    Actor, Attempt, Keyward, ManageError, MasterKey, MasterKeys, NewCredential, SlowHashParams,
    manage::Rotation, operate::Rekey,
};

use crate::support::no_secret::{assert_no_secret, printed};
use crate::support::operations::{For, OPERATIONS, Operation, Targets};
use crate::support::random_source::{Mood, Source};
use crate::support::rekeying::{adopt_lost, try_walk, walk};
use crate::support::{
    World, account, admin, again, assert_advises, block_on, cheap, name, operator, shop,
};

/// A furnished workspace, and the source that its handle draws from.
struct Stage {
    world: World,
    source: Source,
    targets: Targets,
}

impl Stage {
    fn new() -> Self {
        let source = Source::seeded(1);
        let draws = source.clone();
        let world = World::built(|store, clock| cheap(store, clock).randomness(draws));
        let targets = world.furnish();
        Self { world, source, targets }
    }

    fn of(operation: &Operation) -> Self {
        let stage = Self::new();
        if operation.name == "resume_account" {
            stage.world.suspend_account();
        }
        stage.source.set(Mood::Working);
        stage
    }

    fn run(&self, operation: &Operation) -> Result<(), ManageError> {
        let actor = match operation.by {
            For::TheOperator => operator().acting_for(account()),
            _ => admin(),
        };
        self.run_by(operation, &actor)
    }

    fn run_by(&self, operation: &Operation, actor: &Actor) -> Result<(), ManageError> {
        (operation.run)(&self.world.keyward.manager(actor), &self.targets)
    }
}

#[test]
fn every_operation_that_draws_fails_at_each_draw_and_then_succeeds() {
    let mut drawing = BTreeSet::new();
    for operation in OPERATIONS {
        let whole = Stage::of(operation);
        whole.run(operation).unwrap();
        let draws = whole.source.draws();
        if draws > 0 {
            drawing.insert(operation.name);
        }
        let stage = Stage::of(operation);
        for at in 0..draws {
            let before = stage.world.dump();
            stage.source.set(Mood::FailsAt(at));
            let error = stage.run(operation).unwrap_err();
            let randomness = matches!(error, ManageError::Randomness(_));
            assert!(randomness, "{} at {at}: {error:?}", operation.name);
            stage.world.dump().assert_is(&before, operation.name);
            assert!(printed(&error).contains("the entropy ran dry"), "its source is kept");
            assert_no_secret(&error, &stage.world.secrets());
            assert_advises(&error);
        }
        stage.source.set(Mood::Working);
        stage.run(operation).unwrap();
    }
    for name in ["create_workspace", "issue_app_key", "issue_track_set", "rotate", "reveal"] {
        assert!(drawing.contains(name), "{name} draws");
    }
}

#[test]
fn a_forbidden_operation_is_forbidden_even_without_randomness() {
    for operation in OPERATIONS.iter().filter(|operation| operation.by == For::TheOperator) {
        let stage = Stage::of(operation);
        let before = stage.world.dump();
        for at in 0..3 {
            stage.source.set(Mood::FailsAt(at));
            stage.run_by(operation, &admin()).unwrap_err();
        }
        stage.world.dump().assert_is(&before, operation.name);
    }
}

/// A node with a new master key over a store that was filled under the old one.
fn node_after_a_change(world: &World, keys: MasterKeys, source: &Source) -> Keyward {
    crate::support::integrating(Keyward::builder(world.store.clone(), keys))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(world.clock.clone())
        .randomness(source.clone())
        .build()
        .unwrap()
}

#[test]
fn an_attempt_passes_without_randomness_and_is_sealed_again_at_the_next_use() {
    let [old, new] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let address: IpAddr = "203.0.113.7".parse().unwrap();
    let older = MasterKeys::new(again(&new)).older([again(&old)]);
    let lost = MasterKeys::new(again(&new)).lost([old.id()]);
    for (keys, is_lost) in [(older, false), (lost, true)] {
        let world = World::built(|store, clock| {
            crate::support::integrating(Keyward::builder(store, MasterKeys::new(again(&old))))
                .slow_hash(SlowHashParams::dangerous_cheap())
                .clock(clock)
        });
        let primary = world.furnish().primary;
        let (source, api_key) = (Source::seeded(1), world.key_of(primary));
        let keyward = node_after_a_change(&world, keys, &source);
        if is_lost {
            adopt_lost(&keyward);
        }
        let attempt = Attempt::track(primary.as_str(), &api_key).client_address(address);
        let before = world.dump();

        source.set(Mood::FailsAt(0));
        block_on(keyward.verify(&attempt)).unwrap();
        assert_eq!(source.draws(), 1, "for the seal's nonce");
        world.dump().assert_is(&before, "neither stamped nor sealed");

        block_on(keyward.verify(&attempt)).unwrap();
        let admin = admin();
        let revealed = block_on(keyward.manager(&admin).reveal(primary)).unwrap();
        assert_eq!(revealed.secret.expose(), api_key);
        source.set(Mood::Working);
        block_on(keyward.verify(&attempt)).unwrap();
        assert_eq!(source.draws(), 0, "now it is up to date");
    }
}

#[test]
fn a_rekey_fails_at_each_draw_and_goes_on_from_there() {
    let [old, new] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let world = World::built(|store, clock| {
        crate::support::integrating(Keyward::builder(store, MasterKeys::new(again(&old))))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .clock(clock)
    });
    world.furnish();
    let source = Source::seeded(1);
    let keys = MasterKeys::new(again(&new)).older([old]);
    let keyward = node_after_a_change(&world, keys, &source);
    let track_sets = ["primary", "spare"];
    for _ in track_sets {
        source.set(Mood::FailsAt(0));
        let error = try_walk(&keyward, Rekey::new()).unwrap_err();
        assert!(matches!(error, ManageError::Randomness(_)), "{error:?}");
        assert_no_secret(&error, &world.secrets());
        source.set(Mood::FailsAt(1));
        // One of the two operations succeeds, and the other fails or was carried out before.
        let _ = try_walk(&keyward, Rekey::new());
    }
    source.set(Mood::Working);
    let page = walk(&keyward, Rekey::new());
    assert_eq!((page.renewed, page.up_to_date, page.corrupt), (0, 2, 0));
    for name in track_sets {
        let dump = world.dump();
        let record = dump.credentials.iter().find(|record| record.name.as_str() == name).unwrap();
        assert_eq!(record.current.digest.key(), new.id());
        assert_eq!(record.current.seal.as_ref().map(keyward::store::Seal::key), Some(new.id()));
    }
}

#[test]
fn rejected_bytes_without_end_are_an_error() {
    let stage = Stage::new();
    let admin = admin();
    let manager = stage.world.keyward.manager(&admin);
    for byte in [248, 255] {
        stage.source.set(Mood::Stuck(byte));
        let new = NewCredential::new(shop(), name("new"));
        let error = stage.world.fails(manager.issue_app_key(new));
        assert!(matches!(error, ManageError::Randomness(_)), "{error:?}");
        let error = stage.world.fails(manager.rotate(stage.targets.backend, Duration::ZERO));
        assert!(matches!(error, ManageError::Randomness(_)), "{error:?}");
    }
}

/// A source that repeats itself draws an id that is taken: the record with this id is not overwritten.
#[test]
fn a_stuck_source_overwrites_nothing() {
    let stage = Stage::new();
    let admin = admin();
    let manager = stage.world.keyward.manager(&admin);
    stage.source.set(Mood::Stuck(7));
    let first = stage.world.app_key("first");
    for called in ["second", "third"] {
        let new = NewCredential::new(shop(), name(called));
        let error = stage.world.fails(manager.issue_app_key(new));
        assert!(matches!(error, ManageError::Busy), "{error:?}");
    }
    let found = block_on(manager.credential(first.credential.id)).unwrap();
    assert_eq!(found.name.as_str(), "first");
}

/// The new secret would be the old one, and after a leak that would be no rotation.
#[test]
fn a_stuck_source_rotates_nothing() {
    for overlap in [Duration::ZERO, Duration::from_hours(1)] {
        let stage = Stage::new();
        let admin = admin();
        let manager = stage.world.keyward.manager(&admin);
        stage.source.set(Mood::Stuck(7));
        let issued = stage.world.app_key("first").credential.id;
        let error = stage.world.fails(manager.rotate(issued, overlap));
        assert!(matches!(error, ManageError::Randomness(_)), "{error:?}");
        assert_advises(&error);

        stage.source.set(Mood::Working);
        let rotated = block_on(manager.rotate(issued, Duration::from_hours(1))).unwrap();
        stage.world.note_secret(rotated.secret.expose());
        stage.source.set(Mood::Stuck(7));
        let again = Rotation::new(overlap).end_overlap();
        let error = stage.world.fails(manager.rotate(issued, again));
        assert!(matches!(error, ManageError::Randomness(_)), "nor the one before: {error:?}");
    }
}

/// With another salt the slow hash differs, although the secret is the leaked one.
#[test]
fn a_repeated_secret_is_detected_under_another_salt() {
    let stage = Stage::new();
    let admin = admin();
    let manager = stage.world.keyward.manager(&admin);
    stage.source.set(Mood::Stuck(7));
    let issued = stage.world.app_key("first").credential.id;
    // The operation's id, and the secret.
    stage.source.set(Mood::StuckFor(7, 2));
    let error = stage.world.fails(manager.rotate(issued, Duration::ZERO));
    assert!(matches!(error, ManageError::Randomness(_)), "{error:?}");
    assert_eq!(stage.source.draws(), 3, "the salt was drawn by a source that works");
}
