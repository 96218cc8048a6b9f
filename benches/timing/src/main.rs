//! Tests whether the time of an answer reveals how much of a guess was correct: the test of dudect, with a million samples for
//! each row.
//!
//! Run it with `cargo run --release`. It prints one tab-separated row for each question, and exits with a non-zero status if a
//! row misses its bound. `KEYWARD_SAMPLES=20000` takes only this many samples, and then only the control must show a leak.
//! README.md explains the rows.

#[path = "../../../src/secrets/compare.rs"]
mod compare;
mod digests;
mod verifications;

use std::error::Error;
use std::process::{Command, ExitCode};

use dudect_bencher::ctbench::{BenchFn, BenchMetadata, BenchName, BenchOpts, run_benches_console};

/// The number of samples of each row, of both classes together.
const SAMPLES: usize = 1_000_000;

/// Returns the number of samples, which the environment can override.
fn samples() -> usize {
    let wanted = std::env::var("KEYWARD_SAMPLES").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(SAMPLES)
}

/// The argument that makes the program run the bencher, which only prints its report.
const BENCHER: &str = "bencher";

/// The bound of the largest |t| of a row.
enum Bound {
    Below(f64),
    Above(f64),
    /// A documented difference, which is only shown.
    Documented,
}

struct Row {
    name: &'static str,
    bound: Bound,
    measure: BenchFn,
}

const ROWS: [Row; 5] = [
    Row { name: "digest", bound: Bound::Below(5.0), measure: digests::ours },
    Row { name: "digest_leaky_control", bound: Bound::Above(10.0), measure: digests::leaky },
    Row { name: "verification", bound: Bound::Below(5.0), measure: verifications::wrong_byte },
    Row { name: "verification_null", bound: Bound::Below(5.0), measure: verifications::same_byte },
    Row { name: "unknown_id", bound: Bound::Documented, measure: verifications::unknown_id },
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some(BENCHER) {
        let benches = ROWS.map(|row| BenchMetadata {
            name: BenchName(row.name),
            seed: None,
            benchfn: row.measure,
        });
        run_benches_console(BenchOpts::default(), benches.into())?;
        return Ok(ExitCode::SUCCESS);
    }
    // The bencher only prints its results.
    let bencher = Command::new(std::env::current_exe()?).arg(BENCHER).output()?;
    let report = String::from_utf8(bencher.stdout)?;
    println!("name\tsamples\tkept\tmax_t\tbound\tok");
    let (mut exit, samples) = (ExitCode::SUCCESS, samples());
    for Row { name, bound, .. } in ROWS {
        let Reported { kept, max_t } = reported(&report, name).ok_or_else(|| report.clone())?;
        // On a busy machine, few samples prove nothing about our code. They do show the leak of the control.
        let counts = samples >= SAMPLES || matches!(bound, Bound::Above(_));
        let (bound, holds) = match bound {
            Bound::Below(most) => (format!("< {most}"), max_t.abs() < most),
            Bound::Above(least) => (format!("> {least}"), max_t.abs() > least),
            Bound::Documented => ("documented".to_owned(), true),
        };
        let verdict = if holds { "ok" } else { "short" };
        println!("{name}\t{samples}\t{kept}\t{max_t:.2}\t{bound}\t{verdict}");
        if counts && !holds {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

/// Returns the largest t of the 101 tests, and the number of samples in that test. Each test crops the slowest samples at another
/// percentile.
struct Reported {
    kept: String,
    max_t: f64,
}

/// Parses a line such as `bench digest ... : n == +0.989M, max t = +1.52, max tau = ..`.
fn reported(report: &str, name: &str) -> Option<Reported> {
    let figures = report.lines().find_map(|line| {
        let (named, figures) = line.split_once("... : n == ")?;
        (named.trim() == format!("bench {name}")).then_some(figures)
    })?;
    let (kept, rest) = figures.split_once(", max t = ")?;
    let (max_t, _) = rest.split_once(',')?;
    Some(Reported { kept: kept.to_owned(), max_t: max_t.parse().ok()? })
}
