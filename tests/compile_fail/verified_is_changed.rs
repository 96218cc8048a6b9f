//! A proof cannot be made the proof of something else.

use keyward::{App, Verified};

fn forge(proof: &mut Verified<App>, other: Verified<App>) {
    proof.credential = other.credential;
}

fn main() {
    let _ = forge;
}
