//! Guards the handlers of actix-web: extractors, a middleware, and errors as responses.

mod extract;
mod head;
mod middleware;
mod response;

pub use self::middleware::GuardedActix;
