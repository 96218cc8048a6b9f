//! The effects of a change: one event and the next revision of its header, or nothing if nothing changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::store::{
    Change, CredentialRecord, CredentialStore, HeaderChange, ListChange, StoreError,
};
use keyward::{
    Attempt, MemoryStore, NotVerified,
    history::Subject,
    manage::{CredentialStatus, EndTime, UnlistedWorkspaces},
};

use crate::support::directed::{Directed, Director};
use crate::support::dump::Dump;
use crate::support::operations::{OPERATIONS, Operation, Targets};
use crate::support::{World, account, admin, block_on, cheap, operator};

/// The operations that change nothing if they are repeated.
const IDEMPOTENT: [&str; 15] = [
    "set_policy",
    "deactivate",
    "reactivate",
    "suspend_account",
    "resume_account",
    "set_unlisted_workspaces",
    "connect",
    "lift",
    "rename",
    "deprecate",
    "undeprecate",
    "suspend",
    "resume",
    "set_expiry",
    "clear_expiry",
];

/// Runs an operation as the operator, who has every permission.
fn run(world: &World, operation: &Operation, targets: &Targets) {
    let operator = operator().acting_for(account());
    (operation.run)(&world.keyward.manager(&operator), targets).unwrap();
}

/// Returns the revision of each header. An account that was never written has none.
fn revisions(dump: &Dump) -> HashMap<Subject, u64> {
    let accounts = dump.accounts.iter().map(|account| (Subject::Account, account.revision.get()));
    let workspaces = dump
        .workspaces
        .iter()
        .map(|workspace| (Subject::Workspace(workspace.id.clone()), workspace.revision.get()));
    accounts.chain(workspaces).collect()
}

#[test]
fn each_change_is_one_event_and_one_revision_of_the_header_that_it_is_about() {
    for operation in OPERATIONS {
        let (world, targets) = operation.world();
        let before = world.dump();
        run(&world, operation, &targets);
        let after = world.dump();
        if !operation.is_change() {
            after.assert_is(&before, operation.name);
            continue;
        }
        assert_eq!(after.events.len(), before.events.len() + 1, "{}", operation.name);
        let about = match after.events.last().unwrap().subject.workspace() {
            Some(workspace) => Subject::Workspace(workspace.clone()),
            None => Subject::Account,
        };
        let mut expected = revisions(&before);
        *expected.entry(about).or_default() += 1;
        assert_eq!(revisions(&after), expected, "{}", operation.name);
    }
}

#[test]
fn a_credential_is_at_its_next_revision_after_each_change_and_says_who_issued_it() {
    let mut changed = 0;
    for operation in OPERATIONS {
        let (world, targets) = operation.world();
        let before = world.dump();
        run(&world, operation, &targets);
        for after in world.dump().credentials {
            let Some(known) = before.credentials.iter().find(|known| known.id == after.id) else {
                assert_eq!(after.revision.get(), 1, "{}", operation.name);
                assert_eq!(after.created_by, *operator().acting_for(account()).by());
                continue;
            };
            assert_eq!(after.created_by, *admin().by(), "{}", operation.name);
            let as_before = CredentialRecord { revision: known.revision, ..after.clone() };
            let rises = u64::from(as_before != *known);
            assert_eq!(after.revision.get(), known.revision.get() + rises, "{}", operation.name);
            changed += rises;
        }
    }
    assert!(changed > 8, "{changed} operations changed a credential");
}

#[test]
fn a_use_leaves_the_revision_as_it_is() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend");
    block_on(world.keyward.verify(&Attempt::app(app.secret.expose()))).unwrap();
    block_on(world.keyward.flush()).unwrap();
    let admin = admin();
    let shown = block_on(world.keyward.manager(&admin).credential(app.credential.id)).unwrap();
    assert!(shown.last_used.is_some());
    assert_eq!(shown.revision, app.credential.revision);
}

#[test]
fn views_show_the_revisions_that_the_store_holds() {
    let world = World::new();
    let targets = world.furnish();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed)).unwrap();
    let dump = world.dump();
    let account = block_on(manager.account()).unwrap();
    let [stored] = dump.accounts.as_slice() else { unreachable!("{:?}", dump.accounts) };
    assert_eq!((account.id, account.revision), (stored.id.clone(), stored.revision));
    assert_eq!(account.unlisted_workspaces, UnlistedWorkspaces::Closed);
    let shown = block_on(manager.workspace(&targets.workspace)).unwrap();
    let stored = dump.workspaces.iter().find(|stored| stored.id == targets.workspace);
    assert_eq!(Some(shown.revision), stored.map(|stored| stored.revision));
    for stored in dump.credentials {
        let shown = block_on(manager.credential(stored.id)).unwrap();
        assert_eq!((shown.revision, shown.created_by), (stored.revision, stored.created_by));
    }
}

/// Records what happens to each list of a header, and what the change states about it.
#[derive(Debug, Clone, Default)]
struct Lists(Arc<Mutex<Vec<[ListChange; 4]>>>);

