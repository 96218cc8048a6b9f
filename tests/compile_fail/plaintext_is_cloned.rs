//! A key in the clear has no `Clone`: there is one, and it is wiped.

use keyward::{manage::{Issued, Revealed}, MasterKey, SecretKey};

fn copy(
    token: &SecretKey,
    api_key: &SecretKey,
    master_key: &MasterKey,
    secret: &Issued,
    revealed: &Revealed,
) -> (SecretKey, SecretKey, MasterKey, Issued, Revealed) {
    (token.clone(), api_key.clone(), master_key.clone(), secret.clone(), revealed.clone())
}

fn main() {
    let _ = copy;
}
