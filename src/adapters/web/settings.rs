//! The settings that the management API and the page share.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use super::origin::{OriginError, TrustedOrigins};
use super::workspace_rows::WorkspaceRows;

/// The settings that the management API and the page share.
#[derive(Clone, Default)]
pub(in crate::adapters) struct Settings {
    /// The prefix under which callers reach the service, without a slash at the end.
    pub(super) prefix: Arc<str>,
    pub(super) trusted: TrustedOrigins,
    is_login_fresh: Option<Arc<IsLoginFresh>>,
    workspaces: Option<Arc<dyn WorkspaceRows>>,
}

type IsLoginFresh = dyn Fn(&Parts) -> bool + Send + Sync;

impl Settings {
    /// Sets the prefix under which callers reach the service.
    pub(in crate::adapters) fn set_prefix(&mut self, prefix: &str) {
        let prefix = prefix.trim_matches('/');
        self.prefix = if prefix.is_empty() { Arc::default() } else { format!("/{prefix}").into() };
    }

    /// Returns the prefix: empty, or a slash and a path without a slash at the end.
    pub(in crate::adapters) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Adds an origin that can send changes.
    pub(in crate::adapters) fn trust(&mut self, origin: &str) -> Result<(), OriginError> {
        self.trusted.add(origin)
    }

    /// Sets the check of a fresh login.
    pub(in crate::adapters) fn require_fresh_login(
        &mut self,
        is_fresh: impl Fn(&Parts) -> bool + Send + Sync + 'static,
    ) {
        self.is_login_fresh = Some(Arc::new(is_fresh));
    }

    /// Returns `true` if the host requires a fresh login and the login of this request is not fresh.
    pub(in crate::adapters) fn needs_fresh_login(&self, parts: &Parts) -> bool {
        self.is_login_fresh.as_ref().is_some_and(|is_fresh| !is_fresh(parts))
    }

    /// Sets the host's methods for its own rows of workspaces.
    pub(in crate::adapters) fn set_workspaces(&mut self, host: impl WorkspaceRows) {
        self.workspaces = Some(Arc::new(host));
    }

    /// Returns the host's methods for its own rows of workspaces. Without them, workspaces are neither created, renamed nor removed.
    pub(in crate::adapters) fn workspaces(&self) -> Option<&dyn WorkspaceRows> {
        self.workspaces.as_deref()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("prefix", &self.prefix)
            .field("trusted", &self.trusted)
            .field("fresh_login", &self.is_login_fresh.is_some())
            .field("workspaces", &self.workspaces.is_some())
            .finish()
    }
}
