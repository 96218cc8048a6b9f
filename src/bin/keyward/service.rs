//! Opening a service with the settings that it wrote.

use std::fs;
use std::path::Path;

use keyward::imports::ImportFormat;
use keyward::kind::KindSpec;
use keyward::operate::{ImportSettings, KindSettings, MasterKeySettings, ServiceSettings};
use keyward::scope::Vocabulary;
use keyward::{BuildError, Builder, Keyward, Limits, MasterKey, MasterKeyId, MasterKeys};

use crate::arguments::Service;
use crate::database::{self, Store, Tables, from_stdin};
use crate::failure::Failure;
use crate::secret_sources;

/// A service over its database.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) keyward: Keyward,
    pub(crate) store: Store,
    /// The formats of imported keys that the service declares.
    pub(crate) imports: Vec<ImportSettings>,
}

/// Opens a service. Fails unless the master keys are those that its settings name.
pub(crate) async fn open(service: &Service) -> Result<Opened, Failure> {
    if from_stdin(&service.database, &service.master_keys).count() > 1 {
        return Err(twice());
    }
    let settings = read_settings(&service.settings)?;
    let keys = secret_sources::master_keys(&service.master_keys)?;
    let keys = in_roles(keys, &settings.master_keys)?;
    let store = database::open(&service.database, Tables::Exist).await?;
    let imports = settings.imports.clone();
    let keyward = configured(Keyward::builder(store.any(), keys), settings)?.build()?;
    Ok(Opened { keyward, store, imports })
}

/// Opens a service for a command that itself reads from standard input.
pub(crate) async fn open_beside_stdin(service: &Service) -> Result<Opened, Failure> {
    if from_stdin(&service.database, &service.master_keys).next().is_some() {
        return Err(twice());
    }
    open(service).await
}

fn twice() -> Failure {
    Failure::usage("standard input is read twice: name a file for one of the two")
}

fn read_settings(path: &Path) -> Result<ServiceSettings, Failure> {
    let wrong = |why: String| {
        Failure::usage(format!(
            "the settings file `{}` cannot be used: let the service write it again with `Keyward::settings` ({why})",
            path.display()
        ))
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// Gives each key the role that the settings name. Fails if a named key is missing, if there is another key, or if the first key is
/// not the current one, because the keys of the file could then be in a wrong order.
fn in_roles(keys: Vec<MasterKey>, named: &MasterKeySettings) -> Result<MasterKeys, Failure> {
    let ids: Vec<MasterKeyId> = keys.iter().map(MasterKey::id).collect();
    if ids.first() != Some(&named.current) {
        return Err(Failure::usage(format!(
            "the current master key of the service is {}: give that key first",
            named.current
        )));
    }
    let mut others = named.older.iter().chain(&named.newer);
    if let Some(missing) = others.find(|id| !ids.contains(id)) {
        return Err(Failure::usage(format!(
            "the service also has the master key {missing}: give that key too"
        )));
    }
    let (mut older, mut newer) = (Vec::new(), Vec::new());
    let mut keys = keys.into_iter();
    let current = keys.next().ok_or_else(|| Failure::usage("no master key"))?;
    for key in keys {
        let id = key.id();
        if named.older.contains(&id) {
            older.push(key);
        } else if named.newer.contains(&id) {
            newer.push(key);
        } else {
            return Err(Failure::usage(format!(
                "the master key {id} is not one of the service, or was given twice: remove it"
            )));
        }
    }
    let keys = MasterKeys::new(current).older(older).newer(newer);
    Ok(keys.lost(named.lost.iter().copied()))
}

fn configured(builder: Builder, settings: ServiceSettings) -> Result<Builder, Failure> {
    let epochs = settings.record_epochs;
    let mut builder = builder
        .brand(settings.brand)
        .older_brands(settings.older_brands)
        .record_epoch(epochs.current)
        .older_record_epochs(epochs.older)
        .newer_record_epochs(epochs.newer)
        .limits(Limits::default().credentials(settings.credentials_per_workspace));
    if !settings.scopes.is_empty() {
        // The sentences for people are not needed here.
        let scopes = settings.scopes.iter().map(|name| (name.as_str(), name.as_str()));
        builder = builder.vocabulary(Vocabulary::new(scopes).map_err(BuildError::from)?);
    }
    builder = settings.kinds.into_iter().map(spec).fold(builder, Builder::kind_spec);
    Ok(settings.imports.iter().fold(builder, |builder, declared| {
        builder.import_of(declared.kind, ImportFormat::from_settings(&declared.format))
    }))
}

/// Returns the specification of a kind. Its texts live as long as the process, which reads the settings once.
fn spec(kind: KindSettings) -> KindSpec {
    let KindSettings { word, singular, plural, first, .. } = kind;
    let spec = KindSpec::token(word.as_str(), singular.leak(), plural.leak());
    match first {
        Some(first) => spec.keep_one(first.leak()),
        None => spec,
    }
}
