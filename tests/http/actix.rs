//! actix-web: its extractors and its middleware decide each case of the tables as the layers do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use keyward::http::{ClientAddress, Guard, PeerAddress, Scoped};
use keyward::kind::AcceptedKind;
use keyward::manage::EndTime;
use keyward::scope::{InsufficientScope, Scopes};
use keyward::{ManageError, Network, NewCredential, Track, Verified};

use crate::forwarding_table::{PROXY, TRUSTED, cases};
use crate::service::{Answered, PEER, request, request_from};
use crate::support::seen::Seen;
use crate::support::{World, admin, block_on, cheap, name, shop};

async fn by_middleware<K: AcceptedKind>(request: HttpRequest) -> HttpResponse {
    let extensions = request.extensions();
    let proof = extensions.get::<Verified<K>>().expect("nothing passes without a proof");
    HttpResponse::Ok().insert_header(("x-own", "kept")).body(proof.credential().to_string())
}

async fn by_extractor<K: AcceptedKind>(proof: Verified<K>) -> HttpResponse {
    HttpResponse::Ok().insert_header(("x-own", "kept")).body(proof.credential().to_string())
}

/// The same request in the types of actix-web.
fn actix_request(request: &Request<String>) -> TestRequest {
    let mut theirs = TestRequest::default()
        .method(request.method().as_str().parse().unwrap())
        .uri(&request.uri().to_string())
        .set_payload(request.body().clone());
    theirs = match request.version() {
        http::Version::HTTP_2 => theirs.version(actix_web::http::Version::HTTP_2),
        _ => theirs,
    };
    if let Some(PeerAddress(peer)) = request.extensions().get() {
        theirs = theirs.peer_addr(SocketAddr::new(*peer, 1));
    }
    for (name, value) in request.headers() {
        let value = actix_web::http::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        theirs = theirs.append_header((name.as_str(), value));
    }
    theirs
}

