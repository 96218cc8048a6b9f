//! Rows are untrusted: the store names a corrupt row, with any contents, and returns the others.

use sqlx::AssertSqlSafe;

use crate::harness::{Postgres, connection};
use crate::stores::corrupt_rows::{self, CorruptsRows};

/// Takes away every net of the schema: the checks, and the references.
const NO_NETS: &str = "\
DO $$ DECLARE net record; BEGIN \
FOR net IN SELECT conrelid::regclass AS host, conname FROM pg_constraint \
WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND contype IN ('c', 'f') AND conrelid <> 0 \
LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', net.host, net.conname); END LOOP; END $$; \
ALTER DOMAIN keyward_time DROP CONSTRAINT keyward_time_check";

impl CorruptsRows for Postgres {
    async fn run(&self, statement: &str) {
        let mut connection = connection(&self.schema()).await;
        sqlx::raw_sql(NO_NETS).execute(&mut connection).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
}

#[test]
fn a_corrupt_credential_is_named_and_hides_no_other() {
    corrupt_rows::only_that_credential_is_corrupt(
        &Postgres::default(),
        &[
            "UPDATE keyward_generations SET slow_hash = '$argon2id$v=19$m=9999999,t=1,p=1$c2FsdA$aGFzaA'",
            "UPDATE keyward_generations SET digest = '\\x00'",
            "UPDATE keyward_generations SET seal = '\\x00'",
            "UPDATE keyward_generations SET created = 'infinity'",
            "UPDATE keyward_generations SET created = '-infinity'",
            "UPDATE keyward_generations SET created = '10000-01-01 00:00:00+00'",
            "DELETE FROM keyward_generations WHERE number = 1",
            "DELETE FROM keyward_generations WHERE number = 2",
            "UPDATE keyward_generations SET number = -1 WHERE number = 1",
            "UPDATE keyward_uses SET at = 'infinity'",
            "UPDATE keyward_credentials SET kind = 'Master'",
            "UPDATE keyward_credentials SET name = ' '",
            "UPDATE keyward_credentials SET name = 'Rotated '",
            "UPDATE keyward_credentials SET name = 'e' || chr(769), name_key = chr(233)",
            "UPDATE keyward_credentials SET name = 'a' || chr(8203), name_key = 'a' || chr(8203)",
            "UPDATE keyward_credentials SET expires = '4713-01-01 00:00:00+00 BC'",
            "UPDATE keyward_credentials SET sunset = now(), deprecated = NULL",
            "UPDATE keyward_credentials SET previous_until = NULL",
            "UPDATE keyward_credentials SET generation = 7",
        ],
    );
}

#[test]
fn a_corrupt_header_is_named() {
    corrupt_rows::the_workspace_is_corrupt(
        &Postgres::default(),
        &[
            "UPDATE keyward_workspaces SET revision = -1",
            "UPDATE keyward_workspaces SET created = 'infinity'",
            "UPDATE keyward_allowlist SET network = '0.0.0.0/0'",
            "UPDATE keyward_allowlist SET added = 'infinity'",
            "UPDATE keyward_integrations SET integration = 'no word'",
            "UPDATE keyward_integrations SET connected = '-infinity'",
        ],
    );
    let statement = "UPDATE keyward_accounts SET unlisted_workspaces = 'ajar'";
    corrupt_rows::the_account_is_corrupt(&Postgres::default(), statement);
}

/// The history shows it by its operation; the feed passes by no event that it cannot read.
#[test]
fn a_corrupt_event_is_named_and_the_feed_says_too_far_behind() {
    corrupt_rows::the_second_event_is_corrupt(
        &Postgres::default(),
        &[
            "UPDATE keyward_events SET operation = '\\x00' WHERE number = 2",
            "UPDATE keyward_events SET workspace = NULL WHERE number = 2",
        ],
    );
}
