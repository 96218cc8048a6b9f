//! Everything that a run prints or returns, and a search of it for secrets.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::io;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tracing_subscriber::fmt::format::FmtSpan;

/// The length of a piece of a secret that must not be shown.
const WINDOW: usize = 16;

/// The collected text. Clones share it, and it can be the writer of a log.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<String>>);

impl Seen {
    /// Takes every span and event of every thread, at `TRACE`. Once in a process.
    pub fn record_log(&self) {
        let seen = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || seen.clone())
            .init();
    }

    /// Takes the log lines of this thread while `run` runs.
    pub fn of<T>(&self, run: impl FnOnce() -> T) -> T {
        let seen = self.clone();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || seen.clone())
            .finish();
        tracing::subscriber::with_default(log, run)
    }

    /// A value's `Debug`, in both forms.
    pub fn debug<T: Debug>(&self, value: T) -> T {
        self.text(&format!("{value:?}\n{value:#?}"));
        value
    }

    /// A value's `Debug` and `Display`.
    pub fn display<T: Debug + Display>(&self, value: T) -> T {
        self.text(&value.to_string());
        self.debug(value)
    }

    /// Records a value's `Debug` and its JSON.
    pub fn json<T: Debug + Serialize>(&self, value: T) -> T {
        self.text(&serde_json::to_string(&value).unwrap());
        self.debug(value)
    }

    /// Records an error and its sources.
    pub fn error<E: Error>(&self, error: E) -> E {
        let mut cause: Option<&dyn Error> = Some(&error);
        while let Some(shown) = cause {
            self.text(&format!("{shown}\n{shown:?}\n{shown:#?}"));
            cause = shown.source();
        }
        error
    }

    /// Records the `Debug` of an answer, and for an error its sources.
    pub fn answer<T: Debug, E: Error>(&self, answer: Result<T, E>) -> Result<T, E> {
        answer.map(|value| self.debug(value)).map_err(|error| self.error(error))
    }

    pub fn all(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn text(&self, text: &str) {
        let mut seen = self.0.lock().unwrap();
        seen.push_str(text);
        seen.push('\n');
    }
}

impl io::Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The texts that must not be shown, and their meaning.
#[derive(Default)]
pub struct Secrets(HashMap<Vec<u8>, String>);

impl Secrets {
    /// Keeps a text, also as the list of bytes that a derived `Debug` would show.
    pub fn keep(&mut self, what: &str, secret: &str) {
        self.insert(what, secret);
        self.insert(what, &list(secret.as_bytes()));
    }

    /// Keeps bytes, as hexadecimal digits and as a list.
    pub fn keep_bytes(&mut self, what: &str, bytes: &[u8]) {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        self.insert(what, &digits.collect::<String>());
        self.insert(what, &list(bytes));
    }

    fn insert(&mut self, what: &str, text: &str) {
        assert!(text.len() >= WINDOW, "too short to be told from chance");
        for window in text.as_bytes().windows(WINDOW) {
            self.0.insert(window.to_vec(), what.to_owned());
        }
    }

    /// Which secrets a text shows, or any piece of them.
    pub fn shown_in(&self, text: &str) -> Vec<String> {
        let shown = text.as_bytes().windows(WINDOW).filter_map(|window| self.0.get(window));
        let mut shown: Vec<_> = shown.cloned().collect();
        shown.sort_unstable();
        shown.dedup();
        shown
    }
}

fn list(bytes: &[u8]) -> String {
    bytes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
