//! Keys of another system, which customers keep: how their texts are read and hashed, and what stands for them here.
//!
//! An imported key has no id in its text. Its credential's id is therefore computed from the foreign hash, under the
//! [`IdKey`](super::IdKey) of the store. The foreign hash also takes the place of the secret: its keyed digest is made at the import, so that
//! verification, master keys and Argon2id treat an imported key like any other.
//!
//! A salted hash cannot be computed before its row is found. The id is then computed from a prefix of the key instead, and the row keeps
//! the salt and the cost until the key is first used.

mod format;
mod format_settings;
mod hash;
mod lookup_prefix;
mod presets;
mod scheme;
mod scheme_run;
mod scheme_text;
mod stand_in;
mod stored_text;

pub use self::format::ImportFormat;
pub(crate) use self::format::StoredHash;
pub use self::format_settings::ImportFormatSettings;
pub use self::hash::ForeignHash;
pub(crate) use self::hash::UnreadableHash;
pub use self::lookup_prefix::LookupPrefix;
pub(crate) use self::scheme::SlowScheme;
pub(crate) use self::stand_in::{ImportKey, StandIn};
