//! Neither a plain-text key nor a type that contains one implements `Serialize`.

use keyward::{manage::{Issued, Revealed}, MasterKey, SecretKey};
use serde::Serialize;
use serde_json::value::Serializer;

fn leak(token: SecretKey, api_key: SecretKey, master_key: MasterKey) {
    let _ = token.serialize(Serializer);
    let _ = api_key.serialize(Serializer);
    let _ = master_key.serialize(Serializer);
}

fn leak_answers(issued: Issued, revealed: Revealed) {
    let _ = issued.serialize(Serializer);
    let _ = revealed.serialize(Serializer);
}

fn main() {
    let _ = (leak, leak_answers);
}
