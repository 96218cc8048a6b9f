//! An operation under an id that the caller chose is done once, however often it is asked for.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::manage::Revision;
use keyward::store::{StoreError, StoreErrorKind};
use keyward::{
    Attempt, GenerationNumber, Keyward, ManageError, MasterKey, MasterKeys, MemoryStore,
    NewCredential, NewWorkspace, NotVerified, Refusal, WorkspaceId,
    manage::{RecordType, Repeated, Rotation},
    time::ManualClock,
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::{
    START, World, admin, again, block_on, cheap_under, guest, name, outlet, shop, stranger,
};

const HOUR: Duration = Duration::from_hours(1);

fn backend() -> NewCredential {
    NewCredential::new(shop(), name("backend")).operation("issue 1")
}

/// Runs a call that must be a repeat: nothing is changed, and no secret is returned.
fn repeats<T: Debug>(
    world: &World,
    operation: impl Future<Output = Result<T, ManageError>>,
) -> Repeated {
    let error = world.fails(operation);
    crate::support::assert_advises(&error);
    let ManageError::Repeated(repeated) = error else { unreachable!("{error:?}") };
    *repeated
}

fn passes(world: &World, token: &str) -> bool {
    match block_on(world.keyward.verify(&Attempt::app(token))) {
        Ok(_) => true,
        Err(NotVerified::Denied(_)) => false,
        Err(other) => unreachable!("{other:?}"),
    }
}

#[test]
fn a_repeated_issue_makes_nothing_and_says_what_was_made() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let issued = block_on(manager.issue_app_key(backend())).unwrap();
    let runs = world.keyward.stats().argon2id_issue_runs;
    let repeated = repeats(&world, manager.issue_app_key(backend()));
    assert_eq!(repeated.credential, issued.credential);
    assert_eq!(repeated.generation, GenerationNumber::FIRST);
    assert_eq!((repeated.may_reveal, repeated.may_replace), (false, true));
    assert_eq!(world.keyward.stats().argon2id_issue_runs, runs, "no secret was hashed");

    let new = || NewCredential::new(shop(), name("site")).operation("issue 2");
    let issued = block_on(manager.issue_track_set(new())).unwrap();
    let repeated = repeats(&world, manager.issue_track_set(new()));
    assert!(repeated.may_reveal);
    let revealed = block_on(manager.reveal(repeated.credential.id)).unwrap();
    assert_eq!(revealed.secret.expose(), issued.secret.expose());
}

#[test]
fn a_repeat_is_recognised_before_the_revision_and_after_the_permission() {
    let world = World::new();
    world.shop();
    let (admin, guest) = (admin(), guest());
    let manager = world.keyward.manager(&admin);
    let seen = block_on(manager.workspace(&shop())).unwrap().revision;
    let _ = block_on(manager.if_revision(seen).issue_app_key(backend())).unwrap();
    repeats(&world, manager.if_revision(seen).issue_app_key(backend()));
    let id = block_on(manager.issue_app_key(backend().operation("other"))).unwrap_err();
    assert!(matches!(id, ManageError::Refused(Refusal::NameTaken { .. })), "{id:?}");
    let forbidden = world.fails(world.keyward.manager(&guest).issue_app_key(backend()));
    assert!(matches!(forbidden, ManageError::Forbidden), "{forbidden:?}");

    let app = world.app_key("rotated").credential;
    let rotation = || Rotation::new(HOUR).operation("rotate");
    let seen = manager.if_revision(app.revision);
    let _ = block_on(seen.rotate(app.id, rotation())).unwrap();
    repeats(&world, seen.rotate(app.id, rotation()));
    let wrong = manager.if_revision(Revision::new(99));
    repeats(&world, wrong.rotate(app.id, rotation()));
}

