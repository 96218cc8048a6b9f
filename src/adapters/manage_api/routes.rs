//! The routes of the API.

use crate::adapters::web::Allowed;

use super::input::decoded;

/// A route below the prefix. Ids are decoded, and not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Document,
    Account,
    SetUnlistedWorkspaces,
    SetLeakResponse,
    SetPolicy,
    PreviewPolicy,
    ApplyPolicy,
    ChangeMember(MemberChange),
    HandOver,
    DeleteOwned,
    Scopes,
    Workspaces,
    Workspace(String),
    RenameWorkspace(String),
    RemoveWorkspace(String),
    Credentials,
    Credential(String),
    Generations(String),
    DeletionImpact(String),
    UsedNetworks(String),
    Change(String, Change),
    Allowlist,
    ChangeAllowlist(AllowlistAction),
    PreviewAllowlist,
    Integrations,
    Snippet,
    Connect,
    Disconnect,
    Events,
    Event(String),
}

/// A change of a credential, or the reveal of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Rotate,
    ReplaceUnused,
    EndOverlap,
    Reveal,
    Rename,
    Suspend,
    Resume,
    Deprecate,
    Undeprecate,
    SetExpiry,
    ClearExpiry,
    SetScopes,
    SetNetworks,
    SetLabels,
    SetOwner,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberChange {
    Deactivate,
    Reactivate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AllowlistAction {
    Add,
    Remove,
    Replace,
    Lift,
}

impl Route {
    /// Reads a path, as it was sent.
    pub(super) fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/v1/")?;
        let (collection, below) = match rest.split_once('/') {
            Some((collection, below)) => (collection, Some(below)),
            None => (rest, None),
        };
        Some(match (collection, below) {
            ("openapi.json", None) => Self::Document,
            ("account", None) => Self::Account,
            ("account:set_unlisted_workspaces", None) => Self::SetUnlistedWorkspaces,
            ("account:set_leak_response", None) => Self::SetLeakResponse,
            ("account:set_policy", None) => Self::SetPolicy,
            ("account:preview_policy", None) => Self::PreviewPolicy,
            ("account:apply_policy", None) => Self::ApplyPolicy,
            ("account:deactivate_member", None) => Self::ChangeMember(MemberChange::Deactivate),
            ("account:reactivate_member", None) => Self::ChangeMember(MemberChange::Reactivate),
            ("account:hand_over", None) => Self::HandOver,
            ("account:delete_owned", None) => Self::DeleteOwned,
            ("scopes", None) => Self::Scopes,
            ("workspaces", None) => Self::Workspaces,
            ("workspaces", Some(below)) => match below.split_once(':') {
                Some((id, "rename")) => Self::RenameWorkspace(segment(id)?),
                Some((id, "remove")) => Self::RemoveWorkspace(segment(id)?),
                Some(_) => return None,
                None => Self::Workspace(segment(below)?),
            },
            ("credentials", None) => Self::Credentials,
            ("credentials", Some(below)) => Self::of_credential(below)?,
            ("allowlist", None) => Self::Allowlist,
            ("allowlist:add", None) => Self::ChangeAllowlist(AllowlistAction::Add),
            ("allowlist:remove", None) => Self::ChangeAllowlist(AllowlistAction::Remove),
            ("allowlist:replace", None) => Self::ChangeAllowlist(AllowlistAction::Replace),
            ("allowlist:preview", None) => Self::PreviewAllowlist,
            ("allowlist:lift", None) => Self::ChangeAllowlist(AllowlistAction::Lift),
            ("integrations", None) => Self::Integrations,
            ("integrations", Some("snippet")) => Self::Snippet,
            ("integrations:connect", None) => Self::Connect,
            ("integrations:disconnect", None) => Self::Disconnect,
            ("events", None) => Self::Events,
            ("events", Some(operation)) => Self::Event(segment(operation)?),
            _ => return None,
        })
    }

    fn of_credential(below: &str) -> Option<Self> {
        if let Some((id, part)) = below.split_once('/') {
            return match part {
                "generations" => Some(Self::Generations(segment(id)?)),
                "used_networks" => Some(Self::UsedNetworks(segment(id)?)),
                "deletion_impact" => Some(Self::DeletionImpact(segment(id)?)),
                _ => None,
            };
        }
        let Some((id, change)) = below.split_once(':') else {
            return Some(Self::Credential(segment(below)?));
        };
        let change = match change {
            "rotate" => Change::Rotate,
            "replace_unused" => Change::ReplaceUnused,
            "end_overlap" => Change::EndOverlap,
            "reveal" => Change::Reveal,
            "rename" => Change::Rename,
            "suspend" => Change::Suspend,
            "resume" => Change::Resume,
            "deprecate" => Change::Deprecate,
            "undeprecate" => Change::Undeprecate,
            "set_expiry" => Change::SetExpiry,
            "clear_expiry" => Change::ClearExpiry,
            "set_scopes" => Change::SetScopes,
            "set_networks" => Change::SetNetworks,
            "set_labels" => Change::SetLabels,
            "set_owner" => Change::SetOwner,
            "delete" => Change::Delete,
            _ => return None,
        };
        Some(Self::Change(segment(id)?, change))
    }

    /// Returns the methods of the route. `manages_workspaces` is `true` if the host keeps its own rows of workspaces.
    pub(super) const fn allowed(&self, manages_workspaces: bool) -> Option<Allowed> {
        Some(match self {
            Self::Workspaces if manages_workspaces => Allowed::GetAndPost,
            Self::RenameWorkspace(_) | Self::RemoveWorkspace(_) if !manages_workspaces => {
                return None;
            }
            Self::Credentials => Allowed::GetAndPost,
            Self::Document
            | Self::Account
            | Self::Scopes
            | Self::Workspaces
            | Self::Workspace(_)
            | Self::Credential(_)
            | Self::Generations(_)
            | Self::DeletionImpact(_)
            | Self::UsedNetworks(_)
            | Self::Allowlist
            | Self::Integrations
            | Self::Snippet
            | Self::Events
            | Self::Event(_) => Allowed::Get,
            Self::SetUnlistedWorkspaces
            | Self::SetLeakResponse
            | Self::RenameWorkspace(_)
            | Self::SetPolicy
            | Self::PreviewPolicy
            | Self::ApplyPolicy
            | Self::ChangeMember(_)
            | Self::HandOver
            | Self::DeleteOwned
            | Self::RemoveWorkspace(_)
            | Self::Change(..)
            | Self::ChangeAllowlist(_)
            | Self::PreviewAllowlist
            | Self::Connect
            | Self::Disconnect => Allowed::Post,
        })
    }

    /// Returns `true` if a change of this route shows a secret or deletes something. The host can require a fresh login for it.
    pub(super) const fn is_sensitive(&self) -> bool {
        matches!(
            self,
            Self::Credentials
                | Self::Workspaces
                | Self::RemoveWorkspace(_)
                | Self::DeleteOwned
                | Self::Change(
                    _,
                    Change::Rotate | Change::ReplaceUnused | Change::Reveal | Change::Delete
                )
        )
    }
}

