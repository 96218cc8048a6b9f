//! The set-up at start: a database, a master key, and a first workspace.

use std::error::Error;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use keyward::{
    AccountId, Actor, ActorId, Builder, Keyward, ManageError, MasterKey, MasterKeys, Name,
    NewWorkspace, PostgresOptions, Refusal, SqliteStore, WorkspaceId, operate::NetworkViewers,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::app::people::People;
use crate::app::scopes::Scope;
use crate::app::{ACCOUNT, WORKSPACE};
use crate::options::{Database, Options};

/// Opens the database for Keyward's tables and for those of the service.
pub(crate) async fn open(options: &Options) -> Result<(Keyward, People), Box<dyn Error>> {
    let (keyward, people) = match &options.database {
        Database::Sqlite(path) => {
            let keys = master_keys(&path.with_extension("key"))?;
            // This creates the file, readable only by its owner.
            let store = SqliteStore::open(path).await?;
            let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await?;
            (with_settings(Keyward::builder(store, keys)).build()?, People::Sqlite(pool))
        }
        Database::Postgres(url) => {
            let pool = PgPool::connect(url).await?;
            let keys = master_keys(&PathBuf::from("keyward-service.key"))?;
            // A separate schema, in which no other role can create objects.
            let store = PostgresOptions::new().schema("keyward").from_pool(pool.clone()).await?;
            (with_settings(Keyward::builder(store, keys)).build()?, People::Postgres(pool))
        }
    };
    people.create_tables().await?;
    // For the command `keyward`. The file contains no secret.
    fs::write(options.settings_file(), serde_json::to_vec_pretty(keyward.settings())?)?;
    Ok((keyward, people))
}

/// Declares the scopes of the App API. Also turns on that an admin sees from which networks a credential passed, and tries an
/// allowlist against them. Networks are personal data: tell your customers.
fn with_settings(builder: Builder) -> Builder {
    builder.scopes::<Scope>().remember_networks(NetworkViewers::Managers)
}

/// Returns the master key from a file, which the first start creates. A real service uses a secret manager, and never stores the
/// master key next to the database that it protects.
fn master_keys(path: &Path) -> Result<MasterKeys, Box<dyn Error>> {
    if path.exists() {
        return Ok(MasterKeys::new(fs::read_to_string(path)?.trim().parse()?));
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // The file is complete before it gets its name, and it gets the name only if no other process was first. Every start
    // therefore reads the same complete key.
    let unfinished = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = options.open(&unfinished)?;
    file.write_all(MasterKey::generate()?.expose_text().as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(MasterKeys::new(fs::read_to_string(path)?.trim().parse()?)),
    }
}

/// Creates the first workspace on the first start, with its Track set `primary`, which an admin can reveal. Later starts change
/// nothing: a service that replaced the keys of its customers at each start would break their programs.
pub(crate) async fn first_workspace(keyward: &Keyward) -> Result<(), Box<dyn Error>> {
    let admin = Actor::admin(AccountId::new(ACCOUNT)?, ActorId::new("set-up")?);
    let new = NewWorkspace::new(WorkspaceId::new(WORKSPACE)?, Name::new("Shop")?);
    match keyward.manager(&admin).create_workspace(new).await {
        // The id was used: the workspace exists, or was removed since.
        Ok(_) | Err(ManageError::Refused(Refusal::WorkspaceIdTaken)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
