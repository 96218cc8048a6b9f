//! The reasons for which a guard cannot read the credentials or the client address of a request.

use std::fmt;

/// The reason for refusing credentials in a header before verification. It does not contain the presented text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusedHeader {
    /// The header was sent more than once.
    SentTwice,
    /// The credentials are longer than any key.
    TooLong,
    /// The credentials are not one text of valid characters (token68 in RFC 9110, section 11.2).
    NotOneText,
    /// HTTP Basic: the text is not base64.
    NotBase64,
    /// HTTP Basic: the decoded text is not UTF-8.
    NotUtf8,
    /// HTTP Basic: the decoded text contains a control character.
    ControlCharacter,
    /// HTTP Basic: there is no colon between the user name and the password.
    NoColon,
    /// The key was sent in a place for another kind.
    OtherPlace,
}

impl RefusedHeader {
    /// All reasons in a fixed order, for a table of counters.
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

/// The reason for an unknown client address. An allowlist refuses such a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoAddress {
    /// The peer is a trusted proxy and did not send the configured header.
    #[error("a trusted proxy did not send the forwarding header: make it send the configured one")]
    NoHeader,
    /// A header for a single address was sent more than once.
    #[error(
        "a header for a single address was sent twice: make the proxy replace the header of the client"
    )]
    SentTwice,
    /// An element is not an address: it is obfuscated, empty or a name, or has a zone.
    #[error("a forwarding element is not an IP address: make the proxy write addresses")]
    NotAnAddress,
    /// The address is `0.0.0.0` or `::`, which is not the address of a client.
    #[error(
        "the address is 0.0.0.0 or ::, which is not a client: make the server or the proxy pass the real one"
    )]
    Unspecified,
    /// Every address belongs to a trusted proxy.
    #[error("every forwarded address belongs to a trusted proxy: trust only proxies, not clients")]
    AllTrusted,
}

impl NoAddress {
    /// All reasons in a fixed order, for a table of counters.
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
