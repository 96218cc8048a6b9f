//! From one master key to the next, for secrets that nobody presents.

use crate::domain::{CredentialRecord, GenerationRecord};
use crate::secrets::{KeyedDigest, Seal, SealedFor, Standing};
use crate::store::{
    CredentialCursor, CredentialQuery, CredentialStore, PageItem, PageSize, Refresh, Refreshed,
    Scope,
};
use crate::values::{CredentialId, NameKey};

use super::errors::{ManageError, Unavailable};
use super::keyward::{Inner, Keyward};

/// What one page of [`Keyward::rekey`] came to, counted in generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RekeyPage {
    /// Where to go on; `None` at the end.
    pub next: Option<CredentialId>,
    /// Under the current master key now: stamped and sealed anew.
    pub renewed: u64,
    /// Were under the current master key already, or are under a newer one.
    pub up_to_date: u64,
    /// App keys under an older master key: stamped anew when they are next used.
    pub waiting_for_use: u64,
    /// Under a master key that is declared lost or not known here: Argon2id decides when they are next
    /// used, or the key must be made known.
    pub out_of_reach: u64,
    /// Corrupt rows, and seals that do not open.
    pub corrupt: u64,
}

enum Outcome {
    Renewed,
    UpToDate,
    WaitingForUse,
    OutOfReach,
    Corrupt,
}

impl Keyward {
    /// Brings a page of the store under the current master key, and says where to go on.
    ///
    /// A Track set's secret is unsealed with the older key, stamped and sealed anew. An App key's secret is
    /// not known to anyone but its holder: it is stamped anew at its next use. An older key can be dropped
    /// when a whole walk finds nothing under it. The walk can be stopped and started again anywhere; other
    /// nodes may do the same at the same time.
    ///
    /// ```
    /// # use keyward::*;
    /// # pollster::block_on(async {
    /// # let (store, old) = (MemoryStore::new(), MasterKey::generate()?);
    /// let keys = MasterKeys::new(MasterKey::generate()?).older([old]);
    /// let keyward = Keyward::builder(store, keys).build()?;
    /// let (mut after, mut waiting) = (None, 0);
    /// loop {
    ///     let page = keyward.rekey(after, store::PageSize::MAX).await?;
    ///     waiting += page.waiting_for_use + page.out_of_reach;
    ///     match page.next {
    ///         Some(next) => after = Some(next),
    ///         None => break,
    ///     }
    /// }
    /// assert_eq!(waiting, 0, "now the older key can be dropped");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// Fails where the store does not answer, or the randomness source fails. What was renewed stays so.
    pub async fn rekey(
        &self,
        after: Option<CredentialId>,
        size: PageSize,
    ) -> Result<RekeyPage, ManageError> {
        let inner = self.inner();
        let after = after.map(|id| CredentialCursor { name: NameKey::of(""), id });
        let now = inner.clock.now().wall;
        let query = CredentialQuery { after, ..CredentialQuery::all(Scope::Store, now, size) };
        let page = inner.store.credentials(&query).await.map_err(Unavailable::from)?;
        let mut sum = RekeyPage { next: page.next.map(|cursor| cursor.id), ..RekeyPage::default() };
        for item in page.items {
            let record = match item {
                PageItem::Record(record) if record.check().is_ok() => record,
                PageItem::Record(_) | PageItem::Corrupt(_) => {
                    sum.corrupt += 1;
                    continue;
                }
            };
            for generation in record.generations() {
                match inner.renew(&record, generation).await? {
                    Outcome::Renewed => sum.renewed += 1,
                    Outcome::UpToDate => sum.up_to_date += 1,
                    Outcome::WaitingForUse => sum.waiting_for_use += 1,
                    Outcome::OutOfReach => sum.out_of_reach += 1,
                    Outcome::Corrupt => sum.corrupt += 1,
                }
            }
        }
        Ok(sum)
    }
}

impl Inner {
    async fn renew(
        &self,
        record: &CredentialRecord,
        generation: &GenerationRecord,
    ) -> Result<Outcome, ManageError> {
        let digest = self.keys.find(generation.digest.key());
        let Some(seal) = &generation.seal else {
            return Ok(match digest {
                Standing::Current(_) | Standing::Newer(_) => Outcome::UpToDate,
                Standing::Older(_) => Outcome::WaitingForUse,
                Standing::Lost | Standing::Unknown => Outcome::OutOfReach,
            });
        };
        let stale_digest = match digest {
            Standing::Current(_) | Standing::Newer(_) => false,
            Standing::Older(_) | Standing::Lost => true,
            // Perhaps a newer key than this node knows: to stamp over it would never end.
            Standing::Unknown => return Ok(Outcome::OutOfReach),
        };
        let key = match self.keys.find(seal.key()) {
            Standing::Current(_) | Standing::Newer(_) if !stale_digest => {
                return Ok(Outcome::UpToDate);
            }
            Standing::Current(key) | Standing::Newer(key) | Standing::Older(key) => key,
            Standing::Lost | Standing::Unknown => return Ok(Outcome::OutOfReach),
        };
        let place = SealedFor {
            workspace: &record.workspace,
            id: record.id,
            kind: record.kind,
            generation: generation.number,
        };
        let Ok(secret) = seal.unseal(key, &place) else { return Ok(Outcome::Corrupt) };
        if stale_digest {
            let old = generation.digest.clone();
            let current = self.keys.current();
            let new = KeyedDigest::stamp(current, record.kind, record.id, secret.expose());
            self.refresh(record, generation, Refresh::Digest { old, new }).await?;
        }
        if matches!(self.keys.find(seal.key()), Standing::Older(_)) {
            let new: Seal = self.seal(&record.workspace, record.id, generation.number, &secret)?;
            let old = seal.clone();
            self.refresh(record, generation, Refresh::Seal { old, new }).await?;
        }
        Ok(Outcome::Renewed)
    }

    /// Where another node was faster, or the credential was rotated or deleted, there is nothing to do.
    async fn refresh(
        &self,
        record: &CredentialRecord,
        generation: &GenerationRecord,
        refresh: Refresh,
    ) -> Result<Refreshed, Unavailable> {
        Ok(self.store.refresh(record.id, generation.number, &refresh).await?)
    }
}
