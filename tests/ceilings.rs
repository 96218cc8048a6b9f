//! Limited actors do random things, and never get or keep a credential that may do more than they may.
//!
//! The long form: `KEYWARD_CEILINGS=1000000 cargo test --release --test in_memory ceilings`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::store::PageItem;
use keyward::{
    Actor, ActorId, ManageError, NewCredential, Refusal,
    kind::KindWord,
    manage::{
        Credential, CredentialFilter, CredentialNetworks, EndTime, Owner, PolicyChange, PolicyRun,
    },
    scope::{ScopeName, Scopes},
    time::Timestamp,
};

use crate::support::random::Choices;
use crate::support::{World, admin, block_on, cheap, member, name, shop};

keyward::vocabulary! {
    /// What a key of this test may do.
    pub enum Scope {
        One = "one" => "One",
        Two = "two" => "Two",
        Three = "three" => "Three",
    }
}

const NAMES: [&str; 3] = ["one", "two", "three"];

/// The number of operations, unless the environment says otherwise.
const OPERATIONS: usize = 2_000;

/// The number of operations in one store. After each operation the test reads every credential of its store.
const IN_ONE_STORE: usize = 500;

fn some_scopes(choices: &mut Choices) -> Scopes {
    if choices.below(5) == 0 {
        return Scopes::All;
    }
    let names = NAMES.into_iter().filter(|_| choices.below(2) == 0);
    let names: Vec<ScopeName> = names.map(|name| name.parse().unwrap()).collect();
    Scopes::only(names).unwrap_or_else(|_| Scopes::none())
}

fn some_networks(choices: &mut Choices) -> CredentialNetworks {
    let place = choices.below(3);
    CredentialNetworks::new([format!("10.{place}.0.0/16").parse().unwrap()]).unwrap()
}

/// Independent of the rules: every scope of the credential is one of the actor's.
fn is_above(ceiling: &Scopes, scopes: &Scopes) -> bool {
    match (ceiling, scopes) {
        (Scopes::All, _) => false,
        (Scopes::Only(_), Scopes::All) => true,
        (Scopes::Only(own), Scopes::Only(set)) => {
            set.names().iter().any(|name| own.names().iter().all(|other| other != name))
        }
    }
}

fn stored(world: &World) -> Vec<Credential> {
    let filter = CredentialFilter::new().kind(KindWord::App);
    let page = block_on(world.keyward.manager(&admin()).credentials(filter)).unwrap();
    page.items.into_iter().filter_map(PageItem::record).collect()
}

/// Independent of the rules: the credential can do more than before, or longer, or for somebody else.
fn has_gained(before: Option<&Credential>, after: &Credential) -> bool {
    let Some(before) = before else { return true };
    let newest = |it: &Credential| it.generations.iter().map(|secret| secret.number).max();
    let is_wider = match (&before.networks, &after.networks) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(before), Some(after)) => {
            after.as_slice().iter().any(|network| !before.as_slice().contains(network))
        }
    };
    let is_later = |before: Option<Timestamp>, after: Option<Timestamp>| {
        before.is_some_and(|end| after.is_none_or(|later| later > end))
    };
    let sunset = |it: &Credential| it.deprecation.and_then(|deprecation| deprecation.sunset);
    let is_longer =
        is_later(before.expires, after.expires) || is_later(sunset(before), sunset(after));
    is_above(&before.scopes, &after.scopes)
        || is_wider
        || is_longer
        || newest(before) != newest(after)
        || before.owner != after.owner
        || (before.suspended.is_some() && after.suspended.is_none())
        || (before.deprecation.is_some() && after.deprecation.is_none())
}

/// What became of the operations.
#[derive(Debug, Default)]
struct Counts {
    done: usize,
    above_the_ceiling: usize,
    otherwise_refused: usize,
    only_taken_away: usize,
}

#[test]
fn no_random_operation_passes_the_ceiling_of_its_actor() {
    let mut choices = Choices::new();
    let wanted = std::env::var("KEYWARD_CEILINGS").map(|text| text.parse().unwrap());
    let mut left = wanted.unwrap_or(OPERATIONS);
    let mut counts = Counts::default();
    while left > 0 {
        let here = left.min(IN_ONE_STORE);
        operate_in_one_store(&mut choices, here, &mut counts);
        left -= here;
    }
    println!("{counts:?}");
    let Counts { done, above_the_ceiling, only_taken_away, .. } = counts;
    assert!(done > 0 && above_the_ceiling > 0 && only_taken_away > 0, "nothing was tried");
}

