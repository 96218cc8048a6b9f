//! Rekeying: moving all records and secrets to the current master key and record epoch.

use serde::{Deserialize, Serialize};

use crate::domain::rules::{LostRecords, RecordRekey, rekey_record};
use crate::domain::{CredentialRecord, Sealed};
use crate::store::{AnyStore, CredentialStore, PageSize, RecordId, Refreshed, TagChange};

use super::errors::ManageError;
use super::keyward::Keyward;
use super::record_walk::{RecordCursor, Walked, walk};
use super::records::Records;
use super::renewing::{Renewed, Renewer};

/// The options of [`Keyward::rekey`].
#[derive(Debug, Clone, Default)]
pub struct Rekey {
    after: Option<RecordCursor>,
    size: PageSize,
    lost: LostRecords,
}

impl Rekey {
    /// Creates the options for the first page, with 100 records. Records under a lost master key are not changed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the position of the page, after an earlier page.
    #[must_use]
    pub fn after(self, cursor: RecordCursor) -> Self {
        Self { after: Some(cursor), ..self }
    }

    /// Sets the maximum number of records on the page.
    #[must_use]
    pub fn size(self, size: PageSize) -> Self {
        Self { size, ..self }
    }

    /// Allows the walk to accept records under a lost master key and to tag them again.
    ///
    /// Such a record cannot be checked: an attacker with write access to the database may have changed it, or created it and named
    /// the lost key. Review the stored records first. Each adopted record is counted, and logged with its id at level `WARN`.
    #[must_use]
    pub fn adopt_lost(self) -> Self {
        Self { lost: LostRecords::Adopt, ..self }
    }
}

/// The result of one page of [`Keyward::rekey`]. The first counts are records (accounts, workspaces and credentials), the last four
/// are secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RekeyPage {
    /// Position of the next page; `None` at the end.
    pub next: Option<RecordCursor>,
    /// Records that were moved from an older master key or record epoch to the current ones.
    pub retagged: u64,
    /// Records that were moved from a lost master key to the current one.
    pub adopted: u64,
    /// Records under a lost master key that were not changed. Review them, then use [`Rekey::adopt_lost`].
    pub lost: u64,
    /// Records that this node cannot check, because it does not accept their master key or record epoch, or because a newer release
    /// wrote them.
    pub unchecked: u64,
    /// Records with a concurrent change, which were not written. The next walk covers them.
    pub changed: u64,
    /// Corrupt records, and seals that cannot be opened.
    pub corrupt: u64,
    /// Secrets that were moved to the current master key.
    pub renewed: u64,
    /// Secrets that were already under the current or a newer master key.
    pub up_to_date: u64,
    /// Secrets of App keys under an older master key. They are re-digested at their next use.
    pub waiting_for_use: u64,
    /// Secrets under a lost or unknown master key. Argon2id verifies them at their next use if the key is declared lost. Add an
    /// unknown key to the node.
    pub without_key: u64,
}

impl Keyward {
    /// Moves one page of records and secrets to the current master key and record epoch.
    ///
    /// The walk covers all accounts, then all workspaces, then all credentials, and tags each record again whose tag is under an
    /// older key or epoch. The secret of a Track set is unsealed with the older key, re-digested and sealed again. Keyward does not
    /// store the secret of an App key, so it is re-digested at its next use.
    ///
    /// You can drop an older key when every node has the new key as its current one, and `waiting_for_use`, `without_key`, `lost`,
    /// `unchecked` and `changed` are zero on all pages of a walk. You can stop the walk and continue it at any page. Several nodes can
    /// walk at the same time.
    ///
    /// Events are never tagged again. When you drop their key, the history shows them as
    /// [unchecked](crate::history::HistoryEvent::is_checked), and a repeat of one of their operations is `Unavailable` until the
    /// event is pruned.
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
    ///     left += page.waiting_for_use + page.without_key;
    ///     left += page.lost + page.unchecked + page.changed;
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
    /// # Errors
    ///
    /// [`Unavailable`](ManageError::Unavailable) if the store does not answer, and [`Randomness`](ManageError::Randomness) if the
    /// randomness source fails. Records that were already written remain written.
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

/// A running rekey of one page.
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
            Walked::Newer => self.page.unchecked += 1,
        }
        Ok(())
    }

    /// Tags a record again if its tag is outdated, or if it is under a lost master key and may be adopted. Returns the stored record
    /// if this node accepts it.
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
                page.unchecked += 1;
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

    /// Moves the secrets of a credential to the current master key.
    async fn renew_all(&mut self, mut record: CredentialRecord) -> Result<(), ManageError> {
        let page = &mut self.page;
        let numbers: Vec<_> = record.generations().map(|one| one.number).collect();
        for number in numbers {
            match self.renewer.renew_sealed(&mut record, number).await? {
                Renewed::Done => page.renewed += 1,
                Renewed::UpToDate => page.up_to_date += 1,
                Renewed::WaitingForUse => page.waiting_for_use += 1,
                Renewed::WithoutKey => page.without_key += 1,
                Renewed::Corrupt => page.corrupt += 1,
                // The stored record has changed since it was read.
                Renewed::Changed => {
                    page.changed += 1;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
