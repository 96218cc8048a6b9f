//! What an account wants done about its leaked secrets.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is done about a secret that was found in public and still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "a leaked secret is stopped or it is not")]
pub enum LeakResponse {
    /// Only the history says so.
    Report,
    /// The secret stops at once. If it can be revealed again, the credential is rotated without an overlap. Otherwise the
    /// credential is suspended, unless it is the last one that its workspace must keep: then it is rotated too.
    #[default]
    Stop,
}

impl LeakResponse {
    /// Both responses.
    pub const ALL: [Self; 2] = [Self::Stop, Self::Report];

    /// Returns `"report"` or `"stop"`, the word that stores keep.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Stop => "stop",
        }
    }
}

/// The error for a text that is neither `report` nor `stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the response to a leak is `report` or `stop`: choose one of them")]
#[non_exhaustive]
pub struct UnknownLeakResponse;

impl FromStr for LeakResponse {
    type Err = UnknownLeakResponse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownLeakResponse)
    }
}

#[cfg(test)]
mod tests {
    use super::{LeakResponse, UnknownLeakResponse};

    #[test]
    fn the_words_that_stores_keep_are_report_and_stop() {
        for (response, word) in [(LeakResponse::Report, "report"), (LeakResponse::Stop, "stop")] {
            assert_eq!(response.as_str(), word);
            assert_eq!(word.parse(), Ok(response));
            assert_eq!(serde_json::to_value(response).unwrap(), word);
        }
        assert_eq!("Stop".parse::<LeakResponse>(), Err(UnknownLeakResponse));
    }
}
