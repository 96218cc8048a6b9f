//! Callers, and the answers that they may get.

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use keyward::{DenialReason, GenerationNumber, NotVerified, UnavailableReason};

use crate::hashing::unless;
use crate::node::{Begun, Gone, Node};
use crate::policy::verdicts;
use crate::support::kinds::Proof;
use crate::support::random::Choices;
use crate::world::{Key, World};

/// The addresses of callers: two networks, and no address.
pub(crate) const ADDRESSES: [Option<IpAddr>; 3] = [
    Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))),
    Some(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 9))),
    None,
];

/// The outcome of an attempt: the secret that passed, or the error.
pub(crate) type Outcome = Result<GenerationNumber, NotVerified>;

/// Presents keys to nodes. Sometimes it does not wait for the answer.
pub(crate) async fn call(world: Rc<World>, mut choices: Choices) {
    while world.goes_on() {
        world.pause(&mut choices, 80).await;
        let (key, node) = (world.any_key(&mut choices), choices.below(world.nodes.len()));
        let address = any_address(&mut choices);
        let patience = choices.below(20);
        let together = 1 + choices.below(3);
        let present = async {
            for _ in 0..together {
                present(&world, &world.nodes[node], &key, address).await.ok();
            }
        };
        if patience > 2 {
            present.await;
        } else {
            unless(world.pause(&mut choices, 100), present).await;
        }
    }
}

/// Mostly one of the two that are known.
pub(crate) fn any_address(choices: &mut Choices) -> Option<IpAddr> {
    *choices.one_of(&[ADDRESSES[0], ADDRESSES[0], ADDRESSES[1], ADDRESSES[2]])
}

/// Presents a key to a node. Panics if the history does not allow the answer.
pub(crate) async fn present(
    world: &World,
    node: &Node,
    key: &Key,
    address: Option<IpAddr>,
) -> Result<Outcome, Gone> {
    node.run(async |keyward| {
        let begun = node.begin(key);
        world.beyond.uses.begin((key.id, key.generation), begun.wall);
        let presented = (key.id.as_str(), key.text.as_str());
        let outcome = world.kinds.verify(&keyward, key.kind, presented, address).await;
        let outcome = outcome.map(|proof| passed(key, &proof));
        judge(world, node, key, address, &begun, &outcome);
        outcome
    })
    .await
}

fn passed(key: &Key, proof: &Proof) -> GenerationNumber {
    assert_eq!((proof.kind, proof.credential), (key.kind, key.id));
    assert_eq!((&proof.account, &proof.workspace), (&key.account, &key.workspace));
    proof.generation
}

fn judge(
    world: &World,
    node: &Node,
    key: &Key,
    address: Option<IpAddr>,
    begun: &Begun,
    outcome: &Outcome,
) {
    let ended = world.beyond.timeline.moment();
    let (life, (_, monotonic)) = (node.life(), node.clocks());
    let told = match outcome {
        Ok(generation) => {
            assert_eq!(*generation, key.generation);
            let secret = (key.id, key.generation);
            world.beyond.uses.passed(life, secret, begun.wall, (ended, monotonic));
            Ok(())
        }
        Err(NotVerified::Denied(denial)) => Err(denial.reason()),
        Err(NotVerified::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::Store);
            world.met.note("unavailable");
            return world.tell(|| format!("{life:?} cannot tell of {}", key.id));
        }
        Err(other) => panic!("{other:?}"),
    };
    world.met.note(told.map_or_else(DenialReason::as_str, |()| "passed"));
    world.tell(|| format!("{life:?} says of {} {}: {told:?}", key.id, key.generation));
    let allowed = verdicts(&world.beyond.history.lines(), node, key, address, begun);
    assert!(
        allowed.contains(&told),
        "{told:?} where only {allowed:?} is right: {:?} {life:?} {begun:?} {ended:?} {key:?}",
        node.staleness(),
    );
}
