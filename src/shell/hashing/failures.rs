//! Recent wrong secrets by source and credential, and the pauses after them.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::values::CredentialId;

/// The pause after the first wrong secret. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Minimum time that a failure is remembered after its pause. It is twice the pause if that is longer.
const SHORTEST_MEMORY: Duration = Duration::from_mins(1);
/// Maximum number of remembered failures. Each is one source at one credential.
const REMEMBERED: usize = 10_000;

/// The failures of sources, which are origins or networks.
#[derive(Debug)]
pub(super) struct Failures<S>(HashMap<(CredentialId, S), WrongSecrets>);

/// The wrong secrets of one source at one credential.
#[derive(Debug, Clone, Copy)]
struct WrongSecrets {
    wrong: u32,
    /// End of the pause.
    paused_until: Duration,
    /// Time from which the failure is forgotten.
    forgotten: Duration,
}

impl<S> Default for Failures<S> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<S: Copy + Eq + Hash> Failures<S> {
    /// Returns the number of remembered wrong secrets of this source.
    pub(super) fn count(&self, id: CredentialId, source: S, now: Duration) -> u32 {
        self.get(id, source, now).map_or(0, |failure| failure.wrong)
    }

    /// Returns `true` during the pause of this source.
    pub(super) fn is_paused(&self, id: CredentialId, source: S, now: Duration) -> bool {
        self.get(id, source, now).is_some_and(|failure| failure.paused_until > now)
    }

    /// Records a wrong secret at the time `now`.
    pub(super) fn note(&mut self, id: CredentialId, source: S, now: Duration) {
        let wrong = self.count(id, source, now);
        let of = (id, source);
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&of) {
            self.make_room(now);
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << wrong.min(16)).min(LONGEST_PAUSE);
        let paused_until = now.saturating_add(pause);
        let memory = pause.saturating_mul(2).max(SHORTEST_MEMORY);
        let forgotten = paused_until.saturating_add(memory);
        self.0.insert(of, WrongSecrets { wrong: wrong.saturating_add(1), paused_until, forgotten });
    }

    /// Forgets every failure at a credential.
    pub(super) fn forget(&mut self, id: CredentialId) {
        self.0.retain(|(of, _), _| *of != id);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, id: CredentialId, source: S, now: Duration) -> Option<WrongSecrets> {
        self.0.get(&(id, source)).copied().filter(|failure| failure.forgotten > now)
    }

    /// Removes the expired failures, or else the failure that expires next.
    fn make_room(&mut self, now: Duration) {
        self.0.retain(|_, failure| failure.forgotten > now);
        if self.0.len() >= REMEMBERED {
            let soonest = self.0.iter().min_by_key(|(_, failure)| failure.forgotten);
            let soonest = soonest.map(|(of, _)| *of);
            soonest.and_then(|of| self.0.remove(&of));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, REMEMBERED, SHORTEST_MEMORY};
    use crate::values::CredentialId;
    use std::time::Duration;

    fn id(number: usize) -> CredentialId {
        CredentialId::new(format!("{number:012}")).unwrap()
    }

    #[test]
    fn a_failure_is_forgotten_a_minute_after_its_pause_or_later() {
        let mut failures = Failures::default();
        let mut now = Duration::ZERO;
        for (pause, wrong) in
            [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].into_iter().zip(1..)
        {
            failures.note(id(1), 'a', now);
            let pause = Duration::from_millis(pause);
            assert!(failures.is_paused(id(1), 'a', now));
            now += pause;
            assert!(!failures.is_paused(id(1), 'a', now));
            let forgotten = now + SHORTEST_MEMORY.max(pause * 2);
            let before = forgotten.saturating_sub(Duration::from_nanos(1));
            assert_eq!(failures.count(id(1), 'a', before), wrong);
            assert_eq!(failures.count(id(1), 'a', forgotten), 0);
        }
        now += Duration::from_hours(1);
        failures.note(id(1), 'a', now);
        assert_eq!(failures.count(id(1), 'a', now), 1, "counted anew");
        assert!(!failures.is_paused(id(1), 'a', now + Duration::from_millis(250)));
    }

    #[test]
    fn a_failure_is_of_one_source_and_one_credential() {
        let (mut failures, now) = (Failures::default(), Duration::ZERO);
        failures.note(id(1), 'a', now);
        failures.note(id(2), 'b', now);
        assert!(failures.is_paused(id(1), 'a', now) && failures.is_paused(id(2), 'b', now));
        assert!(!failures.is_paused(id(1), 'b', now) && !failures.is_paused(id(2), 'a', now));
        failures.forget(id(1));
        assert_eq!((failures.count(id(1), 'a', now), failures.count(id(2), 'b', now)), (0, 1));
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut failures = Failures::default();
        let (start, later) = (Duration::ZERO, Duration::from_millis(100));
        failures.note(id(0), 'a', start);
        for number in 1..=REMEMBERED {
            failures.note(id(number), 'a', later);
        }
        assert_eq!(failures.len(), REMEMBERED);
        assert!(!failures.is_paused(id(0), 'a', later));
        assert!(failures.is_paused(id(1), 'a', later));
        failures.note(id(0), 'b', Duration::from_hours(1));
        assert_eq!(failures.len(), 1, "what is over is forgotten");
    }
}
