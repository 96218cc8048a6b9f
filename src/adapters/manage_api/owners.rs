//! The members of the account as owners of credentials.

use serde_json::{Value, json};

use crate::adapters::web::Received;
use crate::domain::Owner;
use crate::shell::{Manager, OwnedBatch};
use crate::store::CredentialCursor;
use crate::values::ActorId;

use super::conditions::{conditional, if_conditional};
use super::grants;
use super::input::{self, Field, Input, Nullable, Text, Unread};
use super::problem::Problem;
use super::reply::Reply;
use super::routes::MemberChange;

/// The id of a member.
struct MemberId(ActorId);

impl Field for MemberId {
    fn read(value: Value) -> Result<Self, Unread> {
        grants::member(&String::read(value)?).map(Self)
    }
}

/// Deactivates or reactivates a member.
pub(super) async fn change_member(
    manager: Manager<'_>,
    request: &Received,
    change: MemberChange,
) -> Result<Reply, Problem> {
    let MemberId(member) = input::body(request, |body| body.required::<MemberId>("member"))?;
    let conditional = conditional(request, manager)?;
    match change {
        MemberChange::Deactivate => conditional.deactivate(&member).await?,
        MemberChange::Reactivate => conditional.reactivate(&member).await?,
    }
    let account = manager.account().await?;
    Ok(Reply::ok(&account).tagged(account.revision))
}

/// Hands the credentials of one owner over to another, one batch at a time.
pub(super) async fn hand_over(manager: Manager<'_>, request: &Received) -> Result<Reply, Problem> {
    let (from, to, after) = input::body(request, |body| {
        let from = body.required::<Owner>("from");
        let to = body.required::<Owner>("to");
        let after = token(body);
        Some((from?, to?, after?))
    })?;
    let manager = if_conditional(request, manager)?;
    Ok(batch(&manager.hand_over(&from, &to, after).await?))
}

/// Deletes the credentials of a member, one batch at a time.
pub(super) async fn delete_owned(
    manager: Manager<'_>,
    request: &Received,
) -> Result<Reply, Problem> {
    let (MemberId(member), after) = input::body(request, |body| {
        let member = body.required::<MemberId>("member");
        let after = token(body);
        Some((member?, after?))
    })?;
    let manager = if_conditional(request, manager)?;
    Ok(batch(&manager.delete_owned(&member, after).await?))
}

/// Reads the token of an earlier batch.
#[expect(clippy::option_option, reason = "an absent token is not a wrong one")]
fn token(body: &mut Input) -> Option<Option<CredentialCursor>> {
    let token = body.optional::<Nullable<Text<CredentialCursor>>>("page_token")?;
    Some(token.and_then(|Nullable(token)| token).map(|Text(token)| token))
}

fn batch(batch: &OwnedBatch) -> Reply {
    let OwnedBatch { done, refused, next } = batch;
    let refused = refused.iter().map(|(credential, refusal)| {
        json!({ "credential": credential, "code": refusal.code(), "detail": refusal.to_string() })
    });
    let refused: Value = refused.collect();
    Reply::ok(&json!({ "done": done, "refused": refused, "next_page_token": next }))
}
