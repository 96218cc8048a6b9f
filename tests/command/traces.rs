//! `keyward trace`.

use std::fs;

use crate::fixture::{Fixture, admin, run};
use crate::test_store::{DATABASES, block_on};

#[test]
fn a_leaked_key_is_traced_and_never_printed() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let issued = fixture.app_key("Backend");
        let key = issued.secret.expose();
        let found = fixture.run("trace --as support-7 --json", &format!("  {key}\n"));
        let json = found.json(0);
        assert_eq!(json["credential"], issued.credential.id.to_string());
        assert_eq!((&json["account"], &json["generation"]), (&"acme".into(), &1.into()));
        found.hides(key);
        assert!(found.err.contains("a key was traced operator=support-7"), "{}", found.err);

        let text = fixture.run("trace --as support-7", key);
        assert!(text.text(0).contains("workspace: acme/shop"), "{}", text.out);
        text.hides(key);

        let other = key.replacen("kw_app_", "kw_track_", 1);
        for wrong in ["a guess", &key[..key.len() - 1], &other] {
            let missed = fixture.run("trace --as support-7", wrong);
            assert!(missed.text(4).contains("No stored secret matches"), "{}", missed.out);
            missed.hides(key);
        }
    }
}

#[test]
fn a_key_within_a_text_is_traced() {
    let fixture = Fixture::new(DATABASES[0]);
    let (deleted, issued) = (fixture.app_key("deleted"), fixture.app_key("Backend"));
    let id = deleted.credential.id;
    block_on(fixture.keyward.manager(&admin()).delete(id, "deleted")).unwrap();
    let (old, key) = (deleted.secret.expose(), issued.secret.expose());
    let text = format!("# settings\nOLD_KEY={old}\nKEY=\"{key}\"; curl -H 'X-Key: {key}'\n");
    let found = fixture.run("trace --as support-7 --json", &text);
    assert_eq!(found.json(0)["credential"], issued.credential.id.to_string());
    found.hides(key);
    let none = fixture.run("trace --as support-7", &format!("OLD_KEY={old}"));
    none.text(4);
    none.hides(old);
}

/// An empty file is not a key that was deleted.
#[test]
fn an_empty_standard_input_is_refused() {
    let fixture = Fixture::new(DATABASES[0]);
    for empty in ["", " \n"] {
        let refused = fixture.run("trace --as support-7", empty);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""));
        assert!(refused.err.contains("standard input is empty: give the key"), "{}", refused.err);
    }
}

/// With another brand, a stored key is not found.
#[test]
fn a_miss_with_settings_that_do_not_fit_the_records_is_no_answer() {
    let fixture = Fixture::new(DATABASES[0]);
    let issued = fixture.app_key("Backend");
    let right = fs::read_to_string(fixture.path("settings.json")).unwrap();
    let other = right.replace(r#""brand": "kw""#, r#""brand": "acme""#);
    assert_ne!(other, right);
    fs::write(fixture.path("settings.json"), other).unwrap();
    let traced = fixture.run("trace --as support-7", issued.secret.expose());
    assert_eq!((traced.code, traced.out.as_str()), (1, ""));
    for part in ["it is unknown whether the key is stored", "do not fit", "the brand kw"] {
        assert!(traced.err.contains(part), "{part}: {}", traced.err);
    }
    traced.hides(issued.secret.expose());
}

/// "No stored secret matches" would be wrong.
#[test]
fn a_key_of_a_kind_that_the_settings_lack_is_not_looked_up() {
    let fixture = Fixture::new(DATABASES[0]);
    let issued = fixture.app_key("Backend");
    let settings = fs::read_to_string(fixture.path("settings.json")).unwrap();
    let other = settings.replace(r#": "app""#, r#": "live""#);
    assert_ne!(other, settings);
    fs::write(fixture.path("settings.json"), other).unwrap();
    let traced = fixture.run("trace --as support-7", issued.secret.expose());
    assert_eq!((traced.code, traced.out.as_str()), (1, ""));
    assert!(traced.err.contains("not registered"), "{}", traced.err);
    traced.hides(issued.secret.expose());
}

#[test]
fn standard_input_is_not_read_for_two_things() {
    let fixture = Fixture::new(DATABASES[0]);
    let mut trace = fixture.command("trace --as support-7");
    let refused = run(trace.args(["--master-keys", "-"]), "kw_app_secret");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("read twice"), "{}", refused.err);
    refused.hides("kw_app_secret");
}
