//! The same operations on Keyward.

use std::net::IpAddr;
use std::time::Duration;

use keyward::store::PageSize;
use keyward::{
    ActorId, CredentialId, DenialReason, Keyward, ManageError, NewCredential, NewWorkspace,
    NotVerified, Refusal, Unavailable, UnavailableReason,
    manage::{
        CredentialNetworks, EndTime, Label, Labels, OwnedBatch, Owner, PolicyChange, Rotation,
        UnlistedWorkspaces,
    },
    operate::{Rekey, RekeyPage},
    scope::Scopes,
};

use crate::block_on;
use crate::model::{
    LABELS, Made, Model, NAMES, POLICIES, Refused, Rules, address, integration, network,
    workspace_id,
};
use crate::steps::{Actor, Ends, HandTo, KeyLocation, Operation, Typed};
use crate::support::kinds::{Proof, issue};
use crate::support::rekeying::walking;
use crate::support::{account, admin, guest, member, name, operator, stranger};

/// Carries out an operation, and returns what it created.
#[expect(clippy::too_many_lines, reason = "an arm for each operation")]
pub(crate) fn perform(
    keyward: &Keyward,
    who: Actor,
    operation: &Operation<usize>,
    model: &Model,
) -> (Result<(), Refused>, Option<Made>) {
    let actor = actor(who);
    let manager = keyward.manager(&actor);
    let id = |credential: usize| model.credentials[credential].id;
    let end = |ends: Ends| match ends {
        Ends::Now => EndTime::Now,
        Ends::In(seconds) => EndTime::At(model.in_seconds(seconds)),
    };
    let mut made = None;
    let answer: Result<(), ManageError> = block_on(async {
        match operation {
            Operation::CreateWorkspace(place) => {
                let new = NewWorkspace::new(workspace_id(*place), name("Workspace"));
                let first = manager.add_workspace(new).await?.first.unwrap();
                made = Some(Made::new(first.credential.id, first.secret.expose()));
            }
            Operation::RemoveWorkspace(place, typed) => {
                let typed = match typed {
                    Typed::Right => " WORKSPACE ",
                    Typed::Wrong => "Workspaces",
                };
                manager.remove_workspace(&workspace_id(*place), typed).await?;
            }
            Operation::Issue { workspace, kind, name: called_place, expires } => {
                let called = name(NAMES[*called_place]);
                let mut new = NewCredential::new(workspace_id(*workspace), called);
                if let Some(seconds) = expires {
                    new = new.expires(model.in_seconds(*seconds));
                }
                if model.is_owned(*kind, *called_place) {
                    new = new.owner(member_owner());
                }
                let (id, secret) = issue(&manager, *kind, new).await?;
                made = Some(Made::new(id, &secret));
            }
            Operation::Reveal(credential) => {
                let revealed = manager.reveal(id(*credential)).await?;
                let current = model.credentials[*credential].secrets.last().unwrap();
                assert_eq!(revealed.secret.expose(), current.text);
                assert_eq!(revealed.credential, id(*credential));
            }
            Operation::Rename(credential, called) => {
                manager.rename(id(*credential), name(NAMES[*called])).await?;
            }
            Operation::Deprecate(credential, sunset) => {
                manager.deprecate(id(*credential), sunset.map(end)).await?;
            }
            Operation::Undeprecate(credential) => {
                manager.undeprecate(id(*credential)).await?;
            }
            Operation::Suspend(credential) => {
                manager.suspend(id(*credential)).await?;
            }
            Operation::Resume(credential) => {
                manager.resume(id(*credential)).await?;
            }
            Operation::SetExpiry(credential, at) => {
                manager.set_expiry(id(*credential), end(*at)).await?;
            }
            Operation::ClearExpiry(credential) => {
                manager.clear_expiry(id(*credential)).await?;
            }
            Operation::Rotate(credential, overlap, ends) => {
                let overlap = Duration::from_secs(*overlap);
                let rotation = Rotation::new(overlap);
                let rotation = if *ends { rotation.end_overlap() } else { rotation };
                let rotated = manager.rotate(id(*credential), rotation).await?;
                let until = model.overlap_end(*credential, overlap.as_secs());
                assert_eq!(rotated.previous_until, until);
                made = Some(Made::new(id(*credential), rotated.secret.expose()));
            }
            Operation::EndOverlap(credential) => {
                manager.end_overlap(id(*credential)).await?;
            }
            Operation::RemoveScopes(credential) => {
                manager.set_scopes(id(*credential), Scopes::none()).await?;
            }
            Operation::RestoreScopes(credential) => {
                manager.set_scopes(id(*credential), Scopes::All).await?;
            }
            Operation::LimitNetworks(credential, which) => {
                let networks = CredentialNetworks::new([network(*which)]).unwrap();
                manager.set_networks(id(*credential), networks).await?;
            }
            Operation::LiftNetworks(credential) => {
                manager.lift_networks(id(*credential)).await?;
            }
            Operation::SetLabels(credential, which) => {
                let labels =
                    LABELS[*which].iter().map(|(key, value)| Label::new(*key, *value).unwrap());
                manager.set_labels(id(*credential), Labels::new(labels).unwrap()).await?;
            }
            Operation::SetOwner(credential, to) => {
                let to = match to {
                    HandTo::Account => Owner::Account,
                    HandTo::Member => member_owner(),
                };
                manager.set_owner(id(*credential), to).await?;
            }
            Operation::Delete(credential, typed) => {
                let called = model.credentials[*credential].name;
                let typed = match typed {
                    Typed::Right => format!(" {} ", called.to_uppercase()),
                    Typed::Wrong => format!("{called}s"),
                };
                manager.delete(id(*credential), &typed).await?;
            }
            Operation::Connect { workspace, integration: which, choice } => {
                let (workspace, which) = (workspace_id(*workspace), integration(*which));
                manager.connect(&workspace, which, choice.map(id)).await?;
            }
            Operation::Disconnect(place, which) => {
                manager.disconnect(&workspace_id(*place), &integration(*which)).await?;
            }
            Operation::Allow(place, networks) => {
                let networks: Vec<_> = networks.iter().map(|place| network(*place)).collect();
                manager.allow(&workspace_id(*place), &networks).await?;
            }
            Operation::Disallow(place, networks) => {
                let networks: Vec<_> = networks.iter().map(|place| network(*place)).collect();
                manager.disallow(&workspace_id(*place), &networks).await?;
            }
            Operation::Lift(place) => manager.lift(&workspace_id(*place)).await?,
            Operation::CloseUnlisted => {
                manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await?;
            }
            Operation::OpenUnlisted => {
                manager.set_unlisted_workspaces(UnlistedWorkspaces::Open).await?;
            }
            Operation::SuspendAccount => manager.suspend_account().await?,
            Operation::ResumeAccount => manager.resume_account().await?,
            Operation::CloseAccount(typed) => {
                let typed = match typed {
                    Typed::Right => "acme",
                    Typed::Wrong => "acme/",
                };
                manager.close_account(typed).await?;
            }
            Operation::SetPolicy(which) => manager.set_policy(&policy(POLICIES[*which])).await?,
            Operation::DeactivateOwner => manager.deactivate(&owner()).await?,
            Operation::ReactivateOwner => manager.reactivate(&owner()).await?,
            Operation::HandOverOwned => {
                let batch = manager.hand_over(&member_owner(), &Owner::Account, None).await?;
                check_batch(batch, model.owned_batch(false));
            }
            Operation::DeleteOwned => {
                let batch = manager.delete_owned(&owner(), None).await?;
                check_batch(batch, model.owned_batch(true));
            }
        }
        Ok(())
    });
    (answer.map_err(refused), made)
}

