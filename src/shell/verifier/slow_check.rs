//! Where the digest's master key is declared lost, Argon2id decides: once per generation, since the
//! secret then gets a digest under the current key.

use std::sync::Arc;

use crate::domain::policy::{
    Case, CredentialView, Doubt, Matched, SecretCheck, check_secret, decide, matched_slowly,
};
use crate::domain::{CredentialRecord, Denial, DenialReason, Verified};
use crate::kinds::AcceptedKind;
use crate::secrets::{Matches, SecretText, SlowHash, SlowHashMemory};
use crate::shell::errors::{Unavailable, UnavailableReason};
use crate::shell::hashing::{Lane, Origin, Pass};
use crate::shell::keyward::Inner;
use crate::shell::knowledge::Entry;
use crate::store::CorruptRecord;
use crate::values::{GenerationNumber, Identity, KeyText};

use super::outcome::NotVerified;
use super::step::Asked;

/// One secret to be checked, as the thread gets it. The pass goes with it: the work goes on even where
/// the request that asked is gone.
struct Job {
    identity: Identity,
    secret: SecretText,
    hashes: Vec<(GenerationNumber, SlowHash)>,
    pass: Pass,
}

/// What Argon2id said.
enum Verdict {
    Matched(GenerationNumber),
    Wrong,
    Failed,
}

impl Inner {
    /// Asks the slow hashes, and answers the record as it is afterwards.
    pub(super) async fn check_slowly(
        &self,
        asked: &Asked<'_>,
        doubt: &Doubt,
    ) -> Result<(CredentialRecord, Matched), NotVerified> {
        let Asked { presented, .. } = asked;
        if doubt.lost.is_empty() {
            return Err(Unavailable::unknown_master_key(doubt.unknown).into());
        }
        let origin = asked.origin();
        // An attempt that must wait does not query the store.
        let pass = self.gate.enter(presented.id, origin).await;
        let pass = pass.ok_or_else(|| Unavailable::new(UnavailableReason::HashingBusy))?;
        let record = self.find(presented).await?;
        let wrong = Denial::of(DenialReason::WrongSecret, record.id);
        // The attempt that it waited for, or another node, may have given the secret a digest.
        let doubt = match check_secret(&self.keys, &CredentialView::of(&record), presented) {
            SecretCheck::Matched(matched) => {
                pass.right();
                return Ok((record, matched));
            }
            SecretCheck::Wrong => {
                // What is cached is older: the next attempt is decided by the new digest.
                self.knowledge.forget(record.id);
                return Err(wrong.into());
            }
            SecretCheck::Undecided(doubt) => doubt,
        };
        let verdict = self.run_slow_check(presented, &record, &doubt.lost, pass, origin).await?;
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
        // Argon2id took its time, and the credential may have been rotated or deleted meanwhile.
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

    /// Decides about a secret that a slow hash recognised, with states that are read after it did.
    pub(super) async fn decide_slowly<K: AcceptedKind>(
        &self,
        asked: &Asked<'_>,
        entry: &Entry,
        record: &CredentialRecord,
        matched: Matched,
    ) -> Result<Verified<K>, NotVerified> {
        let facts = &entry.view.facts;
        if (&record.workspace, record.workspace_incarnation, &record.account)
            != (&facts.workspace, entry.workspace_incarnation(), &facts.account)
        {
            return Err(Unavailable::from(CorruptRecord::new("it was moved meanwhile")).into());
        }
        let workspace = self.load_workspace(entry).await?;
        let case = Case {
            workspace: &workspace,
            account: &*self.load_account(entry, &workspace).await?,
            address: asked.address,
            now: asked.begun.wall,
        };
        let proof = decide(&Arc::new(CredentialView::of(record)), &case, matched)?;
        self.note(entry, &proof, asked.begun);
        Ok(proof.into())
    }

    /// The credential that the store has under a presented id, now.
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

    async fn run_slow_check(
        &self,
        presented: &KeyText<'_>,
        record: &CredentialRecord,
        lost: &[GenerationNumber],
        pass: Pass,
        origin: Origin,
    ) -> Result<Verdict, Unavailable> {
        let job = Job {
            identity: presented.identity(),
            secret: SecretText::copy(presented.secret),
            hashes: record
                .generations()
                .filter(|generation| lost.contains(&generation.number))
                .map(|generation| (generation.number, generation.slow_hash.clone()))
                .collect(),
            pass,
        };
        let stats = self.stats.clone();
        let run = move |memory: &mut _| job.run(memory, || stats.count_verify_run());
        Ok(self.pool.run_from(Lane::Verify, &record.account, origin, run).await?)
    }
}

impl Job {
    fn run(self, memory: &mut SlowHashMemory, count: impl Fn()) -> Verdict {
        for (generation, slow_hash) in &self.hashes {
            count();
            match slow_hash.verify(&self.identity, self.secret.expose(), memory) {
                Ok(Matches::Yes) => {
                    self.pass.right();
                    return Verdict::Matched(*generation);
                }
                Ok(Matches::No) => {}
                Err(error) => {
                    tracing::error!(%error, "Argon2id failed");
                    return Verdict::Failed;
                }
            }
        }
        self.pass.wrong();
        Verdict::Wrong
    }
}
