//! Every speed and size that the crate promises, one row each. Run it with `cargo bench --bench figures`.
//!
//! The columns are name, value, bound, and `ok` or `short`, separated by tabs. It exits with a non-zero status if a row misses
//! its bound. A name after the command measures only a part: `databases`, `network` (PostgreSQL over a network and over TLS),
//! `cold` (keys that are not cached), `page`, `memory` (of a cached credential), `warm` (verifications of cached keys),
//! `grants` (scopes, networks, labels and owners of keys), `imports` (imported keys), or `layer` (the layer and the extractor).
//! `KEYWARD_FIGURES=quick` takes few samples, and then only counted rows can fail, because times on a busy machine say little.
//! `docs/benchmarks.md` explains the rows.

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod beside;
#[cfg(feature = "axum")]
#[path = "../http/by_hand.rs"]
mod by_hand;
mod changeable_floor;
#[cfg(feature = "postgres")]
#[path = "../../tests/support/directed.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is code of the tests")]
mod directed;
mod flood;
mod floor;
#[cfg(feature = "postgres")]
mod harness;
mod hot_path;
mod imports;
#[cfg(feature = "axum")]
mod layer;
mod memory;
#[cfg(feature = "postgres")]
#[path = "../../tests/postgres/messages.rs"]
#[allow(clippy::unwrap_used, reason = "it is code of the tests")]
mod messages;
#[cfg(all(feature = "page", feature = "sqlite"))]
mod page;
mod population;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
#[path = "../../tests/postgres/proxy.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "this network loses nothing and only counts")]
mod proxy;
mod remembered;
mod requests;
#[cfg(feature = "sqlite")]
mod restart;
mod sampling;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod seeded;
#[cfg(feature = "postgres")]
#[path = "../../tests/postgres/server.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "it is code of the tests")]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;

use std::error::Error;
use std::process::ExitCode;

use sampling::Effort;
use table::Table;

type Measure = fn(Effort, &mut Table) -> Result<(), Box<dyn Error>>;

/// The parts that can be measured alone, by the names of the arguments.
const PARTS: &[(&str, Measure)] = &[
    #[cfg(feature = "postgres")]
    ("network", postgres::measure_network),
    #[cfg(feature = "postgres")]
    ("cold", postgres::measure_cold),
    #[cfg(all(feature = "page", feature = "sqlite"))]
    ("page", page::measure),
    ("remembered", remembered::measure),
    ("memory", memory::measure),
    ("warm", hot_path::measure),
    ("grants", hot_path::measure_grants),
    ("imports", imports::measure),
    #[cfg(feature = "axum")]
    ("layer", layer::measure),
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let effort = Effort::from_env();
    let mut table = Table::begin(effort);
    let asked = |part: &str| std::env::args().any(|argument| argument == part);
    for (name, measure) in PARTS {
        if asked(name) {
            measure(effort, &mut table)?;
            return Ok(table.end());
        }
    }
    if !asked("databases") {
        verifications(effort, &mut table)?;
    }
    databases(effort, &mut table)?;
    Ok(table.end())
}

fn verifications(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    requests::measure(effort, table)?;
    hot_path::measure(effort, table)?;
    remembered::measure(effort, table)?;
    imports::measure(effort, table)?;
    #[cfg(feature = "axum")]
    layer::measure(effort, table)?;
    memory::measure(effort, table)?;
    flood::measure(effort, table)?;
    #[cfg(feature = "sqlite")]
    restart::measure(effort, table)?;
    #[cfg(all(feature = "page", feature = "sqlite"))]
    page::measure(effort, table)?;
    Ok(())
}

fn databases(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    #[cfg(feature = "sqlite")]
    sqlite::measure(effort, table)?;
    #[cfg(feature = "postgres")]
    postgres::measure(effort, table)?;
    Ok(())
}
