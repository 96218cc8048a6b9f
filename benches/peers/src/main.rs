//! Keyward beside its peers: the same work, checking a valid key, side by side in one process.
//!
//! `cargo run --release`. One row a peer, tab-separated: its time, Keyward's, the ratio, the bound, `ok` or
//! `short`, and what it leaves out. It ends with a non-zero status when a row is short. README.md explains.

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
