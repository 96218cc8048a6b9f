//! The timeline of a server. Each promotion begins a new one, so an old primary that still runs has a lower number than the
//! server that replaced it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Row;
use sqlx::postgres::PgConnection;

/// The timeline on which the server writes: eight hexadecimal digits, or NULL for a server in recovery. It is replaced by
/// [`NO_TIMELINE`] if the server does not report one.
pub(super) const TIMELINE: &str = "CASE WHEN pg_is_in_recovery() THEN NULL \
    ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// Stands for the timeline on a service that offers PostgreSQL without its log.
pub(super) const NO_TIMELINE: &str = "'00000000'";

/// The newest timeline of an answer. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct NewestTimeline(Arc<AtomicU32>);

impl NewestTimeline {
    /// Returns `false` if a server with a newer timeline has answered before. NULL is admitted, because the mark of the answer
    /// decides about a server in recovery.
    pub(super) fn admits(&self, timeline: Option<&str>) -> bool {
        match timeline.map(|digits| u32::from_str_radix(digits, 16)) {
            Some(Ok(timeline)) => self.admits_number(timeline),
            Some(Err(_)) => false,
            None => true,
        }
    }

    pub(super) fn admits_number(&self, timeline: u32) -> bool {
        self.0.fetch_max(timeline, Ordering::Relaxed) <= timeline
    }
}

/// Returns the timeline of a primary, if it reports one. Prepares no statement.
pub(super) async fn of(connection: &mut PgConnection) -> Option<u32> {
    let text = "SELECT pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)";
    let row = sqlx::raw_sql(text).fetch_one(connection).await.ok()?;
    u32::from_str_radix(row.try_get(0).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::NewestTimeline;

    #[test]
    fn an_older_timeline_is_not_admitted() {
        let newest = NewestTimeline::default();
        for (timeline, expected) in [
            (Some("00000002"), true),
            (Some("00000001"), false),
            (Some("00000002"), true),
            (None, true),
            (Some("0000000A"), true),
            (Some("00000009"), false),
            (Some("nonsense"), false),
        ] {
            assert_eq!(newest.admits(timeline), expected, "{timeline:?}");
        }
    }
}
