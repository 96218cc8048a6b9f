//! The races, and the promises after each of them.

use std::time::Duration;

use keyward::{
    ActorId, Attempt, DenialReason, Keyward, ManageError, NewCredential, NewWorkspace, NotVerified,
    Refusal,
    history::Action,
    manage::{Integration, Owner, PolicyChange, RecordType, Rotation},
};

use crate::arena::{AsyncOperation, Broken, OVERLAP, Trial, ensure, name};
use crate::meeting::Pace;
use crate::places::Place;

/// Two deletes of the last two Track sets: one is done, the other refused, and one set is left.
pub(crate) async fn delete_against_delete<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    let ids = [trial.create_shop().await, trial.track_set("second").await];
    let (admin, other_admin) = (trial.admin(), trial.admin());
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&admin).delete(ids[0], "primary").await,
            async move |node: Keyward| node.manager(&other_admin).delete(ids[1], "second").await,
        )
        .await;
    let left = match answers {
        (Ok(()), Err(ManageError::Refused(Refusal::LastPermanent { .. }))) => ids[1],
        (Err(ManageError::Refused(Refusal::LastPermanent { .. })), Ok(())) => ids[0],
        other => return Err(format!("{other:?}")),
    };
    let rows = trial.credentials().await;
    ensure!(rows.iter().map(|row| row.id).eq([left]), "{rows:?}");
    trial.whole(3).await
}

/// Two creations of one workspace: one succeeds, and its first Track set is the stored one.
pub(crate) async fn create_against_create<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    let create = || {
        let (admin, new) = (trial.admin(), NewWorkspace::new(trial.shop(), name("Shop")));
        async move |node: Keyward| node.manager(&admin).create_workspace(new).await
    };
    let created = match trial.race(create(), create()).await {
        (Ok(created), Err(ManageError::Refused(Refusal::WorkspaceIdTaken)))
        | (Err(ManageError::Refused(Refusal::WorkspaceIdTaken)), Ok(created)) => created,
        other => return Err(format!("{other:?}")),
    };
    let (site_id, api_key) = (created.first.credential.id, created.first.secret);
    let rows = trial.credentials().await;
    ensure!(rows.iter().map(|row| row.id).eq([site_id]), "{rows:?}");
    for number in 0..2 {
        let attempt = Attempt::track(site_id.as_str(), api_key.expose());
        let outcome = trial.node(number).verify(&attempt).await;
        ensure!(outcome.is_ok(), "{outcome:?}");
    }
    trial.whole(1).await
}

/// Delete against connect: no integration uses a deleted Track set.
pub(crate) async fn delete_against_connect<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (id, shop) = (trial.track_set("second").await, trial.shop());
    let (admin, other_admin) = (trial.admin(), trial.admin());
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&admin).delete(id, "second").await,
            async move |node: Keyward| {
                node.manager(&other_admin).connect(&shop, Integration::Segment, Some(id)).await
            },
        )
        .await;
    let connected = match answers {
        (Ok(()), Err(ManageError::NotFound(RecordType::Credential))) => false,
        (Err(ManageError::Refused(Refusal::InUse { .. })), Ok(_)) => true,
        other => return Err(format!("{other:?}")),
    };
    ensure!(trial.credential(id).await.is_some() == connected, "connected: {connected}");
    let users = trial.header().await.integrations;
    ensure!((users.len() == 1) == connected, "{users:?}");
    trial.whole(3).await
}

/// Rotate against rotate: one succeeds, and the other is refused, because it would end the overlap that the first has
/// promised. If both allow this, they succeed one after the other, and both new secrets work, each as the generation
/// that its answer names. The original secret is then the third oldest, and has ended.
pub(crate) async fn rotate_against_rotate<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (id, token) = trial.app_key("backend").await;
    let may_end = trial.number.is_multiple_of(2);
    let rotate = || {
        let (admin, rotation) = (trial.admin(), Rotation::new(OVERLAP));
        let rotation = if may_end { rotation.end_overlap() } else { rotation };
        async move |node: Keyward| node.manager(&admin).rotate(id, rotation).await
    };
    let rotated = match trial.race(rotate(), rotate()).await {
        (Ok(one), Ok(other)) if may_end => [one, other],
        (Ok(one), Err(ManageError::Refused(Refusal::OverlapRuns { until })))
        | (Err(ManageError::Refused(Refusal::OverlapRuns { until })), Ok(one))
            if !may_end && one.previous_until == Some(until) =>
        {
            trial.passes(one.secret.expose(), 2).await?;
            trial.passes(&token, 1).await?;
            return trial.whole(3).await;
        }
        other => return Err(format!("{other:?}")),
    };
    let mut numbers = Vec::new();
    for rotated in &rotated {
        let newest = rotated.credential.generations.iter().map(|secret| secret.number.get()).max();
        numbers.extend(newest);
        trial.passes(rotated.secret.expose(), newest.unwrap()).await?;
    }
    numbers.sort_unstable();
    ensure!(numbers == [2, 3], "{numbers:?}");
    trial.refused(&token, DenialReason::WrongSecret).await?;
    trial.whole(4).await
}

