//! The lists, the history and the counts of actors that are limited to some workspaces or kinds.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use keyward::store::{Page, PageItem, PageSize};
use keyward::{
    Actor, CredentialId, ManageError, NewCredential, NewWorkspace, OperationId, WorkspaceId,
    history::{HistoryEvent, HistoryFilter},
    kind::KindWord,
    manage::{CredentialFilter, Integration},
};

use crate::support::{World, admin, block_on, member, name, outlet, shop, viewer};

/// Two workspaces with an App key and two Track sets each.
fn furnished() -> World {
    let world = World::new();
    world.furnish();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(async {
        let outlet_name = NewWorkspace::new(outlet(), name("Outlet"));
        drop(manager.create_workspace(outlet_name).await?);
        drop(manager.issue_app_key(NewCredential::new(outlet(), name("backend"))).await?);
        manager.allow(&outlet(), &["198.51.100.7".parse().unwrap()]).await
    })
    .unwrap();
    world
}

/// The records of all pages of one item. No page but an only one is empty.
fn walk<T, C: Clone + Debug>(
    page: impl Fn(Option<C>) -> Result<Page<T, C>, ManageError>,
) -> Vec<T> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let Page { items, next } = page(after.clone()).unwrap();
        assert!(!items.is_empty() || (after.is_none() && next.is_none()), "an empty page");
        found.extend(items.into_iter().filter_map(PageItem::record));
        after = next;
        if after.is_none() {
            return found;
        }
    }
}

fn credentials(world: &World, actor: &Actor) -> BTreeSet<(WorkspaceId, KindWord, CredentialId)> {
    let manager = world.keyward.manager(actor);
    let found = walk(|after| {
        let filter = CredentialFilter::new().size(PageSize::new(1).unwrap()).after(after);
        block_on(manager.credentials(filter))
    });
    found.into_iter().map(|found| (found.workspace, found.kind, found.id)).collect()
}

fn history(world: &World, actor: &Actor) -> Vec<HistoryEvent> {
    let manager = world.keyward.manager(actor);
    walk(|before| {
        let filter = HistoryFilter::new().size(PageSize::new(1).unwrap()).before(before);
        block_on(manager.history(filter))
    })
}

#[test]
fn lists_leave_out_other_workspaces() {
    let world = furnished();
    let all = credentials(&world, &admin());
    let events = history(&world, &admin());
    for only in [vec![], vec![shop()], vec![outlet()], vec![shop(), outlet()]] {
        for actor in [viewer(), member(), admin()] {
            let actor = actor.only_workspaces(only.clone());
            let mut expected = all.clone();
            expected.retain(|(workspace, ..)| only.contains(workspace));
            assert_eq!(credentials(&world, &actor), expected);
            let manager = world.keyward.manager(&actor);
            let listed =
                walk(|after| block_on(manager.workspaces(after, PageSize::new(1).unwrap())));
            let listed: BTreeSet<_> = listed.into_iter().map(|found| found.id).collect();
            assert_eq!(listed, only.iter().cloned().collect());
            let mut expected = events.clone();
            expected.retain(|event| event.subject.workspace().is_some_and(|id| only.contains(id)));
            assert_eq!(history(&world, &actor), expected);
        }
    }
}

#[test]
fn lists_leave_out_other_kinds() {
    let world = furnished();
    let all = credentials(&world, &admin());
    let events = history(&world, &admin());
    let kinds = [KindWord::Track, KindWord::App];
    for only in [vec![], vec![KindWord::Track], vec![KindWord::App], kinds.to_vec()] {
        let actor = viewer().only_kinds(only.clone());
        let mut expected = all.clone();
        expected.retain(|(_, kind, _)| only.contains(kind));
        assert_eq!(credentials(&world, &actor), expected);
        let ids: BTreeSet<_> = expected.into_iter().map(|(.., id)| id).collect();
        let mut expected = events.clone();
        expected.retain(|event| event.subject.credential().is_some_and(|id| ids.contains(id)));
        assert_eq!(history(&world, &actor), expected);

        let manager = world.keyward.manager(&actor);
        let shown = block_on(manager.workspace(&shop())).unwrap();
        assert_eq!((shown.credentials, shown.integrations), (None, None));
        for listed in walk(|after| block_on(manager.workspaces(after, PageSize::MAX))) {
            assert_eq!((listed.credentials, listed.integrations), (None, None));
        }
        let used = block_on(manager.integrations(&shop())).unwrap();
        assert_eq!(used.len(), usize::from(only.contains(&KindWord::Track)));
    }
}

