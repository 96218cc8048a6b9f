//! Creates the store's file with access for its owner only, and explains why a path cannot be used.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::rows::primary_code;
use crate::store::{StoreError, StoreErrorKind};

/// Why a path cannot be used for a store.
#[derive(Debug, thiserror::Error)]
enum BadPath {
    #[error("`{0}` is not the path of a file: give a path, or use `SqliteStore::open_in_memory`")]
    NotAPath(PathBuf),
    #[error("`{0}` is a folder: give the path of a file in it")]
    IsAFolder(PathBuf),
    #[error("the file `{0}` does not exist: give the path of an existing store")]
    Missing(PathBuf),
    #[error("the folder of `{0}` does not exist: create it, or give another path")]
    NoFolder(PathBuf),
    #[error("the parent of `{0}` is not a folder: give another path")]
    NotInAFolder(PathBuf),
    #[error(
        "the file system of `{0}` is mounted read-only: mount it writable, or give another path"
    )]
    ReadOnlyMount(PathBuf),
    #[error(
        "this process cannot create files in the folder of `{0}`, where SQLite also keeps its log: give the folder \
         to the user that the service runs as"
    )]
    FolderNotOurs(PathBuf),
    #[error(
        "this process can only read `{path}`, or cannot open it{owner}: give the file to the user that the service runs \
         as, make it writable, and do not set `read_only`"
    )]
    NotWritable { path: PathBuf, owner: FileOwner },
    #[error(
        "`{0}` is not an SQLite database: give the path of a store, or of a file that does not exist yet"
    )]
    NotADatabase(PathBuf),
    #[error("the file `{path}` cannot be created")]
    Failed { path: PathBuf, source: io::Error },
}

/// The owner and the mode of a file, if the system has them.
#[derive(Debug)]
struct FileOwner(Option<(u32, u32)>);

impl std::fmt::Display for FileOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some((owner, mode)) => write!(f, " (owner {owner}, mode {mode:o})"),
            None => Ok(()),
        }
    }
}

impl From<BadPath> for StoreError {
    fn from(bad: BadPath) -> Self {
        Self::new(StoreErrorKind::Misconfigured).because(bad)
    }
}

/// Creates a file with access for its owner only, if it does not exist. SQLite gives its log files the same mode.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    expect_file_path(path)?;
    // An existing file is not opened here: closing it would release the locks of this process's other connections.
    if path.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| not_created(path, error))
}

/// Fails if there is no file with this path.
pub(super) fn expect(path: &Path) -> Result<(), StoreError> {
    expect_file_path(path)?;
    if path.exists() { Ok(()) } else { Err(BadPath::Missing(path.to_owned()).into()) }
}

fn expect_file_path(path: &Path) -> Result<(), StoreError> {
    // SQLite does not treat these as file paths.
    if path.as_os_str() == ":memory:" || path.as_os_str().as_encoded_bytes().starts_with(b"file:") {
        return Err(BadPath::NotAPath(path.to_owned()).into());
    }
    if path.is_dir() {
        return Err(BadPath::IsAFolder(path.to_owned()).into());
    }
    Ok(())
}

/// Replaces SQLite's error at opening with an explanation, if the path is the cause.
pub(super) fn explain(path: &Path, error: StoreError) -> StoreError {
    const PERMISSION: i32 = 3;
    const READ_ONLY: i32 = 8;
    const CANNOT_OPEN: i32 = 14;
    const NO_DATABASE: i32 = 26;
    match primary_code(&error) {
        Some(NO_DATABASE) => BadPath::NotADatabase(path.to_owned()).into(),
        Some(PERMISSION | READ_ONLY | CANNOT_OPEN) => match try_the_folder(path) {
            Ok(()) => {
                let owner = owner(path);
                BadPath::NotWritable { path: path.to_owned(), owner }.into()
            }
            Err(refused) => not_created(path, refused),
        },
        _ => error,
    }
}

fn not_created(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => BadPath::NoFolder(path).into(),
        io::ErrorKind::NotADirectory => BadPath::NotInAFolder(path).into(),
        io::ErrorKind::PermissionDenied => BadPath::FolderNotOurs(path).into(),
        io::ErrorKind::ReadOnlyFilesystem => BadPath::ReadOnlyMount(path).into(),
        _ => {
            let failed = BadPath::Failed { path, source };
            StoreError::new(StoreErrorKind::Unavailable).because(failed)
        }
    }
}

/// Creates a file in the same folder, and deletes it.
fn try_the_folder(path: &Path) -> io::Result<()> {
    let beside = path.with_file_name(format!(".keyward-try-{}", std::process::id()));
    match OpenOptions::new().write(true).create_new(true).open(&beside) {
        Ok(_) => fs::remove_file(beside),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn owner(path: &Path) -> FileOwner {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok();
        FileOwner(metadata.map(|metadata| (metadata.uid(), metadata.mode() & 0o7777)))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        FileOwner(None)
    }
}
