//! Under every schedule, a caller gets the result of a read that started after it asked.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use loom::thread;

use crate::shell::sync::atomic::{AtomicU64, Ordering};
use crate::shell::sync::model::{drive, explore};

use super::SharedCall;

/// A store with one number, and a shared read of it.
#[derive(Default)]
struct ModelRead {
    stored: AtomicU64,
    shared: SharedCall<u64>,
}

impl ModelRead {
    async fn ask(self: &Arc<Self>) -> u64 {
        let asked = Arc::clone(self);
        self.shared.ask(|| async move { asked.read().await }).await
    }

    /// Reads at one time and answers at a later time.
    async fn read(&self) -> u64 {
        let read = self.stored.load(Ordering::SeqCst);
        thread::yield_now();
        read
    }

    /// Returns the value that a writer reads after its write.
    fn write_and_ask(self: &Arc<Self>) {
        self.stored.store(1, Ordering::SeqCst);
        assert_eq!(drive(self.ask()), 1, "an older reading answered");
    }
}

#[test]
fn model_of_a_call_that_others_join_at_the_same_time() {
    explore("shared call, joined", || {
        let asked = Arc::new(ModelRead::default());
        let others: [_; 2] = std::array::from_fn(|_| {
            let asked = Arc::clone(&asked);
            thread::spawn(move || {
                drive(asked.ask());
            })
        });
        asked.write_and_ask();
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn model_of_a_call_whose_sender_leaves() {
    explore("shared call, left", || {
        let asked = Arc::new(ModelRead::default());
        let leaving = Arc::clone(&asked);
        let leaving = thread::spawn(move || {
            let mut question = Box::pin(leaving.ask());
            let _ = pin!(&mut question).poll(&mut Context::from_waker(Waker::noop()));
        });
        let staying = Arc::clone(&asked);
        let staying = thread::spawn(move || {
            drive(staying.ask());
        });
        asked.write_and_ask();
        leaving.join().unwrap();
        staying.join().unwrap();
    });
}
