//! Writes without an event, in statements that both databases share.

use crate::store::{Purged, RecordId, Refresh, Refreshed, StoreError, TagChange};
use crate::values::Timestamp;

use super::doubt::WriteDoubt;
use super::reader::Reader;
use super::removal::living;
use super::statement::{Statement, limit};
use super::time_limit::TimeLimit;

/// Runs statements that write without an event, each in its own transaction. Each returns the number of rows written.
pub(in crate::adapters) trait EventlessWriter: Reader {
    /// Deletes the credentials of removed workspaces with the ids `$1`, including all their rows.
    const PURGE: &'static str;

    fn time_limit(&self) -> TimeLimit;

    /// Runs an idempotent statement. It is retried after a collision and after a lost connection.
    fn repeatable(
        &self,
        statement: &Statement<'_>,
        doubt: &WriteDoubt,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Runs a statement that must not run twice, because its row count is the result.
    fn once(
        &self,
        statement: &Statement<'_>,
        doubt: &WriteDoubt,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Deletes events before the time `$1`, at most `$2` of them. It reads no more rows than it deletes.
const PRUNE: &str = "WITH oldest AS (\
SELECT number, at FROM keyward_events WHERE number > 0 ORDER BY number LIMIT CAST($2 AS bigint)) \
DELETE FROM keyward_events WHERE number > 0 AND number <= (SELECT max(number) FROM oldest) AND number < \
COALESCE((SELECT min(number) FROM oldest WHERE at >= $1), 9223372036854775807)";

pub(in crate::adapters) async fn prune_events<D: EventlessWriter>(
    database: &D,
    before: Timestamp,
    most: usize,
) -> Result<Purged, StoreError> {
    let doubt = WriteDoubt::default();
    let prune = Statement::new(PRUNE, [before.into(), limit(most)]);
    let pruning = database.repeatable(&prune, &doubt);
    let gone = doubt.or(database.time_limit().keep(pruning).await)?;
    Ok(if gone < most as u64 { Purged::All } else { Purged::Some })
}

/// Replaces a record's tag.
pub(in crate::adapters) async fn retag<D: EventlessWriter>(
    database: &D,
    record: &RecordId,
    tags: &TagChange,
) -> Result<Refreshed, StoreError> {
    let doubt = WriteDoubt::default();
    let retag = retagging(record, tags);
    let written = doubt.or(database.time_limit().keep(database.once(&retag, &doubt)).await)?;
    Ok(if written == 1 { Refreshed::Replaced } else { Refreshed::Outdated })
}

/// `$1` is the record's id, `$2` the old tag and `$3` the new one.
fn retagging<'r>(record: &'r RecordId, tags: &TagChange) -> Statement<'r> {
    let (text, id) = match record {
        RecordId::Account(id) => {
            ("UPDATE keyward_accounts SET tag = $3 WHERE id = $1 AND tag = $2", id.as_str())
        }
        RecordId::Workspace(id) => {
            ("UPDATE keyward_workspaces SET tag = $3 WHERE id = $1 AND tag = $2", id.as_str())
        }
        RecordId::Credential(id) => {
            let text = concat!(
                "UPDATE keyward_credentials AS c SET tag = $3 WHERE id = $1 AND tag = $2 AND ",
                living!()
            );
            (text, id.as_str())
        }
    };
    Statement::new(text, [id.into(), (&tags.old).into(), (&tags.new).into()])
}

/// A refresh in SQL: `$1` is the credential, `$2` the number of the generation, and `$3` to `$6` are the bytes.
pub(in crate::adapters) struct Refreshing {
    /// Replaces the tag if both old values are stored. Returns the credential's id.
    pub(in crate::adapters) tag: String,
    /// Replaces the digest or seal of the credential with the id `$1`.
    pub(in crate::adapters) secret: String,
    /// The old digest or seal and the new one, the old tag and the new one.
    pub(in crate::adapters) bytes: [Vec<u8>; 4],
}

pub(in crate::adapters) fn refreshing(refresh: &Refresh) -> Refreshing {
    let (column, old, new, tags) = match refresh {
        Refresh::Digest { old, new, tags } => {
            ("digest", old.to_bytes().to_vec(), new.to_bytes().to_vec(), tags)
        }
        Refresh::Seal { old, new, tags } => {
            ("seal", old.as_bytes().to_vec(), new.as_bytes().to_vec(), tags)
        }
    };
    let living = living!();
    Refreshing {
        tag: format!(
            "UPDATE keyward_credentials AS c SET tag = $6 WHERE id = $1 AND tag = $5 AND {living} \
             AND EXISTS (SELECT 1 FROM keyward_generations \
             WHERE credential = $1 AND number = $2 AND {column} = $3) RETURNING id"
        ),
        secret: format!(
            "UPDATE keyward_generations SET {column} = $4 WHERE number = $2 AND {column} = $3"
        ),
        bytes: [old, new, tags.old.to_bytes().to_vec(), tags.new.to_bytes().to_vec()],
    }
}
