//! A key in the clear has no `Serialize`, and neither has what holds one.

use keyward::{manage::{IssuedAppKey, RevealedTrackSet}, MasterKey, SecretKey};
use serde::Serialize;
use serde_json::value::Serializer;

fn leak(token: SecretKey, api_key: SecretKey, master_key: MasterKey) {
    let _ = token.serialize(Serializer);
    let _ = api_key.serialize(Serializer);
    let _ = master_key.serialize(Serializer);
}

fn leak_answers(issued: IssuedAppKey, revealed: RevealedTrackSet) {
    let _ = issued.serialize(Serializer);
    let _ = revealed.serialize(Serializer);
}

fn main() {
    let _ = (leak, leak_answers);
}
