//! The overhead of the SQLite store over its database file.

mod bare;
mod filled;

use std::error::Error;

use tokio::runtime;

use self::filled::Filled;
use crate::beside;
use crate::sampling::Effort;
use crate::seeded::Sizes;
use crate::table::Table;

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let sizes = Sizes::of(effort);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut few = runtime.block_on(Filled::new(sizes.few))?;
    let many = runtime.block_on(Filled::new(sizes.many))?;
    let on = ("sqlite", &runtime);
    let stores = [&few.store, &many.store];
    beside::reads(sizes, table, on, stores, [&few.bare, &many.bare], &bare::read)?;
    let Filled { store, bare, bare_writer, seed, other, .. } = &mut few;
    beside::commits(sizes, table, on, (&*store, seed), async |number| {
        bare::issue(bare_writer, other, number).await
    })?;
    beside::feed(sizes, table, on, (&*store, seed), async |after| bare::poll(bare, after).await)
}
