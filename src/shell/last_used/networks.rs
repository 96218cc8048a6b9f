//! The networks from which credentials passed: noted in memory without a lock, and written with the last-used times.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::NetworkUse;
use crate::shell::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::shell::sync::{Mutex, MutexGuard, PoisonError};
use crate::store::MOST_NETWORKS;
use crate::values::{CredentialId, Day, NetworkPrefix, Timestamp};

/// Maximum number of credentials with pending networks. Further networks are not written: they decide nothing.
const MOST: usize = 65_536;

/// Maximum number of networks in one call to the store.
const BATCH: usize = 1_000;

/// A network and a day, as one number: 49 bits of the prefix, and the last 15 bits of the number of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sighting(u64);

const DAY_BITS: u32 = u64::BITS - NetworkPrefix::BITS;

impl Sighting {
    /// No network. It is also the network 0.0.0.0/24 on one day in ninety years.
    const NONE: Self = Self(0);

    #[inline]
    fn of(address: IpAddr, day: Day) -> Self {
        Self(NetworkPrefix::of(address).bits() | day.get().cast_unsigned() << NetworkPrefix::BITS)
    }

    const fn prefix(self) -> NetworkPrefix {
        NetworkPrefix::from_bits(self.0)
    }

    /// Returns the distance from the day of `other` in days, which is at most 44 years.
    const fn days_after(self, other: Self) -> i64 {
        let days = (self.0 >> NetworkPrefix::BITS).wrapping_sub(other.0 >> NetworkPrefix::BITS);
        (days << NetworkPrefix::BITS).cast_signed() >> (u64::BITS - DAY_BITS)
    }

    /// Returns the day, which is at most 44 years from `near`.
    fn day(self, near: Day) -> Option<Day> {
        let near_bits = Self(near.get().cast_unsigned() << NetworkPrefix::BITS);
        Day::new(near.get() + self.days_after(near_bits)).ok()
    }
}

/// The networks of one credential on this node.
#[derive(Debug)]
pub(super) struct NetworkCell {
    credential: CredentialId,
    /// The day on which the cell was made.
    made: Day,
    /// Places are filled in their order. A taken place is never emptied.
    places: [AtomicU64; MOST_NETWORKS],
    /// A bit for each place that is not written yet.
    pending: AtomicU32,
    /// `true` if the cell is in the list of pending cells.
    waiting: AtomicBool,
}

impl NetworkCell {
    fn new(credential: CredentialId, made: Day) -> Self {
        Self {
            credential,
            made,
            places: std::array::from_fn(|_| AtomicU64::new(Sighting::NONE.0)),
            pending: AtomicU32::new(0),
            waiting: AtomicBool::new(false),
        }
    }

    /// Adds a network. Returns `false` if it is known for this day, or if all places have networks of this day: a caller that
    /// changes its address all the time must not cause a write each time.
    fn add(&self, new: Sighting) -> bool {
        // Another thread can take the place first. This cannot go on, because it fills a place each time.
        for _ in 0..=MOST_NETWORKS {
            let Some((place, bit, held)) = self.place_for(new) else { return false };
            let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
            if place.compare_exchange(held.0, new.0, order, failed).is_ok() {
                self.pending.fetch_or(bit, Ordering::AcqRel);
                return true;
            }
        }
        false
    }

    /// Returns the place to overwrite, its bit, and what it holds: an earlier day of the network, an empty place, or the earliest
    /// day.
    fn place_for(&self, new: Sighting) -> Option<(&AtomicU64, u32, Sighting)> {
        let mut earliest: Option<(&AtomicU64, u32, Sighting)> = None;
        for (place, shift) in self.places.iter().zip(0_u32..) {
            let held = Sighting(place.load(Ordering::Relaxed));
            let found = Some((place, 1 << shift, held));
            if held == Sighting::NONE {
                return found;
            }
            let age = new.days_after(held);
            if held.prefix() == new.prefix() {
                return found.filter(|_| age > 0);
            }
            if age > earliest.map_or(0, |(.., held)| new.days_after(held)) {
                earliest = found;
            }
        }
        earliest
    }
}

