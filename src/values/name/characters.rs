//! The characters that a name can have: visible ones, and the space.

use unicode_normalization::char::is_public_assigned;
use unicode_security::skeleton;

use super::error::NameError;

/// Returns why a character cannot be in a name, or `None` if it can.
pub(super) fn refused(character: char) -> Option<NameError> {
    match character {
        ' '..='~' => None,
        '\u{2028}' | '\u{2029}' => Some(NameError::ControlCharacter),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some(NameError::BidirectionalOverride),
        _ if character.is_control() => Some(NameError::ControlCharacter),
        _ if character.is_whitespace() => Some(NameError::Space { character }),
        _ if is_ignorable(character) || is_blank(character) => {
            Some(NameError::Invisible { character })
        }
        _ if !is_public_assigned(character) => Some(NameError::Unassigned { character }),
        _ => None,
    }
}

/// Returns `true` for a `Default_Ignorable_Code_Point`. A skeleton omits these characters and no others (UTS 39, section 4).
fn is_ignorable(character: char) -> bool {
    skeleton(character.encode_utf8(&mut [0; 4])).next().is_none()
}

/// Returns `true` for a character that shows nothing and is not ignorable: symbols with an empty glyph, and the controls of
/// annotations and hieroglyphs. Unicode has no property for these.
const fn is_blank(character: char) -> bool {
    matches!(
        character,
        // The Braille pattern without dots.
        '\u{2800}'
        // The controls of annotations, and the placeholder of an object that a text cannot contain.
        | '\u{FFF9}'..='\u{FFFC}'
        // The controls and the blanks of Egyptian hieroglyphs.
        | '\u{13430}'..='\u{1343F}' | '\u{13441}' | '\u{13442}'
        // The filler of the Khitan script, and the null notehead.
        | '\u{16FE4}' | '\u{1D159}'
    )
}

#[cfg(test)]
mod tests {
    use super::{is_ignorable, refused};
    use crate::values::NameError;

    /// `Default_Ignorable_Code_Point` in `DerivedCoreProperties.txt` of Unicode 18.
    const IGNORABLE: [(u32, u32); 17] = [
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0x1_BCA0, 0x1_BCA3),
        (0x1_D173, 0x1_D17A),
        (0xE_0000, 0xE_0FFF),
    ];

    /// The planes with characters other than ideographs.
    fn characters() -> impl Iterator<Item = char> {
        ('\0'..'\u{20000}').chain('\u{E0000}'..'\u{E1100}')
    }

    #[test]
    fn the_ignorable_characters_are_those_of_unicode() {
        for character in characters() {
            let place = u32::from(character);
            let expected = IGNORABLE.iter().any(|(from, to)| (*from..=*to).contains(&place));
            assert_eq!(is_ignorable(character), expected, "U+{place:04X}");
        }
    }

    #[test]
    fn no_ignorable_or_blank_character_and_no_white_space_but_the_space_is_let_through() {
        for character in characters() {
            if is_ignorable(character) || character.is_whitespace() && character != ' ' {
                assert!(refused(character).is_some(), "U+{:04X}", u32::from(character));
            }
        }
        for character in
            ['\u{2800}', '\u{FFFC}', '\u{13430}', '\u{13441}', '\u{16FE4}', '\u{1D159}']
        {
            assert_eq!(refused(character), Some(NameError::Invisible { character }));
        }
        for shown in
            ['\u{2801}', '\u{FFFD}', '\u{13440}', '\u{13443}', '\u{1D158}', '\u{600}', '\u{301}']
        {
            assert_eq!(refused(shown), None);
        }
    }
}
