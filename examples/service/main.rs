//! A service that guards two APIs and manages their keys: `cargo run --example service`.
//!
//! It starts with nothing to set up, on a SQLite file in the current folder, or with
//! `--database postgres://user:password@host/name` on PostgreSQL; `--port` is 3000 unless it says otherwise. It
//! prints `curl` lines to try, and at the first start the keys that they use. What it does with its master key and its admin is for an example:
//! the text that it prints says what a real service does.

mod app;
mod options;
mod set_up;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;

use self::app::App;
use self::options::Options;

/// How long the requests under way may take once the service is told to stop. Supervisors wait longer. A request that is
/// never finished does not hold up the others.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let options = Options::from_args(std::env::args().skip(1))?;
    let (keyward, people) = set_up::open(&options).await?;
    let first_keys = set_up::first_keys(&keyward).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let manage_token = app::manage::Token::draw()?;
    let base = format!("http://{}", listener.local_addr()?);
    print!("{}", app::welcome::text(&base, first_keys.as_ref(), &manage_token));

    let maintenance = tokio::spawn(keyward.maintain(tokio::time::sleep));
    let router = App::new(keyward.clone(), people, set_up::admin()?, manage_token).router()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stopped()?).into_future();
    let told = stopped()?;
    tokio::select! {
        served = serving => served?,
        () = async { told.await; tokio::time::sleep(PATIENCE).await } => {}
    }
    // The requests are over. What they used is written before the process ends.
    keyward.close().await?;
    maintenance.abort();
    println!("stopped: every last-used time is written");
    Ok(())
}

/// Until SIGINT or SIGTERM.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Until Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
