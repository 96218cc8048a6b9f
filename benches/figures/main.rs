//! Every speed and size that the crate promises: one row each, `cargo bench --bench figures`.
//!
//! Name, value, bound, and `ok` or `short`, separated by tabs. It ends with a non-zero status when a row is
//! short. `KEYWARD_FIGURES=quick` takes few samples, and then only what was counted can fail: a busy machine
//! says little about time. `BENCHMARKS.md` explains the rows.

mod flood;
mod floor;
mod hot_path;
mod memory;
mod population;
mod requests;
#[cfg(feature = "sqlite")]
mod restart;
mod sampling;
mod table;

use std::error::Error;
use std::process::ExitCode;

use sampling::Effort;
use table::Table;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let effort = Effort::from_env();
    let mut table = Table::begin(effort);
    requests::measure(effort, &mut table)?;
    hot_path::measure(effort, &mut table)?;
    memory::measure(effort, &mut table)?;
    flood::measure(effort, &mut table)?;
    #[cfg(feature = "sqlite")]
    restart::measure(effort, &mut table)?;
    Ok(table.end())
}
