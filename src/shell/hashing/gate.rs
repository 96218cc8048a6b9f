//! Which attempt may run Argon2id for a credential: one at a time, and later after each wrong secret.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::values::CredentialId;

/// The pause after the first wrong secret; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How many credentials are remembered. Only ids that the store has get here, so it takes as many
/// attacked credentials to fill it.
const REMEMBERED: usize = 10_000;

/// The gate before the slow hashes.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<HashMap<CredentialId, Entry>>>);

#[derive(Clone, Copy, Default)]
struct Entry {
    running: bool,
    wrong: u32,
    not_before: Duration,
}

impl Gate {
    /// Lets an attempt pass, unless another one is at work on this credential or its pause runs.
    /// `now` is the monotonic clock's.
    pub(crate) fn enter(&self, id: CredentialId, now: Duration) -> Option<Pass> {
        let mut entries = self.entries();
        if !entries.contains_key(&id) && entries.len() >= REMEMBERED {
            entries.retain(|_, entry| entry.running || entry.not_before > now);
            if entries.len() >= REMEMBERED {
                return None;
            }
        }
        let entry = entries.entry(id).or_default();
        if entry.running || entry.not_before > now {
            return None;
        }
        entry.running = true;
        Some(Pass { gate: self.clone(), id, now })
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<CredentialId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("remembered", &self.entries().len()).finish()
    }
}

/// One attempt's pass. The job holds it, so that the place is taken for as long as the work goes on.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Gate,
    id: CredentialId,
    now: Duration,
}

impl Pass {
    /// The secret was wrong: the next attempt waits longer.
    pub(crate) fn wrong(self) {
        if let Some(entry) = self.gate.entries().get_mut(&self.id) {
            let pause = FIRST_PAUSE.saturating_mul(1 << entry.wrong.min(16)).min(LONGEST_PAUSE);
            entry.wrong = entry.wrong.saturating_add(1);
            entry.not_before = self.now.saturating_add(pause);
        }
    }

    /// The secret was right: the credential is forgotten.
    pub(crate) fn right(self) {
        self.gate.entries().remove(&self.id);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(entry) = self.gate.entries().get_mut(&self.id) {
            entry.running = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gate, REMEMBERED};
    use crate::values::CredentialId;
    use std::time::Duration;

    fn id(number: usize) -> CredentialId {
        CredentialId::new(format!("{number:012}")).unwrap()
    }

    #[test]
    fn one_at_a_time_and_later_after_each_wrong_secret() {
        let gate = Gate::default();
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let pass = gate.enter(id(1), now).unwrap();
            assert!(gate.enter(id(1), now).is_none(), "one at a time");
            assert!(gate.enter(id(2), now).is_some(), "others are not held up");
            pass.wrong();
            let start = now;
            while gate.enter(id(1), now).is_none() {
                now += Duration::from_millis(250);
            }
            pauses.push(now.saturating_sub(start).as_millis());
        }
        assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        gate.enter(id(1), now).unwrap().right();
        gate.enter(id(1), now).unwrap().wrong();
        assert!(gate.enter(id(1), now + Duration::from_millis(250)).is_some(), "counted anew");
    }

    #[test]
    fn an_attempt_on_another_credential_wipes_nothing_out() {
        let gate = Gate::default();
        gate.enter(id(1), Duration::ZERO).unwrap().wrong();
        let later = Duration::from_secs(1);
        drop(gate.enter(id(2), later));
        gate.enter(id(1), later).unwrap().wrong();
        assert!(gate.enter(id(1), later + Duration::from_millis(250)).is_none(), "the second");
    }

    #[test]
    fn its_memory_is_bounded() {
        let gate = Gate::default();
        for number in 0..REMEMBERED {
            gate.enter(id(number), Duration::ZERO).unwrap().wrong();
        }
        assert!(gate.enter(id(REMEMBERED), Duration::ZERO).is_none(), "full of pauses");
        assert!(gate.enter(id(REMEMBERED), Duration::from_millis(250)).is_some(), "just over");
    }
}
