//! The handle of Keyward.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::{Actor, Operator, Verified};
#[cfg(feature = "tower")]
use crate::kinds::KeyLocation;
use crate::kinds::{AcceptedKind, IntegrationSpec, KindSpec, Kinds};
use crate::secrets::MasterKeys;
use crate::store::AnyStore;
#[cfg(feature = "leaks")]
use crate::values::ClockReading;
use crate::values::{Brand, Clock, keys_in};
#[cfg(feature = "page")]
use crate::values::{KindWord, OperationId, RandomnessError, Timestamp};

#[cfg(feature = "page")]
use super::errors::ManageError;
use super::errors::{NotVerified, Unavailable, UnavailableReason};
use super::failure_log::FailureLog;
use super::hashing::Hashing;
use super::knowledge::Knowledge;
use super::last_used::LastUsed;
use super::manager::{Manager, ManagerParts};
use super::records::Records;
use super::renewing::Renewer;
use super::settings::ServiceSettings;
use super::stats::{Counters, Stats};
use super::verifier::{Attempt, TracedKey, Verifier};

/// The handle that issues, verifies and manages the API credentials of your customers in one store.
///
/// Clones are cheap and share one state. Build it once, with the same brand and master keys on every node.
///
/// ```
/// use keyward::{Keyward, MasterKey, MasterKeys, MemoryStore};
///
/// let keys = MasterKeys::new(MasterKey::generate()?);
/// let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
/// # let _ = keyward;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keyward(Arc<Inner>);

/// The state that the clones of a handle share. Each part is handed what it needs. Only the methods of the handle see all
/// parts.
pub(crate) struct Inner {
    /// The brand of new keys.
    pub(super) brand: Brand,
    pub(super) settings: ServiceSettings,
    pub(super) keys: Arc<MasterKeys>,
    pub(crate) kinds: Arc<Kinds>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: AnyStore,
    pub(super) records: Arc<Records>,
    pub(super) knowledge: Knowledge,
    pub(super) hashing: Arc<Hashing>,
    pub(super) last_used: Arc<LastUsed>,
    pub(super) renewer: Arc<Renewer>,
    pub(crate) verifier: Verifier,
    pub(super) manager: ManagerParts,
    /// How long events are kept; `None` keeps them forever.
    pub(super) retention: Option<Duration>,
    pub(super) remembers_networks: bool,
    pub(crate) stats: Counters,
    pub(super) failure_log: Arc<FailureLog>,
    pub(super) closed: AtomicBool,
}

impl Inner {
    #[cfg(feature = "tower")]
    pub(crate) fn vocabulary(&self) -> &crate::domain::Vocabulary {
        self.knowledge.vocabulary()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn mark_closed(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            argon2id_waiting: self.hashing.waiting() as u64,
            unwritten_uses: self.last_used.count() as u64,
            cached: self.knowledge.cached() as u64,
            feed_age: self.knowledge.age(&self.clock.now()),
            ..self.stats.snapshot()
        }
    }
}

