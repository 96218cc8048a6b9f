//! Why an attempt did not pass.

use std::fmt;

use crate::values::CredentialId;

/// Why an attempt did not pass: for the host's log, and never for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DenialReason {
    /// No text of a key: wrong length, brand or alphabet.
    Malformed,
    /// The shape of a key, mistyped.
    Checksum,
    /// A key of the other kind.
    WrongKind,
    /// The site id is not the one in the API key.
    WrongSiteId,
    /// No credential has this id.
    Unknown,
    /// The credential has another secret.
    WrongSecret,
    /// The secret before the current one, after its overlap.
    OverlapEnded,
    /// The workspace is removed.
    WorkspaceRemoved,
    /// The operator has the account suspended.
    AccountSuspended,
    /// The credential is suspended.
    Suspended,
    /// The credential is past its expiry or sunset.
    Ended,
    /// The address is not on the workspace's allowlist, or the account's unlisted workspaces are closed.
    AddressNotAllowed,
    /// A restriction applies, and the attempt came without an address.
    AddressUnknown,
}

impl DenialReason {
    /// Every reason, in a fixed order: for a table of counters.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::Checksum,
        Self::WrongKind,
        Self::WrongSiteId,
        Self::Unknown,
        Self::WrongSecret,
        Self::OverlapEnded,
        Self::WorkspaceRemoved,
        Self::AccountSuspended,
        Self::Suspended,
        Self::Ended,
        Self::AddressNotAllowed,
        Self::AddressUnknown,
    ];

    /// One word for logs and metrics, such as `wrong_secret`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Checksum => "checksum",
            Self::WrongKind => "wrong_kind",
            Self::WrongSiteId => "wrong_site_id",
            Self::Unknown => "unknown",
            Self::WrongSecret => "wrong_secret",
            Self::OverlapEnded => "overlap_ended",
            Self::WorkspaceRemoved => "workspace_removed",
            Self::AccountSuspended => "account_suspended",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::AddressUnknown => "address_unknown",
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the caller may be told. Answer 401 to one that you do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disclosure {
    /// "No", one and the same for every reason: HTTP 401.
    Nothing,
    /// The secret was right, and the address is not allowed: HTTP 403.
    Address,
}

/// An attempt did not pass. Its text says nothing; its [`reason`](Self::reason) is for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("denied")]
pub struct Denial {
    reason: DenialReason,
    credential: Option<CredentialId>,
}

impl Denial {
    pub(crate) const fn new(reason: DenialReason) -> Self {
        Self { reason, credential: None }
    }

    pub(crate) const fn of(reason: DenialReason, credential: CredentialId) -> Self {
        Self { reason, credential: Some(credential) }
    }

    /// Why, for the host's log.
    #[must_use]
    pub const fn reason(&self) -> DenialReason {
        self.reason
    }

    /// The credential that the store has under the presented id, for the host's log.
    #[must_use]
    pub const fn credential(&self) -> Option<CredentialId> {
        self.credential
    }

    /// What the caller may be told.
    #[must_use]
    pub const fn disclosure(&self) -> Disclosure {
        match self.reason {
            DenialReason::AddressNotAllowed | DenialReason::AddressUnknown => Disclosure::Address,
            _ => Disclosure::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DenialReason;

    #[test]
    fn each_reason_has_a_word_of_its_own() {
        let words = DenialReason::ALL.map(|reason| {
            let word = reason.to_string();
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word}");
            // As in the source, so that a log can be searched for either.
            assert_eq!(word.replace('_', ""), format!("{reason:?}").to_lowercase());
            word
        });
        assert_eq!(std::collections::BTreeSet::from(words).len(), DenialReason::ALL.len());
    }
}
