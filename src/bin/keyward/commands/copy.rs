//! Copies a database into an empty one.

use keyward::store::{Copied, CopyError, copy_watched};
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::arguments::Copy;
use crate::database::{self, Store, Tables, from_stdin};
use crate::failure::Failure;
use crate::progress::Progress;

pub(super) async fn run(arguments: &Copy) -> Result<Answer, Failure> {
    let target = database::target(arguments);
    if from_stdin(&arguments.from, &[]).chain(from_stdin(&target, &[])).count() > 1 {
        return Err(Failure::usage("standard input is read twice: name a file for one of the two"));
    }
    let from = database::open(&arguments.from, Tables::Exist).await?;
    let to = database::open(&target, Tables::Migrate).await?;
    let progress = Progress::start("copying, then comparing");
    let copied = between(&from, &to, &|done| progress.set(done)).await?;
    drop(progress);
    from.close().await;
    to.close().await;
    let Copied { accounts, workspaces, credentials, events, .. } = copied;
    let json = json!({
        "accounts": accounts,
        "workspaces": workspaces,
        "credentials": credentials,
        "events": events,
    });
    let text = format!(
        "Copied and compared: {accounts} accounts, {workspaces} workspaces, {credentials} credentials and {events} events."
    );
    Answer::new(Exit::Done, text, &json)
}

async fn between(
    from: &Store,
    to: &Store,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<Copied, CopyError> {
    match (from, to) {
        (Store::Sqlite(from), Store::Sqlite(to)) => copy_watched(from, to, watch).await,
        (Store::Sqlite(from), Store::Postgres(to)) => copy_watched(from, to, watch).await,
        (Store::Postgres(from), Store::Sqlite(to)) => copy_watched(from, to, watch).await,
        (Store::Postgres(from), Store::Postgres(to)) => copy_watched(from, to, watch).await,
    }
}
