//! The rules that an account sets for its own credentials.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The rules that an account sets for its own credentials.
///
/// They apply to each new credential, to each rotation, and to each change of an expiry. A change that breaks a rule is refused,
/// and the refusal names the rule; nothing is shortened silently. A new rule changes no existing credential:
/// [`Manager::preview_policy`](crate::Manager::preview_policy) lists those that break it, and
/// [`Manager::apply_policy`](crate::Manager::apply_policy) sets their expiry.
///
/// The rules do not apply to a credential without an expiry whose kind has a minimum, such as a permanent Track set, except for
/// the maximum overlap. A kind with a minimum has no default expiry.
///
/// A policy is always consistent: [`PolicyChange`] cannot make one that contradicts itself.
///
/// ```
/// use keyward::manage::{AccountPolicy, PolicyChange};
///
/// let ninety_days = 90 * 86_400;
/// let change = PolicyChange::new().max_lifetime_seconds(ninety_days).default_expiry_seconds(ninety_days);
/// let policy = AccountPolicy::NONE.changed(&change)?;
/// assert_eq!(policy.fields().max_lifetime_seconds, Some(ninety_days));
///
/// // The default expiry is still 90 days, so a maximum of 30 days would contradict it.
/// let shorter = PolicyChange::new().max_lifetime_seconds(30 * 86_400);
/// assert!(policy.changed(&shorter).is_err());
/// # Ok::<(), keyward::error::PolicyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "PolicyFields", into = "PolicyFields")]
pub struct AccountPolicy(PolicyFields);

/// The rules of an [`AccountPolicy`] as values. All times are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a store must write every field")]
pub struct PolicyFields {
    /// The longest time from the issue of a credential to its expiry.
    pub max_lifetime_seconds: Option<u32>,
    /// Whether a credential must have an expiry.
    pub expiry_required: bool,
    /// The time from the issue of a credential to its expiry if the request contains no expiry.
    pub default_expiry_seconds: Option<u32>,
    /// The longest overlap of a rotation. The limit of the host applies too.
    pub max_overlap_seconds: Option<u32>,
    /// The longest time from the creation of a secret to the expiry of its credential. A rotation starts it again, with the new secret.
    pub max_secret_age_seconds: Option<u32>,
}

/// Why the fields of a policy contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A time is zero.
    #[error("`{rule}` is 0: set at least one second, or remove the rule")]
    Zero {
        /// The field.
        rule: &'static str,
    },
    /// The default expiry is later than the maximum lifetime allows.
    #[error(
        "`default_expiry_seconds` ({default}) is more than `max_lifetime_seconds` ({limit}): shorten the default, or \
         allow a longer lifetime"
    )]
    DefaultBeyondLifetime {
        /// The default expiry in seconds.
        default: u32,
        /// The maximum lifetime in seconds.
        limit: u32,
    },
    /// The default expiry is later than the maximum age of a secret allows.
    #[error(
        "`default_expiry_seconds` ({default}) is more than `max_secret_age_seconds` ({limit}): shorten the default, \
         or allow older secrets"
    )]
    DefaultBeyondSecretAge {
        /// The default expiry in seconds.
        default: u32,
        /// The maximum age in seconds.
        limit: u32,
    },
}

impl PolicyError {
    /// Returns the field that breaks the rule.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Zero { rule } => rule,
            Self::DefaultBeyondLifetime { .. } | Self::DefaultBeyondSecretAge { .. } => {
                "default_expiry_seconds"
            }
        }
    }
}

impl AccountPolicy {
    /// The policy without rules.
    pub const NONE: Self = Self(PolicyFields {
        max_lifetime_seconds: None,
        expiry_required: false,
        default_expiry_seconds: None,
        max_overlap_seconds: None,
        max_secret_age_seconds: None,
    });

    /// Returns the rules as values.
    #[must_use]
    pub const fn fields(&self) -> PolicyFields {
        self.0
    }

