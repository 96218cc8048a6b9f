//! Layer 1: the values that every other layer speaks in. Each is parsed once, and then cannot be wrong.

pub(crate) mod base62;
mod clock;
mod ids;
mod key_text;
mod kind;
mod name;
mod network;
mod network_set;
mod random;
mod system_clock;
mod time;

pub use self::clock::{Clock, ManualClock, Reading};
pub use self::ids::{
    AccountId, ActorId, CredentialId, GenerationNumber, IdError, OperationId, WorkspaceId,
};
pub use self::key_text::{Brand, BrandError};
pub(crate) use self::key_text::{KeyText, MalformedKey, SECRET_LENGTH, parse, render};
pub use self::kind::{App, Kind, OfKind, Track, UnknownKind};
pub use self::name::{Name, NameError, NameKey};
pub use self::network::{Network, NetworkError, canonical_address};
pub(crate) use self::network_set::NetworkSet;
pub(crate) use self::random::Randomness;
pub use self::random::RandomnessError;
pub use self::system_clock::SystemClock;
pub use self::time::{Timestamp, TimestampError};
