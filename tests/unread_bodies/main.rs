//! A refusal reaches a caller that is still sending the body, and the connection serves the next request.
//!
//! `KEYWARD_BODIES` sets the number of trials of each case: `KEYWARD_BODIES=200 cargo test --test unread_bodies --
//! --nocapture`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

mod http2;
mod pooled;
mod raw;
mod server;

use crate::raw::{Body, Refusal, Writes};
use crate::server::{Server, Serves, Transport};

/// The default limit of the guard.
const BOUND: usize = 2 * 1024 * 1024;

/// Up to the bound, and the bound itself.
const LENGTHS: [usize; 5] = [0, 10, 100_000, 1_500_000, BOUND];

const SERVES: [Serves; 3] = [Serves::AxumExtractor, Serves::AxumLayer, Serves::Hyper];

const TRANSPORTS: [Transport; 2] = [Transport::Plain, Transport::Tls];

fn trials() -> usize {
    std::env::var("KEYWARD_BODIES").map_or(4, |trials| trials.parse().unwrap())
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// Every refusal arrives, and the connection is kept.
async fn every_refusal_arrives(how: Serves, transport: Transport) {
    let server = Server::start(how, transport).await;
    for length in LENGTHS {
        for writes in [Writes::One, Writes::Several] {
            for body in [Body::OfKnownLength(length), Body::InChunks(length)] {
                let mut connection = server.connect().await;
                for trial in 0..trials() {
                    let refusal = connection.refused(body, writes).await;
                    let context = format!("{how:?} {transport:?} {body:?} {writes:?} {trial}");
                    assert_eq!(refusal, Refusal::Arrived { is_closing: false }, "{context}");
                    connection.served().await;
                }
            }
        }
    }
}

#[test]
fn up_to_the_bound_every_refusal_arrives_and_the_connection_is_kept() {
    for serves in SERVES {
        for transport in TRANSPORTS {
            block_on(every_refusal_arrives(serves, transport));
        }
    }
}

/// A body of an accepted request reaches the handler completely, even if it is longer than the bound.
#[test]
fn a_request_that_passes_keeps_its_whole_body() {
    for serves in SERVES {
        block_on(async {
            let server = Server::start(serves, Transport::Plain).await;
            let mut connection = server.connect().await;
            for length in [0, 10, BOUND + 1] {
                assert_eq!(connection.sent(length).await, format!("read {length}"), "{serves:?}");
            }
        });
    }
}

/// Beyond the bound, an answer that arrives announces that the connection is closed. How many arrive depends on the
/// caller's system, and is printed.
#[test]
fn beyond_the_bound_the_answer_closes_the_connection() {
    for serves in SERVES {
        for transport in TRANSPORTS {
            block_on(async {
                let server = Server::start(serves, transport).await;
                for body in [Body::OfKnownLength(2 * BOUND), Body::InChunks(2 * BOUND)] {
                    for writes in [Writes::One, Writes::Several] {
                        let mut arrived = 0;
                        for _ in 0..trials() {
                            match server.connect().await.refused(body, writes).await {
                                Refusal::Arrived { is_closing } => {
                                    assert!(is_closing, "{serves:?} {transport:?} {body:?}");
                                    arrived += 1;
                                }
                                Refusal::Lost => {}
                            }
                        }
                        let of = trials();
                        println!(
                            "{serves:?} {transport:?} {body:?} {writes:?}: {arrived} of {of} arrived"
                        );
                    }
                }
            });
        }
    }
}

/// The server does not ask for the body, so the caller does not send it.
#[test]
fn a_caller_that_waits_for_100_continue_is_answered_at_once() {
    for serves in SERVES {
        block_on(async {
            let server = Server::start(serves, Transport::Plain).await;
            let refusal = server.connect().await.refused_before_the_body(1_000).await;
            assert_eq!(refusal, Refusal::Arrived { is_closing: true }, "{serves:?}");
        });
    }
}
