//! The copy of one store into another, page by page, and the comparison afterwards.

mod pages;
mod records;
mod report;

use self::pages::{Progress, compare_all, copy_all};
pub use self::records::Copyable;
use self::records::Record;
pub(crate) use self::records::{Claim, Holds, RawRecords};
pub use self::report::{Copied, CopyError};

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};

use super::change::Position;
use super::error::StoreError;
use super::query::PageSize;

/// The number of records that are read at once and written in one transaction.
const PAGE: PageSize = match PageSize::new(500) {
    Ok(size) => size,
    Err(_) => PageSize::MAX,
};

/// Copies all data of one store into an empty one, and compares the two afterwards.
///
/// The copy includes accounts, workspaces (also removed ones, whose ids stay taken), credentials with their stored secrets and
/// last-used times, the history that is not pruned, and the position. Keys therefore keep working, and a node that knows a
/// position of the old store continues from there with the new one. No store contains master keys, so configure the services
/// with the same ones as before.
///
/// The [networks](crate::Builder::remember_networks) from which credentials passed are not copied. They are personal data, decide
/// nothing, and the new store collects them again.
///
/// # How to move
///
/// 1. Await [`Keyward::close`](crate::Keyward::close) on every node and stop all nodes. A write during the copy is either
///    found as a difference or lost.
/// 2. Open the old store, and a new store in a fresh file or schema.
/// 3. Call `copy`. It works page by page, so its memory use does not grow with the stores. A page can take up to a minute, or
///    up to the time limit of the store if that is longer.
/// 4. Start the nodes on the new store. Keep the old store until they run.
///
/// # Errors
///
/// Fails as [`CopyError::Source`] if a newer release has expanded the tables of the source: this release would not copy what it does
/// not know. After any error, the source is unchanged. Discard the target, unless the error is [`CopyError::TargetNotEmpty`], which
/// leaves the target unchanged. The position is written last, after the comparison. An incomplete SQLite or PostgreSQL target
/// is therefore unusable: reading its change feed and committing fail, and `copy` refuses it as a target and as a source.
///
/// ```
/// use keyward::{MemoryStore, SqliteStore, store};
/// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let old = MemoryStore::new();
/// # let text = MasterKey::generate()?.expose_text();
/// # let keys = || text.parse().map(MasterKeys::new);
/// # let build = |builder: Builder| builder.slow_hash(SlowHashParams::dangerous_cheap()).build();
/// # let keyward = build(Keyward::builder(old.clone(), keys()?))?;
/// # let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
/// # let manager = keyward.manager(&admin);
/// # let shop = WorkspaceId::new("acme/shop")?;
/// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
/// # let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;
/// # keyward.close().await?;
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("keyward.db");
/// let new = SqliteStore::open(file).await?;
/// let copied = store::copy(&old, &new).await?;
/// assert_eq!((copied.accounts, copied.workspaces), (1, 1));
/// assert_eq!((copied.credentials, copied.events), (2, 2));
///
/// // The key that was issued with the old store works with the new one.
/// # let keyward = build(Keyward::builder(new.clone(), keys()?))?;
/// assert!(keyward.verify(&Attempt::app(issued.secret.expose())).await.is_ok());
///
/// // A store that contains data is never overwritten.
/// let again = store::copy(&old, &new).await;
/// assert!(matches!(again, Err(store::CopyError::TargetNotEmpty)));
/// # new.close().await;
/// # Ok(())
/// # }
/// ```
pub async fn copy(from: &impl Copyable, to: &impl Copyable) -> Result<Copied, CopyError> {
    copy_watched(from, to, &|_| ()).await
}

