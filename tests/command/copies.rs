//! `keyward copy`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use keyward::Name;
use keyward::store::CredentialStore;

use crate::fixture::{Fixture, admin, command, run, shop};
use crate::harness::{drop_schema, new_schema, patient};
use crate::server::URL;
use crate::test_store::{DATABASES, Kind, block_on};

#[test]
fn every_database_is_copied_into_each_other() {
    for from in DATABASES {
        let fixture = Fixture::new(from);
        let _ = fixture.app_key("Backend");
        let mut copy = fixture.copy();
        let copied = run(copy.args(["--to-sqlite", "copy.db", "--json"]), "");
        assert_eq!(copied.json(0)["credentials"], 2, "{from:?}");
        let again = run(fixture.copy().args(["--to-sqlite", "copy.db"]), "");
        assert_eq!(again.code, 1);
        assert!(again.err.contains("is not empty"), "{}", again.err);
        let opened =
            keyward::SqliteOptions::new().without_migration().open(fixture.path("copy.db"));
        block_on(async {
            let store = opened.await.unwrap();
            assert!(store.workspace(&shop()).await.unwrap().is_some());
            store.close().await;
        });

        let schema = new_schema();
        let mut copy = fixture.copy();
        let copied = run(copy.args(["--to-postgres-url", "url", "--to-schema", &schema]), "");
        block_on(async {
            let workspace = match patient(&schema).without_migration().connect(&URL).await {
                Ok(store) => store.workspace(&shop()).await.map(|found| found.is_some()),
                Err(error) => Err(error),
            };
            drop_schema(&schema).await;
            assert!(copied.text(0).contains("2 credentials"), "{}", copied.out);
            assert!(workspace.unwrap());
        });
    }
}

#[test]
fn a_source_that_does_not_exist_is_not_created() {
    let fixture = Fixture::new(Kind::Sqlite);
    let mut copy = command(fixture.folder.path());
    let copied = run(copy.args(["copy", "--sqlite", "none.db", "--to-sqlite", "copy.db"]), "");
    assert_eq!(copied.code, 2);
    assert!(!fixture.path("none.db").exists() && !fixture.path("copy.db").exists());
}

#[test]
fn a_source_that_lost_an_event_is_refused() {
    for from in DATABASES {
        let fixture = Fixture::new(from);
        let _ = fixture.app_key("Backend");
        block_on(fixture.test_store.run("DELETE FROM keyward_events WHERE number = 2"));
        let copied = run(fixture.copy().args(["--to-sqlite", "copy.db"]), "");
        assert_eq!(copied.code, 1, "{}", copied.out);
        assert!(copied.err.contains("position"), "{}", copied.err);
    }
}

/// A service that runs and is idle can be copied. A write in the meantime is found, so no incomplete copy passes for a backup.
#[test]
fn the_copy_of_a_running_service_is_complete_or_refused() {
    for from in DATABASES {
        let fixture = Fixture::new(from);
        let id = fixture.app_key("Backend").credential.id;
        run(fixture.copy().args(["--to-sqlite", "idle.db"]), "").text(0);
        let is_over = AtomicBool::new(false);
        let refused = thread::scope(|scope| {
            scope.spawn(|| {
                for number in (0..).take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    let name = Name::new(format!("name {number}")).unwrap();
                    block_on(fixture.keyward.manager(&admin()).rename(id, name)).unwrap();
                }
            });
            let copies = (0..100).map(|number| {
                let file = format!("busy-{number}.db");
                run(fixture.copy().args(["--to-sqlite", &file]), "")
            });
            let refused = copies.into_iter().find(|copied| copied.code != 0);
            is_over.store(true, Ordering::Relaxed);
            refused.unwrap()
        });
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{}", refused.err);
        assert!(refused.err.contains("the stores differ at "), "{}", refused.err);
    }
}

/// It would lack the columns that the newer release added.
#[test]
fn a_source_that_a_newer_release_expanded_is_refused() {
    for from in DATABASES {
        let fixture = Fixture::new(from);
        let newer = "INSERT INTO keyward_migrations (version, serves_from) VALUES (2, 1)";
        block_on(fixture.test_store.run(newer));
        fixture.run("check", "").text(0);
        let copied = run(fixture.copy().args(["--to-sqlite", "copy.db"]), "");
        assert_eq!((copied.code, copied.out.as_str()), (2, ""), "{}", copied.err);
        assert!(
            copied.err.contains("at version 2") && copied.err.contains("copy with a release"),
            "{}",
            copied.err
        );
    }
}

impl Fixture {
    fn copy(&self) -> std::process::Command {
        let mut copy = command(self.folder.path());
        copy.arg("copy").args(self.database());
        copy
    }
}
