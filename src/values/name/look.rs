//! The look of names, which shows whether one can be mistaken for another.

use std::collections::HashMap;

use unicode_security::skeleton;

use super::Name;

/// The look of a name: its confusable skeletons (UTS 39, section 4) as written, in lower case and in upper case.
///
/// All three are needed because names are compared without regard to case: the Cyrillic В looks like B, and the small в does
/// not look like b. Skeletons are never stored, because they depend on the version of Unicode.
#[derive(Debug)]
pub(crate) struct Look {
    is_ascii: bool,
    skeletons: [String; 3],
}

impl Look {
    /// Computes the look of a name.
    pub(crate) fn of(name: &Name) -> Self {
        let kept = name.as_str();
        let capitals: String = kept.chars().map(capital).collect();
        let skeletons = [kept, name.key().as_str(), &capitals].map(|text| skeleton(text).collect());
        Self { is_ascii: name.is_ascii(), skeletons }
    }

    /// Returns `true` if the other name can be mistaken for this one. Returns `false` for two ASCII names, such as
    /// `l1` and `ll`: every keyboard has these characters, and such names are in use.
    pub(crate) fn is_like(&self, other: &Name) -> bool {
        if self.is_ascii && other.is_ascii() {
            return false;
        }
        let other = Self::of(other);
        self.skeletons.iter().zip(&other.skeletons).any(|(one, another)| one == another)
    }
}

/// The looks of many names, in which the names that look like one are found without a comparison with each.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// The names with each skeleton, by its place among the three.
    found: [HashMap<String, Name>; 3],
    /// ASCII names whose looks are not computed yet. They matter only for a name that is not ASCII, and few names are not.
    waiting: Vec<Name>,
    ascii: [HashMap<String, Name>; 3],
}

impl Looks {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: Name) {
        if name.is_ascii() {
            self.waiting.push(name);
        } else {
            note(&mut self.found, &name);
        }
    }

    /// Returns a name that can be mistaken for this one.
    pub(crate) fn like(&mut self, name: &Name) -> Option<&Name> {
        let look = Look::of(name);
        if !name.is_ascii() {
            for waiting in std::mem::take(&mut self.waiting) {
                note(&mut self.ascii, &waiting);
            }
        }
        let ascii = (!name.is_ascii()).then_some(&self.ascii);
        let mut all = std::iter::once(&self.found).chain(ascii);
        all.find_map(|names| {
            let mut places = names.iter().zip(&look.skeletons);
            places.find_map(|(names, skeleton)| names.get(skeleton))
        })
    }
}

fn note(names: &mut [HashMap<String, Name>; 3], name: &Name) {
    for (names, skeleton) in names.iter_mut().zip(Look::of(name).skeletons) {
        names.insert(skeleton, name.clone());
    }
}

/// Returns the capital of a letter, or the letter itself if the capital also belongs to another letter. So `Maße` does not
/// look like `Masse`, nor `µs` like `ms`.
fn capital(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) if capital.to_lowercase().eq([letter]) => capital,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Looks};
    use crate::values::Name;

    fn are_alike(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|text| Name::new(text).unwrap());
        let there = Look::of(&one).is_like(&other);
        assert_eq!(Look::of(&other).is_like(&one), there, "{one} and {other}");
        for (first, second) in [(&one, &other), (&other, &one)] {
            let mut looks = Looks::default();
            looks.add(first.clone());
            looks.add(Name::new("something else").unwrap());
            assert_eq!(looks.like(second), there.then_some(first), "{one} and {other}");
        }
        there
    }

    #[test]
    fn names_that_look_alike_in_some_case_are_told() {
        for (one, other) in [
            ("paypal", "p\u{430}yp\u{430}l"),
            ("PayPal", "\u{440}\u{430}\u{443}\u{440}\u{430}l"),
            ("Blue ID", "\u{412}lue id"),
            ("big", "\u{412}\u{406}G"),
            // Alike only as written, only in lower case, only in upper case.
            ("Bv", "\u{412}\u{3bd}"),
            ("vet", "\u{39d}et"),
            ("\u{412}ig", "big"),
            ("scope", "\u{455}\u{441}\u{43e}\u{440}\u{435}"),
            ("\u{441}\u{43e}\u{440}", "\u{3f2}\u{3bf}\u{3c1}"),
            ("admin", "\u{ff41}dmin"),
            ("rn", "\u{217f}"),
            ("key 1", "key \u{2113}"),
        ] {
            assert!(are_alike(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn names_that_look_different_are_not_alike() {
        for (one, other) in [
            ("l1", "ll"),
            ("rn", "m"),
            ("Caf\u{e9}", "Cafe"),
            ("Ma\u{df}e", "Masse"),
            ("\u{b5}s", "ms"),
            ("\u{30d0}\u{30c3}\u{30af}", "\u{30d1}\u{30c3}\u{30af}"),
            ("\u{43a}\u{43b}\u{44e}\u{447} 1", "\u{43a}\u{43b}\u{44e}\u{447} 2"),
            ("Gr\u{fc}n", "Grun"),
        ] {
            assert!(!are_alike(one, other), "{one} and {other}");
        }
    }
}
