//! A bad network: at every statement of every call in turn, the connection is cut, delayed, or closed on one side. The
//! call must succeed, or fail without effect, or return `Unknown`, and the rows must match.

use std::thread;
use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::{StoreError, StoreErrorKind};
use sqlx::postgres::PgConnection;

use crate::calls::{self, Call};
use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::messages::Sent;
use crate::proxy::{Afterwards, Fault, Proxy};
use crate::rows;
use crate::server::URL;
use crate::stores::furnish;

/// Faults that end by themselves, however long the store waits.
const CUTS: [Fault; 4] =
    [Fault::CutBefore, Fault::CutAfter, Fault::HalfClosedToServer, Fault::HalfClosedToStore];

/// Faults that only the store's time limit ends.
const DELAYS: [Fault; 2] = [Fault::LateStatement, Fault::LateAnswer];

/// The limit of a store that waits for a cut, which always happens before.
const PATIENT: Duration = Duration::from_mins(5);

/// The limit of a store that waits for a delayed message, which arrives after the limit.
const IMPATIENT: Duration = Duration::from_millis(150);

/// The number of concurrent trials, each in a schema of its own.
const LANES: usize = 8;

#[test]
fn a_call_on_a_bad_network_succeeds_or_fails_or_is_unknown() {
    let calls = Shop::new().calls.len();
    assert!(calls > 20, "{calls}");
    thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                for number in (lane..calls).step_by(LANES) {
                    let shop = Shop::new();
                    let name = format!("keyward-{}-{number}", std::process::id());
                    let (kind, call) = shop.calls.get(number).unwrap().clone();
                    RUNTIME.block_on(async {
                        let trial = Trial::of(&shop, kind, call, name).await;
                        Box::pin(trial.at_every_statement()).await;
                    });
                }
            });
        }
    });
}

/// A furnished schema, and the calls that can be made on it.
struct Shop {
    harness: Postgres,
    calls: Vec<(&'static str, Call)>,
}

impl Shop {
    fn new() -> Self {
        let harness = Postgres::default();
        let store = harness.fresh();
        let calls = RUNTIME.block_on(async {
            let shop = furnish(store.clone()).await;
            let calls = calls::all(&store, &shop).await;
            store.close().await;
            rows::keep(&mut connection(&harness.schema()).await).await;
            calls
        });
        Self { harness, calls }
    }
}

/// One call, and its result on a good network.
struct Trial {
    kind: &'static str,
    call: Call,
    /// The name of the store's connections on the server.
    name: String,
    schema: String,
    proxy: Proxy,
    direct: PgConnection,
    statements: Vec<Sent>,
    answer: String,
    before: String,
    after: String,
}

type Outcome = Result<String, StoreError>;
type Ending = Result<(), StoreErrorKind>;

impl Trial {
    async fn of(shop: &Shop, kind: &'static str, call: Call, name: String) -> Self {
        let (schema, proxy) = (shop.harness.schema(), Proxy::start(&URL).await);
        let mut direct = connection(&schema).await;
        let before = rows::show(&mut direct).await;
        let (answer, after) = (String::new(), before.clone());
        let statements = Vec::new();
        let mut trial =
            Self { kind, call, name, schema, proxy, direct, statements, answer, before, after };
        trial.answer = trial.make(PATIENT, Proxy::listen).await.unwrap();
        trial.statements = trial.proxy.sent();
        trial.after = rows::show(&mut trial.direct).await;
        let reads = trial.after == trial.before;
        assert!(!trial.statements.is_empty(), "{kind}");
        assert_eq!(reads, trial.call.reads(), "{kind}");
        trial
    }

    async fn at_every_statement(mut self) {
        for at in 0..self.statements.len() {
            for fault in CUTS {
                self.cut(at, fault, Afterwards::Good).await;
            }
            // How one side was closed does not matter for later connections.
            for fault in [Fault::CutBefore, Fault::CutAfter] {
                self.cut(at, fault, Afterwards::Refused).await;
            }
            for fault in DELAYS {
                self.delay(at, fault, Afterwards::Good).await;
                if self.is_commit() && self.is_last(at) {
                    self.delay(at, fault, Afterwards::Refused).await;
                }
            }
        }
    }

