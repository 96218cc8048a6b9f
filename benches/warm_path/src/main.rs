//! How many instructions a warm verification takes, the digest left out: `cargo run --release` in `benches/warm_path`.
//!
//! Counted by valgrind's callgrind, which counts the same on a busy machine as on a quiet one. The digest would
//! drown the rest: the simulated machine lacks the instructions for SHA. This program runs itself under valgrind,
//! with some verifications and with twice as many; the difference is theirs alone. It ends with a non-zero status
//! when one takes more than 5 % more than `committed.tsv` says.

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

/// By how much a count may grow.
const GROWTH: f64 = 0.05;
/// How many verifications the difference is taken over: so many that it hardly matters by how much two runs differ in
/// what they do before, which is not the same to the instruction.
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

/// Instructions of one warm verification.
fn instructions(api: Api) -> Result<f64, Box<dyn Error>> {
    let once = callgrind::count(&warm::arguments(api, VERIFICATIONS))?;
    let twice = callgrind::count(&warm::arguments(api, 2 * VERIFICATIONS))?;
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let (difference, verifications) = (twice.saturating_sub(once) as f64, VERIFICATIONS as f64);
    Ok(difference / verifications)
}

/// The compiler's name for itself.
fn compiler() -> Result<String, Box<dyn Error>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output()?.stdout;
    Ok(String::from_utf8(version)?.trim().to_owned())
}
