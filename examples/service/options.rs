//! The command line.

use std::path::PathBuf;

/// The options of the command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) database: Database,
    pub(crate) port: u16,
}

/// The database.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

const USAGE: &str = "usage: service [--database FILE | --database postgres://..] [--port PORT]";

impl Options {
    pub(crate) fn from_args(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Self { database: Database::Sqlite("keyward-service.db".into()), port: 3000 };
        while let Some(option) = args.next() {
            let value = args.next().ok_or(USAGE)?;
            match option.as_str() {
                "--database" => options.database = Database::from_text(value),
                "--port" => options.port = value.parse().map_err(|_| USAGE)?,
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(options)
    }

    /// The file for the settings: next to an SQLite file, otherwise in the current folder.
    pub(crate) fn settings_file(&self) -> PathBuf {
        match &self.database {
            Database::Sqlite(path) => path.with_extension("settings.json"),
            Database::Postgres(_) => "keyward-service.settings.json".into(),
        }
    }
}

impl Database {
    fn from_text(text: String) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text)
        } else {
            Self::Sqlite(text.trim_start_matches("sqlite://").into())
        }
    }
}
