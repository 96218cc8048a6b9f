//! Keys and your own records: the safe order when one transaction cannot contain both.
//!
//! Your service often keeps a row for each key that it issues: a deployment, a partner, a device. Keyward writes in a transaction of
//! its own, perhaps in another database. If the service stops between the two, a key without a row or a row without a key must not
//! remain. `examples/own_records.rs` runs everything on this page over a table, and stops at each point. In a project of your own, it also
//! needs the crate sqlx, version 0.9, with its features `runtime-tokio` and `sqlite`.
//!
//! # The order
//!
//! 1. **Commit your row first.** It is *pending*: it has no credential yet. Its primary key is the operation id.
//! 2. **Issue the key** with [`NewCredential::operation`](crate::NewCredential::operation), outside of any transaction of yours.
//! 3. **Write the credential's id into the row.** The row is no longer pending.
//!
//! A job finishes the pending rows: when the service starts, and then every minute. It repeats steps 2 and 3. A repeat never issues a
//! second key, so the job can run on several nodes, and at the same time as the request.
//!
//! ```console
//! cargo add keyward
//! cargo add tokio --features full
//! ```
//!
//! This is a whole `src/main.rs`, without the database of the service:
//!
//! ```
//! use std::error::Error;
//! use keyward::{Actor, CredentialId, Keyward, ManageError, Manager, MasterKey, MemoryStore, NewCredential, NewWorkspace};
//!
//! /// Step 2, for one row. The first call issues the key, and a repeat returns the id of the same credential.
//! async fn issue(manager: &Manager<'_>, row: &str) -> Result<CredentialId, Box<dyn Error>> {
//!     let new = NewCredential::new("acme/shop".parse()?, format!("Deployment {row}").parse()?);
//!     match manager.issue_app_key(new.operation(row)).await {
//!         Ok(issued) => Ok(issued.credential.id), // `issued.secret` is the key: show it to the person
//!         Err(ManageError::Repeated(repeated)) => Ok(repeated.credential.id),
//!         Err(error) => Err(error.into()),
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?).build()?;
//!     let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
//!     let manager = keyward.manager(&admin);
//!     manager.create_workspace(NewWorkspace::new("acme/shop".parse()?, "Shop".parse()?)).await?;
//!
//!     let issued = issue(&manager, "17").await?;
//!     // The service stops here, before step 3. After its restart, the job repeats the call:
//!     assert_eq!(issue(&manager, "17").await?, issued);
//!     Ok(())
//! }
//! ```
//!
//! # What the job does with each answer
//!
//! | answer | meaning | the row |
//! |---|---|---|
//! | `Ok` | the key was issued now | done |
//! | [`Repeated`](crate::ManageError::Repeated) | the key was issued by an earlier call | done |
//! | [`Refused`](crate::ManageError::Refused) | nothing was issued, and a retry does not help | failed; show the rule |
//! | [`NotFound`](crate::ManageError::NotFound) | the workspace does not exist, or the key was deleted since | failed |
//! | [`Unavailable`](crate::ManageError::Unavailable), [`Busy`](crate::ManageError::Busy), [`Unknown`](crate::ManageError::Unknown) | nothing was issued, or the outcome is unknown | still pending |
//!
//! Operation ids are remembered for at least 24 hours. Let the job finish a row within that time. If a row is pending for longer, compare the
//! list of credentials with it before you repeat the call. A repeat must have the same content: the same workspace, kind, name and expiry.
//!
//! # The secret
//!
//! Do not store the secret in your row. If it was never received, a person can replace it:
//! [`Manager::replace_unused`](crate::Manager::replace_unused) replaces a secret that was never used. A kind that can be revealed has
//! [`Manager::reveal`](crate::Manager::reveal).
//!
//! # Orders that are not safe
//!
//! - *The key first, then the row.* If the service stops in between, no record shows which row the key is for.
//! - *The key within your transaction.* If your transaction is rolled back, the key remains. If both use one SQLite file, the call waits
//!   for your transaction until its time limit, and issues nothing.
//! - *A random operation id at each call.* A repeat then issues a second key.
//!
//! # Other changes
//!
//! - [`Rotation::operation`](crate::manage::Rotation::operation) does the same for a rotation.
//! - You choose the id of a workspace, so derive it from your row. If it was created before, the
//!   answer is [`WorkspaceIdTaken`](crate::Refusal::WorkspaceIdTaken).
//! - Suspending, deleting and removing have one end state. Commit your row as *ending* first, make the change, and then delete the row. The job
//!   repeats the change, and [`NotFound`](crate::ManageError::NotFound) means that it was made.
