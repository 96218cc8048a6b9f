//! The public keys that sign alerts, fetched at most once a minute.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use serde::Deserialize;

use super::leak::LeakHost;
use crate::secrets::AlertKey;

/// The shortest time between two fetches.
const INTERVAL: Duration = Duration::from_mins(1);

/// The keys of the last successful fetch.
#[derive(Default)]
pub(super) struct AlertKeys(Mutex<Fetched>);

#[derive(Default)]
struct Fetched {
    keys: Arc<KeyList>,
    /// The beginning of the last fetch, by the monotonic clock.
    begun: Option<Duration>,
    /// The last fetch, until its answer is read. It stays if the caller that began it disconnects: a stranger could otherwise prevent
    /// every fetch.
    fetching: Option<Fetch>,
}

type KeyList = Vec<(String, AlertKey)>;

/// All callers that wait for the fetch poll it. Returns `None` if it failed.
type Fetch = Shared<Pin<Box<dyn Future<Output = Option<Arc<KeyList>>> + Send>>>;

/// The result of looking for a key.
pub(super) enum Found {
    Key(AlertKey),
    /// GitHub does not have it.
    Unknown,
    /// It is not among the cached keys, and they cannot be fetched now.
    Later,
}

/// The body that GitHub answers.
#[derive(Deserialize)]
struct PublicKeys {
    public_keys: Vec<PublicKey>,
}

#[derive(Deserialize)]
struct PublicKey {
    key_identifier: String,
    key: String,
}

impl AlertKeys {
    /// Finds a key. If it is not cached, joins the fetch of another caller, or begins one if the last fetch began more than a minute ago.
    pub(super) async fn find(&self, id: &str, host: &Arc<impl LeakHost>, now: Duration) -> Found {
        if let Some(key) = self.cached(id) {
            return Found::Key(key);
        }
        let (fetch, is_own) = match self.begin(host, now) {
            Some(fetch) => (fetch, true),
            None => match self.lock().fetching.clone() {
                Some(fetch) => (fetch, false),
                None => return Found::Later,
            },
        };
        let keys = fetch.clone().await;
        let is_fetched = keys.is_some();
        self.end(&fetch, keys);
        match self.cached(id) {
            Some(key) => Found::Key(key),
            // The answer to the fetch of another caller can be older than the key.
            None if is_own && is_fetched => Found::Unknown,
            None => Found::Later,
        }
    }

    fn cached(&self, id: &str) -> Option<AlertKey> {
        let fetched = self.lock();
        fetched.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key.clone())
    }

    /// Begins a fetch if one is due. Only one caller a minute begins one.
    fn begin(&self, host: &Arc<impl LeakHost>, now: Duration) -> Option<Fetch> {
        let mut fetched = self.lock();
        let is_due = fetched.begun.is_none_or(|begun| now >= begun.saturating_add(INTERVAL));
        if !is_due {
            return None;
        }
        fetched.begun = Some(now);
        let fetch = fetch(Arc::clone(host)).boxed().shared();
        fetched.fetching = Some(fetch.clone());
        Some(fetch)
    }

    /// Keeps the answer of a fetch, unless a newer fetch was begun or another caller kept it.
    fn end(&self, fetch: &Fetch, keys: Option<Arc<KeyList>>) {
        let mut fetched = self.lock();
        if fetched.fetching.take_if(|latest| latest.ptr_eq(fetch)).is_some()
            && let Some(keys) = keys
        {
            fetched.keys = keys;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Fetched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches the keys. Logs why if it fails.
async fn fetch(host: Arc<impl LeakHost>) -> Option<Arc<KeyList>> {
    let body = match host.public_keys().await {
        Ok(body) => body,
        Err(error) => {
            tracing::warn!(%error, "could not fetch the public keys for alerts about leaked keys; retrying in a minute");
            return None;
        }
    };
    let keys = read(&body);
    if keys.is_none() {
        tracing::warn!(
            "the public keys for alerts about leaked keys are not in the expected form; retrying in a minute"
        );
    }
    keys.map(Arc::new)
}

/// Reads the keys of a body. Skips keys of another form, because GitHub may add one.
fn read(body: &str) -> Option<KeyList> {
    let PublicKeys { public_keys } = serde_json::from_str(body).ok()?;
    let keys = public_keys.into_iter();
    Some(keys.filter_map(|it| Some((it.key_identifier, AlertKey::from_pem(&it.key)?))).collect())
}
