//! Whether an attempt passes: the shell around the policy.

mod attempt;
mod outcome;
mod recheck;
mod restamp;
mod slow_check;
mod step;
mod trace;

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::{Denial, DenialReason, Verified};
use crate::kinds::AcceptedKind;
#[cfg(feature = "tower")]
use crate::kinds::KeyLocation;

use super::errors::{Unavailable, UnavailableReason};
use super::keyward::{Inner, Keyward};
use super::last_used::{Claimant, Overdue};

use self::step::{Asked, Have, Step, Wait};

pub use self::attempt::Attempt;
pub use self::outcome::NotVerified;
pub use self::trace::TracedKey;

impl Keyward {
    /// Whether an attempt passes, and with which credential.
    ///
    /// The kind is in the type: an [`Attempt<App>`](Attempt) gives a [`Verified<App>`](Verified). A use is
    /// noted, to be written later.
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
    /// [`NotVerified::Denied`] where it does not pass, [`NotVerified::Unavailable`] where nobody can tell now.
    /// A store that does not answer is never a denial, and never a proof.
    pub async fn verify<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
    ) -> Result<Verified<K>, NotVerified> {
        let inner = self.inner();
        // Before anything else is done for it: a text that is no key costs next to nothing.
        let presented = match attempt.read(&inner.prefixes) {
            Ok(presented) => presented,
            Err(not_verified) => {
                let not_verified = match K::SPEC {
                    Some(spec) if inner.kinds.get(spec.word()).is_none() => {
                        Unavailable::new(UnavailableReason::UnregisteredKind).into()
                    }
                    _ => not_verified,
                };
                inner.count(&not_verified, attempt.address());
                return Err(not_verified);
            }
        };
        let begun = inner.clock.now();
        let asked = Asked { presented, address: attempt.address(), begun: &begun };
        let outcome = match inner.step(&asked, &begun, &Have::default()) {
            Step::Done(outcome) => outcome,
            // What follows is rare and large: it goes to the heap, so that the rest is small.
            first => Box::pin(inner.verify_waiting(&asked, first)).await,
        };
        if let Err(not_verified) = &outcome {
            inner.count(not_verified, attempt.address());
        }
        match inner.last_used.claim_overdue(begun.monotonic, Claimant::Request) {
            Overdue::No => outcome,
            Overdue::Yes => Box::pin(inner.flush_before(outcome)).await,
        }
    }
}

impl Keyward {
    /// Whether a key was sent where keys of its kind are. One kind has one place, so it is asked of any kind alone.
    #[cfg(feature = "tower")]
    pub(crate) fn is_sent_at<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        place: KeyLocation,
    ) -> bool {
        if K::SPEC.is_some() {
            return true;
        }
        let inner = self.inner();
        match attempt.read(&inner.prefixes) {
            Ok(presented) => {
                let spec = inner.kinds.get(presented.prefix.kind);
                spec.is_some_and(|spec| spec.presented().is_same_place_as(place))
            }
            Err(_) => true,
        }
    }
}

impl Inner {
    /// Fetches what an attempt needs, one thing after another, until it is decided.
    async fn verify_waiting<K: AcceptedKind>(
        self: &Arc<Self>,
        asked: &Asked<'_>,
        first: Step<K>,
    ) -> Result<Verified<K>, NotVerified> {
        let mut have = Have::default();
        let mut step = first;
        loop {
            match step {
                Step::Done(outcome) => return outcome,
                Step::Passed(verified) => {
                    self.stats.count_verified();
                    self.restamp(&asked.presented, verified.generation()).await;
                    self.knowledge.forget(verified.credential());
                    return Ok(verified);
                }
                // What was looked up before may be what has changed.
                Step::Needs(Wait::Hear) => have = Have::after(self.hear().await?),
                Step::Needs(Wait::Credential(id)) => {
                    let entry = self.load(id).await?;
                    have.entry = Some(entry.ok_or(Denial::new(DenialReason::Unknown))?);
                }
                Step::Needs(Wait::States(entry)) => {
                    let unknown = have.unknown_states(&entry);
                    if unknown.workspace {
                        have.workspace = Some(self.load_workspace(&entry).await?);
                    }
                    if unknown.account {
                        let workspace = match &have.workspace {
                            Some(workspace) => Arc::clone(workspace),
                            None => self.known_workspace(&entry).await?,
                        };
                        have.account = Some(self.known_account(&entry, &workspace).await?);
                    }
                    have.entry = Some(entry);
                }
                Step::Needs(Wait::SlowCheck { entry, doubt }) => {
                    let presented = &asked.presented;
                    let (record, matched) = self.check_slowly(asked, &doubt).await?;
                    self.knowledge.forget(entry.view.facts.id);
                    let verified = self.decide_slowly(asked, &entry, &record, matched).await?;
                    self.stats.count_verified();
                    self.restamp(presented, matched.generation()).await;
                    return Ok(verified);
                }
            }
            step = self.step(asked, &self.clock.now(), &have);
        }
    }

    /// The outcome, once the uses that wait are written.
    async fn flush_before<T>(self: &Arc<Self>, outcome: T) -> T {
        self.flush_and_log().await;
        outcome
    }

    fn count(&self, not_verified: &NotVerified, address: Option<&IpAddr>) {
        match not_verified {
            NotVerified::Denied(denial) => self.count_denial(*denial, address),
            NotVerified::Unavailable(unavailable) => {
                self.stats.count_unavailable();
                let now = self.clock.now().monotonic;
                self.log_limit.unavailable("verification unavailable", unavailable, now);
            }
        }
    }

    fn count_denial(&self, denial: Denial, address: Option<&IpAddr>) {
        self.stats.count_denied(denial.reason());
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let id = denial.credential();
        let owner = id.and_then(|id| {
            self.with_cached(id, |entry| {
                let facts = &entry.view.facts;
                (facts.account.clone(), facts.workspace.clone())
            })
        });
        tracing::debug!(
            reason = %denial.reason(),
            address = address.map(tracing::field::display),
            credential = id.map(tracing::field::display),
            account = owner.as_ref().map(|(account, _)| tracing::field::display(account)),
            workspace = owner.as_ref().map(|(_, workspace)| tracing::field::display(workspace)),
            "attempt denied"
        );
    }
}
