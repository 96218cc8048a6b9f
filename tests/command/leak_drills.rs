//! `keyward leak-drill`, against nodes of a service over one database.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::{get, post};
use keyward::history::HistoryFilter;
use keyward::http::Guard;
use keyward::http::leaks::{DrillKey, Leak, LeakAlerts, LeakHost};
use keyward::manage::{CredentialFilter, LeakOutcome};
use keyward::{AccountId, ActorId, App, Keyward, Operator, Verified};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::fixture::{Ended, Fixture, admin, command, run};
use crate::harness::RUNTIME;
use crate::test_store::{DATABASES, Kind, block_on};

/// The host of the endpoint for alerts.
#[derive(Clone, Default)]
struct Host(Arc<Mutex<Vec<(bool, LeakOutcome)>>>);

impl LeakHost for Host {
    async fn public_keys(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        Ok(r#"{ "public_keys": [] }"#.to_owned())
    }

    async fn acted(&self, leak: &Leak, outcome: LeakOutcome) {
        self.0.lock().unwrap().push((leak.is_drill, outcome));
    }
}

async fn hello(_: Verified<App>) -> &'static str {
    "hello"
}

fn guarded(keyward: &Keyward) -> Router {
    Router::new().route("/hello", get(hello)).with_state(Guard::new(keyward.clone()))
}

fn alerts(keyward: &Keyward, host: Host, drill: Option<DrillKey>) -> Router {
    let operator = Operator::new(ActorId::new("github").unwrap());
    let alerts = LeakAlerts::new(keyward.clone(), operator, host);
    let alerts = match drill {
        Some(key) => alerts.with_drill(key),
        None => alerts,
    };
    Router::new().route_service("/leaks", alerts)
}

fn serve(routes: Router) -> SocketAddr {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
        RUNTIME.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        address
    })
}

/// Makes a key pair in the folder of the fixture.
fn new_key(fixture: &Fixture) -> DrillKey {
    let words = ["leak-drill", "new-key", "drill.key"];
    run(command(fixture.folder.path()).args(words), "").text(0).parse().unwrap()
}

/// Runs a drill. Each address is a server.
fn drill(fixture: &Fixture, alerts: SocketAddr, nodes: &[SocketAddr], more: &str) -> Ended {
    fixture.run(&words(alerts, nodes, more), "")
}

fn words(alerts: SocketAddr, nodes: &[SocketAddr], more: &str) -> String {
    let nodes = nodes.iter().map(|node| format!(" --node http://{node}/hello"));
    let nodes = nodes.collect::<String>();
    format!(
        "leak-drill run acme acme/shop --alerts http://{alerts}/leaks{nodes} --drill-key drill.key{more} --json"
    )
}

/// The credentials of the shop, without the customer's own.
fn left(fixture: &Fixture) -> Vec<String> {
    let admin = admin();
    let page = block_on(fixture.keyward.manager(&admin).credentials(CredentialFilter::new()));
    let names = page.unwrap().items.into_iter().map(|item| item.record().unwrap().name.to_string());
    names.filter(|name| name.starts_with("Leak drill")).collect()
}

fn history(fixture: &Fixture) -> Vec<String> {
    let admin = admin();
    let page = block_on(fixture.keyward.manager(&admin).history(HistoryFilter::new())).unwrap();
    let events = page.items.into_iter().map(|item| item.record().unwrap());
    events.map(|event| format!("{} by {}", event.action.word(), event.by.id)).collect()
}

