//! The rules for the credentials that integrations use.

use crate::domain::credential::CredentialRecord;
use crate::domain::event::Action;
use crate::domain::integration::{Connection, Integration};
use crate::domain::workspace::WorkspaceRecord;
use crate::kinds::{IntegrationSpec, Integrations, KindSpec};
use crate::values::{CredentialId, Timestamp};

use super::lifecycle::usable;
use super::limits::Limits;
use super::refusal::Refusal;
use super::{Decision, Ruling, WorkspaceWithMinimum};

/// The choice of a credential for an integration.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice<'a> {
    /// The credential that the caller named.
    Given(&'a CredentialRecord),
    /// The only permanent credential whose owner is not inactive. The slice contains the workspace's permanent credentials of the
    /// integration's kind, or the first of them.
    Only(&'a [CredentialRecord]),
}

/// Returns the kind that an integration uses. Refused if the host does not have the integration.
pub(crate) fn used_kind<'a>(
    declared: &'a Integrations,
    integration: &Integration,
) -> Result<&'a KindSpec, Refusal> {
    let kind = match integration {
        Integration::Declared(word) => declared.kind(*word),
        Integration::Custom(_) => declared.custom(),
    };
    kind.ok_or_else(|| Refusal::UnknownIntegration {
        known: declared.specs().map(IntegrationSpec::word).collect(),
        allows_custom: declared.custom().is_some(),
    })
}

/// Connects an integration to a credential, or changes the credential that it uses.
pub(crate) fn connect(
    context: WorkspaceWithMinimum<'_>,
    integration: &Integration,
    choice: Choice<'_>,
    kind: &KindSpec,
    limits: &Limits,
    now: Timestamp,
) -> Ruling {
    let workspace = context.workspace;
    let record = match choice {
        Choice::Given(record) => record,
        Choice::Only(permanent) => only(context, permanent, kind)?,
    };
    of_kind(record, kind)?;
    if record.workspace != workspace.id {
        return Err(Refusal::OtherWorkspace);
    }
    usable(record, now)?;
    context.check_owner(record.owner_hash())?;

    let mut integrations = workspace.integrations.clone();
    let known = integrations.iter_mut().find(|known| known.integration.is_same_as(integration));
    let integration = match known {
        Some(known) if known.credential == record.id => return Ok(None),
        Some(known) => {
            known.credential = record.id;
            known.connected = now;
            known.integration.clone()
        }
        None if workspace.integrations.len() >= limits.integrations as usize => {
            return Err(Refusal::TooMany { what: "integrations", limit: limits.integrations });
        }
        None => {
            integrations.push(Connection {
                integration: integration.clone(),
                credential: record.id,
                connected: now,
            });
            integration.clone()
        }
    };
    let action = Action::Connected { integration, credential: record.id };
    Ok(Some(with_integrations(workspace, integrations, action)))
}

/// Returns the only one of these credentials whose owner is not inactive.
fn only<'a>(
    context: WorkspaceWithMinimum<'_>,
    permanent: &'a [CredentialRecord],
    kind: &KindSpec,
) -> Result<&'a CredentialRecord, Refusal> {
    let mut candidates: Vec<_> = permanent
        .iter()
        .filter(|record| context.check_owner(record.owner_hash()).is_ok())
        .collect();
    match (candidates.pop(), candidates.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            let candidates = candidates.into_iter().chain(last);
            let candidates = candidates.map(|record| (record.id, record.name.clone())).collect();
            Err(Refusal::ChoiceRequired { kind: kind.singular(), candidates })
        }
    }
}

/// Disconnects an integration from the workspace. The host may no longer declare it.
pub(crate) fn disconnect(
    workspace: &WorkspaceRecord,
    integration: &Integration,
) -> Result<Decision, Refusal> {
    let mut integrations = workspace.integrations.clone();
    let place = integrations
        .iter()
        .position(|known| known.integration.is_same_as(integration))
        .ok_or(Refusal::NotConnected)?;
    let known = integrations.remove(place);
    let action = Action::Disconnected { integration: known.integration };
    Ok(with_integrations(workspace, integrations, action))
}

/// Returns the credential that an integration uses.
pub(crate) fn connected(
    workspace: &WorkspaceRecord,
    integration: &Integration,
) -> Result<CredentialId, Refusal> {
    let known = workspace.connection(integration).ok_or(Refusal::NotConnected)?;
    Ok(known.credential)
}

/// Returns the snippet of an integration that uses this credential. The snippet can contain the credential's id, and nothing
/// else of it.
pub(crate) fn snippet(
    declared: &Integrations,
    integration: &Integration,
    record: &CredentialRecord,
) -> Result<String, Refusal> {
    let kind = used_kind(declared, integration)?;
    let template = match integration {
        Integration::Declared(word) => declared.template(*word),
        Integration::Custom(_) => None,
    };
    let template = template.ok_or(Refusal::NoSnippet)?;
    // The host may have changed the kind of the integration after it was connected.
    of_kind(record, kind)?;
    Ok(template.render(record.id))
}

