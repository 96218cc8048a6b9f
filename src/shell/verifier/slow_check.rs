//! Verification by slow hashes: by Argon2id, if the master key of the digest is declared lost, and by the hash of another system, if an
//! imported key has a salted one. It runs once for each generation, because the secret is then re-digested under the current key.

use std::sync::Arc;

use crate::domain::policy::{
    CredentialView, Matched, SecretCheck, UndecidedDigests, check_secret, matched_slowly,
};
use crate::domain::{CredentialRecord, Denial, DenialReason};
use crate::secrets::{MasterKeys, Matches, SecretText};
use crate::shell::errors::{NotVerified, Unavailable, UnavailableReason};
use crate::shell::hashing::{Hashing, SlowCheck, Verdict};
use crate::shell::knowledge::Knowledge;
use crate::shell::records::Records;
use crate::values::KeyText;

use zeroize::Zeroizing;

use super::step::ReadAttempt;

/// Checks presented secrets by their slow hashes.
#[derive(Debug)]
pub(in crate::shell) struct SlowChecker {
    keys: Arc<MasterKeys>,
    records: Arc<Records>,
    knowledge: Knowledge,
    hashing: Arc<Hashing>,
}

impl SlowChecker {
    pub(in crate::shell) const fn new(
        keys: Arc<MasterKeys>,
        records: Arc<Records>,
        knowledge: Knowledge,
        hashing: Arc<Hashing>,
    ) -> Self {
        Self { keys, records, knowledge, hashing }
    }

    /// Checks a secret by the slow hashes. Returns the record as stored afterwards. `salted` is the part of an imported key that the other
    /// system hashed with a salt.
    pub(super) async fn check(
        &self,
        asked: &ReadAttempt<'_>,
        doubt: &UndecidedDigests,
        salted: Option<&str>,
    ) -> Result<(CredentialRecord, Matched), NotVerified> {
        let ReadAttempt { presented, circumstances } = asked;
        if doubt.slowly.is_empty() {
            return Err(Unavailable::unknown_master_key(doubt.unknown).into());
        }
        let origin = circumstances.origin();
        // An attempt that must wait does not query the store.
        let pass = self.hashing.enter(presented.id, origin).await?;
        let record = self.find(presented).await?;
        let wrong = Denial::of(DenialReason::WrongSecret, record.id);
        // The attempt that this one waited for, or another node, may have re-digested the secret.
        let doubt = match check_secret(&self.keys, &CredentialView::of(&record), presented) {
            SecretCheck::Matched(matched) => {
                pass.right();
                return Ok((record, matched));
            }
            SecretCheck::Wrong => {
                // The cache is older. Invalidate it, so that the next attempt uses the new digest.
                self.knowledge.forget(record.id);
                return Err(wrong.into());
            }
            SecretCheck::Undecided(doubt) => doubt,
        };
        let slowly = record.generations().filter(|one| doubt.slowly.contains(&one.number));
        let check = SlowCheck {
            identity: presented.identity(),
            secret: SecretText::copy(presented.secret),
            salted: salted.map(|text| Zeroizing::new(text.into())),
            hashes: slowly.map(|one| (one.number, one.slow_hash.clone())).collect(),
        };
        let verdict = self.hashing.check(&record.account, origin, check, pass).await?;
        let generation = match verdict {
            Verdict::Matched(generation) => generation,
            Verdict::Wrong if doubt.unknown.is_some() => {
                return Err(Unavailable::unknown_master_key(doubt.unknown).into());
            }
            Verdict::Wrong => return Err(wrong.into()),
            Verdict::Failed => {
                return Err(Unavailable::new(UnavailableReason::HashingFailed).into());
            }
        };
        // The credential may have been rotated or deleted while the slow hash ran.
        let fresh = self.find(presented).await?;
        let slow_hash = |record: &CredentialRecord| {
            record.generation(generation).map(|generation| generation.slow_hash.clone())
        };
        let matched = (slow_hash(&fresh) == slow_hash(&record))
            .then(|| matched_slowly(&fresh, generation, Matches::Yes))
            .flatten()
            .ok_or(wrong)?;
        Ok((fresh, matched))
    }

    /// Reads the credential with the presented id from the store.
    pub(super) async fn find(
        &self,
        presented: &KeyText<'_>,
    ) -> Result<CredentialRecord, NotVerified> {
        let record = self.records.credential(presented.id).await.map_err(Unavailable::from)?;
        let record = record.ok_or(Denial::new(DenialReason::Unknown))?;
        record.check().map_err(Unavailable::from)?;
        if record.kind != presented.prefix.kind {
            return Err(Denial::of(DenialReason::WrongKind, record.id).into());
        }
        Ok(record)
    }
}
