//! gRPC: tonic's own server behind a layer, and its own client.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Response, StatusCode};
use keyward::http::{Answer, Guard};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataValue;
use tonic::transport::server::TcpConnectInfo;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::support::{World, admin, shop};

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
    let mut request = Request::new(HealthCheckRequest::default());
    if let Some(bearer) = bearer {
        request.metadata_mut().insert("authorization", MetadataValue::try_from(bearer).unwrap());
    }
    client.check(request).await.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn tonic_answers_in_its_own_words() {
    let world = World::new();
    world.shop();
    let bearer = format!("Bearer {}", world.app_key("backend").token.expose());
    let guard = Guard::new(world.keyward.clone())
        .answers(status)
        .peer_from(|extensions| Some(extensions.get::<TcpConnectInfo>()?.remote_addr()?.ip()));
    let address = serve(guard).await;
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());

    assert_eq!(ask(&mut client, Some(&bearer)).await, Code::Ok);
    assert_eq!(ask(&mut client, None).await, Code::Unauthenticated);
    assert_eq!(ask(&mut client, Some("Bearer wrong")).await, Code::Unauthenticated);

    let elsewhere = ["203.0.113.0/24".parse().unwrap()];
    world.keyward.manager(&admin()).allow(&shop(), &elsewhere).await.unwrap();
    assert_eq!(ask(&mut client, Some(&bearer)).await, Code::PermissionDenied);
}