#[test]
fn every_node_refuses_the_drill_key_within_the_bound_and_nothing_is_left() {
    for kind in DATABASES {
        let fixture = Fixture::new(kind);
        let customer = fixture.app_key("Backend");
        let (host, key) = (Host::default(), new_key(&fixture));
        let [first, second] = [(); 2].map(|()| fixture.node(Duration::from_secs(1)));
        let first = serve(guarded(&first).merge(alerts(&first, host.clone(), Some(key))));
        let second = serve(guarded(&second));
        let before = history(&fixture);

        let ended = drill(&fixture, first, &[first, second], "");
        let answer = ended.json(0);
        assert_eq!(answer["bound_ms"], 1_000);
        let nodes = answer["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 2);
        for node in nodes {
            assert_eq!(node["is_late"], false, "{node}");
            assert!(node["refused_after_ms"].is_u64(), "{node}");
        }
        ended.hides("PRIVATE");
        ended.hides("kw_app_");
        assert_eq!(*host.0.lock().unwrap(), [(true, LeakOutcome::Suspended)]);
        assert_eq!(left(&fixture), [""; 0]);
        let drilled = history(&fixture);
        let (new, old) = drilled.split_at(drilled.len() - before.len());
        assert_eq!(old, before);
        let by_drill = |word: &str| format!("{word} by keyward-leak-drill");
        assert_eq!(
            new,
            [
                by_drill("deleted"),
                "suspended by github".to_owned(),
                "leaked by github".to_owned(),
                by_drill("issued"),
            ]
        );
        let attempt = keyward::Attempt::app(customer.secret.expose());
        block_on(fixture.node(Duration::ZERO).verify(&attempt)).unwrap();
    }
}

#[test]
fn a_drill_of_another_kind_or_with_another_key_says_what_to_correct() {
    let fixture = Fixture::new(Kind::Sqlite);
    let key = new_key(&fixture);
    let node = fixture.node(Duration::from_secs(1));
    let address = serve(guarded(&node).merge(alerts(&node, Host::default(), Some(key))));
    let other = drill(&fixture, address, &[address], " --kind live");
    assert_eq!((other.code, other.out.as_str()), (2, ""));
    assert!(other.err.contains("no kind `live` (its kinds: `track`, `app`)"), "{}", other.err);
    assert_eq!(left(&fixture), [""; 0]);

    fs::remove_file(fixture.path("drill.key")).unwrap();
    let _ = new_key(&fixture);
    let unsigned = drill(&fixture, address, &[address], "");
    assert_eq!((unsigned.code, unsigned.out.as_str()), (1, ""));
    for part in
        ["does not accept the signature of the drill key", "that belongs to it", "status 401"]
    {
        assert!(unsigned.err.contains(part), "{}", unsigned.err);
    }
    assert_eq!(left(&fixture), [""; 0]);
}

#[test]
fn a_node_that_accepts_the_key_after_the_bound_is_found() {
    let fixture = Fixture::new(Kind::Sqlite);
    let key = new_key(&fixture);
    let first = fixture.node(Duration::from_secs(1));
    let first = serve(alerts(&first, Host::default(), Some(key)));
    let slow = serve(guarded(&fixture.node(Duration::from_secs(5))));
    let ended = drill(&fixture, first, &[slow], " --bound-ms 500");
    let node = &ended.json(3)["nodes"][0];
    assert_eq!(node["is_late"], true, "{node}");
    assert!(node["accepted_until_ms"].as_u64().unwrap() > 500, "{node}");
    assert_eq!(left(&fixture), [""; 0]);
}

#[test]
fn a_drill_that_fails_half_way_deletes_its_credential() {
    let fixture = Fixture::new(Kind::Sqlite);
    new_key(&fixture);
    let node = fixture.node(Duration::from_secs(1));
    let without = serve(guarded(&node).merge(alerts(&node, Host::default(), None)));
    let refused = drill(&fixture, without, &[without], "");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("LeakAlerts::with_drill"), "{}", refused.err);
    assert!(refused.err.contains("the drill credential was deleted"), "{}", refused.err);

    // A redirect is not followed: the key is for the named address alone.
    let open = serve(Router::new().route("/", get(|| async { "hello" })));
    let elsewhere = move || async move { Redirect::temporary(&format!("http://{open}/")) };
    let elsewhere = serve(Router::new().route("/hello", get(elsewhere)));
    let refused = drill(&fixture, without, &[elsewhere], " --bound-ms 100");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("(status 307)"), "{}", refused.err);

    // Keys of the service are not presented in this header.
    let refused = drill(&fixture, without, &[without], " --bound-ms 100 --header x-api-key");
    assert!(refused.err.contains("(status 401)"), "{}", refused.err);
    let history = history(&fixture);
    let count = |word: &str| history.iter().filter(|event| event.starts_with(word)).count();
    assert_eq!((count("issued by"), count("deleted by")), (3, 3));
    assert_eq!(left(&fixture), [""; 0]);
}

