//! Sample records for the tests of the domain.

use super::account::{AccountRecord, Revision};
use super::actor::{ActorRef, Role};
use super::credential::{CredentialRecord, GenerationRecord};
use super::workspace::WorkspaceRecord;
use crate::kinds::Minimum;
use crate::secrets::{KeyedDigest, MasterKey, RecordTag, SlowHash};
use crate::values::{
    AccountId, ActorId, Brand, CredentialId, GenerationNumber, Identity, KindWord, Name,
    OperationId, Timestamp, WorkspaceId,
};

/// Returns the rule that each workspace keeps a credential of this kind.
pub(crate) fn minimum(kind: KindWord) -> Minimum {
    Minimum { kind, noun: "key", first: Name::new("first").unwrap() }
}

pub(crate) fn account() -> AccountRecord {
    AccountRecord::new(AccountId::new("acme").unwrap(), OperationId::from_bytes([1; 16]))
}

pub(crate) fn workspace() -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::new("shop").unwrap(),
        incarnation: OperationId::from_bytes([2; 16]),
        account: account().id,
        account_incarnation: account().incarnation,
        name: Name::new("Shop").unwrap(),
        created: Timestamp::MIN,
        removed: None,
        revision: Revision::new(1),
        credentials: 1,
        permanent: 1,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        tag: RecordTag::NONE,
    }
}

pub(crate) fn credential() -> CredentialRecord {
    let (id, key) = (CredentialId::new("abcdefghijkl").unwrap(), MasterKey::generate().unwrap());
    let text = "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$5jHRmMwSbA/mEH0Tk+8OxNcYtKPKvf7XEi8uS4HbqQg";
    let brand = Brand::default();
    let current = GenerationRecord {
        brand,
        number: GenerationNumber::FIRST,
        created: Timestamp::MIN,
        slow_hash: SlowHash::parse(text).unwrap(),
        digest: KeyedDigest::stamp(
            &key,
            &Identity { brand, kind: KindWord::Track, id },
            &[b'a'; 43],
        ),
        seal: None,
        last_used: None,
    };
    let name = Name::new("primary").unwrap();
    let by = ActorRef { role: Role::Admin, id: ActorId::new("ada").unwrap() };
    CredentialRecord::issued(id, &workspace(), KindWord::Track, name, by, current)
}