fn operate_in_one_store(choices: &mut Choices, operations: usize, counts: &mut Counts) {
    let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
    world.shop();
    for at in 0..4 {
        let new = NewCredential::new(shop(), name(&format!("first {at}")));
        let new = new.scopes(some_scopes(choices));
        drop(block_on(world.keyward.manager(&admin()).issue_app_key(new)).unwrap());
    }
    let mut before = stored(&world);
    for at in 0..operations {
        world.clock.advance(Duration::from_secs(1));
        // A key acts with such limits.
        let actor = if choices.below(2) == 0 {
            admin()
        } else {
            member().only_workspaces([shop()]).only_kinds([KindWord::App])
        };
        let actor = actor.only_scopes(some_scopes(choices));
        let outcome = operate(&world, &actor, &before, at, choices);
        let after = stored(&world);
        for now in &after {
            let earlier = before.iter().find(|it| it.id == now.id);
            if earlier == Some(now) || !is_above(actor.scopes(), &now.scopes) {
                continue;
            }
            assert!(!has_gained(earlier, now), "{at}: {actor:?} made {now:?} of {earlier:?}");
            counts.only_taken_away += 1;
        }
        match outcome {
            Ok(()) => counts.done += 1,
            Err(ManageError::Refused(Refusal::AboveCeiling { scopes })) => {
                assert!(is_above(actor.scopes(), &scopes), "{at}");
                counts.above_the_ceiling += 1;
            }
            // Only an actor without limits can set or apply the policy.
            Err(ManageError::Refused(_) | ManageError::Forbidden) => counts.otherwise_refused += 1,
            Err(other) => panic!("{other:?}"),
        }
        before = after;
    }
}

/// Does something as a limited actor.
fn operate(
    world: &World,
    actor: &Actor,
    all: &[Credential],
    at: usize,
    choices: &mut Choices,
) -> Result<(), ManageError> {
    let manager = world.keyward.manager(actor);
    let place = choices.below(all.len().max(1));
    let Some(target) = all.get(place).filter(|_| choices.below(10) > 0) else {
        let new = NewCredential::new(shop(), name(&format!("key {at}")));
        return block_on(manager.issue_app_key(new.scopes(some_scopes(choices)))).map(drop);
    };
    let id = target.id;
    let owner = |choices: &mut Choices| {
        let id = ActorId::new(if choices.below(2) == 0 { "bob" } else { "eve" }).unwrap();
        Owner::Member { id }
    };
    match choices.below(17) {
        0 => block_on(manager.rotate(id, Duration::ZERO)).map(drop),
        1 => block_on(manager.suspend(id)).map(drop),
        2 => block_on(manager.resume(id)).map(drop),
        3 | 4 => block_on(manager.set_scopes(id, some_scopes(choices))).map(drop),
        5 => block_on(manager.set_networks(id, some_networks(choices))).map(drop),
        6 => block_on(manager.lift_networks(id)).map(drop),
        7 => {
            let end = world.later(1 + choices.below(3_600) as u64);
            block_on(manager.set_expiry(id, end)).map(drop)
        }
        8 => block_on(manager.clear_expiry(id)).map(drop),
        9 => {
            let sunset = world.later(1 + choices.below(3_600) as u64);
            let sunset = (choices.below(2) == 0).then_some(EndTime::At(sunset));
            block_on(manager.deprecate(id, sunset)).map(drop)
        }
        10 => block_on(manager.undeprecate(id)).map(drop),
        11 => block_on(manager.set_owner(id, owner(choices))).map(drop),
        12 => {
            let (from, to) = (owner(choices), owner(choices));
            block_on(manager.hand_over(&from, &to, None)).map(drop)
        }
        13 => {
            let most = *choices.one_of(&[None, Some(60), Some(3_600)]);
            let change = PolicyChange::new().max_lifetime_seconds(most);
            block_on(manager.set_policy(&change)).map(drop)
        }
        14 => block_on(manager.apply_policy(PolicyRun::new())).map(drop),
        15 => {
            let current = target.generations.iter().map(|secret| secret.number).max().unwrap();
            block_on(manager.replace_unused(id, current)).map(drop)
        }
        _ if all.len() > 12 => block_on(manager.delete(id, target.name.as_str())).map(drop),
        _ => Err(Refusal::Ended.into()),
    }
}
