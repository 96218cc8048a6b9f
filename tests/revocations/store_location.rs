//! The place of a store, so that another process can open it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use keyward::store::AnyStore;
use keyward::{PostgresOptions, SqliteStore};

/// A store that processes can share.
#[derive(Debug, Clone)]
pub(crate) enum StoreLocation {
    /// The path of a file.
    Sqlite(String),
    Postgres {
        url: String,
        schema: String,
    },
}

impl StoreLocation {
    /// Opens a handle with the default time limit. It has few connections, because all nodes share those of the server.
    pub(crate) async fn open(&self) -> AnyStore {
        match self {
            Self::Sqlite(path) => AnyStore::new(SqliteStore::open(path).await.unwrap()),
            Self::Postgres { url, schema } => {
                let options = PostgresOptions::new().schema(schema).connections(4);
                AnyStore::new(options.connect(url).await.unwrap())
            }
        }
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.write_str(path),
            Self::Postgres { url, schema } => write!(f, "{url}\n{schema}"),
        }
    }
}

impl FromStr for StoreLocation {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.split_once('\n') {
            None => Self::Sqlite(text.to_owned()),
            Some((url, schema)) => {
                Self::Postgres { url: url.to_owned(), schema: schema.to_owned() }
            }
        })
    }
}