/// Copies as [`copy`](copy()) does, and reports the progress after each page: the number of records that were copied, plus the
/// number that were compared afterwards. At the end, it is twice the number of records.
pub async fn copy_watched(
    from: &impl Copyable,
    to: &impl Copyable,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<Copied, CopyError> {
    // Boxed, because the futures of two databases are nested deeper than the compiler follows by default in a program of the caller's.
    Box::pin(in_pages(&from.unhurried(), &to.unhurried(), PAGE, &Progress::new(watch))).await
}

async fn in_pages(
    from: &impl Copyable,
    to: &impl Copyable,
    size: PageSize,
    progress: &Progress<'_>,
) -> Result<Copied, CopyError> {
    from.expect_known().await.map_err(CopyError::Source)?;
    let position = from.newest().await.map_err(CopyError::Source)?;
    let copied = Box::pin(from_position(position, from, to, size, progress)).await;
    if let Err(CopyError::Source(_) | CopyError::Target(_)) = copied
        && let Ok(newest) = from.newest().await
    {
        // Whatever failed, the reason is that a node runs: for example, a page refers to a row that was not there before.
        same_position(newest, position)?;
    }
    copied
}

async fn from_position(
    position: Position,
    from: &impl Copyable,
    to: &impl Copyable,
    size: PageSize,
    progress: &Progress<'_>,
) -> Result<Copied, CopyError> {
    expect_sound(position, from).await.map_err(CopyError::Source)?;
    match to.claim().await.map_err(CopyError::Target)? {
        Claim::Empty => {}
        Claim::Taken => return Err(CopyError::TargetNotEmpty),
    }
    // Workspaces refer to accounts, and credentials to workspaces.
    let copied = Copied {
        accounts: copy_all::<AccountRecord>(from, to, size, progress).await?,
        workspaces: copy_all::<WorkspaceRecord>(from, to, size, progress).await?,
        credentials: copy_all::<CredentialRecord>(from, to, size, progress).await?,
        events: copy_all::<Event>(from, to, size, progress).await?,
        position,
    };
    compare_all::<AccountRecord>(from, to, size, progress).await?;
    compare_all::<WorkspaceRecord>(from, to, size, progress).await?;
    compare_all::<CredentialRecord>(from, to, size, progress).await?;
    compare_all::<Event>(from, to, size, progress).await?;
    same_position(from.newest().await.map_err(CopyError::Source)?, position)?;
    let id_key = from.ids_made_with().await.map_err(CopyError::Source)?;
    to.finish(&position, &id_key).await.map_err(CopyError::Target)?;
    same_position(to.newest().await.map_err(CopyError::Target)?, position)?;
    if to.ids_made_with().await.map_err(CopyError::Target)? != id_key {
        return Err(CopyError::Differs { at: "id key".to_owned() });
    }
    Ok(copied)
}

/// Fails if the position of a store does not fit the data, as after an interrupted copy.
async fn expect_sound(position: Position, from: &impl Copyable) -> Result<(), StoreError> {
    let before = position.number().checked_sub(1);
    let newest = Holds::<Event>::after(from, before.as_ref(), PageSize::default()).await?;
    let is_sound = match newest.as_slice() {
        [event] => Position::new(event.number, event.operation) == position,
        // Every change advances the position, and the oldest events are pruned first.
        [] if position == Position::START => {
            has_none::<AccountRecord>(from).await? && has_none::<WorkspaceRecord>(from).await?
        }
        [] => has_none::<Event>(from).await?,
        _ => false,
    };
    if is_sound { Ok(()) } else { Err(StoreError::corrupt("position")) }
}

async fn has_none<R: Record>(store: &impl Holds<R>) -> Result<bool, StoreError> {
    Ok(store.after(None, PageSize::default()).await?.is_empty())
}

fn same_position(found: Position, position: Position) -> Result<(), CopyError> {
    if found == position { Ok(()) } else { Err(CopyError::Differs { at: "position".to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::{Copied, CopyError, Holds, Progress, compare_all, in_pages};
    use crate::adapters::MemoryStore;
    use crate::domain::{AccountRecord, Action, ActorRef, EventTags, Revision, Role, Subject};
    use crate::store::{Change, CredentialStore, HeaderChange, PageSize};
    use crate::values::{AccountId, ActorId, OperationId, Timestamp};
    use std::sync::atomic::{AtomicU64, Ordering};

    const ACCOUNTS: u8 = 6;

    fn account(number: u8) -> AccountId {
        AccountId::new(format!("account {number}")).unwrap()
    }

    /// Returns the change that first writes an account.
    fn written(number: u8) -> Change {
        let new = AccountRecord::new(account(number), OperationId::from_bytes([number; 16]));
        let record = AccountRecord { revision: Revision::new(1), ..new };
        Change {
            header: HeaderChange::Account { read_at: Revision::NONE, record },
            created_account: None,
            unchanged: Vec::new(),
            read_credentials: Vec::new(),
            credentials: Vec::new(),
            at: Timestamp::MIN,
            subject: Subject::Account,
            by: ActorRef { role: Role::Operator, id: ActorId::new("ada").unwrap() },
            action: Action::AccountResumed,
            operation: OperationId::from_bytes([number; 16]),
            tags: EventTags::NONE,
        }
    }

    #[test]
    fn a_page_of_any_size_loses_nothing_and_repeats_nothing() {
        pollster::block_on(async {
            let from = MemoryStore::new();
            for number in 0..ACCOUNTS {
                from.commit(&written(number)).await.unwrap();
            }
            let position = from.position().await.unwrap();
            let all = u64::from(ACCOUNTS);
            let expected =
                Copied { accounts: all, workspaces: 0, credentials: 0, events: all, position };
            for size in 1..=u16::from(ACCOUNTS) + 1 {
                let to = MemoryStore::new();
                let size = PageSize::new(size).unwrap();
                let seen = AtomicU64::new(0);
                let watch = |done| seen.store(done, Ordering::Relaxed);
                let copied = in_pages(&from, &to, size, &Progress::new(&watch)).await.unwrap();
                assert_eq!(copied, expected, "{size:?}");
                assert_eq!(seen.load(Ordering::Relaxed), 4 * all, "copied and compared");
                for number in 0..ACCOUNTS {
                    let copied = to.account(&account(number)).await.unwrap();
                    assert_eq!(copied, from.account(&account(number)).await.unwrap());
                }
            }
        });
    }

    #[test]
    fn a_difference_is_found_on_whichever_page_it_is() {
        pollster::block_on(async {
            let from = MemoryStore::new();
            let records = [0, 1, 2, 3, 4, 5]
                .map(|n| AccountRecord::new(account(n), OperationId::from_bytes([n; 16])));
            from.add(&records).await.unwrap();
            for (place, missing) in records.iter().enumerate() {
                let to = MemoryStore::new();
                let kept = records.iter().filter(|record| record.id != missing.id);
                to.add(&kept.cloned().collect::<Vec<_>>()).await.unwrap();
                for size in 1..=u16::from(ACCOUNTS) + 1 {
                    let size = PageSize::new(size).unwrap();
                    let error =
                        compare_all::<AccountRecord>(&from, &to, size, &Progress::new(&|_| ()))
                            .await
                            .unwrap_err();
                    let CopyError::Differs { at } = error else { panic!("{error:?}") };
                    assert_eq!(at, format!("account account {place}"), "{size:?}");
                }
            }
        });
    }
}
