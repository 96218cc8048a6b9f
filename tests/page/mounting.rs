//! The page under different prefixes: each link leads back to it.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http_body_util::BodyExt;
use keyward::page::Page;
use tower::ServiceExt;

use crate::html::links;
use crate::support::{World, admin, block_on};

/// Walks all links from an address, and returns them.
fn walk(router: &Router, start: &str, strips: &str) -> Vec<String> {
    let (mut seen, mut waiting) = (Vec::new(), vec![start.to_owned()]);
    while let Some(link) = waiting.pop() {
        let link = link.split('#').next().unwrap().to_owned();
        if seen.contains(&link) || link.is_empty() {
            continue;
        }
        let path = link.strip_prefix(strips).unwrap_or_else(|| panic!("{link} leaves {strips}"));
        let response = block_on(
            router.clone().oneshot(Request::builder().uri(path).body(Body::empty()).unwrap()),
        )
        .unwrap();
        let status = response.status().as_u16();
        assert!([200, 303].contains(&status), "{link}: {status}");
        let body = block_on(response.into_body().collect()).unwrap().to_bytes();
        waiting.extend(links(&String::from_utf8_lossy(&body)));
        seen.push(link);
    }
    seen
}

#[test]
fn each_link_leads_back_to_the_page_under_each_prefix() {
    let world = World::new();
    world.shop();
    let page = || Page::new(world.keyward.clone());
    let login = || {
        from_fn(async |mut request: Request, next: Next| {
            request.extensions_mut().insert(admin());
            next.run(request).await
        })
    };
    let nested = || Router::new().nest_service("/b", page());
    for (router, start, strips) in [
        (Router::new().fallback_service(page()), "/", ""),
        (Router::new().nest_service("/a", page()), "/a", ""),
        (Router::new().nest_service("/a", page()), "/a/", ""),
        (Router::new().nest_service("/a/", page()), "/a/", ""),
        (Router::new().nest("/a", nested()), "/a/b", ""),
        (Router::new().nest("/a", nested()), "/a/b/", ""),
        (Router::new().fallback_service(page().at("/outside")), "/outside/", "/outside"),
        (Router::new().nest_service("/in", page().at("/outside/in")), "/outside/in/", "/outside"),
    ] {
        let seen = walk(&router.layer(login()), start, strips);
        assert!(seen.len() > 12, "{start}: {seen:?}");
        let prefix = start.trim_end_matches('/');
        assert!(seen.iter().all(|link| link.starts_with(prefix)), "{start}: {seen:?}");
    }
}
