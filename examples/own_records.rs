//! A service that keeps a row for each of its deployments, and an App key for each. The row is in the database of the service, so one
//! transaction cannot contain both. The service stops at each point in turn, and the row and the key still agree in the end.
//!
//! Run it with `cargo run --example own_records`. `keyward::guide::own_records` explains the order of the steps.

use std::error::Error;

use keyward::manage::{CredentialFilter, Issued};
use keyward::{
    AccountId, Actor, ActorId, CredentialId, GenerationNumber, Keyward, ManageError, Manager,
    MasterKey, MasterKeys, MemoryStore, Name, NewCredential, NewWorkspace, WorkspaceId,
};
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where the service stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    AfterTheRow,
    AfterTheKey,
    Never,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let service = Service::start().await?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let manager = service.keyward.manager(&admin);
    let shop = NewWorkspace::new(WorkspaceId::new("acme/shop")?, Name::new("Shop")?);
    manager.create_workspace(shop).await?;
    for (id, stop) in [("d-1", Stop::AfterTheRow), ("d-2", Stop::AfterTheKey), ("d-3", Stop::Never)]
    {
        let shown = service.deploy(&manager, id, stop).await?;
        assert_eq!(shown.is_some(), stop == Stop::Never);
        println!("{id}: the service stopped: {stop:?}");
    }

    // After the restart, the service finishes what is pending. A second run has nothing to do.
    println!("finished after the restart: {}", service.finish(&manager).await?);
    assert_eq!(service.finish(&manager).await?, 0);
    let page = manager.credentials(CredentialFilter::new()).await?;
    assert_eq!(page.items.len(), 4, "one key for each deployment, and the first Track set");

    // Nobody has seen the secret of the second deployment, so the page offers to replace it.
    let id = service.credential("d-2").await?;
    let replaced = manager.replace_unused(id, GenerationNumber::FIRST).await?;
    println!("d-2 has a new secret of {} characters", replaced.secret.expose().len());
    Ok(())
}

struct Service {
    keyward: Keyward,
    /// The database of the service. Keyward has another one.
    own: SqlitePool,
}

impl Service {
    async fn start() -> Outcome<Self> {
        let keys = MasterKeys::new(MasterKey::generate()?);
        let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
        let own = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
        let table = "CREATE TABLE deployments (id TEXT PRIMARY KEY, credential TEXT)";
        sqlx::query(table).execute(&own).await?;
        Ok(Self { keyward, own })
    }

    /// Makes a deployment with its key. Returns the key, unless the service stops before.
    async fn deploy(&self, manager: &Manager<'_>, id: &str, stop: Stop) -> Outcome<Option<Issued>> {
        // 1. The row is committed first. It is pending, because it has no credential.
        sqlx::query("INSERT INTO deployments (id) VALUES ($1)").bind(id).execute(&self.own).await?;
        if stop == Stop::AfterTheRow {
            return Ok(None);
        }
        // 2. The key is issued. The id of the row is the operation id.
        let issued = manager.issue_app_key(request(id)?).await?;
        if stop == Stop::AfterTheKey {
            return Ok(None);
        }
        // 3. The row names the credential.
        self.done(id, issued.credential.id).await?;
        Ok(Some(issued))
    }

    /// Finishes each pending row. Runs at the start, and from time to time. Returns the number of rows.
    async fn finish(&self, manager: &Manager<'_>) -> Outcome<usize> {
        let pending = "SELECT id FROM deployments WHERE credential IS NULL ORDER BY id";
        let rows = sqlx::query(pending).fetch_all(&self.own).await?;
        for row in &rows {
            let id: String = row.try_get("id")?;
            let credential = match manager.issue_app_key(request(&id)?).await {
                Ok(issued) => issued.credential.id,
                // The key was issued before the service stopped.
                Err(ManageError::Repeated(repeated)) => repeated.credential.id,
                // Nothing was issued, or the outcome is unknown. The next run repeats the call.
                Err(error) => return Err(error.into()),
            };
            self.done(&id, credential).await?;
        }
        Ok(rows.len())
    }

    async fn done(&self, id: &str, credential: CredentialId) -> Outcome<()> {
        let update = "UPDATE deployments SET credential = $2 WHERE id = $1";
        sqlx::query(update).bind(id).bind(credential.as_str()).execute(&self.own).await?;
        Ok(())
    }

    async fn credential(&self, id: &str) -> Outcome<CredentialId> {
        let query = "SELECT credential FROM deployments WHERE id = $1";
        let text: String = sqlx::query_scalar(query).bind(id).fetch_one(&self.own).await?;
        Ok(CredentialId::new(text)?)
    }
}

/// The request of a row. It is the same each time, because a repeat with other content is refused.
fn request(id: &str) -> Outcome<NewCredential> {
    let new =
        NewCredential::new(WorkspaceId::new("acme/shop")?, Name::new(format!("Deploy {id}"))?);
    Ok(new.operation(id))
}
