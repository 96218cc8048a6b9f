//! Layer 1: the value types that every other layer uses. Each value is checked once, when it is made, and is valid from then
//! on.

pub(crate) mod base62;
mod brand;
mod clock;
mod credential_networks;
mod day;
mod ids;
mod integration_word;
mod key_text;
mod kind_word;
mod labels;
mod leak_place;
mod name;
mod network;
mod network_prefix;
mod network_set;
mod network_summary;
mod random;
mod scopes;
mod short_word;
mod system_clock;
mod text_form;
mod time;

pub use self::brand::{Brand, BrandError};
pub use self::clock::{Clock, ClockReading, ManualClock};
pub use self::credential_networks::{CredentialNetworks, CredentialNetworksError};
pub use self::day::Day;
pub use self::ids::{
    AccountId, ActorId, CredentialId, GenerationNumber, IdError, OperationId, WorkspaceId,
};
pub use self::integration_word::{IntegrationWord, IntegrationWordError};
pub(crate) use self::key_text::{
    Identity, KeyText, MalformedKey, Prefixes, SECRET_LENGTH, parse, render,
};
pub use self::kind_word::{KindWord, KindWordError};
pub use self::labels::{Label, LabelError, Labels};
pub use self::leak_place::LeakPlace;
#[cfg(any(feature = "manage-api", feature = "page"))]
pub(crate) use self::name::contains_key;
pub(crate) use self::name::{Look, Looks, keys_in, stored_name};
pub use self::name::{Name, NameError, NameKey};
pub(crate) use self::network::canonical_address;
pub use self::network::{Network, NetworkError};
pub use self::network_prefix::{NetworkPrefix, NetworkPrefixError};
pub(crate) use self::network_set::{Coverage, NetworkSet};
pub use self::network_summary::NetworkSummary;
pub(crate) use self::random::Randomness;
pub use self::random::RandomnessError;
pub use self::scopes::{ScopeName, ScopeNameError, ScopeSet, ScopeSetError, Scopes};
pub use self::system_clock::SystemClock;
pub(crate) use self::text_form::text_form;
pub use self::time::{Timestamp, TimestampError};
