//! What an account sees of the history: its events by their operation ids, without numbers of the store.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::store::{CredentialStore, PageItem, PageSize};
use keyward::{
    NewWorkspace, OperationId, WorkspaceId,
    history::{HistoryEvent, HistoryFilter},
};

use crate::support::{World, admin, block_on, name, stranger};

/// Returns a page of the admin's history, and the cursor of the next page.
fn page(world: &World, filter: HistoryFilter) -> (Vec<HistoryEvent>, Option<OperationId>) {
    let page = block_on(world.keyward.manager(&admin()).history(filter)).unwrap();
    (page.items.into_iter().filter_map(PageItem::record).collect(), page.next)
}

/// Another account's changes stand between those of the admin.
fn two_accounts() -> World {
    let world = World::new();
    world.shop();
    let other = stranger();
    let blog = NewWorkspace::new(WorkspaceId::new("other/blog").unwrap(), name("Blog"));
    block_on(world.keyward.manager(&other).create_workspace(blog)).unwrap();
    world.clock.advance(Duration::from_mins(1));
    let app = world.app_key("backend").credential.id;
    block_on(world.keyward.manager(&admin()).suspend(app)).unwrap();
    world
}

#[test]
fn a_page_goes_on_at_the_operation_where_the_one_before_ended() {
    let world = two_accounts();
    let (all, none) = page(&world, HistoryFilter::new());
    assert_eq!((all.len(), none), (3, None));
    for size in 1..=3 {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let filter = HistoryFilter::new().before(next).size(PageSize::new(size).unwrap());
            let (events, cursor) = page(&world, filter);
            if let Some(cursor) = cursor {
                assert_eq!(events.last().unwrap().operation, cursor);
                // The text form of a cursor fits into a link.
                assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
            found.extend(events);
            next = cursor;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(found, all, "{size} at a time");
    }
}

#[test]
fn an_event_shows_no_number_of_the_store() {
    let world = two_accounts();
    let (events, _) = page(&world, HistoryFilter::new());
    for event in events {
        let json = serde_json::to_value(&event).unwrap();
        let mut fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        fields.sort_unstable();
        assert_eq!(fields, ["account", "action", "at", "by", "is_checked", "operation", "subject"]);
        assert!(!format!("{event:?}").contains("number"), "{event:?}");
    }
}

#[test]
fn before_an_event_that_was_pruned_is_an_empty_page() {
    let world = two_accounts();
    let (events, _) = page(&world, HistoryFilter::new());
    let oldest = events.last().unwrap().operation;
    let (kept, newest) = (events[1].operation, events[0].operation);
    block_on(world.store.prune_events(world.now(), usize::MAX)).unwrap();
    assert_eq!(page(&world, HistoryFilter::new().before(oldest)), (Vec::new(), None));
    assert_eq!(page(&world, HistoryFilter::new().before(kept)), (Vec::new(), None));
    let (before_newest, _) = page(&world, HistoryFilter::new().before(newest));
    assert_eq!(before_newest, events[1..2]);
}

#[test]
fn an_operation_of_another_account_is_not_found() {
    let world = two_accounts();
    let other = stranger();
    let theirs = block_on(world.keyward.manager(&other).history(HistoryFilter::new())).unwrap();
    let theirs = theirs.items.into_iter().find_map(PageItem::record).unwrap().operation;
    assert_eq!(page(&world, HistoryFilter::new().before(theirs)), (Vec::new(), None));
    assert_eq!(block_on(world.keyward.manager(&admin()).outcome(theirs)).unwrap(), None);
    let found = block_on(world.keyward.manager(&other).outcome(theirs)).unwrap();
    assert_eq!(found.unwrap().operation, theirs);
}
