//! The proof of one custom kind is not a proof of another one, and the proof of any kind is not a proof of one kind.

use keyward::{kind::KindSpec, Kind, Verified, VerifiedAny};

enum Live {}

impl Kind for Live {
    const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys");
}

enum Test {}

impl Kind for Test {
    const SPEC: KindSpec = KindSpec::token("test", "test key", "test keys");
}

fn live_api(_: &Verified<Live>) {}

fn forge(test: Verified<Test>, any: VerifiedAny) {
    live_api(&test);
    live_api(&any);
    live_api(&test.into());
    live_api(&test.as_kind::<Live>().unwrap());
}

fn main() {
    let _ = forge;
}
