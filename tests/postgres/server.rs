//! A PostgreSQL server for the tests: the one whose URL is in `KEYWARD_POSTGRES`, or one that is started from the installed binaries
//! in a temporary folder.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// The URL of a server, for every test that does not stop it.
pub(crate) static URL: LazyLock<String> = LazyLock::new(|| {
    std::env::var("KEYWARD_POSTGRES").unwrap_or_else(|_| {
        // It ends with this process: see `Server::start_on`.
        let server = Box::leak(Box::new(Server::start()));
        server.url()
    })
});

/// Makes a server several times as fast where the disk is busy. Nothing is lost when its processes are killed, and no test cuts the
/// power.
pub(crate) const WITHOUT_SYNC: &str = "-c fsync=off";

/// Distinguishes the names of this run from those of any other. A process id would not, because ids repeat, and a
/// killed run can leave its objects behind.
pub(crate) static RUN: LazyLock<String> =
    LazyLock::new(|| format!("{:016x}", getrandom::u64().unwrap()));

/// A server of our own.
pub(crate) struct Server {
    folder: TempDir,
    binaries: PathBuf,
    settings: &'static str,
    port: u16,
    process: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(WITHOUT_SYNC)
    }

    /// Makes an empty database and starts a server on it, with settings as its command line has them.
    pub(crate) fn start_with(settings: &'static str) -> Self {
        Self::start_on(settings, |binaries, data| {
            run(as_owner(binaries.join("initdb"))
                .args(["-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--locale=C", "-D"])
                .arg(data));
        })
    }

    /// Copies a server and starts a standby that streams from it.
    pub(crate) fn standby_of(primary: &Self) -> Self {
        Self::start_on(WITHOUT_SYNC, |binaries, data| {
            run(as_owner(binaries.join("pg_basebackup"))
                .args(["-R", "-X", "stream", "-c", "fast", "-d", &primary.url(), "-D"])
                .arg(data));
        })
    }

    /// The server's parent is a shell that waits for the end of its input, which comes when the test process ends for
    /// any reason.
    fn start_on(settings: &'static str, make: impl FnOnce(&Path, &Path)) -> Self {
        let binaries = binaries();
        let folder = TempDir::new().unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        make(&binaries, &folder.path().join("data"));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = serve(&binaries, folder.path(), port, settings);
        let server = Self { folder, binaries, settings, port, process };
        server.wait();
        server
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.port)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a server of our own by a way that begins at this port.
    pub(crate) fn url_at(port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    /// Kills every process of the server at once, and starts it again on the same data.
    pub(crate) fn crash_and_restart(&mut self) {
        self.stop("immediate");
        self.process = serve(&self.binaries, self.folder.path(), self.port, self.settings);
        self.wait();
    }

    /// Kills every process of the server at once, for good.
    pub(crate) fn kill(&mut self) {
        self.stop("immediate");
    }

    fn stop(&mut self, mode: &str) {
        run(as_owner(self.binaries.join("pg_ctl"))
            .args(["stop", "-s", "-m", mode, "-D"])
            .arg(self.folder.path().join("data")));
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }

    fn wait(&self) {
        run(as_owner(self.binaries.join("pg_isready"))
            .args(["-q", "-t", "60", "-h", "127.0.0.1", "-p"])
            .arg(self.port.to_string()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is still running.
        if self.process.stdin.is_some() {
            self.stop("immediate");
        }
    }
}

fn serve(binaries: &Path, folder: &Path, port: u16, settings: &str) -> Child {
    const SCRIPT: &str = r#""$1/pg_ctl" start -s -w -D "$2/data" -l "$2/log" \
        -o "-p $3 -c listen_addresses=127.0.0.1 -c unix_socket_directories='$2' $4"
        echo started; cat > /dev/null; "$1/pg_ctl" stop -s -m immediate -D "$2/data""#;
    let mut child = as_owner("sh")
        .args(["-c", SCRIPT, "sh"])
        .args([binaries, folder])
        .args([&port.to_string(), settings])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut started = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut started).unwrap();
    child.stdin.as_mut().unwrap().flush().unwrap();
    child
}

/// Returns the folder of the installed server's programs. Without one these tests fail, so that they are not skipped by
/// mistake.
pub(crate) fn binaries() -> PathBuf {
    let found = of_debian().or_else(of_pg_config);
    assert!(found.is_some(), "install PostgreSQL, or set KEYWARD_POSTGRES to the URL of a server");
    found.unwrap()
}

/// Debian installs several versions side by side, and none on the path: takes the newest.
fn of_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions
        .filter_map(|version| version.unwrap().file_name().to_str()?.parse::<u32>().ok())
        .max()?;
    Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
}

fn of_pg_config() -> Option<PathBuf> {
    let answer = Command::new("pg_config").arg("--bindir").output().ok()?.stdout;
    let folder = PathBuf::from(String::from_utf8(answer).ok()?.trim());
    folder.join("initdb").exists().then_some(folder)
}

/// Root must not run the server.
pub(crate) fn as_owner(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}
