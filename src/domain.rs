//! Layer 4: the records, and the pure decisions about them. `rules` decides management operations, and `policy` decides
//! verification. Neither does I/O, reads a clock or draws randomness.

mod account;
mod account_policy;
mod acting_key;
mod actor;
mod allowlist;
mod corrupt_record;
mod credential;
pub(crate) mod encoding;
mod event;
mod grant;
mod inactive_owners;
mod integration;
mod leak_response;
mod network_use;
pub(crate) mod policy;
mod restriction;
pub(crate) mod rules;
#[cfg(test)]
mod sample;
mod sealed;
mod vocabulary;
mod workspace;

pub use self::account::{AccountRecord, Revision, UnknownSetting, UnlistedWorkspaces};
pub use self::account_policy::{AccountPolicy, PolicyChange, PolicyError, PolicyFields};
pub use self::actor::{Actor, ActorRef, Operator, Permission, Role, UnknownRole};
pub use self::allowlist::AllowlistEntry;
pub use self::corrupt_record::CorruptRecord;
pub use self::credential::{
    CredentialEdit, CredentialRecord, CredentialStatus, Deprecation, GenerationRecord,
    PreviousGeneration,
};
pub use self::event::{Action, ActionWord, Event, EventOutline, EventTags, Subject, UnknownAction};
pub use self::grant::{Grant, Owner};
pub use self::inactive_owners::{InactiveOwners, InactiveOwnersError};
pub(crate) use self::integration::stored_integrations;
pub use self::integration::{Connection, Integration, IntegrationError};
pub use self::leak_response::{LeakResponse, UnknownLeakResponse};
pub use self::network_use::NetworkUse;
pub use self::policy::{Denial, DenialReason, Disclosure, EndingNotice, Verified, VerifiedAny};
pub use self::restriction::Restriction;
pub use self::rules::{
    Access, AccessForecast, AllowlistChange, EndTime, Limits, NetworkForecast, Refusal,
    RequiredChange,
};
pub(crate) use self::sealed::Sealed;
pub use self::vocabulary::{
    InsufficientScope, Preset, RequiredScope, ScopeMarker, ScopeVocabulary, Vocabulary,
    VocabularyError,
};
pub use self::workspace::WorkspaceRecord;
