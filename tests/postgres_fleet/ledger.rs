//! What a writer was told about each of its keys, and whether the store holds it afterwards.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use keyward::manage::CredentialFilter;
use keyward::store::{PageItem, StoreError, StoreErrorKind};
use keyward::{Attempt, Keyward, ManageError, NewCredential, NotVerified, WorkspaceId};

use crate::stores::{admin, name};

/// The pause between two changes of a writer.
const PAUSE: Duration = Duration::from_millis(20);

/// How many of the newest secrets every node verifies.
const WATCHED: usize = 60;

/// What the last call about a key said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Written,
    NothingWritten,
    Unknown,
}

/// A key and what its writer knows of it.
#[derive(Debug)]
pub(crate) struct Entry {
    workspace: WorkspaceId,
    name: String,
    /// The key as the last acknowledged change left it. There is none before it was issued.
    held: Option<Held>,
    is_deleted: bool,
    last: Told,
}

#[derive(Debug)]
struct Held {
    generation: u64,
    secret: Arc<Secret>,
}

/// A secret, and when its end was acknowledged.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) token: String,
    pub(crate) ended: OnceLock<Instant>,
}

/// What the writers and the nodes share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) stop: AtomicBool,
    newest: Mutex<VecDeque<Arc<Secret>>>,
    /// The beginnings and the ends of acknowledged changes.
    commits: Mutex<Vec<(Instant, Instant)>>,
    /// Errors of a kind that a failover must not cause.
    strange: Mutex<Vec<String>>,
}

/// What the audit has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Audit {
    pub(crate) acknowledged: usize,
    pub(crate) lost: Vec<String>,
    pub(crate) nothing_written: usize,
    pub(crate) written_all_the_same: Vec<String>,
    pub(crate) unknown: usize,
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.written_all_the_same.len();
        write!(f, "{} acknowledged, {} lost; ", self.acknowledged, self.lost.len())?;
        write!(f, "{} times nothing written, ", self.nothing_written + written)?;
        write!(f, "of which {written} written; {} unknown", self.unknown)
    }
}

impl Shared {
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The secrets that changed last.
    pub(crate) fn newest(&self) -> Vec<Arc<Secret>> {
        self.newest.lock().unwrap().iter().cloned().collect()
    }

    /// Returns when the first change was acknowledged that began after this time.
    pub(crate) fn first_commit_after(&self, time: Instant) -> Option<Instant> {
        let commits = self.commits.lock().unwrap();
        commits.iter().filter(|(begun, _)| *begun > time).map(|(_, ended)| *ended).min()
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.lock().unwrap().len()
    }

    pub(crate) fn strange(&self) -> Vec<String> {
        self.strange.lock().unwrap().clone()
    }

    fn watch(&self, token: &str) -> Arc<Secret> {
        let secret = Arc::new(Secret { token: token.to_owned(), ended: OnceLock::new() });
        let mut newest = self.newest.lock().unwrap();
        newest.push_back(Arc::clone(&secret));
        if newest.len() > WATCHED {
            newest.pop_front();
        }
        secret
    }

