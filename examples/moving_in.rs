//! A service with 5,000 customers, whose keys are in a table of SHA-256 hashes, moves to Keyward. A client of the old keys runs
//! against it the whole time and is never refused.
//!
//! Run it with `cargo run --example moving_in`. Each imported key is hashed once with Argon2id, so it takes about two minutes on two
//! cores. `cargo run --example moving_in 300` moves 300 customers. `keyward::imports` explains the order of the steps.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use keyward::imports::{Import, ImportFormat, ImportOutcome, ImportRow};
use keyward::{
    AccountId, Actor, ActorId, App, Attempt, DenialReason, Keyward, MasterKey, MasterKeys, Name,
    NewWorkspace, NotVerified, Operator, SqliteStore, WorkspaceId,
};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Every customer with a number that this divides has disabled their key.
const DISABLED: usize = 99;

/// How many customers move at the same time.
const TOGETHER: usize = 8;

#[tokio::main]
async fn main() -> Outcome<()> {
    let customers = std::env::args().nth(1).map_or(Ok(5_000), |argument| argument.parse())?;
    let folder = tempfile::tempdir()?;
    let service = Arc::new(Service::start(&folder.path().join("keyward.db"), customers).await?);
    let client = Arc::new(Client { customers, ..Client::default() });
    let running = tokio::spawn(Arc::clone(&client).run(Arc::clone(&service)));

    // 1. Every node asks Keyward first, and the old table if Keyward does not have the key.
    client.finish_a_round().await;
    println!("before the move: {} right answers", client.answers());

    // 2. The customers move. In the meantime, another one signs up and gets a key of the old service.
    let late = customers;
    service.add_old_key(late).await?;
    println!("the first run moved {} keys", move_all(&service, customers).await?);
    println!("the second run moved {} key", move_all(&service, customers + 1).await?);

    // A key that is suspended in Keyward does not pass by the old table.
    let credential = service.keyward.verify(&Attempt::app(&old_key(late))).await?.credential();
    let actor = operator(late)?;
    let manager = service.keyward.manager(&actor);
    manager.suspend(credential).await?;
    assert_eq!(service.answer(&old_key(late)).await?, 401);
    manager.resume(credential).await?;

    // 3. The old table is no longer asked.
    service.asks_old_table.store(false, Ordering::SeqCst);
    client.finish_a_round().await;
    client.is_stopped.store(true, Ordering::SeqCst);
    running.await??;
    println!("after the move: {} right answers, and no wrong one", client.answers());

    // 4. A customer rotates their key. The new one is a key of Keyward, and the old one overlaps.
    let rotated = manager.rotate(credential, Duration::from_hours(24)).await?;
    for key in [rotated.secret.expose(), &old_key(late)] {
        assert_eq!(service.answer(key).await?, 200);
    }
    println!("after the rotation, the old and the new key work");
    service.keyward.close().await?;
    Ok(())
}

struct Service {
    keyward: Keyward,
    /// The database of the old service.
    old: SqlitePool,
    asks_old_table: AtomicBool,
}

impl Service {
    /// Starts the service with the keys of all customers in the old table, and none in Keyward.
    async fn start(database: &Path, customers: usize) -> Outcome<Self> {
        let keys = MasterKeys::new(MasterKey::generate()?);
        let keyward = Keyward::builder(SqliteStore::open(database).await?, keys)
            .kind::<App>()
            .import::<App>(ImportFormat::sha256("old").starting_with("acme_").length(37..=37))
            .build()?;
        let old = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
        let table =
            "CREATE TABLE api_keys (customer INTEGER, hash TEXT PRIMARY KEY, disabled INTEGER)";
        sqlx::query(table).execute(&old).await?;
        let service = Self { keyward, old, asks_old_table: AtomicBool::new(true) };
        for customer in 0..customers {
            service.add_old_key(customer).await?;
        }
        Ok(service)
    }

    async fn add_old_key(&self, customer: usize) -> Outcome<()> {
        let insert = "INSERT INTO api_keys (customer, hash, disabled) VALUES ($1, $2, $3)";
        let row = sqlx::query(insert).bind(i64::try_from(customer)?).bind(hash(&old_key(customer)));
        row.bind(is_disabled(customer)).execute(&self.old).await?;
        Ok(())
    }