/// Decodes one segment of a path.
fn segment(text: &str) -> Option<String> {
    if text.is_empty() || text.contains('/') { None } else { decoded(text, false) }
}

#[cfg(test)]
mod tests {
    use super::{Change, Route};

    #[test]
    fn an_id_is_one_segment() {
        let shop = || "acme/shop".to_owned();
        assert_eq!(Route::of("/v1/workspaces/acme%2Fshop"), Some(Route::Workspace(shop())));
        let removed = Some(Route::RemoveWorkspace(shop()));
        assert_eq!(Route::of("/v1/workspaces/acme%2Fshop:remove"), removed);
        let renamed = Some(Route::RenameWorkspace(shop()));
        assert_eq!(Route::of("/v1/workspaces/acme%2Fshop:rename"), renamed);
        let colon = Some(Route::Workspace("a:remove".to_owned()));
        assert_eq!(Route::of("/v1/workspaces/a%3Aremove"), colon);
        let rotated = Some(Route::Change("x".to_owned(), Change::Rotate));
        assert_eq!(Route::of("/v1/credentials/x:rotate"), rotated);
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v2/account",
            "/v1/account/",
            "/v1/credentials/",
            "/v1/credentials/x:",
            "/v1/credentials/:rotate",
            "/v1/credentials/x:other",
            "/v1/credentials/x:rotate:rotate",
            "/v1/credentials/x/other",
            "/v1/credentials/x/generations/",
            "/v1/workspaces/acme/shop",
            "/v1/workspaces/x:other",
            "/v1/workspaces/%",
            "//v1/account",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