#[test]
fn both_limits_hold_at_once() {
    let world = furnished();
    let actor = member().only_workspaces([outlet()]).only_kinds([KindWord::App]);
    let found = credentials(&world, &actor);
    assert_eq!(found.len(), 1);
    let all = credentials(&world, &admin());
    for (workspace, kind, id) in all {
        let shown = block_on(world.keyward.manager(&actor).credential(id));
        let inside = workspace == outlet() && kind == KindWord::App;
        assert_eq!(shown.is_ok(), inside, "{workspace} {kind}: {shown:?}");
    }
}

/// The same error as for an id that does not exist.
#[test]
fn a_credential_of_another_workspace_is_not_found_as_a_choice() {
    let world = furnished();
    let of = |wanted: &WorkspaceId| {
        let all = credentials(&world, &admin());
        let track = |(workspace, kind, _): &&(WorkspaceId, KindWord, CredentialId)| {
            workspace == wanted && *kind == KindWord::Track
        };
        all.iter().find(track).unwrap().2
    };
    let actor = member().only_workspaces([shop()]);
    let manager = world.keyward.manager(&actor);
    let connect = |id| block_on(manager.connect(&shop(), Integration::Api, Some(id)));
    let unknown = connect("000000000000".parse().unwrap()).unwrap_err();
    assert!(matches!(unknown, ManageError::NotFound(_)));
    assert_eq!(connect(of(&outlet())).unwrap_err().to_string(), unknown.to_string());
    connect(of(&shop())).unwrap();
}

#[test]
fn an_outcome_outside_the_limits_is_not_shown() {
    let world = furnished();
    let events = history(&world, &admin());
    let outcome = |actor: &Actor, operation: OperationId| {
        block_on(world.keyward.manager(actor).outcome(operation)).unwrap()
    };
    let in_shop = viewer().only_workspaces([shop()]);
    let of_apps = viewer().only_kinds([KindWord::App]);
    let shown = history(&world, &of_apps);
    for event in events {
        let inside = event.subject.workspace() == Some(&shop());
        assert_eq!(outcome(&in_shop, event.operation).is_some(), inside, "{event:?}");
        let inside = shown.contains(&event);
        assert_eq!(outcome(&of_apps, event.operation).is_some(), inside, "{event:?}");
    }
    // An actor can always look up their own operations, including a deletion.
    let deleter = member().only_kinds([KindWord::App]);
    let spare = world.app_key("short-lived").credential.id;
    block_on(world.keyward.manager(&deleter).delete(spare, "short-lived")).unwrap();
    let newest = history(&world, &admin()).remove(0);
    assert!(outcome(&deleter, newest.operation).is_some());
    assert!(outcome(&of_apps, newest.operation).is_none());
}

/// A repeat must not reveal that a workspace exists.
#[test]
fn a_repeated_issue_outside_the_limits_is_not_found() {
    let world = furnished();
    let new = || NewCredential::new(outlet(), name("again")).operation("form 1");
    block_on(world.keyward.manager(&member()).issue_app_key(new())).map(drop).unwrap();
    let limited = member().only_workspaces([shop()]);
    let refused = block_on(world.keyward.manager(&limited).issue_app_key(new())).unwrap_err();
    assert_eq!(refused.code(), "workspace_not_found");
}

#[test]
fn a_list_is_searched_by_the_beginning_of_names() {
    let world = furnished();
    let search = |actor: &Actor, text: &str| {
        let manager = world.keyward.manager(actor);
        let found = walk(|after| {
            let size = PageSize::new(1).unwrap();
            let filter = CredentialFilter::new().name_starts_with(text).size(size).after(after);
            block_on(manager.credentials(filter))
        });
        found.into_iter().map(|found| found.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(search(&admin(), " PR"), ["primary", "primary"]);
    assert_eq!(search(&admin(), "backend"), ["backend", "backend"]);
    assert_eq!(search(&admin(), "ackend"), [""; 0]);
    assert_eq!(search(&admin(), " ").len(), credentials(&world, &admin()).len());
    assert_eq!(search(&viewer().only_workspaces([outlet()]), "primary"), ["primary"]);
    assert_eq!(search(&viewer().only_kinds([KindWord::App]), "primary"), [""; 0]);
    // No name has such a character, and a database may refuse it.
    assert_eq!(search(&admin(), "pri\0"), [""; 0]);
}
