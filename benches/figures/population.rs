//! A store with many credentials, and a handle that has all of them in its cache.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use std::error::Error;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyward::manage::{Owner, Revision};
use keyward::store::{
    AnyStore, Change, CredentialEdit, CredentialQuery, CredentialStore, EventQuery, HeaderChange,
    ListChange, PageItem, PageSize, Scope,
};
use keyward::{
    AccountId, Actor, ActorId, Attempt, Builder, Freshness, Keyward, Kind, Limits, MasterKey,
    MasterKeys, MemoryStore, Name, Network, NewCredential, NewWorkspace, NotVerified, SecretKey,
    SlowHashParams, Verified, WorkspaceId,
    time::{Clock, Timestamp},
};
use pollster::block_on;

/// The client address of all measured attempts, which every allowlist here contains.
pub(crate) const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 200, 0, 7));

/// A workspace, its App keys, and one Track set.
pub(crate) struct Population {
    pub(crate) store: AnyStore,
    pub(crate) keyward: Keyward,
    pub(crate) tokens: Vec<SecretKey>,
    pub(crate) track: (String, String),
    master_key: MasterKey,
}

impl Population {
    /// Creates `keys` App keys in a workspace with `networks` allowed networks, all cached. Argon2id has minimal cost here,
    /// because it is not measured.
    pub(crate) fn new(
        keys: usize,
        networks: u16,
        clock: impl Clock,
    ) -> Result<Self, Box<dyn Error>> {
        Self::built(keys, networks, |builder| builder.clock(clock))
    }

    /// Creates the same with a handle that `build` changes.
    pub(crate) fn built(
        keys: usize,
        networks: u16,
        build: impl FnOnce(Builder) -> Builder,
    ) -> Result<Self, Box<dyn Error>> {
        let store = AnyStore::new(MemoryStore::new());
        let master_key = MasterKey::generate()?;
        let keyward = build(node(store.clone(), &master_key)?)
            .limits(Limits::default().credentials(u32::MAX).workspaces(u32::MAX))
            .cached_credentials(keys + keys / 4 + 100)
            // Work that happens once a second or less often is not measured here.
            .freshness(Freshness::Bounded(Duration::from_hours(1)))
            .flush_interval(Duration::from_hours(1))
            .build()?;
        let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
        let manager = keyward.manager(&admin);
        let shop = shop()?;
        let created = block_on(
            manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)),
        )?;
        let site_id = created.first.credential.id.to_string();
        let track = (site_id, created.first.secret.expose().to_owned());
        block_on(manager.allow(&shop, &allowlist(networks)?))?;
        let mut tokens = Vec::with_capacity(keys);
        for number in 0..keys {
            let new = NewCredential::new(shop.clone(), Name::new(format!("key {number}"))?);
            tokens.push(block_on(manager.issue_app_key(new))?.secret);
        }
        let population = Self { store, keyward, tokens, track, master_key };
        for token in &population.tokens {
            block_on(
                population.keyward.verify(&Attempt::app(token.expose()).client_address(FROM)),
            )?;
        }
        let (site_id, api_key) = &population.track;
        block_on(
            population.keyward.verify(&Attempt::track(site_id, api_key).client_address(FROM)),
        )?;
        Ok(population)
    }

    /// Issues an App key that a member owns, in an account with this many other members who are inactive. It is cached.
    pub(crate) fn owned_key(&self, inactive: usize) -> Result<SecretKey, Box<dyn Error>> {
        let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
        let manager = self.keyward.manager(&admin);
        let owner = Owner::Member { id: ActorId::new("bob@acme.test")? };
        let new = NewCredential::new(shop()?, Name::new("owned")?).owner(owner);
        let token = block_on(manager.issue_app_key(new))?.secret;
        for number in 0..inactive {
            block_on(manager.deactivate(&ActorId::new(format!("member-{number}@acme.test"))?))?;
        }
        block_on(self.keyward.verify(&Attempt::app(token.expose()).client_address(FROM)))?;
        Ok(token)
    }

    /// Returns another node with `store`, the same master key and an empty cache.
    pub(crate) fn node_over(&self, store: AnyStore) -> Result<Builder, Box<dyn Error>> {
        node(store, &self.master_key)
    }

    /// Writes the workspace and its credentials in one commit. Issuing them one by one would take minutes.
    pub(crate) async fn copy_to(&self, to: &impl CredentialStore) -> Result<(), Box<dyn Error>> {
        let from = &self.store;
        let record = from.workspace(&shop()?).await?.ok_or("no workspace")?;
        let (account, size) = (AccountId::new("acme")?, PageSize::new(1)?);
        let created_account = from.account(&account).await?;
        let query = EventQuery::all(account, size);
        let newest = from.events(&query).await?.items.into_iter().find_map(PageItem::record);
        let event = newest.ok_or("no event")?;
        let mut credentials = Vec::new();
        let mut query = CredentialQuery::all(Scope::Store, Timestamp::MIN, PageSize::MAX);
        loop {
            let page = from.credentials(&query).await?;
            let records = page.items.into_iter().filter_map(PageItem::record);
            credentials.extend(records.map(CredentialEdit::Insert));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        to.commit(&Change {
            header: HeaderChange::Workspace {
                read_at: Revision::NONE,
                record,
                integrations: ListChange::Replaced,
                allowlist: ListChange::Replaced,
            },
            created_account,
            unchanged: Vec::new(),
            read_credentials: Vec::new(),
            credentials,
            at: event.at,
            subject: event.subject,
            by: event.by,
            action: event.action,
            operation: event.operation,
            tags: event.tags,
        })
        .await?;
        Ok(())
    }

    /// Returns the texts of `count` keys from the whole population, in an order that no cache can predict.
    pub(crate) fn spread(&self, count: usize) -> Vec<&str> {
        let mut place = 0;
        (0..count)
            .map(|_| {
                place = (place + 7_919_777) % self.tokens.len();
                self.tokens.get(place).map_or("", SecretKey::expose)
            })
            .collect()
    }
}

/// The workspace of all keys.
pub(crate) fn shop() -> Result<WorkspaceId, Box<dyn Error>> {
    Ok(WorkspaceId::new("acme/shop")?)
}

fn node(store: AnyStore, master_key: &MasterKey) -> Result<Builder, Box<dyn Error>> {
    let master_key = master_key.expose_text().parse()?;
    Ok(Keyward::builder(store, MasterKeys::new(master_key))
        .slow_hash(SlowHashParams::dangerous_cheap()))
}

/// Returns networks that cannot be merged. One of them contains `FROM`.
fn allowlist(networks: u16) -> Result<Vec<Network>, Box<dyn Error>> {
    let others = (1..networks).map(u16::to_be_bytes);
    let others = others.map(|[high, low]| format!("10.{high}.{low}.0/25"));
    let all = others.chain(["10.200.0.0/25".to_owned()]);
    Ok(all.map(|network| network.parse()).collect::<Result<_, _>>()?)
}

/// A verification that needs nothing from the store, so it is ready at the first poll.
pub(crate) fn verify_warm<K: Kind>(
    keyward: &Keyward,
    attempt: &Attempt<'_, K>,
) -> Option<Result<Verified<K>, NotVerified>> {
    match pin!(keyward.verify(attempt)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}
