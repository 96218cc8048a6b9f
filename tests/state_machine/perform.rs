//! The same operations on Keyward.

use std::net::IpAddr;
use std::time::Duration;

use keyward::{
    Attempt, DenialReason, End, GenerationNumber, Keyward, Kind, ManageError, NewCredential,
    NewWorkspace, NotVerified, Notice, OfKind, UnlistedWorkspaces, Verified,
};

use crate::model::{Made, Model, NAMES, Refused, address, integration, network, workspace_id};
use crate::steps::{Actor, Ends, Operation, Typed};
use crate::support::{account, admin, block_on, guest, member, name, operator, stranger};

/// Does an operation, and answers what was made by it.
#[expect(clippy::too_many_lines, reason = "an arm for each operation")]
pub(crate) fn perform(
    keyward: &Keyward,
    actor: Actor,
    operation: &Operation<usize>,
    model: &Model,
) -> (Result<(), Refused>, Option<Made>) {
    let actor = match actor {
        Actor::Admin => admin(),
        Actor::Member => member(),
        Actor::Guest => guest(),
        Actor::Stranger => stranger(),
        Actor::Operator => operator().acting_for(account()),
    };
    let manager = keyward.manager(&actor);
    let id = |credential: usize| model.credentials[credential].id;
    let end = |ends: Ends| match ends {
        Ends::Now => End::Now,
        Ends::In(seconds) => End::At(model.in_seconds(seconds)),
    };
    let mut made = None;
    let answer: Result<(), ManageError> = block_on(async {
        match operation {
            Operation::CreateWorkspace(place) => {
                let new = NewWorkspace::new(workspace_id(*place), name("Workspace"));
                let created = manager.create_workspace(new).await?;
                let primary = created.primary;
                made = Some(Made::new(primary.credential.id, primary.api_key.expose()));
            }
            Operation::RemoveWorkspace(place, typed) => {
                let typed = match typed {
                    Typed::Right => " WORKSPACE ",
                    Typed::Wrong => "Workspaces",
                };
                manager.remove_workspace(&workspace_id(*place), typed).await?;
            }
            Operation::Issue { workspace, kind, name: called, expires } => {
                let called = name(NAMES[*called]);
                let mut new = NewCredential::new(workspace_id(*workspace), called);
                if let Some(seconds) = expires {
                    new = new.expires(model.in_seconds(*seconds));
                }
                made = Some(match kind {
                    Kind::App => {
                        let issued = manager.issue_app_key(new).await?;
                        Made::new(issued.credential.id, issued.token.expose())
                    }
                    Kind::Track => {
                        let issued = manager.issue_track_set(new).await?;
                        Made::new(issued.credential.id, issued.api_key.expose())
                    }
                });
            }
            Operation::Reveal(credential) => {
                let revealed = manager.reveal(id(*credential)).await?;
                let current = model.credentials[*credential].secrets.last();
                assert_eq!(Some(revealed.api_key.expose()), current.map(String::as_str));
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
            Operation::Rotate(credential, overlap) => {
                let overlap = Duration::from_secs(*overlap);
                let rotated = manager.rotate(id(*credential), overlap).await?;
                let until = model.overlap_end(*credential, overlap.as_secs());
                assert_eq!(rotated.previous_until, until);
                made = Some(Made::new(id(*credential), rotated.secret.expose()));
            }
            Operation::EndOverlap(credential) => {
                manager.end_overlap(id(*credential)).await?;
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
        }
        Ok(())
    });
    let answer = answer.map_err(|error| match error {
        ManageError::Forbidden => Refused::Forbidden,
        ManageError::AccountSuspended => Refused::AccountSuspended,
        ManageError::NotFound(what) => Refused::NotFound(what),
        ManageError::Refused(refusal) => Refused::ByRule(refusal),
        other => panic!("{other:?}"),
    });
    (answer, made)
}

/// What a proof says.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) generation: GenerationNumber,
    pub(crate) notice: Option<Notice>,
}

/// Presents a secret.
pub(crate) fn attempt(
    keyward: &Keyward,
    model: &Model,
    credential: usize,
    secret: usize,
    from: Option<usize>,
) -> Result<Passed, DenialReason> {
    let known = &model.credentials[credential];
    let (id, text) = (known.id.to_string(), &known.secrets[secret]);
    let from: Option<IpAddr> = from.map(address);
    match known.kind {
        Kind::App => answer(block_on(keyward.verify(&Attempt::app(text).from(from)))),
        Kind::Track => answer(block_on(keyward.verify(&Attempt::track(&id, text).from(from)))),
    }
}

fn answer<K: OfKind>(outcome: Result<Verified<K>, NotVerified>) -> Result<Passed, DenialReason> {
    match outcome {
        Ok(proof) => Ok(Passed { generation: proof.generation(), notice: proof.notice() }),
        Err(NotVerified::Denied(denial)) => Err(denial.reason()),
        Err(NotVerified::Unavailable(unavailable)) => panic!("{unavailable:?}"),
    }
}
