//! One step of a verification, without waiting. If everything is cached, one step decides.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::policy::{
    AccountState, DecisionContext, Matched, Proof, SecretCheck, UndecidedDigests, ViewOwner,
    WorkspaceView, check_secret, decide, matched_again, matching_digest,
};
use crate::domain::{Denial, DenialReason, RequiredScope, Verified};
use crate::kinds::AcceptedKind;
use crate::secrets::{KeyedDigest, MasterKeys};
use crate::shell::errors::{NotVerified, Unavailable, UnavailableReason};
use crate::shell::hashing::Origin;
use crate::shell::imports::Recognised;
use crate::shell::knowledge::{Entry, Knowledge, UsableCache};
use crate::shell::last_used::LastUsed;
use crate::shell::stats::Counters;
use crate::values::{ClockReading, CredentialId, KeyText};

use super::attempt::Attempt;

/// A parsed attempt: a possible key, and the circumstances.
#[derive(Debug)]
pub(super) struct ReadAttempt<'a> {
    pub(super) presented: KeyText<'a>,
    pub(super) circumstances: Circumstances<'a>,
}

/// The address and the time of an attempt, and the scope that the route requires.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) address: Option<&'a IpAddr>,
    pub(super) required: Option<&'a RequiredScope>,
    pub(super) begun: &'a ClockReading,
}

impl<'a> Circumstances<'a> {
    /// Returns the circumstances of an attempt that begins now.
    #[inline]
    pub(super) const fn of<K: AcceptedKind>(
        attempt: &'a Attempt<'_, K>,
        begun: &'a ClockReading,
    ) -> Self {
        Self { address: attempt.address(), required: attempt.required(), begun }
    }

    /// Returns the origin. Attempts from the same origin share their failures.
    pub(super) fn origin(&self) -> Origin {
        Origin::of(self.address.copied())
    }
}

/// The data that was fetched for an attempt so far. All reads started after the attempt did.
#[derive(Debug, Default)]
pub(super) struct Have {
    usable: Option<UsableCache>,
    pub(super) entry: Option<Arc<Entry>>,
    pub(super) workspace: Option<Arc<WorkspaceView>>,
    /// The state for the owner of the credential that was fetched with it.
    pub(super) account: Option<AccountState>,
}

impl Have {
    /// Returns an empty set of data after a poll.
    pub(super) fn after(usable: UsableCache) -> Self {
        Self { usable: Some(usable), ..Self::default() }
    }

    /// Returns the states of the credential that must still be fetched.
    pub(super) fn unknown_states(&self, entry: &Entry) -> UnknownStates {
        let (workspace, account) = entry.states();
        UnknownStates {
            workspace: self.workspace.is_none() && workspace.is_none(),
            account: self.account.is_none() && account.is_none(),
        }
    }
}

/// The states of a credential that are neither fetched nor cached.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnknownStates {
    pub(super) workspace: bool,
    pub(super) account: bool,
}

/// The result of a step.
#[derive(Debug)]
pub(super) enum Step<K: AcceptedKind> {
    /// The attempt is decided.
    Done(Result<Verified<K>, NotVerified>),
    /// The attempt succeeds, and its secret must be re-digested under the current master key.
    Passed(Verified<K>),
    /// Data must be fetched first.
    Needs(Wait),
}

/// The data to fetch.
#[derive(Debug)]
pub(super) enum Wait {
    /// A poll of the change feed.
    Poll,
    /// A credential.
    Credential(CredentialId),
    /// The states of the workspace and the account.
    States(Arc<Entry>),
    /// A check by the slow hashes.
    SlowCheck { entry: Arc<Entry>, doubt: UndecidedDigests },
}

/// Runs steps of attempts.
#[derive(Debug)]
pub(in crate::shell) struct Stepper {
    pub(super) keys: Arc<MasterKeys>,
    pub(super) knowledge: Knowledge,
    pub(super) last_used: Arc<LastUsed>,
    pub(super) stats: Counters,
}

impl Stepper {
    pub(in crate::shell) const fn new(
        keys: Arc<MasterKeys>,
        knowledge: Knowledge,
        last_used: Arc<LastUsed>,
        stats: Counters,
    ) -> Self {
        Self { keys, knowledge, last_used, stats }
    }

    /// Runs one step of an attempt at the time `now`.
    #[inline]
    pub(super) fn step<K: AcceptedKind>(
        &self,
        asked: &ReadAttempt<'_>,
        now: &ClockReading,
        have: &Have,
    ) -> Step<K> {
        let Some(usable) = have.usable.or_else(|| self.knowledge.usable(now)) else {
            return Step::Needs(Wait::Poll);
        };
        let step = match &have.entry {
            Some(entry) => self.step_with(entry, asked, now, have),
            None => self.step_with_cached(asked, now, have),
        };
        self.settled(usable, step)
    }

    /// Decides and counts a step by what the cache can be relied on for.
    #[inline]
    fn settled<K: AcceptedKind>(&self, usable: UsableCache, step: Step<K>) -> Step<K> {
        let step = if usable.is_on_tolerance() { self.on_tolerance(step) } else { step };
        if let Step::Done(Ok(_)) = step {
            self.stats.count_verified();
        }
        step
    }