fn owner() -> ActorId {
    ActorId::new("owner").unwrap()
}

fn member_owner() -> Owner {
    Owner::Member { id: owner() }
}

/// All that the member owns is one batch.
fn check_batch(batch: OwnedBatch, (done, refused): (usize, Vec<(CredentialId, Refusal)>)) {
    assert_eq!((batch.done, batch.refused, batch.next), (done as u64, refused, None));
}

/// A change of every rule.
fn policy(rules: Rules) -> PolicyChange {
    let Rules { lifetime, required, default, overlap, age } = rules;
    PolicyChange::new()
        .max_lifetime_seconds(lifetime)
        .expiry_required(required)
        .default_expiry_seconds(default)
        .max_overlap_seconds(overlap)
        .max_secret_age_seconds(age)
}

pub(crate) fn actor(who: Actor) -> keyward::Actor {
    match who {
        Actor::Admin => admin(),
        Actor::Member => member(),
        Actor::Guest => guest(),
        Actor::Stranger => stranger(),
        Actor::Operator => operator().acting_for(account()),
    }
}

pub(crate) fn refused(error: ManageError) -> Refused {
    match error {
        ManageError::Forbidden => Refused::Forbidden,
        ManageError::AccountSuspended => Refused::AccountSuspended,
        ManageError::AccountClosed => Refused::AccountClosed,
        ManageError::NotFound(what) => Refused::NotFound(what),
        ManageError::Refused(refusal) => Refused::ByRule(refusal),
        other => panic!("{other:?}"),
    }
}

