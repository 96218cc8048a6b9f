//! The records that an operator reviews before a repair.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::domain::{AccountRecord, WorkspaceRecord};

/// The stored record of an account that does not match its tag. Returned by [`Manager::corrupt_account`](super::Manager::corrupt_account).
///
/// It serializes, so that you can show the record to the operator. It does not deserialize: a repair accepts only a record that
/// this node has read. `docs/json.md` has an example.
#[derive(Debug, Clone)]
pub struct CorruptAccount(pub(super) AccountRecord);

impl CorruptAccount {
    /// Returns the stored record. Any of its fields may have been changed.
    #[must_use]
    pub const fn stored(&self) -> &AccountRecord {
        &self.0
    }
}

impl Serialize for CorruptAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let AccountRecord {
            id,
            incarnation,
            revision,
            suspended,
            unlisted_workspaces,
            policy,
            inactive_owners,
            leak_response,
            closed,
            tag: _,
        } = &self.0;
        let mut fields = serializer.serialize_struct("CorruptAccount", 9)?;
        fields.serialize_field("id", id)?;
        fields.serialize_field("incarnation", incarnation)?;
        fields.serialize_field("revision", revision)?;
        fields.serialize_field("suspended", suspended)?;
        fields.serialize_field("unlisted_workspaces", unlisted_workspaces)?;
        fields.serialize_field("policy", policy)?;
        fields.serialize_field("inactive_owners", inactive_owners)?;
        fields.serialize_field("leak_response", leak_response)?;
        fields.serialize_field("closed", closed)?;
        fields.end()
    }
}

/// The stored record of a workspace that does not match its tag or its account. Returned by
/// [`Manager::corrupt_workspace`](super::Manager::corrupt_workspace).
///
/// It serializes and does not deserialize, like [`CorruptAccount`].
#[derive(Debug, Clone)]
pub struct CorruptWorkspace(pub(super) WorkspaceRecord);

impl CorruptWorkspace {
    /// Returns the stored record with its allowlist and integrations. Any of its fields may have been changed.
    #[must_use]
    pub const fn stored(&self) -> &WorkspaceRecord {
        &self.0
    }
}

impl Serialize for CorruptWorkspace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let WorkspaceRecord {
            id,
            incarnation,
            account,
            account_incarnation,
            name,
            created,
            removed,
            revision,
            credentials,
            permanent,
            integrations,
            allowlist,
            tag: _,
        } = &self.0;
        let mut fields = serializer.serialize_struct("CorruptWorkspace", 12)?;
        fields.serialize_field("id", id)?;
        fields.serialize_field("incarnation", incarnation)?;
        fields.serialize_field("account", account)?;
        fields.serialize_field("account_incarnation", account_incarnation)?;
        fields.serialize_field("name", name)?;
        fields.serialize_field("created", created)?;
        fields.serialize_field("removed", removed)?;
        fields.serialize_field("revision", revision)?;
        fields.serialize_field("credentials", credentials)?;
        fields.serialize_field("permanent", permanent)?;
        fields.serialize_field("integrations", integrations)?;
        fields.serialize_field("allowlist", allowlist)?;
        fields.end()
    }
}
