//! Refused copies: into a store that has data, and from a corrupt one.

use std::error::Error;

use keyward::store::{CopyError, CredentialStore, StoreError, StoreErrorKind};
use keyward::{MemoryStore, NewWorkspace, PostgresStore, SqliteStore};

use crate::furnished::{Furnished, furnish};
use crate::support::{admin, assert_advises, name, outlet};
use crate::test_store::{KINDS, Kind, TestStore, block_on};

#[test]
fn a_target_that_holds_something_is_left_as_it_is() {
    for kind in KINDS {
        block_on(async {
            let (from, to) = (TestStore::fresh(Kind::Memory).await, TestStore::fresh(kind).await);
            furnish(&from.store()).await;
            let furnished = furnish(&to.store()).await;
            let before = furnished.held_by(&to.store()).await;
            for source in [&from, &to] {
                let error = source.copy_to(&to).await.unwrap_err();
                assert!(matches!(error, CopyError::TargetNotEmpty), "{error:?}");
                assert_advises(&error);
            }
            assert_eq!(furnished.held_by(&to.store()).await, before);
            furnished.opens_by_the_token(&to.store()).await;
        });
    }
}

/// Tries each type of data.
#[test]
fn one_row_is_something() {
    let account = "INSERT INTO keyward_accounts (id, revision, unlisted_workspaces, incarnation, tag) \
        VALUES ('acme', 1, 'open', zeroblob(16), zeroblob(45));";
    let workspace = "INSERT INTO keyward_workspaces \
        (id, account, name, name_key, created, revision, credentials, permanent, incarnation, \
        account_incarnation, tag) \
        VALUES ('shop', 'acme', 'Shop', 'shop', 0, 1, 0, 0, zeroblob(16), zeroblob(16), zeroblob(45))";
    let credential = "INSERT INTO keyward_credentials \
        (id, account, workspace, kind, name, name_key, created, created_by_role, created_by_id, \
        revision, generation, workspace_incarnation, tag) \
        VALUES ('abcdefghijkl', 'acme', 'shop', 'app', 'App', 'app', 0, 'admin', 'ada', 1, 1, \
        zeroblob(16), zeroblob(45))";
    let event = "INSERT INTO keyward_events \
        (number, operation, at, account, by_role, by_id, action, outline_tag, tag) \
        VALUES (1, zeroblob(16), 0, 'acme', 'admin', 'ada', '{}', zeroblob(45), zeroblob(45))";
    let position = "UPDATE keyward_position SET number = 1, operation = zeroblob(16)";
    for row in [account, workspace, credential, event, position] {
        block_on(async {
            let (from, to) =
                (TestStore::fresh(Kind::Memory).await, TestStore::fresh(Kind::Sqlite).await);
            to.run(row).await;
            let error = from.copy_to(&to).await.unwrap_err();
            assert!(matches!(error, CopyError::TargetNotEmpty), "{row}: {error:?}");
        });
    }
}

#[test]
fn two_copies_into_one_store_do_not_mix() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        block_on(async {
            let (one, other) =
                (TestStore::fresh(Kind::Memory).await, TestStore::fresh(Kind::Memory).await);
            let furnished = [furnish(&one.store()).await, furnish(&other.store()).await];
            let to = TestStore::fresh(kind).await;
            let outcomes: [_; 2] = tokio::join!(one.copy_to(&to), other.copy_to(&to)).into();
            let copied = outcomes.iter().position(Result::is_ok).expect("one of them won");
            let late = outcomes[1 - copied].as_ref();
            assert!(matches!(late, Err(CopyError::TargetNotEmpty)), "{outcomes:?}");
            furnished[copied].opens_by_the_token(&to.store()).await;
        });
    }
}

/// The corrupt row that a copy ended at.
fn corrupt_row(error: &CopyError) -> String {
    assert!(matches!(error, CopyError::Source(_)), "{error:?}");
    assert_advises(error);
    let source = error.source().unwrap().downcast_ref::<StoreError>().unwrap();
    assert_eq!(source.kind(), StoreErrorKind::Corrupt);
    source.row().unwrap().to_owned()
}

