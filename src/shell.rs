//! Layer 5: the handle, the manager and the verifier: what reads the clock, draws randomness, asks the
//! store, and lets the pure layers decide.

mod builder;
mod errors;
mod hashing;
mod keyward;
mod knowledge;
mod last_used;
mod maintenance;
mod manager;
#[cfg(feature = "metrics")]
mod metrics;
mod minting;
mod question;
mod rekey;
mod site;
mod stats;
mod sync;
mod verifier;
mod views;

pub use self::builder::{BuildError, Builder};
pub use self::errors::{ManageError, Unavailable, UnavailableReason, What};
pub use self::keyward::Keyward;
pub use self::knowledge::Freshness;
pub use self::last_used::Unwritten;
pub use self::manager::{
    CreatedWorkspace, CredentialFilter, DeletionImpact, HistoryFilter, IssuedAppKey,
    IssuedTrackSet, LastLasting, Manager, NewCredential, NewSecret, NewWorkspace, RevealedTrackSet,
    Rotated,
};
pub use self::rekey::RekeyPage;
pub use self::site::{Site, SiteState};
pub use self::stats::Stats;
pub use self::verifier::{Attempt, NotVerified, Traced};
pub use self::views::{Credential, Generation, Standing, Workspace};
