//! `keyward export` and `keyward prune`.

use serde_json::Value;

use crate::fixture::Fixture;
use crate::test_store::{DATABASES, block_on};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_history_of_all_accounts_is_exported_newest_first() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let issued = fixture.app_key("Backend");
        let all = fixture.run("export --as support-7", "");
        let events = lines(all.text(0));
        let done: Vec<&str> =
            events.iter().map(|it| it["action"]["is"].as_str().unwrap()).collect();
        assert_eq!(done, ["issued", "workspace_created"], "{kind:?}");
        assert_eq!(events[0]["subject"]["credential"], issued.credential.id.to_string());
        all.hides(issued.secret.expose());
        assert_eq!(fixture.run("export acme --as support-7", "").text(0), all.out);
        assert_eq!(fixture.run("export nobody --as support-7", "").text(0), "");
    }
}

#[test]
fn an_event_that_was_changed_is_a_line_of_its_own() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let _ = fixture.app_key("Backend");
        block_on(
            fixture.test_store.run("UPDATE keyward_events SET by_id = 'eve' WHERE number = 2"),
        );
        let all = fixture.run("export --as support-7", "");
        let events = lines(all.text(3));
        assert_eq!(events.len(), 2);
        assert!(events[0]["corrupt_event"].is_string(), "{}", events[0]);
        block_on(fixture.test_store.run("UPDATE keyward_accounts SET revision = 7"));
        let all = fixture.run("export --as support-7", "");
        assert_eq!(lines(all.text(3)), [serde_json::json!({ "corrupt_account": "acme" })]);
    }
}

#[test]
fn old_events_are_deleted() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let _ = fixture.app_key("Backend");
        let before = fixture.run("prune --before 2020-01-01T00:00:00Z --json", "").json(0);
        assert_eq!(before["before"], "2020-01-01T00:00:00.000000Z");
        assert_eq!(lines(fixture.run("export --as support-7", "").text(0)).len(), 2);
        let pruned = fixture.run("prune --older-than-days 30", "");
        assert!(pruned.text(0).starts_with("Deleted the events from before 20"), "{}", pruned.out);
        assert_eq!(fixture.run("export --as support-7", "").text(0), "");
        assert_eq!(fixture.run("prune", "").code, 2);
    }
}
