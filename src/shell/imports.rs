//! The declared formats of imported keys, and the search for what stands for a presented one.

mod recognised;

use std::sync::{Arc, OnceLock};

use crate::kinds::{KeyShape, Kinds};
use crate::secrets::{ForeignHash, ImportFormat, ImportKey, KeyedDigest, StandIn};
use crate::store::StoreError;
use crate::values::{CredentialId, KindWord};

use super::records::Records;

pub(super) use self::recognised::{Recognised, RecognisedKeys};

/// The error for declared formats that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportsError {
    /// Two formats have one name.
    #[error("two import formats have the same name: rename one of them")]
    NameTwice,
    /// The kind of a format is not registered.
    #[error("the kind {0} of an import format is not registered: register it")]
    UnregisteredKind(KindWord),
    /// Keys of the kind of a format are pairs, or can be revealed again.
    #[error(
        "keys of the kind {0} cannot be imported: import them into a kind of one token that is shown once"
    )]
    KindWithoutImports(KindWord),
}

/// A declared format, and the kind of the credentials with keys of this format.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredFormat {
    pub(crate) kind: KindWord,
    pub(crate) format: ImportFormat,
}

/// The declared formats.
#[derive(Debug)]
pub(crate) struct Imports {
    formats: Vec<DeclaredFormat>,
    records: Arc<Records>,
    key: OnceLock<ImportKey>,
    recognised: RecognisedKeys,
}

/// Checks declared formats.
pub(super) fn check(formats: &[DeclaredFormat], kinds: &Kinds) -> Result<(), ImportsError> {
    for (place, DeclaredFormat { kind, format }) in formats.iter().enumerate() {
        let mut earlier = formats.iter().take(place);
        if earlier.any(|other| other.format.name() == format.name()) {
            return Err(ImportsError::NameTwice);
        }
        let spec = kinds.get(*kind).ok_or(ImportsError::UnregisteredKind(*kind))?;
        if spec.shape() != KeyShape::Token || spec.is_shown_again() {
            return Err(ImportsError::KindWithoutImports(*kind));
        }
    }
    Ok(())
}

impl Imports {
    /// Creates the formats, after [`check`].
    pub(super) const fn new(
        formats: Vec<DeclaredFormat>,
        records: Arc<Records>,
        recognised: RecognisedKeys,
    ) -> Self {
        Self { formats, records, key: OnceLock::new(), recognised }
    }

    /// Returns the format with this name.
    pub(super) fn named(&self, name: &str) -> Option<&DeclaredFormat> {
        self.formats.iter().find(|declared| declared.format.name() == name)
    }

    /// Returns the names of the formats, in the order of their declaration.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.formats.iter().map(|declared| declared.format.name())
    }

    /// Returns the formats that a text fits, in the order of their declaration, without hashing the text.
    pub(super) fn fitting(&self, text: &str) -> impl Iterator<Item = &DeclaredFormat> {
        self.formats.iter().filter(move |declared| declared.format.fits(text))
    }

    /// Returns `true` if a text fits a format.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.fitting(text).next().is_some()
    }

    /// Calls `look` with the key that this text is, if it was [remembered](Self::remember).
    #[inline]
    pub(super) fn with_recognised<T>(
        &self,
        text: &str,
        look: impl FnOnce(&Recognised) -> T,
    ) -> Option<T> {
        self.recognised.with(text, look)
    }

    /// Remembers that the secret of a text matched the digest of this credential that `digest` finds. A text that fits several formats is
    /// not remembered, because a later import can give an earlier format precedence, and its digest is not searched either.
    pub(super) fn remember(
        &self,
        text: &str,
        kind: KindWord,
        id: CredentialId,
        digest: impl FnOnce() -> Option<KeyedDigest>,
    ) {
        if self.fitting(text).nth(1).is_none()
            && let Some(digest) = digest()
        {
            self.recognised.remember(text, kind, id, digest);
        }
    }

    /// Computes what stands for a key with this hash.
    pub(super) async fn stand_in(
        &self,
        format: &ImportFormat,
        hash: &ForeignHash,
    ) -> Result<StandIn, StoreError> {
        let key = if let Some(key) = self.key.get() {
            key
        } else {
            let read = self.records.id_key().await?;
            self.key.get_or_init(|| ImportKey::new(&read))
        };
        Ok(key.stand_in(format, hash))
    }
}
