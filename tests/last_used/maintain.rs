//! Background work, with a sleep that tests control.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_channel::oneshot;
use keyward::history::{Action, HistoryFilter};
use keyward::manage::Role;
use keyward::store::{
    CredentialStore, EventQuery, PageItem, PageSize, StoreErrorKind, WorkspaceQuery,
};
use keyward::{AccountId, ActorId, Freshness, Keyward, NewWorkspace, Operator, WorkspaceId};

use crate::support::nodes::{BOUND, Hand, Nodes, TICK, passes};
use crate::support::revocation::{LiveKey, Revocation};
use crate::support::staged::{Call, Until};
use crate::support::{block_on, name, thread_log};
use crate::{INTERVAL, flush, second, settled, writes, written};

/// The sleep that `maintain` was given. It ends when the test ends it.
#[derive(Clone, Default)]
struct Sleep(Arc<Mutex<Vec<Pause>>>);

/// The duration of a sleep, and the channel that ends it.
type Pause = (Duration, oneshot::Sender<()>);

impl Sleep {
    fn maintain(&self, node: &Keyward) -> Hand<'static, ()> {
        let sleeping = Arc::clone(&self.0);
        Hand::begun(node.maintain(move |pause| {
            let (wake, woken) = oneshot::channel();
            sleeping.lock().unwrap().push((pause, wake));
            async { woken.await.unwrap() }
        }))
    }

    /// Returns the duration of the sleep.
    fn pause(&self) -> Duration {
        self.0.lock().unwrap().last().unwrap().0
    }

    /// Ends it.
    fn end(&self) {
        let (_, wake) = self.0.lock().unwrap().pop().unwrap();
        wake.send(()).unwrap();
    }

    /// Lets the sleep take its whole duration.
    fn go_by(&self, nodes: &Nodes) {
        nodes.clock.advance(self.pause());
        self.end();
    }
}

#[test]
fn maintain_keeps_the_cache_fresh_so_requests_need_no_query() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (kept, key) = (nodes.warm_key(1, &[&one]), nodes.warm_key(2, &[&one]));
    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&one);
    assert!(sleep.pause() <= BOUND / 2, "{:?}", sleep.pause());
    for _ in 0..20 {
        sleep.go_by(&nodes);
        assert!(maintain.poll().is_pending());
        let before = nodes.store.calls(Call::Feed);
        passes(&one, &kept);
        assert_eq!(nodes.store.calls(Call::Feed), before);
    }
    block_on(Revocation::Suspend.carry_out(&other, &key)).unwrap();
    sleep.go_by(&nodes);
    assert!(maintain.poll().is_pending());
    assert!(one.stats().feed_age < Some(TICK));
    crate::support::nodes::refused(&one, &key);
}

/// Returns the number of stored events.
fn events(nodes: &Nodes) -> usize {
    let query = EventQuery::all(AccountId::new("account-1").unwrap(), PageSize::MAX);
    let mut count = 0;
    let mut before = None;
    loop {
        let query = EventQuery { before, ..query.clone() };
        let page = block_on(nodes.store.stored().events(&query)).unwrap();
        count += page.items.len();
        before = page.next;
        if before.is_none() {
            return count;
        }
    }
}

#[test]
fn maintain_prunes_events_older_than_the_retention_in_batches() {
    let day = Duration::from_hours(24);
    let minute = Duration::from_mins(1);
    let nodes = Nodes::new();
    let plain = nodes.node();
    let key = nodes.warm_key(1, &[&plain]);
    let rename = |called: usize| {
        let name = name(&format!("name {called}"));
        block_on(plain.manager(&key.admin()).rename(key.id, name)).unwrap();
    };
    (0..1_400).for_each(rename);
    let made = events(&nodes);
    nodes.clock.advance(2 * day);
    rename(1_400);

    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&plain);
    sleep.go_by(&nodes);
    assert!(maintain.poll().is_pending());
    assert_eq!((nodes.store.calls(Call::Prune), events(&nodes)), (0, made + 1), "for ever");

    let node = nodes.node_with(|builder| builder.retention(2 * day));
    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&node);
    let mut wake = |calls: usize, left: usize| {
        sleep.go_by(&nodes);
        assert!(maintain.poll().is_pending());
        assert_eq!((nodes.store.calls(Call::Prune), events(&nodes)), (calls, left));
    };
    wake(1, made + 1 - 1_000);
    wake(2, 1);
    wake(2, 1);

    // After a failure it tries again later.
    nodes.clock.advance(2 * day);
    nodes.store.fail(Call::Prune, StoreErrorKind::Unavailable);
    wake(3, 1);
    nodes.store.recover();
    wake(3, 1);
    nodes.clock.advance(minute);
    wake(4, 0);
    nodes.clock.advance(minute);
    wake(5, 0);
}

