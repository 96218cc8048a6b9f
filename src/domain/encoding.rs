//! The encoding of records that their tags are computed over.
//!
//! An encoding is the version (1 byte), the type of the record (1 byte) and its fields in the order of their
//! numbers. A field is its number (1 byte), the length of its content (4 bytes, big endian) and the content. A field
//! whose content has fields of its own is encoded in the same way. An entry of a list is a field; the entries have
//! one number and keep their order. A field without a value is left out.
//!
//! # Adding a field
//!
//! Give the field the next free number. Encode it only if the record uses it, and raise the version if so. A record that
//! does not use the field is then encoded as before, so releases with and without the field can run side by side. A record
//! that uses the field is a [newer encoding](crate::secrets::Unopened::NewerEncoding) to the release without it.

mod action;
mod credential;
mod event;
mod headers;
#[cfg(test)]
mod tests;

use crate::domain::actor::ActorRef;
use crate::secrets::{Encoding, TagUse};
use crate::values::Timestamp;

/// The first version of the encoding.
const FIRST: u8 = 1;

/// A record that is stored with a tag.
pub(crate) trait Tagged {
    /// The newest version of the encoding that this release knows.
    const NEWEST: u8 = FIRST;

    /// Which subkeys the record is tagged under.
    const USE: TagUse;

    /// Returns the encoding of everything that the tag covers.
    fn encoding(&self) -> Encoding;
}

/// The type of a record, so that no two types share an encoding.
#[derive(Debug, Clone, Copy)]
enum EncodedType {
    Account = 1,
    Workspace = 2,
    Credential = 3,
    /// The part of an event that polls read.
    EventOutline = 4,
    Event = 5,
}

/// Encoded fields.
struct Fields(Vec<u8>);

impl Default for Fields {
    /// Allocates enough for most records, so that the buffer rarely grows. A tag is computed at each read of a record.
    fn default() -> Self {
        Self(Vec::with_capacity(512))
    }
}

impl Fields {
    fn bytes(mut self, number: u8, content: &[u8]) -> Self {
        // No field reaches 4 GiB: the longest column of a store is far shorter.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        self.0.push(number);
        self.0.extend(length.to_be_bytes());
        self.0.extend(content);
        self
    }

    fn text(self, number: u8, content: &str) -> Self {
        self.bytes(number, content.as_bytes())
    }

    fn u32(self, number: u8, content: u32) -> Self {
        self.bytes(number, &content.to_be_bytes())
    }

    /// Adds an optional number.
    fn u32_if_set(self, number: u8, content: Option<u32>) -> Self {
        match content {
            Some(content) => self.u32(number, content),
            None => self,
        }
    }

    fn u64(self, number: u8, content: u64) -> Self {
        self.bytes(number, &content.to_be_bytes())
    }

    fn time(self, number: u8, content: Timestamp) -> Self {
        self.bytes(number, &content.as_micros().to_be_bytes())
    }

    /// Adds an optional time.
    fn time_if_set(self, number: u8, content: Option<Timestamp>) -> Self {
        match content {
            Some(time) => self.time(number, time),
            None => self,
        }
    }

    fn fields(self, number: u8, content: &Self) -> Self {
        self.bytes(number, &content.0)
    }

    /// Adds the entries of a list, each as a field with this number.
    fn each(self, number: u8, entries: impl IntoIterator<Item = Self>) -> Self {
        entries.into_iter().fold(self, |fields, entry| fields.fields(number, &entry))
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds fields with higher numbers.
    fn and(mut self, later: Self) -> Self {
        self.0.extend(later.0);
        self
    }

    /// The whole encoding of a record that uses no later field.
    fn of(self, record: EncodedType) -> Encoding {
        self.of_version(FIRST, record)
    }

    /// The whole encoding of a record that uses a field of this version.
    fn of_version(self, version: u8, record: EncodedType) -> Encoding {
        let mut bytes = Vec::with_capacity(2 + self.0.len());
        bytes.extend([version, record as u8]);
        bytes.extend(self.0);
        Encoding { version, bytes }
    }
}

fn by(ActorRef { role, id }: &ActorRef) -> Fields {
    Fields::default().text(1, role.as_str()).text(2, id.as_str())
}
