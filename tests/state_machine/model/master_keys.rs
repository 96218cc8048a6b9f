//! Under which master keys secrets are.

use keyward::operate::RekeyPage;

use crate::nodes::MASTER_KEYS;

use super::*;

impl Secret {
    /// A use under a master key re-digests and re-seals secrets under an older one. Returns `true` if it did.
    pub(super) fn stamp(&mut self, master_key: usize) -> bool {
        let older = self.stamped < master_key;
        if older {
            self.stamped = master_key;
            self.sealed = self.sealed.max(master_key);
        }
        older
    }
}

impl Model {
    /// The oldest master key that is held is lost; one is always left.
    pub(crate) fn lose(&mut self) {
        self.lost = (self.lost + 1).min(MASTER_KEYS - 1);
    }

    /// Returns `true` if Argon2id decides: a stored secret is under a lost key.
    fn is_slow(&self, credential: usize) -> bool {
        let known = &self.credentials[credential];
        !known.gone && known.kept().any(|kept| known.secrets[kept].stamped < self.lost)
    }

    /// A wrong secret was presented.
    pub(super) fn note_wrong(&mut self, credential: usize) {
        self.credentials[credential].guessed |= self.is_slow(credential);
    }

    /// Only an attempt after wrong secrets can be busy. The other node may have re-digested the secret since: a node
    /// does not learn of that, and keeps the old digest cached.
    pub(super) fn check_busy(&mut self, credential: usize) {
        assert!(self.credentials[credential].guessed);
        self.met.insert("kept waiting after a wrong secret".to_owned());
    }

    /// Returns the result of a walk through the whole store under a master key.
    pub(crate) fn rekey(&mut self, master_key: usize) -> RekeyPage {
        let mut sum = RekeyPage::default();
        for known in self.credentials.iter_mut().filter(|known| !known.gone) {
            for secret in known.kept().collect::<Vec<_>>() {
                let again = self.kinds.is_shown_again(known.kind);
                let secret = &mut known.secrets[secret];
                let sealed = if again { secret.sealed } else { master_key };
                let oldest = secret.stamped.min(sealed);
                if oldest < self.lost {
                    sum.without_key += 1;
                } else if oldest >= master_key {
                    sum.up_to_date += 1;
                } else if !again {
                    sum.waiting_for_use += 1;
                } else {
                    sum.renewed += 1;
                    secret.stamped = secret.stamped.max(master_key);
                    secret.sealed = secret.sealed.max(master_key);
                }
            }
        }
        let met = [
            ("renewed by a walk", sum.renewed),
            ("waiting for its use", sum.waiting_for_use),
            ("without their key after a loss", sum.without_key),
        ];
        let met = met.into_iter().filter(|(_, count)| *count > 0);
        self.met.extend(met.map(|(what, _)| what.to_owned()));
        sum
    }
}
