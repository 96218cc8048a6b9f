//! Faults of nodes.

use std::rc::Rc;

use keyward::store::CredentialStore;

use crate::network_faults::Trouble;
use crate::node::Node;
use crate::support::block_on;
use crate::support::random::Choices;
use crate::world::World;

/// Causes one fault after another, and ends each.
pub(crate) async fn inject_faults(world: Rc<World>, mut choices: Choices) {
    while world.goes_on() {
        world.pause(&mut choices, 300).await;
        let number = choices.below(world.nodes.len());
        let node = &world.nodes[number];
        let evil = choices.below(9);
        world.tell(|| format!("evil {evil} for {:?}", node.life()));
        match evil {
            0 | 1 => send_to_sleep(&world, node, &mut choices).await,
            2 => node.jump(&mut choices),
            3 => {
                world.met.note("crashed");
                node.crash();
                restart(&world, number, &mut choices).await;
            }
            4 => close(&world, number, &mut choices).await,
            5 | 6 => trouble(&world, &[number], &mut choices).await,
            7 => {
                let all: Vec<_> = (0..world.nodes.len()).collect();
                trouble(&world, &all, &mut choices).await;
            }
            _ => prune(&world, node),
        }
    }
}

async fn send_to_sleep(world: &World, node: &Node, choices: &mut Choices) {
    if node.fall_asleep() {
        world.met.note("slept");
        world.pause(choices, 600).await;
        node.wake_up();
    }
}

/// Ends a node's life as a host does that means well.
async fn close(world: &Rc<World>, number: usize, choices: &mut Choices) {
    let (node, begun) = (&world.nodes[number], world.beyond.timeline.moment());
    let closed = node.run(async |keyward| {
        if keyward.flush().await.is_ok() {
            world.beyond.uses.check_written(node.life(), begun, &world.beyond.store);
        }
        let begun = world.beyond.timeline.moment();
        if keyward.close().await.is_ok() {
            world.beyond.uses.check_written(node.life(), begun, &world.beyond.store);
            world.met.note("closed");
        }
        node.stop();
    });
    if closed.await.is_ok() {
        restart(world, number, choices).await;
    }
}

async fn restart(world: &Rc<World>, number: usize, choices: &mut Choices) {
    world.pause(choices, 200).await;
    if world.nodes[number].is_down() {
        world.start(number);
    }
}

async fn trouble(world: &World, nodes: &[usize], choices: &mut Choices) {
    let trouble = *choices.one_of(&[Trouble::Failing, Trouble::Silent]);
    world.met.note("troubled");
    for node in nodes {
        world.beyond.faults.set(*node, Some(trouble));
    }
    world.pause(choices, 700).await;
    for node in nodes {
        world.beyond.faults.set(*node, None);
    }
}

/// Prunes the events that are old by some node's clock.
fn prune(world: &World, node: &Node) {
    if !node.is_down() {
        world.met.note("pruned");
        let (wall, _) = node.clocks();
        block_on(world.beyond.store.prune_events(wall, usize::MAX)).unwrap();
    }
}
