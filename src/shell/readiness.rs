//! Whether store, rights and master keys fit: asked at start, and by a readiness probe.

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

/// How many records of each type are looked at.
const SAMPLE: u16 = 10;

/// What [`Keyward::check`] found.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "a check changes nothing: look at what it found"]
pub struct Readiness {
    /// What was found, each once. Empty if everything fits.
    pub findings: Vec<ReadinessFinding>,
    /// How many accounts, workspaces and credentials were looked at.
    pub sampled: u64,
}

/// One thing that does not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadinessFinding {
    /// The store failed. The error's kind says whether it passes by itself.
    #[error("the store failed: the source says why")]
    StoreFailed(#[source] StoreError),
    /// The store can be asked, and later calls would fail.
    #[error(transparent)]
    Store(StoreFinding),
    /// Something is under a master key that this node does not hold.
    #[error(
        "the master key {0} is not known to this node: give it to the node, or declare it lost"
    )]
    UnknownMasterKey(MasterKeyId),
    /// A record is tagged under a master key that is declared lost.
    #[error(
        "records are tagged under the lost master key {0}: review them, then rekey with `adopt_lost`"
    )]
    LostMasterKey(MasterKeyId),
    /// A record is of a record epoch that this node does not accept.
    #[error(
        "records are of the record epoch {0}, which this node does not accept: name it in the builder"
    )]
    OtherRecordEpoch(u32),
    /// A newer release wrote a record.
    #[error("a newer release wrote records: upgrade this node")]
    NewerRelease,
    /// A secret has a brand that this node does not have.
    #[error("keys have the brand {0}, which this node does not have: name it with `older_brands`")]
    UnknownBrand(Brand),
    /// A credential is of a kind that this node does not have.
    #[error(
        "credentials are of the kind {0}, which is not registered on this node: register it, or delete them"
    )]
    UnregisteredKind(KindWord),
    /// A record, named by its id, is corrupt.
    #[error("the record {0} is corrupt: restore it from a backup")]
    CorruptRecord(String),
}

/// In serde it is an object, for the answer of a readiness probe: [`is_ready`](Readiness::is_ready), `findings` and `sampled`.
/// It is not read back, since an error of a store is not.
impl Serialize for Readiness {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let mut fields = into.serialize_struct("Readiness", 3)?;
        fields.serialize_field("is_ready", &self.is_ready())?;
        fields.serialize_field("findings", &self.findings)?;
        fields.serialize_field("sampled", &self.sampled)?;
        fields.end()
    }
}

/// In serde it is an object: the [`code`](ReadinessFinding::code), and the sentence as `message`, without the error's sources.
impl Serialize for ReadinessFinding {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let mut fields = into.serialize_struct("Finding", 2)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.end()
    }
}

impl ReadinessFinding {
    /// One word for programs, such as `unknown_master_key`. It stays the same from release to release.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StoreFailed(_) => "store_failed",
            Self::Store(StoreFinding::ReadOnly) => "store_read_only",
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
    /// Returns `true` if this node can serve: nothing was found, or only corrupt records, and brands and kinds that this node
    /// does not have. For those, what they concern is refused, and everything else is served.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.findings.iter().all(|finding| match finding {
            ReadinessFinding::UnknownBrand(_)
            | ReadinessFinding::UnregisteredKind(_)
            | ReadinessFinding::CorruptRecord(_) => true,
            ReadinessFinding::StoreFailed(_)
            | ReadinessFinding::Store(_)
            | ReadinessFinding::UnknownMasterKey(_)
            | ReadinessFinding::LostMasterKey(_)
            | ReadinessFinding::OtherRecordEpoch(_)
            | ReadinessFinding::NewerRelease => false,
        })
    }

    /// Notes something once.
    fn note(&mut self, finding: ReadinessFinding) {
        let text = finding.to_string();
        if self.findings.iter().all(|noted| noted.to_string() != text) {
            self.findings.push(finding);
        }
    }
}

impl Keyward {
    /// Checks whether this node can work with its store: that the store answers, its schema is known and its rights suffice,
    /// and that a sample of records opens under this node's master keys, record epochs, brands and kinds.
    ///
    /// It writes nothing and logs nothing. Call it when the service starts, and log each finding; and from a readiness probe,
    /// with [`Readiness::is_ready`]. It takes a few reads, so a probe may ask every few seconds. The sample is the first 10
    /// accounts, workspaces and credentials: [`check_records`](Self::check_records) walks through all.
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

/// What a node is checked with.
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
            if self.prefixes.iter().all(|prefix| prefix.brand != generation.brand) {
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
