//! Programs between a store and its server. A test whose program is missing is skipped locally and fails in CI.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::server::is_root;

/// Returns `true` if a program is installed.
pub(crate) fn is_installed(program: &str) -> bool {
    // Unlike `-v`, this does not start etcd.
    let found = Command::new(program).arg("--version").env("PATH", path()).output();
    let is_there = !matches!(found, Err(error) if error.kind() == ErrorKind::NotFound);
    assert!(is_there || std::env::var_os("CI").is_none(), "{program} is needed for this test");
    if !is_there {
        eprintln!("skipped: {program} is not installed");
    }
    is_there
}

/// Returns the search path, including the folders of servers that are not in a user's path.
pub(crate) fn path() -> String {
    format!("{}:/usr/sbin", std::env::var("PATH").unwrap())
}

/// Returns a free port.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that listens on a port. It ends when this is dropped, or when the tests end.
pub(crate) struct Program {
    pub(crate) port: u16,
    child: Child,
    _folder: TempDir,
}

impl Program {
    /// Starts a program with a file of settings, and waits until it listens.
    pub(crate) fn start(command: &str, port: u16, files: &[(&str, String)]) -> Self {
        let folder = TempDir::new().unwrap();
        open_to_all(folder.path());
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text.replace("{folder}", folder.path().to_str().unwrap())).unwrap();
        }
        // The shell waits for the end of its input, which comes when the test process ends for any reason.
        let script = format!("{command} > log 2>&1 & cat > /dev/null; kill $!; wait $!");
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("PATH", path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(!log().contains("FATAL"), "{}", log());
            assert!(child.try_wait().unwrap().is_none(), "{}", log());
            thread::sleep(Duration::from_millis(5));
        }
        Self { port, child, _folder: folder }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// A program may run as a user of its own.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
}

/// `PgBouncer` in front of the server of this URL, with these settings beside its own.
pub(crate) fn pgbouncer(url: &str, settings: &str) -> Program {
    let (user, rest) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (host, port) = rest.split_once('/').unwrap().0.split_once(':').unwrap();
    let own = free_port();
    let text = format!(
        "[databases]\n* = host={host} port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {own}\nunix_socket_dir =\nauth_type = trust\nauth_file = {{folder}}/users\n{settings}\n"
    );
    let command = if is_root() { "pgbouncer -u postgres settings" } else { "pgbouncer settings" };
    Program::start(command, own, &[("settings", text), ("users", format!("\"{user}\" \"\"\n"))])
}
