//! All data of a store, read through its contract, of known accounts and workspaces.

use keyward::store::{
    AccountRecord, CredentialQuery, CredentialRecord, CredentialStore, EventQuery, PageItem,
    PageSize, Position, Scope, WorkspaceQuery, WorkspaceRecord,
};
use keyward::{AccountId, WorkspaceId, history::Event, time::Timestamp};

/// The accounts and workspaces of a test.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub accounts: Vec<AccountId>,
    pub workspaces: Vec<WorkspaceId>,
}

/// The records and the lists of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub position: Position,
    pub accounts: Vec<AccountRecord>,
    pub workspaces: Vec<WorkspaceRecord>,
    pub listed: Vec<WorkspaceId>,
    pub credentials: Vec<CredentialRecord>,
    pub events: Vec<Event>,
}

impl Contents {
    pub async fn by(store: &impl CredentialStore, known: &Known) -> Self {
        let mut held = Self {
            position: store.position().await.unwrap(),
            accounts: Vec::new(),
            workspaces: Vec::new(),
            listed: Vec::new(),
            credentials: credentials(store).await,
            events: Vec::new(),
        };
        for id in &known.accounts {
            held.accounts.extend(store.account(id).await.unwrap());
            let query = WorkspaceQuery::all(id.clone(), PageSize::MAX);
            let listed = records(store.workspaces(&query).await.unwrap().items);
            held.listed.extend(listed.into_iter().map(|record| record.id));
            held.events.extend(events(store, id).await);
        }
        for id in &known.workspaces {
            held.workspaces.extend(store.workspace(id).await.unwrap());
        }
        held.events.sort_by_key(|event| event.number);
        held
    }
}

async fn credentials(store: &impl CredentialStore) -> Vec<CredentialRecord> {
    let mut query = CredentialQuery::all(Scope::Store, Timestamp::MIN, PageSize::MAX);
    let mut found = Vec::new();
    loop {
        let page = store.credentials(&query).await.unwrap();
        found.extend(records(page.items));
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}

async fn events(store: &impl CredentialStore, account: &AccountId) -> Vec<Event> {
    let query = EventQuery::all(account.clone(), PageSize::MAX);
    let page = store.events(&query).await.unwrap();
    assert_eq!(page.next, None, "one page is enough for a test");
    records(page.items)
}

fn records<T>(items: Vec<PageItem<T>>) -> Vec<T> {
    items.into_iter().map(|item| item.record().expect("no row is corrupt")).collect()
}