    /// Returns the HTTP status for a request with this key.
    async fn answer(&self, key: &str) -> Outcome<u16> {
        match self.keyward.verify(&Attempt::app(key)).await {
            Ok(_) => Ok(200),
            Err(NotVerified::Denied(denial))
                if is_not_imported(denial.reason())
                    && self.asks_old_table.load(Ordering::SeqCst) =>
            {
                let query = "SELECT 1 FROM api_keys WHERE hash = $1 AND NOT disabled";
                let found = sqlx::query(query).bind(hash(key)).fetch_optional(&self.old).await?;
                Ok(if found.is_some() { 200 } else { 401 })
            }
            Err(NotVerified::Denied(_)) => Ok(401),
            // The store did not answer.
            Err(_) => Ok(503),
        }
    }

    /// Moves the keys of one customer, who has one account with one workspace. Returns how many keys were imported. A repetition
    /// imports nothing.
    async fn move_customer(&self, customer: usize) -> Outcome<usize> {
        let operator = operator(customer)?;
        let manager = self.keyward.manager(&operator);
        let workspace = WorkspaceId::new(format!("customer-{customer}/main"))?;
        let new = NewWorkspace::new(workspace.clone(), Name::new("Main")?);
        // A run that was interrupted has already created some workspaces.
        manager.add_workspace(new.operation(format!("move {customer}"))).await?;
        let query = "SELECT hash, disabled FROM api_keys WHERE customer = $1";
        let rows = sqlx::query(query).bind(i64::try_from(customer)?).fetch_all(&self.old).await?;
        let mut moving = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let hash: String = row.try_get("hash")?;
            let name = Name::new(format!("Key {}", number + 1))?;
            let key = ImportRow::new("old", name, hash);
            moving.push(if row.try_get("disabled")? { key.disabled() } else { key });
        }
        let outcomes = manager.import(Import::new(workspace, moving)).await?;
        let mut imported = 0;
        for outcome in outcomes {
            match outcome {
                ImportOutcome::Imported(_) => imported += 1,
                ImportOutcome::AlreadyImported(_) => {}
                other => return Err(format!("customer {customer}: {other:?}").into()),
            }
        }
        Ok(imported)
    }
}

/// Returns `true` if the key can be one that was not imported yet. For any other reason, the old table must not be asked: a key that
/// was suspended, rotated or expired in Keyward would pass. A key that was deleted in Keyward is unknown again, so disable it in the
/// old table first.
const fn is_not_imported(reason: DenialReason) -> bool {
    matches!(reason, DenialReason::Unknown | DenialReason::Malformed)
}

/// Moves the first customers, several at a time.
async fn move_all(service: &Arc<Service>, customers: usize) -> Outcome<usize> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut movers = JoinSet::new();
    for _ in 0..TOGETHER {
        let (service, next) = (Arc::clone(service), Arc::clone(&next));
        movers.spawn(async move {
            let mut imported = 0;
            loop {
                let customer = next.fetch_add(1, Ordering::SeqCst);
                if customer >= customers {
                    return Ok::<_, Box<dyn Error + Send + Sync>>(imported);
                }
                imported += service.move_customer(customer).await?;
            }
        });
    }
    let mut imported = 0;
    while let Some(mover) = movers.join_next().await {
        imported += mover??;
    }
    Ok(imported)
}

/// A client that presents the old key of each customer in turn, over and over.
#[derive(Default)]
struct Client {
    customers: usize,
    answers: AtomicUsize,
    is_stopped: AtomicBool,
}

impl Client {
    async fn run(self: Arc<Self>, service: Arc<Service>) -> Outcome<()> {
        for customer in (0..self.customers).cycle() {
            if self.is_stopped.load(Ordering::SeqCst) {
                break;
            }
            let expected = if is_disabled(customer) { 401 } else { 200 };
            let status = service.answer(&old_key(customer)).await?;
            assert_eq!(status, expected, "the answer to customer {customer}");
            self.answers.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn answers(&self) -> usize {
        self.answers.load(Ordering::SeqCst)
    }

    /// Waits until every key was presented once more.
    async fn finish_a_round(&self) {
        let end = self.answers() + self.customers;
        while self.answers() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The operator of the service, who acts for one customer.
fn operator(customer: usize) -> Outcome<Actor> {
    let account = AccountId::new(format!("customer-{customer}"))?;
    Ok(Operator::new(ActorId::new("move-to-keyward")?).acting_for(account))
}

/// The key that the old service gave to a customer. A real one was drawn at random.
fn old_key(customer: usize) -> String {
    let mut random = hash(&format!("customer {customer}"));
    random.truncate(32);
    format!("acme_{random}")
}

const fn is_disabled(customer: usize) -> bool {
    customer.is_multiple_of(DISABLED)
}

/// The hash that the old service stores.
fn hash(key: &str) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    Sha256::digest(key).into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
