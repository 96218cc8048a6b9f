//! The formats of well-known systems.

use super::format::{HashedPart, ImportFormat};
use super::lookup_prefix::LookupPrefix;

impl ImportFormat {
    /// Personal access tokens of Laravel Sanctum: `17|` and the token, of which only the token is hashed. A row of an import has the id
    /// as the part that [must match](crate::imports::ImportRow::matching), and the column `token` as its hash.
    ///
    /// Sanctum also accepts a token without its id. If your clients send such tokens, also declare [`sha256`](Self::sha256), and
    /// import the rows in that format.
    #[must_use]
    pub fn laravel_sanctum() -> Self {
        Self::sha256("laravel-sanctum").hashing(HashedPart::AfterBar)
    }

    /// Keys of the npm package `prefixed-api-key`, such as `mycompany_BRTRKFsL_51FwqftsmMDHHbJAMEXXHCgG`, of which only the long
    /// token is hashed. A row of an import has the short token as the part that [must match](crate::imports::ImportRow::matching).
    #[must_use]
    pub fn prefixed_api_key(prefix: &str) -> Self {
        let format = Self::sha256("prefixed-api-key").hashing(HashedPart::LastWord);
        format.starting_with(&format!("{prefix}_"))
    }

    /// Keys of `djangorestframework-api-key` 3: a prefix, a dot and a secret, stored as `sha512$$` and the SHA-512 of the whole key in
    /// the column `hashed_key`.
    #[must_use]
    pub fn django_rest_framework() -> Self {
        Self::sha512("djangorestframework-api-key").stored_after("sha512$$")
    }

    /// Keys of `djangorestframework-api-key` before version 3: a prefix, a dot and a secret. The whole key is hashed by Django's
    /// `make_password`. A row of an import has the column `prefix` as the part that [must match](crate::imports::ImportRow::matching), and
    /// the column `hashed_key` as its hash. A table that version 3 took over can have rows of both formats: import those whose hash begins
    /// with `sha512$$` in the format [`django_rest_framework`](Self::django_rest_framework).
    ///
    /// The feature `salted-imports` is needed, unless Django was configured to use Argon2.
    #[must_use]
    pub fn django_rest_framework_before_3() -> Self {
        Self::salted("djangorestframework-api-key-before-3", LookupPrefix::until('.'))
    }

    /// Keys of the API-key plugin of better-auth, stored as the SHA-256 in base64url in the column `key`.
    #[must_use]
    pub fn better_auth() -> Self {
        Self::sha256("better-auth")
    }

    /// Keys of Unkey, stored as the SHA-256 in base64 in the column `hash`.
    #[must_use]
    pub fn unkey() -> Self {
        Self::sha256("unkey")
    }
}
