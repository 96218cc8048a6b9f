//! The word that a program reads in place of the sentence.

use super::Refusal;

impl Refusal {
    /// One word for programs, such as `name_taken`. It stays the same from release to release; the sentence may change.
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
            Self::OverlapRuns { .. } => "overlap_runs",
            Self::GenerationsExhausted => "generations_exhausted",
            Self::ChoiceRequired { .. } => "choice_required",
            Self::ShownOnce => "shown_once",
            Self::OtherKind { .. } => "other_kind",
            Self::UnknownIntegration { .. } => "unknown_integration",
            Self::NoSnippet => "no_snippet",
            Self::OtherWorkspace => "other_workspace",
            Self::NotConnected => "not_connected",
            Self::NoNetworks => "no_networks",
            Self::DuplicateNetwork { .. } => "duplicate_network",
            Self::NotListed { .. } => "not_listed",
            Self::LastEntry => "last_entry",
            Self::TooMany { .. } => "too_many",
            Self::TooManyWorkspaces { .. } => "too_many_workspaces",
            Self::NotRevealable => "not_revealable",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::domain::account::Revision;
    use crate::domain::rules::Refusal;
    use crate::values::{KindWord, Name, Timestamp};

    fn one_of_each() -> Vec<Refusal> {
        let (kind, network) = (KindWord::App, "10.0.0.0/8".parse().unwrap());
        let (noun, until) = ("App key", Timestamp::MIN);
        vec![
            Refusal::Changed { now: Revision::NONE },
            Refusal::NotAsShown,
            Refusal::OperationReused,
            Refusal::NotReplaceable,
            Refusal::NameTaken { kind },
            Refusal::LooksAlike { kind, other: Name::new("other").unwrap() },
            Refusal::WorkspaceIdTaken,
            Refusal::WrongTypedName,
            Refusal::LastPermanent { kind: noun },
            Refusal::InUse { integrations: Vec::new() },
            Refusal::Ended,
            Refusal::Suspended,
            Refusal::SunsetInPast,
            Refusal::ExpiryInPast,
            Refusal::OverlapTooShort,
            Refusal::OverlapTooLong { most: Duration::ZERO },
            Refusal::OverlapRuns { until },
            Refusal::GenerationsExhausted,
            Refusal::ChoiceRequired { candidates: Vec::new() },
            Refusal::ShownOnce,
            Refusal::OtherKind { needs: noun },
            Refusal::UnknownIntegration { known: Vec::new(), allows_custom: false },
            Refusal::NoSnippet,
            Refusal::OtherWorkspace,
            Refusal::NotConnected,
            Refusal::NoNetworks,
            Refusal::DuplicateNetwork { network },
            Refusal::NotListed { network },
            Refusal::LastEntry,
            Refusal::TooMany { what: "credentials", most: 1 },
            Refusal::TooManyWorkspaces { most: 1 },
            Refusal::NotRevealable,
        ]
    }

    #[test]
    fn each_rule_has_the_word_of_its_variant() {
        let all = one_of_each();
        for refusal in &all {
            let code = refusal.code();
            let variant = format!("{refusal:?}");
            let variant = variant.split([' ', '(']).next().unwrap().to_lowercase();
            assert_eq!(code.replace('_', ""), variant);
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        }
        // From the source, so that a new rule is not forgotten here.
        let variants = include_str!("../refusal.rs")
            .lines()
            .skip_while(|line| !line.starts_with("pub enum Refusal"))
            .take_while(|line| *line != "}")
            .filter_map(|line| line.strip_prefix("    "))
            .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        assert_eq!(all.len(), variants.count());
    }
}
