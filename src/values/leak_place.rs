//! Where a leaked key was found.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::contains_key;

/// The place in public at which a key was found: the source, such as `commit`, and the address.
///
/// The history of the account shows both to people, and a stranger can choose them. So both are short lines of printable ASCII, and
/// neither contains a key.
///
/// ```
/// use keyward::manage::LeakPlace;
///
/// let place = LeakPlace::new("commit", "https://example.com/ä b");
/// assert_eq!(place.url(), "https://example.com/%C3%A4%20b");
/// assert_eq!(place.link(), Some(place.url()));
/// assert_eq!(LeakPlace::new("commit", "javascript:alert(1)").link(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "UncheckedPlace")]
pub struct LeakPlace {
    source: String,
    url: String,
}

/// The fields of a place that is not checked yet.
#[derive(Deserialize)]
struct UncheckedPlace {
    source: String,
    url: String,
}

impl LeakPlace {
    /// The maximum number of characters of a source.
    pub const LONGEST_SOURCE: usize = 100;

    /// The maximum number of characters of an address.
    pub const LONGEST_URL: usize = 2_048;

    /// Creates a place from any texts; both can be empty.
    ///
    /// A character of the source that is not printable ASCII becomes `?`, and one of the address is percent-encoded. The rest of a
    /// text that is too long is cut off. A text that contains a key is left out.
    #[must_use]
    pub fn new(source: &str, url: &str) -> Self {
        Self { source: shown_source(without_key(source)), url: encoded_url(without_key(url)) }
    }

    /// Returns the source; can be empty.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the address; can be empty. Show it as text: see [`link`](Self::link).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address if it begins with `https:`. Make a link only of this one.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        Some(self.url()).filter(|url| url.starts_with("https://"))
    }
}

impl From<UncheckedPlace> for LeakPlace {
    fn from(UncheckedPlace { source, url }: UncheckedPlace) -> Self {
        Self::new(&source, &url)
    }
}

impl fmt::Display for LeakPlace {
    /// Writes the texts that are not empty, such as `commit, https://example.com/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [self.source(), self.url()].into_iter().filter(|text| !text.is_empty());
        f.write_str(&texts.collect::<Vec<_>>().join(", "))
    }
}

/// Checked before anything is cut off, because a part of a key is secret too.
fn without_key(text: &str) -> &str {
    if contains_key(text) { "" } else { text }
}

fn shown_source(text: &str) -> String {
    let shown = text.chars().map(|it| if matches!(it, ' '..='~') { it } else { '?' });
    shown.take(LeakPlace::LONGEST_SOURCE).collect()
}

/// Encodes everything but visible ASCII, also the space, so that the address is one word.
fn encoded_url(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes().take(LeakPlace::LONGEST_URL) {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
            encoded.push('%');
            encoded.extend(digits.into_iter().flatten().map(|digit| digit.to_ascii_uppercase()));
        }
    }
    encoded.truncate(LeakPlace::LONGEST_URL);
    encoded
}

#[cfg(test)]
mod tests {
    use super::LeakPlace;
    use crate::values::{CredentialId, Identity, KindWord, render};

    #[test]
    fn both_texts_are_short_lines_of_printable_ascii() {
        let place = LeakPlace::new("a \u{202E}\n\0b", "https://x/\u{202E}\n \u{7f}%20~");
        assert_eq!(place.source(), "a ???b");
        assert_eq!(place.url(), "https://x/%E2%80%AE%0A%20%7F%20~");
        let wide = LeakPlace::new(&"\u{1f5dd}".repeat(101), &"\u{1f5dd}".repeat(2_049));
        assert_eq!((wide.source().len(), wide.url().len()), (100, 2_048));
        assert!(wide.url().starts_with("%F0%9F%97%9D%F0"));
        let long = LeakPlace::new(&"s".repeat(101), &format!("https://{}", "u".repeat(2_041)));
        assert_eq!((long.source().len(), long.url().len()), (100, 2_048));
    }

    #[test]
    fn only_an_address_over_tls_is_a_link() {
        for no in ["", "http://x/", "javascript:alert(1)", "https:x", " https://x", "HTTPS://x"] {
            assert_eq!(LeakPlace::new("commit", no).link(), None, "{no}");
        }
        assert_eq!(LeakPlace::new("", "https://x/").link(), Some("https://x/"));
    }

    #[test]
    fn a_text_that_contains_a_key_is_left_out() {
        let (kind, id) = (KindWord::App, CredentialId::new("abcdefghijkl").unwrap());
        let key = render(&Identity { brand: "kw".parse().unwrap(), kind, id }, &[b'x'; 43]);
        let key = key.as_str();
        let place = LeakPlace::new(key, &format!("https://x/?q={key}#1"));
        assert_eq!(place, LeakPlace::default());
        assert_eq!(LeakPlace::new("commit", key).source(), "commit");
        let cut = LeakPlace::new("", &format!("https://x/{}?{key}", "a".repeat(1_990)));
        assert_eq!(cut.url(), "", "not even a part of it");
    }

    /// A store keeps the JSON, and the tag covers what is read from it.
    #[test]
    fn a_stored_place_is_read_back_as_it_was() {
        for (source, url) in [("", ""), ("?", "%F0%"), ("commit", "https://x/\"\\")] {
            let place = LeakPlace::new(source, url);
            assert_eq!((place.source(), place.url()), (source, url));
            let kept = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<LeakPlace>(&kept).unwrap(), place);
        }
    }

    #[test]
    fn a_place_is_shown_without_empty_texts() {
        let shown = |source, url| LeakPlace::new(source, url).to_string();
        assert_eq!(shown("commit", "https://x/"), "commit, https://x/");
        assert_eq!(
            (shown("commit", ""), shown("", "https://x/")),
            ("commit".into(), "https://x/".into())
        );
        assert_eq!(shown("", ""), "");
    }
}
