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
            Self::Over => "over",
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
    use std::collections::BTreeSet;

    /// From the sources, so that a new rule is in the test without anybody's remembering it.
    #[test]
    fn each_rule_has_the_word_of_its_variant() {
        let variants: Vec<&str> = include_str!("../refusal.rs")
            .lines()
            .skip_while(|line| !line.starts_with("pub enum Refusal"))
            .skip(1)
            .take_while(|line| *line != "}")
            .filter_map(|line| line.strip_prefix("    ")?.split([' ', ',']).next())
            .filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
            .collect();
        let codes: BTreeSet<String> = include_str!("code.rs")
            .lines()
            .skip_while(|line| !line.contains("match self"))
            .take_while(|line| !line.contains("mod tests"))
            .filter_map(|line| Some(line.split_once("=> \"")?.1.split('"').next()?.to_owned()))
            .collect();
        let expected = variants.iter().map(|variant| {
            let mut word = String::new();
            for (place, character) in variant.char_indices() {
                if character.is_ascii_uppercase() && place > 0 {
                    word.push('_');
                }
                word.push(character.to_ascii_lowercase());
            }
            word
        });
        assert!(variants.len() > 20, "{variants:?}");
        assert_eq!(codes, expected.collect());
    }
}
