//! The work that is counted: warm verifications, without the work that happens once a second.

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use keyward::operate::NetworkViewers;
use keyward::{
    Attempt,
    time::{Clock, ClockReading, SystemClock},
};

use crate::population::{FROM, Population, verify_warm};

/// The number of App keys, which are verified in turn.
pub(crate) const KEYS: usize = 256;
/// The number of networks on the allowlist of their workspace.
const NETWORKS: u16 = 50;
/// The first argument of a run that verifies.
pub(crate) const MODE: &str = "verify";

/// The API whose keys are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    App,
    Track,
    /// The App API, on a node that remembers the networks of attempts.
    AppRemembered,
}

impl Api {
    pub(crate) const ALL: [Self; 3] = [Self::App, Self::Track, Self::AppRemembered];
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::App => "app",
            Self::Track => "track",
            Self::AppRemembered => "app_remembered",
        })
    }
}

impl FromStr for Api {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|api| api.to_string() == text);
        named.ok_or_else(|| format!("unknown API {text}"))
    }
}

/// Returns the arguments of a run that verifies.
pub(crate) fn arguments(api: Api, verifications: usize) -> [String; 3] {
    [MODE.to_owned(), api.to_string(), verifications.to_string()]
}

/// Verifies this many keys, after a warm-up.
pub(crate) fn verify(api: Api, verifications: usize) -> Result<(), Box<dyn Error>> {
    let population = Population::built(KEYS, NETWORKS, |builder| match api {
        Api::App | Api::Track => builder.clock(StandingClock::new()),
        Api::AppRemembered => {
            builder.clock(StandingClock::new()).remember_networks(NetworkViewers::Managers)
        }
    })?;
    let texts = population.spread(KEYS);
    let (site_id, api_key) = &population.track;
    for text in texts.into_iter().cycle().take(verifications) {
        let passed = match api {
            Api::App | Api::AppRemembered => {
                let attempt = Attempt::app(black_box(text)).client_address(FROM);
                verify_warm(&population.keyward, &attempt).is_some_and(|outcome| outcome.is_ok())
            }
            Api::Track => {
                let attempt =
                    Attempt::track(black_box(site_id), black_box(api_key)).client_address(FROM);
                verify_warm(&population.keyward, &attempt).is_some_and(|outcome| outcome.is_ok())
            }
        };
        if !passed {
            return Err("a valid key was denied".into());
        }
    }
    Ok(())
}

/// A clock that reads the system clock, as each attempt does, but always returns the same time. The duration of a run must not
/// decide how often a new second is recorded.
#[derive(Debug)]
struct StandingClock {
    system: SystemClock,
    time: ClockReading,
}

impl StandingClock {
    fn new() -> Self {
        let system = SystemClock::new();
        let time = system.now();
        Self { system, time }
    }
}

impl Clock for StandingClock {
    fn now(&self) -> ClockReading {
        black_box(self.system.now());
        self.time
    }
}
