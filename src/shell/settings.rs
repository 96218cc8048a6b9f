//! The settings that every program over one store must share.

use serde::{Deserialize, Serialize};

use crate::domain::{Limits, Vocabulary};
use crate::kinds::{KindSpec, Kinds};
use crate::secrets::{ImportFormatSettings, MasterKeyId, MasterKeys, RecordEpochs};
use crate::values::{Brand, KindWord, Prefixes, ScopeName};

use super::imports::DeclaredFormat;

/// The settings of a service that every program over the same store must share. Returned by
/// [`Keyward::settings`](crate::Keyward::settings). It contains no secret.
///
/// A program with other settings can do harm: with another current master key, for example, it would tag records that the service
/// then cannot read. The command `keyward` therefore reads these settings from a file that the service wrote. Unknown fields are an
/// error, because a tool must not ignore a setting of a newer release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// The brand of new keys.
    pub brand: Brand,
    /// Other brands whose keys are accepted.
    pub older_brands: Vec<Brand>,
    /// The kinds, in the order of their registration.
    pub kinds: Vec<KindSettings>,
    /// The record epochs.
    pub record_epochs: RecordEpochSettings,
    /// The master keys.
    pub master_keys: MasterKeySettings,
    /// The names of the scopes, in the order of their declaration. Empty if the service declares none.
    pub scopes: Vec<ScopeName>,
    /// The maximum number of credentials of a workspace.
    pub credentials_per_workspace: u32,
    /// The formats of imported keys, in the order of their declaration.
    pub imports: Vec<ImportSettings>,
}

/// A format of imported keys that a service declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ImportSettings {
    /// The word of the kind of the credentials.
    pub kind: KindWord,
    /// The format, without its pepper or function.
    pub format: ImportFormatSettings,
}

/// The parts of a kind that decide how stored credentials are read and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KindSettings {
    /// The word of the kind.
    pub word: KindWord,
    /// The noun in messages.
    pub singular: String,
    /// The plural of the noun.
    pub plural: String,
    /// Name of the credential that is created with each workspace; `None` if the kind has no minimum.
    pub first: Option<String>,
}

/// The record epochs of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RecordEpochSettings {
    /// The epoch of new tags.
    pub current: u32,
    /// Epochs from before.
    pub older: Vec<u32>,
    /// Epochs that will be current later.
    pub newer: Vec<u32>,
}

/// The master keys of a service, by their public ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MasterKeySettings {
    /// The key that protects new values.
    pub current: MasterKeyId,
    /// Keys that were current before.
    pub older: Vec<MasterKeyId>,
    /// Keys that will be current later.
    pub newer: Vec<MasterKeyId>,
    /// Keys that are declared lost.
    pub lost: Vec<MasterKeyId>,
}

impl ServiceSettings {
    pub(super) fn of(
        prefixes: &Prefixes,
        kinds: &Kinds,
        epochs: &RecordEpochs,
        keys: &MasterKeys,
        vocabulary: &Vocabulary,
        limits: &Limits,
        imports: &[DeclaredFormat],
    ) -> Self {
        let mut brands = prefixes.brands().iter().copied();
        Self {
            brand: brands.next().unwrap_or_default(),
            older_brands: brands.collect(),
            kinds: kinds.specs().map(KindSettings::of).collect(),
            record_epochs: RecordEpochSettings {
                current: epochs.current(),
                older: epochs.older().to_vec(),
                newer: epochs.newer().to_vec(),
            },
            master_keys: MasterKeySettings {
                current: keys.current_id(),
                older: keys.older_ids(),
                newer: keys.newer_ids(),
                lost: keys.lost_ids().to_vec(),
            },
            scopes: vocabulary.scopes().map(|(name, _)| name.clone()).collect(),
            credentials_per_workspace: limits.credentials,
            imports: imports.iter().map(ImportSettings::of).collect(),
        }
    }
}

impl ImportSettings {
    fn of(declared: &DeclaredFormat) -> Self {
        let DeclaredFormat { kind, format } = declared;
        Self { kind: *kind, format: ImportFormatSettings::of(format) }
    }
}

impl KindSettings {
    fn of(spec: &KindSpec) -> Self {
        Self {
            word: spec.word(),
            singular: spec.singular().to_owned(),
            plural: spec.plural().to_owned(),
            first: spec.first().map(str::to_owned),
        }
    }
}
