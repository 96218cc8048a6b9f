//! Verification: the shell around the policy.

mod attempt;
mod imported;
mod recheck;
mod slow_check;
mod step;
mod trace;

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::policy::{CredentialView, DecisionContext, Matched, decide};
use crate::domain::{CredentialRecord, Denial, DenialReason, Operator, Verified};
#[cfg(feature = "tower")]
use crate::kinds::KeyLocation;
use crate::kinds::{AcceptedKind, Kinds};
use crate::store::CorruptRecord;
use crate::values::{Clock, ClockReading, MalformedKey, Prefixes, parse};

use super::errors::{NotVerified, Unavailable, UnavailableReason};
use super::failure_log::FailureLog;
use super::imports::Imports;
use super::knowledge::Entry;
use super::last_used::{Claimant, Overdue};
use super::renewing::Renewer;

use self::step::{Circumstances, Have, ReadAttempt, Step, Wait};

pub(super) use self::slow_check::SlowChecker;
pub(super) use self::step::Stepper;

pub use self::attempt::Attempt;
pub use self::trace::TracedKey;

/// Verifies attempts in steps. Between two steps, it fetches data that is not cached.
#[derive(Debug)]
pub(crate) struct Verifier {
    /// The accepted prefixes of keys.
    pub(crate) prefixes: Prefixes,
    pub(super) kinds: Arc<Kinds>,
    pub(super) imports: Arc<Imports>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stepper: Stepper,
    pub(super) slow_checker: SlowChecker,
    pub(super) renewer: Arc<Renewer>,
    pub(super) failure_log: Arc<FailureLog>,
}

