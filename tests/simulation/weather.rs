//! What each call to the store meets on its way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use keyward::store::StoreErrorKind;

use crate::support::random::Choices;

/// Every call ends within this time.
pub(crate) const LIMIT: Duration = Duration::from_millis(200);

/// What a node has with the store for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Every call fails at once.
    Failing,
    /// No call is answered.
    Silent,
}

/// What is called, as far as the weather is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Commit,
    RecordUses,
}

/// What becomes of one call.
#[derive(Debug)]
pub(crate) struct Fate {
    /// After how long it is carried out, if it is; perhaps when nobody waits any more.
    pub(crate) carried_out: Option<Duration>,
    /// After how long it is answered.
    pub(crate) answered: Duration,
    /// What the answer is, if not the true one.
    pub(crate) error: Option<StoreErrorKind>,
    /// Whether it is carried out although whoever called has gone.
    pub(crate) outlives_its_caller: bool,
}

#[derive(Debug)]
pub(crate) struct Weather(Mutex<State>);

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

impl Weather {
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

    /// From now on, a node has this trouble, or none.
    pub(crate) fn set(&self, node: usize, trouble: Option<Trouble>) {
        match trouble {
            Some(trouble) => self.state().troubles.insert(node, trouble),
            None => self.state().troubles.remove(&node),
        };
    }

    /// From now on, nothing goes wrong.
    pub(crate) fn calm_down(&self) {
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
    /// There is no answer. What was written may be carried out all the same, even after the caller gave up.
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

/// What is said where the outcome is lost: only of a commit does anybody want to know.
const fn lost(call: Call) -> StoreErrorKind {
    match call {
        Call::Commit => StoreErrorKind::Unknown,
        Call::Read | Call::RecordUses => StoreErrorKind::Unavailable,
    }
}