impl Director for Lists {
    async fn commit(&self, store: &MemoryStore, change: &Change) -> Result<(), StoreError> {
        if let HeaderChange::Workspace { record, integrations, allowlist, .. } = &change.header {
            let list = |same| if same { ListChange::Same } else { ListChange::Replaced };
            let was = store.workspace(&record.id).await?;
            let was = was.map_or_else(Default::default, |was| (was.integrations, was.allowlist));
            let found = [list(was.0 == record.integrations), list(was.1 == record.allowlist)];
            self.0.lock().unwrap().push([*integrations, found[0], *allowlist, found[1]]);
        }
        store.commit(change).await
    }
}

/// A store need not write an unchanged list, so the change must state which list is replaced.
#[test]
fn a_change_says_which_lists_it_replaces() {
    let lists = Lists::default();
    for operation in OPERATIONS {
        let world = World::built(|store, clock| cheap(Directed::new(store, lists.clone()), clock));
        let targets = world.furnish();
        if operation.name != "resume_account" {
            run(&world, operation, &targets);
        }
    }
    let seen = lists.0.lock().unwrap();
    for [integrations, became, allowlist, came] in seen.iter() {
        assert_eq!((integrations, allowlist), (became, came));
    }
    for replaced in [
        [ListChange::Same; 2],
        [ListChange::Replaced, ListChange::Same],
        [ListChange::Same, ListChange::Replaced],
    ] {
        assert!(seen.iter().any(|[one, _, other, _]| [*one, *other] == replaced), "{replaced:?}");
    }
}

#[test]
fn a_change_without_effect_is_not_made() {
    for operation in OPERATIONS.iter().filter(|known| IDEMPOTENT.contains(&known.name)) {
        let (world, targets) = operation.world();
        run(&world, operation, &targets);
        let done = world.dump();
        world.clock.advance(Duration::from_mins(1));
        run(&world, operation, &targets);
        world.dump().assert_is(&done, operation.name);
    }
}

#[test]
fn an_end_time_of_now_is_accepted() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let (sunset, expired) =
        (world.app_key("sunset").credential.id, world.app_key("expired").credential.id);
    block_on(manager.deprecate(sunset, Some(EndTime::At(world.now())))).unwrap();
    block_on(manager.set_expiry(expired, world.now())).unwrap();
    for id in [sunset, expired] {
        assert_eq!(block_on(manager.credential(id)).unwrap().status, CredentialStatus::Ended);
    }
}

#[test]
fn an_overlap_that_has_come_to_its_end_is_not_ended_by_hand() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let app = world.app_key("backend").credential.id;
    for (waited, events) in [(59, 1), (60, 0), (61, 0)] {
        let _ = block_on(manager.rotate(app, Duration::from_mins(1))).unwrap();
        world.clock.advance(Duration::from_secs(waited));
        let before = world.dump().events.len();
        block_on(manager.end_overlap(app)).unwrap();
        assert_eq!(world.dump().events.len() - before, events, "after {waited} seconds");
    }
}

#[test]
fn an_overlap_that_is_ended_by_hand_ends_the_secret_before() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let id = app.credential.id;
    let rotated = block_on(manager.rotate(id, Duration::from_mins(1))).unwrap();
    let before = Attempt::app(app.secret.expose());
    assert!(block_on(world.keyward.verify(&before)).is_ok());
    block_on(manager.end_overlap(id)).unwrap();
    let denied = block_on(world.keyward.verify(&before)).unwrap_err();
    assert!(matches!(denied, NotVerified::Denied(_)), "{denied:?}");
    assert!(block_on(world.keyward.verify(&Attempt::app(rotated.secret.expose()))).is_ok());
    assert_eq!(block_on(manager.credential(id)).unwrap().generations.len(), 1);
}

#[test]
fn a_removed_workspace_holds_nothing() {
    let world = World::new();
    let targets = world.furnish();
    block_on(world.keyward.manager(&admin()).remove_workspace(&targets.workspace, "Shop")).unwrap();
    let dump = world.dump();
    let [removed] = dump.workspaces.as_slice() else { unreachable!("{:?}", dump.workspaces) };
    assert_eq!(removed.removed, Some(world.now()));
    assert_eq!((removed.credentials, removed.permanent), (0, 0));
    assert_eq!((removed.integrations.as_slice(), removed.allowlist.as_slice()), (&[][..], &[][..]));
}

#[test]
fn a_page_learns_that_a_credential_was_used_in_the_last_thirty_days() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend");
    let (id, admin) = (app.credential.id, admin());
    let impact = || block_on(world.keyward.manager(&admin).deletion_impact(id)).unwrap();
    assert_eq!((impact().last_used, impact().is_used_recently), (None, false));
    block_on(world.keyward.verify(&Attempt::app(app.secret.expose()))).unwrap();
    block_on(world.keyward.flush()).unwrap();
    assert!(impact().last_used.is_some() && impact().is_used_recently);
    world.clock.advance(Duration::from_hours(31 * 24));
    assert!(impact().last_used.is_some() && !impact().is_used_recently);
}
