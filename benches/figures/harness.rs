//! The PostgreSQL server and the runtime of the benchmarks. The server code is shared with the tests, and it expects the runtime
//! here.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

use crate::server::Server;

#[allow(clippy::unwrap_used, reason = "without a runtime there is nothing to measure")]
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A server for the benchmarks. It has the one setting that the PostgreSQL manual tells everyone to change: the default caches
/// only 128 MB of tables, so the results would measure the setting.
pub(crate) static URL: LazyLock<String> = LazyLock::new(|| {
    // The server ends with this process: see `Server::start_with`.
    Box::leak(Box::new(Server::start_with("-c shared_buffers=1GB"))).url()
});
