//! A caller that writes HTTP/1 by hand, on one connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::server::WRONG;

/// A connection in the clear, or over TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

#[derive(Debug, Clone, Copy)]
pub enum Body {
    OfKnownLength(usize),
    InChunks(usize),
}

#[derive(Debug, Clone, Copy)]
pub enum Writes {
    /// The whole body after the head, in one write.
    One,
    /// In several, with pauses.
    Several,
}

/// The outcome of a request with a wrong key.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 401, and whether it announces that the connection is closed.
    Arrived { is_closing: bool },
    /// The connection broke before the answer was read.
    Lost,
}

pub struct Connection {
    stream: Box<dyn Stream>,
    token: String,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Connection {
    pub fn new(stream: Box<dyn Stream>, token: &str) -> Self {
        Self { stream, token: token.to_owned() }
    }

    /// Sends a body with a wrong key, and all of it before the answer is read, as simple clients do.
    pub async fn refused(&mut self, body: Body, writes: Writes) -> Refusal {
        let framing = match body {
            Body::OfKnownLength(length) => format!("content-length: {length}"),
            Body::InChunks(_) => "transfer-encoding: chunked".to_owned(),
        };
        let head = head("POST", WRONG, &framing);
        if self.send(&head, body, writes).await.is_err() {
            // Perhaps it was answered before: a client that looks then finds it.
            return self.answer().await.map_or(Refusal::Lost, |answer| refusal(&answer));
        }
        self.answer().await.map_or(Refusal::Lost, |answer| refusal(&answer))
    }

    /// Sends a head with `Expect: 100-continue` and a wrong key.
    pub async fn refused_before_the_body(&mut self, length: usize) -> Refusal {
        let framing = format!("content-length: {length}\r\nexpect: 100-continue");
        self.stream.write_all(head("POST", WRONG, &framing).as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
        refusal(&self.answer().await.unwrap())
    }

    /// Asks again on the same connection, with the right key.
    pub async fn served(&mut self) {
        assert_eq!(self.sent(0).await, "read 0");
    }

    /// Sends a body with the right key, and returns the handler's response.
    pub async fn sent(&mut self, length: usize) -> String {
        let head = head("POST", &self.token, &format!("content-length: {length}"));
        self.send(&head, Body::OfKnownLength(length), Writes::One).await.unwrap();
        let answer = self.answer().await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.head);
        answer.body
    }

    async fn send(&mut self, head: &str, body: Body, writes: Writes) -> io::Result<()> {
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.flush().await?;
        let bytes = match body {
            Body::OfKnownLength(length) => vec![b'x'; length],
            Body::InChunks(0) => b"0\r\n\r\n".to_vec(),
            Body::InChunks(length) => {
                let chunk = "x".repeat(length);
                format!("{length:x}\r\n{chunk}\r\n0\r\n\r\n").into_bytes()
            }
        };
        match writes {
            Writes::One => self.stream.write_all(&bytes).await?,
            Writes::Several => {
                for part in bytes.chunks(bytes.len().div_ceil(4).max(1)) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    self.stream.write_all(part).await?;
                    self.stream.flush().await?;
                }
            }
        }
        self.stream.flush().await
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let mut read = Vec::new();
        let end = loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = String::from_utf8(read[..end].to_vec()).unwrap().to_lowercase();
        let status = head[9..12].parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap().parse().unwrap();
        while read.len() < end + length {
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let body = String::from_utf8(read.split_off(end)).unwrap();
        Ok(Answer { status, head, body })
    }
}

fn head(method: &str, token: &str, framing: &str) -> String {
    format!(
        "{method} / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{framing}\r\n\r\n"
    )
}

fn refusal(answer: &Answer) -> Refusal {
    assert_eq!(answer.status, 401, "{}", answer.head);
    Refusal::Arrived { is_closing: answer.head.contains("\r\nconnection: close\r\n") }
}
