//! The alert of a drill.

use std::time::Instant;

use base64ct::{Base64, Encoding};
use keyward::{Operator, SecretKey};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use ureq::Agent;
use zeroize::Zeroizing;

use crate::answer::Exit;
use crate::failure::Failure;
use crate::web;

/// The address at which a service takes alerts.
pub(super) struct AlertAddress {
    client: Agent,
    url: String,
    key: SigningKey,
}

impl AlertAddress {
    pub(super) const fn new(client: Agent, url: String, key: SigningKey) -> Self {
        Self { client, url, key }
    }

    /// Posts an alert about this key. Returns the time of the answer. Fails unless the service stopped the key.
    pub(super) fn post(&self, secret: &SecretKey) -> Result<Instant, Failure> {
        let found = json!([{
            "token": secret.expose(),
            "type": Operator::LEAK_DRILL,
            "source": Operator::LEAK_DRILL,
            "url": "",
        }]);
        let body = Zeroizing::new(found.to_string());
        let signature: DerSignature = self.key.sign(body.as_bytes());
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("github-public-key-identifier", Operator::LEAK_DRILL)
            .header("github-public-key-signature", Base64::encode_string(signature.as_bytes()));
        let mut response = request
            .send(body.as_str())
            .map_err(Failure::because(format!("{} did not take the alert", self.url)))?;
        let answered = Instant::now();
        let status = response.status().as_u16();
        let labels: Value = serde_json::from_str(&web::text(&mut response)).unwrap_or_default();
        let label = labels.pointer("/0/label");
        let why = match (status, label.and_then(Value::as_str)) {
            (200, Some("true_positive")) => return Ok(answered),
            (200, Some("false_positive")) => {
                "does not know the drill credential: give the database of this service"
            }
            (401, _) => {
                "does not accept the signature of the drill key: give the service the public key that belongs to it by \
                 `LeakAlerts::with_drill`, or name the private key of the one that the service has"
            }
            (503, _) => {
                "cannot check the signature of the drill key: give the service its public key by `LeakAlerts::with_drill`, or \
                 try again if the service has it"
            }
            _ => "did not answer as the address for alerts: mount `LeakAlerts` there",
        };
        Err(Failure::new(Exit::Failed, format!("{} {why} (status {status})", self.url)))
    }
}
