//! A network between a store and the server. It records the statements that the store sends, and fails at a chosen one.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::messages::{Sent, question};

/// The fault at one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is cut, and the server never receives the statement.
    CutBefore,
    /// The server executes it, and the connection is cut before the answer arrives.
    CutAfter,
    /// The statement arrives after the caller has stopped waiting.
    LateStatement,
    /// The statement arrives at once, and the answer after the caller has stopped waiting.
    LateAnswer,
    /// The way to the server is closed, and the way back stays open.
    HalfClosedToServer,
    /// The way back to the store is closed. The statement still arrives.
    HalfClosedToStore,
}

/// The treatment of new connections after the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    Good,
    Refused,
}

/// A proxy on a port of its own. It ends when it is dropped.
pub(crate) struct Proxy {
    port: u16,
    user: String,
    network: Arc<Network>,
    accepting: JoinHandle<()>,
}

struct Network {
    server: String,
    plan: Mutex<Plan>,
    /// `true` if delayed messages may arrive.
    released: watch::Sender<bool>,
    /// Counts how often the open connections were dropped.
    drops: watch::Sender<u32>,
    /// `true` if the next connection that a pool tests before it keeps it is dropped.
    drops_the_next_test: watch::Sender<bool>,
}

/// The message with which the driver tests a connection: a `Sync` alone.
const TEST: &[u8] = b"S\0\0\0\x04";

#[derive(Default)]
struct Plan {
    sent: Vec<Sent>,
    /// How often a connection was tested.
    tests: usize,
    /// The bytes of the longest statement.
    longest: usize,
    /// The fault, and how many statements come before it.
    fault: Option<(usize, Fault, Afterwards)>,
    struck: bool,
    refusing: bool,
}

impl Proxy {
    /// Starts in front of the server of this URL, without a fault.
    pub(crate) async fn start(url: &str) -> Self {
        let (user, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
        let server = rest.split_once('/').unwrap().0.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let released = watch::Sender::new(false);
        let (plan, drops) = (Mutex::default(), watch::Sender::new(0));
        let drops_the_next_test = watch::Sender::new(false);
        let network = Network { server, plan, released, drops, drops_the_next_test };
        let network = Arc::new(network);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&network)));
        Self { port, user: user.to_owned(), network, accepting }
    }

    /// The server, by this way. Its list of connections shows them by `name`.
    pub(crate) fn url(&self, name: &str) -> String {
        let Self { port, user, .. } = self;
        let options = format!("sslmode=disable&application_name={name}");
        format!("postgres://{user}@127.0.0.1:{port}/postgres?{options}")
    }

    /// Removes the fault, and restarts the count.
    pub(crate) fn listen(&self) {
        *self.network.plan.lock().unwrap() = Plan::default();
        self.network.released.send_replace(false);
    }

    /// The same, with a fault at the statement after `before` others.
    pub(crate) fn spoil(&self, before: usize, fault: Fault, afterwards: Afterwards) {
        self.listen();
        self.network.plan.lock().unwrap().fault = Some((before, fault, afterwards));
    }

    /// Returns the statements that were sent since the start.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.network.plan.lock().unwrap().sent.clone()
    }

    /// Returns the bytes of the longest of them, with the messages that are sent together with it.
    pub(crate) fn longest(&self) -> usize {
        self.network.plan.lock().unwrap().longest
    }

    /// Returns how often a pool has tested a connection since the start.
    pub(crate) fn tests(&self) -> usize {
        self.network.plan.lock().unwrap().tests
    }

    /// Returns `true` if the fault has happened.
    pub(crate) fn struck(&self) -> bool {
        self.network.plan.lock().unwrap().struck
    }

    /// Drops the open connections and tells neither side, as a firewall does.
    pub(crate) fn drop_silently(&self) {
        self.network.drops.send_modify(|drops| *drops += 1);
    }

    /// Drops the next connection that a pool tests before it keeps it, and tells neither side.
    pub(crate) fn drop_at_the_next_test(&self) {
        self.network.drops_the_next_test.send_replace(true);
    }

    /// Waits until it was dropped.
    pub(crate) async fn dropped_at_a_test(&self) {
        self.network.drops_the_next_test.subscribe().wait_for(|drops| !*drops).await.unwrap();
    }

    /// Lets delayed messages arrive.
    pub(crate) fn release(&self) {
        self.network.released.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, network: Arc<Network>) {
    loop {
        let (store, _) = listener.accept().await.unwrap();
        if !network.plan.lock().unwrap().refusing {
            let server = TcpStream::connect(&network.server).await.unwrap();
            tokio::spawn(carry(store, server, Arc::clone(&network)));
        }
    }
}

