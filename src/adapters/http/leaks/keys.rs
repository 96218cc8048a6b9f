//! The public keys that sign alerts, fetched at most once a minute.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::leak::LeakHost;
use crate::secrets::AlertKey;

/// The shortest time between two fetches.
const INTERVAL: Duration = Duration::from_mins(1);

/// The keys of the last successful fetch.
#[derive(Debug, Default)]
pub(super) struct AlertKeys(Mutex<Fetched>);

#[derive(Debug, Default)]
struct Fetched {
    keys: Vec<(String, AlertKey)>,
    /// The beginning of the last fetch, by the monotonic clock.
    begun: Option<Duration>,
}

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
    /// Finds a key. Fetches the keys if it is not cached and the last fetch began more than a minute ago.
    pub(super) async fn find(&self, id: &str, host: &impl LeakHost, now: Duration) -> Found {
        if let Some(key) = self.cached(id) {
            return Found::Key(key);
        }
        if !self.begin(now) {
            return Found::Later;
        }
        let keys = match host.public_keys().await {
            Ok(body) => read(&body),
            Err(error) => {
                tracing::warn!(%error, "could not fetch the public keys for alerts about leaked keys; retrying in a minute");
                return Found::Later;
            }
        };
        let Some(keys) = keys else {
            tracing::warn!(
                "the public keys for alerts about leaked keys are not in the expected form; retrying in a minute"
            );
            return Found::Later;
        };
        self.lock().keys = keys;
        self.cached(id).map_or(Found::Unknown, Found::Key)
    }

    fn cached(&self, id: &str) -> Option<AlertKey> {
        let fetched = self.lock();
        fetched.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key.clone())
    }

    /// Returns `true` if a fetch may begin now. Only one caller a minute gets it.
    fn begin(&self, now: Duration) -> bool {
        let mut fetched = self.lock();
        let is_due = fetched.begun.is_none_or(|begun| now >= begun.saturating_add(INTERVAL));
        if is_due {
            fetched.begun = Some(now);
        }
        is_due
    }

    fn lock(&self) -> MutexGuard<'_, Fetched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the keys of a body. Skips keys of another form, because GitHub may add one.
fn read(body: &str) -> Option<Vec<(String, AlertKey)>> {
    let PublicKeys { public_keys } = serde_json::from_str(body).ok()?;
    let keys = public_keys.into_iter();
    Some(keys.filter_map(|it| Some((it.key_identifier, AlertKey::from_pem(&it.key)?))).collect())
}
