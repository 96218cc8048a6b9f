//! A proof of an App key is not a proof of a Track set.

use keyward::{App, Track, Verified};

fn track_api(_: &Verified<Track>) {}

fn forge(proof: Verified<App>) {
    track_api(&proof);
}

fn main() {
    let _ = forge;
}
