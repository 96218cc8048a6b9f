//! Versions of the schema: how many steps there are, and which steps are missing.

use crate::store::{StoreError, StoreErrorKind};

/// One step of the schema: its version, counted from 1, and the statements that lead to it.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct SchemaStep {
    pub(in crate::adapters) version: i64,
    pub(in crate::adapters) statements: &'static str,
}

/// The schema was written by a newer release.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema is at version {found}, and this release knows versions up to {known}: \
     run a release that is at least as new as the one that wrote it"
)]
pub(in crate::adapters) struct NewerSchema {
    found: i64,
    known: i64,
}

/// Returns the next step from a version, if there is one. Fails if the version is newer than the newest step.
pub(in crate::adapters) fn next_step(
    steps: &'static [SchemaStep],
    found: i64,
) -> Result<Option<SchemaStep>, StoreError> {
    let known = steps.last().map_or(0, |step| step.version);
    if found > known {
        return Err(
            StoreError::new(StoreErrorKind::Misconfigured).because(NewerSchema { found, known })
        );
    }
    Ok(steps.iter().find(|step| step.version > found).copied())
}

/// The tables no longer exist, or are those of an older release.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema is at version {found}, and this release needs {known}: restore its tables, or open the store with a migration"
)]
struct OlderSchema {
    found: i64,
    known: i64,
}

/// Fails if a version is not the newest one.
pub(in crate::adapters) fn expect_newest(
    steps: &'static [SchemaStep],
    found: i64,
) -> Result<(), StoreError> {
    if next_step(steps, found)?.is_none() {
        return Ok(());
    }
    let known = steps.last().map_or(0, |step| step.version);
    let older = OlderSchema { found, known };
    Err(StoreError::new(StoreErrorKind::Misconfigured).because(older))
}
