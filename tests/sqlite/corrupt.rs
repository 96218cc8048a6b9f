//! Rows are untrusted: the store names a corrupt row, with any contents, and returns the others.

use keyward::conformance::Harness;
use keyward::store::{CredentialQuery, CredentialStore, PageSize, Scope, StoreErrorKind};
use sqlx::AssertSqlSafe;

use crate::harness::Sqlite;
use crate::stores::corrupt_rows::{self, CorruptsRows};
use crate::stores::{now, workspace};

/// Takes away every net of the schema: the checks, and the references.
const NO_NETS: &str = "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF";

impl CorruptsRows for Sqlite {
    async fn run(&self, statement: &str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(NO_NETS).execute(&mut connection).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
}

#[test]
fn a_corrupt_credential_is_named_and_hides_no_other() {
    corrupt_rows::only_that_credential_is_corrupt(
        &Sqlite::default(),
        &[
            "UPDATE keyward_generations SET slow_hash = '$argon2id$v=19$m=9999999,t=1,p=1$c2FsdA$aGFzaA'",
            "UPDATE keyward_generations SET slow_hash = 'plain'",
            "UPDATE keyward_generations SET digest = x'00'",
            "UPDATE keyward_generations SET digest = zeroblob(41)",
            "UPDATE keyward_generations SET seal = x'00'",
            "UPDATE keyward_generations SET seal = zeroblob(92)",
            "UPDATE keyward_generations SET created = 9223372036854775807",
            "UPDATE keyward_generations SET created = -9223372036854775808",
            "DELETE FROM keyward_generations WHERE number = 1",
            "DELETE FROM keyward_generations WHERE number = 2",
            "UPDATE keyward_generations SET number = -1 WHERE number = 1",
            "UPDATE keyward_uses SET at = 9223372036854775807",
            "UPDATE keyward_credentials SET kind = 'Master'",
            "UPDATE keyward_credentials SET name = ' '",
            "UPDATE keyward_credentials SET name = 'Rotated '",
            "UPDATE keyward_credentials SET name = 'e' || char(769), name_key = char(233)",
            "UPDATE keyward_credentials SET name = 'a' || char(8203), name_key = 'a' || char(8203)",
            "UPDATE keyward_credentials SET created = 9223372036854775807",
            "UPDATE keyward_credentials SET expires = -9223372036854775808",
            "UPDATE keyward_credentials SET sunset = 0, deprecated = NULL",
            "UPDATE keyward_credentials SET previous_until = NULL",
            "UPDATE keyward_credentials SET previous = NULL",
            "UPDATE keyward_credentials SET account = ''",
            "UPDATE keyward_credentials SET generation = 7",
        ],
    );
}

#[test]
fn a_corrupt_header_is_named() {
    corrupt_rows::the_workspace_is_corrupt(
        &Sqlite::default(),
        &[
            "UPDATE keyward_workspaces SET revision = -1",
            "UPDATE keyward_workspaces SET credentials = 4294967296",
            "UPDATE keyward_workspaces SET name = ''",
            "UPDATE keyward_allowlist SET network = '10.0.0.1/8'",
            "UPDATE keyward_allowlist SET added = 9223372036854775807",
            "UPDATE keyward_integrations SET integration = 'no word'",
            "UPDATE keyward_integrations SET credential = 'short'",
        ],
    );
    let statement = "UPDATE keyward_accounts SET unlisted_workspaces = 'ajar'";
    corrupt_rows::the_account_is_corrupt(&Sqlite::default(), statement);
}

/// The history shows it by its operation; the feed passes by no event that it cannot read.
#[test]
fn a_corrupt_event_is_named_and_the_feed_says_too_far_behind() {
    corrupt_rows::the_second_event_is_corrupt(
        &Sqlite::default(),
        &[
            "UPDATE keyward_events SET operation = x'00' WHERE number = 2",
            "UPDATE keyward_events SET workspace = '' WHERE number = 2",
            "UPDATE keyward_events SET workspace = NULL WHERE number = 2",
        ],
    );
}

/// A row whose key is invalid has no cursor. It can be on a page, but not at its end.
#[test]
fn a_row_that_no_cursor_names_ends_no_page() {
    let harness = Sqlite::default();
    let statement = "UPDATE keyward_credentials SET name_key = 'ROTATED' WHERE name = 'Rotated'";
    let (store, _) = harness.corrupted(statement);
    harness.block_on(async {
        let scope = Scope::Workspace(workspace());
        let size = PageSize::new(1).unwrap();
        let query = CredentialQuery::all(scope, now(), size);
        let error = store.credentials(&query).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        let query = CredentialQuery { size: PageSize::new(2).unwrap(), ..query };
        let first = store.credentials(&query).await.unwrap();
        assert_eq!(first.items.len(), 2);
        let query = CredentialQuery { after: first.next, ..query };
        assert_eq!(store.credentials(&query).await.unwrap().items.len(), 1);
    });
}
