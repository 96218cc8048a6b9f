//! Opening a database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward::store::{AnyStore, StoreError, StoreErrorKind};
use keyward::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use zeroize::Zeroizing;

use crate::arguments::{Copy, Database};
use crate::failure::Failure;
use crate::secret_sources::{self, POSTGRES_URL};

/// The time limit of one call. No request waits for it.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A store of one of the two databases.
#[derive(Debug)]
pub(crate) enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Store {
    pub(crate) fn any(&self) -> AnyStore {
        match self {
            Self::Sqlite(store) => AnyStore::new(store.clone()),
            Self::Postgres(store) => AnyStore::new(store.clone()),
        }
    }

    pub(crate) async fn schema_version(&self) -> Result<u32, StoreError> {
        match self {
            Self::Sqlite(store) => store.schema_version().await,
            Self::Postgres(store) => store.schema_version().await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

/// What opening does if the tables do not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tables {
    /// They must exist, because a mistyped path must not become an empty database.
    Exist,
    /// They are created or upgraded.
    Migrate,
}

/// A database that was named completely.
enum Named<'a> {
    Sqlite(&'a Path),
    Postgres { url: Zeroizing<String>, options: PostgresOptions },
}

pub(crate) async fn open(database: &Database, tables: Tables) -> Result<Store, Failure> {
    Ok(named(database)?.open(tables).await?)
}

/// Opens a database whose tables are created or upgraded if necessary. Returns `true` if something was missing.
pub(crate) async fn migrate(database: &Database) -> Result<(Store, bool), Failure> {
    let named = named(database)?;
    match named.open(Tables::Exist).await {
        Ok(store) => Ok((store, false)),
        // Also a file that does not exist.
        Err(error) if error.kind() == StoreErrorKind::Misconfigured => {
            Ok((named.open(Tables::Migrate).await?, true))
        }
        Err(error) => Err(error.into()),
    }
}

impl Named<'_> {
    async fn open(&self, tables: Tables) -> Result<Store, StoreError> {
        match self {
            Self::Sqlite(path) => {
                let options = SqliteOptions::new().time_limit(TIME_LIMIT);
                let options = match tables {
                    Tables::Exist => options.without_migration(),
                    Tables::Migrate => options,
                };
                Ok(Store::Sqlite(options.open(path).await?))
            }
            Self::Postgres { url, options } => {
                let options = options.clone().time_limit(TIME_LIMIT).connections(2);
                let options = match tables {
                    Tables::Exist => options.without_migration(),
                    Tables::Migrate => options,
                };
                Ok(Store::Postgres(options.connect(url).await?))
            }
        }
    }
}

/// Returns the database that a copy writes to.
pub(crate) fn target(copy: &Copy) -> Database {
    Database {
        sqlite: copy.to_sqlite.clone(),
        postgres_url: copy.to_postgres_url.clone(),
        schema: copy.to_schema.clone(),
        owner: copy.to_owner.clone(),
    }
}

/// Returns the files that a database and its service read from standard input.
pub(crate) fn from_stdin<'a>(
    database: &'a Database,
    others: &'a [PathBuf],
) -> impl Iterator<Item = &'a PathBuf> {
    let files = database.postgres_url.iter().chain(others);
    files.filter(|path| secret_sources::is_stdin(path))
}

fn named(database: &Database) -> Result<Named<'_>, Failure> {
    if let Some(path) = &database.sqlite {
        return Ok(Named::Sqlite(path));
    }
    let url = secret_sources::postgres_url(database.postgres_url.as_deref())?;
    let url = url.ok_or_else(|| {
        Failure::usage(format!(
            "no database: name it with `--sqlite` or `--postgres-url`, or set {POSTGRES_URL}"
        ))
    })?;
    let options = PostgresOptions::new().schema(&database.schema);
    let options = match &database.owner {
        Some(role) => options.owner(role),
        None => options,
    };
    Ok(Named::Postgres { url, options })
}
