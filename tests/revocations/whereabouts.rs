//! Where a store is, so that another process finds it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use keyward::store::AnyStore;
use keyward::{PostgresOptions, SqliteStore};

/// A store that processes can share.
#[derive(Debug, Clone)]
pub(crate) enum Whereabouts {
    /// The path of a file.
    Sqlite(String),
    Postgres {
        url: String,
        schema: String,
    },
}

impl Whereabouts {
    /// A handle of its own, with the time limit that it comes with. Of connections it has a few: they are
    /// the server's, which all nodes share.
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

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.write_str(path),
            Self::Postgres { url, schema } => write!(f, "{url}\n{schema}"),
        }
    }
}

impl FromStr for Whereabouts {
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
