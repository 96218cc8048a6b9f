//! An interrupted copy: its target is recognised, cannot be used, and is refused.

use std::error::Error;

use keyward::store::{CopyError, CredentialStore, StoreError, StoreErrorKind};
use keyward::{NewWorkspace, WorkspaceId};

use crate::furnished::furnish;
use crate::support::{admin, name, shop};
use crate::test_store::{DATABASES, Kind, TestStore, block_on};

/// Lets a table take no row.
fn shut(kind: Kind, table: &str) -> String {
    match kind {
        Kind::Sqlite => format!(
            "CREATE TRIGGER shut BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'shut'); END"
        ),
        _ => format!("ALTER TABLE {table} ADD CONSTRAINT shut CHECK (FALSE) NOT VALID"),
    }
}

fn open_again(kind: Kind, table: &str) -> String {
    match kind {
        Kind::Sqlite => "DROP TRIGGER shut".to_owned(),
        _ => format!("ALTER TABLE {table} DROP CONSTRAINT shut"),
    }
}

#[test]
fn a_target_that_was_interrupted_serves_nobody() {
    for kind in DATABASES {
        for table in [
            "keyward_accounts",
            "keyward_allowlist",
            "keyward_uses",
            "keyward_events",
            "keyward_position",
        ] {
            block_on(async {
                let (from, to) =
                    (TestStore::fresh(Kind::Memory).await, TestStore::fresh(kind).await);
                let furnished = furnish(&from.store()).await;
                to.run(&shut(kind, table)).await;
                let error = from.copy_to(&to).await.unwrap_err();
                assert!(matches!(error, CopyError::Target(_)), "{table}: {error:?}");
                to.run(&open_again(kind, table)).await;

                let again = from.copy_to(&to).await.unwrap_err();
                assert!(matches!(again, CopyError::TargetNotEmpty), "{table}: {again:?}");
                let onwards = to.copy_to(&TestStore::fresh(Kind::Memory).await).await.unwrap_err();
                let source = onwards.source().unwrap().downcast_ref::<StoreError>().unwrap();
                assert_eq!(source.row(), Some("position"), "{table}: {onwards:?}");

                let position = to.store().position().await.unwrap_err();
                assert_eq!(position.kind(), StoreErrorKind::Corrupt);
                let feed = to.store().changes_since(&furnished.followed, 1).await.unwrap_err();
                assert_eq!(feed.kind(), StoreErrorKind::Corrupt);
                let (keyward, late) = (furnished.service(&to.store()), WorkspaceId::new("late"));
                let late = late.unwrap();
                let new = NewWorkspace::new(late.clone(), name("Late"));
                keyward.manager(&admin()).create_workspace(new).await.unwrap_err();
                assert_eq!(to.store().workspace(&late).await.unwrap(), None, "{table}");
            });
        }
    }
}

/// A memory store cannot represent that it is half filled, but a copy from it can detect that.
#[test]
fn a_memory_store_that_was_half_filled_is_no_source() {
    for (row, table) in [("event", "keyward_events"), ("workspace", "keyward_workspaces")] {
        block_on(async {
            let (from, to) =
                (TestStore::fresh(Kind::Sqlite).await, TestStore::fresh(Kind::Memory).await);
            furnish(&from.store()).await;
            let spoil = format!("UPDATE {table} SET account = '' WHERE account = 'acme'");
            from.run(&spoil).await;
            from.copy_to(&to).await.expect_err(row);
            let again = from.copy_to(&to).await.unwrap_err();
            assert!(matches!(again, CopyError::TargetNotEmpty), "{row}: {again:?}");
            let onwards = to.copy_to(&TestStore::fresh(Kind::Memory).await).await.unwrap_err();
            let source = onwards.source().unwrap().downcast_ref::<StoreError>().unwrap();
            assert_eq!(source.row(), Some("position"), "{row}: {onwards:?}");
        });
    }
}

/// Each page is written whole or not at all.
#[test]
fn no_half_page_is_left() {
    for kind in DATABASES {
        block_on(async {
            let (from, to) = (TestStore::fresh(Kind::Memory).await, TestStore::fresh(kind).await);
            furnish(&from.store()).await;
            to.run(&shut(kind, "keyward_allowlist")).await;
            from.copy_to(&to).await.unwrap_err();
            let store = to.store();
            assert!(store.account(&crate::support::account()).await.unwrap().is_some());
            assert_eq!(store.workspace(&shop()).await.unwrap(), None);
        });
    }
}
