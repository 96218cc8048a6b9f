//! Records with tags. They are tagged before they are written, and checked when they are read.

use crate::secrets::{RecordKeys, RecordTag, Unopened};

use super::account::AccountRecord;
use super::credential::CredentialRecord;
use super::encoding::Tagged;
use super::event::{Event, EventOutline, EventTags};
use super::workspace::WorkspaceRecord;

/// A record that carries its own tag.
pub(crate) trait Sealed: Tagged + Clone {
    /// The noun for the record in log lines.
    const NOUN: &'static str;

    /// Returns the id for log lines.
    fn id_text(&self) -> String;

    /// Returns the tag that the record carries, checked or not.
    fn tag(&self) -> &RecordTag;

    /// Replaces the tag.
    fn with_tag(self, tag: RecordTag) -> Self;

    /// Tags the record under the current master key and record epoch.
    fn seal(self, keys: &RecordKeys) -> Self {
        let tag = keys.tag(Self::USE, &self.encoding());
        self.with_tag(tag)
    }

    /// Checks that the tag belongs to the record, and is under a master key and an epoch that this node accepts.
    fn check_tag(&self, keys: &RecordKeys) -> Result<(), Unopened> {
        keys.check(Self::USE, self.tag(), Self::NEWEST, &self.encoding())
    }
}

macro_rules! sealed {
    ($($record:ty, $noun:literal;)*) => {
        $(
            impl Sealed for $record {
                const NOUN: &'static str = $noun;

                fn id_text(&self) -> String {
                    self.id.to_string()
                }

                fn tag(&self) -> &RecordTag {
                    &self.tag
                }

                fn with_tag(self, tag: RecordTag) -> Self {
                    Self { tag, ..self }
                }
            }
        )*
    };
}

sealed! {
    AccountRecord, "account";
    WorkspaceRecord, "workspace";
    CredentialRecord, "credential";
}

impl Sealed for EventOutline {
    const NOUN: &'static str = "event";

    fn id_text(&self) -> String {
        self.operation.to_string()
    }

    fn tag(&self) -> &RecordTag {
        &self.tag
    }

    fn with_tag(self, tag: RecordTag) -> Self {
        Self { tag, ..self }
    }
}

/// The tag over the whole event.
impl Sealed for Event {
    const NOUN: &'static str = "event";

    fn id_text(&self) -> String {
        self.operation.to_string()
    }

    fn tag(&self) -> &RecordTag {
        &self.tags.whole
    }

    fn with_tag(self, whole: RecordTag) -> Self {
        Self { tags: EventTags { whole, ..self.tags }, ..self }
    }
}

impl Event {
    /// Computes both tags under the current master key.
    pub(crate) fn tags_under(&self, keys: &RecordKeys) -> EventTags {
        let (outline, whole) = (self.outline().seal(keys).tag, self.clone().seal(keys).tags.whole);
        EventTags { outline, whole }
    }
}

#[cfg(test)]
mod tests {
    use super::{RecordKeys, Sealed, Unopened};
    use crate::domain::sample;
    use crate::secrets::{MasterKey, MasterKeys, RecordEpochs};

    fn keys() -> RecordKeys {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        RecordKeys::new(&keys, &RecordEpochs::default())
    }

    #[test]
    fn sealed_bytes_open_and_changed_bytes_do_not() {
        let keys = keys();
        let sealed = sample::account().seal(&keys);
        assert_eq!(sealed.check_tag(&keys), Ok(()));
        let mut other = sealed.clone();
        other.revision = other.revision.next();
        assert_eq!(other.check_tag(&keys), Err(Unopened::Corrupt));
        let unknown = Unopened::UnknownMasterKey(sealed.tag.key());
        assert_eq!(sealed.check_tag(&super::tests::keys()), Err(unknown));
        let untagged = sample::workspace();
        assert!(untagged.check_tag(&keys).is_err());
    }
}
