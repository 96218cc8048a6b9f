//! Runs this program under valgrind.

use std::error::Error;
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// The function whose instructions are not counted: the digest, with everything that it calls.
const LEFT_OUT: &str = "--toggle-collect=*MacKey*code*";

/// Returns the number of instructions that this program executes with these arguments, without the digest.
pub(crate) fn count(arguments: &[String]) -> Result<u64, Box<dyn Error>> {
    let program = env::current_exe()?;
    let report = program.with_extension("callgrind");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", LEFT_OUT, "--collect-atstart=yes", "--quiet"])
        .arg(format!("--callgrind-out-file={}", report.display()))
        .arg(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                "valgrind is not installed: install the package `valgrind`".into()
            }
            _ => Box::<dyn Error>::from(error),
        })?;
    if !status.success() {
        return Err(format!("valgrind: {status}").into());
    }
    let report = fs::read_to_string(report)?;
    let total = report.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("no total in callgrind's report")?.trim().parse()?)
}
