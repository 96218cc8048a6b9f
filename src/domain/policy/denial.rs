//! The reasons for denials.

use std::fmt;

use crate::values::CredentialId;

/// Why an attempt was denied. This is for your log, and never for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DenialReason {
    /// The text is not a key: wrong length, brand or alphabet.
    Malformed,
    /// The text has the form of a key, but a wrong checksum: a character was mistyped.
    Checksum,
    /// The key is of a kind that is not accepted here.
    WrongKind,
    /// The site id is not the one in the API key.
    WrongSiteId,
    /// No credential has this id.
    Unknown,
    /// The credential exists, but the secret is wrong.
    WrongSecret,
    /// The secret is the previous one, and its overlap has ended.
    OverlapEnded,
    /// The workspace is removed.
    WorkspaceRemoved,
    /// The operator has suspended the account.
    AccountSuspended,
    /// The operator has closed the account.
    AccountClosed,
    /// The owner of the credential is inactive.
    OwnerInactive,
    /// The credential is suspended.
    Suspended,
    /// The credential is past its expiry or sunset.
    Ended,
    /// The address is not on the workspace's allowlist, or the allowlist is empty and the account's unlisted workspaces are
    /// closed.
    AddressNotAllowed,
    /// The workspace has an allowlist, and the attempt came without an address.
    AddressUnknown,
    /// The route requires a scope that the credential lacks.
    InsufficientScope,
}

impl DenialReason {
    /// All reasons, in a fixed order, for instance for a table of counters.
    pub const ALL: [Self; 16] = [
        Self::Malformed,
        Self::Checksum,
        Self::WrongKind,
        Self::WrongSiteId,
        Self::Unknown,
        Self::WrongSecret,
        Self::OverlapEnded,
        Self::WorkspaceRemoved,
        Self::AccountSuspended,
        Self::AccountClosed,
        Self::OwnerInactive,
        Self::Suspended,
        Self::Ended,
        Self::AddressNotAllowed,
        Self::AddressUnknown,
        Self::InsufficientScope,
    ];

    /// Returns the word for logs and metrics, such as `wrong_secret`.
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
            Self::AccountClosed => "account_closed",
            Self::OwnerInactive => "owner_inactive",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::AddressUnknown => "address_unknown",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the caller may be told. Answer 401 to a variant that you do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disclosure {
    /// Nothing but the denial, with the same answer for every reason: HTTP 401.
    Nothing,
    /// The secret is right, and the address is not allowed: HTTP 403.
    Address,
    /// The secret is right, and the key lacks the scope that the route requires: HTTP 403 with `insufficient_scope`.
    Scope,
}

/// The denial of an attempt. Its text is always "denied"; its [`reason`](Self::reason) is for your log.
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

    /// Returns the reason, for your log.
    #[must_use]
    pub const fn reason(&self) -> DenialReason {
        self.reason
    }

    /// Returns the id of the stored credential that the key names, for your log. `None` if no credential was found.
    #[must_use]
    pub const fn credential(&self) -> Option<CredentialId> {
        self.credential
    }

    /// Returns what the caller may be told.
    #[must_use]
    pub const fn disclosure(&self) -> Disclosure {
        match self.reason {
            DenialReason::AddressNotAllowed | DenialReason::AddressUnknown => Disclosure::Address,
            DenialReason::InsufficientScope => Disclosure::Scope,
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
            // The word is the name of the variant, so a log can be searched for either.
            assert_eq!(word.replace('_', ""), format!("{reason:?}").to_lowercase());
            word
        });
        assert_eq!(std::collections::BTreeSet::from(words).len(), DenialReason::ALL.len());
    }
}
