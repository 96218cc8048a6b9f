//! Managers, and the meaning of their answers.

use std::rc::Rc;

use keyward::{
    Actor, ActorId, ManageError, Operator,
    manage::{RecordType, Role},
};

use crate::attempts::{any_address, present};
use crate::hashing::{at_once, unless};
use crate::history::{Commit, Place};
use crate::node::Node;
use crate::planned_change::{Given, PlannedChange};
use crate::support::random::Choices;
use crate::timeline::Moment;
use crate::world::{Key, World};

/// One management operation.
struct Operation {
    planned: PlannedChange,
    /// Its subject.
    key: Key,
    /// Its actor, who requests no other operation.
    by: String,
    actor: Actor,
}

/// Changes a key, and checks the effect at once.
pub(crate) async fn change(world: Rc<World>, mut choices: Choices) {
    while world.goes_on() {
        world.pause(&mut choices, 150).await;
        let node = &world.nodes[choices.below(world.nodes.len())];
        let operation = Operation::any(&world, &mut choices);
        let undone_by = operation.planned.undone_by().filter(|_| choices.below(4) > 0);
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
        if let Some(planned) = undone_by {
            world.pause(&mut choices, 150).await;
            let node = &world.nodes[choices.below(world.nodes.len())];
            let undone = Operation::new(&world, planned, operation.key, Role::Operator);
            undone.carry_out(&world, node).await;
        }
    }
}

impl Operation {
    fn any(world: &World, choices: &mut Choices) -> Self {
        let (planned, key) = (PlannedChange::any(choices), world.any_key(choices));
        let role = if planned.is_for_the_operator() || choices.below(2) == 0 {
            Role::Operator
        } else {
            Role::Admin
        };
        Self::new(world, planned, key, role)
    }

    fn new(world: &World, planned: PlannedChange, key: Key, role: Role) -> Self {
        let number = world.operations.get();
        world.operations.set(number + 1);
        let by = format!("operation-{number}");
        let id = ActorId::new(&by).unwrap();
        let account = key.account.clone();
        let actor = match role {
            Role::Operator => Operator::new(id).acting_for(account),
            _ => Actor::admin(account, id),
        };
        Self { planned, key, by, actor }
    }

    async fn carry_out(&self, world: &World, node: &Node) {
        let done = node.run(async |keyward| {
            let (begun, (wall, _)) = (world.beyond.timeline.moment(), node.clocks());
            let name = world.beyond.history.lines().credentials[&self.key.id]
                .last()
                .map_or_else(String::new, |record| record.name.as_str().to_owned());
            let given = Given { by: &self.by, key: &self.key, name: &name, wall };
            let manager = keyward.manager(&self.actor);
            let answer = at_once(self.planned.carry_out(&manager, &given)).await;
            world.tell(|| {
                let (planned, id, life) = (self.planned, self.key.id, node.life());
                format!("{life:?} did {planned:?} to {id}: {:?}", answer.as_ref().err())
            });
            self.judge(world, node, begun, &given, &answer);
            if let Ok(Some(issued)) = answer {
                world.keys.borrow_mut().push(issued);
            }
        });
        done.await.ok();
    }

    /// Checks that the state matches the answer, and that the node uses the new state from now on.
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
                let held = || self.planned.held(&history.lines(), given, begun);
                let done = commit.or_else(held);
                world.met.note(&format!("{:?}", self.planned));
                node.acknowledge(done.unwrap_or_else(|| panic!("{:?} was not done", self.planned)));
            }
            Err(ManageError::Unknown { .. }) => {
                world.met.note("outcome unknown");
                // It may still be committed.
                if let Some(commit) = commit {
                    node.acknowledge(commit);
                }
            }
            Err(error) => {
                assert_eq!(commit, None, "{:?}: {error}", self.planned);
                world.not_done.borrow_mut().push(self.by.clone());
                if let ManageError::NotFound(what) = error {
                    node.acknowledge(self.gone(world, begun, *what));
                }
            }
        }
    }

    /// The record that was not found is deleted.
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
