//! The comparison of a presented secret with the keyed digests of a credential.

use crate::domain::credential::CredentialRecord;
use crate::secrets::{KeyedDigest, MasterKey, MasterKeyId, MasterKeyState, MasterKeys, Matches};
use crate::values::{GenerationNumber, KeyText, Timestamp};

use super::views::{CredentialView, GenerationView};

/// The witness that a presented secret is a secret of the credential. Only this file makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matched {
    generation: GenerationNumber,
    role: SecretRole,
    needs_redigest: bool,
}

/// The two secrets that a credential can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SecretRole {
    Current,
    Previous,
}

impl Matched {
    /// Returns the number of the secret.
    pub(crate) const fn generation(self) -> GenerationNumber {
        self.generation
    }

    /// Returns `true` if the secret is the previous one.
    pub(super) const fn is_previous(self) -> bool {
        matches!(self.role, SecretRole::Previous)
    }

    /// Returns when the secret ends, if it is the previous one of this credential.
    pub(super) fn until(self, view: &CredentialView) -> Option<Timestamp> {
        let previous = view.previous.as_ref().filter(|_| self.is_previous())?;
        Some(previous.until)
    }

    /// Returns `true` if the secret should be re-digested under the current master key.
    pub(crate) const fn needs_redigest(self) -> bool {
        self.needs_redigest
    }
}

/// The result of the comparison with the digests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SecretCheck {
    /// The secret is this one.
    Matched(Matched),
    /// The secret is not one of the credential's.
    Wrong,
    /// The digests do not decide.
    Undecided(UndecidedDigests),
}

/// Why the digests do not decide: some are under master keys that are declared lost, or that this node does not have, or are those of
/// salted hashes of another system, whose keys were not used yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UndecidedDigests {
    /// The secrets to compare by their slow hashes.
    pub(crate) slowly: Vec<GenerationNumber>,
    /// A master key that this node does not have.
    pub(crate) unknown: Option<MasterKeyId>,
}

/// Compares a presented secret with a credential's digests, in constant time.
#[inline]
pub(crate) fn check_secret(
    keys: &MasterKeys,
    view: &CredentialView,
    presented: &KeyText<'_>,
) -> SecretCheck {
    let mut slowly = Vec::new();
    let mut unknown = None;
    let previous =
        view.previous.as_ref().map(|previous| (&previous.generation, SecretRole::Previous));
    // Both secrets are usually under one master key. One computation then serves both.
    let mut computed: Option<(MasterKeyId, [u8; 32])> = None;
    for (generation, role) in std::iter::once((&view.current, SecretRole::Current)).chain(previous)
    {
        let GenerationView { number, digest, brand } = generation;
        // The digest covers the brand too, but cannot be checked if its master key is lost.
        if *brand != presented.prefix.brand {
            continue;
        }
        let (key, needs_redigest) = match keys.find(digest.key()) {
            MasterKeyState::Current(key) | MasterKeyState::Newer(key) => (key, false),
            MasterKeyState::Older(key) => (key, true),
            MasterKeyState::Lost => {
                slowly.push(*number);
                continue;
            }
            MasterKeyState::Unknown => {
                unknown = Some(digest.key());
                continue;
            }
        };
        let presented = match computed {
            Some((id, computed)) if id == digest.key() => computed,
            _ => compute(key, presented),
        };
        computed = Some((digest.key(), presented));
        if digest.matches(&presented) == Matches::Yes {
            return SecretCheck::Matched(Matched { generation: *number, role, needs_redigest });
        }
        if digest.awaits_first_use() {
            slowly.push(*number);
        }
    }
    if slowly.is_empty() && unknown.is_none() {
        SecretCheck::Wrong
    } else {
        SecretCheck::Undecided(UndecidedDigests { slowly, unknown })
    }
}

fn compute(key: &MasterKey, presented: &KeyText<'_>) -> [u8; 32] {
    KeyedDigest::compute(key, presented)
}

/// Returns the digest of a credential that a presented secret matches. Returns `None` if the secret should be re-digested.
pub(crate) fn matching_digest<'v>(
    keys: &MasterKeys,
    view: &'v CredentialView,
    presented: &KeyText<'_>,
) -> Option<&'v KeyedDigest> {
    match check_secret(keys, view, presented) {
        SecretCheck::Matched(Matched { generation, needs_redigest: false, .. }) => {
            find(view, generation).map(|found| &found.view.digest)
        }
        _ => None,
    }
}

/// Returns the witness for a secret of which [`matching_digest`] returned this digest earlier, if the credential still has it.
#[inline]
pub(crate) fn matched_again(view: &CredentialView, digest: &KeyedDigest) -> Option<Matched> {
    let previous = view.previous.as_ref().map(|previous| &previous.generation);
    let found = |role, generation: &GenerationView| {
        let generation = (generation.digest == *digest).then_some(generation.number)?;
        Some(Matched { generation, role, needs_redigest: false })
    };
    found(SecretRole::Current, &view.current).or_else(|| found(SecretRole::Previous, previous?))
}

/// Returns the witness for a secret that matched its slow hash, if the credential still has the secret.
pub(crate) fn matched_slowly(
    record: &CredentialRecord,
    generation: GenerationNumber,
    verdict: Matches,
) -> Option<Matched> {
    match verdict {
        Matches::Yes => {}
        Matches::No => return None,
    }
    let role = if record.current.number == generation {
        SecretRole::Current
    } else {
        record.previous.as_ref().filter(|previous| previous.generation.number == generation)?;
        SecretRole::Previous
    };
    Some(Matched { generation, role, needs_redigest: true })
}

/// Returns the witness for a secret that matched before, if the credential still has the secret. `earlier` is the view of
/// the credential at that time.
///
/// After a backup is restored, rotations assign the same numbers again. So a secret with the same number must also have the
/// same creation time, and the same digest unless it was re-digested: under another master key, or at the first use of an imported key.
pub(crate) fn still_matched(
    matched: Matched,
    earlier: &CredentialView,
    now: &CredentialView,
) -> Option<Matched> {
    let known = find(earlier, matched.generation)?;
    let stored = find(now, matched.generation)?;
    let (known_digest, digest) = (&known.view.digest, &stored.view.digest);
    let is_same = known.created == stored.created
        && (known_digest == digest
            || known_digest.key() != digest.key()
            || (known_digest.awaits_first_use() && !digest.awaits_first_use()));
    is_same.then_some(Matched { role: stored.role, ..matched })
}

/// One secret of a credential, with its creation time.
struct FoundSecret<'v> {
    view: &'v GenerationView,
    created: Timestamp,
    role: SecretRole,
}

fn find(view: &CredentialView, number: GenerationNumber) -> Option<FoundSecret<'_>> {
    if view.current.number == number {
        let created = view.replaced;
        return Some(FoundSecret { view: &view.current, created, role: SecretRole::Current });
    }
    let previous = view.previous.as_ref().filter(|found| found.generation.number == number)?;
    let (view, created) = (&previous.generation, previous.created);
    Some(FoundSecret { view, created, role: SecretRole::Previous })
}
