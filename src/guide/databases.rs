//! From SQLite to PostgreSQL, and stores for other databases.
//!
//! # Which database
//!
//! | you have | use |
//! |---|---|
//! | one machine | `SqliteStore`: no server, one file. A restart of the service is an outage of a second |
//! | several nodes, or no acceptable outage | `PostgresStore`, with synchronous replication |
//! | tests | [`MemoryStore`](crate::MemoryStore) |
//! | another database | a store of your own: see below |
//!
//! The choice is not final: everything can be copied.
//!
//! # From SQLite to PostgreSQL
//!
//! All keys keep working: the copy has the stored secrets, the last-used times and the history. Master keys are in no database, so they stay as
//! they are. The command `keyward` copies; `docs/command.md` says how to install it. So does [`store::copy`](fn@crate::store::copy) in a program of yours.
//!
//! 1. Create the roles and the schema: `docs/postgresql.md`. Write the URL of the owner to a file that only you can read, create the tables,
//!    and then grant the service's role its rights:
//!
//!    ```console
//!    (umask 077 && echo 'postgres://keyward_owner@localhost/acme' > owner.url)
//!    keyward schema run --postgres-url owner.url --schema keyward
//!    ```
//! 2. Try the next steps with a backup of the SQLite file (`docs/operating.md`) and another database while the service runs, and measure the time.
//! 3. Stop the service on every node, and copy. The target must be empty:
//!
//!    ```console
//!    keyward copy --sqlite keyward.db --to-postgres-url owner.url --to-schema keyward
//!    ```
//! 4. Check. `master.key` is the file of the master key, and `settings.json` has the settings of the service (`docs/command.md`):
//!
//!    ```console
//!    keyward check-records --postgres-url owner.url --schema keyward \
//!        --settings settings.json --master-keys master.key
//!    ```
//! 5. Start the service with the other store: the feature `postgres`, and another line of your program. Keep the file until you are sure. Going
//!    back after a new key was issued needs a copy in the other direction.
//!
//!    ```no_run
//!    # async fn store() -> Result<(), Box<dyn std::error::Error>> {
//!    let url = std::env::var("KEYWARD_POSTGRES_URL")?;
//!    let store = keyward::PostgresOptions::new().schema("keyward").owner("keyward_owner").connect(&url).await?;
//!    # drop(store); Ok(())
//!    # }
//!    ```
//!
//! This program copies without the command. It needs the features `postgres` and `sqlite`, and tokio:
//!
//! ```no_run
//! use keyward::{PostgresOptions, SqliteStore, store};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let old = SqliteStore::open("keyward.db").await?;
//!     let url = std::env::var("KEYWARD_POSTGRES_URL")?;
//!     let new = PostgresOptions::new().schema("keyward").connect(&url).await?;
//!     println!("{:?}", store::copy(&old, &new).await?);
//!     Ok(())
//! }
//! ```
//!
//! # Writing a store
//!
//! A store keeps records and finds them again. It decides nothing and knows no secret. It implements [`CredentialStore`](crate::store::CredentialStore), whose
//! documentation is the contract, one sentence for each promise. It needs:
//!
//! - **one transaction over all tables**, which compares what was read and then writes. Without it, two requests could both delete the last key;
//! - **a position that rises by one with each change**, and that a reader never sees before the change itself;
//! - **reads that are never older than a commit that was acknowledged**. A replica that lags behind is not enough.
//!
//! Steps:
//!
//! 1. In a new project, copy `examples/custom_store.rs` to `src/main.rs`. It is a complete store with its tests, of about 500 lines:
//!
//!    ```console
//!    cargo add keyward --features conformance
//!    cargo add getrandom
//!    cargo run
//!    ```
//!
//!    It runs the suite of the feature `conformance`, and ends with the number of cases that passed.
//! 2. Replace its snapshot with your database. Store tags, digests and seals as bytes that you do not interpret.
//! 3. In your own crate, make a test of each case: write `keyward::conformance!(Snapshots);` into the module of the harness, with the name
//!    of yours, and run `cargo test`. A failing case names the promise and the first difference.
//! 4. Run the suite twice more: with the number of connections of your service, and with a slow network in between.
//!
//! A store that passes can be given to [`Keyward::builder`](crate::Keyward::builder) like any other.
