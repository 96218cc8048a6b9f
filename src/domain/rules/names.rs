//! The rule that names are distinct within a workspace and kind.

use std::collections::HashSet;

use crate::values::{Looks, Name, NameKey};

use super::refusal::Refusal;

/// Another credential of the same workspace and kind, whose name makes a name unavailable.
#[derive(Debug, Clone)]
pub(crate) struct Namesake {
    /// The noun for a credential of its kind.
    pub(crate) noun: &'static str,
    /// The credential's name, if it only looks like the requested name. `None` if it is the requested name.
    pub(crate) alike: Option<Name>,
}

/// The names of the credentials of one workspace and kind.
#[derive(Debug, Default)]
pub(crate) struct TakenNames {
    keys: HashSet<NameKey>,
    looks: Looks,
}

impl TakenNames {
    pub(crate) fn add(&mut self, name: Name) {
        self.keys.insert(name.key());
        self.looks.add(name);
    }

    /// Returns the name that makes another one unavailable. `noun` is the noun for a credential of the kind.
    pub(crate) fn namesake(&mut self, name: &Name, noun: &'static str) -> Option<Namesake> {
        if self.keys.contains(&name.key()) {
            return Some(Namesake { noun, alike: None });
        }
        let alike = self.looks.like(name)?;
        Some(Namesake { noun, alike: Some(alike.clone()) })
    }
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
