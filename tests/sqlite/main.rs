//! The SQLite store: the suite that every store passes, and what only this one can show.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

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
mod late;
mod life;
mod misplaced;
#[path = "../support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
mod random;
mod removal;
mod retention;
#[path = "../postgres/scene.rs"]
mod scene;
mod sound;
#[path = "../stores/mod.rs"]
mod stores;

mod store {
    keyward::conformance!(super::harness::Sqlite);
}

mod erased {
    keyward::conformance!(super::harness::Erased);
}

mod in_memory {
    keyward::conformance!(super::harness::InMemory);
}
