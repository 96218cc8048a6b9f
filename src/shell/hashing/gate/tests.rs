//! Tests of the gate with a manual clock.

use super::{Gate, GateAnswer, Origin, Pass, WAITING};
use crate::values::{CredentialId, ManualClock};
use futures_channel::oneshot::Receiver;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

fn gate() -> (Gate, ManualClock) {
    let clock = ManualClock::at("2030-01-01T09:00:00Z".parse().unwrap());
    (Gate::new(Arc::new(clock.clone())), clock)
}

fn id(number: usize) -> CredentialId {
    CredentialId::new(format!("{number:012}")).unwrap()
}

/// Returns one of the 256 origins in each IPv4 network of 24 bits.
fn origin(number: u32) -> Origin {
    Origin::of(Some(Ipv4Addr::from_bits(number).into()))
}

/// Returns an origin in a separate IPv4 network of 24 bits.
fn network(number: u32) -> Origin {
    origin(number << 8)
}

/// Returns one of the 65,536 origins in an IPv6 network of 48 bits.
fn of_a_48(number: u16) -> Origin {
    let address: IpAddr = [0x2001, 0xdb8, 0xbad, number, 0, 0, 0, 1].into();
    Origin::of(Some(address))
}

impl Gate {
    /// Returns a pass if the attempt is admitted immediately.
    fn at_once(&self, id: CredentialId, origin: Origin) -> Option<Pass> {
        match self.ask(id, origin) {
            GateAnswer::Passes(pass) => Some(pass),
            GateAnswer::Waits(_) | GateAnswer::Refused => None,
        }
    }

    fn is_paused(&self, id: CredentialId, origin: Origin) -> bool {
        let now = self.now();
        self.state().of_origins.is_paused(id, origin, now)
    }
}

fn waits(gate: &Gate, origin: Origin) -> Option<Receiver<Pass>> {
    match gate.ask(id(1), origin) {
        GateAnswer::Waits(turn) => Some(turn),
        GateAnswer::Passes(_) | GateAnswer::Refused => None,
    }
}

#[test]
fn attempts_run_one_at_a_time_with_a_longer_pause_after_each_wrong_secret() {
    let (gate, clock) = gate();
    let mut pauses = Vec::new();
    for _ in 0..10 {
        let pass = gate.at_once(id(1), origin(1)).unwrap();
        assert!(gate.at_once(id(1), origin(1)).is_none(), "one at a time");
        assert!(gate.at_once(id(1), origin(2)).is_none(), "from anywhere");
        assert!(gate.at_once(id(2), origin(1)).is_some(), "others are not held up");
        // The run takes longer than the pause after it.
        clock.advance(Duration::from_secs(10));
        pass.wrong();
        let start = gate.now();
        while gate.is_paused(id(1), origin(1)) {
            assert!(gate.at_once(id(1), origin(1)).is_none());
            clock.advance(Duration::from_millis(250));
        }
        pauses.push(gate.now().saturating_sub(start).as_millis());
    }
    assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    gate.at_once(id(1), origin(1)).unwrap().right();
    gate.at_once(id(1), origin(1)).unwrap().wrong();
    clock.advance(Duration::from_millis(250));
    assert!(gate.at_once(id(1), origin(1)).is_some(), "counted anew");
}

#[test]
fn a_pause_is_of_one_origin_and_one_credential() {
    let (gate, _) = gate();
    gate.at_once(id(1), origin(1)).unwrap().wrong();
    assert!(gate.at_once(id(1), origin(1)).is_none());
    assert!(gate.at_once(id(1), origin(2)).is_some());
    assert!(gate.at_once(id(1), Origin::default()).is_some());
    assert!(gate.at_once(id(2), origin(1)).is_some());
}

#[test]
fn an_origin_that_has_not_failed_waits_for_its_turn_and_one_that_has_is_refused() {
    let (gate, clock) = gate();
    gate.at_once(id(1), network(1)).unwrap().wrong();
    gate.at_once(id(2), network(3)).unwrap().wrong();
    clock.advance(Duration::from_secs(1));
    let running = gate.at_once(id(1), network(1)).unwrap();
    let mut first = waits(&gate, network(2)).unwrap();
    assert!(waits(&gate, network(2)).is_none(), "one of each origin");
    let second = waits(&gate, network(3)).unwrap();
    let mut third = waits(&gate, network(4)).unwrap();
    assert!(waits(&gate, network(1)).is_none(), "it has failed here, and is at work");
    assert!(first.try_recv().unwrap().is_none());
    running.wrong();
    let pass = first.try_recv().unwrap().unwrap();
    assert!(third.try_recv().unwrap().is_none(), "one at a time");
    assert!(waits(&gate, network(1)).is_none(), "it has failed here, and another is at work");
    drop(second);
    pass.wrong();
    assert!(gate.is_paused(id(1), network(2)), "it has failed now");
    let pass = third.try_recv().unwrap().unwrap();
    drop(pass);
    assert!(gate.at_once(id(1), network(5)).is_some(), "none is at work");
}

