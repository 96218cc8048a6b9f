//! Behind a proxy: which header has the client's address, and which networks to trust.
//!
//! Behind a proxy, the peer of each connection is the proxy. Allowlists and logs need the address of the client. The proxy writes it into a
//! header, but the client can write the same header. So tell the guard two things:
//!
//! - **one header**, which every proxy of yours writes ([`ForwardingHeader`](crate::http::ForwardingHeader));
//! - **the networks of your proxies**, from which the header is believed ([`TrustedProxies`](crate::http::TrustedProxies)).
//!
//! ```
//! /// Returns the guard of a service behind proxies of the network 10.0.0.0/8.
//! fn guard(keyward: keyward::Keyward) -> Result<keyward::http::Guard, Box<dyn std::error::Error>> {
//!     use keyward::http::{ClientAddress, ForwardingHeader, Guard};
//!
//!     let proxies = ["10.0.0.0/8".parse()?];
//!     let address = ClientAddress::forwarded(ForwardingHeader::XForwardedFor, proxies);
//!     Ok(Guard::new(keyward).client_address(address))
//! }
//! ```
//!
//! In the service of [`first_hour`](super::first_hour), `with_state(guard(keyward.clone())?)` replaces `with_state(Guard::new(keyward.clone()))`.
//!
//! A header from another peer is ignored, and the peer is then the client. From a trusted peer, the list in the header is read from its right
//! end. Each proxy adds the address of its own peer there, so a client can forge only the left part. The first address from the right that is
//! not a proxy of yours is the client.
//!
//! If there is no proxy, or if it passes TCP connections on with the client's address, keep the default,
//! [`ClientAddress::Peer`](crate::http::ClientAddress::Peer).
//!
//! # The proxies
//!
//! "Run" means that a test of Keyward runs the proxy with the settings on this page. The other rows come from the vendor's documents, read in
//! November 2026, and were not run.
//!
//! | proxy | header | trusted networks | source |
//! |---|---|---|---|
//! | nginx | `XForwardedFor` | the address of nginx | run, 1.22 |
//! | Caddy | `XForwardedFor` | the address of Caddy | run, 2.6 |
//! | HAProxy | `XForwardedFor`, with `option forwardfor` | the address of HAProxy | run, 2.6 |
//! | AWS Application Load Balancer | `XForwardedFor`, with the default mode `append` | the subnets of the load balancer | documents |
//! | AWS CloudFront | `XForwardedFor` | CloudFront's ranges for origins, and the subnets of a load balancer behind it | documents |
//! | Cloudflare | `SingleAddress("cf-connecting-ip")` | Cloudflare's published ranges | documents |
//! | Google Cloud, global Application Load Balancer | `XForwardedFor` | 35.191.0.0/16, 130.211.0.0/22 **and the load balancer's own public address** | documents |
//! | Google Cloud, regional and internal Application Load Balancer | `XForwardedFor` | the proxy-only subnet **and the load balancer's own address** | documents |
//! | Azure Application Gateway | `XForwardedFor` | the subnet of the gateway | documents |
//! | Azure Front Door | `SingleAddress("x-azure-socketip")` | the service tag `AzureFrontDoor.Backend` | documents |
//! | Fly.io | `SingleAddress("fly-client-ip")` | the network from which the Fly Proxy connects: [find it out](#how-to-find-the-networks) | documents |
//! | Kubernetes, ingress-nginx | `XForwardedFor` | the network of the controller's pods | documents |
//!
//! The settings of nginx, Caddy and HAProxy are for a service at 127.0.0.1:3000. Each proxy is on the same machine, so its address is
//! 127.0.0.1, and the trusted network is `127.0.0.1/32`.
//!
//! ## nginx
//!
//! A file in the folder `conf.d` of nginx:
//!
//! ```nginx
//! server {
//!     listen 127.0.0.1:8080;
//!     location / {
//!         proxy_pass http://127.0.0.1:3000;
//!         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
//!     }
//! }
//! ```
//!
//! Without `proxy_set_header`, nginx passes the client's own header on. Then a client can choose its address.
//!
//! ## Caddy
//!
//! The `Caddyfile`:
//!
//! ```caddy
//! http://127.0.0.1:8080 {
//!     reverse_proxy 127.0.0.1:3000
//! }
//! ```
//!
//! Caddy replaces the header that a client sends, unless you list the client in `trusted_proxies`.
//!
//! ## HAProxy
//!
//! The whole `haproxy.cfg`, or the end of yours:
//!
//! ```haproxy
//! defaults api
//!     mode http
//!     option forwardfor
//!     timeout connect 5s
//!     timeout client 30s
//!     timeout server 30s
//!
//! frontend api
//!     bind 127.0.0.1:8080
//!     default_backend service
//!
//! backend service
//!     server one 127.0.0.1:3000
//! ```
//!
//! Without `mode http`, HAProxy forwards TCP connections and passes the client's own header on. Then a client can choose its address.
//!
//! HAProxy adds a line of its own. All lines of the header are read as one list.
//!
//! ## AWS
//!
//! The attribute `routing.http.xff_header_processing.mode` of an Application Load Balancer must be `append`. With `preserve`, the client chooses its
//! address. With `remove`, there is none. A client port in the header is ignored.
//!
//! With CloudFront in front, list CloudFront's ranges too (the managed prefix list for origins). Other customers can point a distribution of
//! theirs at your load balancer. They come from the same ranges, so let CloudFront add a secret header and refuse requests without it. Do not use
//! `CloudFront-Viewer-Address`: it has a port after the address, and an IPv6 address with a port but without brackets cannot be read reliably.
//!
//! ## Cloudflare
//!
//! Cloudflare sets `CF-Connecting-IP` itself. If a proxy of yours is behind Cloudflare, it is the peer. Then use `XForwardedFor`, and list both
//! Cloudflare's ranges and your proxy. Let only Cloudflare reach your servers.
//!
//! ## Google Cloud
//!
//! The load balancer adds two addresses to `X-Forwarded-For`: the client's, and then its own public address. Without that address among the trusted
//! networks, **every client seems to have the address of the load balancer**. This program shows both (`cargo add http`):
//!
//! ```
//! use http::HeaderMap;
//! use keyward::http::{ClientAddress, ForwardingHeader::XForwardedFor};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // 203.0.113.9 is the client, and 192.0.2.80 is the public address of the load balancer.
//!     let mut headers = HeaderMap::new();
//!     headers.insert("x-forwarded-for", "203.0.113.9,192.0.2.80".parse()?);
//!     let peer = "35.191.0.1".parse()?;
//!
//!     let front_ends = ["35.191.0.0/16".parse()?, "130.211.0.0/22".parse()?];
//!     let wrong = ClientAddress::forwarded(XForwardedFor, front_ends);
//!     assert_eq!(wrong.find(&headers, peer)?.to_string(), "192.0.2.80");
//!
//!     let own = "192.0.2.80/32".parse()?;
//!     let right = ClientAddress::forwarded(XForwardedFor, [front_ends.as_slice(), &[own]].concat());
//!     assert_eq!(right.find(&headers, peer)?.to_string(), "203.0.113.9");
//!     Ok(())
//! }
//! ```
//!
//! ## Azure
//!
//! Application Gateway writes each address with a port, such as `203.0.113.9:50123`. The port is ignored. With Front Door, use `X-Azure-SocketIP`, which
//! is the address of the connection. A client can influence `X-Azure-ClientIP`. Other customers of Front Door come from the same ranges, so also
//! check that `X-Azure-FDID` is the id of your own instance.
//!
//! ## Fly.io
//!
//! `Fly-Client-IP` is the address of the Fly Proxy's peer. If another proxy is in front of Fly.io, that is the other proxy. Then use `XForwardedFor`, and
//! also list the address of your app: it is the last one in the list.
//!
//! ## Kubernetes
//!
//! By default ingress-nginx replaces `X-Forwarded-For` with the address of its own peer. For that peer to be the client, set
//! `externalTrafficPolicy: Local` on the controller's service, or use the PROXY protocol. With a load balancer that speaks HTTP in front, set
//! `use-forwarded-headers` and `compute-full-forwarded-for`, and list the load balancer too.
//!
//! # The header `Forwarded`
//!
//! [`ForwardingHeader::Forwarded`](crate::http::ForwardingHeader::Forwarded) reads the standard header (RFC 7239). It is strict. An address with a port must be
//! quoted, and so must an IPv6 address. Some proxies write the port without quotes. The client's address is then unknown:
//!
//! ```
//! use http::HeaderMap;
//! use keyward::http::{ClientAddress, ForwardingHeader, NoAddress};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let address = ClientAddress::forwarded(ForwardingHeader::Forwarded, ["10.0.0.0/8".parse()?]);
//!     let peer = "10.0.0.1".parse()?;
//!     let mut headers = HeaderMap::new();
//!     headers.insert("forwarded", r#"for="203.0.113.9:50123""#.parse()?);
//!     assert_eq!(address.find(&headers, peer)?.to_string(), "203.0.113.9");
//!
//!     headers.insert("forwarded", "for=203.0.113.9:50123".parse()?);
//!     assert_eq!(address.find(&headers, peer), Err(NoAddress::NotAnAddress));
//!     Ok(())
//! }
//! ```
//!
//! Let such a proxy write `X-Forwarded-For` instead.
//!
//! # How to find the networks
//!
//! Start with the default, `ClientAddress::Peer`, and [set the log level](super::log_messages#how-to-see-them) of `keyward` to `DEBUG`. Send a
//! request with a wrong key. The log line "attempt denied" has the field `address`: it is the address from which your proxy connects. Its network is documented by the vendor, or is a subnet of
//! yours.
//!
//! # How to check the result
//!
//! Send a request with a wrong key and a forged header:
//!
//! ```console
//! curl -H 'Authorization: Bearer guess' -H 'X-Forwarded-For: 192.0.2.66' https://api.example.com/
//! ```
//!
//! The field `address` in the log must be your own address:
//!
//! | `address` | the mistake |
//! |---|---|
//! | 192.0.2.66 | a proxy passes the client's header on, or a network is trusted that is not a proxy |
//! | the address of a proxy | that proxy is not in the trusted networks |
//! | absent | the proxy does not write the header, or it writes something else: `Stats::unknown_addresses` has the reason |
//!
//! A request without a known address passes where nothing is restricted. In a workspace with an allowlist it is refused.
