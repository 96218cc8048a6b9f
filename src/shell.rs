//! Layer 6: the handle, the manager and the verifier. They read the clock, draw randomness and query the store, and the pure layers
//! decide.

mod answers;
mod builder;
mod cache;
mod cleanup;
mod closed_accounts;
mod current;
mod errors;
mod failure_log;
mod hashing;
mod imports;
mod keyward;
mod knowledge;
mod last_used;
mod log_limit;
mod maintenance;
mod manager;
#[cfg(feature = "metrics")]
mod metrics;
mod minting;
mod read_gate;
mod readiness;
mod record_walk;
mod records;
mod rekey;
mod remembered_networks;
mod renewing;
mod sealing;
mod settings;
mod shared_call;
mod site;
mod stats;
mod sync;
mod verifier;
mod views;

pub use self::answers::{
    AllowlistDryRun, AllowlistPreview, CreatedWorkspace, DeletionImpact, Issued, LeakOutcome,
    PolicyApplied, PolicyViolation, Repeated, Revealed, Rotated, UsedNetwork,
};
pub use self::builder::{BuildError, Builder};
pub use self::errors::{ManageError, NotVerified, RecordType, Unavailable, UnavailableReason};
pub use self::imports::ImportsError;
pub use self::keyward::Keyward;
pub use self::knowledge::Freshness;
pub use self::last_used::UnwrittenUses;
pub use self::manager::{
    CorruptAccount, CorruptWorkspace, CredentialFilter, HistoryFilter, Import, ImportDryRun,
    ImportOutcome, ImportRow, Manager, NewCredential, NewWorkspace, OwnedBatch, PolicyRun,
    Rotation, RowRefusal,
};
pub use self::readiness::{Readiness, ReadinessFinding};
pub use self::record_walk::{CheckedRecords, RecordCursor};
pub use self::rekey::{Rekey, RekeyPage};
pub use self::remembered_networks::NetworkViewers;
pub use self::settings::{
    ImportSettings, KindSettings, MasterKeySettings, RecordEpochSettings, ServiceSettings,
};
pub use self::site::SiteInfo;
pub use self::stats::Stats;
#[cfg(feature = "tower")]
pub use self::stats::{NoAddress, RefusedHeader};
pub use self::verifier::{Attempt, TracedKey};
pub use self::views::{Account, Credential, Generation, HistoryEvent, SecretStatus, Workspace};
