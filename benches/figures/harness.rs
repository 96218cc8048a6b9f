//! The runtime of what waits for PostgreSQL. The tests' server, which the bench shares, looks for it here.

use std::sync::LazyLock;

use tokio::runtime::Runtime;

#[allow(clippy::unwrap_used, reason = "without a runtime there is nothing to measure")]
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
