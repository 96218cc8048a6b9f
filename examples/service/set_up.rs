//! What there is when the service starts: a database, a master key, an admin, and keys to try.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward::store::PageItem;
use keyward::{
    AccountId, Actor, ActorId, CredentialFilter, Keyward, KindWord, ManageError, Manager,
    MasterKey, MasterKeys, Name, NewCredential, NewWorkspace, PostgresOptions, Refusal,
    SqliteStore, WorkspaceId,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::app::people::People;
use crate::app::welcome::ShownKeys;
use crate::options::{Database, Options};

/// Opens the database, for Keyward's tables and for the service's own.
pub(crate) async fn open(options: &Options) -> Result<(Keyward, People), Box<dyn Error>> {
    let (keyward, people) = match &options.database {
        Database::Sqlite(path) => {
            let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let pool = SqlitePool::connect_with(file).await?;
            let keys = master_keys(&path.with_extension("key"))?;
            let store = SqliteStore::from_pool(pool.clone()).await?;
            (Keyward::builder(store, keys).build()?, People::Sqlite(pool))
        }
        Database::Postgres(url) => {
            let pool = PgPool::connect(url).await?;
            let keys = master_keys(&PathBuf::from("keyward-service.key"))?;
            // A schema of its own: no other role may create anything in it.
            let store = PostgresOptions::new().schema("keyward").from_pool(pool.clone()).await?;
            (Keyward::builder(store, keys).build()?, People::Postgres(pool))
        }
    };
    people.create_tables().await?;
    Ok((keyward, people))
}

/// The master key from a file, which is made at the first start. A real service has it in a secret manager,
/// and never beside the database that it protects.
fn master_keys(path: &Path) -> Result<MasterKeys, Box<dyn Error>> {
    if path.exists() {
        return Ok(MasterKeys::new(fs::read_to_string(path)?.trim().parse()?));
    }
    let key = MasterKey::generate()?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(key.expose_text().as_bytes())?;
    Ok(MasterKeys::new(key))
}

/// The admin of the only account. A real service makes an `Actor` of the user who is logged in.
pub(crate) fn admin() -> Result<Actor, Box<dyn Error>> {
    Ok(Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?))
}

/// The keys that are printed: the Track set `primary`, and an App key.
pub(crate) async fn shown_keys(keyward: &Keyward) -> Result<ShownKeys, Box<dyn Error>> {
    let admin = admin()?;
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new(crate::app::WORKSPACE)?;
    let new = NewWorkspace::new(shop.clone(), Name::new("Shop")?);
    let (site_id, api_key) = match manager.create_workspace(new).await {
        Ok(created) => (created.primary.credential.id, created.primary.api_key),
        Err(ManageError::Refused(Refusal::WorkspaceIdTaken)) => {
            let primary = named(&manager, &shop, KindWord::Track, "primary").await?;
            let primary = primary.ok_or("the Track set `primary` was deleted: use another file")?;
            let revealed = manager.reveal(primary).await?;
            (revealed.site_id, revealed.api_key)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(ShownKeys { site_id, api_key, token: app_token(&manager, shop).await? })
}

/// A token for the App key `curl`: a new key at the first start, and a new secret at each later one, since
/// a token cannot be shown twice.
async fn app_token(manager: &Manager<'_>, shop: WorkspaceId) -> Result<String, Box<dyn Error>> {
    if let Some(id) = named(manager, &shop, KindWord::App, "curl").await? {
        return Ok(manager.rotate(id, Duration::ZERO).await?.secret.expose().to_owned());
    }
    let new = NewCredential::new(shop, Name::new("curl")?);
    Ok(manager.issue_app_key(new).await?.token.expose().to_owned())
}

async fn named(
    manager: &Manager<'_>,
    workspace: &WorkspaceId,
    kind: KindWord,
    name: &str,
) -> Result<Option<keyward::CredentialId>, ManageError> {
    let filter = CredentialFilter::new().workspace(workspace.clone()).kind(kind);
    let page = manager.credentials(filter).await?;
    let mut credentials = page.items.into_iter().filter_map(PageItem::record);
    Ok(credentials.find(|credential| credential.name.as_str() == name).map(|found| found.id))
}
