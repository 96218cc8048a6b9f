//! A closed account: one commit ends everything in it, for good.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use keyward::history::{Action, HistoryFilter};
use keyward::store::{CredentialStore, PageSize, Purged};
use keyward::{Attempt, DenialReason, ManageError, NewWorkspace, NotVerified, Refusal};

use crate::support::operations::{For, OPERATIONS, READS};
use crate::support::{World, account, admin, block_on, name, operator, outlet, shop};

fn close(world: &World) {
    let operator = operator().acting_for(account());
    block_on(world.keyward.manager(&operator).close_account("acme")).unwrap();
}

fn denial(world: &World, token: &str) -> DenialReason {
    match block_on(world.keyward.verify(&Attempt::app(token))) {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_commit_ends_every_credential_and_its_workspaces_are_removed_after_it() {
    let world = World::new();
    world.shop();
    drop(world.workspace(&outlet(), "Outlet"));
    let issued = world.app_key("backend");
    let token = issued.secret.expose();
    block_on(world.keyward.verify(&Attempt::app(token))).unwrap();
    let commits = || block_on(world.store.position()).unwrap().number();
    let before = commits();
    close(&world);
    assert_eq!(commits(), before + 1);
    assert_eq!(denial(&world, token), DenialReason::AccountClosed);
    close(&world);
    assert_eq!(commits(), before + 1, "it is closed already");

    let operator = operator().acting_for(account());
    let manager = world.keyward.manager(&operator);
    assert_eq!(block_on(manager.remove_closed()).unwrap(), 2);
    assert_eq!(block_on(manager.remove_closed()).unwrap(), 0);
    let left = block_on(manager.workspaces(None, PageSize::MAX)).unwrap();
    assert_eq!(left.items, []);
    while block_on(world.store.purge_removed(1_000)).unwrap() == Purged::Some {}
    assert_eq!(block_on(world.store.credential(issued.credential.id)).unwrap(), None);
    let page = block_on(manager.history(HistoryFilter::new())).unwrap();
    let words = page.items.into_iter().map(|item| item.record().unwrap().action.word().to_string());
    let words: Vec<_> = words.take(3).collect();
    assert_eq!(words, ["workspace_removed", "workspace_removed", "account_closed"]);
}

#[test]
fn nothing_is_removed_from_an_account_that_is_not_closed() {
    let world = World::new();
    world.shop();
    let before = world.dump();
    let operator = operator().acting_for(account());
    let manager = world.keyward.manager(&operator);
    assert_eq!(block_on(manager.remove_closed()).unwrap(), 0);
    for wrong in ["", "acme ", "ACME", "other"] {
        let refused = block_on(manager.close_account(wrong));
        let is_refused = matches!(refused, Err(ManageError::Refused(Refusal::WrongTypedName)));
        assert!(is_refused, "{wrong:?}");
    }
    world.dump().assert_is(&before, "a wrong id");
}

/// Only the operator reads it, and nobody changes it.
#[test]
fn every_operation_on_a_closed_account_is_refused_but_the_reads_of_the_operator() {
    for operation in OPERATIONS {
        let world = World::new();
        let targets = world.furnish();
        close(&world);
        let before = world.dump();
        let admin = (operation.run)(&world.keyward.manager(&admin()), &targets);
        match operation.by {
            For::TheOperator => assert!(matches!(admin, Err(ManageError::Forbidden))),
            _ => assert!(matches!(admin, Err(ManageError::AccountClosed)), "{}", operation.name),
        }
        let actor = crate::support::operator().acting_for(account());
        let outcome = (operation.run)(&world.keyward.manager(&actor), &targets);
        let is_read = operation.by == For::Viewers && READS.contains(&operation.name);
        if operation.name == "remove_closed" {
            outcome.unwrap();
            continue;
        }
        match outcome {
            Ok(()) => assert!(is_read || operation.by == For::TheOperator, "{}", operation.name),
            Err(ManageError::AccountClosed) => assert!(!is_read, "{}", operation.name),
            Err(other) => panic!("{}: {other:?}", operation.name),
        }
        world.dump().assert_is(&before, operation.name);
    }
}

#[test]
fn the_id_of_a_closed_account_is_never_free_again() {
    let world = World::new();
    close(&world);
    let new = || NewWorkspace::new(shop(), name("Shop"));
    let created = block_on(world.keyward.manager(&admin()).create_workspace(new()));
    assert!(matches!(created, Err(ManageError::AccountClosed)));
    let operator = operator().acting_for(account());
    let created = block_on(world.keyward.manager(&operator).create_workspace(new()));
    assert!(matches!(created, Err(ManageError::AccountClosed)));
    let events = world.dump().events;
    assert_eq!(events.last().unwrap().action, Action::AccountClosed);
}