/// Disallow of the last two entries: one is done, the other refused, and the other entry is left.
pub(crate) async fn disallow_against_disallow<P: Place>(
    trial: &Trial<'_, P>,
) -> Result<(), Broken> {
    trial.create_shop().await;
    let networks = ["192.0.2.0/24", "198.51.100.0/24"].map(|text| text.parse().unwrap());
    let manager = trial.node(0);
    manager.manager(&trial.admin()).allow(&trial.shop(), &networks).await.unwrap();
    let disallow = |network| {
        let (admin, shop) = (trial.admin(), trial.shop());
        async move |node: Keyward| node.manager(&admin).disallow(&shop, &[network]).await
    };
    let left = match trial.race(disallow(networks[0]), disallow(networks[1])).await {
        (Ok(()), Err(ManageError::Refused(Refusal::LastEntry))) => networks[1],
        (Err(ManageError::Refused(Refusal::LastEntry)), Ok(())) => networks[0],
        other => return Err(format!("{other:?}")),
    };
    let allowlist = trial.header().await.allowlist;
    ensure!(allowlist.iter().map(|entry| entry.network).eq([left]), "{allowlist:?}");
    trial.whole(3).await
}

/// Refresh against rotate: neither overwrites the other. An overlapping secret has the digest of the operation that
/// came first, because a refresh after the rotation finds another tag. A secret without an overlap is deleted, and the
/// new secret has the digest that its rotation wrote.
pub(crate) async fn refresh_against_rotate<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    let overlap = if trial.number.is_multiple_of(2) { OVERLAP } else { Duration::ZERO };
    trial.create_shop().await;
    let (id, token) = trial.app_key("backend").await;
    let (admin, presented) = (trial.admin(), token.clone());
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&admin).rotate(id, overlap).await,
            async move |node: Keyward| node.verify(&Attempt::app(&presented)).await,
        )
        .await;
    let rotated = match answers {
        (Ok(rotated), Ok(_)) => rotated,
        (Ok(rotated), Err(NotVerified::Denied(_))) if overlap.is_zero() => rotated,
        other => return Err(format!("{other:?}")),
    };
    let [rotators, refreshers] = trial.arena.master_keys;
    let record = trial.credential(id).await.unwrap();
    ensure!(record.current.digest.key() == rotators, "{record:?}");
    let previous = record.previous.map(|previous| previous.generation.digest.key());
    ensure!(previous.is_none() == overlap.is_zero(), "{previous:?}");
    let kept = match trial.pace {
        Pace::First(0) => vec![rotators],
        Pace::First(_) => vec![refreshers],
        Pace::Free | Pace::Together => vec![rotators, refreshers],
    };
    ensure!(previous.is_none_or(|key| kept.contains(&key)), "{previous:?}");
    trial.passes(rotated.secret.expose(), 2).await?;
    if overlap.is_zero() {
        trial.refused(&token, DenialReason::WrongSecret).await?;
    } else {
        trial.passes(&token, 1).await?;
    }
    trial.whole(3).await
}

/// A rename against a re-digest of the same credential: the tag matches the stored record, whichever comes first.
pub(crate) async fn refresh_against_rename<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (id, token) = trial.app_key("backend").await;
    let (admin, presented) = (trial.admin(), token.clone());
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&admin).rename(id, name("renamed")).await,
            async move |node: Keyward| node.verify(&Attempt::app(&presented)).await.map(drop),
        )
        .await;
    ensure!(matches!(answers, (Ok(_), Ok(()))), "{answers:?}");
    let record = trial.credential(id).await.unwrap();
    ensure!(record.name == name("renamed"), "{record:?}");
    let [renamers, refreshers] = trial.arena.master_keys;
    let digest = record.current.digest.key();
    match trial.pace {
        Pace::First(0) => ensure!(digest == renamers, "{record:?}"),
        Pace::First(_) => ensure!(digest == refreshers, "{record:?}"),
        Pace::Free | Pace::Together => {}
    }
    // A record that does not match its tag would be `Unavailable`.
    trial.passes(&token, 1).await?;
    trial.whole(3).await
}

