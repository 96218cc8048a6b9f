//! Where secrets come from: files that only their owner can read, standard input, and the environment. Never arguments, which every
//! user of the machine can see in the list of processes.

use std::env;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use keyward::error::NameError;
use keyward::{MasterKey, Name};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The environment variable with the master keys.
pub(crate) const MASTER_KEYS: &str = "KEYWARD_MASTER_KEYS";
/// The environment variable with the URL of a PostgreSQL database.
pub(crate) const POSTGRES_URL: &str = "KEYWARD_POSTGRES_URL";

/// The environment variable with the private key of leak drills.
pub(crate) const DRILL_KEY: &str = "KEYWARD_DRILL_KEY";

/// The maximum size of a file with secrets.
const LONGEST: u64 = 64 * 1024;

/// The path that means standard input.
const STDIN: &str = "-";

/// Refuses arguments that contain a key or a password, and does not repeat them.
pub(crate) fn refuse_in_arguments(given: &[OsString]) -> Result<(), Failure> {
    match given.iter().position(|argument| is_secret(&argument.to_string_lossy())) {
        None => Ok(()),
        Some(place) => Err(Failure::usage(format!(
            "argument {place} contains a secret, which is now in the history of your shell and visible to other users: replace the \
             secret, and give the new one in a file, on standard input or in the environment"
        ))),
    }
}

fn is_secret(argument: &str) -> bool {
    let is_key = Name::new(argument) == Err(NameError::Key);
    let is_named =
        ["keyward_master_", "password=", "PRIVATE KEY"].iter().any(|it| argument.contains(it));
    is_key || is_named || has_password(argument)
}

/// Returns `true` for a URL with a password.
fn has_password(argument: &str) -> bool {
    let Some((_, rest)) = argument.split_once("://") else { return false };
    rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

/// Reads the URL of a PostgreSQL database: from this file, or else from the environment.
pub(crate) fn postgres_url(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    let text = match file {
        Some(path) => Some(read(path)?),
        None => variable(POSTGRES_URL)?,
    };
    Ok(text.map(|text| Zeroizing::new(text.trim().to_owned())))
}

/// Reads master keys, one on each line: from these files, or else from the environment. The current key is first.
pub(crate) fn master_keys(files: &[PathBuf]) -> Result<Vec<MasterKey>, Failure> {
    let mut keys = Vec::new();
    for path in files {
        add_keys(&mut keys, &read(path)?, &path.display().to_string())?;
    }
    if files.is_empty()
        && let Some(text) = variable(MASTER_KEYS)?
    {
        add_keys(&mut keys, &text, MASTER_KEYS)?;
    }
    if keys.is_empty() {
        return Err(Failure::usage(format!(
            "no master key: name the file with `--master-keys`, or set {MASTER_KEYS}"
        )));
    }
    Ok(keys)
}

fn add_keys(keys: &mut Vec<MasterKey>, text: &str, source: &str) -> Result<(), Failure> {
    for (number, line) in text.split_ascii_whitespace().enumerate() {
        let key = line.parse().map_err(|error| {
            Failure::usage(format!("{source}, master key {}: {error}", number + 1))
        })?;
        keys.push(key);
    }
    Ok(())
}

/// Reads the private key of leak drills: from this file, or else from the environment.
pub(crate) fn drill_key(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let text = match file {
        Some(path) => Some(read(path)?),
        None => variable(DRILL_KEY)?,
    };
    text.ok_or_else(|| {
        Failure::usage(format!(
            "no private key of drills: name the file with `--drill-key`, or set {DRILL_KEY}"
        ))
    })
}

/// Reads a key from standard input. Fails if it is empty, as it is after a mistyped pipe.
pub(crate) fn key_from_stdin() -> Result<Zeroizing<String>, Failure> {
    let text = read_all(io::stdin().lock(), "standard input")?;
    match text.trim() {
        "" => Err(Failure::usage("standard input is empty: give the key")),
        key => Ok(Zeroizing::new(key.to_owned())),
    }
}

/// Returns `true` if this path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}

fn variable(name: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    match env::var(name) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format!("the variable {name} is not UTF-8: set it again")))
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    read_all(open(path)?, &named(path))
}

/// Opens a file with secrets, or standard input.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if is_stdin(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let name = named(path);
    let unreadable = |error| Failure::usage(format!("the file `{name}` cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    // The metadata of the open file, because the path could name another file by now.
    if is_open_to_others(&file.metadata().map_err(unreadable)?) {
        return Err(Failure::usage(format!(
            "the file `{name}` contains a secret, and other users can read or write it: run `chmod 600 {name}`"
        )));
    }
    Ok(Box::new(file))
}

/// Returns the name of a file in messages.
fn named(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

fn read_all(source: impl Read, name: &str) -> Result<Zeroizing<String>, Failure> {
    // The buffer has its final size from the start, because a growing buffer leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 1));
    let read = source.take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::usage(format!("{name} is longer than 64 KiB: name another file")));
    }
    Ok(text)
}
