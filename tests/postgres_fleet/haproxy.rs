//! `HAProxy` in front of the servers, with the settings of `docs/postgresql.md`. A program that asks the servers
//! replaces Patroni's REST API.

use std::sync::LazyLock;
use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{MasterKey, MasterKeys, NewWorkspace};
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::harness::{RUNTIME, patient};
use crate::nodes::{found_after_failover, issued_after_failover, node};
use crate::programs::{Program, free_port, is_installed};
use crate::server::{Server, URL};
use crate::several::{promote, wait_for};
use crate::standby::Pair;
use crate::stores::{admin, name, workspace};

const PAGE: &str = include_str!("../../docs/postgresql.md");

/// Answers `OPTIONS /primary` as Patroni does: 200 if the server accepts writes, otherwise 503.
async fn rest_api(url: String) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        // Kept, as Patroni does: a new connection for each check takes too long on a busy machine.
        let mut connection = PgConnection::connect(&url).await.unwrap();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let length = client.read(&mut request).await.unwrap_or(0);
            let is_asked = request[..length].starts_with(b"OPTIONS /primary ");
            let is_right = is_asked && accepts_writes(&mut connection).await;
            let status = if is_right { "200 OK" } else { "503 No" };
            let answer = format!("HTTP/1.0 {status}\r\nContent-Length: 0\r\n\r\n");
            client.write_all(answer.as_bytes()).await.ok();
        }
    });
    (port, serving)
}

async fn accepts_writes(connection: &mut PgConnection) -> bool {
    let asked = sqlx::query_scalar("SELECT NOT pg_is_in_recovery()");
    asked.fetch_one(connection).await.unwrap_or(false)
}

/// `HAProxy` with the settings of the page, in which these are the places of the servers.
fn haproxy(servers: [(u16, u16); 2]) -> Program {
    let (_, block) = PAGE.split_once("```haproxy\n").unwrap();
    let own = free_port();
    let mut text =
        block.split_once("```").unwrap().0.replace("*:5000", &format!("127.0.0.1:{own}"));
    for (host, (port, api)) in ["db1", "db2"].into_iter().zip(servers) {
        let there = format!("{host}:5432 check port 8008");
        assert!(text.contains(&there), "{text}");
        text = text.replace(&there, &format!("127.0.0.1:{port} check port {api}"));
    }
    Program::start("haproxy -db -f settings", own, &[("settings", text)])
}

#[test]
fn haproxy_leads_to_the_server_that_accepts_writes() {
    if !is_installed("haproxy") {
        return;
    }
    LazyLock::force(&URL);
    let Pair { mut primary, standby } = Pair::start();
    RUNTIME.block_on(async {
        let (first, second) = (rest_api(primary.url()).await, rest_api(standby.url()).await);
        let proxy = haproxy([(primary.port(), first.0), (standby.port(), second.0)]);
        let url = Server::url_at(proxy.port);
        let options = patient("proxied").connections(4);
        options.clone().migrate(&url).await.unwrap();
        let master_key = MasterKey::generate().unwrap();
        let keys = || MasterKeys::new(master_key.expose_text().parse().unwrap());
        let admin = admin();
        // Before the failover nothing may fail, however busy the machine is.
        let before = options.clone().connect(&url).await.unwrap();
        let first_node = node(&before, keys()).build().unwrap();
        let new = NewWorkspace::new(workspace(), name("Shop"));
        first_node.manager(&admin).create_workspace(new).await.unwrap();
        wait_for(&standby, "proxied", before.position().await.unwrap().number()).await;
        before.close().await;
        let store = options.time_limit(Duration::from_secs(5)).connect(&url).await.unwrap();
        let keyward = node(&store, keys()).build().unwrap();
        let manager = keyward.manager(&admin);
        primary.kill();
        promote(&standby).await;
        let issued = issued_after_failover(&manager).await;
        assert!(found_after_failover(&store, issued.credential.id).await.is_some());
        store.close().await;
        first.1.abort();
        second.1.abort();
    });
}
