//! The rows of the tables: shown, saved, and restored.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::stores::tables::{self, TABLES};

/// Every row of every table, as one snapshot.
pub(crate) async fn show(connection: &mut PgConnection) -> String {
    let tables = TABLES.map(|table| {
        format!(
            "(SELECT '{table}' || string_agg(E'\\n' || t::text, '' ORDER BY t::text) \
             FROM keyward_{table} t)"
        )
    });
    let text = format!("SELECT concat_ws(E'\\n', {})", tables.join(", "));
    sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(connection).await.unwrap()
}

/// Keeps a copy of the rows.
pub(crate) async fn keep(connection: &mut PgConnection) {
    sqlx::raw_sql(AssertSqlSafe(tables::keep())).execute(connection).await.unwrap();
}

/// Makes the rows those of the copy.
pub(crate) async fn put_back(connection: &mut PgConnection) {
    sqlx::raw_sql(AssertSqlSafe(tables::put_back())).execute(connection).await.unwrap();
}
