//! Makes a master key.

use std::path::Path;

use keyward::MasterKey;
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::failure::Failure;
use crate::new_secret_file;

pub(super) fn run(file: &Path) -> Result<Answer, Failure> {
    let key = MasterKey::generate().map_err(Failure::because("no master key was made"))?;
    new_secret_file::write(file, &key.expose_text())?;
    let text = format!(
        "Made the master key {} in `{}`. Store a copy in a secret manager: without the key, no secret can be revealed.",
        key.id(),
        file.display()
    );
    Answer::new(Exit::Done, text, &json!({ "id": key.id(), "file": file.display().to_string() }))
}
