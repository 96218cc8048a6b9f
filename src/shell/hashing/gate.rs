//! Which attempt may run Argon2id for a credential: one at a time, and after a wrong secret later for its origin.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;

use super::origin::Origin;
use crate::values::CredentialId;

/// The pause after the first wrong secret; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How many failures are remembered, each of one origin at one credential.
const REMEMBERED: usize = 10_000;
/// How many attempts on one credential may wait for their turn, each from an origin of its own.
const WAITING: usize = 16;

/// The gate before the slow hashes. An origin that presents wrong secrets for a credential keeps no other origin out.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The credentials that an attempt is at work on.
    busy: HashMap<CredentialId, Busy>,
    failures: HashMap<(CredentialId, Origin), Failures>,
}

struct Busy {
    /// Whose attempt is at work.
    origin: Origin,
    /// Those that wait for it to end.
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    origin: Origin,
    turn: oneshot::Sender<Pass>,
    now: Duration,
}

#[derive(Clone, Copy, Default)]
struct Failures {
    wrong: u32,
    not_before: Duration,
}

/// What the gate says to an attempt.
enum Asked {
    Passes(Pass),
    Waits(oneshot::Receiver<Pass>),
    Refused,
}

impl Gate {
    /// Lets an attempt pass, unless the pause of its origin runs. While another attempt is at work on the credential, one
    /// from an origin that has not failed waits for it, and one from an origin that has is refused. `now` is the
    /// monotonic clock's.
    pub(crate) async fn enter(
        &self,
        id: CredentialId,
        origin: Origin,
        now: Duration,
    ) -> Option<Pass> {
        let asked = self.ask(id, origin, now);
        match asked {
            Asked::Passes(pass) => Some(pass),
            Asked::Waits(turn) => turn.await.ok(),
            Asked::Refused => None,
        }
    }

    /// Returns `true` if the pause of this origin runs, so that it would be refused.
    pub(crate) fn is_paused(&self, id: CredentialId, origin: Origin, now: Duration) -> bool {
        let failures = self.state().failures.get(&(id, origin)).copied();
        failures.is_some_and(|failures| failures.not_before > now)
    }

    fn ask(&self, id: CredentialId, origin: Origin, now: Duration) -> Asked {
        let mut state = self.state();
        let failures = state.failures.get(&(id, origin)).copied();
        if failures.is_some_and(|failures| failures.not_before > now) {
            return Asked::Refused;
        }
        let Some(busy) = state.busy.get_mut(&id) else {
            state.busy.insert(id, Busy { origin, waiting: VecDeque::new() });
            return Asked::Passes(self.pass(id, origin, now));
        };
        let waiting = &mut busy.waiting;
        waiting.retain(|waiting| !waiting.turn.is_canceled());
        let waits = busy.origin == origin || waiting.iter().any(|waiting| waiting.origin == origin);
        if failures.is_some() || waits || waiting.len() >= WAITING {
            return Asked::Refused;
        }
        let (turn, receiver) = oneshot::channel();
        waiting.push_back(Waiting { origin, turn, now });
        Asked::Waits(receiver)
    }

    fn pass(&self, id: CredentialId, origin: Origin, now: Duration) -> Pass {
        Pass { gate: self.clone(), id, origin, now }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes a wrong secret.
    fn note_failure(&mut self, of: (CredentialId, Origin), now: Duration) {
        if self.failures.len() >= REMEMBERED && !self.failures.contains_key(&of) {
            self.failures.retain(|_, failures| failures.not_before > now);
            if self.failures.len() >= REMEMBERED {
                let soonest = self.failures.iter().min_by_key(|(_, failures)| failures.not_before);
                let soonest = soonest.map(|(of, _)| *of);
                soonest.and_then(|of| self.failures.remove(&of));
            }
        }
        let failures = self.failures.entry(of).or_default();
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.wrong.min(16)).min(LONGEST_PAUSE);
        failures.wrong = failures.wrong.saturating_add(1);
        failures.not_before = now.saturating_add(pause);
    }

    /// The attempt that is next for a credential. Without one, nobody is at work on it.
    fn next(&mut self, id: CredentialId) -> Option<Waiting> {
        let busy = self.busy.get_mut(&id)?;
        let next = busy.waiting.pop_front();
        match &next {
            Some(next) => busy.origin = next.origin,
            None => drop(self.busy.remove(&id)),
        }
        next
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("remembered", &self.state().failures.len()).finish()
    }
}

/// One attempt's pass. The job holds it, so that the place is taken for as long as the work goes on.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Gate,
    id: CredentialId,
    origin: Origin,
    now: Duration,
}

impl Pass {
    /// The secret was wrong: the next attempt of this origin waits longer.
    pub(crate) fn wrong(self) {
        self.gate.state().note_failure((self.id, self.origin), self.now);
    }

