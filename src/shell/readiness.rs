//! The readiness check of a node: its store, privileges, master keys, epochs, brands and kinds.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::domain::{CredentialRecord, Sealed};
use crate::kinds::Kinds;
use crate::secrets::{MasterKeyId, MasterKeyState, MasterKeys, Seal, Unopened};
use crate::store::{
    AnyStore, CredentialCursor, CredentialQuery, CredentialStore, Page, PageItem, PageSize, Scope,
    StoreError, StoreFinding,
};
use crate::values::{Brand, KindWord, Prefixes, Timestamp};

use super::keyward::Keyward;
use super::records::Records;

/// Sample size for each type of record.
const SAMPLE: u16 = 10;

/// The result of [`Keyward::check`].
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "a check changes nothing: look at what it found"]
pub struct Readiness {
    /// The findings, without duplicates. Empty if there is no problem.
    pub findings: Vec<ReadinessFinding>,
    /// Number of checked accounts, workspaces and credentials.
    pub sampled: u64,
}

/// One problem.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadinessFinding {
    /// The store failed. The kind of the error decides whether a retry helps.
    #[error("the store failed: see the error source")]
    StoreFailed(#[source] StoreError),
    /// The store answers, but some calls would fail.
    #[error(transparent)]
    Store(StoreFinding),
    /// A record or a secret is under a master key that this node does not know.
    #[error(
        "this node does not know the master key {0}: add the key to the node, or declare it lost"
    )]
    UnknownMasterKey(MasterKeyId),
    /// A record is tagged under a master key that is declared lost.
    #[error(
        "records are tagged under the lost master key {0}: review them, then rekey with `adopt_lost`"
    )]
    LostMasterKey(MasterKeyId),
    /// A record has a record epoch that this node does not accept.
    #[error(
        "records have the record epoch {0}, which this node does not accept: name it in the builder"
    )]
    OtherRecordEpoch(u32),
    /// A newer release wrote a record.
    #[error("a newer release wrote records: upgrade this node")]
    NewerRelease,
    /// A secret has a brand that this node does not accept.
    #[error("keys have the brand {0}, which this node does not accept: add it with `older_brands`")]
    UnknownBrand(Brand),
    /// The kind of a credential is not registered on this node.
    #[error(
        "the kind {0} of stored credentials is not registered on this node: register it, or delete the credentials"
    )]
    UnregisteredKind(KindWord),
    /// The record with this id is corrupt.
    #[error("the record {0} is corrupt: restore it from a backup")]
    CorruptRecord(String),
}

/// Serializes as an object for the response of a readiness probe: [`is_ready`](Readiness::is_ready), `findings` and `sampled`. It
/// cannot be deserialized, because the error of a store cannot.
impl Serialize for Readiness {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let mut fields = into.serialize_struct("Readiness", 3)?;
        fields.serialize_field("is_ready", &self.is_ready())?;
        fields.serialize_field("findings", &self.findings)?;
        fields.serialize_field("sampled", &self.sampled)?;
        fields.end()
    }
}

/// Serializes as an object with the [`code`](ReadinessFinding::code) and the text as `message`, without the error sources.
impl Serialize for ReadinessFinding {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let mut fields = into.serialize_struct("Finding", 2)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

impl ReadinessFinding {
    /// Returns a stable word for programs, such as `unknown_master_key`. The words do not change between releases.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StoreFailed(_) => "store_failed",
            Self::Store(StoreFinding::ReadOnly) => "store_read_only",
            Self::Store(StoreFinding::NotSynchronous) => "store_not_synchronous",
            Self::Store(StoreFinding::MissingRight { .. }) => "store_missing_right",
            Self::UnknownMasterKey(_) => "unknown_master_key",
            Self::LostMasterKey(_) => "lost_master_key",
            Self::OtherRecordEpoch(_) => "other_record_epoch",
            Self::NewerRelease => "newer_release",
            Self::UnknownBrand(_) => "unknown_brand",
            Self::UnregisteredKind(_) => "unregistered_kind",
            Self::CorruptRecord(_) => "corrupt_record",
        }
    }
}

impl Readiness {
    /// Returns `true` if this node can serve requests. It can serve with corrupt records, unknown brands and unregistered kinds:
    /// only the affected keys are refused. It can also serve with asynchronous replication, which matters in a failover.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.findings.iter().all(|finding| match finding {
            ReadinessFinding::UnknownBrand(_)
            | ReadinessFinding::UnregisteredKind(_)
            | ReadinessFinding::Store(StoreFinding::NotSynchronous)
            | ReadinessFinding::CorruptRecord(_) => true,
            ReadinessFinding::StoreFailed(_)
            | ReadinessFinding::Store(_)
            | ReadinessFinding::UnknownMasterKey(_)
            | ReadinessFinding::LostMasterKey(_)
            | ReadinessFinding::OtherRecordEpoch(_)
            | ReadinessFinding::NewerRelease => false,
        })
    }

    /// Adds a finding, unless it is a duplicate.
    fn note(&mut self, finding: ReadinessFinding) {
        let text = finding.to_string();
        if self.findings.iter().all(|noted| noted.to_string() != text) {
            self.findings.push(finding);
        }
    }
}

