//! The author of a kind cannot make its proof: there is no constructor, and no default. (A literal is refused for every
//! kind: `verified_is_built_by_a_literal`.)

use keyward::{kind::KindSpec, Kind, Verified};

enum Live {}

impl Kind for Live {
    const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys");
}

/// Two ways that there are not.
fn forge() -> [Verified<Live>; 2] {
    // Each on its own line, so that the compiler reports each.
    [
        Verified::<Live>::new(),
        Verified::<Live>::default(),
    ]
}

fn main() {
    let _ = forge;
}
