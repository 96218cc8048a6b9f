//! A history with a retention does not grow beyond it, and neither does the file.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_channel::oneshot;
use keyward::conformance::Harness;
use keyward::{
    Keyward, MasterKey, MasterKeys, Name, Network, NewWorkspace, SlowHashParams, time::ManualClock,
};

use crate::harness::Sqlite;
use crate::stores::removal::Counted;
use crate::stores::{admin, workspace};

const DAY: Duration = Duration::from_hours(24);

/// The sleep that `maintain` was given. It ends when the test ends it.
#[derive(Clone, Default)]
struct Sleep(Arc<Mutex<Option<oneshot::Sender<()>>>>);

impl Sleep {
    fn begin(&self) -> impl Future<Output = ()> + Send + use<> {
        let (wake, woken) = oneshot::channel();
        *self.0.lock().unwrap() = Some(wake);
        async { woken.await.unwrap() }
    }

    /// Lets `maintain` do its work once.
    async fn wake(&self, maintain: &mut Pin<Box<impl Future<Output = ()>>>) {
        self.0.lock().unwrap().take().unwrap().send(()).unwrap();
        std::future::poll_fn(|context| {
            assert!(maintain.as_mut().poll(context).is_pending(), "it ended");
            let sleeps = self.0.lock().unwrap().is_some();
            if sleeps { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

/// Returns the number of pages of the file and of events after each round. In a round, 250 networks are allowed and
/// removed, and half a day passes.
fn grown(retention: Option<Duration>, rounds: usize) -> Vec<[i64; 2]> {
    let sqlite = Sqlite::default();
    let clock = ManualClock::at("2030-01-01T09:00:00Z".parse().unwrap());
    let keys = MasterKeys::new(MasterKey::generate().unwrap());
    let builder = Keyward::builder(sqlite.fresh(), keys)
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(clock.clone());
    let keyward = match retention {
        Some(retention) => builder.retention(retention),
        None => builder,
    };
    let keyward = keyward.build().unwrap();
    let networks: Vec<Network> =
        (0..250_u8).map(|number| format!("10.0.{number}.0/24").parse().unwrap()).collect();
    sqlite.block_on(async {
        let admin = admin();
        let manager = keyward.manager(&admin);
        let new = NewWorkspace::new(workspace(), Name::new("Shop").unwrap());
        let _ = manager.create_workspace(new).await.unwrap();
        let sleep = Sleep::default();
        let begun = sleep.clone();
        let mut maintain = Box::pin(keyward.maintain(move |_| begun.begin()));
        std::future::poll_fn(|context| {
            assert!(maintain.as_mut().poll(context).is_pending(), "it sleeps first");
            std::task::Poll::Ready(())
        })
        .await;
        let mut grown = Vec::new();
        for _ in 0..rounds {
            manager.allow(&workspace(), &networks).await.unwrap();
            manager.lift(&workspace()).await.unwrap();
            clock.advance(DAY / 2);
            sleep.wake(&mut maintain).await;
            let pages = sqlite.number("SELECT page_count FROM pragma_page_count").await;
            grown.push([pages, sqlite.number("SELECT count(*) FROM keyward_events").await]);
        }
        grown
    })
}

#[test]
fn a_history_with_a_retention_does_not_grow_without_end() {
    let without = grown(None, 60);
    let [[early, _], [late, events]] = [without[29], without[59]];
    assert_eq!(events, 1 + 2 * 60, "nothing prunes by itself");
    assert!(early < late, "{early} and {late} pages: what this test is about");

    let kept = grown(Some(7 * DAY), 100);
    // A week of two events each half a day. Those of exactly a week ago stay.
    let steady = kept[29];
    assert_eq!(steady[1], 2 * 14);
    for (round, found) in kept.iter().enumerate().skip(30) {
        assert_eq!(*found, steady, "pages and events after round {round}");
    }
}

/// So operation ids are remembered.
#[test]
fn the_last_day_is_kept_whatever_the_retention() {
    for retention in [Duration::ZERO, DAY] {
        let kept = grown(Some(retention), 8);
        assert_eq!(kept[7][1], 2 * 2);
    }
}
