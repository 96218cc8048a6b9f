//! A key in the clear has no `Clone`: there is one, and it is wiped.

use keyward::{ApiKey, AppToken, IssuedAppKey, MasterKey, NewSecret};

fn copy(
    token: &AppToken,
    api_key: &ApiKey,
    master_key: &MasterKey,
    secret: &NewSecret,
    issued: &IssuedAppKey,
) -> (AppToken, ApiKey, MasterKey, NewSecret, IssuedAppKey) {
    (token.clone(), api_key.clone(), master_key.clone(), secret.clone(), issued.clone())
}

fn main() {
    let _ = copy;
}