impl Keyward {
    /// Checks whether this node can work with its store: the store answers, its schema is known, the privileges suffice, and a
    /// sample of records can be read with the master keys, record epochs, brands and kinds of this node.
    ///
    /// The check writes nothing and logs nothing. Call it when the service starts and log each finding. Call it also from a
    /// readiness probe, and answer with [`Readiness::is_ready`]. It takes a few reads, so a probe can run every few seconds. The
    /// sample is the first 10 accounts, workspaces and credentials. [`check_records`](Self::check_records) covers all records.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
    /// let readiness = keyward.check().await;
    /// assert!(readiness.is_ready(), "{:?}", readiness.findings);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn check(&self) -> Readiness {
        let inner = self.inner();
        let checkup = Checkup {
            store: &inner.store,
            records: &inner.records,
            keys: &inner.keys,
            kinds: &inner.kinds,
            prefixes: &inner.verifier.prefixes,
        };
        let mut readiness = Readiness::default();
        if let Err(error) = checkup.run(&mut readiness, inner.clock.now().wall).await {
            readiness.note(ReadinessFinding::StoreFailed(error));
        }
        readiness
    }
}

/// The parts that the check needs.
struct Checkup<'a> {
    store: &'a AnyStore,
    records: &'a Records,
    keys: &'a MasterKeys,
    kinds: &'a Kinds,
    prefixes: &'a Prefixes,
}

impl Checkup<'_> {
    async fn run(&self, readiness: &mut Readiness, now: Timestamp) -> Result<(), StoreError> {
        for finding in self.store.check().await? {
            readiness.note(ReadinessFinding::Store(finding));
        }
        let size = PageSize::new(SAMPLE).unwrap_or_default();
        let accounts = self.records.unchecked_accounts(None, size).await?;
        self.look_at(accounts, readiness, |_, _| {});
        let workspaces = self.records.unchecked_workspaces(None, size).await?;
        self.look_at(workspaces, readiness, |_, _| {});
        let query = CredentialQuery::all(Scope::Store, now, size);
        let credentials: Page<_, CredentialCursor> =
            self.records.unchecked_credentials(&query).await?;
        self.look_at(credentials, readiness, |record, readiness| {
            self.look_at_secrets(record, readiness);
        });
        Ok(())
    }

    fn look_at<R: Sealed, C>(
        &self,
        page: Page<R, C>,
        readiness: &mut Readiness,
        further: impl Fn(&R, &mut Readiness),
    ) {
        for item in page.items {
            readiness.sampled += 1;
            match item {
                PageItem::Newer { .. } => readiness.note(ReadinessFinding::NewerRelease),
                PageItem::Corrupt(row) => readiness.note(ReadinessFinding::CorruptRecord(row.id)),
                PageItem::Record(record) => match self.records.tag_says(&record) {
                    Ok(()) => further(&record, readiness),
                    Err(unopened) => readiness.note(match unopened {
                        Unopened::Corrupt => ReadinessFinding::CorruptRecord(record.id_text()),
                        Unopened::NewerEncoding => ReadinessFinding::NewerRelease,
                        Unopened::UnknownMasterKey(id) => ReadinessFinding::UnknownMasterKey(id),
                        Unopened::LostMasterKey(id) => ReadinessFinding::LostMasterKey(id),
                        Unopened::OtherEpoch(epoch) => ReadinessFinding::OtherRecordEpoch(epoch),
                    }),
                },
            }
        }
    }

    fn look_at_secrets(&self, record: &CredentialRecord, readiness: &mut Readiness) {
        if self.kinds.get(record.kind).is_none() {
            readiness.note(ReadinessFinding::UnregisteredKind(record.kind));
        }
        for generation in record.generations() {
            if !generation.is_imported()
                && self.prefixes.iter().all(|prefix| prefix.brand != generation.brand)
            {
                readiness.note(ReadinessFinding::UnknownBrand(generation.brand));
            }
            let keys = generation.seal.as_ref().map(Seal::key);
            for key in keys.into_iter().chain([generation.digest.key()]) {
                if matches!(self.keys.find(key), MasterKeyState::Unknown) {
                    readiness.note(ReadinessFinding::UnknownMasterKey(key));
                }
            }
        }
    }
}
