//! The stable words for refusals, which programs read.

use super::Refusal;

impl Refusal {
    /// Returns the word for programs, such as `name_taken`. The word stays the same from release to release; the sentence
    /// can change.
    ///
    /// ```
    /// use keyward::Refusal;
    ///
    /// assert_eq!(Refusal::ShownOnce.code(), "shown_once");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::NotAsShown => "not_as_shown",
            Self::OperationReused => "operation_reused",
            Self::NotReplaceable => "not_replaceable",
            Self::NameTaken { .. } => "name_taken",
            Self::LooksAlike { .. } => "looks_alike",
            Self::WorkspaceIdTaken => "workspace_id_taken",
            Self::WrongTypedName => "wrong_typed_name",
            Self::LastPermanent { .. } => "last_permanent",
            Self::InUse { .. } => "in_use",
            Self::Ended => "ended",
            Self::Suspended => "suspended",
            Self::SunsetInPast => "sunset_in_past",
            Self::ExpiryInPast => "expiry_in_past",
            Self::OverlapTooShort => "overlap_too_short",
            Self::OverlapTooLong { .. } => "overlap_too_long",
            Self::OverlapBeyondPolicy { .. } => "overlap_beyond_policy",
            Self::ExpiryRequired => "expiry_required",
            Self::LifetimeTooLong { .. } => "lifetime_too_long",
            Self::SecretTooOld { .. } => "secret_too_old",
            Self::ContradictoryPolicy(_) => "contradictory_policy",
            Self::OverlapRuns { .. } => "overlap_runs",
            Self::GenerationsExhausted => "generations_exhausted",
            Self::ChoiceRequired { .. } => "choice_required",
            Self::ShownOnce => "shown_once",
            Self::OtherKind { .. } => "other_kind",
            Self::UnknownIntegration { .. } => "unknown_integration",
            Self::NoSnippet => "no_snippet",
            Self::UnknownScope { .. } => "unknown_scope",
            Self::AboveCeiling { .. } => "above_ceiling",
            Self::OtherWorkspace => "other_workspace",
            Self::NotConnected => "not_connected",
            Self::NoNetworks => "no_networks",
            Self::DuplicateNetwork { .. } => "duplicate_network",
            Self::NotListed { .. } => "not_listed",
            Self::LastEntry => "last_entry",
            Self::TooMany { .. } => "too_many",
            Self::TooManyWorkspaces { .. } => "too_many_workspaces",
            Self::TooManyInactiveOwners { .. } => "too_many_inactive_owners",
            Self::InactiveOwner => "inactive_owner",
            Self::NotRevealable => "not_revealable",
        }
    }
}