/// Walks through the whole store, adopts records under lost master keys, and sums up the counts of secrets.
pub(crate) fn rekey(keyward: &Keyward, size: u16) -> RekeyPage {
    let rekey = Rekey::new().size(PageSize::new(size).unwrap()).adopt_lost();
    let mut sum = block_on(walking(keyward, rekey)).unwrap();
    assert_eq!((sum.lost, sum.unchecked, sum.changed), (0, 0, 0));
    (sum.retagged, sum.adopted) = (0, 0);
    sum
}

/// Which secret is presented, from where, and how.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) known: usize,
    pub(crate) secret: usize,
    pub(crate) from: Option<usize>,
    pub(crate) presented: KeyLocation,
}

/// Why an attempt did not pass.
#[derive(Debug)]
pub(crate) enum NotPassed {
    Denied(DenialReason),
    Busy(Busy),
}

/// Argon2id would have to decide, and waits after the wrong secrets before.
#[derive(Debug)]
pub(crate) struct Busy;

/// Returns the answer of a call that only busy hashing can prevent.
pub(crate) fn unless_busy<T>(answer: Result<T, Unavailable>) -> Result<T, Busy> {
    answer.map_err(|unavailable| match unavailable.reason() {
        UnavailableReason::HashingBusy => Busy,
        _ => panic!("{unavailable:?}"),
    })
}

/// Presents a secret.
pub(crate) fn attempt(keyward: &Keyward, model: &Model, case: &Case) -> Result<Proof, NotPassed> {
    let known = &model.credentials[case.known];
    let mut text = known.secrets[case.secret].text.clone();
    let (mut id, mut kind) = (known.id.to_string(), known.kind);
    match case.presented {
        KeyLocation::AsIssued => {}
        KeyLocation::ForAnotherSite => "another00001".clone_into(&mut id),
        KeyLocation::AsTheOtherKind => {
            kind = model.kinds.other_than(kind);
        }
        KeyLocation::Mistyped => {
            // A character of the secret: the last six are the checksum.
            let at = text.len() - 10;
            let other = if &text[at..=at] == "x" { "y" } else { "x" };
            text.replace_range(at..=at, other);
        }
        KeyLocation::Shortened => drop(text.pop()),
    }
    let from: Option<IpAddr> = case.from.map(address);
    match block_on(model.kinds.verify(keyward, kind, (&id, &text), from)) {
        Ok(proof) => Ok(proof),
        Err(NotVerified::Denied(denial)) => Err(NotPassed::Denied(denial.reason())),
        Err(NotVerified::Unavailable(unavailable)) => {
            unless_busy(Err(unavailable)).map_err(NotPassed::Busy)
        }
        Err(other) => panic!("{other:?}"),
    }
}
