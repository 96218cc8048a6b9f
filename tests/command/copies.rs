//! `keyward copy`.

use keyward::store::CredentialStore;

use crate::fixture::{Fixture, command, run, shop};
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
    assert_eq!(copied.code, 1);
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

impl Fixture {
    fn copy(&self) -> std::process::Command {
        let mut copy = command(self.folder.path());
        copy.arg("copy").args(self.database());
        copy
    }
}
