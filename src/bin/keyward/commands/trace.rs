//! Finds the credential of a leaked key. Never prints the key.

use keyward::Operator;
use serde_json::Value;

use crate::answer::{Answer, Exit};
use crate::arguments::OperatedService;
use crate::failure::Failure;
use crate::{secret_sources, service};

pub(super) async fn run(by: OperatedService) -> Result<Answer, Failure> {
    let opened = service::open_beside_stdin(&by.service).await?;
    let key = secret_sources::key_from_stdin()?;
    let found = opened.keyward.trace(&Operator::new(by.operator), &key).await?;
    opened.store.close().await;
    let Some(found) = found else {
        return Answer::new(Exit::Nothing, "No stored secret matches.", &Value::Null);
    };
    let text = format!(
        "account: {}\nworkspace: {}\ncredential: {}\nkind: {}\ngeneration: {}",
        found.account, found.workspace, found.credential, found.kind, found.generation
    );
    Answer::new(Exit::Done, text, &found)
}
