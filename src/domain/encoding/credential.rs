//! The encoding of credentials.

use crate::domain::credential::{
    CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration,
};
use crate::secrets::{Encoding, TagUse};

use super::{Fields, RecordType, Tagged, by};

impl Tagged for CredentialRecord {
    const USE: TagUse = TagUse::Record;

    fn encoding(&self) -> Encoding {
        let Self {
            id,
            account,
            workspace,
            workspace_incarnation,
            kind,
            name,
            created,
            created_by,
            revision,
            current,
            previous,
            deprecation,
            suspended,
            expires,
            tag: _,
        } = self;
        Fields::default()
            .bytes(1, id.as_bytes())
            .text(2, account.as_str())
            .text(3, workspace.as_str())
            .text(4, kind.as_str())
            .text(5, name.as_str())
            .time(6, *created)
            .fields(7, &by(created_by))
            .u64(8, revision.get())
            .fields(9, &generation(current))
            .each(10, previous.iter().map(self::previous))
            .each(11, deprecation.iter().map(self::deprecation))
            .time_if_set(12, *suspended)
            .time_if_set(13, *expires)
            .bytes(14, workspace_incarnation.as_bytes())
            .of(RecordType::Credential)
    }
}

/// Returns all fields except the last-used time, which is recorded without a change of the tag.
fn generation(generation: &GenerationRecord) -> Fields {
    let GenerationRecord { number, brand, created, slow_hash, digest, seal, last_used: _ } =
        generation;
    let fields = Fields::default()
        .u32(1, number.get())
        .time(2, *created)
        .text(3, slow_hash.as_str())
        .bytes(4, &digest.to_bytes());
    let fields = match seal {
        Some(seal) => fields.bytes(5, seal.as_bytes()),
        None => fields,
    };
    fields.text(6, brand.as_str())
}

fn previous(PreviousGeneration { generation, until }: &PreviousGeneration) -> Fields {
    Fields::default().fields(1, &self::generation(generation)).time(2, *until)
}

fn deprecation(Deprecation { since, sunset }: &Deprecation) -> Fields {
    Fields::default().time(1, *since).time_if_set(2, *sunset)
}
