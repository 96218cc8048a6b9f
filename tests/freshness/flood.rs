//! Invented ids beside hot traffic.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{env, thread};

use keyward::{
    App, Attempt, CredentialId, DenialReason, Keyward, NotVerified, UnavailableReason,
    kind::KindWord,
};

use crate::support::nodes::{Nodes, denial, passes};
use crate::support::staged::{Call, Until};
use crate::support::{block_on, forged};

/// A memory that the flood would fill many times over.
const MEMORY: usize = 1_000;
const HOT: usize = 100;
const FLOODERS: usize = 2;

/// The number of invented ids. `KEYWARD_FLOOD` sets it.
fn made_up() -> u64 {
    env::var("KEYWARD_FLOOD").map_or(100_000, |number| number.parse().unwrap())
}

#[test]
fn a_flood_of_invented_ids_evicts_no_hot_key() {
    let nodes = Nodes::new();
    let node = nodes.node_with(|builder| builder.cached_credentials(MEMORY));
    let hot: Vec<_> = (0..HOT).map(|number| nodes.warm_key(number, &[&node])).collect();
    let (before, made_up) = (node.stats(), made_up());
    let over = AtomicBool::new(false);
    let rounds = thread::scope(|scope| {
        let floods: Vec<_> = (0..FLOODERS as u64)
            .map(|first| {
                let node = &node;
                scope.spawn(move || {
                    for number in (first..made_up).step_by(FLOODERS) {
                        let id = CredentialId::new(forged::digits::<12>(number)).unwrap();
                        let token = forged::key(KindWord::App, id, number);
                        let outcome = block_on(node.verify(&Attempt::app(&token)));
                        let reason = denial(outcome.map(drop)).reason();
                        assert_eq!(reason, DenialReason::Unknown);
                    }
                })
            })
            .collect();
        let traffic = scope.spawn(|| {
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) {
                for key in &hot {
                    passes(&node, key);
                }
                rounds += 1;
            }
            rounds
        });
        for flood in floods {
            flood.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        traffic.join().unwrap()
    });
    let after = node.stats();
    let asked = rounds * HOT as u64;
    let hits = after.hits - before.hits;
    println!("{made_up} invented ids beside {asked} attempts with hot keys, of which {hits} hit");
    assert_eq!(after.denied - before.denied, made_up);
    assert_eq!(after.verified - before.verified, asked);
    assert!(hits * 100 >= asked * 99);
    assert_eq!(after.argon2id_verify_runs, 0);
    assert_eq!((before.cached, after.cached), (HOT as u64, HOT as u64));
}

/// The number of invented ids that wait for the store at once, and the number of concurrent reads.
const WAITING: u64 = 40_000;
const READ_AT_A_TIME: u64 = 64;

type Attempted<'a> = Pin<Box<dyn Future<Output = Result<(), NotVerified>> + Send + 'a>>;

/// An attempt with an invented id.
fn attempt(node: &Keyward, number: u64) -> Attempted<'_> {
    Box::pin(async move {
        let id = CredentialId::new(forged::digits::<12>(number)).unwrap();
        let token = forged::key(KindWord::App, id, number);
        node.verify(&Attempt::<App>::app(&token)).await.map(drop)
    })
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Starts this many attempts, all of which wait.
fn waiting(node: &Keyward, count: u64) -> Vec<Attempted<'_>> {
    let mut all: Vec<_> = (0..count).map(|number| attempt(node, number)).collect();
    for one in &mut all {
        assert!(poll(one.as_mut()).is_pending());
    }
    all
}

#[test]
fn an_uncached_key_is_read_before_invented_ids_that_came_earlier() {
    let nodes = Nodes::new();
    let node = nodes.node();
    nodes.warm_key(0, &[&node]);
    let key = nodes.warm_key(1, &[]);
    nodes.store.hold(Call::Credential, Until::Carried);
    let mut flood = waiting(&node, WAITING);
    let mut late = Box::pin(key.present(&node));
    assert!(poll(late.as_mut()).is_pending());
    nodes.store.release(Call::Credential);
    let mut answered = 0;
    for one in &mut flood {
        if poll(late.as_mut()).map(Result::unwrap).is_ready() {
            break;
        }
        assert!(poll(one.as_mut()).is_ready(), "{answered}");
        answered += 1;
    }
    println!("{answered} of {WAITING} invented ids were answered first");
    assert!(answered <= READ_AT_A_TIME);
    // Nobody is refused.
    for one in flood.iter_mut().skip(usize::try_from(answered).unwrap()) {
        match poll(one.as_mut()) {
            Poll::Ready(outcome) => assert_eq!(denial(outcome).reason(), DenialReason::Unknown),
            Poll::Pending => panic!("it waits for nothing"),
        }
    }
}

#[test]
fn nobody_waits_for_a_turn_longer_than_the_time_limit_of_the_store() {
    let nodes = Nodes::new();
    let node = nodes.node();
    nodes.warm_key(0, &[&node]);
    nodes.store.hold(Call::Credential, Until::Carried);
    let mut flood = waiting(&node, READ_AT_A_TIME + 2);
    nodes.clock.advance(Duration::from_secs(1));
    assert!(poll(attempt(&node, WAITING).as_mut()).is_pending());
    for (number, one) in (0..).zip(&mut flood) {
        match poll(one.as_mut()) {
            Poll::Pending => assert!(number < READ_AT_A_TIME, "{number} still waits"),
            Poll::Ready(Err(NotVerified::Unavailable(unavailable))) => {
                assert!(number >= READ_AT_A_TIME, "{number} was being read");
                assert_eq!(unavailable.reason(), UnavailableReason::Store);
            }
            Poll::Ready(other) => panic!("{other:?}"),
        }
    }
}
