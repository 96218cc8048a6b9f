//! Counts the instructions of a warm verification, without the digest. Run it with `cargo run --release` in
//! `benches/warm_path`.
//!
//! Valgrind's callgrind counts the same on a busy machine as on an idle one. The digest is left out because it would
//! dominate: the simulated machine has no SHA instructions. The program runs itself under valgrind with some
//! verifications and with twice as many, and takes the difference. It exits with a non-zero status if a verification
//! needs over 5 % more instructions than `committed.tsv` states.

mod callgrind;
mod committed;
#[path = "../../figures/population.rs"]
mod population;
mod warm;

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use committed::Committed;
use warm::Api;

/// The maximum growth of a count.
const GROWTH: f64 = 0.05;
/// The number of verifications in the difference. It is large, because the start-up of two runs differs by a few instructions.
const VERIFICATIONS: usize = 256 * warm::KEYS;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [mode, api, verifications] = arguments.as_slice()
        && mode == warm::MODE
    {
        warm::verify(api.parse()?, verifications.parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    guard()
}

fn guard() -> Result<ExitCode, Box<dyn Error>> {
    let committed = Committed::read()?;
    let mut exit = ExitCode::SUCCESS;
    println!("name\tvalue\tbound\tok");
    for api in Api::ALL {
        let counted = instructions(api)?;
        let bound = committed.of(api) * (1.0 + GROWTH);
        let verdict = if counted <= bound { "ok" } else { "short" };
        println!("warm_{api}_instructions\t{counted:.0}\t<= {bound:.0}\t{verdict}");
        if counted > bound {
            exit = ExitCode::FAILURE;
        }
    }
    let compiler = compiler()?;
    if compiler != committed.compiler {
        println!("# the bounds were taken with {}, and this is {compiler}", committed.compiler);
    }
    Ok(exit)
}

/// Returns the instructions of one warm verification.
fn instructions(api: Api) -> Result<f64, Box<dyn Error>> {
    let once = callgrind::count(&warm::arguments(api, VERIFICATIONS))?;
    let twice = callgrind::count(&warm::arguments(api, 2 * VERIFICATIONS))?;
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let (difference, verifications) = (twice.saturating_sub(once) as f64, VERIFICATIONS as f64);
    Ok(difference / verifications)
}

/// Returns the version text of the compiler.
fn compiler() -> Result<String, Box<dyn Error>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output()?.stdout;
    Ok(String::from_utf8(version)?.trim().to_owned())
}
