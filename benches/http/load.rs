//! Connections that send requests and wait for each response, with a minimal HTTP/1.1 client.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The error of a measurement.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// Connections to one server.
pub(crate) struct Load {
    connections: Vec<Connection>,
}

/// One connection. It sends all requests in turn, from its own offset and with its own step.
struct Connection {
    stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    place: usize,
    step: usize,
    answer: Vec<u8>,
}

impl Load {
    pub(crate) async fn connect(
        to: SocketAddr,
        requests: Arc<Vec<Vec<u8>>>,
        connections: usize,
    ) -> Result<Self, Failed> {
        let mut load = Self { connections: Vec::new() };
        for place in 0..connections {
            let stream = TcpStream::connect(to).await?;
            stream.set_nodelay(true)?;
            let requests = Arc::clone(&requests);
            let answer = Vec::new();
            load.connections.push(Connection {
                stream,
                requests,
                place,
                step: connections,
                answer,
            });
        }
        Ok(load)
    }

    /// Sends this many requests over all connections together, and returns the duration of each.
    pub(crate) async fn send(&mut self, requests: usize) -> Result<Vec<Duration>, Failed> {
        let each = requests / self.connections.len().max(1);
        let mut tasks = JoinSet::new();
        for mut connection in self.connections.drain(..) {
            tasks.spawn(async move {
                let mut times = Vec::with_capacity(each);
                for _ in 0..each {
                    let begun = Instant::now();
                    let status = connection.send().await?;
                    times.push(begun.elapsed());
                    if status != 200 {
                        return Err(format!("a valid request got {status}").into());
                    }
                }
                Ok::<_, Failed>((connection, times))
            });
        }
        let mut all = Vec::with_capacity(requests);
        while let Some(done) = tasks.join_next().await {
            let (connection, times) = done??;
            self.connections.push(connection);
            all.extend(times);
        }
        Ok(all)
    }
}

impl Connection {
    async fn send(&mut self) -> Result<u16, Failed> {
        let request = self.requests.get(self.place % self.requests.len()).ok_or("no requests")?;
        self.place += self.step;
        exchange(&mut self.stream, request, &mut self.answer).await
    }
}

/// Sends one request, reads the whole response, and returns its status.
pub(crate) async fn exchange(
    stream: &mut TcpStream,
    request: &[u8],
    answer: &mut Vec<u8>,
) -> Result<u16, Failed> {
    stream.write_all(request).await?;
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let text = std::str::from_utf8(answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("a response without a length")?.parse()?;
        if body.len() >= length {
            return Ok(head.split(' ').nth(1).ok_or("no status")?.parse()?);
        }
    }
}
