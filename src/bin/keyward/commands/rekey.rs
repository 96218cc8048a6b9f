//! Moves all records and secrets to the current master key and record epoch.

use keyward::operate::{Rekey, RekeyPage};
use keyward::store::PageSize;

use super::check::expect_same_service;
use super::check_records::stopped_at;
use crate::answer::{Answer, Exit};
use crate::arguments;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::service;

pub(super) async fn run(arguments: arguments::Rekey) -> Result<Answer, Failure> {
    let opened = service::open(&arguments.walk.service).await?;
    expect_same_service(&opened).await?;
    let progress = Progress::start("rekeying");
    let mut rekey = Rekey::new().size(PageSize::MAX);
    if arguments.adopt_lost {
        rekey = rekey.adopt_lost();
    }
    let (mut total, mut after) = (RekeyPage::default(), arguments.walk.after);
    loop {
        if let Some(place) = &after {
            rekey = rekey.after(place.clone());
        }
        let page = opened.keyward.rekey(&rekey).await;
        let page = page.map_err(|error| stopped_at(error.into(), after.as_ref()))?;
        add(&mut total, &page);
        progress.set(total.renewed + total.up_to_date + total.waiting_for_use + total.without_key);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    drop(progress);
    opened.store.close().await;
    let exit = if left(&total) == 0 { Exit::Done } else { Exit::Found };
    Answer::new(exit, text(&total), &total)
}

fn add(total: &mut RekeyPage, page: &RekeyPage) {
    total.retagged += page.retagged;
    total.adopted += page.adopted;
    total.lost += page.lost;
    total.unchecked += page.unchecked;
    total.changed += page.changed;
    total.corrupt += page.corrupt;
    total.renewed += page.renewed;
    total.up_to_date += page.up_to_date;
    total.waiting_for_use += page.waiting_for_use;
    total.without_key += page.without_key;
}

/// Returns the number of records and secrets for which an older master key is still needed.
fn left(total: &RekeyPage) -> u64 {
    total.lost
        + total.unchecked
        + total.changed
        + total.corrupt
        + total.waiting_for_use
        + total.without_key
}

fn text(total: &RekeyPage) -> String {
    let RekeyPage { retagged, adopted, lost, unchecked, changed, corrupt, .. } = total;
    let RekeyPage { renewed, up_to_date, waiting_for_use, without_key, .. } = total;
    let end = match left(total) {
        0 => "Nothing is left under an older master key or record epoch.",
        _ => "Do not drop an older master key or record epoch yet.",
    };
    format!(
        "Records: {retagged} tagged again, {adopted} adopted, {lost} under a lost master key, {unchecked} unchecked, \
         {changed} changed meanwhile, {corrupt} corrupt.\n\
         Secrets: {renewed} moved, {up_to_date} up to date, {waiting_for_use} waiting for their next use, \
         {without_key} without their key.\n{end}"
    )
}
