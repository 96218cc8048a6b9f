//! The decision whether an attempt passes, as pure functions. They take the presented key and the stored records, and return
//! a proof or a denial. Only this module can make a proof.

mod decide;
mod denial;
mod grant_view;
mod secret_check;
mod verified;
mod views;

pub(crate) use self::decide::{DecisionContext, decide, is_usable};
pub use self::denial::{Denial, DenialReason, Disclosure};
pub(crate) use self::secret_check::{
    Matched, SecretCheck, UndecidedDigests, check_secret, matched_again, matched_slowly,
    matching_digest, still_matched,
};
pub(crate) use self::verified::Proof;
pub use self::verified::{EndingNotice, Verified, VerifiedAny};
pub(crate) use self::views::{
    AccountState, AccountStops, AccountView, CredentialView, ViewOwner, WorkspaceView,
};

#[cfg(test)]
mod tests;
