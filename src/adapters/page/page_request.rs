//! A request to a screen, and what the screens read in common.

use std::net::IpAddr;

use axum::extract::OriginalUri;
use http::request::Parts as Head;

use crate::adapters::http::peer;
use crate::adapters::web::Received;
use crate::domain::{Action, ActorRef, Integration, PolicyError, Refusal, Revision};
use crate::kinds::{IntegrationSpec, KindSpec};
use crate::shell::{
    Credential, CredentialFilter, HistoryEvent, HistoryFilter, ManageError, Manager, Workspace,
};
use crate::store::{PageItem, PageSize};
use crate::values::{CredentialId, KindWord, Name, OperationId, Timestamp, WorkspaceId};

use super::failure::Failure;
use super::fields::{FormFields, query};
use super::parts::Parts;
use super::routes::Urls;
use super::texts::Texts;
use super::view::{Notice, ShownActor, Time, isolated};

/// A request to a screen.
pub(super) struct PageRequest {
    pub(super) parts: Parts,
    pub(super) request: Received,
    pub(super) urls: Urls,
    pub(super) query: FormFields,
    pub(super) form: FormFields,
}

impl PageRequest {
    pub(super) fn new(parts: Parts, request: Received) -> Self {
        let urls = Urls(prefix(&parts, &request.parts));
        let query = FormFields::read(request.query().as_bytes());
        let form = FormFields::read(&request.body);
        Self { parts, request, urls, query, form }
    }