/// A statement that spoils a row, and the row that the copy then names.
type CorruptsRows = (&'static str, fn(&Furnished) -> String);

const SPOILS: &[CorruptsRows] = &[
    ("UPDATE keyward_accounts SET revision = -1 WHERE id = 'acme'", |_| "acme".to_owned()),
    ("UPDATE keyward_workspaces SET revision = -1 WHERE id = 'kiosk'", |_| "kiosk".to_owned()),
    ("UPDATE keyward_workspaces SET credentials = -1 WHERE id = 'acme/outlet'", |_| {
        outlet().to_string()
    }),
    (
        "DELETE FROM keyward_generations WHERE number = 1 AND seal IS NOT NULL AND \
      credential IN (SELECT id FROM keyward_credentials WHERE name = 'Ströme')",
        site,
    ),
    // A record that can be read, and that no operation has written.
    (
        "UPDATE keyward_generations SET digest = (SELECT first.digest FROM keyward_generations first \
      WHERE first.credential = keyward_generations.credential ORDER BY first.number LIMIT 1) WHERE \
      credential IN (SELECT id FROM keyward_credentials WHERE name = 'Ströme')",
        site,
    ),
    (
        "UPDATE keyward_events SET workspace = NULL, credential = 'abcdefghijkl' WHERE number = \
      (SELECT min(number) FROM keyward_events)",
        |furnished| furnished.followed.number().to_string(),
    ),
    ("UPDATE keyward_position SET number = number + 1", |_| "position".to_owned()),
    ("UPDATE keyward_position SET number = number - 1", |_| "position".to_owned()),
    ("DELETE FROM keyward_position", |_| "position".to_owned()),
];

fn site(furnished: &Furnished) -> String {
    furnished.site.to_string()
}

/// Drops the constraints of a PostgreSQL schema. (SQLite's are off for statements that are run by hand.)
const NO_NETS: &str = "DO $$ DECLARE net record; BEGIN \
FOR net IN SELECT conrelid::regclass AS host, conname FROM pg_constraint \
WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
AND contype IN ('c', 'f') AND conrelid <> 0 \
LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', net.host, net.conname); END LOOP; END $$";

#[test]
fn a_corrupt_row_of_the_source_ends_the_copy_and_is_named() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        for (statement, row) in SPOILS {
            block_on(async {
                let (from, to) =
                    (TestStore::fresh(kind).await, TestStore::fresh(Kind::Memory).await);
                let furnished = furnish(&from.store()).await;
                if kind == Kind::Postgres {
                    from.run(NO_NETS).await;
                }
                from.run(statement).await;
                let error = from.copy_to(&to).await.unwrap_err();
                assert_eq!(corrupt_row(&error), row(&furnished), "{kind:?}: {statement}");
                let again = from.copy_to(&to).await.unwrap_err();
                if row(&furnished) == "position" {
                    assert_eq!(corrupt_row(&again), "position", "nothing was written before");
                } else if row(&furnished) != "acme" {
                    assert!(matches!(again, CopyError::TargetNotEmpty), "{statement}: {again:?}");
                }
            });
        }
    }
}

#[test]
fn a_store_that_does_not_answer_is_named() {
    block_on(async {
        let closed = SqliteStore::open_in_memory().await.unwrap();
        closed.close().await;
        let open = SqliteStore::open_in_memory().await.unwrap();
        let from = keyward::store::copy(&closed, &open).await.unwrap_err();
        assert!(matches!(from, CopyError::Source(_)), "{from:?}");
        let to = keyward::store::copy(&open, &closed).await.unwrap_err();
        assert!(matches!(to, CopyError::Target(_)), "{to:?}");
        // Nothing was written, so it can be used.
        let test_store = TestStore::fresh(Kind::Memory).await;
        let furnished = furnish(&test_store.store()).await;
        let keyward = furnished.service(&keyward::store::AnyStore::new(open.clone()));
        let new = NewWorkspace::new(outlet(), name("Outlet"));
        keyward.manager(&admin()).create_workspace(new).await.unwrap();
        assert_eq!(open.position().await.unwrap().number(), 1);
    });
}

/// A host may spawn it.
#[test]
fn a_copy_can_be_spawned() {
    fn spawned(_: impl Future + Send) {}
    let check = |from: &SqliteStore, to: &PostgresStore| spawned(keyward::store::copy(from, to));
    let _ = check;
    let memory = keyward::MemoryStore::new();
    spawned(keyward::store::copy(&memory, &memory));
    let copied = block_on(async move {
        tokio::spawn(async move { keyward::store::copy(&memory, &memory).await }).await.unwrap()
    });
    assert!(copied.is_ok(), "{copied:?}");
}

/// A program that copies from SQLite to PostgreSQL in its `main` does not compile if the futures of both stores are inside that of the copy.
#[test]
fn the_future_of_a_copy_contains_none_of_a_store() {
    let (from, to) = (MemoryStore::new(), MemoryStore::new());
    let size = size_of_val(&keyward::store::copy(&from, &to));
    assert!(size <= 256, "{size} bytes");
}
