//! Three servers under Patroni with etcd, in strict synchronous mode: with the settings of `docs/postgresql.md`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::programs::{Program, free_port, is_installed, path};
use crate::server::{as_owner, binaries, is_root, run};

const PAGE: &str = include_str!("../../docs/postgresql.md");

/// How long a cluster may take to start.
const START: Duration = Duration::from_mins(3);

/// The shell waits for the end of its input, which comes when the tests end, however they do.
const SCRIPT: &str = r#"cd "$2"; patroni settings > log 2>&1 & echo $!
    cat > /dev/null; kill -9 $!; "$1/pg_ctl" stop -s -m immediate -D data"#;

/// A server and its Patroni. Both end when this is dropped, or when the tests end.
pub(crate) struct Member {
    pub(crate) port: u16,
    api: u16,
    folder: TempDir,
    /// The process of Patroni.
    patroni: u32,
    shell: Child,
}

/// Three members and the etcd by which they elect the primary.
pub(crate) struct Cluster {
    pub(crate) members: Vec<Member>,
    _etcd: Program,
}

/// Whether Patroni and etcd are installed.
pub(crate) fn are_installed() -> bool {
    is_installed("patroni") && is_installed("etcd")
}

impl Cluster {
    /// Starts three servers and waits until both standbys stream from the primary, one of them synchronously.
    pub(crate) fn start() -> Self {
        let (client, peer) = (free_port(), free_port());
        let etcd = format!(
            "etcd --data-dir data --listen-client-urls http://127.0.0.1:{client} \
             --advertise-client-urls http://127.0.0.1:{client} --listen-peer-urls http://127.0.0.1:{peer}"
        );
        let etcd = Program::start(&etcd, client, &[]);
        let members = (1..=3).map(|number| Member::start(number, client)).collect();
        let cluster = Self { members, _etcd: etcd };
        let begun = Instant::now();
        while !cluster.is_whole() {
            assert!(begun.elapsed() < START, "{}", cluster.logs());
            thread::sleep(Duration::from_millis(200));
        }
        cluster
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.members.iter().map(|member| member.port).collect()
    }

    /// Returns the primary, if Patroni says that there is one.
    pub(crate) fn primary(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.is("primary"))
    }

    /// What the members say, for the message of a failed test.
    pub(crate) fn logs(&self) -> String {
        let log = |member: &Member| fs::read_to_string(member.folder.path().join("log"));
        let last = |text: String| {
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines[lines.len().saturating_sub(15)..].join("\n")
        };
        self.members.iter().filter_map(|one| log(one).ok()).map(last).collect::<Vec<_>>().join("\n")
    }

    fn is_whole(&self) -> bool {
        let count = |role| self.members.iter().filter(|member| member.is(role)).count();
        (count("primary"), count("replica"), count("synchronous")) == (1, 2, 1)
    }
}

impl Member {
    fn start(number: usize, etcd: u16) -> Self {
        let folder = TempDir::new().unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let (port, api) = (free_port(), free_port());
        let settings = settings(number, port, api, etcd, folder.path());
        fs::write(folder.path().join("settings"), settings).unwrap();
        let mut shell = as_owner("sh")
            .args(["-c", SCRIPT, "sh"])
            .args([&binaries(), folder.path()])
            .env("PATH", path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let patroni = line.trim().parse().unwrap();
        Self { port, api, folder, patroni, shell }
    }

    /// Asks Patroni whether its server has this role.
    pub(crate) fn is(&self, role: &str) -> bool {
        let asked = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.api))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            write!(stream, "OPTIONS /{role} HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        asked().is_ok_and(|answer| answer.starts_with("HTTP/1.0 200"))
    }

    /// Kills Patroni. Its server goes on.
    pub(crate) fn kill_patroni(&self) {
        kill(&[self.patroni]);
    }

    /// Kills the server's first process and Patroni at the same time.
    pub(crate) fn kill_server_and_patroni(&self) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let server = file.lines().next().unwrap().trim().parse().unwrap();
        kill(&[self.patroni, server]);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }
}

fn kill(processes: &[u32]) {
    let numbers = processes.iter().map(ToString::to_string);
    run(Command::new("kill").arg("-9").args(numbers));
}

/// The settings of the page, which end in those of the cluster, and the rest.
///
/// `ttl` has the lowest value that Patroni accepts. It decides how long a failover takes.
fn settings(number: usize, port: u16, api: u16, etcd: u16, folder: &Path) -> String {
    let (_, block) = PAGE.split_once("```yaml\n").unwrap();
    let block = block.split_once("```").unwrap().0;
    assert!(block.contains("synchronous_mode_strict: true"), "{block}");
    let (binaries, folder): (PathBuf, _) = (binaries(), folder.display());
    format!(
        "{block}    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    postgresql:
      use_slots: false
      parameters:
        dynamic_shared_memory_type: mmap
        fsync: 'off'
  initdb:
    - encoding: UTF8
    - locale: C
    - no-sync
  pg_hba:
    - host all all 127.0.0.1/32 trust
    - host replication all 127.0.0.1/32 trust
scope: keyward
name: db{number}
restapi:
  listen: 127.0.0.1:{api}
  connect_address: 127.0.0.1:{api}
etcd3:
  host: 127.0.0.1:{etcd}
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/data
  bin_dir: {binaries}
  pgpass: {folder}/pgpass
  authentication:
    superuser:
      username: postgres
    replication:
      username: replicator
  parameters:
    unix_socket_directories: {folder}
",
        binaries = binaries.display()
    )
}
