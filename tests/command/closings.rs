//! `keyward close-account`.

use keyward::ManageError;

use crate::fixture::{Fixture, admin, shop};
use crate::test_store::{DATABASES, block_on};

#[test]
fn an_account_is_closed_when_its_id_is_typed() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let _ = fixture.app_key("Backend");
        let is_closed = || {
            let read = block_on(fixture.keyward.manager(&admin()).workspace(&shop()));
            matches!(read, Err(ManageError::AccountClosed))
        };
        let close = "close-account acme --as support-7 --json";
        for wrong in ["", "yes\n", "acme/shop\n"] {
            let refused = fixture.run(close, wrong);
            assert_eq!((refused.code, refused.out.as_str()), (5, ""));
        }
        assert!(!is_closed());
        assert_eq!(fixture.run(close, "acme\n").json(0)["removed_workspaces"], 1);
        // A repeat asks nothing.
        assert_eq!(fixture.run(close, "").json(4)["was_closed"], true);
        let again = fixture.run("close-account acme --as support-7", "");
        assert!(again.text(4).contains("was closed before"), "{}", again.out);
        let history = fixture.run("export acme --as support-7", "");
        let history = history.text(0);
        assert!(history.contains("account_closed") && history.contains("support-7"), "{history}");
        fixture.run("check-records", "").text(0);
        assert!(is_closed());
        let unknown = fixture.run("close-account nobody --as support-7", "nobody\n");
        assert!(unknown.text(4).contains("no such account"), "{}", unknown.out);
    }
}
