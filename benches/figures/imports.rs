//! The cost of imported keys, and of declared formats for everybody else.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use keyward::imports::{Import, ImportFormat, ImportRow};
use keyward::{
    AccountId, ActorId, App, Attempt, Keyward, Name, NewWorkspace, Operator, WorkspaceId,
    time::SystemClock,
};
use pollster::block_on;

use crate::hot_path::{is_denied, passes, repeat};
use crate::population::{FROM, Population, shop};
use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

/// A key of another system.
const KEY: &str = "old_7Qd2mV9sKx4LbT1nRz8WcY5uHg3JfPaE";
/// Its SHA-256, by `sha256sum`.
const HASH: &str = "1e1975b2d12dbe1944f07b01230dfb636a16ed3925d81c809651e98494048c60";

pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let without = Population::new(1, 50, SystemClock::new())?;
    let with = Population::built(1, 50, |builder| {
        let format = ImportFormat::sha256("old").starting_with("old_");
        builder.clock(SystemClock::new()).import::<App>(format)
    })?;
    import(&with.keyward)?;
    import_many(&with.keyward, effort.imported_rows())?;
    let native = with.spread(1).first().copied().ok_or("no key")?;
    let (old_node, new_node) = (&without.keyward, &with.keyward);
    passes(new_node, KEY)?;
    let [imported, native, garbage, garbage_before] = medians(
        effort,
        [
            &mut || repeat(|| passes(new_node, KEY)),
            &mut || repeat(|| passes(new_node, native)),
            &mut || repeat(|| is_denied(new_node, "garbage_7Qd2mV9sKx4LbT1nRz8WcY5u")),
            &mut || repeat(|| is_denied(old_node, "garbage_7Qd2mV9sKx4LbT1nRz8WcY5u")),
        ] as [Work<'_>; 4],
    )?;
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    table.ratio_at_most("imported_to_native", ratio(imported, native), 1.05);
    table.ratio_at_most("garbage_with_formats_to_without", ratio(garbage, garbage_before), 1.05);
    let counted = allocation_counter::measure(|| {
        for _ in 0..256 {
            drop(black_box(passes(new_node, KEY)));
        }
    });
    table.count_at_most("allocations_by_256_imported_keys", counted.count_total, 0);
    Ok(())
}

fn import(keyward: &Keyward) -> Result<(), Box<dyn Error>> {
    let operator = Operator::new(ActorId::new("migration")?).acting_for(AccountId::new("acme")?);
    let row = ImportRow::new("old", Name::new("old key")?, HASH);
    block_on(keyward.manager(&operator).import(Import::new(shop()?, [row])))?;
    block_on(keyward.verify(&Attempt::app(KEY).client_address(FROM)))?;
    Ok(())
}

/// Imports this many other keys, whose hashes are made up, each thousand into a workspace of its own.
fn import_many(keyward: &Keyward, rows: usize) -> Result<(), Box<dyn Error>> {
    let operator = Operator::new(ActorId::new("migration")?).acting_for(AccountId::new("acme")?);
    let manager = keyward.manager(&operator);
    let row = |number: usize| {
        let name = Name::new(format!("old key {number}"))?;
        Ok(ImportRow::new("old", name, format!("{number:064x}")))
    };
    for first in (0..rows).step_by(Import::MOST_ROWS) {
        let batch = (first..rows.min(first + Import::MOST_ROWS)).map(row);
        let batch: Vec<_> = batch.collect::<Result<_, Box<dyn Error>>>()?;
        let workspace = WorkspaceId::new(format!("acme/{first}"))?;
        let new = NewWorkspace::new(workspace.clone(), Name::new(format!("Shop {first}"))?);
        block_on(manager.create_workspace(new))?;
        block_on(manager.import(Import::new(workspace, batch)))?;
    }
    Ok(())
}
