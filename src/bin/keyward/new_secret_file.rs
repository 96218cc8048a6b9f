//! Writes a secret into a new file.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes a secret into a new file that only its owner can read. Never replaces a file.
pub(crate) fn write(path: &Path, secret: &str) -> Result<(), Failure> {
    create(path, secret).map_err(Failure::because(format!(
        "the file `{}` was not written: name a file that does not exist",
        path.display()
    )))
}

fn create(path: &Path, secret: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret.trim_end().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
