//! Finds the server of a URL that accepts writes. All servers are asked at once, and the pool is pointed to that one.

use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use super::connection::Lease;
use super::error::CallFailure;
use super::reach::{self, Refused, bad_url};
use super::timeline::{self, NewestTimeline};
use crate::adapters::sql::until;
use crate::store::StoreError;

/// The pause between two attempts: at most ten attempts a second.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// The time limit for the servers' answers, so that an unresponsive server does not hide the promotion of another.
const ROUND: Duration = Duration::from_secs(5);

/// How long the other servers can take to answer after one has accepted writes. Two accept writes if the older one has not noticed
/// that it was replaced.
const GRACE: Duration = Duration::from_millis(200);

/// How long a call waits for a connection before it looks for the server that accepts writes now.
const PATIENCE: Duration = Duration::from_millis(250);

/// One server, or several that are tried until one accepts writes. Clones share the lock.
#[derive(Clone)]
pub(super) struct Servers {
    all: Arc<[PgConnectOptions]>,
    /// Held by the call that asks the servers.
    asking: Arc<Mutex<()>>,
    /// Answers from older timelines are discarded.
    newest: NewestTimeline,
}

/// A server that accepts writes.
struct Found {
    options: PgConnectOptions,
    connection: PgConnection,
    timeline: u32,
}

/// None of several servers accepts writes.
#[derive(Debug, thiserror::Error)]
#[error("no server of the URL accepts writes: {answers}")]
struct NoPrimary {
    /// The answer of each server, after its address.
    answers: String,
}

/// There is no server between two commas of the URL.
#[derive(Debug, thiserror::Error)]
#[error("the URL has no server between two commas")]
struct NoServer;

impl Servers {
    /// Returns the servers of a URL, whose hosts are separated by commas.
    pub(super) fn of_url(url: &str) -> Result<Self, StoreError> {
        let all =
            each_url(url).map_err(|error| bad_url(sqlx::Error::Configuration(error.into())))?;
        let options = all.iter().map(|url| {
            let options = PgConnectOptions::from_str(url).map_err(bad_url)?;
            // No floating-point number is read, and poolers refuse this parameter.
            Ok(options.disable_statement_logging().extra_float_digits(None))
        });
        Ok(Self::new(options.collect::<Result<Vec<_>, StoreError>>()?))
    }

    /// Returns the server of a host's pool. The host can point the pool to another.
    pub(super) fn of_pool(pool: &PgPool) -> Self {
        Self::new(vec![pool.connect_options().as_ref().clone()])
    }

    fn new(all: Vec<PgConnectOptions>) -> Self {
        Self { all: all.into(), asking: Arc::default(), newest: NewestTimeline::default() }
    }

    /// Shares the newest timeline with the answers of a store.
    pub(super) fn noting(self, newest: &NewestTimeline) -> Self {
        Self { newest: newest.clone(), ..self }
    }

    /// Waits for a server that accepts writes, and connects to it.
    pub(super) async fn primary(
        &self,
        within: Duration,
    ) -> Result<(PgConnectOptions, PgConnection), StoreError> {
        let end = Instant::now() + within;
        let round = if self.are_several() { ROUND } else { within };
        loop {
            let asked = until(end.min(Instant::now() + round), async { Ok(self.ask().await) });
            let error = match asked.await {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(refused)) if !self.may_pass(&refused) => return Err(refused.error),
                Ok(Err(refused)) => refused.error,
                Err(late) => late,
            };
            if Instant::now() + PAUSE >= end {
                return Err(error);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks all servers at once. Returns the one that accepts writes. If two do, the older one has not noticed yet that the other
    /// was promoted.
    async fn ask(&self) -> Result<(PgConnectOptions, PgConnection), Refused> {
        let mut asked: FuturesUnordered<_> = self.all.iter().map(|one| self.ask_one(one)).collect();
        let mut found: Option<Found> = None;
        let mut refused = Vec::new();
        let mut end = None;
        loop {
            let answer = match end {
                Some(end) => timeout_at(end, asked.next()).await.unwrap_or(None),
                None => asked.next().await,
            };
            match answer {
                Some(Ok(one)) => {
                    end.get_or_insert_with(|| Instant::now() + GRACE);
                    if found.as_ref().is_none_or(|found| found.timeline < one.timeline) {
                        found = Some(one);
                    }
                }
                Some(Err(one)) => refused.push(one),
                None => break,
            }
        }
        let Some(Found { options, connection, timeline }) = found else {
            return Err(self.none_of(refused));
        };
        self.newest.admits_number(timeline);
        Ok((options, connection))
    }

    /// Returns why none of the servers can be used. A retry can succeed if it can succeed for one of them.
    fn none_of(&self, refused: Vec<(&PgConnectOptions, Refused)>) -> Refused {
        let answers: Vec<_> = refused
            .iter()
            .map(|(server, one)| format!("{}: {}", reach::place(server), first_cause(&one.error)))
            .collect();
        let refused = refused.into_iter().map(|(_, one)| one);
        let Some(one) = refused.min_by_key(|one| (!one.passes, !self.may_pass(one))) else {
            // There is at least one server.
            return Refused::passing(CallFailure::Standby.into());
        };
        if !self.are_several() {
            return one;
        }
        let none = NoPrimary { answers: answers.join("; ") };
        Refused { error: StoreError::new(one.error.kind()).because(none), ..one }
    }

    async fn ask_one<'s>(
        &self,
        options: &'s PgConnectOptions,
    ) -> Result<Found, (&'s PgConnectOptions, Refused)> {
        let mut connection = reach::primary(options).await.map_err(|refused| (options, refused))?;
        let timeline =
            if self.are_several() { timeline::of(&mut connection).await.unwrap_or(0) } else { 0 };
        Ok(Found { options: options.clone(), connection, timeline })
    }

    /// Returns `true` if a retry can succeed. During a failover, a server can be down while another is promoted.
    fn may_pass(&self, refused: &Refused) -> bool {
        refused.passes || (self.are_several() && refused.is_unreachable)
    }

    fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Points the pool to the server that accepts writes now. One call asks the servers, and concurrent calls wait for it.
    pub(super) async fn follow(&self, pool: &PgPool) {
        if !self.are_several() {
            return;
        }
        if let Ok(_asking) = self.asking.try_lock() {
            if let Ok(Ok((options, _))) = Box::pin(timeout(ROUND, self.ask())).await {
                pool.set_connect_options(options);
            }
        } else {
            drop(self.asking.lock().await);
        }
    }

    /// Takes a connection for one call. If none becomes available, follows the primary.
    pub(super) async fn lease(&self, pool: &PgPool) -> Result<Lease, CallFailure> {
        if self.are_several() {
            Box::pin(self.lease_following(pool)).await
        } else {
            Lease::take(pool).await
        }
    }

    async fn lease_following(&self, pool: &PgPool) -> Result<Lease, CallFailure> {
        let taking = pin!(Lease::take(pool));
        let following = pin!(async {
            loop {
                tokio::time::sleep(PATIENCE).await;
                self.follow(pool).await;
            }
        });
        match select(taking, following).await {
            Either::Left((lease, _)) => lease,
            Either::Right((never, _)) => match never {},
        }
    }
}

/// Omits addresses and passwords.
impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Servers").field("count", &self.all.len()).finish_non_exhaustive()
    }
}

