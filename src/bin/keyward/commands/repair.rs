//! Repairs a corrupt record: shows it, and asks for confirmation.

use keyward::{AccountId, WorkspaceId};
use serde::Serialize;
use serde_json::json;

use super::check::opened_for;
use crate::answer::{Answer, Exit};
use crate::arguments::{OperatedService, Repair};
use crate::confirmation;
use crate::failure::Failure;

pub(super) async fn run(repair: Repair) -> Result<Answer, Failure> {
    match repair {
        Repair::Account { service, account } => repair_account(service, account).await,
        Repair::Workspace { service, account, workspace } => {
            repair_workspace(service, account, &workspace).await
        }
        Repair::Counters { service, account, workspace } => {
            count(service, account, &workspace).await
        }
    }
}

async fn repair_account(by: OperatedService, account: AccountId) -> Result<Answer, Failure> {
    let (opened, actor) = opened_for(by, account.clone()).await?;
    let manager = opened.keyward.manager(&actor);
    let Some(corrupt) = manager.corrupt_account().await? else { return not_corrupt() };
    confirm(&corrupt, account.as_str())?;
    let repaired = manager.repair_account(&corrupt).await?;
    Answer::new(Exit::Done, "The record was accepted and tagged.", &repaired)
}

async fn repair_workspace(
    by: OperatedService,
    account: AccountId,
    workspace: &WorkspaceId,
) -> Result<Answer, Failure> {
    let (opened, actor) = opened_for(by, account).await?;
    let manager = opened.keyward.manager(&actor);
    let corrupt = manager.corrupt_workspace(workspace).await?;
    let Some(corrupt) = corrupt else { return not_corrupt() };
    confirm(&corrupt, workspace.as_str())?;
    let repaired = manager.repair_workspace(&corrupt).await?;
    Answer::new(Exit::Done, "The record was accepted, counted and tagged.", &repaired)
}

async fn count(
    by: OperatedService,
    account: AccountId,
    workspace: &WorkspaceId,
) -> Result<Answer, Failure> {
    let (opened, actor) = opened_for(by, account).await?;
    let counted = opened.keyward.manager(&actor).recount(workspace).await?;
    Answer::new(Exit::Done, "The counters are correct.", &counted)
}

fn not_corrupt() -> Result<Answer, Failure> {
    let text = "The record is not corrupt, or does not exist. Nothing was changed.";
    Answer::new(Exit::Nothing, text, &json!({ "is_corrupt": false }))
}

/// Shows a record on standard error, and asks whether it is right.
fn confirm(shown: &impl Serialize, id: &str) -> Result<(), Failure> {
    let shown = serde_json::to_string_pretty(shown)
        .map_err(Failure::because("the record cannot be written as JSON"))?;
    let question = "This record does not match its tag. If it is right, type its id to accept it";
    confirmation::confirm(&format!("{shown}\n{question}"), id)
}
