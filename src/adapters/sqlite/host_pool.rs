//! Checks whether a host's pool can be used for a store.

use sqlx::ConnectOptions;
use sqlx::sqlite::SqlitePool;

use super::in_turn::in_turn;
use super::rows::{failed, is_busy};
use crate::store::{StoreError, StoreErrorKind};

/// Why a pool cannot be used, with the setting to change.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error(
        "a database in memory needs a pool of one connection, and this pool can open {0}: set `max_connections` to 1, \
         or use a file"
    )]
    InMemory(u32),
    #[error(
        "the pool closes its only connection after a while, which deletes the database in memory: set `{0}` to `None`, \
         or use a file"
    )]
    Forgets(&'static str),
    #[error(
        "the connections of the pool share a cache, so they wait for each other without a time limit: set \
         `shared_cache` to `false`"
    )]
    SharedCache,
    #[error("each new connection of the pool sets a `journal_mode` other than WAL: set it to WAL")]
    JournalMode,
    #[error("the pool's connections use exclusive locking: set `locking_mode` to normal")]
    ExclusiveLocking,
}

impl From<Unfit> for StoreError {
    fn from(unfit: Unfit) -> Self {
        Self::new(StoreErrorKind::Misconfigured).because(unfit)
    }
}

/// Fails if a pool cannot be used. A file is set to WAL mode, even if the pool is then refused for its journal mode.
pub(super) async fn prepare(pool: &SqlitePool) -> Result<(), StoreError> {
    if is_in_memory(pool).await? {
        return Ok(check_memory(pool)?);
    }
    if pool.options().get_max_connections() > 1 && shares_its_cache(pool) {
        return Err(Unfit::SharedCache.into());
    }
    let locking = sqlx::query_scalar("PRAGMA locking_mode").fetch_one(pool);
    let locking: String = locking.await.map_err(failed)?;
    if locking != "normal" {
        return Err(Unfit::ExclusiveLocking.into());
    }
    in_turn(|| sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(pool)).await?;
    if keeps_the_journal_mode(pool).await? { Ok(()) } else { Err(Unfit::JournalMode.into()) }
}

/// Returns `true` if the database has no file.
async fn is_in_memory(pool: &SqlitePool) -> Result<bool, StoreError> {
    let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let file: Option<String> = sqlx::query_scalar(file).fetch_one(pool).await.map_err(failed)?;
    Ok(file.is_none_or(|file| file.is_empty()))
}

fn check_memory(pool: &SqlitePool) -> Result<(), Unfit> {
    let options = pool.options();
    match options.get_max_connections() {
        1 if options.get_idle_timeout().is_some() => Err(Unfit::Forgets("idle_timeout")),
        1 if options.get_max_lifetime().is_some() => Err(Unfit::Forgets("max_lifetime")),
        1 => Ok(()),
        connections => Err(Unfit::InMemory(connections)),
    }
}

fn shares_its_cache(pool: &SqlitePool) -> bool {
    // Without the host's path, because not every path is valid in a URL.
    let url = pool.connect_options().as_ref().clone().filename("any").to_url_lossy();
    url.query_pairs().any(|(name, value)| name == "cache" && value == "shared")
}

/// Returns `true` if a new connection of the pool, with all the host's settings, leaves the database in WAL mode.
async fn keeps_the_journal_mode(pool: &SqlitePool) -> Result<bool, StoreError> {
    let options = pool.connect_options().as_ref().clone();
    let one = pool.options().clone().min_connections(0).max_connections(1);
    let one = one.connect_lazy_with(options);
    let mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&one).await;
    one.close().await;
    match mode {
        Ok(mode) => Ok(String::eq(&mode, "wal")),
        // It cannot leave WAL mode while the pool's other connections use it.
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::shares_its_cache;

    /// The driver writes options into a URL, in which some of these paths are not valid.
    #[tokio::test]
    async fn a_shared_cache_is_seen_under_any_path() {
        for path in
            ["/data/k.db", "data/k.db", "a:b.db", "file:app.db", "a^b|c.db", "[.db", r"\\?\C:\k.db"]
        {
            for shared in [true, false] {
                let connect = SqliteConnectOptions::new().filename(path).shared_cache(shared);
                let pool = SqlitePoolOptions::new().connect_lazy_with(connect);
                assert_eq!(shares_its_cache(&pool), shared, "{path}");
            }
        }
    }
}
