//! Guides: documentation with code that is compiled and run.
//!
//! - [`walk`]: the life of a credential, from its workspace to its deletion.
//! - [`log_messages`]: every log message, its level and its fields.

pub mod log_messages;
pub mod walk;
