//! Two nodes over one store, and trials on it: each has an account of its own.

use std::sync::Arc;
use std::time::Duration;

use async_lock::Barrier;
use keyward::store::{
    CredentialQuery, CredentialRecord, CredentialStore, EventQuery, PageItem, PageSize, Scope,
    WorkspaceRecord,
};
use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, DenialReason, Freshness, Keyward, Manager,
    MasterKey, MasterKeyId, MasterKeys, Name, NewCredential, NewWorkspace, NotVerified, Operator,
    SlowHashParams, WorkspaceId,
    history::Event,
    kind::KindWord,
    time::{ManualClock, Timestamp},
};

use crate::directed::Directed;
use crate::meeting::{Comparing, Meeting, Node, Pace};
use crate::places::Place;

/// The promise that a trial has broken.
pub(crate) type Broken = String;

/// Returns a broken promise unless this condition is true.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!("{}: {}", stringify!($holds), format_args!($($what)+)));
        }
    };
}
pub(crate) use ensure;

pub(crate) const OVERLAP: Duration = Duration::from_hours(1);

/// Two nodes during a change of master key: the second one re-digests the secrets that it verifies.
pub(crate) struct Arena<P: Place> {
    nodes: [Keyward; 2],
    pub(crate) store: P::Store,
    meeting: Arc<Meeting>,
    pub(crate) master_keys: [MasterKeyId; 2],
    _place: P,
}

impl<P: Place> Arena<P> {
    pub(crate) fn new(comparing: Comparing) -> Self {
        let (place, meeting) = (P::default(), Meeting::new());
        let keys = [MasterKey::generate().unwrap(), MasterKey::generate().unwrap()];
        let again = |key: &MasterKey| key.expose_text().parse::<MasterKey>().unwrap();
        let before = MasterKeys::new(again(&keys[0])).newer([again(&keys[1])]);
        let after = MasterKeys::new(again(&keys[1])).older([again(&keys[0])]);
        let node = |number, keys| {
            let (store, meeting) = (place.handle(), Arc::clone(&meeting));
            Keyward::builder(Directed::new(store, Node { number, meeting, comparing }), keys)
                .slow_hash(SlowHashParams::dangerous_cheap())
                .clock(ManualClock::at(now()))
                .freshness(Freshness::Strict)
                .build()
                .unwrap()
        };
        let nodes = [node(0, before), node(1, after)];
        let master_keys = keys.map(|key| key.id());
        Self { nodes, store: place.handle(), meeting, master_keys, _place: place }
    }

    pub(crate) fn trial(&self, number: usize, pace: Pace) -> Trial<'_, P> {
        Trial { arena: self, number, pace }
    }
}

/// One race, in an account of its own.
pub(crate) struct Trial<'a, P: Place> {
    pub(crate) arena: &'a Arena<P>,
    pub(crate) number: usize,
    pub(crate) pace: Pace,
}

