//! The recognition of repeated operations, by an id that the caller chose.

use std::time::Duration;

use crate::domain::account_policy::AccountPolicy;
use crate::domain::event::{Action, Event, Subject};
use crate::domain::grant::Grant;
use crate::values::{CredentialId, GenerationNumber, KindWord, Name, Timestamp, WorkspaceId};

use super::account_policy::RequestedExpiry;
use super::refusal::Refusal;
use super::rotation::asked_until;

/// A request with an operation id that the caller chose.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RepeatableRequest<'a> {
    /// A new credential.
    Issue {
        workspace: &'a WorkspaceId,
        kind: KindWord,
        name: &'a Name,
        expires: RequestedExpiry,
        grant: &'a Grant,
    },
    /// A new workspace with its first credential.
    CreateWorkspace { name: &'a Name },
    /// A new secret.
    Rotate { credential: CredentialId, overlap: Duration },
}

/// Returns the secret that the operation of `event` made. Refused if that operation was not this request.
pub(crate) fn repeated(
    event: &Event,
    request: &RepeatableRequest<'_>,
    policy: AccountPolicy,
) -> Result<(CredentialId, GenerationNumber), Refusal> {
    match (&event.subject, &event.action, *request) {
        (
            Subject::Credential(place, id),
            Action::Issued { kind, name, expires, grant },
            RepeatableRequest::Issue {
                workspace,
                kind: requested,
                name: called,
                expires: ends,
                grant: asked,
            },
        ) if place == workspace
            && *kind == requested
            && name == called
            && is_expiry(ends, event.at, *expires, policy)
            && grant == asked =>
        {
            Ok((*id, GenerationNumber::FIRST))
        }
        (
            Subject::Workspace(_),
            Action::WorkspaceCreated { name, first: Some(first) },
            RepeatableRequest::CreateWorkspace { name: called },
        ) if name == called => Ok((*first, GenerationNumber::FIRST)),
        (
            Subject::Credential(_, id),
            Action::Rotated { generation, asked_until: asked, .. },
            RepeatableRequest::Rotate { credential, overlap },
        ) if *id == credential && *asked == asked_until(event.at, overlap) => {
            Ok((*id, *generation))
        }
        _ => Err(Refusal::OperationReused),
    }
}

/// Returns the workspace that the operation of `event` created. Refused if that operation was not this request.
pub(crate) fn repeated_workspace<'e>(
    event: &'e Event,
    called: &Name,
) -> Result<&'e WorkspaceId, Refusal> {
    match (&event.subject, &event.action) {
        (Subject::Workspace(id), Action::WorkspaceCreated { name, .. }) if name == called => Ok(id),
        _ => Err(Refusal::OperationReused),
    }
}

