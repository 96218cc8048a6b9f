//! A key in the clear has no `Display`.

use keyward::{ApiKey, AppToken, MasterKey, NewSecret};

fn leak(token: &AppToken, api_key: &ApiKey, master_key: &MasterKey, secret: &NewSecret) {
    token.to_string();
    api_key.to_string();
    master_key.to_string();
    secret.to_string();
}

fn main() {
    let _ = leak;
}
