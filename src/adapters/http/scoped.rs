//! The extractor for a key with a scope.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::domain::Verified;

/// A key of the kind `K` that has the scope `S`. A handler that takes it cannot be reached without such a key.
///
/// A key without the scope is answered 403 with `error="insufficient_scope"` (RFC 6750), and its use is not recorded. Only a
/// caller with the right secret and an allowed address, whose key is usable, gets this answer.
///
/// ```
/// use axum::{Router, routing::get};
/// use keyward::{App, http::{Guard, Scoped}};
///
/// keyward::vocabulary! {
///     pub enum Scope { ReadPeople = "read:people" => "Read people" }
/// }
///
/// async fn people(key: Scoped<App, scope::ReadPeople>) -> String {
///     format!("the people of {}", key.workspace())
/// }
///
/// # fn main() {
/// let routes: Router<Guard> = Router::new().route("/people", get(people));
/// # let _ = routes;
/// # }
/// ```
///
/// If a layer of the same guard has checked the request before, its proof is used. The layer has then recorded the use.
pub struct Scoped<K, S> {
    proof: Verified<K>,
    scope: PhantomData<fn() -> S>,
}

impl<K, S> Scoped<K, S> {
    pub(super) const fn new(proof: Verified<K>) -> Self {
        Self { proof, scope: PhantomData }
    }

    /// Returns the proof.
    #[must_use]
    pub fn into_proof(self) -> Verified<K> {
        self.proof
    }
}

impl<K, S> Deref for Scoped<K, S> {
    type Target = Verified<K>;

    fn deref(&self) -> &Verified<K> {
        &self.proof
    }
}

impl<K, S> Clone for Scoped<K, S> {
    fn clone(&self) -> Self {
        Self { proof: self.proof.clone(), scope: PhantomData }
    }
}

impl<K, S> fmt::Debug for Scoped<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scoped").field(&self.proof).finish()
    }
}
