//! The tables of a database, saved and restored.

use std::fmt::Write;

/// Every table, after those that it refers to. (Credentials and generations refer to each other, but not
/// before the end of a transaction.)
pub const TABLES: [&str; 11] = [
    "accounts",
    "workspaces",
    "leftovers",
    "credentials",
    "generations",
    "uses",
    "used_networks",
    "integrations",
    "allowlist",
    "events",
    "position",
];

/// The statements that keep a copy of every row.
pub fn keep() -> String {
    TABLES
        .map(|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM keyward_{table};"))
        .concat()
}

/// The statements that make the rows those of the copy.
pub fn put_back() -> String {
    let mut text = String::new();
    for table in TABLES.iter().rev() {
        write!(text, "DELETE FROM keyward_{table};").unwrap();
    }
    for table in TABLES {
        write!(text, "INSERT INTO keyward_{table} SELECT * FROM kept_{table};").unwrap();
    }
    text
}
