//! A service that guards two APIs and manages their keys. Run it with `cargo run --example service`.
//!
//! It needs no set-up, and uses a SQLite file in the current folder. Use `--database postgres://user:password@host/name` for
//! PostgreSQL, and `--port` for another port than 3000. Next to the SQLite file it writes the master key (`.key`) and the settings
//! (`.settings.json`) that the command `keyward` needs. It prints the address at which you sign in as one of three sample people, and
//! no secret. Its handling of the master key and of the login is only for an example; comments say what a real service does.

mod app;
mod options;
mod set_up;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;

use self::app::App;
use self::app::sign_in::SignIns;
use self::options::Options;

/// The time limit for running requests after the service is told to stop. Process supervisors wait longer. A request that never
/// ends does not block the shutdown.
const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let options = Options::from_args(std::env::args().skip(1))?;
    let (keyward, people) = set_up::open(&options).await?;
    set_up::first_workspace(&keyward).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    println!("Sign in at http://{}/ and stop with Ctrl-C.", listener.local_addr()?);

    let maintenance = tokio::spawn(keyward.maintain(tokio::time::sleep));
    let router = App::new(keyward.clone(), people, SignIns::new()?).router()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stopped()?).into_future();
    let told = stopped()?;
    tokio::select! {
        served = serving => served?,
        () = async { told.await; tokio::time::sleep(PATIENCE).await } => {}
    }
    // All requests have ended. `close` writes their last-used times before the process exits.
    keyward.close().await?;
    maintenance.abort();
    println!("stopped: all last-used times are written");
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
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

/// Waits for Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        tokio::signal::ctrl_c().await.ok();
    })
}
