//! Bounds that the host sets.

/// How many of each a workspace may have. The defaults are those of the design: 1,000 allowlist
/// entries, 100 integrations, 100,000 credentials.
///
/// ```
/// let limits = keyward::Limits::default().credentials(500);
/// # let _ = limits;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub(crate) allowlist_entries: u32,
    pub(crate) integrations: u32,
    pub(crate) credentials: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { allowlist_entries: 1_000, integrations: 100, credentials: 100_000 }
    }
}

impl Limits {
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
}
