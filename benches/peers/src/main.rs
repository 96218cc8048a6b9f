//! Compares Keyward with its peers: checking a valid key, in one process.
//!
//! Run it with `cargo run --release`. It prints one tab-separated row for each peer: the peer's time, Keyward's time, the ratio,
//! the bound, `ok` or `short`, and the parts of Keyward's check that the peer leaves out. It exits with a non-zero status if a
//! row misses its bound. README.md explains the rows.

#[path = "../../figures/floor.rs"]
mod floor;
mod ours;
mod peers;
mod sampling;

use std::error::Error;
use std::process::ExitCode;

use sampling::{Measured, Works, medians};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (run, tokens) = ours::verifications()?;
    let ours = Works { name: "keyward", attempts: peers::ATTEMPTS, run };
    let peers = peers::all(tokens)?;
    let bounds: Vec<_> = peers.iter().map(|peer| (peer.bound, peer.leaves_out)).collect();
    let works = peers.into_iter().map(|peer| peer.works);
    let Measured { first, others } = medians(ours, works.collect())?;

    println!("peer\tpeer_ns\tkeyward_ns\tkeyward_to_peer\tbound\tok\tleaves_out");
    let mut exit = ExitCode::SUCCESS;
    for ((name, peer), (bound, leaves_out)) in others.into_iter().zip(bounds) {
        let ratio = first / peer;
        let verdict = if bound.holds(ratio) { "ok" } else { "short" };
        println!("{name}\t{peer:.0}\t{first:.0}\t{ratio:.3}\t{bound}\t{verdict}\t{leaves_out}");
        if !bound.holds(ratio) {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}
