//! The server and the runtime of what waits for PostgreSQL. The tests' server, which the bench shares, looks for
//! the runtime here.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

use crate::server::Server;

#[allow(clippy::unwrap_used, reason = "without a runtime there is nothing to measure")]
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A server of the bench's own, with the one setting that PostgreSQL's manual asks everybody to change: as delivered
/// it holds 128 MB of its tables, which says more of the setting than of what reads them.
pub(crate) static URL: LazyLock<String> = LazyLock::new(|| {
    // It ends with this process: see `Server::start_with`.
    Box::leak(Box::new(Server::start_with("-c shared_buffers=1GB"))).url()
});
