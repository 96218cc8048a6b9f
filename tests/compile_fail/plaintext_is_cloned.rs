//! A key in the clear has no `Clone`: there is one, and it is wiped.

use keyward::{manage::{Issued, IssuedAppKey}, MasterKey, SecretKey};

fn copy(
    token: &SecretKey,
    api_key: &SecretKey,
    master_key: &MasterKey,
    secret: &Issued,
    issued: &IssuedAppKey,
) -> (SecretKey, SecretKey, MasterKey, Issued, IssuedAppKey) {
    (token.clone(), api_key.clone(), master_key.clone(), secret.clone(), issued.clone())
}

fn main() {
    let _ = copy;
}
