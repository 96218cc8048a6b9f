//! Secrets in the clear: redacted, wiped, and read only through `expose`.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::values::{
    Brand, CredentialId, Kind, Randomness, RandomnessError, SECRET_LENGTH, render,
};

/// The secret of one generation: 43 characters. On the heap, so that a move leaves no copy behind.
pub(crate) struct SecretText(Box<Zeroizing<[u8; SECRET_LENGTH]>>);

impl SecretText {
    /// A new secret: 43 characters drawn uniformly, 256 bits.
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

    /// The characters.
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

macro_rules! key_text {
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        $(#[$doc])*
        ///
        /// `Debug` is redacted, there is no `Display`, `Clone` or `Serialize`, and it is wiped when it is
        /// dropped.
        pub struct $name(Zeroizing<String>);

        impl $name {
            pub(crate) fn new(brand: &Brand, id: CredentialId, secret: &SecretText) -> Self {
                Self(render(brand, $kind, id, secret.expose()))
            }

            /// The text, to be shown to its owner. Its length is no promise; it is at most 255 bytes.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

key_text! {
    /// The token of an App key, sent as Bearer. It is in the answer of an issue or a rotation and nowhere
    /// else, ever: show it at once.
    #[must_use = "shown once: a token that is dropped here can never be shown again"]
    AppToken, Kind::App
}

key_text! {
    /// The API key of a Track set, sent as the password of HTTP Basic with the site id as the user name.
    /// It can be shown again.
    ApiKey, Kind::Track
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, AppToken, SecretText};
    use crate::secrets::{MasterKey, golden};
    use crate::values::{Brand, Kind, Randomness, parse};
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn texts_carry_their_kind_id_and_secret() {
        let brand = Brand::new("acme").unwrap();
        let token = AppToken::new(&brand, golden::id(), &golden::secret());
        let key = ApiKey::new(&brand, golden::id(), &golden::secret());
        for (text, kind) in [(token.expose(), Kind::App), (key.expose(), Kind::Track)] {
            let read = parse(&brand, text.as_bytes()).unwrap();
            assert_eq!((read.kind, read.id, read.secret), (kind, golden::id(), golden::SECRET));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let brand = Brand::default();
        let shown = format!(
            "{:?} {:?} {:?}",
            golden::secret(),
            AppToken::new(&brand, golden::id(), &golden::secret()),
            ApiKey::new(&brand, golden::id(), &golden::secret()),
        );
        assert_eq!(shown, "SecretText(..) AppToken(..) ApiKey(..)");
    }

    #[test]
    fn secrets_are_drawn_anew() {
        let randomness = Randomness::system();
        let draw = || SecretText::draw(&randomness).unwrap();
        assert_ne!(draw().expose(), draw().expose());
    }

    /// Fails to compile where a type has one of the traits: then two implementations apply.
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
        assert_lacks!(AppToken: Clone, std::fmt::Display, serde::Serialize);
        assert_lacks!(ApiKey: Clone, std::fmt::Display, serde::Serialize);
        assert_lacks!(SecretText: Clone, std::fmt::Display, serde::Serialize);
        assert_lacks!(MasterKey: Clone, std::fmt::Display, serde::Serialize);

        let brand = Brand::default();
        wiped(&*golden::secret().0);
        wiped(&AppToken::new(&brand, golden::id(), &golden::secret()).0);
        wiped(&ApiKey::new(&brand, golden::id(), &golden::secret()).0);
    }
}
