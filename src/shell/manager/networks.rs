//! The networks from which credentials passed, and the dry run of an allowlist.

use crate::domain::WorkspaceRecord;
use crate::domain::rules::{Needs, ProposedAllowlist};
use crate::domain::{AccountRecord, AllowlistEntry};
use crate::shell::answers::{AllowlistDryRun, UsedNetwork};
use crate::shell::errors::ManageError;
use crate::store::{CredentialQuery, CredentialStore, MOST_NETWORKS, PageItem, PageSize, Scope};
use crate::values::CredentialId;

use super::Manager;

/// The maximum number of pages of 1,000 credentials that a dry run examines.
const PAGES: usize = 10;

impl Manager<'_> {
    /// Returns the networks from which a credential passed in the last 30 days, the latest day first: at most 16. `None` if the
    /// host does not [remember](crate::Builder::remember_networks) networks, or does not show them to this actor.
    ///
    /// Networks are written with the last-used times, so a new one can be missing for one
    /// [interval](crate::Builder::flush_interval). An attempt without an address adds no network.
    pub async fn used_networks(
        &self,
        id: CredentialId,
    ) -> Result<Option<Vec<UsedNetwork>>, ManageError> {
        let read = self.read_credential(id, Needs::View).await?;
        if !self.may_see_networks() {
            return Ok(None);
        }
        let since = self.tried(&[], &read.context.account).since();
        let seen = self.parts.store.networks_of(&[id]).await?;
        let seen = seen.into_iter().filter(|seen| seen.credential == id && seen.day >= since);
        let passed = seen.map(|seen| UsedNetwork { network: seen.network, day: seen.day });
        Ok(Some(passed.collect()))
    }

    /// Returns `true` if the host remembers networks and shows them to this actor.
    pub(super) fn may_see_networks(&self) -> bool {
        self.parts.networks.is_some_and(|shown_to| shown_to.includes(self.actor))
    }

    /// Returns the forecast of a list for the credentials of a workspace that were used in the last 30 days.
    pub(super) async fn dry_run(
        &self,
        account: &AccountRecord,
        workspace: &WorkspaceRecord,
        entries: &[AllowlistEntry],
    ) -> Result<Option<AllowlistDryRun>, ManageError> {
        if !self.may_see_networks() {
            return Ok(None);
        }
        let tried = self.tried(entries, account);
        let scope = Scope::Workspace(workspace.id.clone());
        let mut query = CredentialQuery::all(scope, self.now(), PageSize::MAX);
        let mut credentials = Vec::new();
        for _ in 0..PAGES {
            let page = self.parts.records.listed_credentials(&query).await?;
            let records = page.items.into_iter().filter_map(PageItem::record);
            let records: Vec<_> =
                records.filter(|record| record.check_workspace(workspace).is_ok()).collect();
            let ids: Vec<_> = records.iter().map(|record| record.id).collect();
            let seen = self.parts.store.networks_of(&ids).await?;
            let of = |id| {
                let first = seen.partition_point(|seen| seen.credential < id);
                let rest = seen.get(first..).unwrap_or_default();
                let count = rest.partition_point(|seen| seen.credential == id);
                rest.get(..count).unwrap_or_default()
            };
            credentials
                .extend(records.iter().filter_map(|record| tried.forecast(record, of(record.id))));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let is_complete = query.after.is_none();
        Ok(Some(AllowlistDryRun { since: tried.since(), credentials, is_complete }))
    }

    fn tried(&self, entries: &[AllowlistEntry], account: &AccountRecord) -> ProposedAllowlist {
        ProposedAllowlist::new(entries, account.unlisted_workspaces, self.now(), MOST_NETWORKS)
    }
}
