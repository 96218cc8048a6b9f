//! The paths of the page.

use crate::adapters::web::Allowed;
use crate::values::CredentialId;

use super::assets;
use super::fields::query;

/// A path of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    List,
    Add,
    Credential(CredentialId),
    Act(CredentialId, Act),
    Allowlist,
    AllowlistPreview,
    AllowlistConfirm,
    Unlisted,
    Integrations,
    Connect,
    Disconnect,
    History,
    Workspaces,
    CreateWorkspace,
    RenameWorkspace,
    RemoveWorkspace,
    Policy,
    PolicyPreview,
    PolicyEffect,
    ApplyPolicy,
    Member,
    LeakResponse,
    Leaked,
    StopLeaked,
    Asset(&'static assets::Asset),
}

/// What can be done with one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Rename,
    Rotate,
    Replace,
    Reveal,
    EndOverlap,
    Deprecate,
    Undeprecate,
    Suspend,
    Resume,
    Expiry,
    Scopes,
    Networks,
    Labels,
    Owner,
    Delete,
}

impl Act {
    const ALL: [Self; 15] = [
        Self::Rename,
        Self::Rotate,
        Self::Replace,
        Self::Reveal,
        Self::EndOverlap,
        Self::Deprecate,
        Self::Undeprecate,
        Self::Suspend,
        Self::Resume,
        Self::Expiry,
        Self::Scopes,
        Self::Networks,
        Self::Labels,
        Self::Owner,
        Self::Delete,
    ];

    /// Returns the last segment of the path.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Rotate => "rotate",
            Self::Replace => "replace",
            Self::Reveal => "reveal",
            Self::EndOverlap => "end-overlap",
            Self::Deprecate => "deprecate",
            Self::Undeprecate => "undeprecate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Expiry => "expiry",
            Self::Scopes => "scopes",
            Self::Networks => "networks",
            Self::Labels => "labels",
            Self::Owner => "owner",
            Self::Delete => "delete",
        }
    }

    /// Returns `true` if it shows a secret or deletes something, so that the host can require a fresh login.
    pub(super) const fn needs_fresh_login(self) -> bool {
        matches!(self, Self::Rotate | Self::Replace | Self::Reveal | Self::Delete)
    }
}

impl Route {
    /// Returns the route of a path below the prefix.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Some(match segments.as_slice() {
            [""] => Self::List,
            ["add"] => Self::Add,
            ["credentials", id] => Self::Credential(id.parse().ok()?),
            ["credentials", id, word] => {
                let act = Act::ALL.into_iter().find(|act| act.word() == *word)?;
                Self::Act(id.parse().ok()?, act)
            }
            ["allowlist"] => Self::Allowlist,
            ["allowlist", "preview"] => Self::AllowlistPreview,
            ["allowlist", "confirm"] => Self::AllowlistConfirm,
            ["allowlist", "unlisted"] => Self::Unlisted,
            ["integrations"] => Self::Integrations,
            ["integrations", "connect"] => Self::Connect,
            ["integrations", "disconnect"] => Self::Disconnect,
            ["history"] => Self::History,
            ["workspaces"] => Self::Workspaces,
            ["workspaces", "create"] => Self::CreateWorkspace,
            ["workspaces", "rename"] => Self::RenameWorkspace,
            ["workspaces", "remove"] => Self::RemoveWorkspace,
            ["policy"] => Self::Policy,
            ["policy", "preview"] => Self::PolicyPreview,
            ["policy", "effect"] => Self::PolicyEffect,
            ["policy", "apply"] => Self::ApplyPolicy,
            ["policy", "member"] => Self::Member,
            ["policy", "leaks"] => Self::LeakResponse,
            ["leaked"] => Self::Leaked,
            ["leaked", "stop"] => Self::StopLeaked,
            ["assets", file] => Self::Asset(assets::find(file)?),
            _ => return None,
        })
    }

    /// Returns the methods. A `GET` of a path that only takes forms leads to the screen with the form, for a reader who reloads the
    /// answer of a refused form.
    pub(super) const fn allowed(self) -> Allowed {
        match self {
            Self::List
            | Self::Credential(_)
            | Self::Allowlist
            | Self::Integrations
            | Self::History
            | Self::Workspaces
            | Self::PolicyEffect
            | Self::Asset(_) => Allowed::Get,
            Self::Add
            | Self::Act(..)
            | Self::AllowlistPreview
            | Self::AllowlistConfirm
            | Self::Unlisted
            | Self::Connect
            | Self::Disconnect
            | Self::CreateWorkspace
            | Self::RenameWorkspace
            | Self::RemoveWorkspace
            | Self::Policy
            | Self::PolicyPreview
            | Self::ApplyPolicy
            | Self::Member
            | Self::LeakResponse
            | Self::Leaked
            | Self::StopLeaked => Allowed::GetAndPost,
        }
    }

    /// Returns `true` if its form makes one change, so that nothing is changed if it fails.
    pub(super) const fn is_one_change(self) -> bool {
        !matches!(self, Self::ApplyPolicy | Self::StopLeaked)
    }

    /// Returns `true` if it shows a secret or deletes something.
    pub(super) const fn needs_fresh_login(self) -> bool {
        match self {
            Self::Add | Self::CreateWorkspace | Self::RemoveWorkspace => true,
            Self::Act(_, act) => act.needs_fresh_login(),
            _ => false,
        }
    }
}

/// The links of the page.
#[derive(Debug, Clone)]
pub(super) struct Urls(pub(super) String);

impl Urls {
    pub(super) fn list(&self) -> String {
        format!("{}/", self.0)
    }

    pub(super) fn list_with(&self, pairs: &[(&str, &str)]) -> String {
        format!("{}/{}", self.0, query(pairs))
    }

    pub(super) fn add(&self) -> String {
        format!("{}/add", self.0)
    }

    pub(super) fn add_with(&self, workspace: &str, kind: &str) -> String {
        format!("{}/add{}", self.0, query(&[("workspace", workspace), ("kind", kind)]))
    }

    pub(super) fn credential(&self, id: CredentialId) -> String {
        format!("{}/credentials/{id}", self.0)
    }

    pub(super) fn act(&self, id: CredentialId, act: Act) -> String {
        format!("{}/credentials/{id}/{}", self.0, act.word())
    }

    /// Returns the link of a screen, such as `history`.
    pub(super) fn screen(&self, name: &str) -> String {
        format!("{}/{name}", self.0)
    }

    pub(super) fn screen_with(&self, name: &str, pairs: &[(&str, &str)]) -> String {
        format!("{}/{name}{}", self.0, query(pairs))
    }

    pub(super) fn style(&self) -> String {
        format!("{}/assets/{}", self.0, assets::STYLE.file())
    }

    pub(super) fn script(&self) -> String {
        format!("{}/assets/{}", self.0, assets::SCRIPT.file())
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Route};

    #[test]
    fn each_path_has_its_route() {
        let id = "2Zk9bQx7LmTa";
        assert_eq!(Route::of("/"), Some(Route::List));
        assert_eq!(
            Route::of(&format!("/credentials/{id}")),
            Some(Route::Credential(id.parse().unwrap()))
        );
        for act in Act::ALL {
            let path = format!("/credentials/{id}/{}", act.word());
            assert_eq!(Route::of(&path), Some(Route::Act(id.parse().unwrap(), act)));
        }
        for path in [
            "/x",
            "/credentials",
            "/credentials/short",
            "/add/",
            "/assets/x.css",
            "/credentials/../x",
        ] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
