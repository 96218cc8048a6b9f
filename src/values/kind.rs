//! The two kinds of credential, as a value and as types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which API a credential opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a third kind must be met by every store and every page"
)]
pub enum Kind {
    /// A Track set: a public site id and a secret API key, sent as HTTP Basic. It can be shown again.
    Track,
    /// An App key: one token, sent as Bearer, shown once.
    App,
}

impl Kind {
    /// `"track"` or `"app"`: the word in a key text, and the word that stores keep.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::App => "app",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Neither `track` nor `app`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind is `track` or `app`")]
#[non_exhaustive]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "track" => Ok(Self::Track),
            "app" => Ok(Self::App),
            _ => Err(UnknownKind),
        }
    }
}

/// The Track API, as a type: [`Verified<Track>`](crate::Verified) is the proof of a Track set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum Track {}

/// The App API, as a type: [`Verified<App>`](crate::Verified) is the proof of an App key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it has no value")]
pub enum App {}

/// [`Track`] or [`App`]: the kind of a credential, where the compiler can see it. Sealed.
pub trait OfKind: sealed::Sealed + Send + Sync + 'static {
    /// The kind as a value.
    const KIND: Kind;
}

impl OfKind for Track {
    const KIND: Kind = Kind::Track;
}

impl OfKind for App {
    const KIND: Kind = Kind::App;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Track {}
    impl Sealed for super::App {}
}

#[cfg(test)]
mod tests {
    use super::{Kind, UnknownKind};

    #[test]
    fn a_kind_reads_back_and_nothing_else_does() {
        for (kind, text) in [(Kind::Track, "track"), (Kind::App, "app")] {
            assert_eq!((kind.as_str(), kind.to_string().as_str()), (text, text));
            assert_eq!(text.parse(), Ok(kind));
        }
        for bad in ["", "Track", "app "] {
            assert_eq!(bad.parse::<Kind>(), Err(UnknownKind), "{bad:?}");
        }
    }
}
