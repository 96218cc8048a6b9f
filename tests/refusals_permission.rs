//! Who may do what: every operation by every actor.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;

use keyward::{AccountId, Actor, ActorId, ManageError, Permission, manage::RecordType};

use crate::support::operations::{For, OPERATIONS, On, Operation};
use crate::support::{
    World, account, admin, assert_advises, guest, member, operator, silence, stranger,
};

/// What an actor gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    Forbidden,
    Suspended,
    NotFound(RecordType),
}

impl Answer {
    fn of(done: &Result<(), ManageError>) -> Self {
        match done {
            Ok(()) => Self::Done,
            Err(ManageError::Forbidden) => Self::Forbidden,
            Err(ManageError::AccountSuspended) => Self::Suspended,
            Err(ManageError::NotFound(what)) => Self::NotFound(*what),
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Active,
    Suspended,
}

/// Runs one operation in a world of its own, and checks that a refusal changes nothing.
fn answer(operation: &Operation, actor: &Actor, state: State) -> Answer {
    let world = World::new();
    let targets = world.furnish();
    match state {
        State::Active => {}
        State::Suspended => world.suspend_account(),
    }
    let before = world.dump();
    let done = (operation.run)(&world.keyward.manager(actor), &targets);
    if let Err(error) = &done {
        world.dump().assert_is(&before, operation.name);
        silence::assert_silent(error, &world.secrets());
        assert_advises(error);
    }
    Answer::of(&done)
}

fn assert_matrix(actor: &Actor, state: State, expected: impl Fn(&Operation) -> Answer) {
    for operation in OPERATIONS {
        let found = answer(operation, actor, state);
        assert_eq!(found, expected(operation), "{} in {state:?} by {actor:?}", operation.name);
    }
}

#[test]
fn an_admin_may_do_all_but_what_is_the_operators() {
    assert_matrix(&admin(), State::Active, |operation| match operation.by {
        For::Managers | For::Admins => Answer::Done,
        For::TheOperator => Answer::Forbidden,
    });
}

#[test]
fn a_member_with_the_permission_may_not_create_or_remove_workspaces() {
    assert_matrix(&member(), State::Active, |operation| match operation.by {
        For::Managers => Answer::Done,
        For::Admins | For::TheOperator => Answer::Forbidden,
    });
}

#[test]
fn a_member_without_the_permission_may_not_even_read() {
    assert_matrix(&guest(), State::Active, |_| Answer::Forbidden);
    assert_matrix(&guest(), State::Suspended, |_| Answer::Forbidden);
}

#[test]
fn the_operator_may_do_everything_in_a_suspended_account_too() {
    let operator = operator().acting_for(account());
    assert_matrix(&operator, State::Active, |_| Answer::Done);
    assert_matrix(&operator, State::Suspended, |_| Answer::Done);
}

#[test]
fn an_admin_and_a_member_of_a_suspended_account_may_not_even_read() {
    assert_matrix(&admin(), State::Suspended, |operation| match operation.by {
        For::Managers | For::Admins => Answer::Suspended,
        For::TheOperator => Answer::Forbidden,
    });
    assert_matrix(&member(), State::Suspended, |operation| match operation.by {
        For::Managers => Answer::Suspended,
        For::Admins | For::TheOperator => Answer::Forbidden,
    });
}

#[test]
fn what_is_another_accounts_is_not_found() {
    let other = AccountId::new("other").unwrap();
    let of_other = ActorId::new("ben@other.test").unwrap();
    let member = Actor::member(other.clone(), of_other).with(Permission::ManageApiCredentials);
    let operator = operator().acting_for(other);
    for (actor, state, creates, operates) in [
        (stranger(), State::Active, Answer::Done, Answer::Forbidden),
        (stranger(), State::Suspended, Answer::Done, Answer::Forbidden),
        (member, State::Active, Answer::Forbidden, Answer::Forbidden),
        (operator, State::Active, Answer::Done, Answer::Done),
    ] {
        assert_matrix(&actor, state, |operation| match (operation.by, operation.on) {
            (For::TheOperator, _) if operates == Answer::Forbidden => operates,
            (For::TheOperator, On::Account) => operates,
            (For::Admins, On::Account) => creates,
            (For::Admins, _) if creates == Answer::Forbidden => Answer::Forbidden,
            // His own account, which has none of it.
            (_, On::Account) => Answer::Done,
            (_, On::Workspace) => Answer::NotFound(RecordType::Workspace),
            (_, On::Credential) => Answer::NotFound(RecordType::Credential),
        });
    }
}

#[test]
fn an_account_is_changed_by_nobody_elses_admin() {
    for operation in OPERATIONS {
        let world = World::new();
        let targets = world.furnish();
        let before = world.dump();
        let _ = (operation.run)(&world.keyward.manager(&stranger()), &targets);
        let own = |dump: crate::support::dump::Dump| {
            let accounts = dump.accounts.into_iter().filter(|record| record.id == account());
            let workspaces = dump.workspaces.into_iter().filter(|own| own.account == account());
            let credentials = dump.credentials.into_iter().filter(|own| own.account == account());
            let events = dump.events.into_iter().filter(|event| event.account == account());
            (
                accounts.collect::<Vec<_>>(),
                workspaces.collect::<Vec<_>>(),
                credentials.collect::<Vec<_>>(),
                events.collect::<Vec<_>>(),
            )
        };
        assert_eq!(own(world.dump()), own(before), "{}", operation.name);
    }
}

/// A new operation goes into the table, or this fails.
#[test]
fn the_table_holds_every_operation_of_the_manager() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/shell/manager");
    let mut written = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let operations = source.lines().filter_map(|line| line.strip_prefix("    pub async fn "));
        written
            .extend(operations.filter_map(|line| line.split(['(', '<']).next().map(str::to_owned)));
    }
    let tabled: BTreeSet<_> =
        OPERATIONS.iter().map(|operation| operation.name.to_owned()).collect();
    assert_eq!(tabled, written);
}
