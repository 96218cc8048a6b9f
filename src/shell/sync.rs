//! The locks and atomics of model-checked types. Model builds use those of the model checker.

pub(crate) use std::sync::PoisonError;
#[cfg(not(all(test, keyward_model)))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, keyward_model))]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};

#[cfg(all(test, keyward_model))]
pub(crate) mod model;
