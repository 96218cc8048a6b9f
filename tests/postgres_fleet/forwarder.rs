//! A forwarder between a store and servers: it can switch to another server, and cut the connections that it has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
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
    /// How long each message takes in each direction.
    one_way: Duration,
    next: usize,
    open: HashMap<usize, AbortHandle>,
}

impl Forwarder {
    /// To the server on this port.
    pub(crate) async fn start(port: u16) -> Self {
        Self::start_far(port, Duration::ZERO).await
    }

    /// To the server on this port, over a slow network.
    pub(crate) async fn start_far(port: u16, one_way: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let ways =
            Ways { server: place(port), detour: None, one_way, next: 0, open: HashMap::new() };
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
        let (near, _) = listener.accept().await.unwrap();
        let mut locked = ways.lock().unwrap();
        let (server, number) = (locked.detour.take().unwrap_or(locked.server), locked.next);
        locked.next += 1;
        let (closing, one_way) = (Arc::clone(&ways), locked.one_way);
        let way = tokio::spawn(async move {
            if let Ok(far) = TcpStream::connect(server).await {
                connect(near, far, one_way).await;
            }
            closing.lock().unwrap().open.remove(&number);
        });
        locked.open.insert(number, way.abort_handle());
    }
}

/// Forwards until both directions have ended.
async fn connect(mut near: TcpStream, mut far: TcpStream, one_way: Duration) {
    if one_way.is_zero() {
        tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
        return;
    }
    let ((near_reads, near_writes), (far_reads, far_writes)) = (near.split(), far.split());
    tokio::join!(carry(near_reads, far_writes, one_way), carry(far_reads, near_writes, one_way));
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    one_way: Duration,
) {
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(one_way).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
}
