//! Thousands of revocations of every kind at random moments, under load, on real threads. The schedule is the
//! machine's; the seed repeats the choices only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use keyward::MemoryStore;

use support::random::Choices;
use support::slow::Slow;
use support::storm::storm;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_passes_too_late_or_is_refused_too_early_over_a_store_in_memory() {
    let store = MemoryStore::new();
    println!("{}", storm(Choices::new(), async || store.clone()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_passes_too_late_or_is_refused_too_early_over_a_store_that_takes_its_time() {
    let (store, choices) = (MemoryStore::new(), Choices::new());
    let slow = Slow::new(store, choices.of(usize::MAX));
    println!("{}", storm(choices, async || slow.clone()).await);
}
