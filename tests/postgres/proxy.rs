//! A network between a store and the server: it counts what the store sends, and goes bad at a chosen
//! statement.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::messages::{Sent, question};

/// What goes wrong with one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is cut, and the server never hears of it.
    CutBefore,
    /// The server does it, and the connection is cut before the answer comes back.
    CutAfter,
    /// It arrives when nobody waits for the answer any more.
    LateStatement,
    /// It arrives at once, and the answer when nobody waits for it any more.
    LateAnswer,
    /// The way to the server is closed, and the way back stays open.
    HalfClosedToServer,
    /// The way back to the store is closed; the statement arrives all the same.
    HalfClosedToStore,
}

/// What becomes of new connections once the fault was there.
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
    /// Whether what is late may arrive.
    released: watch::Sender<bool>,
}

#[derive(Default)]
struct Plan {
    heard: Vec<Sent>,
    /// The fault, and how many statements come before it.
    fault: Option<(usize, Fault, Afterwards)>,
    struck: bool,
    refusing: bool,
}

impl Proxy {
    /// In front of the server of this URL, and good until it is told otherwise.
    pub(crate) async fn start(url: &str) -> Self {
        let (user, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
        let server = rest.split_once('/').unwrap().0.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let released = watch::Sender::new(false);
        let network = Arc::new(Network { server, plan: Mutex::default(), released });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&network)));
        Self { port, user: user.to_owned(), network, accepting }
    }

    /// The server, by this way. Its list of connections shows them by `name`.
    pub(crate) fn url(&self, name: &str) -> String {
        let Self { port, user, .. } = self;
        let options = format!("sslmode=disable&application_name={name}");
        format!("postgres://{user}@127.0.0.1:{port}/postgres?{options}")
    }

    /// From now on good, and counting from nothing.
    pub(crate) fn listen(&self) {
        *self.network.plan.lock().unwrap() = Plan::default();
        self.network.released.send_replace(false);
    }

    /// The same, with a fault at the statement that comes after `before` others.
    pub(crate) fn spoil(&self, before: usize, fault: Fault, afterwards: Afterwards) {
        self.listen();
        self.network.plan.lock().unwrap().fault = Some((before, fault, afterwards));
    }

    /// What was sent since.
    pub(crate) fn heard(&self) -> Vec<Sent> {
        self.network.plan.lock().unwrap().heard.clone()
    }

    /// Whether the fault was there.
    pub(crate) fn struck(&self) -> bool {
        self.network.plan.lock().unwrap().struck
    }

    /// Lets what is late arrive.
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

/// Carries what either side says, until one of them has enough. Then both are cut.
async fn carry(mut store: TcpStream, mut server: TcpStream, network: Arc<Network>) {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    let mut is_new = true;
    loop {
        let carried = tokio::select! {
            read = store.read_buf(&mut asked) => match read {
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
    /// Hands on what is complete, up to what the server will answer. `None`: cut.
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
            match sent.and_then(|sent| self.hear(sent)) {
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

    /// Notes a statement, and answers what goes wrong with it.
    fn hear(&self, sent: Sent) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        let before = plan.heard.len();
        plan.heard.push(sent);
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
