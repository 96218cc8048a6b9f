//! Checks whether a node can work with its database.

use keyward::operate::{Readiness, ReadinessFinding};
use keyward::{AccountId, Actor, Operator};

use crate::answer::{Answer, Exit};
use crate::arguments::{OperatedService, Service};
use crate::failure::Failure;
use crate::service::{self, Opened};

pub(super) async fn run(service: &Service) -> Result<Answer, Failure> {
    let Opened { keyward, store, .. } = service::open(service).await?;
    let readiness = keyward.check().await;
    store.close().await;
    let exit = if readiness.findings.is_empty() { Exit::Done } else { Exit::Found };
    Answer::new(exit, text(&readiness), &readiness)
}

fn text(readiness: &Readiness) -> String {
    // Not `is_ready`, with which a node also serves when only some keys are refused: an operator must not overlook a finding.
    let ready = if readiness.findings.is_empty() { "Ready" } else { "Not ready" };
    let sampled = readiness.sampled;
    let lines = readiness.findings.iter().map(|finding| format!("\n- {finding}"));
    format!("{ready}. Sampled records: {sampled}.{}", lines.collect::<String>())
}

/// Opens the service that wrote these records, for its operator in the account.
pub(super) async fn opened_for(
    by: OperatedService,
    account: AccountId,
) -> Result<(Opened, Actor), Failure> {
    let opened = service::open_beside_stdin(&by.service).await?;
    expect_same_service(&opened).await?;
    Ok((opened, Operator::new(by.operator).acting_for(account)))
}

/// Fails if a sample of the records shows that another service wrote them, or the same service with other settings.
pub(super) async fn expect_same_service(opened: &Opened) -> Result<(), Failure> {
    expect_fitting_settings(opened, "nothing was changed").await
}

/// Fails as [`expect_same_service`] does, with the consequence for this command.
pub(super) async fn expect_fitting_settings(
    opened: &Opened,
    consequence: &str,
) -> Result<(), Failure> {
    let readiness = opened.keyward.check().await;
    match readiness.findings.iter().find(|finding| is_of_another_service(finding)) {
        None => Ok(()),
        Some(finding) => Err(Failure::new(
            Exit::Failed,
            format!("{consequence}, because the settings do not fit the records: {finding}"),
        )),
    }
}

/// Returns `false` for findings that do not come from wrong settings, such as the corrupt record that a repair accepts.
fn is_of_another_service(finding: &ReadinessFinding) -> bool {
    !matches!(
        finding,
        ReadinessFinding::CorruptRecord(_)
            | ReadinessFinding::LostMasterKey(_)
            | ReadinessFinding::Store(_)
    )
}