#[test]
fn an_operation_id_is_not_used_for_something_else() {
    let world = World::new();
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let (admin, later) = (admin(), world.later(60));
    let manager = world.keyward.manager(&admin);
    let id = block_on(manager.issue_app_key(backend())).unwrap().credential.id;
    let other = world.app_key("other").credential.id;
    let reused = Refusal::OperationReused;
    let named = |workspace, text| NewCredential::new(workspace, name(text)).operation("issue 1");
    world.refuses(&reused, manager.issue_app_key(named(shop(), "Backend 2")));
    world.refuses(&reused, manager.issue_app_key(named(outlet(), "backend")));
    world.refuses(&reused, manager.issue_app_key(backend().expires(later)));
    world.refuses(&reused, manager.issue_track_set(backend()));
    world.refuses(&reused, manager.rotate(id, Rotation::new(HOUR).operation("issue 1")));

    let rotation = |overlap| Rotation::new(overlap).operation("rotate 1");
    let _ = block_on(manager.rotate(id, rotation(HOUR))).unwrap();
    world.refuses(&reused, manager.rotate(id, rotation(2 * HOUR)));
    world.refuses(&reused, manager.rotate(id, rotation(Duration::ZERO)));
    world.refuses(&reused, manager.rotate(other, rotation(HOUR)));
    world.clock.advance(Duration::from_mins(1));
    repeats(&world, manager.rotate(id, rotation(HOUR)));
}

#[test]
fn a_repeated_rotation_leaves_the_deployed_secret_and_its_own_can_be_replaced() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let deployed = world.app_key("backend");
    let id = deployed.credential.id;
    let rotation = || Rotation::new(HOUR).operation("rotate 1");
    let lost = block_on(manager.rotate(id, rotation())).unwrap();
    let repeated = repeats(&world, manager.rotate(id, rotation()));
    assert_eq!((repeated.generation.get(), repeated.may_replace), (2, true));
    let replaced = block_on(manager.replace_unused(id, repeated.generation)).unwrap();
    assert_eq!(replaced.previous_until, lost.previous_until);
    for (token, expected) in [
        (deployed.secret.expose(), true),
        (lost.secret.expose(), false),
        (replaced.secret.expose(), true),
    ] {
        assert_eq!(passes(&world, token), expected);
    }
    let numbers: Vec<_> =
        replaced.credential.generations.iter().map(|secret| secret.number.get()).collect();
    assert_eq!(numbers, [3, 1]);
    // A replaced secret cannot be replaced again, and the repeat shows this.
    block_on(world.keyward.flush()).unwrap();
    world.refuses(&Refusal::NotReplaceable, manager.replace_unused(id, repeated.generation));
    let repeated = repeats(&world, manager.rotate(id, rotation()));
    assert!(!repeated.may_replace && !repeated.may_reveal);
}

#[test]
fn a_secret_that_was_used_is_not_replaced() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let issued = block_on(manager.issue_app_key(backend())).unwrap();
    world.note_secret(issued.secret.expose());
    assert!(passes(&world, issued.secret.expose()));
    // Its use is noted on this node, and not written yet.
    let id = issued.credential.id;
    let refused = block_on(manager.replace_unused(id, GenerationNumber::FIRST)).unwrap_err();
    assert!(matches!(refused, ManageError::Refused(Refusal::NotReplaceable)), "{refused:?}");
    assert!(!repeats(&world, manager.issue_app_key(backend())).may_replace);
    assert!(passes(&world, issued.secret.expose()));
}

#[test]
fn accounts_do_not_share_operation_ids() {
    let world = World::new();
    world.shop();
    let _ = block_on(world.keyward.manager(&admin()).issue_app_key(backend())).unwrap();
    let (other, blog) = (stranger(), WorkspaceId::new("other/blog").unwrap());
    let manager = world.keyward.manager(&other);
    block_on(manager.create_workspace(NewWorkspace::new(blog.clone(), name("Blog")))).unwrap();
    let new = NewCredential::new(blog, name("backend")).operation("issue 1");
    let _ = block_on(manager.issue_app_key(new)).unwrap();
}

