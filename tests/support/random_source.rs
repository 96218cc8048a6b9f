//! A reproducible source of randomness that fails at chosen draws.

use std::sync::{Arc, Mutex, MutexGuard};

use rand_core::{TryCryptoRng, TryRng};

/// Clones are one source.
#[derive(Debug, Clone)]
pub struct Source(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    next: u64,
    draws: usize,
    mood: Mood,
}

/// How a source behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Working,
    /// It fails at this draw after it was set, counted from 0, and then works again.
    FailsAt(usize),
    /// It returns this byte forever.
    Stuck(u8),
    /// It returns this byte for this many draws after it was set, and then works again.
    StuckFor(u8, usize),
}

/// The error of the source.
#[derive(Debug, thiserror::Error)]
#[error("the entropy ran dry")]
pub struct Dry;

impl Source {
    /// Two sources with one seed draw the same.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State { next: seed, draws: 0, mood: Mood::Working })))
    }

    /// Behaves like this from now on. Draws are counted from here.
    pub fn set(&self, mood: Mood) {
        let mut state = self.state();
        state.mood = mood;
        state.draws = 0;
    }

    /// Returns the number of draws since it was last set.
    pub fn draws(&self) -> usize {
        self.state().draws
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// `SplitMix64`: good enough for ids that must differ.
    fn word(&mut self) -> u64 {
        self.next = self.next.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.next ^ (self.next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

impl TryRng for Source {
    type Error = Dry;

    fn try_next_u32(&mut self) -> Result<u32, Dry> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Dry> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Dry> {
        let mut state = self.state();
        let draw = state.draws;
        state.draws += 1;
        match state.mood {
            Mood::FailsAt(at) if at == draw => return Err(Dry),
            Mood::Stuck(byte) => bytes.fill(byte),
            Mood::StuckFor(byte, draws) if draw < draws => bytes.fill(byte),
            Mood::Working | Mood::FailsAt(_) | Mood::StuckFor(..) => {
                for chunk in bytes.chunks_mut(8) {
                    for (byte, drawn) in chunk.iter_mut().zip(state.word().to_le_bytes()) {
                        *byte = drawn;
                    }
                }
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Source {}
