//! Checks of a file against its own tables.

use crate::harness::Sqlite;

/// Each query returns no rows if the file is sound.
const CHECKS: [&str; 6] = [
    "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT \"table\" FROM pragma_foreign_key_check",
    "SELECT id FROM keyward_workspaces w \
     WHERE credentials <> (SELECT count(*) FROM keyward_credentials \
     WHERE workspace = w.id AND workspace NOT IN (SELECT workspace FROM keyward_leftovers))",
    "SELECT id FROM keyward_workspaces w WHERE (removed IS NULL) <> (permanent > 0) OR permanent <> \
     (SELECT count(*) FROM keyward_credentials WHERE workspace = w.id AND kind = 'track' \
     AND workspace NOT IN (SELECT workspace FROM keyward_leftovers) AND deprecated IS NULL AND suspended IS NULL AND expires IS NULL)",
    "SELECT 'position ' || number FROM keyward_position \
     WHERE number <> (SELECT count(*) FROM keyward_events) \
     OR number <> (SELECT COALESCE(max(number), 0) FROM keyward_events)",
    "SELECT credential FROM keyward_generations g WHERE NOT EXISTS (SELECT 1 FROM keyward_uses u \
     WHERE u.credential = g.credential AND u.generation = g.number)",
];

/// The file is sound, the position is the number of events, and the counters are the numbers of the rows.
pub(crate) async fn assert_sound(harness: &Sqlite) {
    let mut connection = harness.connection().await;
    for check in CHECKS {
        let found: Vec<String> =
            sqlx::query_scalar(check).fetch_all(&mut connection).await.unwrap();
        assert!(found.is_empty(), "{check}: {found:?}");
    }
}
