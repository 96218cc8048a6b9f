//! The nodes of a service, and how long they accept a key.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use keyward::SecretKey;
use serde::Serialize;
use ureq::Agent;
use zeroize::Zeroizing;

use crate::answer::Exit;
use crate::failure::Failure;

/// The pause between two requests to one node.
const PAUSE: Duration = Duration::from_millis(10);

/// How much longer than the bound a node is watched.
const PATIENCE: Duration = Duration::from_secs(10);

/// The address of a guarded route of one node.
#[derive(Debug)]
pub(super) struct Node {
    client: Agent,
    url: String,
    header: Option<String>,
}

/// When a node refused the key, counted from the answer to the alert.
#[derive(Debug, Serialize)]
pub(super) struct NodeTimes {
    node: String,
    /// When the last accepted request began. `None` if no request was accepted after the answer to the alert.
    accepted_until_ms: Option<u64>,
    /// When the first refusal arrived. `None` if none arrived in time.
    refused_after_ms: Option<u64>,
    /// `true` if a request that began after the bound was accepted, or if the node did not refuse the key.
    pub(super) is_late: bool,
}

/// What a node did with the key.
enum Outcome {
    Accepted,
    Refused,
    /// Neither: another status, or no answer.
    Other(String),
}

impl Node {
    pub(super) fn new(client: Agent, url: String, header: Option<&str>) -> Self {
        Self { client, url, header: header.map(str::to_owned) }
    }

    /// Waits for at most the bound until the node accepts the key. A refusal would prove nothing otherwise.
    pub(super) fn must_accept(
        &self,
        secret: &SecretKey,
        bound: Duration,
        is_stopped: &AtomicBool,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let why = match self.present(secret) {
                Outcome::Accepted => return Ok(()),
                Outcome::Refused => "status 401".to_owned(),
                Outcome::Other(why) => why,
            };
            if begun.elapsed() > bound || is_stopped.load(Ordering::Relaxed) {
                return Err(Failure::new(
                    Exit::Failed,
                    format!(
                        "{} did not accept the drill credential ({why}): name a route that takes its kind and requires no scope",
                        self.url
                    ),
                ));
            }
            thread::sleep(PAUSE);
        }
    }

    /// Sends requests until the node refuses the key.
    fn until_refused(
        &self,
        secret: &SecretKey,
        answered: Instant,
        bound: Duration,
        is_stopped: &AtomicBool,
    ) -> NodeTimes {
        let (mut accepted_until, mut refused_after) = (None, None);
        while answered.elapsed() < bound + PATIENCE && !is_stopped.load(Ordering::Relaxed) {
            let begun = answered.elapsed();
            match self.present(secret) {
                Outcome::Accepted => accepted_until = Some(begun),
                Outcome::Refused => {
                    refused_after = Some(answered.elapsed());
                    break;
                }
                Outcome::Other(_) => {}
            }
            thread::sleep(PAUSE);
        }
        NodeTimes {
            node: self.url.clone(),
            accepted_until_ms: accepted_until.map(millis),
            refused_after_ms: refused_after.map(millis),
            is_late: refused_after.is_none() || accepted_until.is_some_and(|begun| begun > bound),
        }
    }

    fn present(&self, secret: &SecretKey) -> Outcome {
        let request = self.client.get(&self.url);
        let request = if let Some(name) = &self.header {
            request.header(name, secret.expose())
        } else {
            let value = Zeroizing::new(format!("Bearer {}", secret.expose()));
            request.header("authorization", value.as_str())
        };
        match request.call() {
            Ok(response) if response.status().is_success() => Outcome::Accepted,
            Ok(response) if response.status() == 401 => Outcome::Refused,
            Ok(response) => Outcome::Other(format!("status {}", response.status().as_u16())),
            Err(error) => Outcome::Other(error.to_string()),
        }
    }
}

/// Measures all nodes at the same time.
pub(super) fn measure(
    nodes: &[Node],
    secret: &SecretKey,
    answered: Instant,
    bound: Duration,
    is_stopped: &AtomicBool,
) -> Result<Vec<NodeTimes>, Failure> {
    thread::scope(|scope| {
        let running = nodes.iter().map(|node| {
            scope.spawn(move || node.until_refused(secret, answered, bound, is_stopped))
        });
        // All are started before the first is awaited.
        let running: Vec<_> = running.collect();
        let times = running.into_iter().map(|node| node.join().ok()).collect::<Option<_>>();
        times.ok_or_else(|| Failure::new(Exit::Failed, "a measurement has failed"))
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for NodeTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refused_after_ms {
            Some(after) => write!(f, "{} refused the key after {after} ms", self.node)?,
            None => write!(f, "{} did not refuse the key", self.node)?,
        }
        match self.accepted_until_ms {
            Some(until) => write!(f, "; the last accepted request began after {until} ms"),
            None => f.write_str("; no request was accepted after the alert"),
        }
    }
}
