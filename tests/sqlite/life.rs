//! The fixed steps of a workspace. The stored state shows how many of them were taken.

use std::fmt::Write;
use std::time::Duration;

use keyward::store::{CredentialQuery, CredentialStore, EventQuery, PageItem, PageSize, Scope};
use keyward::{
    Attempt, CredentialId, Denial, Freshness, Keyward, Limits, ManageError, Manager, MasterKeys,
    MemoryStore, NewCredential, NewWorkspace, NotVerified, SlowHashParams, SqliteStore,
    WorkspaceId,
    kind::KindWord,
    manage::{CredentialFilter, Integration},
    time::ManualClock,
};

use crate::stores::{account, admin, name, now};

/// The number of steps. Each is one change.
pub(crate) const STEPS: usize = 11;

/// A key text that a step gave, and at which step it ends.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) text: String,
    pub(crate) ends_at: usize,
}

/// A workspace after some of the steps. This value stores none of its state, so any node can continue.
pub(crate) struct Life<'a> {
    keyward: &'a Keyward,
    workspace: WorkspaceId,
}

impl<'a> Life<'a> {
    pub(crate) const fn new(keyward: &'a Keyward, workspace: WorkspaceId) -> Self {
        Self { keyward, workspace }
    }

    /// Takes a step, and answers the key text that it gave.
    pub(crate) async fn step(&self, step: usize) -> Result<Option<Given>, ManageError> {
        let (admin, id) = (admin(), self.workspace.clone());
        let manager: Manager<'_> = self.keyward.manager(&admin);
        let new = |called| NewCredential::new(id.clone(), name(called));
        let given = |text: &str, ends_at| Some(Given { text: text.to_owned(), ends_at });
        match step {
            0 => {
                let workspace = NewWorkspace::new(id.clone(), name("Shop"));
                let created = manager.create_workspace(workspace).await?;
                return Ok(given(created.first.secret.expose(), 9));
            }
            1 => {
                let issued = manager.issue_app_key(new("backend")).await?;
                return Ok(given(issued.secret.expose(), 8));
            }
            2 => {
                let issued = manager.issue_track_set(new("second")).await?;
                return Ok(given(issued.secret.expose(), 10));
            }
            3 => {
                let second = Some(self.called("second").await?);
                manager.connect(&id, Integration::Segment, second).await?;
            }
            4 => {
                let (second, overlap) = (self.called("second").await?, Duration::from_hours(1));
                let rotated = manager.rotate(second, overlap).await?;
                return Ok(given(rotated.secret.expose(), 10));
            }
            5 => {
                let networks = ["192.0.2.0/24", "2001:db8::/32"].map(|text| text.parse().unwrap());
                manager.allow(&id, &networks).await?;
            }
            6 => manager.disallow(&id, &["192.0.2.0/24".parse().unwrap()]).await?,
            7 => drop(manager.deprecate(self.called("backend").await?, None).await?),
            8 => drop(manager.suspend(self.called("backend").await?).await?),
            9 => manager.delete(self.called("primary").await?, "primary").await?,
            10 => manager.remove_workspace(&id, "Shop").await?,
            later => panic!("a life has no step {later}"),
        }
        Ok(None)
    }

    async fn called(&self, name: &str) -> Result<CredentialId, ManageError> {
        let filter = CredentialFilter::new().workspace(self.workspace.clone());
        let items = self.keyward.manager(&admin()).credentials(filter).await?.items;
        let mut known = items.into_iter().filter_map(PageItem::record);
        Ok(known.find(|credential| credential.name.as_str() == name).unwrap().id)
    }
}

