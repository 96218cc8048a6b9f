//! A child process with nodes of its own.

use std::collections::HashMap;
use std::io::stdin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{panic, process, thread};

use futures_channel::mpsc;
use futures_util::StreamExt;
use keyward::{Freshness, MasterKey};
use tokio::time::sleep;

use crate::attack::Seen;
use crate::lines::Line;
use crate::node::{BOUNDED, Revoked, close, handle};
use crate::store_location::StoreLocation;
use crate::support::again;
use crate::support::revocation::{LiveKey, Revocation};

/// The variables with the place of the store and the master key.
pub(crate) const STORE: &str = "KEYWARD_TEST_STORE";
pub(crate) const KEY: &str = "KEYWARD_TEST_KEY";

/// The beginning of a line for the parent. The test harness writes to the same output.
pub(crate) const MARK: &str = "to the parent: ";

/// How its nodes keep fresh, by their numbers.
pub(crate) const NODES: [Freshness; 2] = [BOUNDED, Freshness::Strict];

/// Carries out the commands of the parent, until one of them is to close.
pub(crate) async fn obey(store: StoreLocation, key: MasterKey) {
    end_with_the_first_panic();
    let mut nodes = Vec::new();
    for freshness in NODES {
        let node = handle(store.open().await, again(&key), freshness);
        tokio::spawn(node.maintain(sleep));
        nodes.push(node);
    }
    let (mut lines, mut attacks) = (lines(), HashMap::<String, Arc<AtomicBool>>::new());
    while let Some(line) = lines.next().await {
        let words: Vec<_> = line.split(' ').collect();
        let node = |number: &str| nodes[number.parse::<usize>().unwrap()].clone();
        match words.as_slice() {
            [question, "attack", number, key @ ..] => {
                let over = Arc::<AtomicBool>::default();
                attacks.insert((*question).to_owned(), Arc::clone(&over));
                let key = LiveKey::read(key.try_into().unwrap());
                let (question, node) = ((*question).to_owned(), node(number));
                tokio::spawn(async move {
                    say(&question, &Seen::attack(&node, &key, &over).await.write());
                });
            }
            [question, "over"] => attacks.remove(*question).unwrap().store(true, Ordering::SeqCst),
            [question, "revoke", number, how, key @ ..] => {
                let key = LiveKey::read(key.try_into().unwrap());
                let (how, question) = (Revocation::read([*how]), (*question).to_owned());
                let node = node(number);
                tokio::spawn(async move {
                    say(&question, &Revoked::by(&node, &key, how).await.write());
                });
            }
            [question, "close"] => {
                for node in &nodes {
                    close(node).await;
                }
                return say(question, "closed");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The commands of the parent. The channel ends with the parent.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (said, lines) = mpsc::unbounded();
    thread::spawn(move || {
        for line in stdin().lines() {
            if said.unbounded_send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    lines
}

fn say(question: &str, answer: &str) {
    println!("\n{MARK}{question} {answer}");
}

/// Nobody waits for the tasks, and the parent waits for their answers.
fn end_with_the_first_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        report(info);
        process::exit(1);
    }));
}
