//! The SQLite store: the suite that every store passes, and what only this one can show.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corrupt;
mod files;
mod harness;
mod plans;
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
