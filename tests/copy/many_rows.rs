//! More than fits on one page, and as much as just fills two.

use std::time::Duration;

use keyward::store::{AnyStore, CredentialStore};
use keyward::{AccountId, Actor, ActorId, NewWorkspace, WorkspaceId, manage::UnlistedWorkspaces};

use crate::furnished::furnish;
use crate::held::{Held, Known};
use crate::place::{Kind, Place, block_on};
use crate::support::name;

/// Two pages of workspaces, with one credential each.
const WORKSPACES: usize = 1_000;

/// How many accounts are closed: half of them, and one.
const CLOSED: usize = 501;

async fn fill(store: &AnyStore) -> Known {
    let empty = Place::fresh(Kind::Memory).await;
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

/// What the stores' own calls are given here is too little for a page.
#[test]
fn pages_lose_nothing_between_them() {
    block_on(async {
        let memory = Place::fresh(Kind::Memory).await;
        let known = fill(&memory.store()).await;
        let source = Held::by(&memory.store(), &known).await;
        assert_eq!(source.credentials.len(), WORKSPACES);
        let mut last = memory;
        for kind in [Kind::Sqlite, Kind::Postgres, Kind::Memory] {
            let next = Place::within(kind, Duration::from_millis(1)).await;
            let copied = last.copy_to(&next).await.unwrap();
            assert_eq!(copied.workspaces, WORKSPACES as u64);
            assert_eq!(copied.accounts, WORKSPACES as u64);
            assert_eq!(copied.events, (WORKSPACES + CLOSED) as u64);
            last = next;
        }
        assert_eq!(Held::by(&last.store(), &known).await, source);
        assert_eq!(last.store().position().await.unwrap(), source.position);
    });
}
