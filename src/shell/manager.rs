//! The management operations: read, let the rules decide, commit; and once more where somebody else was
//! faster.

mod accounts;
mod allowlist;
mod answers;
mod commit;
mod deletion;
mod history;
mod integrations;
mod issuing;
mod lifecycle;
mod listing;
mod revealing;
mod rotation;
mod scene;
mod wishes;
mod workspaces;

use std::fmt;
use std::sync::Arc;

use crate::domain::Actor;

use super::keyward::Inner;

pub use self::answers::{
    CreatedWorkspace, DeletionImpact, IssuedAppKey, IssuedTrackSet, LastLasting, NewSecret,
    RevealedTrackSet, Rotated,
};
pub use self::wishes::{CredentialFilter, HistoryFilter, NewCredential, NewWorkspace};

/// The management operations of one account, for one actor. Made by
/// [`Keyward::manager`](crate::Keyward::manager).
///
/// Each operation asks whether the actor may, decides by the rules, and writes the change and its event in
/// one commit, or nothing. What belongs to another account is not found. An operation that would change
/// nothing (suspending what is suspended) succeeds, and leaves no event.
///
/// # Errors
///
/// Every operation fails with a [`ManageError`](crate::ManageError), whose sentence says which rule refused
/// and what to do about it; [`Forbidden`](crate::ManageError::Forbidden) and
/// [`AccountSuspended`](crate::ManageError::AccountSuspended) come first,
/// [`NotFound`](crate::ManageError::NotFound) next. After an error nothing was changed, but for
/// [`Unknown`](crate::ManageError::Unknown). The methods name the rules that are theirs.
#[derive(Clone, Copy)]
pub struct Manager<'a> {
    inner: &'a Arc<Inner>,
    actor: &'a Actor,
}

impl fmt::Debug for Manager<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl<'a> Manager<'a> {
    pub(super) const fn new(inner: &'a Arc<Inner>, actor: &'a Actor) -> Self {
        Self { inner, actor }
    }
}
