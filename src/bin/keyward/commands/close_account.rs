//! Closes an account for good, and removes what is in it. Asks first.

use keyward::AccountId;
use keyward::manage::Revision;
use serde_json::json;

use super::check::opened_for;
use crate::answer::{Answer, Exit};
use crate::arguments::OperatedService;
use crate::confirmation::confirm;
use crate::failure::Failure;
use crate::progress::Progress;

pub(super) async fn run(by: OperatedService, account: AccountId) -> Result<Answer, Failure> {
    let (opened, actor) = opened_for(by, account.clone()).await?;
    let manager = opened.keyward.manager(&actor);
    let found = manager.account().await?;
    if found.revision == Revision::NONE {
        let text = "There is no such account. Nothing was changed.";
        return Answer::new(Exit::Nothing, text, &json!({ "is_closed": false }));
    }
    let was_closed = found.closed.is_some();
    if !was_closed {
        let question = "All credentials of the account stop for good. Type its id to close it";
        confirm(question, account.as_str())?;
        manager.close_account(account.as_str()).await?;
    }
    let progress = Progress::start("removing workspaces");
    let removed = manager.remove_closed().await?;
    drop(progress);
    opened.store.close().await;
    let json =
        json!({ "is_closed": true, "was_closed": was_closed, "removed_workspaces": removed });
    if was_closed && removed == 0 {
        let text = "The account was closed before, and has no workspaces. Nothing was changed.";
        return Answer::new(Exit::Nothing, text, &json);
    }
    let state = if was_closed { "was closed before" } else { "is closed" };
    let text = format!(
        "The account {state}. Workspaces removed: {removed}. The service deletes their credentials in the background."
    );
    Answer::new(Exit::Done, text, &json)
}
