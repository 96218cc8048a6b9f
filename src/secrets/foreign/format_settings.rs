//! The declaration of a format as data, for tools.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::format::{Algorithm, HashedPart, ImportFormat};
use super::lookup_prefix::LookupPrefix;

/// The declaration of an [`ImportFormat`] as data, for a tool that imports rows. It contains no pepper and no function, which only
/// the service needs, because it verifies the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportFormatSettings {
    name: String,
    starting_with: String,
    shortest: usize,
    longest: usize,
    hashed_part: HashedPart,
    algorithm: DeclaredAlgorithm,
    /// In front of each stored hash.
    stored_after: String,
}

/// The algorithm of a declared format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum DeclaredAlgorithm {
    Sha256,
    Sha512,
    HmacSha256,
    Custom { bytes: usize },
    Salted { prefix: LookupPrefix },
}

impl ImportFormatSettings {
    pub(crate) fn of(format: &ImportFormat) -> Self {
        Self {
            name: format.name().to_owned(),
            starting_with: format.start.to_string(),
            shortest: *format.length.start(),
            longest: *format.length.end(),
            hashed_part: format.part,
            algorithm: match &format.algorithm {
                Algorithm::Sha256 => DeclaredAlgorithm::Sha256,
                Algorithm::Sha512 => DeclaredAlgorithm::Sha512,
                Algorithm::HmacSha256(_) => DeclaredAlgorithm::HmacSha256,
                Algorithm::Custom { length, .. } => DeclaredAlgorithm::Custom { bytes: *length },
                Algorithm::Salted(prefix) => DeclaredAlgorithm::Salted { prefix: *prefix },
            },
            stored_after: format.stored_start.to_string(),
        }
    }

    /// Returns the name of the format.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns `true` if the text can be a key of this format that only the service can look up, because the format has a pepper or a
    /// function.
    #[must_use]
    pub fn needs_service_for(&self, text: &str) -> bool {
        let is_complete = matches!(
            self.algorithm,
            DeclaredAlgorithm::Sha256
                | DeclaredAlgorithm::Sha512
                | DeclaredAlgorithm::Salted { .. }
        );
        !is_complete && ImportFormat::from_settings(self).fits(text)
    }
}

impl ImportFormat {
    /// Creates a format from the settings of a service, to import rows. A format that has a pepper or a function then verifies no key.
    ///
    /// ```
    /// # use keyward::{imports::ImportFormat, *};
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let peppered = ImportFormat::hmac_sha256("old", b"pepper");
    /// let service = Keyward::builder(MemoryStore::new(), keys).import::<App>(peppered).build()?;
    /// let settings = &service.settings().imports[0];
    ///
    /// let format = ImportFormat::from_settings(&settings.format);
    /// assert_eq!(format.name(), "old");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_settings(settings: &ImportFormatSettings) -> Self {
        let algorithm = match settings.algorithm {
            DeclaredAlgorithm::Sha256 => Algorithm::Sha256,
            DeclaredAlgorithm::Sha512 => Algorithm::Sha512,
            DeclaredAlgorithm::HmacSha256 => Algorithm::HmacSha256(None),
            DeclaredAlgorithm::Custom { bytes } => {
                Algorithm::Custom { length: bytes, hash: Arc::new(|_| None) }
            }
            DeclaredAlgorithm::Salted { prefix } => Algorithm::Salted(prefix),
        };
        Self::new(&settings.name, algorithm)
            .starting_with(&settings.starting_with)
            .length(settings.shortest..=settings.longest)
            .hashing(settings.hashed_part)
            .stored_after(&settings.stored_after)
    }
}

#[cfg(test)]
mod tests {
    use super::{ImportFormat, ImportFormatSettings};
    use crate::secrets::StoredHash;
    use crate::secrets::{ForeignHash, LookupPrefix};

    const HASHES: [&str; 3] = [
        "$argon2id$v=19$m=64,t=2,p=1$HO5G3Up3dorW65XsBr+8qg$/ba54FwDrmzATPIQXJWTqxyWyhRkzWZAj9eV9GEU2yA",
        "dd15ec3e469016db15918f2300c5e7d5ac2e4701d6aa0b75bc4b5e9a40d61cf1",
        "sha512$$d110678f93e79d8bd16f017c37e56152ef099437ecfcb7ab6f2760fc9c621c610198b8acc059897b\
         f88c8debbda1425ff2b7bf2462fea37d4ef823e152e40678",
    ];

    /// A tool with the settings must make the same credential of a row as the service.
    #[test]
    fn a_format_from_settings_reads_rows_like_the_declared_one() {
        let formats = [
            ImportFormat::sha256("old").starting_with("acme_").length(20..=24),
            ImportFormat::sha512("long"),
            ImportFormat::hmac_sha256("peppered", b"pepper"),
            ImportFormat::custom("own", 32, |_| None),
            ImportFormat::laravel_sanctum(),
            ImportFormat::prefixed_api_key("acme"),
            ImportFormat::django_rest_framework(),
            ImportFormat::salted("slow", LookupPrefix::until_last('_').not_hashed()),
        ];
        for format in formats {
            let text = serde_json::to_string(&ImportFormatSettings::of(&format)).unwrap();
            let settings: ImportFormatSettings = serde_json::from_str(&text).unwrap();
            assert_eq!(settings.name(), format.name());
            let read = ImportFormat::from_settings(&settings);
            assert_eq!(ImportFormatSettings::of(&read), settings);
            assert_eq!(read.label(), format.label());
            for (hash, matching) in HASHES.iter().flat_map(|it| [(it, None), (it, Some("17"))]) {
                let hash = |format: &ImportFormat| {
                    let stored = format.stored(hash, matching);
                    let stored = stored.map(|StoredHash { hash, scheme }| {
                        (hash.bytes().to_vec(), hash.part().to_owned(), scheme)
                    });
                    stored.ok()
                };
                assert_eq!(hash(&read), hash(&format), "{text}");
            }
        }
    }

    #[test]
    fn only_the_service_verifies_a_format_with_a_pepper_or_a_function() {
        let key = "acme_0123456789abcdef";
        let own = ImportFormat::custom("own", 32, |_| ForeignHash::new(&[7; 32]));
        let needed = [ImportFormat::hmac_sha256("peppered", b"pepper"), own];
        for format in needed.map(|format| format.starting_with("acme_")) {
            let settings = ImportFormatSettings::of(&format);
            assert!(settings.needs_service_for(key) && !settings.needs_service_for("other"));
            assert!(format.hash(key).is_some());
            assert!(ImportFormat::from_settings(&settings).hash(key).is_none());
        }
        let plain = ImportFormatSettings::of(&ImportFormat::sha256("old"));
        assert!(!plain.needs_service_for(key));
        assert!(ImportFormat::from_settings(&plain).hash(key).is_some());
    }
}
