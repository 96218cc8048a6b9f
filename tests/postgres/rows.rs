//! What stands in the tables: shown, kept, and put back.

use std::fmt::Write;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

/// Each before those that refer to it.
const TABLES: [&str; 9] = [
    "accounts",
    "workspaces",
    "credentials",
    "generations",
    "uses",
    "integrations",
    "allowlist",
    "events",
    "position",
];

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
    let copies = TABLES.map(|table| format!("CREATE TABLE kept_{table} AS TABLE keyward_{table};"));
    sqlx::raw_sql(AssertSqlSafe(copies.concat())).execute(connection).await.unwrap();
}

/// Makes the rows those of the copy.
pub(crate) async fn put_back(connection: &mut PgConnection) {
    let mut text = String::new();
    for table in TABLES.iter().rev() {
        write!(text, "DELETE FROM keyward_{table};").unwrap();
    }
    for table in TABLES {
        write!(text, "INSERT INTO keyward_{table} TABLE kept_{table};").unwrap();
    }
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.unwrap();
}
