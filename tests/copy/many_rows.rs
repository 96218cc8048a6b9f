//! More records than fit on one page, and exactly as many as fill two.

use std::time::Duration;

use keyward::store::{AnyStore, CredentialStore};
use keyward::{AccountId, Actor, ActorId, NewWorkspace, WorkspaceId, manage::UnlistedWorkspaces};

use crate::contents::{Contents, Known};
use crate::furnished::furnish;
use crate::support::name;
use crate::test_store::{Kind, TestStore, block_on};

/// Two pages of workspaces, with one credential each.
const WORKSPACES: usize = 1_000;

/// The number of closed accounts: half of them, and one.
const CLOSED: usize = 501;

async fn fill(store: &AnyStore) -> Known {
    let empty = TestStore::fresh(Kind::Memory).await;
    let keyward = furnish(&empty.store()).await.service(store);
    let mut known = Known::default();
    for number in 0..WORKSPACES {
        let account = AccountId::new(format!("account {number}")).unwrap();
        let workspace = WorkspaceId::new(format!("{}", WORKSPACES - number)).unwrap();
        let admin = Actor::admin(account.clone(), ActorId::new("ada").unwrap());
        let manager = keyward.manager(&admin);
        let new = NewWorkspace::new(workspace.clone(), name(&format!("Shop {number}")));
        manager.create_workspace(new).await.unwrap();
        if number < CLOSED {
            manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await.unwrap();
        }
        known.accounts.push(account);
        known.workspaces.push(workspace);
    }
    known
}

/// The time limit of the store's own calls here is too short for a page.
#[test]
fn pages_lose_nothing_between_them() {
    block_on(async {
        let memory = TestStore::fresh(Kind::Memory).await;
        let known = fill(&memory.store()).await;
        let source = Contents::by(&memory.store(), &known).await;
        assert_eq!(source.credentials.len(), WORKSPACES);
        let mut last = memory;
        for kind in [Kind::Sqlite, Kind::Postgres, Kind::Memory] {
            let next = TestStore::within(kind, Duration::from_millis(1)).await;
            let copied = last.copy_to(&next).await.unwrap();
            assert_eq!(copied.workspaces, WORKSPACES as u64);
            assert_eq!(copied.accounts, WORKSPACES as u64);
            assert_eq!(copied.events, (WORKSPACES + CLOSED) as u64);
            last = next;
        }
        assert_eq!(Contents::by(&last.store(), &known).await, source);
        assert_eq!(last.store().position().await.unwrap(), source.position);
    });
}
