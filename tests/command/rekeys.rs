//! `keyward rekey`.

use std::fs;

use keyward::Attempt;

use crate::fixture::{Fixture, run};
use crate::test_store::{DATABASES, block_on};

#[test]
fn everything_moves_to_the_new_master_key_in_one_run() {
    for kind in DATABASES {
        let mut fixture = Fixture::new(kind);
        fixture.change_master_key();
        assert_eq!(fixture.run("check-records --json", "").json(0)["outdated"], 3);
        let moved = fixture.run("rekey --json", "").json(0);
        assert_eq!((&moved["retagged"], &moved["renewed"]), (&3.into(), &1.into()));
        assert_eq!(fixture.run("check-records --json", "").json(0)["up_to_date"], 3);
        let again = fixture.run("rekey", "");
        assert!(again.text(0).contains("Nothing is left"), "{}", again.out);
    }
}

#[test]
fn secrets_that_wait_for_their_next_use_are_reported() {
    for kind in DATABASES {
        let mut fixture = Fixture::new(kind);
        let _ = fixture.app_key("Backend");
        fixture.change_master_key();
        let moved = fixture.run("rekey", "");
        assert!(moved.text(3).contains("1 waiting for their next use"), "{}", moved.out);
        assert!(moved.out.contains("Do not drop an older master key"), "{}", moved.out);
    }
}

#[test]
fn records_under_a_lost_master_key_are_adopted_only_on_request() {
    for kind in DATABASES {
        let mut fixture = Fixture::new(kind);
        let issued = fixture.app_key("Backend");
        fixture.lose_master_key();
        let left = fixture.run("rekey --json", "").json(3);
        assert_eq!((&left["lost"], &left["adopted"]), (&4.into(), &0.into()));
        let adopted = fixture.run("rekey --adopt-lost --json", "");
        assert_eq!(adopted.json(3)["adopted"], 4, "secrets wait for Argon2id");
        assert!(adopted.err.contains(issued.credential.id.as_str()), "the log names each record");
        let attempt = Attempt::app(issued.secret.expose());
        block_on(fixture.keyward.verify(&attempt)).unwrap();
    }
}

/// Without this, the records would be tagged under a key that the service does not have.
#[test]
fn master_keys_that_are_not_those_of_the_settings_are_refused() {
    for kind in DATABASES {
        let mut fixture = Fixture::new(kind);
        let old = fs::read_to_string(fixture.path("settings.json")).unwrap();
        let one_key = fs::read_to_string(fixture.path("master.keys")).unwrap();
        fixture.change_master_key();
        let new = fs::read_to_string(fixture.path("settings.json")).unwrap();
        let both_keys = fs::read_to_string(fixture.path("master.keys")).unwrap();
        let (first, second) = both_keys.split_once('\n').unwrap();
        let new_key_alone = first.to_owned();
        let turned = format!("{second}\n{first}");
        let twice = format!("{both_keys}\n{second}");
        for (settings, keys, says) in [
            (&old, &both_keys, "give that key first"),
            (&old, &turned, "remove it"),
            (&new, &one_key, "give that key first"),
            (&new, &turned, "give that key first"),
            (&new, &new_key_alone, "give that key too"),
            (&new, &twice, "given twice"),
        ] {
            fs::write(fixture.path("settings.json"), settings).unwrap();
            fixture.write_secret("master.keys", keys);
            let refused = fixture.run("rekey", "");
            assert_eq!(refused.code, 2, "{says}: {}{}", refused.out, refused.err);
            assert!(refused.err.contains(says), "{says}: {}", refused.err);
        }
        fs::write(fixture.path("settings.json"), &new).unwrap();
        fixture.write_secret("master.keys", &both_keys);
        assert_eq!(fixture.run("check-records --json", "").json(0)["outdated"], 3);
    }
}

#[test]
fn settings_that_do_not_fit_the_records_change_nothing() {
    for kind in DATABASES {
        let mut fixture = Fixture::new(kind);
        fixture.change_master_key();
        let right = fs::read_to_string(fixture.path("settings.json")).unwrap();
        for (from, to) in
            [(r#""brand": "kw""#, r#""brand": "acme""#), (r#""current": 0"#, r#""current": 1"#)]
        {
            assert!(right.contains(from));
            fs::write(fixture.path("settings.json"), right.replace(from, to)).unwrap();
            let refused = fixture.run("rekey", "");
            assert_eq!(refused.code, 1, "{}", refused.out);
            assert!(refused.err.contains("nothing was changed"), "{}", refused.err);
        }
        fs::write(fixture.path("settings.json"), &right).unwrap();
        assert_eq!(fixture.run("check-records --json", "").json(0)["outdated"], 3);
        let unknown = right.replacen('{', r#"{ "newer_setting": 1,"#, 1);
        fs::write(fixture.path("settings.json"), unknown).unwrap();
        let refused = fixture.run("rekey", "");
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("newer_setting"), "{}", refused.err);
    }
}

#[test]
fn master_keys_can_come_from_the_environment_and_from_standard_input() {
    let fixture = Fixture::new(DATABASES[0]);
    let keys = fs::read_to_string(fixture.path("master.keys")).unwrap();
    let mut words = crate::fixture::command(fixture.folder.path());
    words.arg("check").args(fixture.database()).args(["--settings", "settings.json"]);
    let without = run(&mut words, "");
    assert_eq!(without.code, 2);
    assert!(without.err.contains("no master key"), "{}", without.err);
    run(words.env("KEYWARD_MASTER_KEYS", &keys), "").text(0);
    run(words.env_remove("KEYWARD_MASTER_KEYS").args(["--master-keys", "-"]), &keys).text(0);
}