/// The number of workspaces of the first account.
fn workspaces(nodes: &Nodes) -> usize {
    let query = WorkspaceQuery::all(AccountId::new("account-1").unwrap(), PageSize::MAX);
    block_on(nodes.store.stored().workspaces(&query)).unwrap().items.len()
}

/// Two accounts, of which the first is closed. It has 45 workspaces, and the key is in one of them.
fn one_account_is_closed(nodes: &Nodes) -> [LiveKey; 2] {
    let node = nodes.node();
    let keys = [nodes.warm_key(1, &[&node]), nodes.warm_key(2, &[&node])];
    let admin = keys[0].admin();
    for number in 1..45 {
        let id = WorkspaceId::new(format!("more-{number}")).unwrap();
        let new = NewWorkspace::new(id, name(&format!("More {number}")));
        drop(block_on(node.manager(&admin).create_workspace(new)).unwrap());
    }
    block_on(Revocation::CloseAccount.carry_out(&node, &keys[0])).unwrap();
    assert_eq!(workspaces(nodes), 45);
    keys
}

#[test]
fn maintain_removes_the_workspaces_of_closed_accounts_a_few_at_a_time_and_after_an_interruption() {
    let nodes = Nodes::new();
    let [closed, open] = one_account_is_closed(&nodes);
    let wake = |sleep: &Sleep, maintain: &mut Hand<'_, ()>| {
        sleep.go_by(&nodes);
        assert!(maintain.poll().is_pending());
        workspaces(&nodes)
    };
    let (first, sleep) = (nodes.node(), Sleep::default());
    let mut maintain = sleep.maintain(&first);
    let left: Vec<_> = (0..2).map(|_| wake(&sleep, &mut maintain)).collect();
    assert_eq!(left, [45, 25], "it has read the accounts, and removed some workspaces");
    // The process is killed.
    drop(maintain);

    let (second, sleep) = (nodes.node(), Sleep::default());
    let mut maintain = sleep.maintain(&second);
    nodes.store.fail(Call::Commit, StoreErrorKind::Unavailable);
    let left: Vec<_> = (0..3).map(|_| wake(&sleep, &mut maintain)).collect();
    assert_eq!(left, [25; 3]);
    nodes.store.recover();
    assert_eq!(wake(&sleep, &mut maintain), 25, "it waits after a failure");
    nodes.clock.advance(Duration::from_mins(1));
    let left: Vec<_> = (0..3).map(|_| wake(&sleep, &mut maintain)).collect();
    assert_eq!(left, [5, 0, 0]);
    nodes.clock.advance(Duration::from_mins(1));
    wake(&sleep, &mut maintain);
    let stored = |key: &LiveKey| block_on(nodes.store.stored().credential(key.id)).unwrap();
    assert!(stored(&closed).is_none(), "its credentials are deleted too");
    assert!(stored(&open).is_some());
    passes(&second, &open);

    // Each removal is in the history.
    let operator = Operator::new(ActorId::new("ops").unwrap()).acting_for(closed.account);
    let filter = HistoryFilter::new().size(PageSize::MAX);
    let history = block_on(second.manager(&operator).history(filter)).unwrap();
    let removals = history.items.into_iter().filter_map(PageItem::record);
    let removals: Vec<_> =
        removals.filter(|it| matches!(it.action, Action::WorkspaceRemoved { .. })).collect();
    assert_eq!(removals.len(), 45);
    assert!(removals.iter().all(|it| it.by.role == Role::Operator));
    assert!(removals.iter().all(|it| it.by.id.as_str() == Operator::MAINTAIN));
}

/// The polls of the feed and the writes of last-used times would wait for it.
#[test]
fn removals_from_a_slow_store_take_a_part_of_the_pause() {
    let nodes = Nodes::new();
    one_account_is_closed(&nodes);
    let (node, sleep) = (nodes.node(), Sleep::default());
    let mut maintain = sleep.maintain(&node);
    sleep.go_by(&nodes);
    assert!(maintain.poll().is_pending());
    let one_commit = Duration::from_millis(50);
    nodes.store.hold(Call::Commit, Until::Answered);
    sleep.go_by(&nodes);
    assert!(maintain.poll().is_pending());
    let mut taken = Duration::ZERO;
    while nodes.store.waiting(Call::Commit) > 0 {
        nodes.clock.advance(one_commit);
        taken += one_commit;
        nodes.store.release(Call::Commit);
        nodes.store.hold(Call::Commit, Until::Answered);
        assert!(maintain.poll().is_pending());
    }
    assert!(taken > Duration::ZERO && taken <= sleep.pause() / 2, "{taken:?}");
    assert_eq!(workspaces(&nodes), 41);
}

#[test]
fn maintain_looks_for_closed_accounts_once_an_hour() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&node);
    let mut wake = || {
        sleep.go_by(&nodes);
        assert!(maintain.poll().is_pending());
        workspaces(&nodes)
    };
    wake();
    block_on(Revocation::CloseAccount.carry_out(&node, &key)).unwrap();
    assert_eq!([wake(), wake(), wake()], [1; 3], "the walk has ended");
    nodes.clock.advance(Duration::from_hours(1));
    assert_eq!([wake(), wake()], [1, 0]);
}

