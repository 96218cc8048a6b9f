//! The short words of brands, kinds and integrations. They are stored inline, so they are copied and compared without
//! following a pointer.

/// A word of 2 to `LENGTH` characters of `a-z0-9`, and of `_` if it is allowed, padded with zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShortWord<const LENGTH: usize = 16>([u8; LENGTH]);

/// Whether a word can contain `_`.
#[derive(Clone, Copy)]
enum Underscores {
    Refused,
    Allowed,
}

impl<const LENGTH: usize> ShortWord<LENGTH> {
    /// Creates a word of `a-z0-9`. Returns `None` if the text is not a word.
    pub(crate) const fn new(text: &str) -> Option<Self> {
        Self::of(text, Underscores::Refused)
    }

    /// Creates a word of `a-z0-9_`. Returns `None` if the text is not a word.
    pub(crate) const fn with_underscores(text: &str) -> Option<Self> {
        Self::of(text, Underscores::Allowed)
    }

    const fn of(text: &str, underscores: Underscores) -> Option<Self> {
        let mut rest = text.as_bytes();
        if rest.len() < 2 || rest.len() > LENGTH {
            return None;
        }
        let mut word = [0; LENGTH];
        let mut places: &mut [u8] = &mut word;
        while let ([byte, others @ ..], [place, free @ ..]) = (rest, places) {
            let fits = matches!(
                (*byte, underscores),
                (b'a'..=b'z' | b'0'..=b'9', _) | (b'_', Underscores::Allowed)
            );
            if !fits {
                return None;
            }
            *place = *byte;
            (rest, places) = (others, free);
        }
        Some(Self(word))
    }

    /// Creates the word of a constant. An invalid text is a compile error there.
    ///
    /// # Panics
    ///
    /// Panics at run time, outside a constant, if the text is not a word.
    #[expect(clippy::panic, reason = "only constants call it, so it is a compile error")]
    pub(crate) const fn constant(text: &str) -> Self {
        match Self::new(text) {
            Some(word) => word,
            None => panic!("the word of a kind or brand is 2 to 16 characters of a-z and 0-9"),
        }
    }

    /// Returns the text of the word.
    pub(crate) fn as_str(&self) -> &str {
        let text = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// Returns the text, padded with zeros to `LENGTH` bytes.
    pub(crate) const fn padded(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::ShortWord;

    #[test]
    fn a_word_round_trips_and_other_texts_are_refused() {
        for text in ["ab", "a1", "00", "zz", "abcdefghijklmno", "abcdefghijklmnop"] {
            let word = <ShortWord>::new(text).unwrap();
            assert_eq!(word.as_str(), text);
            assert_eq!(&word.padded()[..text.len()], text.as_bytes());
            assert!(word.padded()[text.len()..].iter().all(|byte| *byte == 0), "{text}");
        }
        for text in [
            "",
            "a",
            "Ab",
            "aB",
            "a_b",
            "a ",
            " a",
            "a\0",
            "\0a",
            "aé",
            "abcdefghijklmnopq",
            "a`",
            "a{",
            "a/",
            "a:",
        ] {
            assert!(<ShortWord>::new(text).is_none(), "{text:?}");
        }
    }

    #[test]
    #[should_panic(expected = "2 to 16 characters")]
    fn a_constant_that_is_no_word_stops_the_compiler() {
        <ShortWord>::constant("no_word");
    }

    #[test]
    fn underscores_and_other_lengths_must_be_requested() {
        for (text, is_word) in [
            ("a_b", true),
            ("__", true),
            ("a_bcde", true),
            ("a_bcdef", false),
            ("a", false),
            ("a-b", false),
        ] {
            assert_eq!(ShortWord::<6>::with_underscores(text).is_some(), is_word, "{text}");
            assert!(ShortWord::<6>::new(text).is_none(), "{text}");
        }
        assert_eq!(ShortWord::<6>::with_underscores("a_b").unwrap().as_str(), "a_b");
    }

    #[test]
    fn words_are_in_the_order_of_their_texts() {
        let mut texts = ["live", "app", "app2", "track", "2app", "ap"];
        texts.sort_unstable();
        let words = texts.map(|text| <ShortWord>::new(text).unwrap());
        assert!(words.is_sorted());
    }
}
