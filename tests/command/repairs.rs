//! `keyward repair`.

use serde_json::Value;

use crate::fixture::Fixture;
use crate::test_store::{DATABASES, block_on};

#[test]
fn a_corrupt_account_is_shown_and_repaired_when_its_id_is_typed() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let repair = "repair account acme --as support-7";
        assert!(fixture.run(repair, "acme\n").text(4).contains("not corrupt"));
        block_on(
            fixture.test_store.run("UPDATE keyward_accounts SET unlisted_workspaces = 'closed'"),
        );
        for wrong in ["", "yes\n", "acme/shop\n"] {
            let refused = fixture.run(repair, wrong);
            assert_eq!((refused.code, refused.out.as_str()), (5, ""));
            assert!(refused.err.contains(r#""unlisted_workspaces": "closed""#), "{}", refused.err);
        }
        let repaired = fixture.run(&format!("{repair} --json"), "acme\n");
        assert_eq!(repaired.json(0)["unlisted_workspaces"], "closed");
        fixture.run("check-records", "").text(0);
        let history = fixture.run("export acme --as support-7", "");
        let newest: Value = serde_json::from_str(history.text(0).lines().next().unwrap()).unwrap();
        assert_eq!(newest["by"]["id"], "support-7");
        assert_eq!(newest["by"]["role"], "operator");
    }
}

#[test]
fn a_corrupt_workspace_is_repaired_with_right_counters() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let _ = fixture.app_key("Backend");
        block_on(
            fixture.test_store.run("UPDATE keyward_workspaces SET credentials = 7, permanent = 7"),
        );
        let repair = "repair workspace acme acme/shop --as support-7 --json";
        let repaired = fixture.run(repair, "acme/shop\n").json(0);
        assert_eq!(repaired["credentials"], 2);
        fixture.run("check-records", "").text(0);
        let counted = fixture.run("repair counters acme acme/shop --as support-7", "");
        assert!(counted.text(0).contains("correct"), "{}", counted.out);
        assert_eq!(fixture.run("repair account acme", "acme\n").code, 2, "nobody is named");
    }
}
