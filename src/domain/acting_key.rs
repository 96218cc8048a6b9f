//! A key as the actor of management operations.

use crate::values::ActorId;

use super::actor::{Actor, Permission};
use super::policy::Verified;

impl Actor {
    /// Returns a member that acts with a key: in the key's workspace, on credentials of its kind, and with its scopes at most. Its id
    /// in the history is `key:` and the id of the credential.
    ///
    /// The member can manage credentials. Require a scope of your own before you let a key do that.
    #[must_use]
    pub fn key<K>(proof: &Verified<K>) -> Self {
        let id = ActorId::of_key(proof.credential());
        Self::member(proof.account().clone(), id)
            .with(Permission::ManageApiCredentials)
            .only_workspaces([proof.workspace().clone()])
            .only_kinds([proof.kind()])
            .only_scopes(proof.scopes().clone())
    }
}
