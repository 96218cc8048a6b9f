//! The largest import is one commit.

use std::time::Instant;

use keyward::conformance::Harness;
use keyward::imports::{Import, ImportFormat, ImportOutcome, ImportRow};
use keyward::store::CredentialStore;
use keyward::{
    ActorId, App, Attempt, Keyward, MasterKey, MasterKeys, NewWorkspace, Operator, SlowHashParams,
};

use super::{account, name, workspace};

/// A service that imports keys of its own.
pub fn importing(store: impl CredentialStore) -> Keyward {
    Keyward::builder(store, MasterKeys::new(MasterKey::generate().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .import::<App>(ImportFormat::custom("own", 16, |text| {
            let number: u128 = text.strip_prefix("imported-number-")?.parse().ok()?;
            keyward::imports::ForeignHash::new(&number.to_be_bytes())
        }))
        .build()
        .unwrap()
}

/// The row of a key of that service.
pub fn row(number: usize) -> ImportRow {
    ImportRow::new("own", name(&format!("Key {number}")), format!("{number:032x}"))
}

#[allow(dead_code, reason = "each test file uses its own part")]
pub fn is_new(outcome: &ImportOutcome) -> bool {
    matches!(outcome, ImportOutcome::Imported(_))
}

/// Imports as many rows as there can be, twice, and uses the first and the last one.
pub fn a_thousand_rows_are_one_commit<H: Harness>(harness: &H) {
    let keyward = importing(harness.fresh());
    let rows = || (0..Import::MOST_ROWS).map(row);
    harness.block_on(async {
        let operator = Operator::new(ActorId::new("ops").unwrap()).acting_for(account());
        let manager = keyward.manager(&operator);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let begun = Instant::now();
        let outcomes = manager.import(Import::new(workspace(), rows())).await.unwrap();
        println!("imported in {:?}", begun.elapsed());
        let ids: Vec<_> = outcomes
            .iter()
            .map(|outcome| match outcome {
                ImportOutcome::Imported(id) => *id,
                other => panic!("{other:?}"),
            })
            .collect();
        for (number, id) in ids.iter().enumerate().step_by(333) {
            let text = format!("imported-number-{number}");
            let proof = keyward.verify(&Attempt::app(&text)).await.unwrap();
            assert_eq!(proof.credential(), *id);
        }
        assert_eq!(manager.workspace(&workspace()).await.unwrap().credentials, Some(1_001));
        let again = manager.import(Import::new(workspace(), rows())).await.unwrap();
        let there = ids.into_iter().map(ImportOutcome::AlreadyImported);
        assert!(again.into_iter().eq(there));
    });
}
