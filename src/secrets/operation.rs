//! Operation ids that are not random.

use sha2::{Digest, Sha256};

use crate::values::{AccountId, CredentialId, GenerationNumber, OperationId};

/// Returns the stored operation id for an id that the caller chose: a hash of the account and the chosen id. Two accounts
/// therefore never share an operation id.
pub(crate) fn chosen_operation(account: &AccountId, chosen: &str) -> OperationId {
    hashed("operation", account, chosen)
}

/// Returns the operation id of the event that a secret leaked. All nodes derive the same one, and no caller can choose it.
pub(crate) fn leak_operation(
    account: &AccountId,
    credential: CredentialId,
    generation: GenerationNumber,
) -> OperationId {
    hashed("leak", account, &format!("{credential} {generation}"))
}

fn hashed(label: &str, account: &AccountId, text: &str) -> OperationId {
    // An account id contains no control characters, so the zero byte marks its end.
    let hash = Sha256::new()
        .chain_update(b"keyward/v1/")
        .chain_update(label)
        .chain_update(b"\0")
        .chain_update(account.as_str())
        .chain_update(b"\0")
        .chain_update(text)
        .finalize();
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().zip(hash) {
        *place = byte;
    }
    OperationId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::{chosen_operation, leak_operation};
    use crate::values::{AccountId, CredentialId, GenerationNumber};

    fn id(account: &str, chosen: &str) -> String {
        chosen_operation(&AccountId::new(account).unwrap(), chosen).to_string()
    }

    /// `printf 'keyward/v1/operation\0acme\0issue-1' | sha256sum`
    #[test]
    fn the_id_is_the_first_half_of_a_hash() {
        assert_eq!(id("acme", "issue-1"), "d442e5e06d8f0c8927cfc28f33768f78");
    }

    #[test]
    fn another_account_or_another_choice_is_another_operation() {
        let all = [id("acme", "1"), id("acme", "2"), id("acme1", ""), id("acme", "")];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[..place].contains(one), "{one}");
        }
    }

    /// `printf 'keyward/v1/leak\0acme\0abcdefghijkl 2' | sha256sum`
    #[test]
    fn a_leak_has_an_operation_that_no_caller_can_choose() {
        let acme = AccountId::new("acme").unwrap();
        let credential = CredentialId::new("abcdefghijkl").unwrap();
        let second = GenerationNumber::FIRST.next().unwrap();
        let leak = leak_operation(&acme, credential, second).to_string();
        assert_eq!(leak, "5ce47c45477f06c93e4aa8aa5e7193c3");
        assert_ne!(leak, id("acme", "abcdefghijkl 2"));
    }
}
