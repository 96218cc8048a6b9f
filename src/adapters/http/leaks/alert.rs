//! The JSON of an alert and of its answer.

use serde::{Deserialize, Serialize};

use crate::secrets::found_text_hash;
use crate::values::LeakPlace;

/// The maximum number of texts in an alert.
const MOST: usize = 1_000;

/// One found text.
#[derive(Deserialize)]
pub(super) struct FoundText {
    pub(super) token: String,
    #[serde(rename = "type")]
    pub(super) pattern: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) source: String,
}

impl FoundText {
    /// Returns the place at which it was found, without the text itself.
    pub(super) fn place(&self) -> LeakPlace {
        let without = |text| if contains(text, &self.token) { "" } else { text };
        LeakPlace::new(without(&self.source), without(&self.url))
    }
}

/// Returns `true` if a text contains a key, as it is or percent-encoded. A key of another system can have characters that an address
/// encodes.
fn contains(text: &str, key: &str) -> bool {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some((byte, rest)) = digits.zip(part.get(2..)) {
            decoded.push(byte);
            decoded.extend(rest.bytes());
        } else {
            decoded.push(b'%');
            decoded.extend(part.bytes());
        }
    }
    text.contains(key) || String::from_utf8_lossy(&decoded).contains(key)
}

/// The answer to one found text. It never repeats the text.
#[derive(Serialize)]
pub(super) struct Feedback {
    token_hash: String,
    token_type: String,
    label: &'static str,
}

/// Why a signed body is not an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAlert {
    Malformed,
    TooMany,
}

pub(super) fn parse(body: &[u8]) -> Result<Vec<FoundText>, NoAlert> {
    let found: Vec<FoundText> = serde_json::from_slice(body).map_err(|_| NoAlert::Malformed)?;
    if found.len() > MOST { Err(NoAlert::TooMany) } else { Ok(found) }
}

impl Feedback {
    pub(super) fn new(found: &FoundText, is_ours: bool) -> Self {
        Self {
            token_hash: found_text_hash(&found.token),
            token_type: found.pattern.clone(),
            label: if is_ours { "true_positive" } else { "false_positive" },
        }
    }
}
