//! The functions of the fuzz targets in `fuzz`. Each takes any bytes, and panics if a promise is broken.
//!
//! They are part of the crate because most parsers are private. They are compiled only for fuzzers and tests. The test below
//! replays the committed corpus, so `cargo test` runs it too.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target panics if a promise is broken"
)]

#[cfg(test)]
mod corpus;
mod forwarding;
#[cfg(feature = "manage-api")]
mod manage_api;
mod management;
mod network;
mod phc_string;
mod presented_key;
mod sealed_blob;
mod support;

pub use self::forwarding::forwarding;
#[cfg(feature = "manage-api")]
pub use self::manage_api::manage_api;
pub use self::management::management;
pub use self::network::network;
pub use self::phc_string::phc_string;
pub use self::presented_key::presented_key;
pub use self::sealed_blob::sealed_blob;
pub use crate::adapters::fuzzing::{authorization, stored_row};
