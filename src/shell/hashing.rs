//! Argon2id, off the executor: bounded threads, bounded queues, and one run at a time per credential.

mod failures;
mod fair_queue;
mod gate;
mod origin;
mod pool;

pub(crate) use self::gate::{Gate, Pass};
pub(crate) use self::origin::Origin;
pub(crate) use self::pool::{Lane, Pool};