fn of_kind(record: &CredentialRecord, kind: &KindSpec) -> Result<(), Refusal> {
    if record.kind == kind.word() {
        Ok(())
    } else {
        Err(Refusal::OtherKind { needs: kind.singular() })
    }
}

fn with_integrations(
    workspace: &WorkspaceRecord,
    integrations: Vec<Connection>,
    action: Action,
) -> Decision {
    let workspace =
        WorkspaceRecord { revision: workspace.revision.next(), integrations, ..workspace.clone() };
    Decision { workspace, edit: None, action }
}

#[cfg(test)]
mod tests {
    use super::{Choice, connect, connected, disconnect, snippet, used_kind};
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::integration::{Connection, Integration};
    use crate::domain::rules::{Limits, Refusal, Ruling, WorkspaceWithMinimum};
    use crate::domain::{AccountPolicy, CredentialRecord, WorkspaceRecord, sample};
    use crate::kinds::{App, DEFAULT, IntegrationSpec, Integrations, Kind, Kinds, Track};
    use crate::values::{ActorId, CredentialId, KindWord, Name, Timestamp, WorkspaceId};

    const SITE: IntegrationSpec =
        IntegrationSpec::new::<Track>("site", "Site").snippet("id={{public_id}};");
    const JOBS: IntegrationSpec = IntegrationSpec::new::<App>("jobs", "Jobs");

    fn declared(custom: Option<KindWord>) -> Integrations {
        let kinds = Kinds::new(DEFAULT.to_vec()).unwrap();
        Integrations::new(vec![SITE, JOBS], custom, &kinds).unwrap()
    }

    fn site() -> Integration {
        SITE.word().into()
    }

    fn custom() -> Integration {
        Integration::Custom(Name::new("Export").unwrap())
    }

    fn credential(id: &str) -> CredentialRecord {
        CredentialRecord { id: CredentialId::new(id).unwrap(), ..sample::credential() }
    }

    fn try_connect(
        workspace: &WorkspaceRecord,
        integration: &Integration,
        choice: Choice<'_>,
    ) -> Ruling {
        try_connect_without(&InactiveOwners::NONE, workspace, integration, choice)
    }

    fn try_connect_without(
        inactive_owners: &InactiveOwners,
        workspace: &WorkspaceRecord,
        integration: &Integration,
        choice: Choice<'_>,
    ) -> Ruling {
        let limits = Limits::default().integrations(1);
        let policy = AccountPolicy::NONE;
        let context = WorkspaceWithMinimum { workspace, minimum: None, policy, inactive_owners };
        connect(context, integration, choice, &Track::SPEC, &limits, Timestamp::MIN)
    }

    #[test]
    fn an_integration_that_the_host_does_not_declare_is_refused_and_the_known_ones_are_named() {
        let all = declared(Some(App::WORD));
        assert_eq!(used_kind(&all, &site()), Ok(&Track::SPEC));
        assert_eq!(used_kind(&all, &JOBS.word().into()), Ok(&App::SPEC));
        assert_eq!(used_kind(&all, &custom()), Ok(&App::SPEC));
        let known = vec![SITE.word(), JOBS.word()];
        let refused = Refusal::UnknownIntegration { known: known.clone(), allows_custom: true };
        assert_eq!(
            refused.to_string(),
            "the service has no such integration: choose one of site, jobs, or write `custom:` and a name"
        );
        assert_eq!(used_kind(&all, &Integration::Segment), Err(refused));

        let refused = Refusal::UnknownIntegration { known, allows_custom: false };
        assert_eq!(
            refused.to_string(),
            "the service has no such integration: choose one of site, jobs"
        );
        assert_eq!(used_kind(&declared(None), &custom()), Err(refused));

        let none = Integrations::new(vec![], None, &Kinds::new(DEFAULT.to_vec()).unwrap()).unwrap();
        let refused = Refusal::UnknownIntegration { known: vec![], allows_custom: false };
        assert_eq!(
            refused.to_string(),
            "the service has no integrations: its operator declares them with `Builder::integrations`"
        );
        assert_eq!(used_kind(&none, &site()), Err(refused));
    }

    #[test]
    fn only_a_credential_of_the_kind_and_the_workspace_is_chosen() {
        let workspace = sample::workspace();
        let fits = sample::credential();
        let other = CredentialRecord { kind: KindWord::App, ..fits.clone() };
        let refused = try_connect(&workspace, &site(), Choice::Given(&other));
        assert_eq!(refused, Err(Refusal::OtherKind { needs: "Track set" }));
        let elsewhere =
            CredentialRecord { workspace: WorkspaceId::new("other").unwrap(), ..fits.clone() };
        let refused = try_connect(&workspace, &site(), Choice::Given(&elsewhere));
        assert_eq!(refused, Err(Refusal::OtherWorkspace));
        let suspended = CredentialRecord { suspended: Some(Timestamp::MIN), ..fits.clone() };
        let refused = try_connect(&workspace, &site(), Choice::Given(&suspended));
        assert_eq!(refused, Err(Refusal::Suspended));
        let two = [fits.clone(), credential("mnopqrstuvwx")];
        let candidates = two.iter().map(|record| (record.id, record.name.clone())).collect();
        let refused = try_connect(&workspace, &site(), Choice::Only(&two));
        assert_eq!(refused, Err(Refusal::ChoiceRequired { kind: "Track set", candidates }));
        let decision = try_connect(&workspace, &site(), Choice::Only(&two[..1])).unwrap().unwrap();
        assert_eq!(connected(&decision.workspace, &site()), Ok(fits.id));
    }

