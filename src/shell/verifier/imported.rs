//! Verification of imported keys, whose texts Keyward did not make.

use crate::domain::{Denial, DenialReason, Operator, Verified};
use crate::kinds::{AcceptedKind, is_accepted};
use crate::shell::errors::{NotVerified, Unavailable};
use crate::shell::last_used::Overdue;
use crate::values::ClockReading;

use super::attempt::Attempt;
use super::step::{Circumstances, Have, ReadAttempt, Step};
use super::{TracedKey, Verifier, trace};

impl Verifier {
    /// Returns `true` if the presented text is not a key of this service, and fits a declared format.
    pub(super) fn may_be_imported<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        not_verified: &NotVerified,
    ) -> bool {
        let is_malformed = matches!(not_verified, NotVerified::Denied(denial)
            if denial.reason() == DenialReason::Malformed);
        // Asked first, because most services declare no format.
        let fits = || attempt.single_text().is_some_and(|text| self.imports.fits(text));
        // An attempt of an unregistered kind is unavailable, also if its text is malformed.
        let is_registered = || K::SPEC.is_none_or(|spec| self.kinds.get(spec.word()).is_some());
        is_malformed && fits() && is_registered()
    }

    /// Verifies a text that can be an imported key, and records the use if it succeeds.
    pub(super) async fn verify_imported<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
    ) -> Result<Verified<K>, NotVerified> {
        let begun = self.clock.now();
        let outcome = match self.decide_recognised(attempt, &begun) {
            Some(Step::Done(outcome)) => outcome,
            // Boxed: this future is rare and large.
            first => Box::pin(self.decide_imported(attempt, &begun, first)).await,
        };
        match self.conclude(attempt, &begun, &outcome) {
            Overdue::No => outcome,
            Overdue::Yes => Box::pin(self.flush_before(outcome)).await,
        }
    }

    /// Decides about a text that this process recognises, if everything that the decision needs is cached, or asks for a poll.
    fn decide_recognised<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        begun: &ClockReading,
    ) -> Option<Step<K>> {
        let outcome = self.imports.with_recognised(attempt.single_text()?, |known| {
            let circumstances = Circumstances::of(attempt, begun);
            is_accepted::<K>(known.kind)
                .then(|| self.stepper.step_recognised(known, circumstances))
                .flatten()
        });
        outcome.flatten()
    }

    /// Tries each format that the text fits, until one has a credential of its kind. Each format costs one read. `first` is the first step,
    /// if it is known.
    async fn decide_imported<K: AcceptedKind>(
        &self,
        attempt: &Attempt<'_, K>,
        begun: &ClockReading,
        mut first: Option<Step<K>>,
    ) -> Result<Verified<K>, NotVerified> {
        let text = attempt.single_text().unwrap_or_default();
        let mut denied = Denial::new(DenialReason::Malformed);
        for declared in self.imports.fitting(text) {
            if !is_accepted::<K>(declared.kind) {
                denied = Denial::new(DenialReason::WrongKind);
                continue;
            }
            let Some(hash) = declared.format.hash(text) else { continue };
            let found = self.imports.stand_in(&declared.format, &hash).await;
            let found = found.map_err(Unavailable::from)?;
            let secret = found.secret.expose();
            let Some(presented) = self.prefixes.imported(declared.kind, found.id, secret) else {
                continue;
            };
            let asked = ReadAttempt { presented, circumstances: Circumstances::of(attempt, begun) };
            let step = first.take();
            let step = step.unwrap_or_else(|| self.stepper.step(&asked, begun, &Have::default()));
            let outcome = match step {
                Step::Done(outcome) => outcome,
                first => {
                    let salted = declared.format.hashed_with_salt(text);
                    self.verify_waiting(&asked, salted, first).await
                }
            };
            match outcome {
                // Another format that the text fits can have the credential.
                Err(NotVerified::Denied(denial))
                    if matches!(
                        denial.reason(),
                        DenialReason::Unknown | DenialReason::WrongKind
                    ) =>
                {
                    denied = denial;
                }
                outcome => {
                    if outcome.is_ok() {
                        let digest = || self.stepper.matching_digest(&asked.presented);
                        self.imports.remember(text, declared.kind, found.id, digest);
                    }
                    return outcome;
                }
            }
        }
        Err(denied.into())
    }

    /// Finds the credential and the secret of a leaked key that was imported.
    pub(super) async fn trace_imported(
        &self,
        operator: &Operator,
        found: &str,
        now: &ClockReading,
    ) -> Result<Option<TracedKey>, Unavailable> {
        for declared in self.imports.fitting(found) {
            let Some(hash) = declared.format.hash(found) else { continue };
            let stand_in = self.imports.stand_in(&declared.format, &hash).await;
            let stand_in = stand_in.map_err(Unavailable::from)?;
            let secret = stand_in.secret.expose();
            let presented = self.prefixes.imported(declared.kind, stand_in.id, secret);
            let Some(presented) = presented else { continue };
            let salted = declared.format.hashed_with_salt(found);
            let (keys, checker) = (&self.stepper.keys, &self.slow_checker);
            let traced = trace::trace(presented, salted, operator, keys, checker, now).await?;
            if traced.is_some() {
                return Ok(traced);
            }
        }
        Ok(None)
    }
}
