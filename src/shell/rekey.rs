//! From one master key or record epoch to the next, for records and secrets that nobody uses.

use serde::{Deserialize, Serialize};

use crate::domain::rules::{LostRecords, RecordRekey, rekey_record};
use crate::domain::{CredentialRecord, Sealed};
use crate::store::{AnyStore, CredentialStore, PageSize, RecordId, Refreshed, TagChange};

use super::errors::ManageError;
use super::keyward::Keyward;
use super::record_walk::{RecordCursor, Walked, walk};
use super::records::Records;
use super::renewing::{Renewed, Renewer};

/// How [`Keyward::rekey`] walks through the store.
#[derive(Debug, Clone, Default)]
pub struct Rekey {
    after: Option<RecordCursor>,
    size: PageSize,
    lost: LostRecords,
}

impl Rekey {
    /// From the beginning, by pages of 100 records. Records under a lost master key are left alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where the page begins: after an earlier page.
    #[must_use]
    pub fn after(self, cursor: RecordCursor) -> Self {
        Self { after: Some(cursor), ..self }
    }

    /// Sets how many records a page has at most.
    #[must_use]
    pub fn size(self, size: PageSize) -> Self {
        Self { size, ..self }
    }

    /// Accepts records whose tags are under a master key that is declared lost, and tags them again.
    ///
    /// Nobody can check such a record: anyone who could write to the database can have changed it, or written it
    /// whole and named the lost key. So review what is stored first. Each adopted record is counted and logged with
    /// its id at level `WARN`.
    #[must_use]
    pub fn adopt_lost(self) -> Self {
        Self { lost: LostRecords::Adopt, ..self }
    }
}

/// What one page of [`Keyward::rekey`] came to. The first counts are of records (accounts, workspaces and
/// credentials), the last four of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RekeyPage {
    /// Where to go on; `None` at the end.
    pub next: Option<RecordCursor>,
    /// Records that were tagged under an older master key or record epoch, and are tagged under the current ones now.
    pub retagged: u64,
    /// Records that were tagged under a lost master key, and are tagged under the current one now.
    pub adopted: u64,
    /// Records under a lost master key that were left alone: review them, then use [`Rekey::adopt_lost`].
    pub lost: u64,
    /// Records that this node cannot check: it does not accept their master key or record epoch, or a newer release
    /// wrote them.
    pub unknown: u64,
    /// Records that were changed at the same time, so that nothing was written: the next walk looks at them.
    pub changed: u64,
    /// Corrupt records, and seals that do not open.
    pub corrupt: u64,
    /// Secrets that are under the current master key now.
    pub renewed: u64,
    /// Secrets that were under the current master key already, or are under a newer one.
    pub up_to_date: u64,
    /// Secrets of App keys under an older master key: digested again when they are next used.
    pub waiting_for_use: u64,
    /// Secrets under a master key that is lost or unknown: Argon2id decides when they are next used, or the key must
    /// be made known.
    pub out_of_reach: u64,
}

impl Keyward {
    /// Brings a page of the store under the current master key and record epoch, and says where to go on.
    ///
    /// The walk goes through all accounts, then all workspaces, then all credentials, and tags each again whose tag
    /// is under an older key or epoch. A Track set's secret is unsealed with the older key, digested and sealed
    /// again. Only its holder knows an App key's secret: it is digested again at its next use.
    ///
    /// An older key can be dropped when every node has the new key as its current one, and a whole walk
    /// leaves nothing: `waiting_for_use`, `out_of_reach`, `lost`, `unknown` and `changed` are zero on all pages. The walk
    /// can be stopped and started again anywhere; other nodes may do the same at the same time.
    ///
    /// Events are never tagged again. Once their key is dropped, the history shows them as
    /// [unchecked](crate::history::HistoryEvent::is_checked), and a repeat of one of their operations is `Unavailable` until the event is
    /// pruned.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let (store, old) = (MemoryStore::new(), MasterKey::generate()?);
    /// let keys = MasterKeys::new(MasterKey::generate()?).older([old]);
    /// let keyward = Keyward::builder(store, keys).build()?;
    /// let (mut rekey, mut left) = (Rekey::new(), 0);
    /// loop {
    ///     let page = keyward.rekey(&rekey).await?;
    ///     left += page.waiting_for_use + page.out_of_reach;
    ///     left += page.lost + page.unknown + page.changed;
    ///     match page.next {
    ///         Some(next) => rekey = rekey.after(next),
    ///         None => break,
    ///     }
    /// }
    /// assert_eq!(left, 0, "now the older key can be dropped");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// Fails if the store does not answer, or the randomness source fails. What was written stays.
    pub async fn rekey(&self, rekey: &Rekey) -> Result<RekeyPage, ManageError> {
        let inner = self.inner();
        let now = inner.clock.now().wall;
        let walked = walk(&inner.records, rekey.after.as_ref(), rekey.size, now).await?;
        let mut pass = RekeyPass {
            store: &inner.store,
            records: &inner.records,
            renewer: &inner.renewer,
            lost: rekey.lost,
            page: RekeyPage { next: walked.next, ..RekeyPage::default() },
        };
        for item in walked.items {
            pass.rekey(item).await?;
        }
        Ok(pass.page)
    }
}

