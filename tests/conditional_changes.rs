//! A change that is made for one revision of its record is made from that revision, or not at all.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use keyward::manage::Revision;
use keyward::{ManageError, Refusal, history::Subject};

use crate::support::dump::Dump;
use crate::support::operations::{OPERATIONS, On, Operation, READS, Targets};
use crate::support::{World, account, operator};

/// Runs an operation, by the operator, for a revision that was seen.
fn run(
    world: &World,
    operation: &Operation,
    targets: &Targets,
    seen: Revision,
) -> Result<(), ManageError> {
    let operator = operator().acting_for(account());
    (operation.run)(&world.keyward.manager(&operator).if_revision(seen), targets)
}

/// The revision of the record that an operation was about, as it was before the last event.
fn of_its_record(operation: &Operation, before: &Dump, after: &Dump) -> Revision {
    let subject = &after.events.last().unwrap().subject;
    let account = before.accounts.first().map_or(Revision::NONE, |record| record.revision);
    match (operation.on, subject) {
        (On::Account, _) => account,
        (On::Workspace, subject) => {
            let id = subject.workspace().unwrap();
            before.workspaces.iter().find(|record| record.id == *id).unwrap().revision
        }
        (On::Credential, Subject::Credential(_, id)) => {
            before.credentials.iter().find(|record| record.id == *id).unwrap().revision
        }
        (On::Credential, other) => unreachable!("{other:?}"),
    }
}

#[test]
fn a_change_for_another_revision_is_refused_and_changes_nothing() {
    let mut tried = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.is_change()) {
        let (world, targets) = operation.world();
        let before = world.dump();
        let unseen = Revision::new(1_000);
        let refused = run(&world, operation, &targets, unseen).unwrap_err();
        let ManageError::Refused(Refusal::Changed { now }) = refused else {
            unreachable!("{}: {refused:?}", operation.name)
        };
        crate::support::assert_advises(&refused);
        let beside = Revision::new(now.get().checked_sub(1).unwrap_or(2));
        for wrong in [beside, now.next()] {
            let refused = run(&world, operation, &targets, wrong).unwrap_err();
            let expected = Refusal::Changed { now };
            assert!(
                matches!(&refused, ManageError::Refused(refusal) if *refusal == expected),
                "{}: {refused:?}",
                operation.name
            );
        }
        world.dump().assert_is(&before, operation.name);

        run(&world, operation, &targets, now).unwrap();
        let after = world.dump();
        assert_eq!(after.events.len(), before.events.len() + 1, "{}", operation.name);
        assert_eq!(now, of_its_record(operation, &before, &after), "{}", operation.name);
        tried += 1;
    }
    assert!(tried > READS.len(), "{tried}");
    for read in READS {
        assert!(OPERATIONS.iter().any(|operation| operation.name == read), "{read}");
    }
}

/// The caller's revision is outdated, and the call must fail even if there is nothing to do.
#[test]
fn a_change_without_effect_is_refused_for_another_revision() {
    let operation = OPERATIONS.iter().find(|operation| operation.name == "suspend").unwrap();
    let (world, targets) = operation.world();
    let seen = Revision::new(1);
    run(&world, operation, &targets, seen).unwrap();
    let done = world.dump();
    let refused = run(&world, operation, &targets, seen).unwrap_err();
    assert!(
        matches!(refused, ManageError::Refused(Refusal::Changed { now }) if now == seen.next())
    );
    run(&world, operation, &targets, seen.next()).unwrap();
    world.dump().assert_is(&done, "it was suspended already");
}

#[test]
fn a_read_is_not_conditional() {
    let world = World::new();
    let targets = world.furnish();
    let reads = OPERATIONS.iter().filter(|operation| !operation.is_change());
    // It finds nothing to change in the furnished workspace.
    for operation in reads.filter(|operation| operation.name != "apply_policy") {
        run(&world, operation, &targets, Revision::new(1_000)).unwrap();
    }
}
