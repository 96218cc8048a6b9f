//! The set-up at start: a database, a master key, an admin, and keys to try.

use std::error::Error;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use keyward::{
    AccountId, Actor, ActorId, Keyward, ManageError, MasterKey, MasterKeys, Name, NewCredential,
    NewWorkspace, PostgresOptions, Refusal, SqliteStore, WorkspaceId,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::app::people::People;
use crate::app::welcome::ShownKeys;
use crate::options::{Database, Options};

/// Opens the database for Keyward's tables and for those of the service.
pub(crate) async fn open(options: &Options) -> Result<(Keyward, People), Box<dyn Error>> {
    let (keyward, people) = match &options.database {
        Database::Sqlite(path) => {
            let keys = master_keys(&path.with_extension("key"))?;
            // This creates the file, readable only by its owner.
            let store = SqliteStore::open(path).await?;
            let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await?;
            (Keyward::builder(store, keys).build()?, People::Sqlite(pool))
        }
        Database::Postgres(url) => {
            let pool = PgPool::connect(url).await?;
            let keys = master_keys(&PathBuf::from("keyward-service.key"))?;
            // A separate schema, in which no other role can create objects.
            let store = PostgresOptions::new().schema("keyward").from_pool(pool.clone()).await?;
            (Keyward::builder(store, keys).build()?, People::Postgres(pool))
        }
    };
    people.create_tables().await?;
    Ok((keyward, people))
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

/// Returns the admin of the only account. A real service makes an `Actor` for the user who is logged in.
pub(crate) fn admin() -> Result<Actor, Box<dyn Error>> {
    Ok(Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?))
}

/// Returns the keys to print: the Track set `primary` and an App key. Only the first start creates and shows keys. A service that
/// replaced the keys of its customers at each start would break their programs.
pub(crate) async fn first_keys(keyward: &Keyward) -> Result<Option<ShownKeys>, Box<dyn Error>> {
    let admin = admin()?;
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new(crate::app::WORKSPACE)?;
    let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
    let primary = match manager.create_workspace(new).await {
        Ok(created) => created.primary,
        Err(ManageError::Refused(Refusal::WorkspaceIdTaken)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("curl")?)).await?;
    Ok(Some(ShownKeys {
        site_id: primary.credential.id,
        api_key: primary.secret,
        token: issued.secret.expose().to_owned(),
    }))
}