/// One page of a rekey, as it is carried out.
struct RekeyPass<'a> {
    store: &'a AnyStore,
    records: &'a Records,
    renewer: &'a Renewer,
    lost: LostRecords,
    page: RekeyPage,
}

impl RekeyPass<'_> {
    async fn rekey(&mut self, item: Walked) -> Result<(), ManageError> {
        match item {
            Walked::Account(record) => {
                self.tag_again(RecordId::Account(record.id.clone()), record).await?;
            }
            Walked::Workspace(record) => {
                self.tag_again(RecordId::Workspace(record.id.clone()), record).await?;
            }
            Walked::Credential(record) => {
                let id = RecordId::Credential(record.id);
                if let Some(record) = self.tag_again(id, *record).await? {
                    self.renew_all(record).await?;
                }
            }
            Walked::Corrupt => self.page.corrupt += 1,
            Walked::Newer => self.page.unknown += 1,
        }
        Ok(())
    }

    /// Tags a record again where its tag is outdated, or under a lost master key that may be adopted. Returns the
    /// record as it is stored now, if this node accepts it.
    async fn tag_again<R: Sealed>(
        &mut self,
        id: RecordId,
        record: R,
    ) -> Result<Option<R>, ManageError> {
        let page = &mut self.page;
        let adopted = match rekey_record(self.records.check(&record), self.lost) {
            RecordRekey::Keep => return Ok(Some(record)),
            RecordRekey::Retag => None,
            RecordRekey::Adopt(key) => Some(key),
            RecordRekey::LeaveLost => {
                page.lost += 1;
                return Ok(None);
            }
            RecordRekey::LeaveUnknown => {
                page.unknown += 1;
                return Ok(None);
            }
            RecordRekey::LeaveCorrupt => {
                page.corrupt += 1;
                return Ok(None);
            }
        };
        let old = *record.tag();
        let record = self.records.seal(record);
        let tags = TagChange { old, new: *record.tag() };
        if self.store.retag(&id, &tags).await? == Refreshed::Outdated {
            page.changed += 1;
            return Ok(None);
        }
        match adopted {
            None => page.retagged += 1,
            Some(key) => {
                page.adopted += 1;
                let id = record.id_text();
                tracing::warn!(record = R::NOUN, id, master_key = %key, "adopted a record that was tagged under a lost master key");
            }
        }
        Ok(Some(record))
    }

    /// Brings the secrets of a credential under the current master key.
    async fn renew_all(&mut self, mut record: CredentialRecord) -> Result<(), ManageError> {
        let page = &mut self.page;
        let numbers: Vec<_> = record.generations().map(|one| one.number).collect();
        for number in numbers {
            match self.renewer.renew_sealed(&mut record, number).await? {
                Renewed::Done => page.renewed += 1,
                Renewed::UpToDate => page.up_to_date += 1,
                Renewed::WaitingForUse => page.waiting_for_use += 1,
                Renewed::OutOfReach => page.out_of_reach += 1,
                Renewed::Corrupt => page.corrupt += 1,
                // What was read is no longer stored.
                Renewed::Changed => {
                    page.changed += 1;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
