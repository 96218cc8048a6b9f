//! Plain-text secrets: redacted, wiped, and readable only with `expose`.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::values::{Identity, Randomness, RandomnessError, SECRET_LENGTH, render};

/// The secret of one generation: 43 characters. It is on the heap, so that a move leaves no copy behind.
pub(crate) struct SecretText(Box<Zeroizing<[u8; SECRET_LENGTH]>>);

impl SecretText {
    /// Generates a secret: 43 random characters, which have 256 bits.
    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let mut drawn = randomness.base62()?;
        let secret = Self::copy(&drawn);
        drawn.zeroize();
        Ok(secret)
    }

    pub(crate) fn copy(bytes: &[u8; SECRET_LENGTH]) -> Self {
        let mut secret = Self(Box::new(Zeroizing::new([0; SECRET_LENGTH])));
        secret.0.copy_from_slice(bytes);
        secret
    }

    /// Returns the characters.
    pub(crate) fn expose(&self) -> &[u8; SECRET_LENGTH] {
        &self.0
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// The plain-text secret key of a credential, which callers present.
///
/// A key that is shown once is only in the answer of its issue or rotation, so show it at once. `Debug` is redacted. There is no
/// `Display`, `Clone` or `Serialize`. The key is wiped on drop.
#[must_use = "a key that is shown once and dropped here can never be shown again"]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    pub(crate) fn new(identity: &Identity, secret: &SecretText) -> Self {
        Self(render(identity, secret.expose()))
    }

    /// Returns the text, to show it to its owner. The length can change between releases; it is at most 255 bytes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretKey, SecretText};
    use crate::secrets::{MasterKey, golden};
    use crate::values::{KindWord, Prefixes, Randomness, parse};
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn a_text_carries_its_identity_and_secret_and_shows_nothing() {
        let identity = golden::identity(KindWord::App);
        let key = SecretKey::new(&identity, &golden::secret());
        let known = Prefixes::new(vec![identity.brand], &[KindWord::Track, KindWord::App]);
        let read = parse(&known, key.expose().as_bytes()).unwrap();
        assert_eq!((read.identity(), read.secret), (identity, golden::SECRET));
        let shown = format!("{:?} {key:?}", golden::secret());
        assert_eq!(shown, "SecretText(..) SecretKey(..)");
    }

    #[test]
    fn each_secret_is_drawn_new() {
        let randomness = Randomness::system();
        let draw = || SecretText::draw(&randomness).unwrap();
        assert_ne!(draw().expose(), draw().expose());
    }

    /// Does not compile if a type has one of the traits, because two implementations then apply.
    macro_rules! assert_lacks {
        ($type:ty: $($trait:path),+) => {$({
            trait Either<Which> {
                fn either() {}
            }
            impl<T: ?Sized> Either<()> for T {}
            impl<T: ?Sized + $trait> Either<u8> for T {}
            <$type as Either<_>>::either();
        })+};
    }

    fn wiped(_: &impl ZeroizeOnDrop) {}

    #[test]
    fn plaintext_is_never_printed_copied_or_serialized_and_wipes_itself() {
        assert_lacks!(SecretKey: Clone, std::fmt::Display, serde::Serialize);
        assert_lacks!(SecretText: Clone, std::fmt::Display, serde::Serialize);
        assert_lacks!(MasterKey: Clone, std::fmt::Display, serde::Serialize);

        wiped(&*golden::secret().0);
        wiped(&SecretKey::new(&golden::identity(KindWord::App), &golden::secret()).0);
    }
}
