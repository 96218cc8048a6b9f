//! The settings of `guide::proxies`, each in its own proxy: the client's address arrives, and no forged one.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use http::HeaderMap;
use keyward::http::{ClientAddress, ForwardingHeader};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

/// Returns the code block of this language.
fn settings(language: &str) -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/proxies.rs");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("//! ```{language}\n")).unwrap();
    let (block, _) = rest.split_once("//! ```\n").unwrap();
    let lines = block.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' '));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Returns `true` if a program is installed. Without it, the test is skipped locally and fails in CI.
fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("-v").env("PATH", path()).output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "{program} is needed for this test");
    found
}

fn path() -> String {
    format!("{}:/usr/sbin", std::env::var("PATH").unwrap())
}

/// A proxy, which ends when this is dropped.
struct Proxy(Child);

impl Proxy {
    fn start(program: &str, arguments: &[&str], folder: &std::path::Path) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).env("PATH", path()).env("HOME", folder);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        Self(quiet.spawn().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

async fn client(headers: HeaderMap, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    let proxies = ["127.0.0.1/32".parse().unwrap()];
    let address = ClientAddress::forwarded(ForwardingHeader::XForwardedFor, proxies);
    let found = address.find(&headers, peer.ip());
    found.map_or_else(|reason| reason.to_string(), |address| address.to_string())
}

/// Starts a server that returns the client's address. Returns its port.
async fn service() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().fallback(client);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    port
}

/// Sends a request from another address of this machine, and returns the answer's last line.
async fn ask(port: u16, forged: &str) -> Option<String> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await.ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{forged}\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

/// Runs a proxy with its settings between a client and a service.
async fn check(program: &str, language: &str, around: fn(String) -> String, arguments: &[&str]) {
    if !is_installed(program) {
        return;
    }
    let behind = service().await;
    let own = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let settings = settings(language);
    assert!(settings.contains("127.0.0.1:8080") && settings.contains("127.0.0.1:3000"));
    let settings = around(settings)
        .replace("127.0.0.1:8080", &format!("127.0.0.1:{own}"))
        .replace("127.0.0.1:3000", &format!("127.0.0.1:{behind}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings"), settings).unwrap();
    let mut proxy = Proxy::start(program, arguments, folder.path());
    let direct = loop {
        if let Some(answer) = ask(own, "").await {
            break answer;
        }
        assert!(proxy.0.try_wait().unwrap().is_none(), "{program} does not start");
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(direct, "127.0.0.2", "{program}");
    for forged in [
        "X-Forwarded-For: 198.51.100.66\r\n",
        "X-Forwarded-For: 198.51.100.66, 127.0.0.1\r\n",
        "X-Forwarded-For: 198.51.100.66\r\nX-Forwarded-For: 127.0.0.1\r\n",
    ] {
        assert_eq!(ask(own, forged).await.as_deref(), Some("127.0.0.2"), "{program}: {forged}");
    }
}

#[tokio::test]
async fn nginx_passes_on_the_clients_address() {
    let around = |server: String| {
        format!(
            "daemon off; pid nginx.pid; error_log error.log; events {{}} http {{ access_log off; \
             client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; \
             scgi_temp_path t5; {server} }}"
        )
    };
    check("nginx", "nginx", around, &["-p", ".", "-c", "settings", "-e", "stderr"]).await;
}

#[tokio::test]
async fn caddy_passes_on_the_clients_address() {
    let around = |site: String| format!("{{\n    admin off\n}}\n{site}");
    check("caddy", "caddy", around, &["run", "--config", "settings", "--adapter", "caddyfile"])
        .await;
}

#[tokio::test]
async fn haproxy_passes_on_the_clients_address() {
    check("haproxy", "haproxy", |whole| whole, &["-db", "-f", "settings"]).await;
}
