//! gRPC: tonic's own server behind a layer, and its own client.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, Version};
use keyward::http::{Answer, Guard};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataValue;
use tonic::transport::server::TcpConnectInfo;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::service::{request, to_app};
use crate::support::{World, admin, cheap, shop};

/// gRPC's own words for the answers.
fn status(answer: &Answer) -> Response<Bytes> {
    let code = match answer.status() {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::Internal,
    };
    Status::new(code, answer.detail()).into_http()
}

async fn serve(guard: Guard) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder().layer(guard.app().unwrap()).add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

async fn ask(client: &mut HealthClient<Channel>, bearer: Option<&str>) -> Code {
    call(client, bearer).await.map_or_else(|status| status.code(), |()| Code::Ok)
}

async fn call(client: &mut HealthClient<Channel>, bearer: Option<&str>) -> Result<(), Status> {
    let mut request = Request::new(HealthCheckRequest::default());
    if let Some(bearer) = bearer {
        request.metadata_mut().insert("authorization", MetadataValue::try_from(bearer).unwrap());
    }
    client.check(request).await.map(drop)
}

async fn client(guard: Guard) -> HealthClient<Channel> {
    let guard =
        guard.peer_from(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
    let address = serve(guard).await;
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

/// A host need not write a form for gRPC, and a form that writes a gRPC status is kept.
#[tokio::test]
async fn a_tonic_client_reads_the_status_of_each_answer() {
    type Build = fn(Guard) -> Guard;
    let builds: [Build; 3] = [
        |guard| guard,
        |guard| guard.answers(status),
        |guard| guard.answers(|answer| answer.with_body("text/plain".parse().unwrap(), "no")),
    ];
    for build in builds {
        let world = World::new();
        world.shop();
        let bearer = format!("Bearer {}", world.app_key("backend").secret.expose());
        let mut client = client(build(Guard::new(world.keyward.clone()))).await;

        assert_eq!(ask(&mut client, Some(&bearer)).await, Code::Ok);
        for refused in [None, Some("Bearer wrong"), Some("Basic wrong")] {
            let status = call(&mut client, refused).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated);
            assert_eq!(status.message(), "The credentials are missing or not valid.");
        }
        let elsewhere = ["203.0.113.0/24".parse().unwrap()];
        world.keyward.manager(&admin()).allow(&shop(), &elsewhere).await.unwrap();
        let status = call(&mut client, Some(&bearer)).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(status.message(), "The credentials are valid, but not from this address.");
    }
}

#[tokio::test]
async fn a_tonic_client_is_told_when_to_try_again() {
    let world = World::new();
    world.shop();
    let bearer = format!("Bearer {}", world.app_key("backend").secret.expose());
    // With another master key, this node cannot decide.
    let stranger = cheap(world.store.clone(), world.clock.clone()).build().unwrap();
    let mut client = client(Guard::new(stranger)).await;
    let status = call(&mut client, Some(&bearer)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.metadata().get("grpc-retry-pushback-ms").unwrap(), "1000");
}

#[tokio::test]
async fn a_tonic_server_that_passes_on_no_peer_is_an_internal_error() {
    let world = World::new();
    let address = serve(Guard::new(world.keyward.clone())).await;
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    assert_eq!(ask(&mut client, Some("Bearer any")).await, Code::Internal);
}

/// gRPC requires HTTP 200 without a message. Every other request is answered with its HTTP status.
#[test]
fn only_grpc_is_answered_in_grpcs_words() {
    let world = World::new();
    let guard = Guard::new(world.keyward.clone());
    let send = |method: Method, version, sent: &'static str| {
        let mut request = request::<&str>([]);
        (*request.method_mut(), *request.version_mut()) = (method, version);
        request.headers_mut().insert("content-type", HeaderValue::from_static(sent));
        to_app(&guard, request)
    };
    for (version, sent, told) in [
        (Version::HTTP_2, "application/grpc", "application/grpc"),
        (Version::HTTP_3, "application/grpc+proto", "application/grpc"),
        (Version::HTTP_2, "application/grpc-web+proto", "application/grpc-web+proto"),
        (Version::HTTP_11, "application/grpc-web+proto", "application/grpc-web+proto"),
    ] {
        let answered = send(Method::POST, version, sent);
        assert_eq!((answered.status, answered.body.as_str()), (StatusCode::OK, ""));
        assert_eq!(answered.header("content-type"), Some(told));
        assert_eq!(answered.header("grpc-status"), Some("16"));
        assert_eq!(answered.header("www-authenticate"), None);
        assert_eq!(answered.header("cache-control"), Some("no-store"));
    }
    // A cache may keep the 200 of a `GET`, and alarms count the 401 of a REST route.
    for (method, version, sent) in [
        (Method::POST, Version::HTTP_2, "application/json"),
        (Method::POST, Version::HTTP_11, "application/grpc"),
        (Method::GET, Version::HTTP_2, "application/grpc"),
        (Method::GET, Version::HTTP_11, "application/grpc"),
        (Method::GET, Version::HTTP_11, "application/grpc-web"),
        (Method::PUT, Version::HTTP_2, "application/grpc"),
    ] {
        let answered = send(method.clone(), version, sent);
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{method} {version:?} {sent}");
        assert_eq!(answered.header("grpc-status"), None);
        assert!(answered.header("www-authenticate").is_some());
    }
}
