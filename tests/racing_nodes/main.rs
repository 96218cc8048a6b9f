//! Two nodes run operations at the same time that must not both succeed, or must not overwrite each other. On every
//! store the promises are kept. With a control store that does not compare, they are broken.
//!
//! `KEYWARD_RACES` sets the number of trials of each race: `KEYWARD_RACES=1000 cargo test --test racing_nodes`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod arena;
#[path = "../support/directed.rs"]
#[allow(unreachable_pub, reason = "each test file uses its own part")]
mod directed;
#[path = "../postgres/harness.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod harness;
mod meeting;
#[path = "../stores/places.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod places;
mod races;
#[path = "../postgres/server.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod server;

use std::time::Instant;

use crate::arena::{Arena, Broken, Trial};
use crate::harness::RUNTIME;
use crate::meeting::{Comparing, Pace};
use crate::places::{File, Memory, Place, Schema};

/// Each trial at another pace.
const PACES: [Pace; 4] = [Pace::Free, Pace::Together, Pace::First(0), Pace::First(1)];

/// The number of trials of a race, unless `KEYWARD_RACES` sets it.
trait Trials: Place {
    const TRIALS: usize;
}

impl Trials for Memory {
    const TRIALS: usize = 200;
}

impl Trials for File {
    const TRIALS: usize = 24;
}

impl Trials for Schema {
    const TRIALS: usize = 24;
}

/// Nothing is broken, in any trial.
fn holds<P: Trials>(race: &impl AsyncFn(&Trial<'_, P>) -> Result<(), Broken>) {
    let trials = std::env::var("KEYWARD_RACES").map_or(P::TRIALS, |text| text.parse().unwrap());
    let (arena, begun) = (Arena::<P>::new(Comparing::AsItMust), Instant::now());
    for number in 0..trials {
        // The two change their pace and their parity independently of each other.
        let pace = PACES[number / 2 % PACES.len()];
        let outcome = RUNTIME.block_on(race(&arena.trial(number, pace)));
        assert_eq!(outcome, Ok(()), "trial {number}, {pace:?}");
    }
    println!("{trials} trials in {:?}", begun.elapsed());
}

/// The control: a store without the comparison breaks the promise. Two creations of one workspace are an exception in a
/// database, where the unique name of the first Track set also prevents them, without naming the rule.
fn breaks<P: Place>(race: &impl AsyncFn(&Trial<'_, P>) -> Result<(), Broken>) {
    let arena = Arena::<P>::new(Comparing::Not);
    let mut broken = Vec::new();
    for number in 0..4 {
        let pace = Pace::First(number / 2);
        broken.extend(RUNTIME.block_on(race(&arena.trial(number, pace))).err());
    }
    assert!(!broken.is_empty(), "it holds although nothing is compared");
    println!("{broken:#?}");
}

macro_rules! races {
    ($($race:ident,)+) => {
        races!(@on memory Memory $($race)+);
        races!(@on sqlite File $($race)+);
        races!(@on postgres Schema $($race)+);
    };
    (@on $name:ident $place:ident $($race:ident)+) => {
        mod $name {
            use super::*;

            $(#[test]
            fn $race() {
                holds::<$place>(&async |trial: &Trial<'_, _>| races::$race(trial).await);
            })+

            mod without_comparison {
                use super::*;

                $(#[test]
                fn $race() {
                    breaks::<$place>(&async |trial: &Trial<'_, _>| races::$race(trial).await);
                })+
            }
        }
    };
}

races! {
    delete_against_delete,
    create_against_create,
    delete_against_connect,
    rotate_against_rotate,
    disallow_against_disallow,
    refresh_against_rotate,
    refresh_against_rename,
    suspend_account_against_issue,
    deactivate_against_issue,
    policy_against_issue,
    remove_against_issue,
    remove_against_connect,
    remove_against_allow,
    conditional_against_conditional,
    issue_against_its_repeat,
    rotate_against_its_repeat,
}
