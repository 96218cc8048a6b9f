//! Operation ids that callers choose.

use sha2::{Digest, Sha256};

use crate::values::{AccountId, OperationId};

/// Returns the stored operation id for an id that the caller chose: a hash of the account and the chosen id. Two accounts
/// therefore never share an operation id.
pub(crate) fn chosen_operation(account: &AccountId, chosen: &str) -> OperationId {
    // An account id contains no control characters, so the zero byte marks its end.
    let hash = Sha256::new()
        .chain_update(b"keyward/v1/operation\0")
        .chain_update(account.as_str())
        .chain_update(b"\0")
        .chain_update(chosen)
        .finalize();
    let mut id = [0; 16];
    for (place, byte) in id.iter_mut().zip(hash) {
        *place = byte;
    }
    OperationId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::chosen_operation;
    use crate::values::AccountId;

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
}
