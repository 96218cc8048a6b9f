//! The SQLite store: the suite for all stores, and the tests of this one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bad_paths;
#[path = "../postgres/calls.rs"]
mod calls;
mod child;
mod corrupt;
mod crashes;
#[cfg(target_os = "linux")]
mod disk;
mod files;
mod harness;
mod host_pool;
mod host_transactions;
mod imports;
mod integrity;
mod late;
mod life;
#[path = "../support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod random;
mod removal;
mod retention;
#[path = "../postgres/scene.rs"]
mod scene;
#[path = "../stores/mod.rs"]
mod stores;

mod store {
    keyward::conformance!(super::harness::Sqlite);
}

mod in_memory {
    keyward::conformance!(super::harness::InMemory);
}