/// Notes the networks of attempts that pass, and keeps them until they are written.
#[derive(Debug, Default)]
pub(super) struct UsedNetworks(Mutex<Vec<Arc<NetworkCell>>>);

impl UsedNetworks {
    /// Notes the network of an attempt that passed. Nearly always it was noted on this day before, and this is one comparison.
    ///
    /// Never inlined, so that a verification has the same code as before on a node that remembers no networks.
    #[inline(never)]
    pub(super) fn note(
        &self,
        networks: &Networks,
        credential: impl FnOnce() -> CredentialId,
        address: Option<&IpAddr>,
        at: Timestamp,
    ) {
        let Some(address) = address else { return };
        let new = Sighting::of(*address, Day::of(at));
        if networks.latest.load(Ordering::Relaxed) != new.0 {
            self.note_another(networks, credential(), new, Day::of(at));
        }
    }

    #[cold]
    fn note_another(&self, networks: &Networks, credential: CredentialId, new: Sighting, day: Day) {
        if new == Sighting::NONE {
            return;
        }
        let make = || Arc::new(NetworkCell::new(credential, day));
        let cell = networks.cell.get_or_init(make);
        let latest = Sighting(networks.latest.load(Ordering::Relaxed));
        // Written once a day only, because two clients in two networks would write to it in turn.
        if latest == Sighting::NONE || new.days_after(latest) > 0 {
            networks.latest.store(new.0, Ordering::Relaxed);
        }
        if cell.add(new) {
            self.wait(cell);
        }
    }

    fn wait(&self, cell: &Arc<NetworkCell>) {
        // Both sides swap: the flush that clears the mark sees the bits of a network that found the mark already set.
        if cell.waiting.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut waiting = self.cells();
        if waiting.len() < MOST {
            waiting.push(Arc::clone(cell));
        } else {
            cell.waiting.swap(false, Ordering::AcqRel);
        }
    }

    fn cells(&self) -> MutexGuard<'_, Vec<Arc<NetworkCell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The networks of one credential, as its cached entry holds them.
#[derive(Debug)]
pub(super) struct Networks {
    /// The first network that was noted on the latest day. Most attempts read only this.
    latest: AtomicU64,
    cell: std::sync::OnceLock<Arc<NetworkCell>>,
}

impl Networks {
    pub(super) fn new() -> Self {
        Self { latest: AtomicU64::new(Sighting::NONE.0), cell: std::sync::OnceLock::new() }
    }
}

/// Networks that are being written, sorted, each with its latest day. On drop, because of an error or a cancellation, the
/// remaining networks become pending again.
pub(super) struct TakenNetworks<'a> {
    seen: BTreeMap<(CredentialId, NetworkPrefix), Seen>,
    back: &'a UsedNetworks,
}

/// The latest day of one network, and its places. There are several if the credential was read again in between.
type Seen = (Day, Vec<(Arc<NetworkCell>, u32)>);

impl<'a> TakenNetworks<'a> {
    /// Takes all pending networks.
    pub(super) fn of(back: &'a UsedNetworks) -> Self {
        let mut seen = BTreeMap::<_, Seen>::new();
        // A separate statement, so that the lock is not held during the sort.
        let waiting = std::mem::take(&mut *back.cells());
        for cell in waiting {
            // Before the bits are read: a later network becomes pending again.
            cell.waiting.swap(false, Ordering::AcqRel);
            let pending = cell.pending.swap(0, Ordering::AcqRel);
            for (place, shift) in cell.places.iter().zip(0_u32..) {
                let held = Sighting(place.load(Ordering::Relaxed));
                let bit = 1 << shift;
                let Some(day) = held.day(cell.made).filter(|_| pending & bit != 0) else {
                    continue;
                };
                let new = || (day, Vec::new());
                let (latest, cells) =
                    seen.entry((cell.credential, held.prefix())).or_insert_with(new);
                *latest = day.max(*latest);
                cells.push((Arc::clone(&cell), bit));
            }
        }
        Self { seen, back }
    }

