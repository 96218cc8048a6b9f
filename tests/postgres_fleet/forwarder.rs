//! A forwarder between a store and servers: it can switch to another server, and cut the connections that it has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinHandle};

/// A forwarder on a port of its own. It ends when it is dropped.
pub(crate) struct Forwarder {
    pub(crate) port: u16,
    ways: Arc<Mutex<Ways>>,
    accepting: JoinHandle<()>,
}

struct Ways {
    server: SocketAddr,
    /// The server of the next connection, if it is another.
    detour: Option<SocketAddr>,
    next: usize,
    open: HashMap<usize, AbortHandle>,
}

impl Forwarder {
    /// To the server on this port.
    pub(crate) async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let ways = Ways { server: place(port), detour: None, next: 0, open: HashMap::new() };
        let ways = Arc::new(Mutex::new(ways));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&ways)));
        Self { port: own, ways, accepting }
    }

    /// Directs new connections to the server on this port. Open connections are not moved.
    pub(crate) fn switch(&self, port: u16) {
        self.ways.lock().unwrap().server = place(port);
    }

    /// Directs the next connection to the server on this port. Later ones go to the previous server.
    pub(crate) fn divert_next(&self, port: u16) {
        self.ways.lock().unwrap().detour = Some(place(port));
    }

    /// Returns `true` if no connection was diverted since the last request.
    pub(crate) fn is_diverting(&self) -> bool {
        self.ways.lock().unwrap().detour.is_some()
    }

    /// Cuts every connection that is open.
    pub(crate) fn cut(&self) {
        for (_, way) in self.ways.lock().unwrap().open.drain() {
            way.abort();
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

fn place(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

async fn accept(listener: TcpListener, ways: Arc<Mutex<Ways>>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut locked = ways.lock().unwrap();
        let (server, number) = (locked.detour.take().unwrap_or(locked.server), locked.next);
        locked.next += 1;
        let closing = Arc::clone(&ways);
        let way = tokio::spawn(async move {
            if let Ok(mut far) = TcpStream::connect(server).await {
                tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
            }
            closing.lock().unwrap().open.remove(&number);
        });
        locked.open.insert(number, way.abort_handle());
    }
}