    #[test]
    fn a_credential_of_an_inactive_owner_is_neither_chosen_nor_a_candidate() {
        let workspace = sample::workspace();
        let fits = sample::credential();
        let mut owned = credential("mnopqrstuvwx");
        owned.grant.owner = Some(ActorId::new("bob").unwrap()).into();
        let bob = InactiveOwners::NONE.with(owned.owner_hash().unwrap()).unwrap();
        let try_it = |inactive, choice| try_connect_without(inactive, &workspace, &site(), choice);
        let chosen = |ruling: Ruling| connected(&ruling.unwrap().unwrap().workspace, &site());
        assert_eq!(try_it(&bob, Choice::Given(&owned)), Err(Refusal::InactiveOwner));
        assert_eq!(chosen(try_it(&bob, Choice::Given(&fits))), Ok(fits.id));
        assert_eq!(chosen(try_it(&InactiveOwners::NONE, Choice::Given(&owned))), Ok(owned.id));

        let choice_of = |candidates: &[&CredentialRecord]| {
            let named = candidates.iter().map(|record| (record.id, record.name.clone()));
            Err(Refusal::ChoiceRequired { kind: "Track set", candidates: named.collect() })
        };
        let both = [owned.clone(), fits.clone()];
        let none = choice_of(&[]);
        assert_eq!(chosen(try_it(&bob, Choice::Only(&both))), Ok(fits.id));
        assert_eq!(try_it(&bob, Choice::Only(&both[..1])), none, "there is no other");
        let all = try_it(&InactiveOwners::NONE, Choice::Only(&both));
        assert_eq!(all, choice_of(&[&owned, &fits]));

        // An integration that already uses it is not connected with it again.
        let used = try_it(&InactiveOwners::NONE, Choice::Given(&owned)).unwrap().unwrap();
        let again = try_connect_without(&bob, &used.workspace, &site(), Choice::Given(&owned));
        assert_eq!(again, Err(Refusal::InactiveOwner));
    }

    #[test]
    fn an_integration_is_connected_once_moved_and_disconnected() {
        let (one, two) = (sample::credential(), credential("mnopqrstuvwx"));
        let empty = sample::workspace();
        let first = try_connect(&empty, &site(), Choice::Given(&one)).unwrap().unwrap().workspace;
        assert_eq!(first.revision, empty.revision.next());
        assert_eq!(try_connect(&first, &site(), Choice::Given(&one)), Ok(None));
        let too_many = Refusal::TooMany { what: "integrations", limit: 1 };
        assert_eq!(try_connect(&first, &custom(), Choice::Given(&one)), Err(too_many));
        let moved = try_connect(&first, &site(), Choice::Given(&two)).unwrap().unwrap().workspace;
        assert_eq!(connected(&moved, &site()), Ok(two.id));
        assert_eq!(moved.integrations.len(), 1);
        assert_eq!(disconnect(&moved, &custom()), Err(Refusal::NotConnected));
        let gone = disconnect(&moved, &site()).unwrap().workspace;
        assert_eq!(connected(&gone, &site()), Err(Refusal::NotConnected));
    }

    #[test]
    fn an_integration_that_is_no_longer_declared_is_disconnected_all_the_same() {
        let connection = Connection {
            integration: Integration::Segment,
            credential: sample::credential().id,
            connected: Timestamp::MIN,
        };
        let workspace = WorkspaceRecord { integrations: vec![connection], ..sample::workspace() };
        assert!(used_kind(&declared(None), &Integration::Segment).is_err());
        assert!(
            disconnect(&workspace, &Integration::Segment)
                .unwrap()
                .workspace
                .integrations
                .is_empty()
        );
    }

    #[test]
    fn a_snippet_holds_the_public_id_of_a_credential_of_its_kind() {
        let (all, record) = (declared(Some(Track::WORD)), sample::credential());
        assert_eq!(snippet(&all, &site(), &record), Ok(format!("id={};", record.id)));
        assert_eq!(snippet(&all, &JOBS.word().into(), &record), Err(Refusal::NoSnippet));
        assert_eq!(snippet(&all, &custom(), &record), Err(Refusal::NoSnippet));
        let app = CredentialRecord { kind: KindWord::App, ..record.clone() };
        assert_eq!(snippet(&all, &site(), &app), Err(Refusal::OtherKind { needs: "Track set" }));
        assert!(matches!(
            snippet(&all, &Integration::Segment, &record),
            Err(Refusal::UnknownIntegration { .. })
        ));
    }
}