impl Verifier {
    /// Verifies an attempt, and records the use if it succeeds.
    pub(super) async fn verify<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
    ) -> Result<Verified<K>, NotVerified> {
        // First, because refusing a text that is not a key must cost almost nothing.
        let presented = match attempt.read(&self.prefixes) {
            Ok(presented) => presented,
            Err(not_verified) if self.may_be_imported(attempt, &not_verified) => {
                return self.verify_imported(attempt).await;
            }
            Err(not_verified) => {
                let not_verified = match K::SPEC {
                    Some(spec) if self.kinds.get(spec.word()).is_none() => {
                        Unavailable::new(UnavailableReason::UnregisteredKind).into()
                    }
                    _ => not_verified,
                };
                self.count(&not_verified, attempt.address());
                return Err(not_verified);
            }
        };
        let begun = self.clock.now();
        let circumstances = Circumstances::of(attempt, &begun);
        let asked = ReadAttempt { presented, circumstances };
        let outcome = match self.stepper.step(&asked, &begun, &Have::default()) {
            Step::Done(outcome) => outcome,
            // Boxed: this future is rare and large.
            first => Box::pin(self.verify_waiting(&asked, None, first)).await,
        };
        match self.conclude(attempt, &begun, &outcome) {
            Overdue::No => outcome,
            Overdue::Yes => Box::pin(self.flush_before(outcome)).await,
        }
    }

    /// Counts a failed attempt. Returns whether the caller must write the pending uses.
    fn conclude<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        begun: &ClockReading,
        outcome: &Result<Verified<K>, NotVerified>,
    ) -> Overdue {
        if let Err(not_verified) = outcome {
            self.count(not_verified, attempt.address());
        }
        self.stepper.last_used.claim_overdue(begun.monotonic, Claimant::Request)
    }

    /// Checks whether an earlier proof is still valid.
    pub(super) async fn recheck<K: AcceptedKind>(
        &self,
        proof: &Verified<K>,
    ) -> Result<Verified<K>, NotVerified> {
        let outcome = recheck::recheck(proof, &self.stepper.knowledge, &*self.clock).await;
        match &outcome {
            Ok(_) => {}
            Err(NotVerified::Denied(denial)) => tracing::debug!(
                reason = %denial.reason(),
                credential = %proof.credential(),
                account = %proof.account(),
                workspace = %proof.workspace(),
                "recheck denied"
            ),
            Err(NotVerified::Unavailable(unavailable)) => {
                let now = self.clock.now().monotonic;
                self.failure_log.unavailable("recheck unavailable", unavailable, now);
            }
        }
        outcome
    }

    /// Finds the credential and the secret of a leaked key.
    pub(super) async fn trace(
        &self,
        operator: &Operator,
        found: &str,
    ) -> Result<Option<TracedKey>, Unavailable> {
        let now = self.clock.now();
        let text = found.trim();
        let found = match parse(&self.prefixes, text.as_bytes()) {
            Ok(found) => found,
            Err(MalformedKey::Shape) => return self.trace_imported(operator, text, &now).await,
            Err(MalformedKey::Unregistered) => {
                return Err(Unavailable::new(UnavailableReason::UnregisteredKind));
            }
            Err(MalformedKey::Checksum) => return Ok(None),
        };
        trace::trace(found, None, operator, &self.stepper.keys, &self.slow_checker, &now).await
    }

    /// Returns `true` if a key was sent in the place that its kind prescribes. Only attempts of any kind are checked, because the
    /// header of a single kind is only read in its place.
    #[cfg(feature = "tower")]
    pub(super) fn is_sent_at<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        place: KeyLocation,
    ) -> bool {
        if K::SPEC.is_some() {
            return true;
        }
        match attempt.read(&self.prefixes) {
            Ok(presented) => {
                let spec = self.kinds.get(presented.prefix.kind);
                spec.is_some_and(|spec| spec.presented().is_same_place_as(place))
            }
            Err(not_verified) if self.may_be_imported(attempt, &not_verified) => {
                let mut formats = self.imports.fitting(attempt.single_text().unwrap_or_default());
                formats.any(|declared| {
                    let spec = self.kinds.get(declared.kind);
                    spec.is_some_and(|spec| spec.presented().is_same_place_as(place))
                })
            }
            Err(_) => true,
        }
    }

    /// Fetches the data that an attempt needs, one item at a time, until it is decided. `salted` is the part of an imported key that the
    /// other system hashed with a salt.
    async fn verify_waiting<K: AcceptedKind>(
        &self,
        asked: &ReadAttempt<'_>,
        salted: Option<&str>,
        first: Step<K>,
    ) -> Result<Verified<K>, NotVerified> {
        let mut have = Have::default();
        let mut step = first;
        loop {
            match step {
                Step::Done(outcome) => return outcome,
                Step::Passed(verified) => {
                    self.stepper.stats.count_verified();
                    self.renewer.renew_used(&asked.presented, verified.generation(), None).await;
                    self.stepper.knowledge.forget(verified.credential());
                    return Ok(verified);
                }
                // Data that was fetched before the poll may have changed.
                Step::Needs(Wait::Poll) => {
                    have = Have::after(self.stepper.knowledge.poll_or_tolerate().await?);
                }
                Step::Needs(Wait::Credential(id)) => {
                    let entry = self.stepper.knowledge.load(id).await?;
                    have.entry = Some(entry.ok_or(Denial::new(DenialReason::Unknown))?);
                    // It was fetched for the owner of the earlier entry.
                    have.account = None;
                }
                Step::Needs(Wait::States(entry)) => {
                    let unknown = have.unknown_states(&entry);
                    if unknown.workspace {
                        have.workspace = Some(self.stepper.knowledge.load_workspace(&entry).await?);
                    }
                    if unknown.account {
                        let workspace = match &have.workspace {
                            Some(workspace) => Arc::clone(workspace),
                            None => self.stepper.knowledge.known_workspace(&entry).await?,
                        };
                        have.account =
                            Some(self.stepper.knowledge.known_account(&entry, &workspace).await?);
                    }
                    have.entry = Some(entry);
                }
                Step::Needs(Wait::SlowCheck { entry, doubt }) => {
                    let presented = &asked.presented;
                    let (record, matched) = self.slow_checker.check(asked, &doubt, salted).await?;
                    self.stepper.knowledge.forget(entry.view.facts.id);
                    let verified = self.decide_slowly(asked, &entry, &record, matched).await;
                    match &verified {
                        Ok(_) => self.stepper.stats.count_verified(),
                        // So that the next use of an imported key runs no slow hash.
                        Err(NotVerified::Denied(_)) if salted.is_some() => {}
                        Err(_) => return verified,
                    }
                    let number = matched.generation();
                    let checked = record.generation(number).map(|one| &one.slow_hash);
                    self.renewer.renew_used(presented, number, checked).await;
                    return verified;
                }
            }
            step = self.stepper.step(asked, &self.clock.now(), &have);
        }
    }

    /// Decides about a secret that a slow hash matched, with states that are read after the match.
    async fn decide_slowly<K: AcceptedKind>(
        &self,
        asked: &ReadAttempt<'_>,
        entry: &Entry,
        record: &CredentialRecord,
        matched: Matched,
    ) -> Result<Verified<K>, NotVerified> {
        let facts = &entry.view.facts;
        if (&record.workspace, record.workspace_incarnation, &record.account)
            != (&facts.workspace, entry.workspace_incarnation(), &facts.account)
        {
            return Err(Unavailable::from(CorruptRecord::new(
                "it was moved to another workspace or account during the check",
            ))
            .into());
        }
        let knowledge = &self.stepper.knowledge;
        let workspace = knowledge.load_workspace(entry).await?;
        let account = knowledge.load_account(entry, &workspace, record.owner_hash()).await?;
        let vocabulary = knowledge.vocabulary();
        let context = DecisionContext {
            workspace: &workspace,
            account,
            address: asked.circumstances.address,
            now: asked.circumstances.begun.wall,
            required: asked.circumstances.required,
        };
        let proof = decide(&Arc::new(CredentialView::with(record, vocabulary)), &context, matched)?;
        self.stepper.note(entry, &proof, asked.circumstances.begun);
        Ok(proof.into())
    }

    /// Writes the pending uses, then returns the outcome.
    async fn flush_before<T>(&self, outcome: T) -> T {
        self.stepper.last_used.flush_and_log().await;
        outcome
    }

    fn count(&self, not_verified: &NotVerified, address: Option<&IpAddr>) {
        match not_verified {
            NotVerified::Denied(denial) => self.count_denial(*denial, address),
            NotVerified::Unavailable(unavailable) => {
                self.stepper.stats.count_unavailable();
                let now = self.clock.now().monotonic;
                self.failure_log.unavailable("verification unavailable", unavailable, now);
            }
        }
    }

    fn count_denial(&self, denial: Denial, address: Option<&IpAddr>) {
        self.stepper.stats.count_denied(denial.reason());
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let id = denial.credential();
        let owner = id.and_then(|id| {
            self.stepper.knowledge.with_cached(id, |entry| {
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