    /// Returns the number of remaining networks.
    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    /// Returns the next batch, or `None` if none remains.
    pub(super) fn batch(&self) -> Option<Vec<NetworkUse>> {
        let some = self.seen.iter().take(BATCH);
        let batch: Vec<_> = some
            .map(|((credential, network), (day, _))| NetworkUse {
                credential: *credential,
                network: *network,
                day: *day,
            })
            .collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Removes a written batch.
    pub(super) fn written(&mut self, batch: &[NetworkUse]) {
        for seen in batch {
            self.seen.remove(&(seen.credential, seen.network));
        }
    }
}

impl Drop for TakenNetworks<'_> {
    fn drop(&mut self) {
        for (_, cells) in std::mem::take(&mut self.seen).into_values() {
            for (cell, bit) in cells {
                cell.pending.fetch_or(bit, Ordering::AcqRel);
                self.back.wait(&cell);
            }
        }
    }
}

#[cfg(all(test, not(keyward_model)))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::{IpAddr, Ipv4Addr};

    use super::{MOST_NETWORKS, NetworkCell, Sighting, TakenNetworks, UsedNetworks};
    use crate::values::{CredentialId, Day, NetworkPrefix};

    fn day(number: i64) -> Day {
        Day::new(number).unwrap()
    }

    /// The address of a network of its own.
    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + (number << 8)).into()
    }

    fn cell() -> NetworkCell {
        NetworkCell::new(CredentialId::new("abcdefghijkl").unwrap(), day(20_000))
    }

    #[test]
    fn a_day_is_told_from_its_last_bits_for_44_years() {
        for near in [-20_000, 0, 20_000, 32_767, 32_768, 2_900_000] {
            for distance in [-16_384, -1, 0, 1, 16_383] {
                let seen = day(near + distance);
                let sighting = Sighting::of(address(1), seen);
                assert_eq!(sighting.day(day(near)), Some(seen), "{distance} days from {near}");
                assert_eq!(sighting.prefix(), NetworkPrefix::of(address(1)));
                let other = Sighting::of(address(2), day(near));
                assert_eq!(sighting.days_after(other), distance);
            }
        }
    }

    #[test]
    fn a_network_is_new_once_a_day() {
        let cell = cell();
        assert!(cell.add(Sighting::of(address(1), day(20_000))));
        assert!(!cell.add(Sighting::of(address(1), day(20_000))));
        assert!(cell.add(Sighting::of(address(2), day(20_000))));
        assert!(cell.add(Sighting::of(address(1), day(20_001))));
        assert!(!cell.add(Sighting::of(address(1), day(20_000))), "a clock that was set back");
    }

    /// One caller with many addresses causes at most 16 writes a day.
    #[test]
    fn sixteen_networks_a_day_are_enough() {
        let cell = cell();
        let most = u32::try_from(MOST_NETWORKS).unwrap();
        let add = |numbers: std::ops::Range<u32>, on| {
            numbers.filter(|number| cell.add(Sighting::of(address(*number), day(on)))).count()
        };
        assert_eq!(add(0..100, 20_000), MOST_NETWORKS);
        assert_eq!(add(0..most, 20_000), 0, "they are known");
        assert_eq!(add(50..51, 20_001), 1, "the next day has room");
        assert_eq!(add(0..100, 20_001), MOST_NETWORKS - 1);
    }

    #[test]
    fn networks_that_were_not_written_wait_again() {
        let (seen, cell) = (UsedNetworks::default(), std::sync::Arc::new(cell()));
        for number in [1, 2] {
            cell.add(Sighting::of(address(number), day(20_000)));
            seen.wait(&cell);
        }
        let mut taken = TakenNetworks::of(&seen);
        let batch = taken.batch().unwrap();
        assert_eq!(
            batch.iter().map(|seen| seen.network.to_string()).collect::<Vec<_>>(),
            ["10.0.1.0/24", "10.0.2.0/24"]
        );
        let (first, _) = batch.split_at(1);
        taken.written(first);
        assert!(TakenNetworks::of(&seen).batch().is_none(), "they are being written");
        drop(taken);
        let mut again = TakenNetworks::of(&seen);
        let (_, second) = batch.split_at(1);
        assert_eq!(again.batch().unwrap(), second);
        again.written(second);
        drop(again);
        assert_eq!(TakenNetworks::of(&seen).count(), 0);
    }
}
