//! The log of the service, which must not contain a secret.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

/// The text of all log records.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Collects the log of this process.
pub fn listen() -> Log {
    let log = Log::default();
    tracing_subscriber::fmt().with_writer(log.clone()).init();
    log
}

impl Log {
    /// Fails if a text in the log may be a secret: a run of 43 letters and digits.
    pub fn assert_without_secrets(&self) {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("no actor"), "the log is not collected: {text}");
        let mut runs = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        assert_eq!(runs.find(|run| run.len() >= 43), None);
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
