//! Which attempt may run Argon2id for a credential: one at a time, and after a wrong secret later for its origin.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;

use super::failures::Failures;
use super::origin::{Origin, WideNetwork};
use crate::values::{Clock, CredentialId};

/// How many attempts on one credential may wait for their turn, each from an origin of its own.
const WAITING: usize = 16;

/// The gate before the slow hashes. Wrong secrets from one wide network do not keep an attempt from another one out.
#[derive(Clone)]
pub(crate) struct Gate {
    state: Arc<Mutex<GateState>>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct GateState {
    /// The credentials that an attempt is at work on.
    busy: HashMap<CredentialId, Busy>,
    of_origins: Failures<Origin>,
    of_networks: Failures<WideNetwork>,
}

struct Busy {
    /// The origin of the attempt that is at work.
    origin: Origin,
    /// Those that wait for it to end, in the order in which they came.
    waiting: Vec<Waiting>,
}

struct Waiting {
    origin: Origin,
    turn: oneshot::Sender<Pass>,
}

/// What the gate says to an attempt.
enum GateAnswer {
    Passes(Pass),
    Waits(oneshot::Receiver<Pass>),
    Refused,
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Arc::default(), clock }
    }

    /// Lets an attempt pass, unless the pause of its origin runs. While another attempt is at work on the credential, one
    /// from an origin that has not failed lately waits for it, and one from an origin that has is refused. The next to
    /// pass is from the wide network with the fewest failures. If too many wait, a new attempt is refused, or takes the
    /// place of one from a network with more failures, or with more waiting attempts.
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
        // It wakes a task, so the lock is not held.
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

/// Returns the waiting attempt whose place a new one from `network` takes: the newest one from the network with the most
/// failures and, among those, the most waiting attempts. There is none if `network` would be no better.
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
    /// The attempt that is next for a credential. Without one, no attempt is at work on it.
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

/// One attempt's pass. The job holds it, so that the place is taken for as long as the work goes on.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Gate,
    id: CredentialId,
    origin: Origin,
}

impl Pass {
    /// The secret was wrong: the next attempt of this origin waits longer, counted from now.
    pub(crate) fn wrong(self) {
        let now = self.gate.now();
        let mut state = self.gate.state();
        state.of_origins.note(self.id, self.origin, now);
        state.of_networks.note(self.id, self.origin.wide_network(), now);
    }

    /// The secret was right: the failures at this credential are forgotten.
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
            // If its receiver is gone, the pass comes back and lets in the one after that.
            drop(turn.send(self.gate.pass(self.id, origin)));
        }
    }
}

#[cfg(test)]
mod tests;
