//! Makes a master key.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use keyward::MasterKey;
use serde_json::json;

use crate::answer::{Answer, Exit};
use crate::failure::Failure;

pub(super) fn run(file: &Path) -> Result<Answer, Failure> {
    let key = MasterKey::generate().map_err(Failure::because("no master key was made"))?;
    write(file, &key).map_err(Failure::because(format!(
        "the file `{}` was not written: name a file that does not exist",
        file.display()
    )))?;
    let text = format!(
        "Made the master key {} in `{}`. Store a copy in a secret manager: without the key, no secret can be revealed.",
        key.id(),
        file.display()
    );
    Answer::new(Exit::Done, text, &json!({ "id": key.id(), "file": file.display().to_string() }))
}

/// Writes the key into a new file that only its owner can read. Never replaces a file.
fn write(path: &Path, key: &MasterKey) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key.expose_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