    /// The secret was right: the failures at this credential are forgotten.
    pub(crate) fn right(self) {
        self.gate.state().failures.retain(|(id, _), _| *id != self.id);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let next = self.gate.state().next(self.id);
        if let Some(Waiting { origin, turn, now }) = next {
            // Where nobody waits for it any more, the pass comes back and lets in the one after that.
            drop(turn.send(self.gate.pass(self.id, origin, now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Gate, Origin, Pass, REMEMBERED, WAITING};
    use crate::values::CredentialId;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    fn id(number: usize) -> CredentialId {
        CredentialId::new(format!("{number:012}")).unwrap()
    }

    fn origin(number: u32) -> Origin {
        Origin::of(Some(Ipv4Addr::from_bits(number).into()))
    }

    impl Gate {
        /// A pass, where it is given at once.
        fn at_once(&self, id: CredentialId, origin: Origin, now: Duration) -> Option<Pass> {
            match self.ask(id, origin, now) {
                Asked::Passes(pass) => Some(pass),
                Asked::Waits(_) | Asked::Refused => None,
            }
        }
    }

    #[test]
    fn one_at_a_time_and_later_after_each_wrong_secret() {
        let gate = Gate::default();
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let pass = gate.at_once(id(1), origin(1), now).unwrap();
            assert!(gate.at_once(id(1), origin(1), now).is_none(), "one at a time");
            assert!(gate.at_once(id(1), origin(2), now).is_none(), "from anywhere");
            assert!(gate.at_once(id(2), origin(1), now).is_some(), "others are not held up");
            pass.wrong();
            let start = now;
            while gate.is_paused(id(1), origin(1), now) {
                assert!(gate.at_once(id(1), origin(1), now).is_none());
                now += Duration::from_millis(250);
            }
            pauses.push(now.saturating_sub(start).as_millis());
        }
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        gate.at_once(id(1), origin(1), now).unwrap().right();
        gate.at_once(id(1), origin(1), now).unwrap().wrong();
        let later = now + Duration::from_millis(250);
        assert!(gate.at_once(id(1), origin(1), later).is_some(), "counted anew");
    }

    #[test]
    fn a_pause_is_of_one_origin_and_one_credential() {
        let (gate, now) = (Gate::default(), Duration::ZERO);
        gate.at_once(id(1), origin(1), now).unwrap().wrong();
        assert!(gate.at_once(id(1), origin(1), now).is_none());
        assert!(gate.at_once(id(1), origin(2), now).is_some());
        assert!(gate.at_once(id(1), Origin::default(), now).is_some());
        assert!(gate.at_once(id(2), origin(1), now).is_some());
    }

    #[test]
    fn an_origin_that_has_not_failed_waits_for_its_turn_and_one_that_has_is_refused() {
        let (gate, now) = (Gate::default(), Duration::ZERO);
        gate.at_once(id(1), origin(1), now).unwrap().wrong();
        let later = Duration::from_secs(1);
        let running = gate.at_once(id(1), origin(1), later).unwrap();
        gate.at_once(id(2), origin(3), now).unwrap().wrong();
        let mut first = waits(&gate, origin(2), later).unwrap();
        assert!(waits(&gate, origin(2), later).is_none(), "one of each origin");
        let second = waits(&gate, origin(3), later).unwrap();
        let mut third = waits(&gate, origin(4), later).unwrap();
        assert!(waits(&gate, origin(1), later).is_none(), "it has failed here, and is at work");
        assert!(first.try_recv().unwrap().is_none());
        running.wrong();
        let pass = first.try_recv().unwrap().unwrap();
        assert!(third.try_recv().unwrap().is_none(), "one at a time");
        drop(second);
        pass.wrong();
        assert!(gate.is_paused(id(1), origin(2), later), "it has failed now");
        let pass = third.try_recv().unwrap().unwrap();
        drop(pass);
        assert!(gate.at_once(id(1), origin(5), later).is_some(), "nobody is at work");
    }

    fn waits(
        gate: &Gate,
        origin: Origin,
        now: Duration,
    ) -> Option<futures_channel::oneshot::Receiver<Pass>> {
        match gate.ask(id(1), origin, now) {
            Asked::Waits(turn) => Some(turn),
            Asked::Passes(_) | Asked::Refused => None,
        }
    }

    #[test]
    fn a_turn_that_nobody_takes_goes_to_the_next() {
        let (gate, now) = (Gate::default(), Duration::ZERO);
        let running = gate.at_once(id(1), origin(1), now).unwrap();
        let first = waits(&gate, origin(2), now).unwrap();
        let mut second = waits(&gate, origin(3), now).unwrap();
        drop(running);
        // It was given the pass, and ends before it takes it.
        drop(first);
        assert!(second.try_recv().unwrap().is_some());
        assert!(gate.at_once(id(1), origin(4), now).is_some());
    }

    #[test]
    fn those_who_wait_are_bounded() {
        let (gate, now) = (Gate::default(), Duration::ZERO);
        let _running = gate.at_once(id(1), origin(0), now).unwrap();
        let mut waiting: Vec<_> =
            (1..100).filter_map(|number| waits(&gate, origin(number), now)).collect();
        assert_eq!(waiting.len(), WAITING);
        drop(waiting.pop());
        assert!(waits(&gate, origin(100), now).is_some(), "one has gone");
    }

    #[test]
    fn its_memory_is_bounded() {
        let gate = Gate::default();
        let (start, later) = (Duration::ZERO, Duration::from_millis(100));
        gate.at_once(id(0), origin(0), start).unwrap().wrong();
        for number in 1..=REMEMBERED {
            gate.at_once(id(number), origin(0), later).unwrap().wrong();
        }
        assert_eq!(gate.state().failures.len(), REMEMBERED);
        assert!(!gate.is_paused(id(0), origin(0), later));
        assert!(gate.is_paused(id(1), origin(0), later));
        gate.at_once(id(0), origin(1), Duration::from_secs(1)).unwrap().wrong();
        assert_eq!(gate.state().failures.len(), 1, "what is over is forgotten");
        assert!(gate.state().busy.is_empty());
    }
}
