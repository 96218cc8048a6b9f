//! The first page of the list of credentials: a large account compared with a small one.

use std::error::Error;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use keyward::page::Page;
use keyward::store::copy;
use keyward::{
    AccountId, Actor, ActorId, Keyward, MasterKey, MasterKeys, MemoryStore, Name, NewCredential,
    NewWorkspace, SlowHashParams, SqliteStore, WorkspaceId,
};
use tokio::runtime::{self, Runtime};
use tower::Service;

use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

/// Credentials of each workspace, with its first Track set.
const OF_EACH: usize = 50;

/// Measures the list of 10,000 credentials in 200 workspaces, compared with that of 100 credentials in two.
pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let many = match effort {
        Effort::Full => 200,
        Effort::Quick => 20,
    };
    let large = runtime.block_on(listed(many, &folder.path().join("large.db")))?;
    let small = runtime.block_on(listed(2, &folder.path().join("small.db")))?;
    let mut of_many = || show(&runtime, &large);
    let mut of_few = || show(&runtime, &small);
    let works: [Work<'_>; 2] = [&mut of_many, &mut of_few];
    let [many, few] = medians(effort, works)?;
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    table.ratio_at_most("list_of_10000_to_list_of_100", ratio, 1.5);
    table.note("list_of_10000_us", many.as_secs_f64() * 1e6);
    Ok(())
}

/// Returns the page over an account in a SQLite file.
async fn listed(workspaces: usize, file: &Path) -> Result<Page, Box<dyn Error>> {
    let key = MasterKey::generate()?;
    let keys = || -> Result<_, Box<dyn Error>> { Ok(MasterKeys::new(key.expose_text().parse()?)) };
    let memory = MemoryStore::new();
    let slow_hash = SlowHashParams::dangerous_cheap();
    let keyward = Keyward::builder(memory.clone(), keys()?).slow_hash(slow_hash).build()?;
    let admin = admin()?;
    let manager = keyward.manager(&admin);
    for number in 0..workspaces {
        let id = WorkspaceId::new(format!("acme/{number}"))?;
        let name = Name::new(format!("Workspace {number}"))?;
        manager.create_workspace(NewWorkspace::new(id.clone(), name)).await?;
        for number in 1..OF_EACH {
            let name = Name::new(format!("Program {number}"))?;
            let _ = manager.issue_app_key(NewCredential::new(id.clone(), name)).await?;
        }
    }
    let store = SqliteStore::open(file).await?;
    copy(&memory, &store).await?;
    Ok(Page::new(Keyward::builder(store, keys()?).slow_hash(slow_hash).build()?))
}

fn admin() -> Result<Actor, Box<dyn Error>> {
    Ok(Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?))
}

/// Shows the list once.
fn show(runtime: &Runtime, page: &Page) -> Result<(), Box<dyn Error>> {
    let mut request = Request::get("/").body(Body::empty())?;
    request.extensions_mut().insert(admin()?);
    runtime.block_on(async {
        let Ok(answer) = page.clone().call(request).await;
        let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await?;
        if body.len() < 10_000 {
            return Err("the list is not shown".into());
        }
        Ok(())
    })
}