    async fn cut(&mut self, at: usize, fault: Fault, afterwards: Afterwards) {
        let place = self.place(at, fault, afterwards);
        let outcome = self.make(PATIENT, |proxy| proxy.spoil(at, fault, afterwards)).await;
        assert!(self.proxy.struck(), "{place}");
        if let Some(certain) = self.certain(at, fault, afterwards) {
            let ending = outcome.as_ref().map(|_| ()).map_err(StoreError::kind);
            assert_eq!(ending, certain, "{place}: {outcome:?}");
        }
        self.assert_whole(outcome, &place).await;
    }

    /// A store so slow that it did not come to the statement gets more time.
    async fn delay(&mut self, at: usize, fault: Fault, afterwards: Afterwards) {
        let place = self.place(at, fault, afterwards);
        let mut limit = IMPATIENT;
        loop {
            let outcome = self.make(limit, |proxy| proxy.spoil(at, fault, afterwards)).await;
            self.assert_whole(outcome, &place).await;
            if self.proxy.struck() {
                return;
            }
            limit *= 2;
        }
    }

    /// Makes the call over a new connection, on the rows of the shop, and waits until the server has done
    /// whatever has reached it.
    async fn make(&mut self, limit: Duration, network: impl FnOnce(&Proxy)) -> Outcome {
        if self.after != self.before {
            rows::put_back(&mut self.direct).await;
        }
        self.proxy.listen();
        let options = patient(&self.schema).time_limit(limit).connections(1);
        let store = options.connect(&self.proxy.url(&self.name)).await.unwrap();
        network(&self.proxy);
        let outcome = self.call.make(&store).await;
        self.proxy.release();
        store.close().await;
        let connected =
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = $1)";
        while sqlx::query_scalar(connected)
            .bind(&self.name)
            .fetch_one(&mut self.direct)
            .await
            .unwrap()
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        outcome
    }

    /// Done whole, or not at all.
    async fn assert_whole(&mut self, outcome: Outcome, place: &str) {
        let rows = rows::show(&mut self.direct).await;
        match outcome {
            Ok(answer) => {
                assert_eq!(answer, self.answer, "{place}");
                assert_eq!(rows, self.after, "{place}");
            }
            Err(error) if error.kind() == StoreErrorKind::Unknown => {
                assert!(rows == self.before || rows == self.after, "{place}: {rows}");
            }
            Err(error) => assert_eq!(rows, self.before, "{place}: {error:?}"),
        }
    }

    /// Returns the result that a cut must have, if it is certain.
    fn certain(&self, at: usize, fault: Fault, afterwards: Afterwards) -> Option<Ending> {
        let is_good = afterwards == Afterwards::Good;
        match &self.call {
            // `COMMIT` itself, or the answer to it.
            Call::Commit(_) if self.is_last(at) => match fault {
                _ if !is_good => Some(Err(StoreErrorKind::Unknown)),
                Fault::CutAfter => Some(Ok(())),
                Fault::HalfClosedToStore => None,
                _ => Some(Err(StoreErrorKind::Unavailable)),
            },
            // `BEGIN` may be sent again; the statements after it may not.
            Call::Commit(_) if at == 0 && is_good => Some(Ok(())),
            Call::Commit(_) => Some(Err(StoreErrorKind::Unavailable)),
            Call::Refresh(..) => None,
            // An idempotent call is repeated on another connection.
            _ if is_good => Some(Ok(())),
            read if read.reads() => Some(Err(StoreErrorKind::Unavailable)),
            _ => None,
        }
    }

    const fn is_commit(&self) -> bool {
        matches!(self.call, Call::Commit(_))
    }

    const fn is_last(&self, at: usize) -> bool {
        at + 1 == self.statements.len()
    }

    fn place(&self, at: usize, fault: Fault, afterwards: Afterwards) -> String {
        let (kind, statement) = (self.kind, self.statements.get(at));
        format!("{kind}, {fault:?} at {at}, then {afterwards:?}: {statement:?}")
    }
}
