//! Managers, and what their answers mean.

use std::rc::Rc;

use keyward::{
    Actor, ActorId, ManageError, Operator,
    manage::{RecordType, Role},
};

use crate::attempts::{any_address, present};
use crate::hashing::{at_once, unless};
use crate::history::{Commit, Place};
use crate::node::Node;
use crate::support::random::Choices;
use crate::timeline::Moment;
use crate::wishes::{Given, Wish};
use crate::world::{Key, World};

/// One management operation.
struct Operation {
    wish: Wish,
    /// What it is about.
    key: Key,
    /// Who asks for it, and for nothing else.
    by: String,
    actor: Actor,
}

/// Changes what the keys may, and looks at once whether it is so.
pub(crate) async fn change(world: Rc<World>, mut choices: Choices) {
    while world.goes_on() {
        world.pause(&mut choices, 150).await;
        let node = &world.nodes[choices.below(world.nodes.len())];
        let operation = Operation::any(&world, &mut choices);
        let undone_by = operation.wish.undone_by().filter(|_| choices.below(4) > 0);
        let patience = choices.below(10);
        let done = operation.carry_out(&world, node);
        if patience > 0 {
            done.await;
        } else {
            unless(world.pause(&mut choices, 60), done).await;
        }
        if choices.below(2) == 0 {
            let address = any_address(&mut choices);
            present(&world, node, &operation.key, address).await.ok();
        }
        if let Some(wish) = undone_by {
            world.pause(&mut choices, 150).await;
            let node = &world.nodes[choices.below(world.nodes.len())];
            let undone = Operation::new(&world, wish, operation.key, Role::Operator);
            undone.carry_out(&world, node).await;
        }
    }
}

impl Operation {
    fn any(world: &World, choices: &mut Choices) -> Self {
        let (wish, key) = (Wish::any(choices), world.any_key(choices));
        let role = if wish.is_for_the_operator() || choices.below(2) == 0 {
            Role::Operator
        } else {
            Role::Admin
        };
        Self::new(world, wish, key, role)
    }

    fn new(world: &World, wish: Wish, key: Key, role: Role) -> Self {
        let number = world.operations.get();
        world.operations.set(number + 1);
        let by = format!("operation-{number}");
        let id = ActorId::new(&by).unwrap();
        let account = key.account.clone();
        let actor = match role {
            Role::Operator => Operator::new(id).acting_for(account),
            _ => Actor::admin(account, id),
        };
        Self { wish, key, by, actor }
    }

    async fn carry_out(&self, world: &World, node: &Node) {
        let done = node.run(async |keyward| {
            let (begun, (wall, _)) = (world.beyond.timeline.moment(), node.clocks());
            let name = world.beyond.history.lines().credentials[&self.key.id]
                .last()
                .map_or_else(String::new, |record| record.name.as_str().to_owned());
            let given = Given { by: &self.by, key: &self.key, name: &name, wall };
            let manager = keyward.manager(&self.actor);
            let answer = at_once(self.wish.carry_out(&manager, &given)).await;
            world.tell(|| {
                let (wish, id, life) = (self.wish, self.key.id, node.life());
                format!("{life:?} did {wish:?} to {id}: {:?}", answer.as_ref().err())
            });
            self.judge(world, node, begun, &given, &answer);
            if let Ok(Some(issued)) = answer {
                world.keys.borrow_mut().push(issued);
            }
        });
        done.await.ok();
    }

    /// What the answer says must be so, and from now on the node must know.
    fn judge(
        &self,
        world: &World,
        node: &Node,
        begun: Moment,
        given: &Given<'_>,
        answer: &Result<Option<Key>, ManageError>,
    ) {
        let history = &world.beyond.history;
        let commit = history.commit_by(&self.by);
        match answer {
            Ok(_) => {
                let held = || self.wish.held(&history.lines(), given, begun);
                let done = commit.or_else(held);
                world.met.note(&format!("{:?}", self.wish));
                node.acknowledge(done.unwrap_or_else(|| panic!("{:?} was not done", self.wish)));
            }
            Err(ManageError::Unknown { .. }) => {
                world.met.note("outcome unknown");
                // It may still come.
                if let Some(commit) = commit {
                    node.acknowledge(commit);
                }
            }
            Err(error) => {
                assert_eq!(commit, None, "{:?}: {error}", self.wish);
                world.not_done.borrow_mut().push(self.by.clone());
                if let ManageError::NotFound(what) = error {
                    node.acknowledge(self.gone(world, begun, *what));
                }
            }
        }
    }

    /// What was not found is gone.
    fn gone(&self, world: &World, begun: Moment, what: RecordType) -> Commit {
        let (lines, key) = (world.beyond.history.lines(), &self.key);
        let (place, version) = if what == RecordType::Credential {
            let versions = &lines.credentials[&key.id];
            (Place::Credential(key.id), versions.first_since(begun, |record| record.is_none()))
        } else {
            let removed = lines.workspaces[&key.workspace]
                .first_since(begun, |record| record.is_none_or(|record| record.removed.is_some()));
            (Place::Workspace(key.workspace.clone()), removed)
        };
        let version = version.unwrap_or_else(|| panic!("{what:?} of {key:?} was there"));
        Commit { place, version }
    }
}
