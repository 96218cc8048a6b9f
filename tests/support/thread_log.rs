//! The log lines of one thread.

use std::cell::RefCell;
use std::io;

use tracing::Level;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Appends to the log lines of the thread that writes.
struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to record the log of all threads, up to this level. Call it once in a process.
///
/// A subscriber of one thread is not enough: if another thread logs a message first, `tracing` takes the message for disabled.
pub fn record(level: Level) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(|| ThreadLog)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// Returns the lines that this thread has logged since the last call.
pub fn take() -> String {
    String::from_utf8(LINES.take()).unwrap()
}