/// Suspension of the account against an admin's issue: no change by an admin is committed after it.
pub(crate) async fn suspend_account_against_issue<P: Place>(
    trial: &Trial<'_, P>,
) -> Result<(), Broken> {
    trial.create_shop().await;
    let (operator, admin) = (trial.operator(), trial.admin());
    let new = NewCredential::new(trial.shop(), name("backend"));
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&operator).suspend_account().await,
            async move |node: Keyward| node.manager(&admin).issue_app_key(new).await,
        )
        .await;
    let issued = match answers {
        (Ok(()), Ok(issued)) => Some(issued),
        (Ok(()), Err(ManageError::AccountSuspended)) => None,
        other => return Err(format!("{other:?}")),
    };
    let events = trial.events().await;
    ensure!(matches!(events[0].action, Action::AccountSuspended), "{events:?}");
    let rows = trial.credentials().await.len();
    ensure!(rows == 1 + usize::from(issued.is_some()), "{rows} rows");
    if let Some(issued) = &issued {
        trial.refused(issued.secret.expose(), DenialReason::AccountSuspended).await?;
    }
    trial.whole(2 + usize::from(issued.is_some())).await
}

/// Deactivation of a member against an issue to them: nothing is issued to an inactive member.
pub(crate) async fn deactivate_against_issue<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (one, other, bob) = (trial.admin(), trial.admin(), ActorId::new("bob").unwrap());
    let owner = Owner::Member { id: bob.clone() };
    let new = NewCredential::new(trial.shop(), name("backend")).owner(owner);
    let answers = trial
        .race(
            async move |node: Keyward| node.manager(&one).deactivate(&bob).await,
            async move |node: Keyward| node.manager(&other).issue_app_key(new).await,
        )
        .await;
    let issued = match answers {
        (Ok(()), Ok(issued)) => Some(issued),
        (Ok(()), Err(ManageError::Refused(Refusal::InactiveOwner))) => None,
        other => return Err(format!("{other:?}")),
    };
    let events = trial.events().await;
    ensure!(matches!(events[0].action, Action::MemberDeactivated { .. }), "{events:?}");
    if let Some(issued) = &issued {
        trial.refused(issued.secret.expose(), DenialReason::OwnerInactive).await?;
    }
    trial.whole(2 + usize::from(issued.is_some())).await
}

/// A rule of the account against an issue that breaks it: nothing that breaks the rule is issued after it is set.
pub(crate) async fn policy_against_issue<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (one, other) = (trial.admin(), trial.admin());
    let new = NewCredential::new(trial.shop(), name("backend")).no_expiry();
    let answers = trial
        .race(
            async move |node: Keyward| {
                let rule = PolicyChange::new().expiry_required(true);
                node.manager(&one).set_policy(&rule).await
            },
            async move |node: Keyward| node.manager(&other).issue_app_key(new).await,
        )
        .await;
    let is_issued = match answers {
        (Ok(()), Ok(_)) => true,
        (Ok(()), Err(ManageError::Refused(Refusal::ExpiryRequired))) => false,
        other => return Err(format!("{other:?}")),
    };
    let events = trial.events().await;
    ensure!(matches!(events[0].action, Action::PolicySet { .. }), "{events:?}");
    trial.whole(2 + usize::from(is_issued)).await
}

/// Two changes for one revision of a credential: one succeeds, and the other is refused with the current revision.
pub(crate) async fn conditional_against_conditional<P: Place>(
    trial: &Trial<'_, P>,
) -> Result<(), Broken> {
    trial.create_shop().await;
    let (id, _) = trial.app_key("backend").await;
    let seen = trial.credential(id).await.unwrap().revision;
    let rename = |to| {
        let admin = trial.admin();
        async move |node: Keyward| node.manager(&admin).if_revision(seen).rename(id, name(to)).await
    };
    let expected = Refusal::Changed { now: seen.next() };
    let renamed = match trial.race(rename("reports"), rename("exports")).await {
        (Ok(renamed), Err(ManageError::Refused(refusal)))
        | (Err(ManageError::Refused(refusal)), Ok(renamed))
            if refusal == expected =>
        {
            renamed
        }
        other => return Err(format!("{other:?}")),
    };
    let stored = trial.credential(id).await.unwrap();
    ensure!(stored.name == renamed.name && stored.revision == seen.next(), "{stored:?}");
    trial.whole(3).await
}

