//! `keyward check` and `keyward check-records`.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::fixture::{Fixture, command, run};
use crate::harness::{drop_schema, new_schema, patient};
use crate::server::URL;
use crate::test_store::{DATABASES, block_on};

#[test]
fn an_intact_service_passes_both_checks() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        assert_eq!(fixture.run("check", "").text(0), "Ready. Sampled records: 3.\n");
        let ready = fixture.run("check --json", "").json(0);
        assert_eq!(ready, json!({ "is_ready": true, "findings": [], "sampled": 3 }));
        assert!(fixture.run("check-records", "").text(0).starts_with("Checked 3 records.\n"));
        assert_eq!(fixture.run("check-records --json", "").json(0)["up_to_date"], 3);
        let rest = fixture.run("check-records --json --after credentials", "");
        assert_eq!(rest.json(0)["up_to_date"], 1);
    }
}

#[test]
fn a_corrupt_record_is_found_and_named() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        block_on(fixture.test_store.run("UPDATE keyward_workspaces SET name = 'Changed'"));
        let checked = fixture.run("check", "");
        assert!(checked.text(3).contains("the record acme/shop is corrupt"), "{}", checked.out);
        let walked = fixture.run("check-records --json", "");
        assert_eq!(walked.json(3)["corrupt"], 1);
        assert!(walked.err.contains("acme/shop"), "the log names it: {}", walked.err);
    }
}

/// A node serves in spite of it, but its keys of the other brand are refused.
#[test]
fn another_brand_is_not_called_ready() {
    let fixture = Fixture::new(DATABASES[0]);
    drop(fixture.app_key("Backend"));
    let right = fs::read_to_string(fixture.path("settings.json")).unwrap();
    let other = right.replace(r#""brand": "kw""#, r#""brand": "acme""#);
    assert_ne!(other, right);
    fs::write(fixture.path("settings.json"), other).unwrap();
    let checked = fixture.run("check", "");
    assert!(checked.text(3).starts_with("Not ready. Sampled records: "), "{}", checked.out);
    assert!(checked.out.contains("\n- keys have the brand kw"), "{}", checked.out);
    assert_eq!(fixture.run("check --json", "").json(3)["is_ready"], true);
}

#[test]
fn a_missing_database_is_not_created() {
    let folder = TempDir::new().unwrap();
    let fixture = Fixture::new(DATABASES[0]);
    let mut check = command(folder.path());
    check
        .args(["check", "--sqlite", "mistyped.db", "--settings"])
        .arg(fixture.path("settings.json"));
    check.arg("--master-keys").arg(fixture.path("master.keys"));
    let checked = run(&mut check, "");
    assert_eq!(checked.code, 2);
    assert!(
        checked.err.starts_with("keyward: the file `mistyped.db` does not exist"),
        "{}",
        checked.err
    );
    assert!(!folder.path().join("mistyped.db").exists());

    fs::write(folder.path().join("empty.db"), "").unwrap();
    let mut check = command(folder.path());
    check.args(["check", "--sqlite", "empty.db", "--settings"]).arg(fixture.path("settings.json"));
    check.arg("--master-keys").arg(fixture.path("master.keys"));
    let checked = run(&mut check, "");
    assert_eq!(checked.code, 2);
    assert!(
        checked.err.starts_with("keyward: this SQLite file has no tables of Keyward"),
        "{}",
        checked.err
    );

    let schema = new_schema();
    let mut check = command(folder.path());
    check.args(["check", "--schema", &schema, "--settings"]).arg(fixture.path("settings.json"));
    check.arg("--master-keys").arg(fixture.path("master.keys")).env("KEYWARD_POSTGRES_URL", &*URL);
    let checked = run(&mut check, "");
    assert_eq!(checked.code, 2);
    let none = format!("keyward: the schema `{schema}` of this database has no tables of Keyward");
    assert!(checked.err.starts_with(&none), "{}", checked.err);
    block_on(async {
        let opened = patient(&schema).without_migration().connect(&URL).await;
        drop_schema(&schema).await;
        opened.unwrap_err();
    });
}

#[test]
fn a_refused_connection_is_a_wrong_setting() {
    let fixture = Fixture::new(DATABASES[1]);
    // No server listens on this port.
    fixture.write_secret("url", "postgres://nobody:s3cret@127.0.0.1:9/none");
    let checked = fixture.run("check --json", "");
    assert_eq!(checked.code, 2);
    checked.hides("s3cret");
    let error: serde_json::Value = serde_json::from_str(&checked.err).unwrap();
    assert!(!error["error"].as_str().unwrap().contains("misconfigured"), "{error}");
}
