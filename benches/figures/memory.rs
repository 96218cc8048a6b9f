//! The memory of a cached credential.

use std::error::Error;

use keyward::{Attempt, time::SystemClock};
use pollster::block_on;

use crate::population::{FROM, Population};
use crate::sampling::Effort;
use crate::table::Table;

/// Fills the cache of a second node completely, and counts the memory that it keeps: entries, the tables of the cache, slots, and
/// recorded uses.
pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let keys = match effort {
        Effort::Full => 100_000,
        Effort::Quick => 2_000,
    };
    let population = Population::new(keys, 50, SystemClock::new())?;
    let builder = population.node_over(population.store.clone())?.cached_credentials(keys);
    let mut node = Err("not built".into());
    let kept = allocation_counter::measure(|| {
        node = builder.build().map_err(Box::<dyn Error>::from);
        let Ok(node) = &node else { return };
        for token in &population.tokens {
            drop(block_on(node.verify(&Attempt::app(token.expose()).client_address(FROM))));
        }
    });
    let cached = node?.stats().cached.max(1);
    let bytes = u64::try_from(kept.bytes_current)?.div_ceil(cached);
    table.count_at_most("bytes_by_cached_credential", bytes, 600);
    Ok(())
}
