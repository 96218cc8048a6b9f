//! Admission of attempts to Argon2id: one at a time for each credential, with a pause for an origin after a wrong secret.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;

use super::failures::Failures;
use super::origin::{Origin, WideNetwork};
use crate::values::{Clock, CredentialId};

/// Maximum number of waiting attempts for one credential. Each has a different origin.
const WAITING: usize = 16;

/// The gate before the slow hashes. Wrong secrets from one wide network do not block attempts from another network.
#[derive(Clone)]
pub(crate) struct Gate {
    state: Arc<Mutex<GateState>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct GateState {
    /// The credentials with a running attempt.
    busy: HashMap<CredentialId, Busy>,
    of_origins: Failures<Origin>,
    of_networks: Failures<WideNetwork>,
}

struct Busy {
    /// The origin of the running attempt.
    origin: Origin,
    /// The waiting attempts, in the order of their arrival.
    waiting: Vec<Waiting>,
}

struct Waiting {
    origin: Origin,
    turn: oneshot::Sender<Pass>,
}

/// The answer of the gate to an attempt.
enum GateAnswer {
    Passes(Pass),
    Waits(oneshot::Receiver<Pass>),
    Refused,
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Arc::default(), clock }
    }

    /// Admits an attempt, except during the pause of its origin. While another attempt runs for the credential, an attempt waits if its
    /// origin has no recent failure, and is refused otherwise. The next admitted attempt is from the wide network with the fewest
    /// failures. If too many attempts wait, a new attempt is refused, or displaces one from a network with more failures or with more
    /// waiting attempts.
    pub(crate) async fn enter(&self, id: CredentialId, origin: Origin) -> Option<Pass> {
        let asked = self.ask(id, origin);
        match asked {
            GateAnswer::Passes(pass) => Some(pass),
            GateAnswer::Waits(turn) => turn.await.ok(),
            GateAnswer::Refused => None,
        }
    }

    fn ask(&self, id: CredentialId, origin: Origin) -> GateAnswer {
        let now = self.now();
        let mut state = self.state();
        let GateState { busy, of_origins, of_networks } = &mut *state;
        if of_origins.is_paused(id, origin, now) {
            return GateAnswer::Refused;
        }
        let Some(busy) = busy.get_mut(&id) else {
            busy.insert(id, Busy { origin, waiting: Vec::new() });
            return GateAnswer::Passes(self.pass(id, origin));
        };
        let waiting = &mut busy.waiting;
        waiting.retain(|waiting| !waiting.turn.is_canceled());
        let waits = busy.origin == origin || waiting.iter().any(|waiting| waiting.origin == origin);
        if waits || of_origins.count(id, origin, now) > 0 {
            return GateAnswer::Refused;
        }
        let mut displaced = None;
        if waiting.len() >= WAITING {
            let failures = |network| of_networks.count(id, network, now);
            let Some(worse) = worse_than(origin.wide_network(), waiting, failures) else {
                return GateAnswer::Refused;
            };
            displaced = Some(waiting.remove(worse));
        }
        let (turn, receiver) = oneshot::channel();
        waiting.push(Waiting { origin, turn });
        drop(state);
        // Without the lock, because this wakes a task.
        drop(displaced);
        GateAnswer::Waits(receiver)
    }

    fn pass(&self, id: CredentialId, origin: Origin) -> Pass {
        Pass { gate: self.clone(), id, origin }
    }

    fn now(&self) -> Duration {
        self.clock.now().monotonic
    }

    fn state(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the waiting attempt that a new one from `network` displaces: the newest attempt from the network with the most failures and,
/// if there are several, the most waiting attempts. Returns `None` if `network` is not better than that network.
fn worse_than(
    network: WideNetwork,
    waiting: &[Waiting],
    failures: impl Fn(WideNetwork) -> u32,
) -> Option<usize> {
    let rank = |network| {
        let same = waiting.iter().filter(|waiting| waiting.origin.wide_network() == network);
        (failures(network), same.count())
    };
    let ranks = waiting.iter().map(|waiting| rank(waiting.origin.wide_network()));
    let (worst, place) = ranks.zip(0..).max()?;
    let (failures, others) = rank(network);
    (worst > (failures, others + 1)).then_some(place)
}

impl GateState {
    /// Takes the next attempt for a credential. Without one, no attempt runs for it.
    fn next(&mut self, id: CredentialId, now: Duration) -> Option<Waiting> {
        let busy = self.busy.get_mut(&id)?;
        let failures =
            |waiting: &Waiting| self.of_networks.count(id, waiting.origin.wide_network(), now);
        let best = busy.waiting.iter().map(failures).zip(0..).min();
        let Some((_, place)) = best else {
            self.busy.remove(&id);
            return None;
        };
        let next = busy.waiting.remove(place);
        busy.origin = next.origin;
        Some(next)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remembered = self.state().of_origins.len();
        f.debug_struct("Gate").field("remembered", &remembered).finish_non_exhaustive()
    }
}

/// The pass of one attempt. The job owns it, so that no other attempt is admitted while the job runs.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Gate,
    id: CredentialId,
    origin: Origin,
}

impl Pass {
    /// Records a wrong secret, which starts a longer pause for this origin.
    pub(crate) fn wrong(self) {
        let now = self.gate.now();
        let mut state = self.gate.state();
        state.of_origins.note(self.id, self.origin, now);
        state.of_networks.note(self.id, self.origin.wide_network(), now);
    }

    /// Records the right secret, which clears the failures at this credential.
    pub(crate) fn right(self) {
        let mut state = self.gate.state();
        state.of_origins.forget(self.id);
        state.of_networks.forget(self.id);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let now = self.gate.now();
        let next = self.gate.state().next(self.id, now);
        if let Some(Waiting { origin, turn }) = next {
            // If the receiver was dropped, the pass is dropped too and admits the next attempt.
            drop(turn.send(self.gate.pass(self.id, origin)));
        }
    }
}

#[cfg(test)]
mod tests;
