//! The error of a configuration that cannot be used.

use crate::domain::VocabularyError;
use crate::kinds::{IntegrationsError, KindsError};
use crate::secrets::{MasterKeysError, RecordEpochsError};
use crate::values::Brand;

use crate::shell::imports::ImportsError;

/// The error of [`Builder::build`](super::Builder::build). The configuration is wrong, so a retry does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The master keys contradict each other.
    #[error(transparent)]
    MasterKeys(#[from] MasterKeysError),
    /// The kinds contradict each other.
    #[error(transparent)]
    Kinds(#[from] KindsError),
    /// The integrations contradict each other or the kinds.
    #[error(transparent)]
    Integrations(#[from] IntegrationsError),
    /// The formats of imported keys cannot be used.
    #[error(transparent)]
    Imports(#[from] ImportsError),
    /// A brand is the word that stands for the brand of imported keys.
    #[error("the brand `{0}` is reserved for imported keys: choose another word")]
    ReservedBrand(Brand),
    /// A brand is given twice.
    #[error("the brand `{0}` is given twice: give it once, as the brand or as an older one")]
    BrandTwice(Brand),
    /// The record epochs contradict each other.
    #[error(transparent)]
    RecordEpochs(#[from] RecordEpochsError),
    /// The vocabulary of scopes has too many names, or one that cannot be used.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
}
