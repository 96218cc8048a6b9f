//! The part of an account to which an actor or a query is limited.

use std::collections::BTreeSet;

use crate::values::{KindWord, WorkspaceId};

/// The workspaces and the kinds to which an actor or a query is limited. `None` is no limit, and an empty set admits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "a store must apply both limits")]
pub struct Restriction {
    /// Only these workspaces, their credentials, and events about them.
    pub workspaces: Option<BTreeSet<WorkspaceId>>,
    /// Only credentials of these kinds, and events about them. An event has no kind of its own: a store compares the kind of the
    /// stored credential, so a restricted history has no events about workspaces or deleted credentials.
    pub kinds: Option<BTreeSet<KindWord>>,
}

impl Restriction {
    /// No limit.
    pub const NONE: Self = Self { workspaces: None, kinds: None };

    /// Returns `true` if there is no limit.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.workspaces.is_none() && self.kinds.is_none()
    }

    /// Returns `true` if the workspace is within the limits.
    #[must_use]
    pub fn admits_workspace(&self, id: &WorkspaceId) -> bool {
        self.workspaces.as_ref().is_none_or(|only| only.contains(id))
    }

    /// Returns `true` if the kind is within the limits.
    #[must_use]
    pub fn admits_kind(&self, kind: KindWord) -> bool {
        self.kinds.as_ref().is_none_or(|only| only.contains(&kind))
    }
}

/// Adds a limit to an earlier one, and returns their intersection.
pub(super) fn narrowed<T: Ord>(
    known: Option<BTreeSet<T>>,
    only: impl IntoIterator<Item = T>,
) -> BTreeSet<T> {
    let only = only.into_iter();
    match known {
        Some(known) => only.filter(|item| known.contains(item)).collect(),
        None => only.collect(),
    }
}
