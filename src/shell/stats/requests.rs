//! What a guard cannot read of a request, by reason: for the counters.

use std::fmt;

/// Why credentials in a header are refused before they are looked at as a key. It never holds what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedHeader {
    /// The header was sent more than once.
    SentTwice,
    /// It is longer than any key can be.
    TooLong,
    /// It is not one text of the characters that credentials have (token68 in RFC 9110, 11.2).
    NotOneText,
    /// HTTP Basic: it is not base64.
    NotBase64,
    /// HTTP Basic: it is not UTF-8.
    NotUtf8,
    /// HTTP Basic: it contains a control character.
    ControlCharacter,
    /// HTTP Basic: there is no colon between user name and password.
    NoColon,
    /// A key was sent in the place of another kind.
    OtherPlace,
}

impl RefusedHeader {
    /// Every reason, in a fixed order: for a table of counters.
    pub const ALL: [Self; 8] = [
        Self::SentTwice,
        Self::TooLong,
        Self::NotOneText,
        Self::NotBase64,
        Self::NotUtf8,
        Self::ControlCharacter,
        Self::NoColon,
        Self::OtherPlace,
    ];

    /// Returns one word for logs and metrics, such as `sent_twice`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SentTwice => "sent_twice",
            Self::TooLong => "too_long",
            Self::NotOneText => "not_one_text",
            Self::NotBase64 => "not_base64",
            Self::NotUtf8 => "not_utf8",
            Self::ControlCharacter => "control_character",
            Self::NoColon => "no_colon",
            Self::OtherPlace => "other_place",
        }
    }
}

impl fmt::Display for RefusedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the client's address is not known. An allowlist refuses such a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoAddress {
    /// The peer is trusted and sent no such header.
    #[error("a trusted proxy sent no forwarding header: let it write the one that is configured")]
    NoHeader,
    /// A header that holds one address was sent more than once.
    #[error("a header of one address was sent twice: let the proxy replace what the client sent")]
    SentTwice,
    /// The walk came to an element that is no address: obfuscated, empty, a name, or with a zone.
    #[error("a forwarding element is no IP address: let the proxy write addresses")]
    NotAnAddress,
    /// The address is `0.0.0.0` or `::`, which is no client's.
    #[error(
        "the address is 0.0.0.0 or ::, which is no client's: let the server or the proxy say the real one"
    )]
    Unspecified,
    /// Every address is a trusted proxy's.
    #[error(
        "every forwarded address is a trusted proxy's: trust the proxies alone, not the clients"
    )]
    AllTrusted,
}

impl NoAddress {
    /// Every reason, in a fixed order: for a table of counters.
    pub const ALL: [Self; 5] =
        [Self::NoHeader, Self::SentTwice, Self::NotAnAddress, Self::Unspecified, Self::AllTrusted];

    /// Returns one word for logs and metrics, such as `no_header`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::SentTwice => "sent_twice",
            Self::NotAnAddress => "not_an_address",
            Self::Unspecified => "unspecified",
            Self::AllTrusted => "all_trusted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoAddress, RefusedHeader};

    #[test]
    fn each_reason_has_a_word_of_its_own() {
        let words = RefusedHeader::ALL.map(|reason| (reason.as_str(), format!("{reason:?}")));
        let others = NoAddress::ALL.map(|reason| (reason.as_str(), format!("{reason:?}")));
        for (word, source) in words.into_iter().chain(others) {
            assert_eq!(word.replace('_', ""), source.to_lowercase());
        }
    }
}