impl<P: Place> Trial<'_, P> {
    /// Runs one operation on each node, both at the same time.
    pub(crate) async fn race<One, Other>(
        &self,
        one: impl AsyncOperation<One>,
        other: impl AsyncOperation<Other>,
    ) -> (One, Other)
    where
        One: Send + 'static,
        Other: Send + 'static,
    {
        self.arena.meeting.set(self.pace);
        let start = Arc::new(Barrier::new(2));
        let (begin, node) = (Arc::clone(&start), self.node(0));
        let one = tokio::spawn(async move {
            begin.wait().await;
            one.run(node).await
        });
        let node = self.node(1);
        let other = tokio::spawn(async move {
            start.wait().await;
            other.run(node).await
        });
        let answers = (one.await.unwrap(), other.await.unwrap());
        self.arena.meeting.set(Pace::Free);
        answers
    }

    pub(crate) fn node(&self, number: usize) -> Keyward {
        self.arena.nodes[number].clone()
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::new(format!("account-{}", self.number)).unwrap()
    }

    pub(crate) fn shop(&self) -> WorkspaceId {
        WorkspaceId::new(format!("account-{}/shop", self.number)).unwrap()
    }

    pub(crate) fn admin(&self) -> Actor {
        Actor::admin(self.account(), ActorId::new("ada").unwrap())
    }

    pub(crate) fn operator(&self) -> Actor {
        Operator::new(ActorId::new("support-7").unwrap()).acting_for(self.account())
    }

    /// Creates the shop, and answers its first Track set.
    pub(crate) async fn create_shop(&self) -> CredentialId {
        let (node, admin) = (self.node(0), self.admin());
        let manager: Manager<'_> = node.manager(&admin);
        let created = manager.create_workspace(NewWorkspace::new(self.shop(), name("Shop"))).await;
        created.unwrap().first.credential.id
    }

    /// Issues another Track set in it.
    pub(crate) async fn track_set(&self, called: &str) -> CredentialId {
        let new = NewCredential::new(self.shop(), name(called));
        let issued = self.node(0).manager(&self.admin()).issue_track_set(new).await;
        issued.unwrap().credential.id
    }

    /// Issues an App key in it, and answers its id and its token.
    pub(crate) async fn app_key(&self, called: &str) -> (CredentialId, String) {
        let new = NewCredential::new(self.shop(), name(called));
        let issued = self.node(0).manager(&self.admin()).issue_app_key(new).await.unwrap();
        (issued.credential.id, issued.secret.expose().to_owned())
    }

    pub(crate) async fn header(&self) -> WorkspaceRecord {
        self.arena.store.workspace(&self.shop()).await.unwrap().unwrap()
    }

    pub(crate) async fn credential(&self, id: CredentialId) -> Option<CredentialRecord> {
        self.arena.store.credential(id).await.unwrap()
    }

    pub(crate) async fn credentials(&self) -> Vec<CredentialRecord> {
        let query = CredentialQuery::all(Scope::Workspace(self.shop()), now(), PageSize::MAX);
        let page = self.arena.store.credentials(&query).await.unwrap();
        page.items.into_iter().map(|item| item.record().unwrap()).collect()
    }

    /// The account's history, the newest event first.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let (account, size) = (self.account(), PageSize::MAX);
        let query = EventQuery::all(account, size);
        let page = self.arena.store.events(&query).await.unwrap();
        page.items.into_iter().filter_map(PageItem::record).collect()
    }

    /// The promises after every race: one event for each acknowledged change, counters that match the rows, a permanent
    /// Track set in each workspace that is not removed, no credential in a removed one, and a stored Track set for each
    /// integration.
    pub(crate) async fn whole(&self, changes: usize) -> Result<(), Broken> {
        let (header, rows, events) =
            (self.header().await, self.credentials().await, self.events().await);
        ensure!(events.len() == changes, "{changes} changes were acknowledged: {events:?}");
        let sets = rows.iter().filter(|row| row.kind == KindWord::Track);
        let permanent = sets.filter(|row| row.is_permanent()).count();
        ensure!(header.credentials as usize == rows.len(), "{header:?}");
        ensure!(header.permanent as usize == permanent, "{header:?}");
        ensure!(header.removed.is_none() == (permanent > 0), "{header:?}");
        if header.removed.is_some() {
            let empty = header.allowlist.is_empty() && header.integrations.is_empty();
            ensure!(rows.is_empty() && empty, "{header:?}");
        }
        for user in &header.integrations {
            let used = rows.iter().any(|row| row.id == user.credential && row.is_permanent());
            ensure!(used, "{user:?}");
        }
        Ok(())
    }

    /// Presents an App key on both nodes: it passes as this generation.
    pub(crate) async fn passes(&self, token: &str, generation: u32) -> Result<(), Broken> {
        for node in &self.arena.nodes {
            match node.verify(&Attempt::app(token)).await {
                Ok(verified) => ensure!(verified.generation().get() == generation, "{verified:?}"),
                Err(error) => return Err(format!("generation {generation} is refused: {error:?}")),
            }
        }
        Ok(())
    }

    /// Presents an App key on both nodes: it is refused for this reason.
    pub(crate) async fn refused(&self, token: &str, reason: DenialReason) -> Result<(), Broken> {
        for node in &self.arena.nodes {
            match node.verify(&Attempt::app(token)).await {
                Err(NotVerified::Denied(denial)) => {
                    ensure!(denial.reason() == reason, "{denial:?}, and not {reason:?}");
                }
                other => return Err(format!("not refused: {other:?}")),
            }
        }
        Ok(())
    }
}

/// The operation of a node in a race.
pub(crate) trait AsyncOperation<T>: Send + 'static {
    fn run(self, node: Keyward) -> impl Future<Output = T> + Send;
}

impl<T, F: Future<Output = T> + Send, O: FnOnce(Keyward) -> F + Send + 'static> AsyncOperation<T>
    for O
{
    fn run(self, node: Keyward) -> impl Future<Output = T> + Send {
        self(node)
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2030-01-01T09:00:00Z".parse().unwrap()
}
