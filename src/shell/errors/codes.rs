//! The code, the HTTP status and the retry time of errors, for programs.

use std::error::Error;
use std::time::Duration;

use super::{ManageError, NotVerified, RecordType, Unavailable, UnavailableReason};
use crate::domain::{Disclosure, Refusal};

impl ManageError {
    /// Returns a stable word for programs, such as `forbidden`. A refusal has the word of [`Refusal::code`], and `Unavailable`
    /// that of [`UnavailableReason::code`]. The words do not change between releases. The sentences may change.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::AccountSuspended => "account_suspended",
            Self::AccountClosed => "account_closed",
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

    /// Returns the HTTP status (RFC 9110, section 15) for this error.
    ///
    /// | status | when |
    /// |---|---|
    /// | 403 | the actor lacks the role or the permission, or the account is suspended or closed |
    /// | 404 | the record does not exist, or belongs to another account |
    /// | 409 | the state of the workspace does not allow the operation, or an earlier call carried it out |
    /// | 412 | the record was changed since the caller read it |
    /// | 422 | the request is invalid in any state of the workspace |
    /// | 503 | Keyward could not decide, or the outcome is unknown |
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Forbidden | Self::AccountSuspended | Self::AccountClosed => 403,
            Self::NotFound(_) => 404,
            Self::Refused(Refusal::Changed { .. }) => 412,
            Self::Refused(
                Refusal::SunsetInPast
                | Refusal::ExpiryInPast
                | Refusal::OverlapTooShort
                | Refusal::OverlapTooLong { .. }
                | Refusal::OverlapBeyondPolicy { .. }
                | Refusal::ExpiryRequired
                | Refusal::LifetimeTooLong { .. }
                | Refusal::SecretTooOld { .. }
                | Refusal::ContradictoryPolicy(_)
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

    /// Returns how long to wait before a retry. Returns `None` if a retry does not help, because a rule refused the operation or
    /// it [needs an operator](UnavailableReason::needs_an_operator). It is also `None` for [`Unknown`](Self::Unknown): look up
    /// the outcome first.
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
    /// Returns the text of the error and of its sources in one line, for the log of the operator. It contains no secret.
    #[must_use]
    pub fn with_sources(&self) -> String {
        with_sources(self)
    }
}

/// Returns the text of an error and of its sources in one line.
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
    /// Returns the word that you can tell the caller: `denied`, `address_not_allowed`, `insufficient_scope` or `unavailable`. Only log the reasons,
    /// [`Denial::reason`](crate::Denial::reason) and [`Unavailable::reason`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(denial) => match denial.disclosure() {
                Disclosure::Nothing => "denied",
                Disclosure::Address => "address_not_allowed",
                Disclosure::Scope => "insufficient_scope",
            },
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// Returns the HTTP status (RFC 9110, section 15): 401 if the credentials were denied, 403 if only the address or a scope was refused, and
    /// 503 if Keyward could not decide.
    ///
    /// A 401 needs a challenge (RFC 9110, section 11.6.1), which depends on the kind that the route requires. A guard of the
    /// feature `tower` writes the whole response.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Denied(denial) => match denial.disclosure() {
                Disclosure::Nothing => 401,
                Disclosure::Address | Disclosure::Scope => 403,
            },
            Self::Unavailable(_) => 503,
        }
    }

    /// Returns how long to wait before a retry. Returns `None` if a retry does not help, because the attempt was denied or it
    /// [needs an operator](UnavailableReason::needs_an_operator).
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
    /// Returns a stable word for programs, such as `store_unavailable`. The words do not change between releases.
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
    /// Returns the [code](UnavailableReason::code) of the reason.
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
    fn an_error_tells_a_program_what_it_can_do() {
        let refused = |refusal| said(&ManageError::Refused(refusal));
        assert_eq!(said(&ManageError::Forbidden), ("forbidden", 403, None));
        assert_eq!(said(&ManageError::AccountSuspended), ("account_suspended", 403, None));
        assert_eq!(said(&ManageError::AccountClosed), ("account_closed", 403, None));
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
    fn the_response_to_a_denied_caller_has_no_reason() {
        let denied = |reason| NotVerified::from(Denial::new(reason));
        for reason in DenialReason::ALL {
            let (code, status) = (denied(reason).code(), denied(reason).status());
            let about_the_address =
                matches!(reason, DenialReason::AddressNotAllowed | DenialReason::AddressUnknown);
            let expected = match reason {
                DenialReason::InsufficientScope => ("insufficient_scope", 403),
                _ if about_the_address => ("address_not_allowed", 403),
                _ => ("denied", 401),
            };
            assert_eq!((code, status), expected, "{reason}");
            assert_eq!(denied(reason).retry_after(), None);
        }
        let unavailable = NotVerified::from(Unavailable::new(UnavailableReason::Store));
        assert_eq!((unavailable.code(), unavailable.status()), ("unavailable", 503));
        assert_eq!(unavailable.retry_after(), Some(Duration::from_secs(1)));
    }
}
