//! All data of a store, read through its contract.

use std::collections::BTreeSet;

use keyward::history::Event;
use keyward::store::{
    AccountRecord, Changes, CredentialQuery, CredentialRecord, CredentialStore, EventQuery,
    PageItem, PageSize, Position, Scope, WorkspaceRecord,
};
use keyward::{Kind, kind::KindWord, time::Timestamp};

use super::block_on;
use super::kinds::Hook;

/// The contents of a store. Two dumps are equal if nothing was written between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dump {
    pub position: Position,
    pub accounts: Vec<AccountRecord>,
    pub workspaces: Vec<WorkspaceRecord>,
    pub credentials: Vec<CredentialRecord>,
    pub events: Vec<Event>,
}

impl Dump {
    /// Reads a store whose history was never pruned, and checks its consistency.
    pub fn of(store: &impl CredentialStore) -> Self {
        let dump = Self::unchecked(store);
        dump.assert_whole();
        dump
    }

    /// Reads a store without checking its consistency.
    pub fn unchecked(store: &impl CredentialStore) -> Self {
        block_on(Self::read(store))
    }

    /// Both hold the same. What differs is shown part by part.
    pub fn assert_is(&self, expected: &Self, context: &str) {
        assert_eq!(self.position, expected.position, "{context}");
        assert_eq!(self.accounts, expected.accounts, "{context}");
        assert_eq!(self.workspaces, expected.workspaces, "{context}");
        assert_eq!(self.credentials, expected.credentials, "{context}");
        assert_eq!(self.events, expected.events, "{context}");
    }

    async fn read(store: &impl CredentialStore) -> Self {
        let position = store.position().await.unwrap();
        let Changes::Since { events, .. } =
            store.changes_since(&Position::START, usize::MAX).await.unwrap()
        else {
            panic!("events were pruned");
        };
        let accounts: BTreeSet<_> = events.iter().map(|event| &event.account).collect();
        let workspaces: BTreeSet<_> =
            events.iter().filter_map(|event| event.subject.workspace()).collect();
        let mut dump = Self {
            position,
            accounts: Vec::new(),
            workspaces: Vec::new(),
            credentials: Vec::new(),
            events: Vec::new(),
        };
        for id in workspaces {
            dump.workspaces.extend(store.workspace(id).await.unwrap());
        }
        for id in accounts {
            dump.accounts.extend(store.account(id).await.unwrap());
            let account = id.clone();
            let mut query = EventQuery::all(account, PageSize::MAX);
            loop {
                let page = store.events(&query).await.unwrap();
                dump.events.extend(page.items.into_iter().filter_map(PageItem::record));
                query.before = page.next;
                if query.before.is_none() {
                    break;
                }
            }
        }
        dump.events.sort_by_key(|event| event.number);
        let mut query = CredentialQuery::all(Scope::Store, Timestamp::MIN, PageSize::MAX);
        loop {
            let page = store.credentials(&query).await.unwrap();
            dump.credentials.extend(page.items.into_iter().filter_map(PageItem::record));
            query.after = page.next;
            if query.after.is_none() {
                return dump;
            }
        }
    }

    /// No commit was half done: the counters are right, and the history has no gap.
    fn assert_whole(&self) {
        for workspace in &self.workspaces {
            let own = || self.credentials.iter().filter(|own| own.workspace == workspace.id);
            // The kinds of all sets that have a minimum: a store has one of them.
            let kept = [KindWord::Track, Hook::WORD];
            // Only credentials of the account count.
            let counts =
                |own: &CredentialRecord| own.is_permanent() && own.grant.owner.is_account();
            let permanent = own().filter(|own| kept.contains(&own.kind) && counts(own)).count();
            assert_eq!(workspace.credentials as usize, own().count(), "{workspace:?}");
            assert_eq!(workspace.permanent as usize, permanent, "{workspace:?}");
            assert_eq!(workspace.removed.is_none(), permanent > 0, "{workspace:?}");
        }
        let numbers = self.events.iter().map(|event| event.number);
        assert!(numbers.eq(1..=self.position.number()), "{:?}", self.events);
    }
}