#[test]
fn a_failure_that_is_forgotten_refuses_no_attempt() {
    let (gate, clock) = gate();
    gate.at_once(id(1), network(1)).unwrap().wrong();
    let _running = gate.at_once(id(1), network(2)).unwrap();
    clock.advance(Duration::from_mins(1));
    assert!(waits(&gate, network(1)).is_none(), "a minute after the failure");
    clock.advance(Duration::from_millis(250));
    assert!(waits(&gate, network(1)).is_some(), "a minute after the pause");
}

#[test]
fn a_turn_that_nobody_takes_goes_to_the_next() {
    let (gate, _) = gate();
    let running = gate.at_once(id(1), origin(1)).unwrap();
    let first = waits(&gate, origin(2)).unwrap();
    let mut second = waits(&gate, origin(3)).unwrap();
    drop(running);
    // The receiver of the pass is dropped before it takes the pass.
    drop(first);
    assert!(second.try_recv().unwrap().is_some());
    assert!(gate.at_once(id(1), origin(4)).is_some());
}

#[test]
fn waiting_attempts_are_bounded() {
    for origin in [origin, network] {
        let (gate, _) = gate();
        let _running = gate.at_once(id(1), origin(0)).unwrap();
        let mut waiting: Vec<_> =
            (1..100).filter_map(|number| waits(&gate, origin(number))).collect();
        assert_eq!(waiting.len(), WAITING);
        drop(waiting.pop());
        assert!(waits(&gate, origin(100)).is_some(), "one has gone");
    }
}

#[test]
fn the_network_with_the_most_waiting_attempts_makes_room() {
    let (gate, _) = gate();
    let _running = gate.at_once(id(1), network(1)).unwrap();
    let mut crowd: Vec<_> = (0..16).map(|number| waits(&gate, of_a_48(number)).unwrap()).collect();
    let others: Vec<_> = (2..100).filter_map(|number| waits(&gate, network(number))).collect();
    assert_eq!(others.len(), WAITING - 1, "one place is left to the crowd");
    let left: Vec<_> = crowd.iter_mut().map(|turn| turn.try_recv().is_ok()).collect();
    assert!(left.first().unwrap(), "the newest go first");
    assert_eq!(left.iter().filter(|waits| **waits).count(), 1);
    assert!(waits(&gate, of_a_48(16)).is_none());
}

#[test]
fn a_network_that_has_failed_makes_room_and_comes_after_the_others() {
    let (gate, _) = gate();
    gate.at_once(id(1), of_a_48(100)).unwrap().wrong();
    let running = gate.at_once(id(1), network(1)).unwrap();
    let mut failed = waits(&gate, of_a_48(0)).unwrap();
    let mut others: Vec<_> = (2..17).map(|number| waits(&gate, network(number)).unwrap()).collect();
    others.push(waits(&gate, network(17)).unwrap());
    assert!(failed.try_recv().is_err(), "its place was taken");
    assert!(waits(&gate, of_a_48(1)).is_none() && waits(&gate, network(18)).is_none());
    drop(others.remove(0));
    let mut failed = waits(&gate, of_a_48(2)).unwrap();
    let mut last = waits(&gate, network(19)).unwrap();
    assert!(failed.try_recv().is_err());
    others.clear();
    let mut failed = waits(&gate, of_a_48(3)).unwrap();
    let mut after = waits(&gate, network(20)).unwrap();
    drop(running);
    drop(last.try_recv().unwrap().unwrap());
    drop(after.try_recv().unwrap().unwrap());
    assert!(failed.try_recv().unwrap().is_some(), "it came before, and passes last");
}

/// One network sends more wrong secrets than the number of remembered origins.
#[test]
fn a_network_that_fails_at_every_credential_stays_behind() {
    let (gate, clock) = gate();
    for number in (2..11_000).chain([1]) {
        // Failures of equal age are forgotten in any order, so each gets its own time.
        clock.advance(Duration::from_micros(1));
        gate.at_once(id(number), of_a_48(u16::try_from(number).unwrap())).unwrap().wrong();
    }
    let running = gate.at_once(id(1), network(1)).unwrap();
    let mut crowd: Vec<_> =
        (20_000..20_100).filter_map(|number| waits(&gate, of_a_48(number))).collect();
    let mut holder = waits(&gate, network(2)).unwrap();
    assert_eq!(crowd.len(), WAITING);
    running.wrong();
    let _pass = holder.try_recv().unwrap().unwrap();
    assert!(crowd.iter_mut().all(|turn| !matches!(turn.try_recv(), Ok(Some(_)))));
}
