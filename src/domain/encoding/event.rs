//! The two encodings of an event. Neither covers its number, which the store assigns.

use crate::domain::event::{Event, EventOutline, Subject};
use crate::secrets::{Encoding, TagUse};

use super::action::action;
use super::{EncodedType, Fields, Tagged};

impl Tagged for EventOutline {
    const USE: TagUse = TagUse::Event;

    fn encoding(&self) -> Encoding {
        outline(self).of(EncodedType::EventOutline)
    }
}

impl Tagged for Event {
    const USE: TagUse = TagUse::Event;

    fn encoding(&self) -> Encoding {
        let Self { number: _, operation: _, at: _, account: _, subject: _, by, action, tags: _ } =
            self;
        outline(&self.outline())
            .fields(5, &super::by(by))
            .fields(6, &self::action(action))
            .of(EncodedType::Event)
    }
}

fn outline(EventOutline { operation, at, account, subject, tag: _ }: &EventOutline) -> Fields {
    Fields::default()
        .bytes(1, operation.as_bytes())
        .time(2, *at)
        .text(3, account.as_str())
        .fields(4, &self::subject(subject))
}

fn subject(subject: &Subject) -> Fields {
    let fields = Fields::default();
    match subject {
        Subject::Account => fields,
        Subject::Workspace(workspace) => fields.text(1, workspace.as_str()),
        Subject::Credential(workspace, credential) => {
            fields.text(1, workspace.as_str()).bytes(2, credential.as_bytes())
        }
    }
}