#[test]
fn maintain_writes_once_an_interval_and_requests_leave_it_to_it() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&node);
    let before = writes(&nodes);
    let mut rounds = 0;
    while writes(&nodes) < before + 3 {
        nodes.clock.advance(sleep.pause());
        let by_now = writes(&nodes);
        passes(&node, &key);
        assert_eq!(writes(&nodes), by_now, "no request writes");
        sleep.end();
        assert!(maintain.poll().is_pending());
        rounds += 1;
        assert!(sleep.pause() * rounds <= INTERVAL * 4, "too late");
    }
    assert!(sleep.pause() * rounds >= INTERVAL * 2, "too often");
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

#[test]
fn requests_write_if_maintain_has_stopped_or_fallen_behind() {
    let nodes = Nodes::new();
    let (node, key) = settled(&nodes);
    let maintain = Sleep::default().maintain(&node);
    let before = writes(&nodes);
    nodes.clock.advance(INTERVAL);
    passes(&node, &key);
    assert_eq!(writes(&nodes), before, "it is left to maintain");
    nodes.clock.advance(INTERVAL);
    passes(&node, &key);
    assert_eq!(writes(&nodes), before + 1, "which has not kept up");
    drop(maintain);
    nodes.clock.advance(INTERVAL);
    passes(&node, &key);
    assert_eq!(writes(&nodes), before + 2);
}

#[test]
fn maintain_ends_when_the_handle_is_closed_or_its_last_clone_is_gone() {
    let nodes = Nodes::new();
    let sleep = Sleep::default();
    let (node, _) = settled(&nodes);
    let closed = sleep.maintain(&node);
    block_on(node.close()).unwrap();
    sleep.end();
    closed.ends();

    let node = nodes.node();
    let clone = node.clone();
    let mut dropped = sleep.maintain(&node);
    drop(node);
    sleep.end();
    assert!(dropped.poll().is_pending(), "a clone is left");
    drop(clone);
    sleep.end();
    dropped.ends();
}

/// With strict freshness `maintain` polls nothing, but still writes uses.
#[test]
fn under_strict_freshness_maintain_writes_and_does_not_poll() {
    let nodes = Nodes::new();
    let node = nodes.strict();
    let key = nodes.warm_key(1, &[&node]);
    flush(&node);
    let sleep = Sleep::default();
    let mut maintain = sleep.maintain(&node);
    nodes.clock.advance(INTERVAL);
    passes(&node, &key);
    let polled = nodes.store.calls(Call::Feed);
    sleep.end();
    assert!(maintain.poll().is_pending());
    assert_eq!(nodes.store.calls(Call::Feed), polled);
    assert_eq!(written(&nodes, &key), Some(second(&nodes)));
}

/// A shorter sleep would waste work, and with a longer one requests would find the work overdue.
#[test]
fn maintain_waits_as_long_as_nothing_can_be_due() {
    let nodes = Nodes::new();
    let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
    for (freshness, interval, pause) in [
        (Freshness::Bounded(hour), hour, hour / 2),
        (Freshness::Bounded(hour), INTERVAL, INTERVAL),
        (Freshness::Bounded(INTERVAL), hour, INTERVAL / 2),
        (Freshness::Strict, hour, second),
        (Freshness::Strict, second / 2, second / 2),
    ] {
        let node = nodes.node_with(|builder| builder.freshness(freshness).flush_interval(interval));
        let sleep = Sleep::default();
        let _maintain = sleep.maintain(&node);
        assert_eq!(sleep.pause(), pause, "{freshness:?}, {interval:?}");
    }
}

/// However short the bound or the interval, it rests in between.
#[test]
fn maintain_never_loops_without_waiting() {
    let nodes = Nodes::new();
    for freshness in [Freshness::Bounded(Duration::ZERO), Freshness::Strict] {
        let node =
            nodes.node_with(|builder| builder.freshness(freshness).flush_interval(Duration::ZERO));
        let sleep = Sleep::default();
        let _maintain = sleep.maintain(&node);
        assert!(sleep.pause() > Duration::ZERO);
    }
}

#[test]
fn a_handle_that_is_dropped_with_unwritten_uses_warns_of_them() {
    thread_log::record(tracing::Level::WARN);
    let nodes = Nodes::new();
    let node = nodes.node();
    nodes.warm_key(1, &[&node]);
    nodes.warm_key(2, &[&node]);
    drop(node);
    let log = thread_log::take();
    assert!(log.contains("WARN") && log.contains("count=2"), "{log}");
    let node = nodes.node();
    nodes.warm_key(3, &[&node]);
    block_on(node.close()).unwrap();
    drop(node);
    assert_eq!(thread_log::take(), "");
}