/// Returns `true` if a request at `at` makes a credential with this expiry. A request that names none makes one with the default of
/// the account, or without an expiry.
fn is_expiry(
    requested: RequestedExpiry,
    at: Timestamp,
    made: Option<Timestamp>,
    policy: AccountPolicy,
) -> bool {
    let default = policy.fields().default_expiry_seconds;
    let default = default.map(|seconds| at.saturating_add(Duration::from_secs(seconds.into())));
    match requested {
        RequestedExpiry::At(expires) => made == Some(expires),
        RequestedExpiry::Never => made.is_none(),
        RequestedExpiry::Default => made.is_none() || made == default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account_policy::PolicyChange;
    use crate::domain::actor::{ActorRef, Role};
    use crate::domain::event::EventTags;
    use crate::domain::sample;
    use crate::values::{ActorId, OperationId};

    /// Recognises a request in an account without a policy.
    fn repeated(
        event: &Event,
        request: &RepeatableRequest<'_>,
    ) -> Result<(CredentialId, GenerationNumber), Refusal> {
        super::repeated(event, request, AccountPolicy::NONE)
    }

    const HOUR: Duration = Duration::from_hours(1);

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn id(text: &str) -> CredentialId {
        text.parse().unwrap()
    }

    fn event(action: Action) -> Event {
        let workspace = sample::workspace();
        Event {
            number: 1,
            operation: OperationId::from_bytes([7; 16]),
            at: Timestamp::MIN,
            account: workspace.account,
            subject: Subject::Credential(workspace.id, id("abcdefghijkl")),
            by: ActorRef { role: Role::Admin, id: ActorId::new("ada").unwrap() },
            action,
            tags: EventTags::NONE,
        }
    }

    #[test]
    fn an_issue_is_repeated_only_by_the_same_request() {
        let shop = sample::workspace().id;
        let other = WorkspaceId::new("other").unwrap();
        let (backend, reports, ends) =
            (name("Backend"), name("Reports"), RequestedExpiry::At(Timestamp::MAX));
        let grant = Grant { owner: Some(ActorId::new("bob").unwrap()).into(), ..Grant::default() };
        let issued = Action::Issued {
            kind: KindWord::App,
            name: name("Backend"),
            expires: Some(Timestamp::MAX),
            grant: grant.clone(),
        };
        let request = |workspace, kind, name, expires| RepeatableRequest::Issue {
            workspace,
            kind,
            name,
            expires,
            grant: &grant,
        };
        let made = Ok((id("abcdefghijkl"), GenerationNumber::FIRST));
        let same = request(&shop, KindWord::App, &backend, ends);
        assert_eq!(repeated(&event(issued.clone()), &same), made);
        for another in [
            request(&other, KindWord::App, &backend, ends),
            request(&shop, KindWord::Track, &backend, ends),
            request(&shop, KindWord::App, &reports, ends),
            request(&shop, KindWord::App, &backend, RequestedExpiry::Never),
            request(&shop, KindWord::App, &backend, RequestedExpiry::Default),
            RepeatableRequest::Issue {
                workspace: &shop,
                kind: KindWord::App,
                name: &backend,
                expires: ends,
                grant: &Grant::default(),
            },
            RepeatableRequest::Rotate { credential: id("abcdefghijkl"), overlap: HOUR },
        ] {
            assert_eq!(repeated(&event(issued.clone()), &another), Err(Refusal::OperationReused));
        }
        assert_eq!(repeated(&event(Action::Revealed), &same), Err(Refusal::OperationReused));
    }

    #[test]
    fn a_workspace_is_repeated_only_by_the_same_request() {
        let shop = sample::workspace().id;
        let (called, other) = (name("Shop"), name("Blog"));
        let created = |first| Event {
            subject: Subject::Workspace(shop.clone()),
            ..event(Action::WorkspaceCreated { name: called.clone(), first })
        };
        let request = |name| RepeatableRequest::CreateWorkspace { name };
        let first = id("abcdefghijkl");
        let reused = Err(Refusal::OperationReused);
        let made = Ok((first, GenerationNumber::FIRST));
        assert_eq!(repeated(&created(Some(first)), &request(&called)), made);
        assert_eq!(repeated(&created(Some(first)), &request(&other)), reused);
        assert_eq!(repeated(&created(None), &request(&called)), reused);
        assert_eq!(repeated_workspace(&created(None), &called), Ok(&shop));
        assert_eq!(repeated_workspace(&created(None), &other), Err(Refusal::OperationReused));
        let another = event(Action::Revealed);
        assert_eq!(repeated_workspace(&another, &called), Err(Refusal::OperationReused));
    }

    #[test]
    fn a_request_without_an_expiry_is_repeated_whether_or_not_a_default_applied() {
        let change = PolicyChange::new().default_expiry_seconds(60);
        let policy = AccountPolicy::NONE.changed(&change).unwrap();
        let minute = Some(Timestamp::MIN.saturating_add(Duration::from_mins(1)));
        let (shop, backend) = (sample::workspace().id, name("Backend"));
        let is_repeated = |requested, expires, policy| {
            let (kind, grant) = (KindWord::App, Grant::default());
            let issued =
                Action::Issued { kind, name: name("Backend"), expires, grant: grant.clone() };
            let (workspace, name) = (&shop, &backend);
            let (expires, grant) = (requested, &grant);
            let request = RepeatableRequest::Issue { workspace, kind, name, expires, grant };
            super::repeated(&event(issued), &request, policy).is_ok()
        };
        let (default, never) = (RequestedExpiry::Default, RequestedExpiry::Never);
        assert!(is_repeated(default, minute, policy) && is_repeated(default, None, policy));
        assert!(!is_repeated(default, Some(Timestamp::MAX), policy));
        assert!(!is_repeated(default, minute, AccountPolicy::NONE));
        assert!(is_repeated(never, None, policy) && !is_repeated(never, minute, policy));
    }

    #[test]
    fn a_rotation_is_repeated_only_by_the_same_request() {
        let second = GenerationNumber::FIRST.next().unwrap();
        let rotated = |overlap| {
            let asked_until = asked_until(Timestamp::MIN, overlap);
            event(Action::Rotated { generation: second, overlap_until: None, asked_until })
        };
        let request = |credential: &str, overlap| RepeatableRequest::Rotate {
            credential: id(credential),
            overlap,
        };
        for overlap in [HOUR, Duration::ZERO] {
            let same = repeated(&rotated(overlap), &request("abcdefghijkl", overlap));
            assert_eq!(same, Ok((id("abcdefghijkl"), second)));
            for another in [request("mnopqrstuvwx", overlap), request("abcdefghijkl", 2 * HOUR)] {
                let refused = repeated(&rotated(overlap), &another);
                assert_eq!(refused, Err(Refusal::OperationReused));
            }
        }
        let none = repeated(&rotated(HOUR), &request("abcdefghijkl", Duration::ZERO));
        assert_eq!(none, Err(Refusal::OperationReused));
    }
}
