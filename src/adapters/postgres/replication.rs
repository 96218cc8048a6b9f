//! Reports standbys that do not replicate synchronously.

use sqlx::postgres::PgConnection;

use super::error::CallFailure;
use crate::store::StoreFinding;

/// Other roles than superusers and members of `pg_read_all_stats` see a standby, but not its state.
const NOT_SYNCHRONOUS: &str = "SELECT pg_catalog.current_setting('synchronous_standby_names') OPERATOR(pg_catalog.=) '' \
    AND EXISTS (SELECT 1 FROM pg_catalog.pg_stat_replication r \
    WHERE r.state IS NULL OR r.state OPERATOR(pg_catalog.=) 'streaming')";

/// Returns a finding if a failover can lose acknowledged changes.
pub(super) async fn finding(
    connection: &mut PgConnection,
) -> Result<Option<StoreFinding>, sqlx::Error> {
    let is_found: bool = sqlx::query_scalar(NOT_SYNCHRONOUS).fetch_one(connection).await?;
    Ok(is_found.then_some(StoreFinding::NotSynchronous))
}

/// Logs the finding.
pub(super) async fn warn(connection: &mut PgConnection) -> Result<(), CallFailure> {
    if let Some(finding) = finding(connection).await? {
        tracing::warn!(%finding, "replication is not synchronous");
    }
    Ok(())
}
