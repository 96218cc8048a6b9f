//! Made-up ids beside hot traffic.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread};

use keyward::{Attempt, CredentialId, DenialReason, kind::KindWord};

use crate::support::nodes::{Nodes, denial, passes};
use crate::support::{block_on, forged};

/// A memory that the flood would fill many times over.
const MEMORY: usize = 1_000;
const HOT: usize = 100;
const FLOODERS: usize = 2;

/// How many made-up ids: `KEYWARD_FLOOD` says otherwise.
fn made_up() -> u64 {
    env::var("KEYWARD_FLOOD").map_or(100_000, |number| number.parse().unwrap())
}

#[test]
fn a_flood_of_made_up_ids_empties_no_memory_of_its_hot_keys() {
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
    println!("{made_up} made-up ids beside {asked} attempts with hot keys, of which {hits} hit");
    assert_eq!(after.denied - before.denied, made_up);
    assert_eq!(after.verified - before.verified, asked);
    assert!(hits * 100 >= asked * 99);
    assert_eq!(after.argon2id_verify_runs, 0);
    assert_eq!((before.cached, after.cached), (HOT as u64, HOT as u64));
}
