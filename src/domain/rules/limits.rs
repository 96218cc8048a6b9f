//! The limits that the host sets.

use std::time::Duration;

/// The maximum numbers of records, and the longest overlap of a rotation.
///
/// Defaults: 1,000 workspaces per account; 1,000 allowlist entries, 100 integrations and 100,000 credentials per workspace,
/// and an overlap of 90 days.
///
/// A change beyond a limit is refused, and the refusal names the limit. Existing records are not affected.
///
/// ```
/// let limits = keyward::Limits::default().credentials(500);
/// # let _ = limits;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub(crate) workspaces: u32,
    pub(crate) allowlist_entries: u32,
    pub(crate) integrations: u32,
    pub(crate) credentials: u32,
    pub(crate) overlap: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workspaces: 1_000,
            allowlist_entries: 1_000,
            integrations: 100,
            credentials: 100_000,
            overlap: Duration::from_hours(90 * 24),
        }
    }
}

impl Limits {
    /// Sets the maximum number of workspaces of an account. Removed workspaces do not count.
    ///
    /// Workspaces are counted when one is created, so concurrent creations can exceed the limit by their number.
    #[must_use]
    pub const fn workspaces(mut self, limit: u32) -> Self {
        self.workspaces = limit;
        self
    }

    /// Sets the maximum number of allowlist entries of a workspace.
    #[must_use]
    pub const fn allowlist_entries(mut self, limit: u32) -> Self {
        self.allowlist_entries = limit;
        self
    }

    /// Sets the maximum number of integrations of a workspace.
    #[must_use]
    pub const fn integrations(mut self, limit: u32) -> Self {
        self.integrations = limit;
        self
    }

    /// Sets the maximum number of credentials of a workspace, all kinds together.
    #[must_use]
    pub const fn credentials(mut self, limit: u32) -> Self {
        self.credentials = limit;
        self
    }

    /// Sets the longest overlap of a rotation, during which the previous secret still works. With [`Duration::ZERO`], every
    /// rotation ends the previous secret at once.
    #[must_use]
    pub const fn overlap(mut self, limit: Duration) -> Self {
        self.overlap = limit;
        self
    }
}