#[test]
fn a_repeat_of_what_was_deleted_makes_nothing() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let id = block_on(manager.issue_app_key(backend())).unwrap().credential.id;
    block_on(manager.delete(id, "backend")).unwrap();
    let gone = world.fails(manager.issue_app_key(backend()));
    assert!(matches!(gone, ManageError::NotFound(RecordType::Credential)), "{gone:?}");
}

#[test]
fn an_operation_id_is_remembered_for_a_day_however_much_is_pruned() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let id = block_on(manager.issue_app_key(backend())).unwrap().credential.id;
    world.clock.advance(Duration::from_hours(24));
    block_on(world.keyward.prune(world.now())).unwrap();
    let repeated = block_on(manager.issue_app_key(backend())).unwrap_err();
    assert!(matches!(repeated, ManageError::Repeated(_)), "{repeated:?}");
    world.clock.advance(Duration::from_secs(1));
    block_on(world.keyward.prune(world.now())).unwrap();
    block_on(manager.rename(id, name("older"))).unwrap();
    let _ = block_on(manager.issue_app_key(backend())).unwrap();
}

/// Another node does the same when this node's commit arrives, which is lost.
#[derive(Debug, Clone, Default)]
struct Overtaken(Arc<Mutex<Option<Other>>>);

#[derive(Debug)]
struct Other {
    node: Keyward,
    does: fn(&Keyward) -> String,
    /// The secret that it made.
    made: Arc<Mutex<String>>,
}

impl Director for Overtaken {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call != Call::Commit {
            return Ok(());
        }
        let other = self.0.lock().unwrap().take();
        let Some(Other { node, does, made }) = other else { return Ok(()) };
        *made.lock().unwrap() = does(&node);
        Err(StoreError::new(StoreErrorKind::Unknown))
    }
}

/// The event that is found for the lost commit is the other node's: its secret is stored, and not this node's.
#[test]
fn a_secret_that_is_not_stored_is_never_shown_as_made() {
    let (key, watch) = (MasterKey::generate().unwrap(), Overtaken::default());
    let (store, clock) = (MemoryStore::new(), ManualClock::at(START.parse().unwrap()));
    let keys = || MasterKeys::new(again(&key));
    let node = Directed::new(store.clone(), watch.clone());
    let node = cheap_under(node, clock.clone(), keys()).build().unwrap();
    let actor = admin();
    let manager = node.manager(&actor);
    block_on(manager.create_workspace(NewWorkspace::new(shop(), name("Shop")))).unwrap();
    let made = Arc::new(Mutex::new(String::new()));
    let overtaken_by = |does| {
        let node = cheap_under(store.clone(), clock.clone(), keys()).build().unwrap();
        *watch.0.lock().unwrap() = Some(Other { node, does, made: Arc::clone(&made) });
    };
    let check = |error: ManageError| {
        let ManageError::Repeated(repeated) = error else { unreachable!("{error:?}") };
        let made = made.lock().unwrap().clone();
        let proof = block_on(node.verify(&Attempt::app(&made))).unwrap();
        assert_eq!(proof.credential(), repeated.credential.id);
        assert_eq!(proof.generation(), repeated.generation);
        repeated.credential.id
    };

    overtaken_by(|other| {
        let issued = block_on(other.manager(&admin()).issue_app_key(backend())).unwrap();
        issued.secret.expose().to_owned()
    });
    let id = check(block_on(manager.issue_app_key(backend())).unwrap_err());

    let rotation = || Rotation::new(HOUR).operation("rotate 1");
    overtaken_by(|other| {
        let (actor, rotation) = (admin(), Rotation::new(HOUR).operation("rotate 1"));
        let manager = other.manager(&actor);
        let page = block_on(manager.credentials(keyward::manage::CredentialFilter::new())).unwrap();
        let mut listed = page.items.into_iter().filter_map(keyward::store::PageItem::record);
        let id = listed.find(|one| one.name == name("backend")).unwrap().id;
        let rotated = block_on(manager.rotate(id, rotation)).unwrap();
        rotated.secret.expose().to_owned()
    });
    assert_eq!(check(block_on(manager.rotate(id, rotation())).unwrap_err()), id);
}
