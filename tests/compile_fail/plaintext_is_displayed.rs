//! A key in the clear has no `Display`.

use keyward::{manage::Issued, MasterKey, SecretKey};

fn leak(token: &SecretKey, api_key: &SecretKey, master_key: &MasterKey, secret: &Issued) {
    token.to_string();
    api_key.to_string();
    master_key.to_string();
    secret.to_string();
}

fn main() {
    let _ = leak;
}
