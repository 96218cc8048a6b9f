//! Whether a presented secret is one of a credential's, by the keyed digests.

use crate::domain::credential::CredentialRecord;
use crate::secrets::{KeyedDigest, MasterKey, MasterKeyId, MasterKeyState, MasterKeys, Matches};
use crate::values::{GenerationNumber, KeyText, Timestamp};

use super::views::{CredentialView, GenerationView};

/// The witness that a presented secret is one of the credential's. Only this file makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matched {
    generation: GenerationNumber,
    place: Place,
    stamp: Stamp,
}

/// Which of the two secrets that a credential can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Current,
    Previous,
}

/// Under which key the digest was that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    UpToDate,
    Old,
}

impl Matched {
    /// Which secret it was.
    pub(crate) const fn generation(self) -> GenerationNumber {
        self.generation
    }

    /// Whether it is the secret before the current one.
    pub(super) const fn is_previous(self) -> bool {
        matches!(self.place, Place::Previous)
    }

    /// When the secret ends, where it is the previous one of this credential.
    pub(super) fn until(self, view: &CredentialView) -> Option<Timestamp> {
        let previous = view.previous.as_ref().filter(|_| self.is_previous())?;
        Some(previous.until)
    }

    /// Whether a digest under the current master key should take the place of the one that matched.
    pub(crate) const fn wants_new_stamp(self) -> bool {
        matches!(self.stamp, Stamp::Old)
    }
}

/// What the digests say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SecretCheck {
    /// It is this secret.
    Matched(Matched),
    /// It is none of the credential's.
    Wrong,
    /// The digests cannot tell.
    Undecided(Doubt),
}

/// Why the digests cannot tell: some stand under keys that are declared lost, or that this node has never
/// heard of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The secrets to be asked by their slow hashes.
    pub(crate) lost: Vec<GenerationNumber>,
    /// A key that this node does not know.
    pub(crate) unknown: Option<MasterKeyId>,
}

/// Compares a presented secret with a credential's digests, in constant time.
#[inline]
pub(crate) fn check_secret(
    keys: &MasterKeys,
    view: &CredentialView,
    presented: &KeyText<'_>,
) -> SecretCheck {
    let mut lost = Vec::new();
    let mut unknown = None;
    let previous = view.previous.as_ref().map(|previous| (&previous.generation, Place::Previous));
    // Both secrets are mostly under one key, and then one computation serves both.
    let mut computed: Option<(MasterKeyId, [u8; 32])> = None;
    for (generation, place) in std::iter::once((&view.current, Place::Current)).chain(previous) {
        let GenerationView { number, digest, brand } = generation;
        // The digest says so too, but not where its master key is lost.
        if *brand != presented.prefix.brand {
            continue;
        }
        let (key, stamp) = match keys.find(digest.key()) {
            MasterKeyState::Current(key) | MasterKeyState::Newer(key) => (key, Stamp::UpToDate),
            MasterKeyState::Older(key) => (key, Stamp::Old),
            MasterKeyState::Lost => {
                lost.push(*number);
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
            return SecretCheck::Matched(Matched { generation: *number, place, stamp });
        }
    }
    if lost.is_empty() && unknown.is_none() {
        SecretCheck::Wrong
    } else {
        SecretCheck::Undecided(Doubt { lost, unknown })
    }
}

fn compute(key: &MasterKey, presented: &KeyText<'_>) -> [u8; 32] {
    KeyedDigest::compute(key, presented)
}

/// The witness for a secret that its slow hash recognised, where the credential still has it.
pub(crate) fn matched_slowly(
    record: &CredentialRecord,
    generation: GenerationNumber,
    verdict: Matches,
) -> Option<Matched> {
    match verdict {
        Matches::Yes => {}
        Matches::No => return None,
    }
    let place = if record.current.number == generation {
        Place::Current
    } else {
        record.previous.as_ref().filter(|previous| previous.generation.number == generation)?;
        Place::Previous
    };
    Some(Matched { generation, place, stamp: Stamp::Old })
}

/// The witness for a secret that was matched before, where the credential still has it. `earlier` is what was known of
/// the credential then.
///
/// After a restored backup the numbers of secrets come again. So a secret with the same number must also have been made
/// at the same time, and have the same digest, unless it was re-digested under another master key.
pub(crate) fn still_matched(
    matched: Matched,
    earlier: &CredentialView,
    now: &CredentialView,
) -> Option<Matched> {
    let known = find(earlier, matched.generation)?;
    let stored = find(now, matched.generation)?;
    let (known_digest, digest) = (&known.view.digest, &stored.view.digest);
    let is_same = known.created == stored.created
        && (known_digest == digest || known_digest.key() != digest.key());
    is_same.then_some(Matched { place: stored.place, ..matched })
}

/// One secret of a credential.
struct Found<'v> {
    view: &'v GenerationView,
    created: Timestamp,
    place: Place,
}

fn find(view: &CredentialView, number: GenerationNumber) -> Option<Found<'_>> {
    if view.current.number == number {
        let created = view.replaced;
        return Some(Found { view: &view.current, created, place: Place::Current });
    }
    let previous = view.previous.as_ref().filter(|found| found.generation.number == number)?;
    let (view, created) = (&previous.generation, previous.created);
    Some(Found { view, created, place: Place::Previous })
}
