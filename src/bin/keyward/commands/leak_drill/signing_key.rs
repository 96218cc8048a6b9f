//! The key pair of drills: ECDSA on P-256, as in GitHub's alerts.

use std::path::Path;

use p256::ecdsa::SigningKey;
use p256::elliptic_curve::Generate;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::failure::Failure;
use crate::new_secret_file;
use crate::secret_sources::{self, DRILL_KEY};

/// Makes a key pair: writes the private key into a new file, and prints the public one.
pub(super) fn make(file: &Path) -> Result<Answer, Failure> {
    let key = SigningKey::try_generate().map_err(Failure::because("no drill key was made"))?;
    let unwritable = "the key cannot be written as PEM";
    let private = key.to_pkcs8_pem(LineEnding::LF).map_err(Failure::because(unwritable))?;
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF);
    let public = public.map_err(Failure::because(unwritable))?;
    new_secret_file::write(file, &private)?;
    let json = json!({ "file": file.display().to_string(), "public_key": public });
    Answer::new(Exit::Done, public, &json)
}

/// Reads the private key: from this file, or else from the environment.
pub(super) fn read(file: Option<&Path>) -> Result<SigningKey, Failure> {
    let pem = secret_sources::drill_key(file)?;
    // The cause could repeat a part of the key.
    SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| {
        let source = file.map_or_else(|| DRILL_KEY.to_owned(), |file| file.display().to_string());
        Failure::usage(format!(
            "{source} contains no private key of drills: make one with `keyward leak-drill new-key`"
        ))
    })
}
