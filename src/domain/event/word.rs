//! The words of actions.

use std::fmt;
use std::str::FromStr;

use super::Action;

/// The word of an [`Action`]: `is` in its JSON. A filter of the history names an action by its word.
///
/// ```
/// use keyward::history::{Action, ActionWord};
///
/// let revealed: ActionWord = "revealed".parse()?;
/// assert_eq!(Action::Revealed.word(), revealed);
/// assert!("read_minds".parse::<ActionWord>().is_err());
/// # Ok::<(), keyward::history::UnknownAction>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionWord(&'static str);

impl ActionWord {
    /// Returns the word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ActionWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for ActionWord {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL.into_iter().find(|word| word.0 == text).ok_or(UnknownAction)
    }
}

/// The error for a text that is not the word of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the word of an action: use one of `ActionWord::ALL`")]
#[non_exhaustive]
pub struct UnknownAction;

/// Makes the list of all words and the word of each action, so that neither can lack one.
macro_rules! words {
    ($($action:ident $word:literal)+) => {
        impl ActionWord {
            /// All words, in the order of the variants of [`Action`].
            pub const ALL: [Self; [$($word),+].len()] = [$(Self($word)),+];
        }

        impl Action {
            /// Returns the word of the action: `is` in its JSON.
            #[must_use]
            pub const fn word(&self) -> ActionWord {
                ActionWord(match self {
                    $(Self::$action { .. } => $word,)+
                })
            }
        }
    };
}

words! {
    WorkspaceCreated "workspace_created"
    WorkspaceRemoved "workspace_removed"
    Issued "issued"
    Imported "imported"
    Revealed "revealed"
    Renamed "renamed"
    Deprecated "deprecated"
    Undeprecated "undeprecated"
    Suspended "suspended"
    Resumed "resumed"
    ExpirySet "expiry_set"
    ExpiryCleared "expiry_cleared"
    Rotated "rotated"
    Replaced "replaced"
    OverlapEnded "overlap_ended"
    Deleted "deleted"
    Connected "connected"
    Disconnected "disconnected"
    Allowed "allowed"
    Disallowed "disallowed"
    AllowlistReplaced "allowlist_replaced"
    Lifted "lifted"
    UnlistedWorkspacesSet "unlisted_workspaces_set"
    PolicySet "policy_set"
    MemberDeactivated "member_deactivated"
    MemberReactivated "member_reactivated"
    AccountSuspended "account_suspended"
    AccountResumed "account_resumed"
    ScopesSet "scopes_set"
    NetworksSet "networks_set"
    LabelsSet "labels_set"
    HandedOver "handed_over"
    Recounted "recounted"
    Repaired "repaired"
    AccountClosed "account_closed"
    LeakResponseSet "leak_response_set"
    Leaked "leaked"
}