/// The same answer in the types of the other tests.
async fn answered<B: actix_web::body::MessageBody + 'static>(
    answer: Result<actix_web::dev::ServiceResponse<B>, actix_web::Error>,
) -> Answered {
    let response = match answer {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
    Answered { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// Sends a request to a handler behind the middleware.
pub fn through_middleware<K: AcceptedKind>(guard: &Guard, request: &Request<String>) -> Answered {
    let layer = guard.layer::<K>().unwrap();
    block_on(async {
        let handler = web::to(by_middleware::<K>);
        let app = init_service(App::new().wrap(layer).default_service(handler)).await;
        answered(try_call_service(&app, actix_request(request).to_request()).await).await
    })
}

/// Sends a request to a handler with the extractor.
pub fn through_extractor<K: AcceptedKind>(guard: &Guard, request: &Request<String>) -> Answered {
    block_on(async {
        let handler = web::to(by_extractor::<K>);
        let app = App::new().app_data(guard.clone()).default_service(handler);
        let app = init_service(app).await;
        answered(try_call_service(&app, actix_request(request).to_request()).await).await
    })
}

/// The kind, whose name is also that of an application.
type AppKey = keyward::App;

fn bearer(world: &World) -> String {
    format!("Bearer {}", world.app_key("backend").secret.expose())
}

fn world() -> World {
    let world = World::new();
    world.shop();
    world
}

/// A denied attempt tells the host the client's address.
#[test]
fn each_forwarding_header_gives_the_address_that_its_rule_says() {
    let world = world();
    for case in cases() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let trusted = TRUSTED.map(|network| network.parse::<Network>().unwrap());
        let guard = Guard::new(world.keyward.clone())
            .client_address(ClientAddress::forwarded(case.header.clone(), trusted))
            .on_denied(move |_, _, address| told.lock().unwrap().push(address));
        let mut request = request_from(PROXY, ["Bearer guess"]);
        let name = crate::forwarding::name(&case.header);
        for line in &case.lines {
            request.headers_mut().append(&name, HeaderValue::from_bytes(line).unwrap());
        }
        assert_eq!(through_middleware::<AppKey>(&guard, &request).status, StatusCode::UNAUTHORIZED);
        let expected = case.client.ok().map(|client| client.parse().unwrap());
        assert_eq!(*seen.lock().unwrap(), [expected], "{}", case.rule);
    }
}

#[test]
fn the_host_gets_the_head_of_a_denied_request() {
    let world = world();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let guard = Guard::new(world.keyward.clone()).on_denied(move |head, _, _| {
        let agent = head.headers["user-agent"].as_bytes().to_vec();
        let shown = format!("{:?}", head.headers);
        seen.lock().unwrap().push((head.method.clone(), head.uri.clone(), agent, shown));
    });
    let mut request = request(["Bearer a-guess"]);
    *request.method_mut() = http::Method::DELETE;
    *request.uri_mut() = "/v1/people?page=2".parse().unwrap();
    request.headers_mut().insert("user-agent", HeaderValue::from_static("curl"));
    through_extractor::<AppKey>(&guard, &request);
    let heads = heads.lock().unwrap();
    let [(method, uri, agent, shown)] = heads.as_slice() else { panic!("{heads:?}") };
    assert_eq!((method.as_str(), uri.to_string().as_str()), ("DELETE", "/v1/people?page=2"));
    assert_eq!(agent, b"curl");
    assert!(!shown.contains("a-guess"), "a log of the headers omits them");
}

#[test]
fn a_missing_guard_or_peer_is_500_and_the_log_says_what_to_add() {
    let world = world();
    let guard = Guard::new(world.keyward.clone());
    let request = request([bearer(&world)]);
    let log = Seen::default();
    let answered = log.of(|| {
        block_on(async {
            let app = App::new().default_service(web::to(by_extractor::<AppKey>));
            let app = init_service(app).await;
            answered(try_call_service(&app, actix_request(&request).to_request()).await).await
        })
    });
    assert_eq!(answered.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(log.all().contains(".app_data(guard)"));

    let mut without = request;
    without.extensions_mut().clear();
    for answered in [
        through_middleware::<AppKey>(&guard, &without),
        through_extractor::<AppKey>(&guard, &without),
    ] {
        assert_eq!(answered.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

/// A server on a Unix socket, for example.
#[test]
fn a_peer_address_of_the_host_replaces_the_one_of_the_socket() {
    let world = world();
    let network = "203.0.113.0/24".parse().unwrap();
    block_on(world.keyward.manager(&admin()).allow(&shop(), &[network])).unwrap();
    let guard = Guard::new(world.keyward.clone());
    let from = |own: Option<&str>| {
        let sent = actix_request(&request([bearer_of(&world)])).to_request();
        if let Some(own) = own {
            sent.extensions_mut().insert(PeerAddress(own.parse().unwrap()));
        }
        block_on(async {
            let app = App::new().app_data(guard.clone());
            let app = init_service(app.default_service(web::to(by_extractor::<AppKey>))).await;
            answered(try_call_service(&app, sent).await).await.status
        })
    };
    assert_eq!(from(None), StatusCode::FORBIDDEN, "{PEER} is not listed");
    assert_eq!(from(Some("203.0.113.7")), StatusCode::OK);
}

fn bearer_of(world: &World) -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("Bearer {}", world.app_key(&format!("key {count}")).secret.expose())
}

#[test]
fn the_proof_of_another_request_opens_nothing() {
    let world = world();
    let guard = Guard::new(world.keyward.clone());
    let key = bearer(&world);
    let token = key.strip_prefix("Bearer ").unwrap();
    let stale = block_on(world.keyward.verify(&keyward::Attempt::app(token))).unwrap();
    let sent = actix_request(&request::<&str>([])).to_request();
    sent.extensions_mut().insert::<Verified<AppKey>>(stale);
    let status = block_on(async {
        let app = App::new().app_data(guard.clone());
        let app = init_service(app.default_service(web::to(by_extractor::<AppKey>))).await;
        answered(try_call_service(&app, sent).await).await.status
    });
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_kind_reaches_no_handler_of_another() {
    let world = world();
    let guard = Guard::new(world.keyward.clone());
    let request = request([bearer(&world)]);
    assert_eq!(through_extractor::<AppKey>(&guard, &request).status, StatusCode::OK);
    assert_eq!(through_extractor::<Track>(&guard, &request).status, StatusCode::UNAUTHORIZED);
    assert_eq!(through_middleware::<Track>(&guard, &request).status, StatusCode::UNAUTHORIZED);
}

#[test]
fn responses_for_an_ending_key_say_so_if_the_host_wants_it() {
    let world = world();
    let key = world.app_key("ending");
    let sunset = EndTime::At(world.later(3_600));
    block_on(world.keyward.manager(&admin()).deprecate(key.credential.id, Some(sunset))).unwrap();
    let request = request([format!("Bearer {}", key.secret.expose())]);
    let silent = Guard::new(world.keyward.clone());
    let announcing = silent.clone().announce_endings();
    let endings = |guard: &Guard| {
        let answered = through_middleware::<AppKey>(guard, &request);
        assert_eq!(answered.header("x-own"), Some("kept"));
        ["deprecation", "sunset"].map(|name| answered.header(name).is_some())
    };
    assert_eq!(endings(&silent), [false, false]);
    assert_eq!(endings(&announcing), [true, true]);
}

#[test]
fn a_refused_grpc_web_call_gets_a_grpc_status() {
    let world = world();
    let guard = Guard::new(world.keyward.clone());
    let mut request = request::<&str>([]);
    *request.method_mut() = http::Method::POST;
    request.headers_mut().insert("content-type", "application/grpc-web".parse().unwrap());
    for answered in [
        through_middleware::<AppKey>(&guard, &request),
        through_extractor::<AppKey>(&guard, &request),
    ] {
        assert_eq!((answered.status, answered.header("grpc-status")), (StatusCode::OK, Some("16")));
    }
}

keyward::vocabulary! {
    /// What a key of these tests may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
    }
}

async fn mail(key: Scoped<AppKey, scope::SendEmail>) -> String {
    key.workspace().to_string()
}

async fn mail_by_hand(key: Verified<AppKey>) -> Result<String, InsufficientScope> {
    key.require(Scope::SendEmail)?;
    Ok(key.workspace().to_string())
}

#[test]
fn a_handler_is_reached_only_with_its_scope() {
    let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
    world.shop();
    let issue = |called: &str, scopes: Scopes| {
        let new = NewCredential::new(shop(), name(called)).scopes(scopes);
        let issued = block_on(world.keyward.manager(&admin()).issue_app_key(new)).unwrap();
        format!("Bearer {}", issued.secret.expose())
    };
    let reader = issue("reader", Scopes::of([Scope::ReadPeople]).unwrap());
    let everything = issue("everything", Scopes::All);
    let guard = Guard::new(world.keyward.clone());
    let requiring = guard.app().unwrap().requiring(Scope::SendEmail);
    let get = |path: &str, key: &String| {
        let mut request = request([key]);
        *request.uri_mut() = path.parse().unwrap();
        let behind = web::scope("/behind").wrap(requiring.clone()).default_service(web::to(mail));
        let app = App::new()
            .app_data(guard.clone())
            .route("/mail", web::get().to(mail))
            .route("/by-hand", web::get().to(mail_by_hand))
            .service(behind);
        block_on(async {
            let app = init_service(app).await;
            answered(try_call_service(&app, actix_request(&request).to_request()).await).await
        })
    };
    for path in ["/mail", "/by-hand", "/behind/it"] {
        assert_eq!(get(path, &everything).status, StatusCode::OK, "{path}");
        let lacking = get(path, &reader);
        assert_eq!(lacking.status, StatusCode::FORBIDDEN, "{path}");
        let challenge = lacking.header("www-authenticate").unwrap();
        assert!(challenge.contains(r#"error="insufficient_scope", scope="send:email""#), "{path}");
    }
}

#[test]
fn a_failed_operation_is_a_problem_with_its_code() {
    async fn delete(world: web::Data<World>) -> Result<String, ManageError> {
        let (world, admin) = (world.into_inner(), admin());
        let manager = world.keyward.manager(&admin);
        let key = manager.issue_app_key(NewCredential::new(shop(), name("backend"))).await?;
        manager.delete(key.credential.id, "frontend").await?;
        Ok(String::new())
    }
    let world = web::Data::new(world());
    let answered = block_on(async {
        let app = App::new().app_data(world).default_service(web::to(delete));
        let app = init_service(app).await;
        answered(try_call_service(&app, TestRequest::default().to_request()).await).await
    });
    let problem: serde_json::Value = serde_json::from_str(&answered.body).unwrap();
    assert_eq!(problem["code"], "wrong_typed_name");
    assert_eq!(problem["status"], answered.status.as_u16());
    assert_eq!(answered.header("content-type"), Some("application/problem+json"));
}

/// A caller that is still sending when it is refused receives the answer.
#[test]
fn a_refusal_before_the_body_arrives() {
    use std::io::{Read, Write};

    let world = world();
    let guard = Guard::new(world.keyward.clone());
    let (sender, addresses) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let system = actix_web::rt::System::new();
        system.block_on(async move {
            let layer = guard.app().unwrap();
            let server = actix_web::HttpServer::new(move || {
                let behind = web::scope("/behind").wrap(layer.clone());
                App::new()
                    .app_data(guard.clone())
                    .service(behind.default_service(web::to(by_middleware::<AppKey>)))
                    .default_service(web::to(by_extractor::<AppKey>))
            });
            let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
            let address = server.addrs()[0];
            let running = server.run();
            sender.send((address, running.handle())).unwrap();
            running.await.unwrap();
        });
    });
    let (address, handle) = addresses.recv().unwrap();
    let body = vec![b'x'; 1_500_000];
    for path in ["/extractor", "/behind/middleware"] {
        for _ in 0..20 {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            // The server refuses the request now, while most of the body is still to come.
            stream.write_all(&body).unwrap_or_else(|error| panic!("{path}: {error}"));
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(&answer, b"HTTP/1.1 401", "{path}");
        }
    }
    block_on(handle.stop(false));
    server.join().unwrap();
}
