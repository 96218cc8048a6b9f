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
//! they are.
//!
//! 1. Prepare the schema and the roles: `docs/postgresql.md`.
//! 2. Try it with a copy of the file while the service runs, and measure the time.
//! 3. Stop the service on every node. Copy with the command, or with [`store::copy`](fn@crate::store::copy):
//!
//!    ```console
//!    keyward copy --sqlite acme.db --to-postgres-url url --to-schema keyward
//!    ```
//!
//! 4. Check: `keyward check-records --postgres-url url --schema keyward …`
//! 5. Start the service with the other store, which is one line of your program. Keep the file until you are sure. Going back after a new key was issued
//!    needs a copy in the other direction.
//!
//! ```
//! use keyward::store;
//! # use keyward::*;
//! # pollster::block_on(async {
//! # let (old, new) = (MemoryStore::new(), MemoryStore::new());
//! # let text = MasterKey::generate()?.expose_text();
//! # let build = |store: MemoryStore| -> Result<Keyward, Box<dyn std::error::Error>> {
//! #     Ok(Keyward::builder(store, MasterKeys::new(text.parse()?)).slow_hash(SlowHashParams::dangerous_cheap()).build()?)
//! # };
//! # let keyward = build(old.clone())?;
//! # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
//! # let shop = WorkspaceId::new("acme/shop")?;
//! # keyward.manager(&admin).create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
//! # let issued = keyward.manager(&admin).issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
//! # keyward.close().await?;
//! let copied = store::copy(&old, &new).await?;
//! assert_eq!(copied.credentials, 2);
//! // The key that was issued over the old store works over the new one.
//! let keyward = build(new)?;
//! assert!(keyward.verify(&Attempt::app(issued.secret.expose())).await.is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
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
//! 1. Copy `examples/custom_store.rs`. It is a complete store with its tests, of about 500 lines.
//! 2. Replace its snapshot with your database. Store tags, digests and seals as bytes that you do not interpret.
//! 3. Run the suite of the feature `conformance`: one test for each promise. A failing case names the promise and the first difference.
//! 4. Run the suite twice more: with the number of connections of your service, and with a slow network in between.
//!
//! A store that passes can be given to [`Keyward::builder`](crate::Keyward::builder) like any other.