    /// Returns this policy after a change. Rules that the change does not set stay as they are.
    ///
    /// # Errors
    ///
    /// Fails if the result would contradict itself.
    pub fn changed(&self, change: &PolicyChange) -> Result<Self, PolicyError> {
        let now = self.0;
        Self::try_from(PolicyFields {
            max_lifetime_seconds: change.max_lifetime_seconds.unwrap_or(now.max_lifetime_seconds),
            expiry_required: change.expiry_required.unwrap_or(now.expiry_required),
            default_expiry_seconds: change
                .default_expiry_seconds
                .unwrap_or(now.default_expiry_seconds),
            max_overlap_seconds: change.max_overlap_seconds.unwrap_or(now.max_overlap_seconds),
            max_secret_age_seconds: change
                .max_secret_age_seconds
                .unwrap_or(now.max_secret_age_seconds),
        })
    }
}

impl TryFrom<PolicyFields> for AccountPolicy {
    type Error = PolicyError;

    fn try_from(fields: PolicyFields) -> Result<Self, PolicyError> {
        for (rule, seconds) in fields.times() {
            if seconds == Some(0) {
                return Err(PolicyError::Zero { rule });
            }
        }
        if let Some(default) = fields.default_expiry_seconds {
            if let Some(limit) = fields.max_lifetime_seconds.filter(|limit| *limit < default) {
                return Err(PolicyError::DefaultBeyondLifetime { default, limit });
            }
            if let Some(limit) = fields.max_secret_age_seconds.filter(|limit| *limit < default) {
                return Err(PolicyError::DefaultBeyondSecretAge { default, limit });
            }
        }
        Ok(Self(fields))
    }
}

impl From<AccountPolicy> for PolicyFields {
    fn from(policy: AccountPolicy) -> Self {
        policy.0
    }
}

impl fmt::Display for AccountPolicy {
    /// Writes the rules for people, without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("no rules");
        }
        let times = self.0.times().into_iter();
        let times = times.filter_map(|(rule, seconds)| Some(format!("{rule} {}", seconds?)));
        let required = self.0.expiry_required.then(|| "expiry_required".to_owned());
        f.write_str(&required.into_iter().chain(times).collect::<Vec<_>>().join(", "))
    }
}

impl PolicyFields {
    /// Returns each rule that is a time, with its name.
    pub(crate) const fn times(&self) -> [(&'static str, Option<u32>); 4] {
        [
            ("max_lifetime_seconds", self.max_lifetime_seconds),
            ("default_expiry_seconds", self.default_expiry_seconds),
            ("max_overlap_seconds", self.max_overlap_seconds),
            ("max_secret_age_seconds", self.max_secret_age_seconds),
        ]
    }
}

/// A change of an [`AccountPolicy`]. A rule that the change does not set stays as it is; `None` removes a rule.
#[expect(clippy::option_option, reason = "not named, removed and set are different")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyChange {
    max_lifetime_seconds: Option<Option<u32>>,
    expiry_required: Option<bool>,
    default_expiry_seconds: Option<Option<u32>>,
    max_overlap_seconds: Option<Option<u32>>,
    max_secret_age_seconds: Option<Option<u32>>,
}

impl PolicyChange {
    /// Creates a change that changes no rule.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or removes the maximum lifetime: the longest time from the issue of a credential to its expiry.
    #[must_use]
    pub fn max_lifetime_seconds(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.max_lifetime_seconds = Some(limit.into());
        self
    }

    /// Sets whether a credential must have an expiry.
    #[must_use]
    pub const fn expiry_required(mut self, is_required: bool) -> Self {
        self.expiry_required = Some(is_required);
        self
    }

    /// Sets or removes the default expiry: the time from the issue of a credential to its expiry if the request contains no
    /// expiry.
    #[must_use]
    pub fn default_expiry_seconds(mut self, after: impl Into<Option<u32>>) -> Self {
        self.default_expiry_seconds = Some(after.into());
        self
    }

    /// Sets or removes the longest overlap of a rotation.
    #[must_use]
    pub fn max_overlap_seconds(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.max_overlap_seconds = Some(limit.into());
        self
    }

