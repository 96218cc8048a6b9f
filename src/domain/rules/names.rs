//! The rule that names are distinct within a workspace and kind.

use crate::values::Name;

use super::refusal::Refusal;

/// Another credential of the same workspace and kind, whose name makes a name unavailable.
#[derive(Debug, Clone)]
pub(crate) struct Namesake {
    /// The noun for a credential of its kind.
    pub(crate) noun: &'static str,
    /// The credential's name, if it only looks like the requested name. `None` if it is the requested name.
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
