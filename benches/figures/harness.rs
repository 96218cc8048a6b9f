//! The PostgreSQL server and the runtime of the benchmarks. The server code is shared with the tests, and it expects the runtime
//! here.

use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::server::{Server, as_owner, is_root, run};

#[allow(clippy::unwrap_used, reason = "without a runtime there is nothing to measure")]
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A server for the benchmarks. It has the one setting that the PostgreSQL manual tells everyone to change: the default caches
/// only 128 MB of tables, so the results would measure the setting. It accepts TLS, which only the row about TLS uses, and
/// enough connections for the clients of the rows about a network.
pub(crate) static URL: LazyLock<String> = LazyLock::new(|| SERVER.url() + "?sslmode=disable");

/// The same server over TLS. `None` if there is no `openssl` to make a certificate.
pub(crate) static TLS_URL: LazyLock<Option<String>> =
    LazyLock::new(|| CERTIFICATE.as_ref().map(|_| SERVER.url() + "?sslmode=require"));

static SERVER: LazyLock<&'static Server> = LazyLock::new(|| {
    let tls = CERTIFICATE.as_ref().map(|folder| {
        let folder = folder.path().display();
        format!("-c ssl=on -c ssl_cert_file={folder}/cert -c ssl_key_file={folder}/key")
    });
    let settings =
        format!("-c shared_buffers=1GB -c max_connections=300 {}", tls.unwrap_or_default());
    // The server ends with this process: see `Server::start_with`.
    Box::leak(Box::new(Server::start_with(settings.leak())))
});

/// A folder with a certificate and its key. The server must own the files.
static CERTIFICATE: LazyLock<Option<TempDir>> = LazyLock::new(|| {
    let folder = TempDir::new().ok()?;
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(folder.path()));
    }
    let made = as_owner("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"])
        .arg("-keyout")
        .arg(folder.path().join("key"))
        .arg("-out")
        .arg(folder.path().join("cert"))
        .output();
    made.is_ok_and(|made| made.status.success()).then_some(folder)
});