    /// Decides a step during an outage. The store may not answer, or may have been replaced, so nothing is fetched from it.
    fn on_tolerance<K: AcceptedKind>(&self, step: Step<K>) -> Step<K> {
        match step {
            Step::Done(Ok(verified)) | Step::Passed(verified) => {
                self.stats.count_tolerated();
                Step::Done(Ok(verified))
            }
            Step::Done(Err(not_verified)) => Step::Done(Err(not_verified)),
            Step::Needs(_) => Step::Done(Err(Unavailable::new(UnavailableReason::Store).into())),
        }
    }

    #[inline]
    fn step_with_cached<K: AcceptedKind>(
        &self,
        asked: &ReadAttempt<'_>,
        now: &ClockReading,
        have: &Have,
    ) -> Step<K> {
        let id = asked.presented.id;
        let step = self.knowledge.with_cached(id, |entry| {
            self.stats.count_hit();
            self.step_with(entry, asked, now, have)
        });
        step.unwrap_or_else(|| {
            self.stats.count_miss();
            Step::Needs(Wait::Credential(id))
        })
    }

    /// Decides an attempt with a recognised imported key, or asks for a poll. Returns `None` if something is not cached, or if the
    /// credential no longer has the secret in this form.
    #[inline]
    pub(super) fn step_recognised<K: AcceptedKind>(
        &self,
        known: &Recognised,
        circumstances: Circumstances<'_>,
    ) -> Option<Step<K>> {
        // The caller must poll: in an outage, only one attempt at a time is asked to.
        let Some(usable) = self.knowledge.usable(circumstances.begun) else {
            return Some(Step::Needs(Wait::Poll));
        };
        let step = self.knowledge.with_cached(known.id, |entry| {
            if entry.view.kind != known.kind {
                return None;
            }
            let matched = matched_again(&entry.view, &known.digest)?;
            Some(self.step_matched(entry, matched, circumstances, &Have::default()))
        });
        let step = self.settled(usable, step.flatten()?);
        matches!(step, Step::Done(_)).then(|| {
            self.stats.count_hit();
            step
        })
    }

    #[inline]
    fn step_with<K: AcceptedKind>(
        &self,
        entry: &Arc<Entry>,
        asked: &ReadAttempt<'_>,
        now: &ClockReading,
        have: &Have,
    ) -> Step<K> {
        let ReadAttempt { presented, circumstances } = asked;
        let denied = |reason| Step::Done(Err(Denial::of(reason, presented.id).into()));
        if entry.view.kind != presented.prefix.kind {
            return denied(DenialReason::WrongKind);
        }
        let matched = match check_secret(&self.keys, &entry.view, presented) {
            SecretCheck::Matched(matched) => matched,
            SecretCheck::Wrong if have.entry.is_none() && entry.may_look_again(now.monotonic) => {
                return Step::Needs(Wait::Credential(presented.id));
            }
            SecretCheck::Wrong => return denied(DenialReason::WrongSecret),
            SecretCheck::Undecided(doubt) if have.entry.is_some() => {
                return Step::Needs(Wait::SlowCheck { entry: Arc::clone(entry), doubt });
            }
            // The gate is checked before any query to the store.
            SecretCheck::Undecided(doubt)
                if !doubt.slowly.is_empty() && !entry.may_look_again(now.monotonic) =>
            {
                return Step::Needs(Wait::SlowCheck { entry: Arc::clone(entry), doubt });
            }
            // Another node may have re-digested the secret. That writes no event, so the cache can be outdated.
            SecretCheck::Undecided(_) => {
                self.knowledge.forget(presented.id);
                return Step::Needs(Wait::Credential(presented.id));
            }
        };
        self.step_matched(entry, matched, *circumstances, have)
    }

    /// Decides an attempt whose secret matched.
    #[inline]
    fn step_matched<K: AcceptedKind>(
        &self,
        entry: &Arc<Entry>,
        matched: Matched,
        circumstances: Circumstances<'_>,
        have: &Have,
    ) -> Step<K> {
        let Circumstances { address, required, begun } = circumstances;
        let (known_workspace, known_account) = entry.states();
        let workspace = have.workspace.as_deref().or(known_workspace.as_deref());
        let account = have.account.or(known_account);
        let (Some(workspace), Some(account)) = (workspace, account) else {
            return Step::Needs(Wait::States(Arc::clone(entry)));
        };
        let context = DecisionContext { workspace, account, address, now: begun.wall, required };
        match decide(entry, &context, matched) {
            Err(denial) => Step::Done(Err(denial.into())),
            Ok(proof) => {
                self.note(proof.credential(), &proof, begun);
                if matched.needs_redigest() {
                    Step::Passed(proof.into())
                } else {
                    Step::Done(Ok(proof.into()))
                }
            }
        }
    }

    /// Returns the digest that a presented secret matches, if the credential is cached.
    pub(super) fn matching_digest(&self, presented: &KeyText<'_>) -> Option<KeyedDigest> {
        let matching =
            |entry: &Arc<Entry>| matching_digest(&self.keys, &entry.view, presented).cloned();
        self.knowledge.with_cached(presented.id, matching).flatten()
    }

    /// Records the use of a secret.
    pub(super) fn note<K: AcceptedKind, C: ViewOwner>(
        &self,
        entry: &Entry,
        proof: &Proof<K, C>,
        begun: &ClockReading,
    ) {
        let uses = &entry.uses;
        self.last_used.note_network(uses, proof.address(), begun.wall);
        self.last_used.note(uses, proof.generation(), begun.wall, || proof.is_ending());
    }
}
