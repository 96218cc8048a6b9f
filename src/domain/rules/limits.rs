//! Bounds that the host sets.

use std::time::Duration;

/// How many workspaces an account may have, how many of each a workspace may have, and how long an overlap may be.
/// Defaults: 1,000 workspaces, 1,000 allowlist entries, 100 integrations, 100,000 credentials, 90 days.
///
/// A change beyond a limit is refused, and the refusal names the limit. What exists is left as it is.
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
    /// Workspaces of an account, at most; removed ones do not count. They are counted when one is created, so creations at
    /// the same moment can exceed the limit by their number.
    #[must_use]
    pub const fn workspaces(mut self, most: u32) -> Self {
        self.workspaces = most;
        self
    }

    /// Allowlist entries of a workspace, at most.
    #[must_use]
    pub const fn allowlist_entries(mut self, most: u32) -> Self {
        self.allowlist_entries = most;
        self
    }

    /// Integrations of a workspace, at most.
    #[must_use]
    pub const fn integrations(mut self, most: u32) -> Self {
        self.integrations = most;
        self
    }

    /// Credentials of a workspace, Track sets and App keys together, at most.
    #[must_use]
    pub const fn credentials(mut self, most: u32) -> Self {
        self.credentials = most;
        self
    }

    /// Sets the longest overlap of a rotation, for which the previous secret goes on working. With [`Duration::ZERO`], every
    /// rotation ends the previous secret at once.
    #[must_use]
    pub const fn overlap(mut self, most: Duration) -> Self {
        self.overlap = most;
        self
    }
}