#[test]
fn an_interrupted_drill_deletes_its_credential() {
    let fixture = Fixture::new(Kind::Sqlite);
    new_key(&fixture);
    let node = serve(guarded(&fixture.node(Duration::from_secs(1))));
    let (posted, is_posted) = mpsc::channel();
    let stuck = move || async move {
        posted.send(()).unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    let stuck = serve(Router::new().route("/leaks", post(stuck)));
    let mut process = fixture.command(&words(stuck, &[node], ""));
    let process = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    is_posted.recv().unwrap();
    assert_eq!(left(&fixture).len(), 1);
    let pid = process.id().to_string();
    let kill = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(kill.unwrap().success());
    let ended = process.wait_with_output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("interrupted; the drill credential was deleted"), "{error}");
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(left(&fixture), [""; 0]);
}

#[test]
fn a_credential_that_cannot_be_deleted_is_named() {
    let fixture = Fixture::new(Kind::Sqlite);
    new_key(&fixture);
    let node = fixture.node(Duration::from_secs(1));
    let closing = node.clone();
    let close = move || async move {
        let account = AccountId::new("acme").unwrap();
        let operator = Operator::new(ActorId::new("ops").unwrap()).acting_for(account);
        closing.manager(&operator).close_account("acme").await.unwrap();
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let routes = guarded(&node).route("/leaks", post(close));
    let address = serve(routes);
    let failed = drill(&fixture, address, &[address], "");
    assert_eq!(failed.code, 1);
    let error: Value = serde_json::from_str(failed.err.lines().last().unwrap()).unwrap();
    let (message, causes) = (error["error"].as_str().unwrap(), error["causes"].to_string());
    assert!(message.contains("of acme/shop is left: delete it"), "{error}");
    assert!(causes.contains("(status 500)"), "{error}");
}

#[test]
fn a_drill_key_is_made_in_a_new_file_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let attempt = || {
        let words = ["leak-drill", "new-key", "drill.key", "--json"];
        run(command(folder.path()).args(words), "")
    };
    let made = attempt();
    let file = folder.path().join("drill.key");
    let private = fs::read_to_string(&file).unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"), "not PKCS #8");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    made.json(0)["public_key"].as_str().unwrap().parse::<DrillKey>().unwrap();
    made.hides(private.lines().nth(1).unwrap());
    let again = attempt();
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert_eq!(fs::read_to_string(&file).unwrap(), private);
}

#[test]
fn a_drill_without_its_private_key_issues_nothing() {
    let fixture = Fixture::new(Kind::Sqlite);
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let before = history(&fixture);
    fixture.write_secret("drill.key", "not a key");
    let wrong = drill(&fixture, nowhere, &[nowhere], "");
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("no private key of drills"), "{}", wrong.err);
    fs::set_permissions(fixture.path("drill.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(drill(&fixture, nowhere, &[nowhere], "").err.contains("chmod 600 drill.key"));

    let none = words(nowhere, &[nowhere], "").replace(" --drill-key drill.key", "");
    let none = fixture.run(&none, "");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("KEYWARD_DRILL_KEY"), "{}", none.err);
    let pem = "-----BEGIN PRIVATE KEY-----";
    let argument = run(command(fixture.folder.path()).args(["leak-drill", "run", pem]), "");
    assert!(argument.err.contains("argument 3 contains a secret"), "{}", argument.err);
    let reserved = fixture.run("trace --as keyward-leak-drill", "x");
    assert_eq!(reserved.code, 2);
    assert!(reserved.err.contains("reserved for leak drills"), "{}", reserved.err);
    assert_eq!(history(&fixture), before);
}
