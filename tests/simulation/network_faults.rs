//! The faults of the network and the store at each call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use keyward::store::StoreErrorKind;

use crate::support::random::Choices;

/// Every call ends within this time.
pub(crate) const LIMIT: Duration = Duration::from_millis(200);

/// The condition of a node's connection to the store for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Every call fails at once.
    Failing,
    /// No call is answered.
    Silent,
}

/// The kinds of calls that differ in their faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Commit,
    RecordUses,
}

/// The fate of one call.
#[derive(Debug)]
pub(crate) struct Fate {
    /// The delay after which it is carried out, if it is; perhaps after the caller has stopped waiting.
    pub(crate) carried_out: Option<Duration>,
    /// After how long it is answered.
    pub(crate) answered: Duration,
    /// The error that replaces the answer, if any.
    pub(crate) error: Option<StoreErrorKind>,
    /// `true` if it is carried out even if the caller is gone.
    pub(crate) outlives_its_caller: bool,
}

#[derive(Debug)]
pub(crate) struct NetworkFaults(Mutex<State>);

#[derive(Debug)]
struct State {
    choices: Choices,
    calm: bool,
    /// Of a hundred calls, how many fail, lose their answer, and get none.
    failing: usize,
    losing: usize,
    silent: usize,
    troubles: HashMap<usize, Trouble>,
}

impl NetworkFaults {
    pub(crate) fn new(mut choices: Choices) -> Self {
        let mut most = |end: usize| if choices.below(3) == 0 { 0 } else { choices.below(end) };
        let (failing, losing, silent) = (most(8), most(8), most(5));
        Self(Mutex::new(State {
            choices,
            calm: false,
            failing,
            losing,
            silent,
            troubles: HashMap::new(),
        }))
    }

    /// Sets the fault of a node from now on.
    pub(crate) fn set(&self, node: usize, trouble: Option<Trouble>) {
        match trouble {
            Some(trouble) => self.state().troubles.insert(node, trouble),
            None => self.state().troubles.remove(&node),
        };
    }

    /// Removes all faults.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.calm = true;
        state.troubles.clear();
    }

    pub(crate) fn fate(&self, node: usize, call: Call) -> Fate {
        let mut state = self.state();
        let (way, back) = (state.delay(), state.delay());
        let roll = state.choices.below(100);
        let (failing, losing) = (state.failing, state.failing + state.losing);
        let trouble = state.troubles.get(&node).copied();
        let outlives_its_caller = state.choices.below(2) == 0;
        let fate = |carried_out, answered, error| Fate {
            carried_out,
            answered,
            error,
            outlives_its_caller,
        };
        if state.calm {
            return fate(Some(way), way + back, None);
        }
        match trouble {
            Some(Trouble::Failing) => return fate(None, back, Some(StoreErrorKind::Unavailable)),
            Some(Trouble::Silent) => return state.silence(call, outlives_its_caller),
            None => {}
        }
        if roll < failing {
            let kinds = [StoreErrorKind::Unavailable, StoreErrorKind::Other];
            let kind = *state.choices.one_of(&kinds);
            fate(None, way, Some(kind))
        } else if roll < losing {
            fate(Some(way), way + back, Some(lost(call)))
        } else if roll < losing + state.silent {
            state.silence(call, outlives_its_caller)
        } else {
            fate(Some(way), way + back, None)
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// There is no answer. A write may still be carried out, even after the caller has given up.
    fn silence(&mut self, call: Call, outlives_its_caller: bool) -> Fate {
        let carried_out =
            (call != Call::Read && self.choices.below(2) == 0).then(|| self.up_to(LIMIT * 2));
        Fate { carried_out, answered: LIMIT, error: Some(lost(call)), outlives_its_caller }
    }

    /// Mostly short, sometimes half of the limit.
    fn delay(&mut self) -> Duration {
        match self.choices.below(16) {
            _ if self.calm => self.up_to(Duration::from_millis(1)),
            0..4 => Duration::ZERO,
            4..10 => self.up_to(Duration::from_millis(2)),
            10..15 => self.up_to(Duration::from_millis(20)),
            _ => self.up_to(LIMIT / 2),
        }
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        let most = usize::try_from(most.as_micros()).unwrap();
        Duration::from_micros(self.choices.below(most) as u64)
    }
}

/// Returns the error for a lost outcome. Only for a commit does the outcome matter.
const fn lost(call: Call) -> StoreErrorKind {
    match call {
        Call::Commit => StoreErrorKind::Unknown,
        Call::Read | Call::RecordUses => StoreErrorKind::Unavailable,
    }
}
