//! Layer 3: the records, and the pure decisions about them. `rules` decides management operations, and `policy` decides
//! verification. Neither does I/O, reads a clock or draws randomness.

mod account;
mod actor;
mod allowlist;
mod corrupt_record;
mod credential;
pub(crate) mod encoding;
mod event;
mod integration;
pub(crate) mod policy;
pub(crate) mod rules;
#[cfg(test)]
mod sample;
mod sealed;
mod workspace;

pub use self::account::{AccountRecord, Revision, UnknownSetting, UnlistedWorkspaces};
pub use self::actor::{Actor, ActorRef, Operator, Permission, Role, UnknownRole};
pub use self::allowlist::AllowlistEntry;
pub use self::corrupt_record::CorruptRecord;
pub use self::credential::{
    CredentialEdit, CredentialRecord, CredentialStatus, Deprecation, GenerationRecord,
    PreviousGeneration,
};
pub use self::event::{Action, Event, EventOutline, EventTags, Subject};
pub(crate) use self::integration::stored_integrations;
pub use self::integration::{Connection, Integration, IntegrationError};
pub use self::policy::{Denial, DenialReason, Disclosure, EndingNotice, Verified, VerifiedAny};
pub use self::rules::{EndTime, Limits, Refusal};
pub(crate) use self::sealed::Sealed;
pub use self::workspace::WorkspaceRecord;
