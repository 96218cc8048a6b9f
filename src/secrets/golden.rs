//! Fixed vectors: what stores hold must read the same for ever. `tests/golden.py` computes them without any
//! of this crate's code.

use super::{
    KeyedDigest, MasterKey, Matches, Seal, SealedFor, SecretText, SlowHash, SlowHashParams,
};
use crate::values::{CredentialId, GenerationNumber, Kind, WorkspaceId};

pub(super) const KEY: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
/// In parts, so that no secret scanner takes it for a real one.
pub(super) const MASTER_KEY: &str =
    concat!("keyward_master_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", "28eiP3");
pub(super) const MASTER_KEY_ID: &str = "a59108b4c343ace8";
pub(super) const SECRET: &[u8; 43] = b"zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJ";
pub(super) const SLOW_HASH_APP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$8UR93woAA9U4RUecDTU5pZtKrMz3nguUsY1MiBkIe+4";

const DIGEST_APP: &str =
    "01a59108b4c343ace8543e85b5f331a9be338b8ec180194d17b1de105bc2f6166591750f68d89635b4";
const DIGEST_TRACK: &str =
    "01a59108b4c343ace84e6be354f10326d7a3468bd41a52b35ec4c5a06d0b6fec00a64c190763c47dc8";
const SEAL: &str = "01a59108b4c343ace8000102030405060708090a0b0c0d0e0f1011121314151617c9aa89cd09bdce7b9393b0fcbf9306a57a2f21a826f78f64a471c4fc706674a644eb613c74f8177435f6129f0c705f8c8101d7c37e5e1b2f55bd1c";
const SLOW_HASH_TRACK: &str =
    "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$5jHRmMwSbA/mEH0Tk+8OxNcYtKPKvf7XEi8uS4HbqQg";
const SLOW_HASH_OTHER_WORK: &str = "$argon2id$v=19$m=64,t=3,p=4$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8$youcXQKuLIgtyllJa4txpFe0054lFtHVPgezW18lLlA";

pub(super) fn master_key() -> MasterKey {
    MASTER_KEY.parse().unwrap()
}

pub(super) fn secret() -> SecretText {
    SecretText::copy(SECRET)
}

pub(super) fn id() -> CredentialId {
    CredentialId::new("abcdefghijkl").unwrap()
}

pub(super) fn place(workspace: &WorkspaceId) -> SealedFor<'_> {
    SealedFor {
        workspace,
        id: id(),
        kind: Kind::Track,
        generation: GenerationNumber::new(7).unwrap(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// 0, 1, 2 and so on.
fn counting<const N: usize>() -> [u8; N] {
    (0..=u8::MAX).take(N).collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn master_key_text_and_id() {
    assert_eq!(*master_key().expose_text(), MASTER_KEY);
    assert_eq!(&MASTER_KEY.as_bytes()[15..58], KEY);
    assert_eq!(master_key().id().to_string(), MASTER_KEY_ID);
}

#[test]
fn digests() {
    for (kind, golden) in [(Kind::App, DIGEST_APP), (Kind::Track, DIGEST_TRACK)] {
        let digest = KeyedDigest::stamp(&master_key(), kind, id(), SECRET);
        assert_eq!(hex(&digest.to_bytes()), golden, "{kind}");
    }
}

#[test]
fn seal() {
    let workspace = WorkspaceId::new("workspace-1").unwrap();
    let seal = Seal::close(&master_key(), &place(&workspace), &secret(), counting()).unwrap();
    assert_eq!(hex(seal.as_bytes()), SEAL);
}

#[test]
fn slow_hashes() {
    let cheap = SlowHashParams::dangerous_cheap();
    for (kind, golden) in [(Kind::App, SLOW_HASH_APP), (Kind::Track, SLOW_HASH_TRACK)] {
        let hash = SlowHash::hash(cheap, kind, id(), SECRET, counting()).unwrap();
        assert_eq!(hash.as_str(), golden, "{kind}");
    }
    let other_work = SlowHash::parse(SLOW_HASH_OTHER_WORK).unwrap();
    assert_eq!(other_work.verify(Kind::App, id(), SECRET), Ok(Matches::Yes));
    assert_eq!(other_work.verify(Kind::Track, id(), SECRET), Ok(Matches::No));
}
