//! Random histories of every operation there is, copied round: `KEYWARD_SEED` repeats one.

use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{AccountId, CredentialId, MemoryStore, PostgresStore, SqliteStore};

use crate::contents::{Contents, Known};
use crate::harness::{drop_schema, new_schema, patient};
use crate::server::URL;
use crate::support::operations::{OPERATIONS, Targets};
use crate::support::random::Choices;
use crate::support::{World, account, admin, operator, outlet, shop};
use crate::test_store::block_on;

const HISTORIES: usize = 8;
const OPERATIONS_EACH: usize = 80;

/// A world in which many things have been tried, by the admin and by the operator. Some were refused.
fn world(choices: &mut Choices) -> World {
    let world = World::new();
    let targets = world.furnish();
    let credentials: [CredentialId; 7] = [
        targets.primary,
        targets.spare,
        targets.backend,
        targets.deprecated,
        targets.suspended,
        targets.expiring,
        targets.rotated,
    ];
    for _ in 0..OPERATIONS_EACH {
        let operation = choices.one_of(OPERATIONS);
        // A shop that is removed early has no history.
        if operation.name == "remove_workspace" && choices.below(4) > 0 {
            continue;
        }
        let other = targets.with_credential(*choices.one_of(&credentials));
        let on: &Targets = if choices.below(2) == 0 { &targets } else { &other };
        let actor = if choices.below(3) == 0 { operator().acting_for(account()) } else { admin() };
        let _ = (operation.run)(&world.keyward.manager(&actor), on);
        world.clock.advance(Duration::from_secs(choices.below(600) as u64));
        if choices.below(20) == 0 {
            pollster::block_on(world.store.prune_events(world.now(), usize::MAX)).unwrap();
        }
    }
    world
}

#[test]
fn random_histories_are_copied_unchanged() {
    let mut choices = Choices::new();
    let known = Known {
        accounts: vec![account(), AccountId::new("other").unwrap()],
        workspaces: vec![shop(), outlet()],
    };
    for history in 0..HISTORIES {
        let world = world(&mut choices);
        let schema = new_schema();
        block_on(async {
            let source = Contents::by(&world.store, &known).await;
            assert!(source.position.number() > 10, "{history}: {source:#?}");
            let sqlite = SqliteStore::open_in_memory().await.unwrap();
            keyward::store::copy(&world.store, &sqlite).await.unwrap();
            assert_eq!(Contents::by(&sqlite, &known).await, source);
            let postgres: PostgresStore = patient(&schema).connect(&URL).await.unwrap();
            keyward::store::copy(&sqlite, &postgres).await.unwrap();
            assert_eq!(Contents::by(&postgres, &known).await, source);
            let memory = MemoryStore::new();
            keyward::store::copy(&postgres, &memory).await.unwrap();
            assert_eq!(Contents::by(&memory, &known).await, source);
            drop_schema(&schema).await;
        });
    }
}
