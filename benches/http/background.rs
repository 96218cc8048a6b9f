//! Background load during the measurements: rotations, revocations and forged requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyward::{Actor, Keyward, Name, NewCredential, WorkspaceId};
use tokio::net::TcpStream;

use crate::load::{self, Failed};
use crate::service::Service;

/// The number of rotations per second, and of revocations per second.
const CHANGES_A_SECOND: u32 = 5;

/// The number of forged requests per second. They are sent ten at a time, because timers are too coarse for single ones.
const FORGED_A_SECOND: u32 = 1_000;
const FORGED_AT_A_TIME: u32 = 10;

/// The running background load.
pub(crate) struct Background {
    stop: Arc<AtomicBool>,
    begun: Instant,
    changes: Arc<AtomicU64>,
    forged: Arc<AtomicU64>,
}

/// The achieved background load.
pub(crate) struct Done {
    pub(crate) changes_a_second: f64,
    pub(crate) forged_a_second: f64,
}

pub(crate) fn start(service: &Service) -> Background {
    let background = Background {
        stop: Arc::default(),
        begun: Instant::now(),
        changes: Arc::default(),
        forged: Arc::default(),
    };
    let (keyward, admin) = (service.keyward.clone(), service.admin.clone());
    let (workspace, stop) = (service.workspace.clone(), Arc::clone(&background.stop));
    let changes = Arc::clone(&background.changes);
    service.spawn(async move {
        if let Err(error) = change(&keyward, &admin, &workspace, &stop, &changes).await {
            eprintln!("changing the keys failed: {error}");
        }
    });
    let (stop, forged) = (Arc::clone(&background.stop), Arc::clone(&background.forged));
    let (to, forgery) = (service.guarded, service.forged.clone());
    service.spawn(async move {
        if let Err(error) = attack(to, &forgery, &stop, &forged).await {
            eprintln!("sending forged requests failed: {error}");
        }
    });
    background
}

impl Background {
    pub(crate) fn stop(self) -> Result<Done, Failed> {
        self.stop.store(true, Ordering::Release);
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = |count: &AtomicU64| {
            u32::try_from(count.load(Ordering::Acquire)).map(|count| f64::from(count) / seconds)
        };
        Ok(Done { changes_a_second: rate(&self.changes)?, forged_a_second: rate(&self.forged)? })
    }
}

async fn change(
    keyward: &Keyward,
    admin: &Actor,
    workspace: &WorkspaceId,
    stop: &AtomicBool,
    changes: &AtomicU64,
) -> Result<(), Failed> {
    let manager = keyward.manager(admin);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / CHANGES_A_SECOND);
    for number in 0_u64.. {
        ticks.tick().await;
        if stop.load(Ordering::Acquire) {
            break;
        }
        let name = format!("short-lived {number}");
        let new = NewCredential::new(workspace.clone(), Name::new(&name)?);
        let id = manager.issue_app_key(new).await?.credential.id;
        drop(manager.rotate(id, Duration::ZERO).await?);
        manager.delete(id, &name).await?;
        changes.fetch_add(1, Ordering::Release);
    }
    Ok(())
}

async fn attack(
    to: SocketAddr,
    forgery: &[u8],
    stop: &AtomicBool,
    forged: &AtomicU64,
) -> Result<(), Failed> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::new();
    let pause = Duration::from_secs(1) * FORGED_AT_A_TIME / FORGED_A_SECOND;
    let mut ticks = tokio::time::interval(pause);
    while !stop.load(Ordering::Acquire) {
        ticks.tick().await;
        for _ in 0..FORGED_AT_A_TIME {
            let status = load::exchange(&mut stream, forgery, &mut answer).await?;
            if status != 401 {
                return Err(format!("a forged request got {status}").into());
            }
            forged.fetch_add(1, Ordering::Release);
        }
    }
    Ok(())
}
