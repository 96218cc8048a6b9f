//! The comparison reads the stored data, so a target that stores something else is detected.

use keyward::store::{CopyError, CredentialStore};
use keyward::{NewWorkspace, WorkspaceId};

use crate::furnished::{Furnished, furnish};
use crate::harness::connection;
use crate::support::{admin, assert_advises, name};
use crate::test_store::{Kind, TestStore, block_on};

/// A trigger, and the place at which the stores then differ.
type Meddles = (&'static str, fn(&Furnished) -> String);

const MEDDLES: &[Meddles] = &[
    (
        "AFTER INSERT ON keyward_accounts WHEN NEW.id = 'acme' BEGIN \
         UPDATE keyward_accounts SET unlisted_workspaces = 'open' WHERE id = 'acme'; END",
        |_| "account acme".to_owned(),
    ),
    (
        "BEFORE INSERT ON keyward_accounts WHEN NEW.id = 'suspended' BEGIN \
         SELECT RAISE(IGNORE); END",
        |_| "account suspended".to_owned(),
    ),
    (
        "AFTER INSERT ON keyward_accounts WHEN NEW.id = 'acme' BEGIN \
         INSERT INTO keyward_accounts VALUES ('zz', zeroblob(16), zeroblob(45), 1, NULL, 'open', \
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL); END",
        |_| "account zz".to_owned(),
    ),
    (
        "AFTER INSERT ON keyward_workspaces WHEN NEW.id = 'acme/shop' BEGIN \
         UPDATE keyward_workspaces SET permanent = permanent + 1 WHERE id = NEW.id; END",
        |_| "workspace acme/shop".to_owned(),
    ),
    (
        "AFTER INSERT ON keyward_allowlist BEGIN \
         UPDATE keyward_allowlist SET place = -place; END",
        |_| "workspace acme/shop".to_owned(),
    ),
    (
        "AFTER INSERT ON keyward_integrations BEGIN \
         UPDATE keyward_integrations SET place = -place; END",
        |_| "workspace acme/shop".to_owned(),
    ),
    (
        "AFTER INSERT ON keyward_uses WHEN NEW.credential = \
         (SELECT id FROM keyward_credentials WHERE name = 'Ströme') BEGIN \
         UPDATE keyward_uses SET at = 0 WHERE credential = NEW.credential; END",
        |furnished| format!("credential {}", furnished.site),
    ),
    (
        "BEFORE INSERT ON keyward_events WHEN NEW.number = \
         (SELECT max(number) FROM keyward_events) + 1 BEGIN SELECT RAISE(IGNORE); END",
        |furnished| format!("event {}", furnished.followed.number() + 1),
    ),
    (
        "AFTER INSERT ON keyward_events BEGIN \
         UPDATE keyward_events SET by_id = 'eve' WHERE number = NEW.number; END",
        |furnished| format!("event {}", furnished.followed.number()),
    ),
    (
        "AFTER INSERT ON keyward_position BEGIN \
         UPDATE keyward_position SET number = number + 1; END",
        |_| "position".to_owned(),
    ),
];

#[test]
fn a_row_that_is_not_kept_as_it_was_is_found() {
    for (trigger, place) in MEDDLES {
        block_on(async {
            let (from, to) =
                (TestStore::fresh(Kind::Memory).await, TestStore::fresh(Kind::Sqlite).await);
            let furnished = furnish(&from.store()).await;
            to.run(&format!("CREATE TRIGGER meddles {trigger}")).await;
            let error = from.copy_to(&to).await.unwrap_err();
            assert_advises(&error);
            let CopyError::Differs { at } = &error else { panic!("{trigger}: {error:?}") };
            assert_eq!(*at, place(&furnished), "{trigger}");
            if at != "position" {
                to.store().position().await.expect_err("what was not proved serves nobody");
            }
        });
    }
}

/// The copy is held up by a lock, half-way, until the source has moved on.
#[test]
fn a_host_that_writes_during_a_copy_is_detected() {
    block_on(async {
        let (from, to) =
            (TestStore::fresh(Kind::Memory).await, TestStore::fresh(Kind::Postgres).await);
        let furnished = furnish(&from.store()).await;
        let mut lock = connection(to.schema()).await;
        let hold = "BEGIN; LOCK TABLE keyward_events IN SHARE MODE";
        sqlx::raw_sql(hold).execute(&mut lock).await.unwrap();
        let writing = async {
            let mut watch = connection(to.schema()).await;
            let began = "SELECT EXISTS (SELECT 1 FROM keyward_credentials)";
            while !sqlx::query_scalar::<_, bool>(began).fetch_one(&mut watch).await.unwrap() {
                tokio::task::yield_now().await;
            }
            let new = NewWorkspace::new(WorkspaceId::new("late").unwrap(), name("Late"));
            let keyward = furnished.service(&from.store());
            keyward.manager(&admin()).create_workspace(new).await.unwrap();
            sqlx::raw_sql("COMMIT").execute(&mut lock).await.unwrap();
        };
        let (copied, ()) = tokio::join!(from.copy_to(&to), writing);
        let CopyError::Differs { at } = copied.unwrap_err() else { panic!("they differ") };
        assert_eq!(at, "workspace late");
    });
}
