//! Which names are free. Names are distinct within a workspace and kind.

use crate::values::{KindWord, Name};

use super::refusal::Refusal;

/// Why another credential of the same workspace and kind makes a name unavailable.
#[derive(Debug, Clone)]
pub(crate) enum Namesake {
    /// It has this name.
    Same,
    /// Its name, given here, looks like this name.
    Alike(Name),
}

/// Refuses a name that another credential has, or that looks like another credential's.
pub(super) fn is_free(kind: KindWord, namesake: Option<Namesake>) -> Result<(), Refusal> {
    match namesake {
        Some(Namesake::Same) => Err(Refusal::NameTaken { kind }),
        Some(Namesake::Alike(other)) => Err(Refusal::LooksAlike { kind, other }),
        None => Ok(()),
    }
}
