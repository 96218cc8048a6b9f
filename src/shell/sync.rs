//! The locks and atomics of the types that model checkers run: theirs, where a model is built.

pub(crate) use std::sync::PoisonError;
#[cfg(not(all(test, keyward_model)))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, keyward_model))]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, keyward_model))]
pub(crate) mod model;
