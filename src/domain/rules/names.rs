//! Which names are free. Names are distinct within a workspace and kind.

use crate::values::Name;

use super::refusal::Refusal;

/// Another credential of the same workspace and kind, which makes a name unavailable.
#[derive(Debug, Clone)]
pub(crate) struct Namesake {
    /// What one of its kind is called.
    pub(crate) noun: &'static str,
    /// Its name, if it only looks like the wanted name; `None` if it is the wanted name.
    pub(crate) alike: Option<Name>,
}

/// Refuses a name that another credential has, or that looks like another credential's.
pub(super) fn is_free(namesake: Option<Namesake>) -> Result<(), Refusal> {
    match namesake {
        Some(Namesake { noun, alike: None }) => Err(Refusal::NameTaken { kind: noun }),
        Some(Namesake { noun, alike: Some(other) }) => {
            Err(Refusal::LooksAlike { kind: noun, other })
        }
        None => Ok(()),
    }
}