impl Keyward {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) const fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Verifies an attempt and returns a proof that names the credential.
    ///
    /// The kind is part of the type: an [`Attempt<App>`](Attempt) returns a [`Verified<App>`](Verified). The use is recorded in
    /// memory and written to the store later.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// let issued = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    ///
    /// let attempt = Attempt::app(issued.secret.expose()).client_address("203.0.113.9".parse::<std::net::IpAddr>()?);
    /// let proof: Verified<App> = keyward.verify(&attempt).await?;
    /// assert_eq!(proof.credential(), issued.credential.id);
    ///
    /// match keyward.verify(&Attempt::app("kw_app_guess")).await {
    ///     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Malformed),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotVerified::Denied`] if the attempt is denied. [`NotVerified::Unavailable`] if Keyward cannot decide, for example
    /// because the store does not answer. An unavailable store never results in a denial or a proof.
    pub async fn verify<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
    ) -> Result<Verified<K>, NotVerified> {
        self.0.verifier.verify(attempt).await
    }

    /// Checks whether an earlier proof is still valid, and returns the proof as it is now. For streams, websockets and long jobs,
    /// which continue after [`verify`](Self::verify).
    ///
    /// A recheck is denied for each reason for which the same attempt would be denied now: the credential, its workspace or its
    /// account was suspended, was removed or has expired; the secret was rotated and its overlap has ended; or the allowlist does
    /// not contain the [address](Verified::address) of the attempt. The returned proof can have a new
    /// [`notice`](Verified::notice).
    ///
    /// A recheck is as fresh as a verification ([`Freshness`](crate::Freshness)), and a cached credential needs no database query.
    /// A recheck records no use, and [`Stats`](crate::operate::Stats) does not count it as an attempt.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let issued = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?;
    /// # let token = issued.secret.expose();
    /// let proof = keyward.verify(&Attempt::app(token)).await?;
    ///
    /// // In the loop of a stream, before each message or every few seconds.
    /// keyward.recheck(&proof).await?;
    ///
    /// manager.suspend(proof.credential()).await?;
    /// match keyward.recheck(&proof).await {
    ///     Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Suspended),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotVerified::Denied`] if the proof is no longer valid: end the stream. [`NotVerified::Unavailable`] if Keyward cannot
    /// decide: the store does not answer and the cache is older than the bound, or a required record is corrupt.
    pub async fn recheck<K: AcceptedKind>(
        &self,
        proof: &Verified<K>,
    ) -> Result<Verified<K>, NotVerified> {
        self.0.verifier.recheck(proof).await
    }

    /// Returns the credential and the secret that a leaked key belongs to, or `None` if it matches no stored secret.
    ///
    /// `found` is only the key text: the token of an App key, or the API key of a Track set. The credential can be suspended,
    /// expired or deprecated. No use is recorded.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the store does not answer, or if Keyward cannot decide for another
    /// [reason](crate::UnavailableReason), such as an unknown master key or a kind that is not registered.
    pub async fn trace(
        &self,
        operator: &Operator,
        found: &str,
    ) -> Result<Option<TracedKey>, Unavailable> {
        self.0.verifier.trace(operator, found).await
    }

    /// Returns the credential and the secret of the first key in a found text, such as a line of a log or a file of settings. The text can
    /// also be the key itself, as for [`trace`](Self::trace). Reads at most the first 20 words of the text that have the form of a key of
    /// Keyward. A key of another system is found only if it is the whole text.
    ///
    /// # Errors
    ///
    /// The errors of [`trace`](Self::trace). A kind that is not registered is an error only if no other key is found.
    pub async fn trace_in_text(
        &self,
        operator: &Operator,
        found: &str,
    ) -> Result<Option<TracedKey>, Unavailable> {
        let mut unregistered = None;
        for key in candidates(found) {
            match self.trace(operator, key).await {
                Ok(None) => {}
                Ok(Some(traced)) => return Ok(Some(traced)),
                Err(error) if error.reason() == UnavailableReason::UnregisteredKind => {
                    unregistered = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        unregistered.map_or(Ok(None), Err)
    }

    /// Returns the credential of the actor's account, and the secret, that a found text contains. Reads at most the first 20 words of
    /// the text that are keys. Returns `None` also for a key of another account, or outside the limits of the actor.
    #[cfg(feature = "page")]
    pub(crate) async fn trace_own(
        &self,
        actor: &Actor,
        found: &str,
    ) -> Result<Option<TracedKey>, ManageError> {
        self.manager(actor).must_manage().await?;
        let by = Operator::new(actor.by().id.clone());
        for key in candidates(found) {
            let traced = match self.trace(&by, key).await {
                Ok(Some(traced)) => traced,
                Ok(None) => continue,
                Err(error) if error.reason() == UnavailableReason::UnregisteredKind => continue,
                Err(error) => return Err(error.into()),
            };
            let is_own = traced.account == *actor.account()
                && actor.includes_workspace(&traced.workspace)
                && actor.includes_kind(traced.kind);
            if is_own {
                return Ok(Some(traced));
            }
        }
        Ok(None)
    }

    /// Returns `true` if a key was sent in the place that its kind prescribes.
    #[cfg(feature = "tower")]
    pub(crate) fn is_sent_at<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        place: KeyLocation,
    ) -> bool {
        self.0.verifier.is_sent_at(attempt, place)
    }

    /// Returns the management operations for `actor`. The service must have authenticated the actor.
    #[must_use]
    pub fn manager<'a>(&'a self, actor: &'a Actor) -> Manager<'a> {
        Manager::new(&self.0.manager, actor)
    }

    /// Returns the registered kinds in the order of their registration, for a page that offers them.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
    /// let kinds: Vec<_> = keyward.kinds().map(KindSpec::plural).collect();
    /// assert_eq!(kinds, ["Track sets", "App keys"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kinds(&self) -> impl Iterator<Item = &KindSpec> {
        self.0.kinds.specs()
    }

    /// Returns the declared integrations in the order of their declaration, for a page that offers them.
    pub fn integrations(&self) -> impl Iterator<Item = &IntegrationSpec> {
        self.0.manager.integrations.specs()
    }

    /// Returns the kind that integrations use if the customer names them, or `None` if customers cannot name any.
    #[cfg(feature = "page")]
    pub(crate) fn custom_integration_kind(&self) -> Option<KindWord> {
        self.0.manager.integrations.custom().map(KindSpec::word)
    }

    /// Returns how late a last-used time can be shown, without the pause of `maintain`.
    #[cfg(feature = "page")]
    pub(crate) fn last_used_delay(&self) -> Duration {
        self.0.last_used.delay()
    }

    /// Reads the clock.
    #[cfg(feature = "leaks")]
    pub(crate) fn reading(&self) -> ClockReading {
        self.0.clock.now()
    }

    /// Returns the time.
    #[cfg(feature = "page")]
    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now().wall
    }

    /// Draws an operation id for a form.
    #[cfg(feature = "page")]
    pub(crate) fn draw_operation(&self) -> Result<OperationId, RandomnessError> {
        OperationId::draw(&self.0.manager.randomness)
    }

    /// Returns the settings that every program over the same store must share. Write them to a file for the command `keyward`.
    ///
    /// ```
    /// # use keyward::{Brand, Keyward, MasterKey, MasterKeys, MemoryStore};
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("keyward.json");
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys).brand(Brand::new("acme")?).build()?;
    /// std::fs::write(&file, serde_json::to_vec_pretty(keyward.settings())?)?;
    /// # assert!(std::fs::read_to_string(file)?.contains(r#""brand": "acme""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn settings(&self) -> &ServiceSettings {
        &self.0.settings
    }

    /// Returns the counters and gauges of this handle.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }
}

/// Returns what of a found text can be a key: the whole text, and the first words that have the form of one.
fn candidates(found: &str) -> impl Iterator<Item = &str> {
    std::iter::once(found.trim()).chain(keys_in(found).take(20))
}

impl fmt::Debug for Keyward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyward")
            .field("brand", &self.0.brand)
            .field("keys", &self.0.keys)
            .field("limits", &self.0.manager.limits)
            .finish_non_exhaustive()
    }
}