/// Reads until the store closes the connection, and never answers.
async fn swallow(mut store: TcpStream) {
    let mut read = Vec::new();
    while matches!(store.read_buf(&mut read).await, Ok(1..)) {
        read.clear();
    }
}

/// Forwards both directions until one side closes. Then both are cut.
async fn carry(mut store: TcpStream, mut server: TcpStream, network: Arc<Network>) {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    let mut is_new = true;
    let mut drops = network.drops.subscribe();
    loop {
        let carried = tokio::select! {
            _ = drops.changed() => return swallow(store).await,
            read = store.read_buf(&mut asked) => match read {
                Ok(1..) if asked == TEST && network.drops_the_next_test.send_replace(false) => {
                    return swallow(store).await;
                }
                Ok(1..) => network.ask(&mut asked, &mut is_new, &mut store, &mut server).await,
                _ => None,
            },
            read = server.read_buf(&mut answered) => match read {
                Ok(1..) => {
                    let carried = store.write_all(&answered).await;
                    answered.clear();
                    carried.ok()
                }
                _ => None,
            },
        };
        if carried.is_none() {
            return;
        }
    }
}

impl Network {
    /// Forwards complete messages, up to one that the server will answer. `None` if the connection was cut.
    async fn ask(
        &self,
        asked: &mut Vec<u8>,
        is_new: &mut bool,
        store: &mut TcpStream,
        server: &mut TcpStream,
    ) -> Option<()> {
        while let Some((length, sent)) = question(asked, *is_new) {
            *is_new = false;
            let bytes: Vec<u8> = asked.drain(..length).collect();
            self.plan.lock().unwrap().tests += usize::from(bytes == TEST);
            match sent.and_then(|sent| self.record(sent, length)) {
                None => server.write_all(&bytes).await.ok()?,
                Some(Fault::CutBefore) => return None,
                Some(Fault::CutAfter) => {
                    server.write_all(&bytes).await.ok()?;
                    let _ = server.read_u8().await;
                    return None;
                }
                Some(Fault::LateStatement) => {
                    self.wait_for_release().await;
                    server.write_all(&bytes).await.ok()?;
                }
                Some(Fault::LateAnswer) => {
                    server.write_all(&bytes).await.ok()?;
                    self.wait_for_release().await;
                }
                Some(Fault::HalfClosedToServer) => server.shutdown().await.ok()?,
                Some(Fault::HalfClosedToStore) => {
                    store.shutdown().await.ok()?;
                    server.write_all(&bytes).await.ok()?;
                }
            }
        }
        Some(())
    }

    /// Records a statement of this length, and returns its fault.
    fn record(&self, sent: Sent, length: usize) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        let before = plan.sent.len();
        plan.sent.push(sent);
        plan.longest = plan.longest.max(length);
        let (at, fault, afterwards) = plan.fault?;
        if plan.struck || at != before {
            return None;
        }
        plan.struck = true;
        plan.refusing = afterwards == Afterwards::Refused;
        Some(fault)
    }

    async fn wait_for_release(&self) {
        self.released.subscribe().wait_for(|released| *released).await.unwrap();
    }
}
