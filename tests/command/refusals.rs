//! Secrets in arguments, and files with secrets that others can read.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::fixture::{Fixture, command, run};
use crate::test_store::{DATABASES, Kind};

#[test]
fn a_secret_in_an_argument_is_refused_and_not_repeated() {
    let fixture = Fixture::new(Kind::Sqlite);
    let key = fixture.app_key("Backend").secret.expose().to_owned();
    let master = fs::read_to_string(fixture.path("master.keys")).unwrap();
    let url = "postgres://keyward:s3cret@db.acme.test/keyward".to_owned();
    let parameter = "postgres://db.acme.test/keyward?user=k&password=s3cret".to_owned();
    let option = format!("--postgres-url={url}");
    for secret in [key.clone(), format!("--as={key}"), master, url, parameter, option] {
        let refused = run(command(fixture.folder.path()).args(["trace", &secret]), "");
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
        assert!(refused.err.contains("argument 2 contains a secret"), "{}", refused.err);
        refused.hides(&secret);
        refused.hides("s3cret");
    }
}

#[test]
fn a_file_with_a_secret_that_others_can_read_is_refused() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let files = match kind {
            Kind::Postgres => vec!["master.keys", "url"],
            _ => vec!["master.keys"],
        };
        for file in files {
            for mode in [0o640, 0o604, 0o620, 0o601] {
                fs::set_permissions(fixture.path(file), fs::Permissions::from_mode(mode)).unwrap();
                let refused = fixture.run("check", "");
                assert_eq!(refused.code, 2, "{mode:o}");
                assert!(refused.err.contains(&format!("chmod 600 {file}")), "{}", refused.err);
            }
            fs::set_permissions(fixture.path(file), fs::Permissions::from_mode(0o400)).unwrap();
            fixture.run("check", "").text(0);
        }
    }
}

#[test]
fn a_file_that_holds_no_master_key_is_not_repeated() {
    let fixture = Fixture::new(Kind::Sqlite);
    let master = fs::read_to_string(fixture.path("master.keys")).unwrap();
    let mistyped = master.replacen("keyward_master_", "keyward_master_0", 1);
    fixture.write_secret("master.keys", &mistyped);
    let refused = fixture.run("check", "");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("master.keys, master key 1: "), "{}", refused.err);
    refused.hides(&master[20..]);
    fixture.write_secret("master.keys", &"x".repeat(70_000));
    assert!(fixture.run("check", "").err.contains("longer than 64 KiB"));
}

#[test]
fn a_wrong_argument_exits_with_2() {
    let fixture = Fixture::new(Kind::Sqlite);
    for words in ["", "fly", "check", "check --sqlite", "rekey --after nowhere", "trace --as"] {
        let refused = run(command(fixture.folder.path()).args(words.split(' ')), "");
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{words}: {}", refused.err);
    }
    let none = run(command(fixture.folder.path()).args(["schema", "run"]), "");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no database"), "{}", none.err);
}
