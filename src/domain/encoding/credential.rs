//! The encoding of credentials.

use crate::domain::credential::{
    CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration,
};
use crate::domain::grant::{Grant, Owner};
use crate::secrets::{Encoding, TagUse};
use crate::values::{CredentialNetworks, Label, ScopeName, Scopes};

use super::headers::network;
use super::{EncodedType, Fields, Tagged, by};

/// The version with scopes, networks, labels and an owner.
const WITH_GRANT: u8 = 2;

impl Tagged for CredentialRecord {
    const NEWEST: u8 = WITH_GRANT;

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
            grant,
            tag: _,
        } = self;
        let fields = Fields::default()
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
            .bytes(14, workspace_incarnation.as_bytes());
        if grant.is_default() {
            return fields.of(EncodedType::Credential);
        }
        fields.fields(15, &granted(grant)).of_version(WITH_GRANT, EncodedType::Credential)
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

/// Returns what is set. All scopes and a set without scopes differ: the set is a field, even without names.
pub(super) fn granted(Grant { scopes, networks, labels, owner }: &Grant) -> Fields {
    let fields = match scopes {
        Scopes::All => Fields::default(),
        Scopes::Only(set) => {
            let name = |name: &ScopeName| Fields::default().text(1, name.as_str());
            let names = Fields::default().each(1, set.names().iter().map(name));
            Fields::default().fields(1, &names)
        }
    };
    let networks = networks.iter().flat_map(CredentialNetworks::as_slice).map(network);
    let label = |label: &Label| Fields::default().text(1, label.name()).text(2, label.value());
    let fields = fields.each(2, networks).each(3, labels.as_slice().iter().map(label));
    match owner {
        Owner::Account => fields,
        Owner::Member { id } => fields.text(4, id.as_str()),
    }
}
