//! Versions of the schema: which steps are missing, and which releases the tables serve.

use crate::store::{StoreError, StoreErrorKind};

/// One step of the schema.
///
/// Tables are expanded first and contracted later: a step that only adds leaves `serves_from` as it is, so that releases of both
/// versions run over the tables. A step that removes something has the first version whose release does not read it.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct SchemaStep {
    /// The version to which it leads, counted from 1.
    pub(in crate::adapters) version: i64,
    /// The oldest version whose releases still run over the tables.
    pub(in crate::adapters) serves_from: i64,
    pub(in crate::adapters) statements: &'static str,
}

/// The versions in the tables. Both are 0 before the first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::adapters) struct FoundVersion {
    newest: i64,
    serves_from: i64,
}

impl FoundVersion {
    /// The text of a statement that reads both. They are the columns of one row, which [`From`] takes.
    pub(in crate::adapters) const SELECT: &'static str =
        "SELECT COALESCE(max(version), 0), COALESCE(max(serves_from), 0) FROM keyward_migrations";

    /// Returns the version of the newest step.
    pub(in crate::adapters) fn newest(self) -> u32 {
        u32::try_from(self.newest).unwrap_or_default()
    }
}

impl From<(i64, i64)> for FoundVersion {
    fn from((newest, serves_from): (i64, i64)) -> Self {
        Self { newest, serves_from }
    }
}

/// A newer release has removed from the tables what this release needs.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema is at version {found} and serves releases that know version {serves_from} or later, and this release knows \
     versions up to {known}: run a release that is at least as new as the one that wrote it"
)]
pub(in crate::adapters) struct NewerSchema {
    found: i64,
    serves_from: i64,
    known: i64,
}

/// Returns the next step, if there is one. There is none over tables of a newer release that still serve this one. Fails if they do
/// not.
pub(in crate::adapters) fn next_step(
    steps: &'static [SchemaStep],
    found: FoundVersion,
) -> Result<Option<SchemaStep>, StoreError> {
    let known = steps.last().map_or(0, |step| step.version);
    let FoundVersion { newest, serves_from } = found;
    if serves_from > known {
        let newer = NewerSchema { found: newest, serves_from, known };
        return Err(StoreError::new(StoreErrorKind::Misconfigured).because(newer));
    }
    Ok(steps.iter().find(|step| step.version > newest).copied())
}

/// The tables are those of an older release.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema is at version {found}, and this release needs {known}: restore its tables, or open the store with a migration"
)]
struct OlderSchema {
    found: i64,
    known: i64,
}

/// There are no tables.
#[derive(Debug, thiserror::Error)]
#[error(
    "{place} has no tables of Keyward: {check}, or create the tables with `keyward schema run` or by opening the store with \
     a migration"
)]
struct NoTables {
    place: String,
    check: &'static str,
}

/// Fails if a step is missing. `place` is where the tables are expected, and `check` is what to check if there are none.
pub(in crate::adapters) fn expect_newest(
    steps: &'static [SchemaStep],
    found: FoundVersion,
    place: &str,
    check: &'static str,
) -> Result<(), StoreError> {
    if next_step(steps, found)?.is_none() {
        return Ok(());
    }
    let misconfigured = StoreError::new(StoreErrorKind::Misconfigured);
    if found.newest == 0 {
        return Err(misconfigured.because(NoTables { place: place.to_owned(), check }));
    }
    let known = steps.last().map_or(0, |step| step.version);
    Err(misconfigured.because(OlderSchema { found: found.newest, known }))
}

/// A newer release has added to the tables what this release would not copy.
#[derive(Debug, thiserror::Error)]
#[error(
    "the schema is at version {found}, and this release knows versions up to {known}, so its copy would lack what the newer \
     release added: copy with a release that is at least as new as the one that wrote the tables"
)]
struct UnknownAdditions {
    found: i64,
    known: i64,
}

/// Fails if the tables can have columns that this release does not know.
pub(in crate::adapters) fn expect_known(
    steps: &'static [SchemaStep],
    found: FoundVersion,
) -> Result<(), StoreError> {
    let known = steps.last().map_or(0, |step| step.version);
    if found.newest <= known {
        return Ok(());
    }
    let unknown = UnknownAdditions { found: found.newest, known };
    Err(StoreError::new(StoreErrorKind::Misconfigured).because(unknown))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use crate::store::StoreError;

    use super::{FoundVersion, SchemaStep, expect_known, next_step};

    const fn step(version: i64, serves_from: i64) -> SchemaStep {
        SchemaStep { version, serves_from, statements: "" }
    }

    /// The second step only adds, and the third removes what only the first version reads.
    const STEPS: [SchemaStep; 3] = [step(1, 1), step(2, 1), step(3, 2)];
    const FIRST: &[SchemaStep] = &[STEPS[0]];
    const SECOND: &[SchemaStep] = &[STEPS[0], STEPS[1]];

    /// The next version, or the message of the refusal.
    fn next(steps: &'static [SchemaStep], found: (i64, i64)) -> Result<Option<i64>, String> {
        let step = next_step(steps, FoundVersion::from(found));
        step.map(|step| step.map(|step| step.version)).map_err(|e| e.source().unwrap().to_string())
    }

    #[test]
    fn a_release_runs_over_the_tables_of_a_newer_one_until_they_are_contracted() {
        assert_eq!(next(FIRST, (0, 0)), Ok(Some(1)));
        assert_eq!(next(SECOND, (1, 1)), Ok(Some(2)));
        assert_eq!(next(SECOND, (2, 1)), Ok(None));
        assert_eq!(next(FIRST, (2, 1)), Ok(None), "a newer release has only added");
        assert_eq!(next(SECOND, (3, 2)), Ok(None));
        let refused = next(FIRST, (3, 2)).unwrap_err();
        assert!(refused.contains("know version 2 or later"), "{refused}");
        assert!(refused.contains("at version 3") && refused.contains("up to 1"), "{refused}");
    }

    #[test]
    fn tables_that_lack_a_step_are_not_opened_without_a_migration() {
        for found in [(2, 1), (3, 2)] {
            assert!(expect_newest(SECOND, found).is_ok(), "{found:?}");
        }
        let refused = expect_newest(SECOND, (1, 1)).unwrap_err();
        assert!(refused.source().unwrap().to_string().contains("needs 2"), "{refused:?}");
        expect_newest(FIRST, (3, 2)).unwrap_err();
        let none = expect_newest(FIRST, (0, 0)).unwrap_err().source().unwrap().to_string();
        assert!(
            none.starts_with("the file has no tables of Keyward: check its path, or"),
            "{none}"
        );
    }

    fn expect_newest(steps: &'static [SchemaStep], found: (i64, i64)) -> Result<(), StoreError> {
        super::expect_newest(steps, found.into(), "the file", "check its path")
    }

    #[test]
    fn tables_with_unknown_additions_are_not_copied() {
        for found in [(1, 1), (2, 1)] {
            expect_known(SECOND, found.into()).unwrap();
        }
        let refused = expect_known(FIRST, (2, 1).into()).unwrap_err();
        let why = refused.source().unwrap().to_string();
        assert!(why.contains("at version 2") && why.contains("up to 1"), "{why}");
    }
}
