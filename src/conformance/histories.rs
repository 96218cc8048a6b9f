//! Random histories, in which each answer is compared with a model. A failure prints the seed.

use std::sync::Mutex;

use crate::store::{
    CredentialQuery, CredentialStore, EventQuery, PageItem, PageSize, Position, Scope, StoreError,
    StoreErrorKind,
};

use super::difference::{assert_same, told};
use super::driver::{Driver, every_event};
use super::generator::{
    is_ahead, some_account, some_change, some_credential, some_query, some_refresh,
    some_restriction, some_time, some_uses, some_workspace,
};
use super::harness::Harness;
use super::model::Model;
use super::promises::{
    BYTE_FOR_BYTE, CONFLICT, EVERY_CONDITION, NEWEST_FIRST, NO_REMOVED, OPERATION, OUTLINES,
    REFRESHED, WITHOUT_GAPS,
};
use super::random::Random;
use super::samples::{at, generation, operation};
use super::threads::{committed, on_threads};

const HISTORIES: u64 = 4;
const STEPS: i64 = 400;
const THREADS: u32 = 4;

/// [`BYTE_FOR_BYTE`]: Runs histories of all calls, both valid and invalid. Compares each answer with the model, and from time to
/// time the whole contents.
pub fn random_histories_agree_with_the_model<H: Harness>(harness: &H) {
    let random = Random::new();
    for history in 0..HISTORIES {
        let mut random = random.branch(history);
        let (store, mut model) = (Driver::new(harness), Model::default());
        for step in 0..STEPS {
            match random.below(10) {
                0..4 => {
                    let change = some_change(&mut random, &model, step * 9);
                    let expected = model.commit(&change).ok_or(StoreErrorKind::Conflict);
                    assert_same!(
                        store.try_commit(&change),
                        expected,
                        "{CONFLICT} ({})",
                        told(&change)
                    );
                }
                4 => {
                    let (id, number, refresh) = some_refresh(&mut random, &model);
                    let number = generation(number);
                    let expected = model.refresh(id, number, &refresh);
                    let answer = store.wait(store.store.refresh(id, number, &refresh));
                    assert_same!(answer, expected, "{REFRESHED}");
                }
                5 => {
                    let uses = some_uses(&mut random);
                    model.record_uses(&uses);
                    store.record_uses(&uses);
                }
                6 if random.one_in(10) => {
                    let before = some_time(&mut random);
                    model.prune(before);
                    store.prune(before);
                }
                6 | 7 => ask_for_changes(&mut random, &store, &model),
                _ => ask(&mut random, &store, &model),
            }
            if step % 25 == 0 || step == STEPS - 1 {
                assert_same!(store.dump(), model.dump(), "{BYTE_FOR_BYTE} (step {step})");
            }
        }
    }
}

fn ask_for_changes<H: Harness>(random: &mut Random, store: &Driver<'_, H>, model: &Model) {
    let number = random.below(u32::try_from(model.events.len()).unwrap_or(0) + 2);
    let mut position = model.position_of(number as usize);
    if number > 0 && random.one_in(6) {
        position = Position::new(u64::from(number), operation());
    }
    let limit = 1 + random.below(5) as usize;
    let (answer, allowed) =
        (store.changes(&position, limit), model.changes_since(&position, limit));
    if !allowed.contains(&answer) {
        assert_same!(answer, allowed[0], "{OUTLINES}");
    }
}

fn ask<H: Harness>(random: &mut Random, store: &Driver<'_, H>, model: &Model) {
    let (account, workspace) = (some_account(random), some_workspace(random));
    let credential = some_credential(random);
    let (query, number) = (some_query(random), random.below(200));
    assert_same!(
        store.credentials(&query),
        model.credentials(&query),
        "{EVERY_CONDITION} {query:?}"
    );
    let size = PageSize::new(2).expect("within the bounds");
    let restriction = some_restriction(random);
    assert_same!(
        store.workspaces_within(&account, &restriction),
        model.workspaces(&account, &restriction),
        "{NO_REMOVED} {restriction:?}"
    );
    let query = EventQuery {
        restriction,
        workspace: random.maybe(workspace.clone()),
        credential: random.maybe(credential),
        before: random.maybe(u64::from(number)),
        size,
        ..every_event(&account)
    };
    assert_same!(store.events(&query), model.events(&query), "{NEWEST_FIRST} {query:?}");
    let operation = model.position_of(number as usize).operation().unwrap_or_else(operation);
    assert_same!(store.operation(operation), model.operation(operation), "{OPERATION}");
    assert_same!(
        store.workspace(&workspace).as_ref(),
        model.workspace(&workspace),
        "{BYTE_FOR_BYTE}"
    );
    assert_same!(
        store.credential(credential).as_ref(),
        model.credential(credential),
        "{BYTE_FOR_BYTE}"
    );
}

/// [`WITHOUT_GAPS`]: Several threads commit random changes. The successful changes, applied to the model in the order of their
/// positions, lead to the stored data.
pub fn racing_histories_are_one_history<H: Harness>(harness: &H) {
    let random = Random::new();
    let store = Driver::new(harness);
    let done = Mutex::new(Vec::new());
    on_threads(&store, THREADS, |handle, thread| {
        let mut random = random.branch(u64::from(thread));
        for step in 0..STEPS / 4 {
            let view = store.wait(view(&store, handle));
            let change = some_change(&mut random, &view, step);
            if is_ahead(&change, &view) {
                continue;
            }
            store.know(&change);
            match committed(&store, handle, &change) {
                Ok(position) => {
                    done.lock().expect("no thread panicked").push((position, change));
                }
                Err(kind) => assert_same!(kind, StoreErrorKind::Conflict, "{CONFLICT}"),
            }
        }
    });
    let mut done = done.into_inner().expect("no thread panicked");
    done.sort_by_key(|(position, _)| position.number());
    let mut model = Model::default();
    for (position, change) in done {
        assert_same!(model.commit(&change), Some(position), "{WITHOUT_GAPS} ({})", told(&change));
    }
    assert_same!(store.dump(), model.dump(), "{WITHOUT_GAPS}");
}

/// The knowledge of a thread when it makes a change. It can be out of date when the change arrives.
async fn view<H: Harness>(store: &Driver<'_, H>, handle: &H::Store) -> Result<Model, StoreError> {
    let mut view = Model::default();
    for id in store.known_accounts() {
        view.accounts.extend(handle.account(&id).await?);
    }
    for id in store.known_workspaces() {
        view.workspaces.extend(handle.workspace(&id).await?);
    }
    let query = CredentialQuery::all(Scope::Store, at(0), PageSize::MAX);
    let page = handle.credentials(&query).await?;
    view.credentials.extend(page.items.into_iter().filter_map(PageItem::record));
    Ok(view)
}