    /// Notes an error that is neither an outage nor an unknown outcome.
    pub(crate) fn judge(&self, error: &(dyn Error + 'static)) {
        let kind = store_error(error).map(StoreError::kind);
        let is_expected =
            matches!(kind, Some(StoreErrorKind::Unavailable | StoreErrorKind::Unknown));
        if kind.is_some() && !is_expected {
            self.strange.lock().unwrap().push(format!("{kind:?}: {}", whole(error)));
        }
    }
}

/// The error of the store in a chain of sources.
fn store_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a StoreError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<StoreError>() {
            return Some(found);
        }
        if let Some(found) = error.downcast_ref::<Arc<StoreError>>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn whole(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

/// Issues, rotates and deletes keys, one after the other, until told to stop. Every third key stays.
pub(crate) async fn write(
    node: Keyward,
    workspace: WorkspaceId,
    label: String,
    shared: Arc<Shared>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for number in 0.. {
        if shared.is_over() {
            break;
        }
        let name = format!("{label}-{number}");
        let (workspace, last) = (workspace.clone(), Told::Unknown);
        let mut entry = Entry { workspace, name, held: None, is_deleted: false, last };
        live(&mut entry, &node, &shared, number % 3 > 0).await;
        entries.push(entry);
    }
    entries
}

/// The life of one key. It ends early if a change is not acknowledged.
async fn live(entry: &mut Entry, node: &Keyward, shared: &Shared, is_deleted: bool) {
    let admin = admin();
    let manager = node.manager(&admin);
    let new = NewCredential::new(entry.workspace.clone(), name(&entry.name));
    let Some(issued) = entry.told(shared, manager.issue_app_key(new)).await else { return };
    let id = issued.credential.id;
    let secret = shared.watch(issued.secret.expose());
    entry.held = Some(Held { generation: 1, secret: Arc::clone(&secret) });
    tokio::time::sleep(PAUSE).await;
    let rotating = manager.rotate(id, Duration::ZERO);
    let Some(rotated) = entry.told(shared, rotating).await else { return };
    secret.ended.set(Instant::now()).unwrap();
    let secret = shared.watch(rotated.secret.expose());
    entry.held = Some(Held { generation: 2, secret: Arc::clone(&secret) });
    tokio::time::sleep(PAUSE).await;
    if is_deleted {
        let typed = entry.name.clone();
        let deleting = manager.delete(id, &typed);
        let Some(()) = entry.told(shared, deleting).await else { return };
        secret.ended.set(Instant::now()).unwrap();
        entry.is_deleted = true;
        tokio::time::sleep(PAUSE).await;
    }
}

impl Entry {
    /// Carries out a change and notes what it said.
    async fn told<T>(
        &mut self,
        shared: &Shared,
        change: impl Future<Output = Result<T, ManageError>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let outcome = change.await;
        if let Err(error) = &outcome {
            shared.judge(error);
        }
        self.last = match &outcome {
            Ok(_) => {
                shared.commits.lock().unwrap().push((begun, Instant::now()));
                Told::Written
            }
            Err(ManageError::Unavailable(_) | ManageError::Busy) => Told::NothingWritten,
            Err(ManageError::Unknown { .. }) => Told::Unknown,
            Err(error) => panic!("{}: {error:?}", self.name),
        };
        outcome.ok()
    }

    /// The generation that the store must hold, unless the last change has an unknown outcome.
    fn expected(&self) -> Option<u64> {
        self.held.as_ref().filter(|_| !self.is_deleted).map(|held| held.generation)
    }
}

/// Compares what the writers were told with what the store holds.
pub(crate) async fn audit(node: &Keyward, entries: &[Entry]) -> Audit {
    let mut audit = Audit::default();
    let stored = stored(node).await;
    for entry in entries {
        let told = if entry.is_deleted { 3 } else { entry.expected().unwrap_or(0) };
        audit.acknowledged += usize::try_from(told).unwrap();
        let (expected, found) = (entry.expected(), stored.get(&entry.name).copied());
        match entry.last {
            Told::Written if found == expected => {}
            Told::Written => audit.lost.push(format!("{entry:?}: {found:?}")),
            // Only the next change can be there.
            Told::Unknown if found == expected => audit.unknown += 1,
            Told::Unknown if found == entry.next() => audit.unknown += 1,
            Told::NothingWritten if found == expected => audit.nothing_written += 1,
            Told::NothingWritten if found == entry.next() => {
                audit.written_all_the_same.push(format!("{entry:?}: {found:?}"));
            }
            Told::Unknown | Told::NothingWritten => {
                audit.lost.push(format!("{entry:?}: {found:?}"));
            }
        }
        if found == expected {
            verify(node, entry, &mut audit).await;
        }
    }
    audit
}

impl Entry {
    /// What the store holds if the last change was written although nobody was told so.
    fn next(&self) -> Option<u64> {
        match self.expected() {
            None => Some(1),
            Some(1) => Some(2),
            Some(_) => None,
        }
    }
}

/// The secret of the last acknowledged change passes, or is denied if that change deleted the key.
async fn verify(node: &Keyward, entry: &Entry, audit: &mut Audit) {
    let Some(held) = &entry.held else { return };
    let outcome = loop {
        match node.verify(&Attempt::app(&held.secret.token)).await {
            Err(NotVerified::Unavailable(_)) => {}
            Err(NotVerified::Denied(_)) => break false,
            Ok(_) => break true,
            Err(other) => panic!("{other:?}"),
        }
    };
    if outcome == entry.is_deleted {
        audit.lost.push(format!("{entry:?} passes: {outcome}"));
    }
}

/// The newest generation of each key, by its name.
async fn stored(node: &Keyward) -> BTreeMap<String, u64> {
    let admin = admin();
    let manager = node.manager(&admin);
    let (mut stored, mut after) = (BTreeMap::new(), None);
    loop {
        let filter = CredentialFilter::new().after(after.clone());
        let page = match manager.credentials(filter).await {
            Ok(page) => page,
            Err(ManageError::Unavailable(_)) => continue,
            Err(error) => panic!("{error:?}"),
        };
        for item in page.items {
            let PageItem::Record(credential) = item else { panic!("{item:?}") };
            let newest = credential.generations.iter().map(|one| u64::from(one.number.get())).max();
            stored.insert(credential.name.to_string(), newest.unwrap());
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return stored,
        }
    }
}
