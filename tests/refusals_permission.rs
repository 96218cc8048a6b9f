//! Every operation by every actor.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;

use keyward::{
    AccountId, Actor, ActorId, ManageError, Permission, Refusal, kind::KindWord,
    manage::RecordType, scope::Scopes,
};

use crate::support::operations::{For, OPERATIONS, On, Operation};
use crate::support::{
    World, account, admin, assert_advises, guest, member, no_secret, operator, outlet, shop,
    stranger, viewer,
};

/// The outcome for an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    Forbidden,
    Suspended,
    NotFound(RecordType),
    NotConnected,
    WrongTypedName,
    AboveCeiling,
}

impl Answer {
    fn of(done: &Result<(), ManageError>) -> Self {
        match done {
            Ok(()) => Self::Done,
            Err(ManageError::Forbidden) => Self::Forbidden,
            Err(ManageError::AccountSuspended) => Self::Suspended,
            Err(ManageError::NotFound(what)) => Self::NotFound(*what),
            Err(ManageError::Refused(Refusal::NotConnected)) => Self::NotConnected,
            Err(ManageError::Refused(Refusal::WrongTypedName)) => Self::WrongTypedName,
            Err(ManageError::Refused(Refusal::AboveCeiling { .. })) => Self::AboveCeiling,
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Active,
    Suspended,
}

/// Runs one operation in a new world, and checks that a refusal changes nothing.
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
        no_secret::assert_no_secret(error, &world.secrets());
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
fn an_admin_can_do_everything_except_operator_calls() {
    assert_matrix(&admin(), State::Active, |operation| match operation.by {
        For::TheOperator => Answer::Forbidden,
        _ => Answer::Done,
    });
}

#[test]
fn a_member_with_the_permission_may_not_create_or_remove_workspaces() {
    assert_matrix(&member(), State::Active, |operation| match operation.by {
        For::Admins | For::TheOperator => Answer::Forbidden,
        _ => Answer::Done,
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
        For::TheOperator => Answer::Forbidden,
        _ => Answer::Suspended,
    });
    assert_matrix(&member(), State::Suspended, |operation| match operation.by {
        For::Admins | For::TheOperator => Answer::Forbidden,
        _ => Answer::Suspended,
    });
    assert_matrix(&viewer(), State::Suspended, |operation| match operation.by {
        For::Viewers => Answer::Suspended,
        _ => Answer::Forbidden,
    });
}

#[test]
fn a_viewer_may_read_everything_and_change_nothing() {
    assert_matrix(&viewer(), State::Active, |operation| match operation.by {
        For::Viewers => Answer::Done,
        _ => Answer::Forbidden,
    });
    for operation in OPERATIONS.iter().filter(|operation| operation.by == For::Viewers) {
        assert!(!operation.is_change(), "{}", operation.name);
    }
}

/// Nor in their lists, which `limited_actors.rs` looks at.
#[test]
fn workspaces_outside_an_actors_workspaces_are_not_found() {
    for only in [vec![], vec![outlet()]] {
        let limited = [
            (member(), For::Managers),
            (viewer(), For::Viewers),
            (admin(), For::Managers),
            (operator().acting_for(account()), For::Managers),
        ];
        for (actor, most) in limited {
            let actor = actor.only_workspaces(only.clone());
            assert_matrix(&actor, State::Active, |operation| match (operation.by, operation.on) {
                (For::ManagersOfAll | For::Admins | For::TheOperator, _) => Answer::Forbidden,
                (For::Managers | For::ManagersOfAllKinds, _) if most == For::Viewers => {
                    Answer::Forbidden
                }
                (_, On::Account) => Answer::Done,
                (_, On::Workspace) => Answer::NotFound(RecordType::Workspace),
                (_, On::Credential) => Answer::NotFound(RecordType::Credential),
            });
        }
    }
    let inside = member().only_workspaces([shop(), outlet()]);
    assert_matrix(&inside, State::Active, |operation| match operation.by {
        For::ManagersOfAll | For::Admins | For::TheOperator => Answer::Forbidden,
        _ => Answer::Done,
    });
}

#[test]
fn credentials_outside_an_actors_kinds_are_not_found() {
    for only in [vec![], vec![KindWord::new("live").unwrap()]] {
        let actor = member().only_kinds(only);
        assert_matrix(&actor, State::Active, |operation| match (operation.by, operation.on) {
            (For::Viewers | For::Managers, On::Credential) => {
                Answer::NotFound(RecordType::Credential)
            }
            // Segment uses a Track set, so it is as if it were not connected.
            _ if ["snippet", "disconnect"].contains(&operation.name) => Answer::NotConnected,
            _ if operation.name.starts_with("issue") || operation.name == "connect" => {
                Answer::Forbidden
            }
            (For::Viewers | For::Managers, _) => Answer::Done,
            _ => Answer::Forbidden,
        });
    }
    let inside = member().only_kinds([KindWord::Track, KindWord::App]);
    assert_matrix(&inside, State::Active, |operation| match operation.by {
        For::Viewers | For::Managers => Answer::Done,
        _ => Answer::Forbidden,
    });
}

/// The operations of managers that give nobody anything. Each batch of `hand_over` refuses its credentials one by one.
const GIVE_NOTHING: [&str; 15] = [
    "recount",
    "connect",
    "disconnect",
    "rename",
    "deprecate",
    "suspend",
    "set_expiry",
    "end_overlap",
    "set_scopes",
    "set_networks",
    "set_labels",
    "hand_over",
    "delete",
    "delete_owned",
    "respond_to_leak",
];

/// Every credential of the furnished workspace has all scopes.
#[test]
fn an_actor_without_scopes_takes_away_and_gives_nothing() {
    for actor in [viewer(), member(), admin(), operator().acting_for(account())] {
        let actor = actor.only_scopes(Scopes::none());
        assert_matrix(&actor, State::Active, |operation| match operation.by {
            For::Viewers => Answer::Done,
            _ if !actor.can_manage() => Answer::Forbidden,
            For::Managers if GIVE_NOTHING.contains(&operation.name) => Answer::Done,
            For::Managers => Answer::AboveCeiling,
            For::TheOperator if operation.name.ends_with("import") => match actor.by().role {
                keyward::manage::Role::Operator => Answer::AboveCeiling,
                _ => Answer::Forbidden,
            },
            // An operator with a ceiling does not resume an account, and with it every credential.
            _ => Answer::Forbidden,
        });
    }
}

/// The page hides operations that would be refused.
#[test]
fn an_actor_says_what_it_can_do() {
    for actor in [
        guest(),
        viewer(),
        member(),
        admin(),
        operator().acting_for(account()),
        viewer().only_workspaces([shop()]),
        member().only_workspaces([shop()]),
        member().only_kinds([KindWord::Track, KindWord::App]),
        admin().only_workspaces([shop()]),
    ] {
        for operation in OPERATIONS {
            let said = match operation.by {
                For::Viewers => actor.can_view(),
                For::Managers => actor.can_manage(),
                For::ManagersOfAllKinds => actor.can_manage_allowlists(),
                For::ManagersOfAll => actor.can_manage_account(),
                For::Admins => actor.can_manage_workspaces(),
                For::TheOperator => continue,
            };
            let done = answer(operation, &actor, State::Active);
            assert_eq!(done == Answer::Done, said, "{} by {actor:?}", operation.name);
        }
    }
}

#[test]
fn a_permission_or_a_limit_that_is_given_twice_widens_nothing() {
    let both = guest().with(Permission::ManageApiCredentials).with(Permission::ViewApiCredentials);
    assert_eq!(both, guest().with(Permission::ManageApiCredentials));
    let twice = member().only_workspaces([shop()]).only_workspaces([shop(), outlet()]);
    assert_eq!(twice, member().only_workspaces([shop()]));
    let neither = member().only_kinds([KindWord::Track]).only_kinds([KindWord::App]);
    assert!(!neither.includes_kind(KindWord::Track) && !neither.includes_kind(KindWord::App));
}

#[test]
fn records_of_another_account_are_not_found() {
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
            // The id of the other account is typed.
            _ if operation.name == "close_account" => Answer::WrongTypedName,
            (For::TheOperator, On::Account) => operates,
            (For::Admins, On::Account) => creates,
            (For::Admins, _) if creates == Answer::Forbidden => Answer::Forbidden,
            // The stranger's own account, which has none of these records.
            (_, On::Account) => Answer::Done,
            (_, On::Workspace) => Answer::NotFound(RecordType::Workspace),
            (_, On::Credential) => Answer::NotFound(RecordType::Credential),
        });
    }
}

#[test]
fn an_admin_of_another_account_changes_nothing() {
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

/// Fails if an operation is missing from the table.
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