/// Describes a workspace in words that are the same for every workspace after the same steps. Compares the header's
/// counters with the rows.
pub(crate) async fn shape(store: &impl CredentialStore, id: &WorkspaceId) -> String {
    let Some(workspace) = store.workspace(id).await.unwrap() else {
        return "no workspace\n".to_owned();
    };
    let query = CredentialQuery::all(Scope::Workspace(id.clone()), now(), PageSize::MAX);
    let page = store.credentials(&query).await.unwrap();
    let credentials: Vec<_> = page.items.into_iter().map(|item| item.record().unwrap()).collect();
    let sets = credentials.iter().filter(|record| record.kind == KindWord::Track);
    let permanent = sets.filter(|record| record.is_permanent()).count();
    assert_eq!(workspace.credentials as usize, credentials.len(), "{id}");
    assert_eq!(workspace.permanent as usize, permanent, "{id}");
    assert_eq!(workspace.removed.is_none(), permanent > 0, "{id}");

    let called = |id: CredentialId| {
        credentials.iter().find(|record| record.id == id).map(|record| record.name.as_str())
    };
    let mut text = format!("removed: {:?}\n", workspace.removed);
    for entry in &workspace.allowlist {
        writeln!(text, "allows {}", entry.network).unwrap();
    }
    for user in &workspace.integrations {
        writeln!(text, "{} uses {:?}", user.integration, called(user.credential)).unwrap();
    }
    for record in &credentials {
        let (kind, name) = (record.kind, record.name.as_str());
        let status = record.status(now());
        let secrets: Vec<_> = record.generations().map(|secret| secret.number.get()).collect();
        writeln!(text, "{kind} {name}: {status}, secrets {secrets:?}").unwrap();
    }
    for event in events_of(store, id).await {
        writeln!(text, "{event}").unwrap();
    }
    text
}

/// Describes the events, the newest first, without the ids that differ between workspaces.
async fn events_of(store: &impl CredentialStore, id: &WorkspaceId) -> Vec<String> {
    let query =
        EventQuery { workspace: Some(id.clone()), ..EventQuery::all(account(), PageSize::MAX) };
    let items = store.events(&query).await.unwrap().items;
    let words = |item: PageItem<keyward::history::Event>| {
        let text = item.record().unwrap().action.to_string();
        text.split(' ')
            .filter(|word| CredentialId::new(word).is_err())
            .collect::<Vec<_>>()
            .join(" ")
    };
    items.into_iter().map(words).collect()
}

/// Returns the description of a workspace after each number of steps, from a store that was never killed.
pub(crate) async fn shapes() -> Vec<String> {
    let store = MemoryStore::new();
    let keyward = crate::stores::keyward(store.clone());
    let id = WorkspaceId::new("model").unwrap();
    let life = Life::new(&keyward, id.clone());
    let mut shapes = vec![shape(&store, &id).await];
    for step in 0..STEPS {
        life.step(step).await.unwrap();
        let after = shape(&store, &id).await;
        assert!(!shapes.contains(&after), "step {step} cannot be seen:\n{after}");
        shapes.push(after);
    }
    shapes
}

/// Creates a node with an up-to-date cache.
pub(crate) fn node(store: SqliteStore, key: &str) -> Keyward {
    Keyward::builder(store, MasterKeys::new(key.parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
        .freshness(Freshness::Strict)
        // A process that is killed a thousand times makes more than the default.
        .limits(Limits::default().workspaces(u32::MAX))
        .build()
        .unwrap()
}

/// Presents a key text, from an address on the allowlist of every step.
pub(crate) async fn present(keyward: &Keyward, text: &str) -> Result<(), Denial> {
    let address: std::net::IpAddr = "2001:db8::1".parse().unwrap();
    let outcome = if text.starts_with("kw_app_") {
        keyward.verify(&Attempt::app(text).client_address(address)).await.map(drop)
    } else {
        let site_id = &text["kw_track_".len()..][..12];
        keyward.verify(&Attempt::track(site_id, text).client_address(address)).await.map(drop)
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(NotVerified::Denied(denial)) => Err(denial),
        Err(other) => panic!("{other:?}"),
    }
}