/// Returns the innermost source of an error.
fn first_cause(error: &StoreError) -> &(dyn Error + 'static) {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&error| error.source())
        .last()
        .unwrap_or(error)
}

/// Returns one URL for each of the comma-separated hosts.
fn each_url(url: &str) -> Result<Vec<String>, NoServer> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, hosts) = match authority.rfind('@') {
        Some(at) => authority.split_at(at + 1),
        None => ("", authority),
    };
    if !hosts.contains(',') {
        return Ok(vec![url.to_owned()]);
    }
    let one = |host: &str| {
        if host.is_empty() { Err(NoServer) } else { Ok(format!("{scheme}{user}{host}{path}")) }
    };
    hosts.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{Servers, each_url};
    use crate::adapters::postgres::error::CallFailure;
    use crate::adapters::postgres::reach::Refused;
    use crate::store::{StoreError, StoreErrorKind};

    /// A failover: the old primary is down, and the standby is not promoted yet.
    #[test]
    fn a_server_that_may_accept_writes_soon_decides_and_each_is_reported() {
        let servers = Servers::of_url("postgres://me:hunter2@one,two:5433/db").unwrap();
        let down = || {
            let cause = std::io::Error::other("nothing listens");
            let error = StoreError::new(StoreErrorKind::Misconfigured).because(cause);
            Refused { error, passes: false, is_unreachable: true }
        };
        let standby = || Refused::passing(CallFailure::Standby.into());
        for (first, second) in [(down(), standby()), (standby(), down())] {
            let refused = servers.none_of(servers.all.iter().zip([first, second]).collect());
            assert_eq!((refused.passes, refused.error.kind()), (true, StoreErrorKind::Unavailable));
            let told = std::error::Error::source(&refused.error).unwrap().to_string();
            for part in ["one:5432: ", "two:5433: ", "nothing listens", "a standby server answered"]
            {
                assert!(told.contains(part), "{part}: {told}");
            }
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn each_host_of_a_url_keeps_the_rest_of_the_url() {
        let urls = |url| each_url(url).map_err(|_| ());
        let url = "postgres://me:p%40ss@one:5433,two,[::1]:5434/db?sslmode=disable";
        let expected = ["one:5433", "two", "[::1]:5434"]
            .map(|host| format!("postgres://me:p%40ss@{host}/db?sslmode=disable"));
        assert_eq!(urls(url), Ok(expected.to_vec()));
        for url in ["postgres://me@one/db?options=a,b", "postgres://one", "not a URL"] {
            assert_eq!(urls(url), Ok(vec![url.to_owned()]));
        }
        assert_eq!(
            urls("postgres://one,two"),
            Ok(vec!["postgres://one".into(), "postgres://two".into()])
        );
        for url in ["postgres://one,,two/db", "postgres://one,/db", "postgres://,one/db"] {
            assert_eq!(urls(url), Err(()), "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let servers = Servers::of_url("postgres://me:hunter2@one,two/db").unwrap();
        let shown = format!("{servers:?}");
        assert!(shown.contains('2') && !shown.contains("hunter"), "{shown}");
    }
}
