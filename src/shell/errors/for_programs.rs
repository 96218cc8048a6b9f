//! What a program reads of an error: a code, an HTTP status, and when to try again.

use std::error::Error;
use std::time::Duration;

use super::{ManageError, NotVerified, RecordType, Unavailable, UnavailableReason};
use crate::domain::{Disclosure, Refusal};

impl ManageError {
    /// One word for programs, such as `forbidden`; of a refusal it is [`Refusal::code`], and of a missing answer
    /// [`UnavailableReason::code`]. It stays the same from release to release; the sentence may change.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::AccountSuspended => "account_suspended",
            Self::NotFound(RecordType::Credential) => "credential_not_found",
            Self::NotFound(RecordType::Workspace) => "workspace_not_found",
            Self::Refused(refusal) => refusal.code(),
            Self::Repeated(_) => "repeated",
            Self::Busy => "busy",
            Self::Unavailable(unavailable) => unavailable.reason().code(),
            Self::Unknown { .. } => "outcome_unknown",
            Self::Randomness(_) => "no_randomness",
        }
    }

    /// The HTTP status (RFC 9110, 15) of an answer with this error.
    ///
    /// | status | when |
    /// |---|---|
    /// | 403 | the actor is not allowed to do it, or the account is suspended |
    /// | 404 | it does not exist, or belongs to another account |
    /// | 412 | it was changed since the caller read it |
    /// | 422 | the request cannot be carried out, whatever the state of the workspace is |
    /// | 409 | the state of the workspace is against it, or it was carried out before |
    /// | 503 | there was no answer, or the outcome is not known |
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Forbidden | Self::AccountSuspended => 403,
            Self::NotFound(_) => 404,
            Self::Refused(Refusal::Changed { .. }) => 412,
            Self::Refused(
                Refusal::SunsetInPast
                | Refusal::ExpiryInPast
                | Refusal::OverlapTooShort
                | Refusal::OverlapTooLong { .. }
                | Refusal::ShownOnce
                | Refusal::OtherKind { .. }
                | Refusal::UnknownIntegration { .. }
                | Refusal::NoSnippet
                | Refusal::OtherWorkspace
                | Refusal::NoNetworks,
            ) => 422,
            Self::Refused(_) | Self::Repeated(_) => 409,
            Self::Busy | Self::Unavailable(_) | Self::Unknown { .. } | Self::Randomness(_) => 503,
        }
    }

    /// How long to wait before the same call may succeed. `None` if waiting does not help: a rule refused it, or an
    /// [operator is needed](UnavailableReason::needs_an_operator). A change of unknown outcome is looked for first: see
    /// [`Unknown`](Self::Unknown).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy | Self::Randomness(_) => Some(Duration::from_secs(1)),
            Self::Unavailable(unavailable) => passes_after(unavailable),
            _ => None,
        }
    }
}

impl ManageError {
    /// The sentence and those of its sources, in one line, for the operator's log. It holds no secret.
    #[must_use]
    pub fn with_sources(&self) -> String {
        with_sources(self)
    }
}

/// Returns the text of an error and of its sources, in one line.
pub(crate) fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl NotVerified {
    /// One word that the caller may be told: `denied`, `address_not_allowed` or `unavailable`. The reasons are for the host's
    /// log: [`Denial::reason`](crate::Denial::reason) and [`Unavailable::reason`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => match denial.disclosure() {
                Disclosure::Nothing => "denied",
                Disclosure::Address => "address_not_allowed",
            },
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// The HTTP status (RFC 9110, 15): 401 where the credentials do not pass; 403 where only the address does not; 503 where
    /// there was no answer. A 401 needs a challenge (RFC 9110, 11.6.1), which depends on the kind that a route wants: a guard
    /// of the feature `tower` writes the whole answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(denial) => match denial.disclosure() {
                Disclosure::Nothing => 401,
                Disclosure::Address => 403,
            },
            Self::Unavailable(_) => 503,
        }
    }

    /// How long to wait before the same attempt may pass. `None` if waiting does not help: it was denied, or an
    /// [operator is needed](UnavailableReason::needs_an_operator).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Denied(_) => None,
            Self::Unavailable(unavailable) => passes_after(unavailable),
        }
    }
}

fn passes_after(unavailable: &Unavailable) -> Option<Duration> {
    if unavailable.reason().needs_an_operator() { None } else { Some(unavailable.retry_after()) }
}

impl UnavailableReason {
    /// One word for programs, such as `store_unavailable`. It stays the same from release to release.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Store => "store_unavailable",
            Self::StoreMisconfigured => "store_misconfigured",
            Self::OldAnswer => "old_answer",
            Self::CorruptRow => "corrupt_row",
            Self::UnknownMasterKey => "unknown_master_key",
            Self::UnregisteredKind => "unregistered_kind",
            Self::LostMasterKey => "lost_master_key",
            Self::OtherRecordEpoch => "other_record_epoch",
            Self::NewerRelease => "newer_release",
            Self::HashingQueueFull => "hashing_queue_full",
            Self::HashingBusy => "hashing_busy",
            Self::HashingFailed => "hashing_failed",
        }
    }
}

impl Unavailable {
    /// [`UnavailableReason::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Denial, DenialReason, Revision};

    fn said(error: &ManageError) -> (&'static str, u16, Option<u64>) {
        (error.code(), error.status(), error.retry_after().map(|wait| wait.as_secs()))
    }

    #[test]
    fn a_program_learns_what_it_can_do() {
        let refused = |refusal| said(&ManageError::Refused(refusal));
        assert_eq!(said(&ManageError::Forbidden), ("forbidden", 403, None));
        assert_eq!(said(&ManageError::AccountSuspended), ("account_suspended", 403, None));
        let not_found = ManageError::NotFound(RecordType::Workspace);
        assert_eq!(said(&not_found), ("workspace_not_found", 404, None));
        let not_found = ManageError::NotFound(RecordType::Credential);
        assert_eq!(said(&not_found), ("credential_not_found", 404, None));
        let now = Revision::new(2);
        assert_eq!(refused(Refusal::Changed { now }), ("changed", 412, None));
        assert_eq!(refused(Refusal::NoNetworks), ("no_networks", 422, None));
        assert_eq!(refused(Refusal::Suspended), ("suspended", 409, None));
        let unavailable = Unavailable::new(UnavailableReason::Store);
        assert_eq!(said(&unavailable.into()), ("store_unavailable", 503, Some(1)));
        assert_eq!(said(&ManageError::Busy), ("busy", 503, Some(1)));
        let unavailable = Unavailable::new(UnavailableReason::NewerRelease);
        assert_eq!(said(&unavailable.into()), ("newer_release", 503, None));
    }

    #[test]
    fn a_denied_caller_is_told_no_reason() {
        let denied = |reason| NotVerified::from(Denial::new(reason));
        for reason in DenialReason::ALL {
            let (code, status) = (denied(reason).code(), denied(reason).status());
            let about_the_address =
                matches!(reason, DenialReason::AddressNotAllowed | DenialReason::AddressUnknown);
            let expected =
                if about_the_address { ("address_not_allowed", 403) } else { ("denied", 401) };
            assert_eq!((code, status), expected, "{reason}");
            assert_eq!(denied(reason).retry_after(), None);
        }
        let unavailable = NotVerified::from(Unavailable::new(UnavailableReason::Store));
        assert_eq!((unavailable.code(), unavailable.status()), ("unavailable", 503));
        assert_eq!(unavailable.retry_after(), Some(Duration::from_secs(1)));
    }
}
