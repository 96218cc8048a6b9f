//! Mistakes in the place of a file: each is `Misconfigured`, and its text names the path and the mistake.

use std::path::Path;

use keyward::SqliteStore;
use keyward::store::{CredentialStore, StoreFinding};
use sqlx::sqlite::SqlitePoolOptions;

use crate::harness::{RUNTIME, Sqlite, patient};
use crate::stores::misconfigured::assert_misconfigured;

#[track_caller]
fn assert_refused(file: &Path, words: &str) {
    let error = RUNTIME.block_on(SqliteStore::open(file)).unwrap_err();
    assert_misconfigured(&error, &[words, &format!("`{}`", file.display())]);
}

#[test]
fn a_missing_folder_is_reported() {
    let harness = Sqlite::default();
    let folder = harness.file();
    assert_refused(&folder.join("keyward.db"), "does not exist");
    std::fs::write(&folder, "").unwrap();
    assert_refused(&folder.join("keyward.db"), "is not a folder");
}

#[test]
fn a_folder_instead_of_a_file_is_reported() {
    let harness = Sqlite::default();
    std::fs::create_dir(harness.file()).unwrap();
    assert_refused(&harness.file(), "is a folder");
}

/// The file is not changed, and the error does not advise to delete it.
#[test]
fn a_text_file_is_reported_as_no_database() {
    let harness = Sqlite::default();
    for text in ["notes", &"not a database, but longer than a header: ".repeat(40)] {
        let file = harness.next_file();
        std::fs::write(&file, text).unwrap();
        assert_refused(&file, "is not an SQLite database");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        let pool = RUNTIME.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
            let pool = SqlitePoolOptions::new().connect_lazy_with(options);
            SqliteStore::from_pool(pool).await
        });
        assert_misconfigured(&pool.unwrap_err(), &[]);
    }
}

/// A store that the host has opened for reading only.
#[test]
fn a_read_only_pool_is_reported() {
    let harness = Sqlite::default();
    let error = RUNTIME.block_on(async {
        patient().open(harness.file()).await.unwrap().close().await;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(harness.file());
        let pool = SqlitePoolOptions::new().connect_lazy_with(options.read_only(true));
        SqliteStore::from_pool(pool).await.unwrap_err()
    });
    assert_misconfigured(&error, &["`read_only`"]);
}

/// A file that became read-only after it was opened, and one that lost its tables.
#[test]
fn a_check_finds_what_can_only_be_read_and_a_schema_that_is_gone() {
    let harness = Sqlite::default();
    RUNTIME.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(harness.file());
        let one = SqlitePoolOptions::new().max_connections(1);
        let pool = one.connect_with(options.create_if_missing(true)).await.unwrap();
        let store = patient().from_pool(pool.clone()).await.unwrap();
        assert_eq!(store.check().await.unwrap(), []);
        sqlx::raw_sql("PRAGMA query_only = ON").execute(&pool).await.unwrap();
        assert_eq!(store.check().await.unwrap(), [StoreFinding::ReadOnly]);
        sqlx::raw_sql("PRAGMA query_only = OFF").execute(&pool).await.unwrap();
        assert_eq!(store.check().await.unwrap(), []);

        let newer =
            "INSERT INTO keyward_migrations SELECT max(version) + 1, max(version) + 1 FROM keyward_migrations";
        sqlx::raw_sql(newer).execute(&pool).await.unwrap();
        assert_misconfigured(&store.check().await.unwrap_err(), &["at least as new"]);
        sqlx::raw_sql("DELETE FROM keyward_migrations").execute(&pool).await.unwrap();
        assert_misconfigured(&store.check().await.unwrap_err(), &["has no tables of Keyward", "check its path"]);
    });
}

#[cfg(target_os = "linux")]
mod refused_by_the_system {
    use keyward::MasterKey;

    use super::{RUNTIME, Sqlite, SqliteStore, patient};
    use crate::child::{Given, Running, say, shared_library};
    use crate::stores::misconfigured::whole;

    const ACCESS: &str = "13";
    const READ_ONLY: &str = "30";

    /// Returns the error of a process that opens a store, while the system refuses to open `refused`, or a file in it,
    /// for writing.
    fn output_of_child(harness: &Sqlite, refused: &std::path::Path, number: &str) -> String {
        let library = harness.file().with_extension("so");
        shared_library("read_only.c", &library);
        let key = MasterKey::generate().unwrap().expose_text().to_string();
        let given = Given { file: harness.file(), key };
        let environment = [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("KEYWARD_TEST_REFUSED", refused.to_str().unwrap()),
            ("KEYWARD_TEST_ERRNO", number),
        ];
        let mut child = Running::start(
            "bad_paths::refused_by_the_system::says_how_it_opens",
            &given,
            &environment,
        );
        child.next_line().unwrap()
    }

    #[test]
    #[ignore = "it is started by other tests"]
    fn says_how_it_opens() {
        let given = Given::to_me().unwrap();
        match RUNTIME.block_on(SqliteStore::open(&given.file)) {
            Ok(_) => say("it opens"),
            Err(error) => say(&format!("{:?}: {}", error.kind(), whole(&error))),
        }
    }

    /// Each place with a file, which was a store before, and without one.
    fn each(refused: impl Fn(&Sqlite) -> std::path::PathBuf, number: &str, words: &str) {
        for is_there in [true, false] {
            let harness = Sqlite::default();
            if is_there {
                RUNTIME.block_on(async {
                    patient().open(harness.file()).await.unwrap().close().await;
                });
            }
            let said = output_of_child(&harness, &refused(&harness), number);
            assert!(said.starts_with("Misconfigured: "), "{is_there}: {said}");
            assert!(said.contains(words), "{is_there}: {said}");
            assert!(said.contains(harness.file().to_str().unwrap()), "{is_there}: {said}");
        }
    }

    fn folder(harness: &Sqlite) -> std::path::PathBuf {
        harness.file().parent().unwrap().to_owned()
    }

    #[test]
    fn a_read_only_mount_is_reported() {
        each(folder, READ_ONLY, "mounted read-only");
    }

    #[test]
    fn a_folder_of_another_user_is_reported() {
        each(folder, ACCESS, "cannot create files in");
    }

    #[test]
    fn a_file_of_another_user_is_reported() {
        let harness = Sqlite::default();
        RUNTIME.block_on(async { patient().open(harness.file()).await.unwrap().close().await });
        let said = output_of_child(&harness, &harness.file(), ACCESS);
        assert!(said.starts_with("Misconfigured: "), "{said}");
        assert!(said.contains("can only read") && said.contains("owner"), "{said}");
        assert!(said.contains(harness.file().to_str().unwrap()), "{said}");
    }
}