    pub(super) fn manager(&self) -> Manager<'_> {
        self.parts.keyward.manager(&self.request.actor)
    }

    pub(super) fn t(&self) -> &dyn Texts {
        &*self.parts.texts
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.keyward.now()
    }

    /// Returns `true` for a form.
    pub(super) fn is_form(&self) -> bool {
        !self.request.is_read()
    }

    /// Returns the fields of a form, or of the query if there is none.
    pub(super) fn given(&self) -> &FormFields {
        if self.is_form() { &self.form } else { &self.query }
    }

    pub(super) fn may_manage(&self) -> bool {
        self.request.actor.can_manage()
    }

    /// Fails if the actor cannot change credentials, before a form is shown that would be refused.
    pub(super) fn must_manage(&self) -> Result<(), Failure> {
        if self.may_manage() { Ok(()) } else { Err(ManageError::Forbidden.into()) }
    }

    /// Returns the revision that the form was made for.
    pub(super) fn revision(&self) -> Result<Revision, Failure> {
        revision_of(self.form.get("revision"))
    }

    /// Returns a new operation id for a form.
    pub(super) fn new_operation(&self) -> Result<String, ManageError> {
        Ok(self.parts.keyward.draw_operation()?.to_string())
    }

    /// Returns the operation id of the form.
    pub(super) fn operation(&self) -> Result<&str, Failure> {
        let text = self.form.get("operation");
        text.parse::<OperationId>().map_err(|_| Failure::BadRequest)?;
        Ok(text)
    }

    /// Returns the address of the browser.
    pub(super) fn browser_address(&self) -> Option<IpAddr> {
        let head = &self.request.parts;
        let peer = peer::find(&head.extensions)?;
        self.parts.client_address.find(&head.headers, peer).ok()
    }

    pub(super) fn time(&self, at: Timestamp) -> Time {
        Time { iso: at.to_string(), text: self.t().time(at).into_owned() }
    }

    pub(super) fn actor(&self, by: &ActorRef) -> ShownActor {
        let named = self.parts.names.as_ref().and_then(|names| names(by));
        ShownActor {
            name: named.unwrap_or_else(|| by.id.to_string()),
            role: self.t().role(by.role).into_owned(),
        }
    }

    /// Returns the readable workspaces of the account, in the order of their names.
    pub(super) async fn workspaces(&self) -> Result<Vec<Workspace>, ManageError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.manager().workspaces(after, PageSize::MAX).await?;
            found.extend(page.items.into_iter().filter_map(PageItem::record));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns the readable credentials that match a filter, in the order of their names.
    pub(super) async fn credentials(
        &self,
        filter: CredentialFilter,
    ) -> Result<Vec<Credential>, ManageError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let filter = filter.clone().size(PageSize::MAX).after(after);
            let page = self.manager().credentials(filter).await?;
            found.extend(page.items.into_iter().filter_map(PageItem::record));
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns the readable events of a page of the history.
    pub(super) async fn events(
        &self,
        filter: HistoryFilter,
        limit: u16,
    ) -> Result<Vec<HistoryEvent>, ManageError> {
        let size = PageSize::new(limit).unwrap_or_default();
        let page = self.manager().history(filter.size(size)).await?;
        Ok(page.items.into_iter().filter_map(PageItem::record).collect())
    }

    /// Returns the link to which a successful form leads: a screen that shows what was done. `filter` finds the event.
    pub(super) async fn after(&self, url: &str, filter: HistoryFilter) -> String {
        self.after_with(url, &[], filter).await
    }

    /// The same for a screen with parameters.
    pub(super) async fn after_with(
        &self,
        url: &str,
        pairs: &[(&str, &str)],
        filter: HistoryFilter,
    ) -> String {
        // The change is made. A failure to read its event must not read as a failure of the change.
        let events = self.events(filter, 5).await.unwrap_or_default();
        let own = self.request.actor.by();
        let event = events.iter().find(|event| event.by == *own);
        let event = event.map(|event| event.operation.to_string()).unwrap_or_default();
        let pairs = [&[("event", event.as_str())], pairs].concat();
        format!("{url}{}", query(&pairs))
    }

    /// Returns the notice of the event that the query names, if the event is one of the last in this part of the history.
    pub(super) async fn notice(&self, filter: HistoryFilter) -> Option<Notice> {
        if self.query.get("unchanged") == "1" {
            let text = self.t().nothing_changed().into_owned();
            return Some(Notice { text, link: None });
        }
        let operation: OperationId = self.query.get("event").parse().ok()?;
        let events = self.events(filter, 20).await.ok()?;
        let event = events.into_iter().find(|event| event.operation == operation)?;
        let text = self.action(&event.action);
        let id = event.subject.credential().map(ToString::to_string).unwrap_or_default();
        let workspace = event.subject.workspace().filter(|_| id.is_empty());
        let workspace = workspace.map(ToString::to_string).unwrap_or_default();
        let pairs = [("credential", id.as_str()), ("workspace", workspace.as_str())];
        let link = format!("{}#e-{operation}", self.urls.screen_with("history", &pairs));
        Some(Notice { text, link: Some(link) })
    }

    /// Returns an action as a sentence that names kinds and integrations as the page does.
    pub(super) fn action(&self, action: &Action) -> String {
        let t = self.t();
        let name = |name: &Name| isolated(name.as_str());
        let time = |at: &Timestamp| t.time(*at);
        match action {
            Action::WorkspaceCreated { name: called, .. } => t.did_create_workspace(&name(called)),
            Action::WorkspaceRemoved { name: called, credentials } => {
                t.did_remove_workspace(&name(called), &t.credentials(u64::from(*credentials)))
            }
            Action::Issued { kind, name: called, expires: None, .. } => {
                t.did_issue(&self.kind_noun(*kind), &name(called))
            }
            Action::Issued { kind, name: called, expires: Some(at), .. } => {
                t.did_issue_until(&self.kind_noun(*kind), &name(called), &time(at))
            }
            Action::Revealed => t.did_reveal(),
            Action::Renamed { from, to } => t.did_rename(&name(from), &name(to)),
            Action::Deprecated { sunset: None } => t.did_deprecate(),
            Action::Deprecated { sunset: Some(at) } => t.did_deprecate_until(&time(at)),
            Action::Undeprecated => t.did_undeprecate(),
            Action::Suspended => t.did_suspend(),
            Action::Resumed => t.did_resume(),
            Action::ExpirySet { at } => t.did_set_expiry(&time(at)),
            Action::ExpiryCleared => t.did_clear_expiry(),
            Action::Rotated { generation, overlap_until: None, .. } => {
                t.did_rotate(&generation.to_string())
            }
            Action::Rotated { generation, overlap_until: Some(until), .. } => {
                t.did_rotate_until(&generation.to_string(), &time(until))
            }
            Action::Replaced { unused, generation } => {
                t.did_replace(&unused.to_string(), &generation.to_string())
            }
            Action::OverlapEnded { generation } => t.did_end_overlap(&generation.to_string()),
            Action::Deleted { kind, name: called } => {
                t.did_delete(&self.kind_noun(*kind), &name(called))
            }
            Action::Connected { integration, credential } => {
                t.did_connect(&self.integration(integration), credential.as_str())
            }
            Action::Disconnected { integration } => {
                t.did_disconnect(&self.integration(integration))
            }
            Action::UnlistedWorkspacesSet { to } => t.did_set_unlisted(&t.unlisted(*to)),
            Action::PolicySet { .. } => t.did_set_policy(),
            Action::MemberDeactivated { member } => t.did_deactivate(&isolated(member.as_str())),
            Action::MemberReactivated { member } => t.did_reactivate(&isolated(member.as_str())),
            Action::LeakResponseSet { to } => t.did_set_leak_response(&t.leak_response(*to)),
            Action::Leaked { generation, .. } => t.did_report_leak(&generation.to_string()),
            other => t.other_action(other),
        }
        .into_owned()
    }

    /// Returns an error as a sentence.
    pub(super) fn error(&self, error: &ManageError) -> String {
        let t = self.t();
        match error {
            ManageError::Refused(Refusal::OverlapRuns { until }) => t.overlap_runs(&t.time(*until)),
            ManageError::Refused(Refusal::Changed { .. }) => t.changed(),
            // The form has labels where the library has names of fields.
            ManageError::Refused(Refusal::ContradictoryPolicy(error)) => match *error {
                PolicyError::Zero { .. } => t.policy_zero(),
                PolicyError::DefaultBeyondLifetime { limit, .. } => {
                    t.policy_default_beyond_lifetime(limit.into())
                }
                PolicyError::DefaultBeyondSecretAge { limit, .. } => {
                    t.policy_default_beyond_secret_age(limit.into())
                }
            },
            error => t.error(error),
        }
        .into_owned()
    }

    /// Returns the title of an integration.
    pub(super) fn integration(&self, integration: &Integration) -> String {
        match integration {
            Integration::Custom(name) => isolated(name.as_str()),
            Integration::Declared(word) => {
                let spec = self.declared(integration);
                spec.map_or_else(|| word.to_string(), |spec| spec.title().to_owned())
            }
        }
    }

    /// Returns the declaration of an integration. One that the customer has named has none.
    pub(super) fn declared(&self, integration: &Integration) -> Option<&IntegrationSpec> {
        let Integration::Declared(word) = integration else { return None };
        self.parts.keyward.integrations().find(|spec| spec.word() == *word)
    }

    /// Returns a kind, if it is registered.
    pub(super) fn kind(&self, word: KindWord) -> Option<&KindSpec> {
        self.parts.keyward.inner().kinds.get(word)
    }

    /// Returns the singular noun of a kind.
    pub(super) fn kind_noun(&self, word: KindWord) -> String {
        self.kind(word).map_or_else(|| word.to_string(), |spec| spec.singular().to_owned())
    }

    /// Returns a sentence about the last change of a credential, for a form that was refused because of it.
    pub(super) async fn last_change(&self, id: CredentialId) -> Option<String> {
        let filter = HistoryFilter::new().credential(id);
        let event = self.events(filter, 1).await.ok()?.into_iter().next()?;
        let by = self.actor(&event.by);
        let who = self.t().by_actor(&isolated(&by.name), &by.role);
        let what = self.action(&event.action);
        Some(self.t().changed_by(&self.t().time(event.at), &who, &what).into_owned())
    }
}

/// Returns the filter for the events of one workspace, or of all workspaces.
pub(super) fn history_of(workspace: Option<WorkspaceId>) -> HistoryFilter {
    workspace.map_or_else(HistoryFilter::new, |id| HistoryFilter::new().workspace(id))
}

pub(super) fn revision_of(text: &str) -> Result<Revision, Failure> {
    text.parse::<u64>().map(Revision::new).map_err(|_| Failure::BadRequest)
}

/// Returns the prefix under which the browser reaches the page: the one that the host set, or the part of the path that the router
/// stripped.
pub(super) fn prefix(parts: &Parts, head: &Head) -> String {
    let set = parts.settings.prefix();
    if !set.is_empty() {
        return set.to_owned();
    }
    let Some(OriginalUri(uri)) = head.extensions.get::<OriginalUri>() else {
        return String::new();
    };
    let path = head.uri.path();
    let whole = uri.path();
    whole.strip_suffix(path).unwrap_or(whole).trim_end_matches('/').to_owned()
}