/// An issue against its repeat under the same operation id: one succeeds, and the other returns what was issued.
pub(crate) async fn issue_against_its_repeat<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let issue = || {
        let (admin, new) = (trial.admin(), NewCredential::new(trial.shop(), name("backend")));
        async move |node: Keyward| node.manager(&admin).issue_app_key(new.operation("once")).await
    };
    let (issued, repeated) = match trial.race(issue(), issue()).await {
        (Ok(issued), Err(ManageError::Repeated(repeated)))
        | (Err(ManageError::Repeated(repeated)), Ok(issued)) => (issued, repeated),
        other => return Err(format!("{other:?}")),
    };
    ensure!(repeated.credential.id == issued.credential.id, "{repeated:?}");
    let rows = trial.credentials().await.len();
    ensure!(rows == 2, "{rows} rows");
    trial.passes(issued.secret.expose(), 1).await?;
    trial.whole(2).await
}

/// A rotation against the same one under the same operation id: one is done, and the secret before still works.
pub(crate) async fn rotate_against_its_repeat<P: Place>(
    trial: &Trial<'_, P>,
) -> Result<(), Broken> {
    trial.create_shop().await;
    let (id, token) = trial.app_key("backend").await;
    let rotate = || {
        let (admin, rotation) = (trial.admin(), Rotation::new(OVERLAP).operation("once"));
        async move |node: Keyward| node.manager(&admin).rotate(id, rotation).await
    };
    let (rotated, repeated) = match trial.race(rotate(), rotate()).await {
        (Ok(rotated), Err(ManageError::Repeated(repeated)))
        | (Err(ManageError::Repeated(repeated)), Ok(rotated)) => (rotated, repeated),
        other => return Err(format!("{other:?}")),
    };
    ensure!(repeated.generation.get() == 2, "{repeated:?}");
    trial.passes(rotated.secret.expose(), 2).await?;
    trial.passes(&token, 1).await?;
    trial.whole(3).await
}

/// Removal of a workspace against an issue: the new key is removed with it, or is never issued.
pub(crate) async fn remove_against_issue<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (admin, new) = (trial.admin(), NewCredential::new(trial.shop(), name("backend")));
    let issue = async move |node: Keyward| node.manager(&admin).issue_app_key(new).await;
    let issued = match trial.race(remove(trial), issue).await {
        (Ok(()), Ok(issued)) => Some(issued),
        (Ok(()), Err(ManageError::NotFound(RecordType::Workspace))) => None,
        other => return Err(format!("{other:?}")),
    };
    if let Some(issued) = &issued {
        trial.refused(issued.secret.expose(), DenialReason::Unknown).await?;
    }
    removed(trial, issued.is_some()).await
}

/// Removal of a workspace against a connect: a removed workspace has no integrations.
pub(crate) async fn remove_against_connect<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    let id = trial.create_shop().await;
    let (admin, shop) = (trial.admin(), trial.shop());
    let connect = async move |node: Keyward| {
        node.manager(&admin).connect(&shop, Integration::Segment, Some(id)).await
    };
    match trial.race(remove(trial), connect).await {
        (Ok(()), Ok(_)) => removed(trial, true).await,
        (Ok(()), Err(ManageError::NotFound(_))) => removed(trial, false).await,
        other => Err(format!("{other:?}")),
    }
}

/// Removal of a workspace against an allow: a removed workspace has no allowlist.
pub(crate) async fn remove_against_allow<P: Place>(trial: &Trial<'_, P>) -> Result<(), Broken> {
    trial.create_shop().await;
    let (admin, shop) = (trial.admin(), trial.shop());
    let allow = async move |node: Keyward| {
        node.manager(&admin).allow(&shop, &["192.0.2.0/24".parse().unwrap()]).await
    };
    match trial.race(remove(trial), allow).await {
        (Ok(()), Ok(())) => removed(trial, true).await,
        (Ok(()), Err(ManageError::NotFound(RecordType::Workspace))) => removed(trial, false).await,
        other => Err(format!("{other:?}")),
    }
}

fn remove<P: Place>(trial: &Trial<'_, P>) -> impl AsyncOperation<Result<(), ManageError>> + use<P> {
    let (admin, shop) = (trial.admin(), trial.shop());
    async move |node: Keyward| node.manager(&admin).remove_workspace(&shop, "Shop").await
}

/// The removal is the last event. The other one, if it succeeded, came before it.
async fn removed<P: Place>(trial: &Trial<'_, P>, other_came: bool) -> Result<(), Broken> {
    let events = trial.events().await;
    ensure!(matches!(events[0].action, Action::WorkspaceRemoved { .. }), "{events:?}");
    let header = trial.header().await;
    ensure!(header.removed.is_some(), "{header:?}");
    trial.whole(2 + usize::from(other_came)).await
}
