//! The same with another client: urllib3, with its pool of kept connections.

use std::process::{Command, Stdio};

use crate::server::{Server, Transport, WRONG};
use crate::{LENGTHS, SERVES, TRANSPORTS, block_on, trials};

/// Returns a Python that has urllib3. Without one, the test is skipped locally and fails in CI.
fn python() -> Option<String> {
    let python = std::env::var("KEYWARD_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut import = Command::new(&python);
    import.args(["-c", "import urllib3"]).stdout(Stdio::null()).stderr(Stdio::null());
    let is_there = import.status().is_ok_and(|status| status.success());
    assert!(is_there || std::env::var_os("CI").is_none(), "{python} with urllib3 is needed");
    if !is_there {
        eprintln!("skipped: {python} has no urllib3");
    }
    is_there.then_some(python)
}

#[test]
fn a_pooled_client_gets_every_refusal_and_keeps_its_connection() {
    let Some(python) = python() else { return };
    for serves in SERVES {
        for transport in TRANSPORTS {
            block_on(async {
                let server = Server::start(serves, transport).await;
                let folder = tempfile::tempdir().unwrap();
                let certificate = folder.path().join("certificate.pem");
                std::fs::write(&certificate, &server.certificate).unwrap();
                let scheme = if transport == Transport::Tls { "https" } else { "http" };
                let mut client = tokio::process::Command::new(&python);
                client
                    .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/unread_bodies/pooled.py"))
                    .arg(format!("{scheme}://localhost:{}/", server.address.port()))
                    .arg(certificate)
                    .args([&server.token, WRONG, &trials().to_string()])
                    .args(LENGTHS.map(|length| length.to_string()));
                let output = client.output().await.unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{serves:?} {transport:?}: {said}");
            });
        }
    }
}
