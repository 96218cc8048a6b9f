//! The recognition of repeated operations, by an id that the caller chose.

use std::time::Duration;

use crate::domain::event::{Action, Event, Subject};
use crate::values::{CredentialId, GenerationNumber, KindWord, Name, Timestamp, WorkspaceId};

use super::refusal::Refusal;
use super::rotation::asked_until;

/// A request with an operation id that the caller chose.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wish<'a> {
    /// A new credential.
    Issue { workspace: &'a WorkspaceId, kind: KindWord, name: &'a Name, expires: Option<Timestamp> },
    /// A new secret.
    Rotate { credential: CredentialId, overlap: Duration },
}

/// Returns the secret that the operation of `event` made. Refused if that operation was not this request.
pub(crate) fn repeated(
    event: &Event,
    wish: &Wish<'_>,
) -> Result<(CredentialId, GenerationNumber), Refusal> {
    match (&event.subject, &event.action, *wish) {
        (
            Subject::Credential(place, id),
            Action::Issued { kind, name, expires },
            Wish::Issue { workspace, kind: wished, name: called, expires: ends },
        ) if place == workspace && *kind == wished && name == called && *expires == ends => {
            Ok((*id, GenerationNumber::FIRST))
        }
        (
            Subject::Credential(_, id),
            Action::Rotated { generation, asked_until: asked, .. },
            Wish::Rotate { credential, overlap },
        ) if *id == credential && *asked == asked_until(event.at, overlap) => {
            Ok((*id, *generation))
        }
        _ => Err(Refusal::OperationReused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::{ActorRef, Role};
    use crate::domain::event::EventTags;
    use crate::domain::sample;
    use crate::values::{ActorId, OperationId};

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
    fn an_issue_is_repeated_by_the_same_wish_only() {
        let shop = sample::workspace().id;
        let other = WorkspaceId::new("other").unwrap();
        let (backend, reports, ends) = (name("Backend"), name("Reports"), Some(Timestamp::MAX));
        let issued = Action::Issued { kind: KindWord::App, name: name("Backend"), expires: ends };
        let wish = |workspace, kind, name, expires| Wish::Issue { workspace, kind, name, expires };
        let made = Ok((id("abcdefghijkl"), GenerationNumber::FIRST));
        let same = wish(&shop, KindWord::App, &backend, ends);
        assert_eq!(repeated(&event(issued.clone()), &same), made);
        for another in [
            wish(&other, KindWord::App, &backend, ends),
            wish(&shop, KindWord::Track, &backend, ends),
            wish(&shop, KindWord::App, &reports, ends),
            wish(&shop, KindWord::App, &backend, None),
            Wish::Rotate { credential: id("abcdefghijkl"), overlap: HOUR },
        ] {
            assert_eq!(repeated(&event(issued.clone()), &another), Err(Refusal::OperationReused));
        }
        assert_eq!(repeated(&event(Action::Revealed), &same), Err(Refusal::OperationReused));
    }

    #[test]
    fn a_rotation_is_repeated_by_the_same_wish_only() {
        let second = GenerationNumber::FIRST.next().unwrap();
        let rotated = |overlap| {
            let asked_until = asked_until(Timestamp::MIN, overlap);
            event(Action::Rotated { generation: second, overlap_until: None, asked_until })
        };
        let wish = |credential: &str, overlap| Wish::Rotate { credential: id(credential), overlap };
        for overlap in [HOUR, Duration::ZERO] {
            let same = repeated(&rotated(overlap), &wish("abcdefghijkl", overlap));
            assert_eq!(same, Ok((id("abcdefghijkl"), second)));
            for another in [wish("mnopqrstuvwx", overlap), wish("abcdefghijkl", 2 * HOUR)] {
                let refused = repeated(&rotated(overlap), &another);
                assert_eq!(refused, Err(Refusal::OperationReused));
            }
        }
        let none = repeated(&rotated(HOUR), &wish("abcdefghijkl", Duration::ZERO));
        assert_eq!(none, Err(Refusal::OperationReused));
    }
}