    /// Sets or removes the maximum age of a secret: the longest time from its creation to the expiry of its credential.
    #[must_use]
    pub fn max_secret_age_seconds(mut self, limit: impl Into<Option<u32>>) -> Self {
        self.max_secret_age_seconds = Some(limit.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountPolicy, PolicyChange, PolicyError, PolicyFields};

    fn full() -> AccountPolicy {
        AccountPolicy::try_from(PolicyFields {
            max_lifetime_seconds: Some(50),
            expiry_required: true,
            default_expiry_seconds: Some(20),
            max_overlap_seconds: Some(30),
            max_secret_age_seconds: Some(40),
        })
        .unwrap()
    }

    #[test]
    fn a_time_of_zero_is_refused_with_its_rule() {
        let new = PolicyChange::new;
        for (change, rule) in [
            (new().max_lifetime_seconds(0), "max_lifetime_seconds"),
            (new().default_expiry_seconds(0), "default_expiry_seconds"),
            (new().max_overlap_seconds(0), "max_overlap_seconds"),
            (new().max_secret_age_seconds(0), "max_secret_age_seconds"),
        ] {
            assert_eq!(AccountPolicy::NONE.changed(&change), Err(PolicyError::Zero { rule }));
        }
    }

    #[test]
    fn a_default_beyond_a_maximum_is_refused_in_either_order() {
        let new = PolicyChange::new;
        let beyond = |change: PolicyChange| full().changed(&change);
        let lifetime = |default, limit| Err(PolicyError::DefaultBeyondLifetime { default, limit });
        let age = |default, limit| Err(PolicyError::DefaultBeyondSecretAge { default, limit });
        assert_eq!(beyond(new().max_lifetime_seconds(19)), lifetime(20, 19));
        assert_eq!(beyond(new().default_expiry_seconds(51)), lifetime(51, 50));
        assert_eq!(beyond(new().max_secret_age_seconds(19)), age(20, 19));
        assert_eq!(beyond(new().default_expiry_seconds(41)), age(41, 40));
        assert!(beyond(new().default_expiry_seconds(40)).is_ok());
        assert!(beyond(new().default_expiry_seconds(19).max_lifetime_seconds(19)).is_ok());
    }

    /// Absent, null and a number are three different things.
    #[test]
    fn a_change_of_one_rule_leaves_every_other_as_it_was() {
        type Rule = (PolicyChange, PolicyFields);
        let (new, fields) = (PolicyChange::new, full().fields());
        let changes: [Rule; 10] = [
            (new(), fields),
            (
                new().max_lifetime_seconds(60),
                PolicyFields { max_lifetime_seconds: Some(60), ..fields },
            ),
            (
                new().max_lifetime_seconds(None),
                PolicyFields { max_lifetime_seconds: None, ..fields },
            ),
            (new().expiry_required(false), PolicyFields { expiry_required: false, ..fields }),
            (
                new().default_expiry_seconds(10),
                PolicyFields { default_expiry_seconds: Some(10), ..fields },
            ),
            (
                new().default_expiry_seconds(None),
                PolicyFields { default_expiry_seconds: None, ..fields },
            ),
            (new().max_overlap_seconds(9), PolicyFields { max_overlap_seconds: Some(9), ..fields }),
            (new().max_overlap_seconds(None), PolicyFields { max_overlap_seconds: None, ..fields }),
            (
                new().max_secret_age_seconds(60),
                PolicyFields { max_secret_age_seconds: Some(60), ..fields },
            ),
            (
                new().max_secret_age_seconds(None),
                PolicyFields { max_secret_age_seconds: None, ..fields },
            ),
        ];
        for (change, expected) in changes {
            assert_eq!(full().changed(&change).map(PolicyFields::from), Ok(expected), "{change:?}");
        }
    }

    #[test]
    fn a_policy_is_a_line_for_people() {
        assert_eq!(AccountPolicy::NONE.to_string(), "no rules");
        let line = "expiry_required, max_lifetime_seconds 50, default_expiry_seconds 20, \
                    max_overlap_seconds 30, max_secret_age_seconds 40";
        assert_eq!(full().to_string(), line);
    }

    #[test]
    fn json_has_every_field_and_is_checked() {
        let json = serde_json::json!({
            "max_lifetime_seconds": 50,
            "expiry_required": true,
            "default_expiry_seconds": 20,
            "max_overlap_seconds": 30,
            "max_secret_age_seconds": 40,
        });
        assert_eq!(serde_json::to_value(full()).unwrap(), json);
        assert_eq!(serde_json::from_value::<AccountPolicy>(json.clone()).unwrap(), full());
        let mut contradictory = json;
        contradictory["max_lifetime_seconds"] = 0.into();
        let error = serde_json::from_value::<AccountPolicy>(contradictory).unwrap_err();
        assert!(error.to_string().contains("`max_lifetime_seconds` is 0"), "{error}");
    }
}
