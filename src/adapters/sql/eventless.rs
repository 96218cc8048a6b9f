//! What both databases write without an event, in the same words.

use crate::store::{RecordId, Refresh, TagChange};

use super::removal::living;

/// `$1` is the time before which events go, and `$2` how many go at most. Looks no further than it deletes, however long the history is.
pub(in crate::adapters) const PRUNE: &str = "WITH oldest AS (\
SELECT number, at FROM keyward_events WHERE number > 0 ORDER BY number LIMIT CAST($2 AS bigint)) \
DELETE FROM keyward_events WHERE number > 0 AND number <= (SELECT max(number) FROM oldest) AND number < \
COALESCE((SELECT min(number) FROM oldest WHERE at >= $1), 9223372036854775807)";

/// A refresh in SQL: `$1` is the credential, `$2` the number of the generation, and `$3` to `$6` are the bytes.
pub(in crate::adapters) struct Refreshing {
    /// Replaces the tag, if both old values are stored. Answers the credential's id.
    pub(in crate::adapters) tag: &'static str,
    /// Replaces the digest or seal of the credential with the id `$1`.
    pub(in crate::adapters) secret: &'static str,
    /// The old digest or seal and the new one, the old tag and the new one.
    pub(in crate::adapters) bytes: [Vec<u8>; 4],
}

pub(in crate::adapters) fn refreshing(refresh: &Refresh) -> Refreshing {
    let (old, new, tags, tag, secret) = match refresh {
        Refresh::Digest { old, new, tags } => (
            old.to_bytes().to_vec(),
            new.to_bytes().to_vec(),
            tags,
            concat!(
                "UPDATE keyward_credentials AS c SET tag = $6 WHERE id = $1 AND tag = $5 AND ",
                living!(),
                " AND EXISTS (SELECT 1 FROM keyward_generations \
                 WHERE credential = $1 AND number = $2 AND digest = $3) RETURNING id"
            ),
            "UPDATE keyward_generations SET digest = $4 WHERE number = $2 AND digest = $3",
        ),
        Refresh::Seal { old, new, tags } => (
            old.as_bytes().to_vec(),
            new.as_bytes().to_vec(),
            tags,
            concat!(
                "UPDATE keyward_credentials AS c SET tag = $6 WHERE id = $1 AND tag = $5 AND ",
                living!(),
                " AND EXISTS (SELECT 1 FROM keyward_generations \
                 WHERE credential = $1 AND number = $2 AND seal = $3) RETURNING id"
            ),
            "UPDATE keyward_generations SET seal = $4 WHERE number = $2 AND seal = $3",
        ),
    };
    let tags = [&tags.old, &tags.new].map(|tag| tag.to_bytes().to_vec());
    let [old_tag, new_tag] = tags;
    Refreshing { tag, secret, bytes: [old, new, old_tag, new_tag] }
}

/// A new tag in SQL: `$1` is the record's id, `$2` the old tag and `$3` the new one.
pub(in crate::adapters) struct Retagging<'r> {
    pub(in crate::adapters) text: &'static str,
    pub(in crate::adapters) id: &'r str,
    /// The old tag and the new one.
    pub(in crate::adapters) tags: [Vec<u8>; 2],
}

pub(in crate::adapters) fn retagging<'r>(record: &'r RecordId, tags: &TagChange) -> Retagging<'r> {
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
    Retagging { text, id, tags: [&tags.old, &tags.new].map(|tag| tag.to_bytes().to_vec()) }
}
