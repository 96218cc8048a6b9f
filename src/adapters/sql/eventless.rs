//! What both databases write without an event, in the same words.

use crate::store::Refresh;

/// How many events go in one transaction: what it locks is not held for longer than that takes.
pub(in crate::adapters) const EVENTS_PRUNED_AT_ONCE: i64 = 5_000;

/// Looks no further than it deletes, however long the history is.
pub(in crate::adapters) const PRUNE: &str = "WITH oldest AS (\
SELECT number, at FROM keyward_events WHERE number > 0 ORDER BY number LIMIT $2) \
DELETE FROM keyward_events WHERE number IN (SELECT number FROM oldest) AND number < \
COALESCE((SELECT min(number) FROM oldest WHERE at >= $1), 9223372036854775807)";

/// A refresh as a statement, with the bytes to be replaced and those to take their place.
pub(in crate::adapters) fn refreshing(refresh: &Refresh) -> (&'static str, Vec<u8>, Vec<u8>) {
    match refresh {
        Refresh::Digest { old, new } => (
            "UPDATE keyward_generations SET digest = $4 \
             WHERE credential = $1 AND number = $2 AND digest = $3",
            old.to_bytes().to_vec(),
            new.to_bytes().to_vec(),
        ),
        Refresh::Seal { old, new } => (
            "UPDATE keyward_generations SET seal = $4 \
             WHERE credential = $1 AND number = $2 AND seal = $3",
            old.as_bytes().to_vec(),
            new.as_bytes().to_vec(),
        ),
    }
}
