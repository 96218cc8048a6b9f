//! What the layer and the extractor add to a request of an axum service, without a network.

use std::error::Error;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use keyward::http::Guard;
use keyward::{App, Attempt, Verified, time::SystemClock};
use pollster::block_on;
use tower::Service;

use crate::by_hand::ByHand;
use crate::floor::Floor;
use crate::hot_path::passes;
use crate::population::{FROM, Population, verify_warm};
use crate::sampling::{Effort, Work, medians};
use crate::table::Table;

const KEYS: usize = 256;

/// Counts the allocations of a request, and times the requests in turns with what limits them.
pub(crate) fn measure(effort: Effort, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let population = Population::new(KEYS, 50, SystemClock::new())?;
    let texts = population.spread(KEYS);
    let keyward = &population.keyward;
    let guard = Guard::new(keyward.clone());
    let floor = Arc::new(Floor::new(texts.iter().copied()).ok_or("floor")?);
    let route = || Router::new().route("/", get(async || "yes"));
    let mut layer = route().layer(guard.app()?);
    let extractor = Router::new().route("/", get(async |_: Verified<App>| "yes"));
    let mut extractor = extractor.with_state(guard);
    let checking = Arc::clone(&floor);
    let check = move |_: &Request<Body>, token: &str| checking.verify(token).is_some();
    let mut by_hand = route().layer(ByHand(check));
    let mut open = route();

    let allocations = |router: &mut Router| {
        // The first request of a router allocates more.
        send(router, &texts)?;
        let counted = allocation_counter::measure(|| drop(black_box(send(router, &texts))));
        Ok::<_, Box<dyn Error>>(counted.count_total / KEYS as u64)
    };
    let without = allocations(&mut open)?;
    let counted = [
        ("layer", &mut layer, 9),
        ("extractor", &mut extractor, 3),
        ("check_by_hand", &mut by_hand, 4),
    ];
    for (name, router, bound) in counted {
        let added = allocations(router)?.saturating_sub(without);
        table.count_at_most(&format!("allocations_by_the_{name}"), added, bound);
    }

    let works: [Work<'_>; 7] = [
        &mut || send(&mut layer, &texts),
        &mut || send(&mut extractor, &texts),
        &mut || send(&mut by_hand, &texts),
        &mut || send(&mut open, &texts),
        &mut || texts.iter().try_for_each(|text| passes(keyward, text)),
        &mut || texts.iter().try_for_each(|text| Ok(floor.verify(text).ok_or("floor")?)),
        &mut || texts.iter().try_for_each(|text| carried(keyward, text)),
    ];
    let times = medians(effort, works)?.map(|time: Duration| time.as_secs_f64());
    let [layer, extractor, by_hand, open, verified, floor, carried] = times;
    // A request by hand and the verification with its proof carried in the extensions, instead of the floor.
    let bound = by_hand - floor + carried;
    table.note_ratio("layer_to_by_hand_without_a_network", layer / by_hand);
    table.note_ratio("extractor_to_by_hand_without_a_network", extractor / by_hand);
    table.note_ratio("carried_verification_to_by_hand_without_a_network", bound / by_hand);
    table.note_ratio("layer_over_the_open_route_in_verifications", (layer - open) / verified);
    table.note_ratio(
        "extractor_over_the_open_route_in_verifications",
        (extractor - open) / verified,
    );
    Ok(())
}

/// Sends a request with each of these keys.
fn send(router: &mut Router, texts: &[&str]) -> Result<(), Box<dyn Error>> {
    for text in texts {
        let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {text}"));
        let request = request.extension(ConnectInfo(SocketAddr::from((FROM, 9))));
        let response = block_on(router.call(request.body(Body::empty())?))?;
        if response.status() != StatusCode::OK {
            return Err(format!("{}", response.status()).into());
        }
    }
    Ok(())
}

/// Verifies a key and inserts the proof into extensions.
fn carried(keyward: &keyward::Keyward, text: &str) -> Result<(), Box<dyn Error>> {
    let mut extensions = http::Extensions::new();
    let attempt = Attempt::<App>::app(text).client_address(FROM);
    let proof = verify_warm(keyward, black_box(&attempt)).ok_or("cold")??;
    extensions.insert(proof);
    drop(black_box(extensions));
    Ok(())
}
