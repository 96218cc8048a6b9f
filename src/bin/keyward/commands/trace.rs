//! Finds the credential of a leaked key, or of the first key in a text. Never prints the text.

use keyward::Operator;
use keyward::imports::ImportFormatSettings;
use keyward::operate::ImportSettings;
use serde_json::Value;

use super::check::expect_fitting_settings;
use crate::answer::{Answer, Exit};
use crate::arguments::OperatedService;
use crate::failure::Failure;
use crate::{secret_sources, service};

pub(super) async fn run(by: OperatedService) -> Result<Answer, Failure> {
    let opened = service::open_beside_stdin(&by.service).await?;
    let text = secret_sources::key_from_stdin()?;
    let found = opened.keyward.trace_in_text(&Operator::new(by.operator), &text).await?;
    let Some(found) = found else {
        expect_complete(&opened.imports, &text)?;
        // With wrong settings, a stored key is not found either.
        expect_fitting_settings(&opened, "it is unknown whether the key is stored").await?;
        opened.store.close().await;
        return Answer::new(Exit::Nothing, "No stored secret matches.", &Value::Null);
    };
    opened.store.close().await;
    let text = format!(
        "account: {}\nworkspace: {}\ncredential: {}\nkind: {}\ngeneration: {}",
        found.account, found.workspace, found.credential, found.kind, found.generation
    );
    Answer::new(Exit::Done, text, &found)
}

/// Fails if a word of the text can be a key that only the service can look up.
fn expect_complete(imports: &[ImportSettings], text: &str) -> Result<(), Failure> {
    let can_be = |format: &ImportFormatSettings| {
        text.split_whitespace().any(|word| format.needs_service_for(word))
    };
    match imports.iter().find(|declared| can_be(&declared.format)) {
        None => Ok(()),
        Some(declared) => Err(Failure::new(
            Exit::Failed,
            format!(
                "the text can contain a key of the import format `{}`, which only the service can look up: call `Keyward::trace` in it",
                declared.format.name()
            ),
        )),
    }
}
