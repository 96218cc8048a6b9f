//! Over HTTP/2 only the refused stream ends, and the connection stays open.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::server::{Server, Serves, Transport, WRONG};
use crate::{LENGTHS, block_on, trials};

#[test]
fn a_refused_stream_ends_alone() {
    for serves in [Serves::AxumExtractor, Serves::AxumLayer] {
        block_on(async {
            let server = Server::start(serves, Transport::Plain).await;
            let tcp = TcpStream::connect(server.address).await.unwrap();
            let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(tcp));
            let (mut sender, connection) = handshake.await.unwrap();
            tokio::spawn(connection);
            for length in LENGTHS {
                for _ in 0..trials() {
                    for (token, status) in [(WRONG, 401), (server.token.as_str(), 200)] {
                        let body = Full::new(Bytes::from(vec![b'x'; length]));
                        let request = Request::post("http://localhost/")
                            .header("authorization", format!("Bearer {token}"))
                            .body(body)
                            .unwrap();
                        sender.ready().await.unwrap();
                        let response = sender.send_request(request).await.unwrap();
                        assert_eq!(response.status(), status, "{serves:?} {length}");
                        assert!(!response.headers().contains_key("connection"));
                        let text = response.into_body().collect().await.unwrap().to_bytes();
                        if status == 200 {
                            assert_eq!(text, format!("read {length}"));
                        }
                    }
                }
            }
        });
    }
}
