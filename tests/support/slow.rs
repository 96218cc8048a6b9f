//! A store that takes time, so that concurrent calls overlap.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::store::{CredentialStore, StoreError};

use super::directed::{Call, Director};
use super::random::Choices;

/// Chooses the delay of the store before it carries out a call, and before it answers.
#[derive(Debug, Clone)]
pub struct Slow(Arc<Mutex<Choices>>);

impl Slow {
    pub fn new(choices: Choices) -> Self {
        Self(Arc::new(Mutex::new(choices)))
    }

    async fn pause(&self) {
        let choice = self.0.lock().unwrap().below(16);
        match choice {
            0 => tokio::time::sleep(Duration::from_millis(1)).await,
            1..8 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

impl<S: CredentialStore + Clone> Director<S> for Slow {
    async fn direct<T: Send>(
        &self,
        _: Call,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.pause().await;
        let answer = work.await;
        self.pause().await;
        answer
    }
}
