//! Keys of another system, which customers keep: how their texts are read and hashed, and what stands for them here.
//!
//! An imported key has no id in its text. Its credential's id is therefore computed from the foreign hash, under the
//! [`IdKey`](super::IdKey) of the store. The foreign hash also takes the place of the secret: its keyed digest is made at the import, so that
//! verification, master keys and Argon2id treat an imported key like any other.

mod format;
mod format_settings;
mod hash;
mod presets;
mod stand_in;
mod stored_text;

pub use self::format::ImportFormat;
pub use self::format_settings::ImportFormatSettings;
pub use self::hash::ForeignHash;
pub(crate) use self::hash::UnreadableHash;
pub(crate) use self::stand_in::{ImportKey, StandIn};
