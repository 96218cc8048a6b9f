//! Every call of the contract on a furnished store. Each can be repeated.

use std::error::Error;

use keyward::store::{
    Change, CredentialQuery, CredentialStore, EventQuery, NetworkUse, PageSize, Position, Refresh,
    Scope, StoreError, StoreErrorKind, Use, WorkspaceQuery,
};
use keyward::{CredentialId, GenerationNumber, time::Timestamp};
use pollster::block_on;
use tokio::runtime::Runtime;

use crate::scene::Scene;
use crate::stores::{self, Shop, everything, furnish};

/// A call and its arguments.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Credential(CredentialId),
    Workspace,
    Account,
    Credentials(Scope),
    Workspaces,
    Events,
    Position,
    ChangesSince(Position),
    Commit(Box<Change>),
    Refresh(CredentialId, Box<Refresh>),
    RecordUses(Vec<Use>),
    RecordNetworks(Vec<NetworkUse>),
    NetworksOf(CredentialId),
    ForgetNetworks,
    PruneEvents(Timestamp),
}

impl Call {
    /// Returns `true` if the call changes nothing.
    pub(crate) const fn reads(&self) -> bool {
        !matches!(
            self,
            Self::Commit(_)
                | Self::Refresh(..)
                | Self::RecordUses(_)
                | Self::RecordNetworks(_)
                | Self::ForgetNetworks
                | Self::PruneEvents(_)
        )
    }

    /// Makes the call, and returns its result.
    pub(crate) async fn make(&self, store: &impl CredentialStore) -> Result<String, StoreError> {
        let (account, size) = (stores::account(), PageSize::MAX);
        match self {
            Self::Credential(id) => shown(store.credential(*id).await),
            Self::Workspace => shown(store.workspace(&stores::workspace()).await),
            Self::Account => shown(store.account(&account).await),
            Self::Credentials(scope) => {
                let query = CredentialQuery::all(scope.clone(), stores::now(), size);
                shown(store.credentials(&query).await)
            }
            Self::Workspaces => shown(store.workspaces(&WorkspaceQuery::all(account, size)).await),
            Self::Events => {
                let query = EventQuery::all(account, size);
                shown(store.events(&query).await)
            }
            Self::Position => shown(store.position().await),
            Self::ChangesSince(position) => shown(store.changes_since(position, 100).await),
            Self::Commit(change) => shown(store.commit(change).await),
            Self::Refresh(id, refresh) => {
                shown(store.refresh(*id, GenerationNumber::FIRST, refresh).await)
            }
            Self::RecordUses(uses) => shown(store.record_uses(uses).await),
            Self::RecordNetworks(seen) => shown(store.record_networks(seen).await),
            Self::NetworksOf(id) => shown(store.networks_of(&[*id]).await),
            Self::ForgetNetworks => shown(store.forget_networks(None, 1_000).await),
            Self::PruneEvents(before) => shown(store.prune_events(*before, 1_000).await),
        }
    }
}

fn shown<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Result<String, StoreError> {
    answer.map(|answer| format!("{answer:?}"))
}

/// Returns one call of each kind, by name: all reads, a commit with each kind of edit, and the other writes.
pub(crate) async fn all(store: &impl CredentialStore, shop: &Shop) -> Vec<(&'static str, Call)> {
    let mut calls = vec![
        ("credential", Call::Credential(shop.rotated)),
        ("workspace", Call::Workspace),
        ("account", Call::Account),
        ("credentials_of_workspace", Call::Credentials(Scope::Workspace(stores::workspace()))),
        ("credentials_of_store", Call::Credentials(Scope::Store)),
        ("workspaces", Call::Workspaces),
        ("events", Call::Events),
        ("position", Call::Position),
        ("changes_since", Call::ChangesSince(Position::START)),
    ];
    let scene = Scene::of(store, shop).await;
    calls.extend(scene.commits().map(|(name, change)| (name, Call::Commit(Box::new(change)))));
    calls.extend(scene.other_writes());
    calls
}

/// Makes each call on an empty store outside of a runtime. It must fail with the reason and change nothing.
pub(crate) fn assert_each_needs_a_runtime(
    runtime: &Runtime,
    store: &(impl CredentialStore + Clone),
) {
    let calls = runtime.block_on(async {
        let shop = furnish(store.clone()).await;
        all(store, &shop).await
    });
    let before = runtime.block_on(everything(store));
    for (_, call) in calls {
        assert_no_runtime(&block_on(call.make(store)).unwrap_err());
    }
    assert_eq!(runtime.block_on(everything(store)), before);
}

pub(crate) fn assert_no_runtime(error: &StoreError) {
    assert_eq!(error.kind(), StoreErrorKind::Other);
    let source = error.source().unwrap().to_string();
    assert!(source.contains("tokio runtime"), "{source}");
}
