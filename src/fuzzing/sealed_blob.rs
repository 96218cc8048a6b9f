//! The parsers of stored seals and digests.

use std::sync::LazyLock;

use crate::fuzzing::support;
use crate::secrets::{KeyedDigest, MasterKey, Seal, SealedFor, SecretText};
use crate::values::{Brand, CredentialId, GenerationNumber, Identity, WorkspaceId};

static KEY: LazyLock<MasterKey> = LazyLock::new(support::master_key);

/// The first bytes of the input are the seal, and the following bytes make its place.
///
/// The bytes must parse if and only if the length and the version are right, and must be returned unchanged. The seal must open
/// only in the place and form in which it was made.
pub fn sealed_blob(data: &[u8]) {
    digest(data);
    let (blob, rest) = data.split_at(data.len().min(Seal::LENGTH));
    let read = Seal::from_bytes(blob);
    assert_eq!(read.is_ok(), blob.len() == Seal::LENGTH && blob.first() == Some(&1));
    let Ok(read) = read else { return };
    assert_eq!(read.as_bytes(), blob);
    assert_eq!(blob.get(1..9), Some(read.key().as_bytes().as_slice()));

    let (generation, workspace) = rest.split_at(rest.len().min(4));
    let number = generation.iter().fold(1, |number: u32, byte| number << 7 ^ u32::from(*byte));
    let workspace = str::from_utf8(workspace).ok().and_then(|text| WorkspaceId::new(text).ok());
    let workspace = workspace.unwrap_or_else(|| WorkspaceId::new("workspace").unwrap());
    let id = CredentialId::new("abcdefghijkl").unwrap();
    for kind in support::WORDS {
        let place = SealedFor {
            workspace: &workspace,
            identity: Identity { brand: Brand::default(), kind, id },
            generation: GenerationNumber::new(number).unwrap_or(GenerationNumber::FIRST),
        };
        opens_nowhere(&read, &place);
        opens_as_it_was_sealed(blob, &place);
    }
}

fn opens_nowhere(read: &Seal, place: &SealedFor<'_>) {
    assert!(read.unseal(&KEY, place).is_err(), "these bytes are not a seal of Keyward");
    // The id of the key is not encrypted, so an attacker who can write to the store can choose it.
    let mut named = *read.as_bytes();
    named[1..9].copy_from_slice(KEY.id().as_bytes());
    assert!(
        Seal::from_bytes(&named).unwrap().unseal(&KEY, place).is_err(),
        "these bytes are not a seal of Keyward"
    );
}

/// Seals a secret that is made of the input. Then changes one bit of the seal, and afterwards the place.
fn opens_as_it_was_sealed(blob: &[u8], place: &SealedFor<'_>) {
    let (nonce, secret) = (*blob[9..].first_chunk().unwrap(), *blob[33..].first_chunk().unwrap());
    let seal = Seal::close(&KEY, place, &SecretText::copy(&secret), nonce).unwrap();
    assert_eq!(seal.unseal(&KEY, place).unwrap().expose(), &secret);

    let bit = (usize::from(blob[91]) << 2 | usize::from(blob[90]) & 3) % (8 * Seal::LENGTH);
    let mut changed = *seal.as_bytes();
    changed[bit / 8] ^= 1 << (bit % 8);
    match Seal::from_bytes(&changed) {
        Ok(changed) => assert!(changed.unseal(&KEY, place).is_err(), "bit {bit}"),
        Err(_) => assert_eq!(bit / 8, 0, "only a changed version fails to parse"),
    }
    let next = place.generation.next().unwrap_or(GenerationNumber::FIRST);
    assert!(seal.unseal(&KEY, &SealedFor { generation: next, ..*place }).is_err());
    let own = place.identity;
    let other_brand = Brand::new("fz").unwrap();
    let others = support::WORDS.into_iter().filter(|kind| *kind != own.kind);
    let of_other_kinds = others.map(|kind| Identity { kind, ..own });
    for identity in of_other_kinds.chain([Identity { brand: other_brand, ..own }]) {
        assert!(seal.unseal(&KEY, &SealedFor { identity, ..*place }).is_err());
    }
}

fn digest(data: &[u8]) {
    let blob = &data[..data.len().min(KeyedDigest::LENGTH)];
    let read = KeyedDigest::from_bytes(blob);
    let is_known = matches!(blob.first(), Some(1 | 2));
    assert_eq!(read.is_ok(), blob.len() == KeyedDigest::LENGTH && is_known);
    if let Ok(read) = read {
        assert_eq!(read.to_bytes(), blob);
    }
}
