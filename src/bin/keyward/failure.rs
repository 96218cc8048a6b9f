//! The failure of a command, with its exit code.

use std::error::Error;

use keyward::store::{CopyError, StoreError, StoreErrorKind};
use keyward::{BuildError, ManageError, Unavailable, UnavailableReason};
use serde_json::json;

use crate::answer::Exit;

/// Why a command failed. Never contains a secret.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    causes: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new() }
    }

    /// A wrong argument, or a wrong or unsafe file.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Converts an error to a failure with this message.
    pub(crate) fn because<E: Error>(message: impl Into<String>) -> impl FnOnce(E) -> Self {
        let message = message.into();
        move |cause| {
            let causes = std::iter::once(cause.to_string()).chain(sources(&cause)).collect();
            Self { exit: Exit::Failed, message, causes }
        }
    }

    fn of(exit: Exit, error: &impl Error) -> Self {
        Self { exit, message: error.to_string(), causes: sources(error) }
    }

    /// Adds a hint for the next call.
    pub(crate) fn hint(mut self, hint: &str) -> Self {
        self.message = format!("{}; {hint}", self.message);
        self
    }

    /// Adds another failure, which came first.
    pub(crate) fn and(mut self, earlier: Self) -> Self {
        self.causes.push(earlier.message);
        self.causes.extend(earlier.causes);
        self
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn text(&self) -> String {
        let causes = self.causes.iter().map(|cause| format!("\n  because: {cause}"));
        format!("keyward: {}{}", self.message, causes.collect::<String>())
    }

    pub(crate) fn json(&self) -> String {
        json!({ "error": self.message, "causes": self.causes }).to_string()
    }
}

fn sources(error: &dyn Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(error.to_string());
        source = error.source();
    }
    texts
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = exit_of(&error);
        Self::of(exit, &error)
    }
}

fn exit_of(error: &StoreError) -> Exit {
    match error.kind() {
        StoreErrorKind::Unavailable => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

impl From<Unavailable> for Failure {
    fn from(error: Unavailable) -> Self {
        // The settings file does not contain the kind, so a retry fails too.
        let is_unregistered = error.reason() == UnavailableReason::UnregisteredKind;
        let is_final = is_unregistered || error.reason().needs_an_operator();
        let exit = if is_final { Exit::Failed } else { Exit::Unavailable };
        Self::of(exit, &error)
    }
}

impl From<ManageError> for Failure {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Unavailable(unavailable) => unavailable.into(),
            error @ ManageError::Busy => Self::of(Exit::Unavailable, &error),
            error => Self::of(Exit::Failed, &error),
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let exit = match &error {
            CopyError::Source(cause) | CopyError::Target(cause) => exit_of(cause),
            CopyError::Differs { .. } => Exit::Found,
            _ => Exit::Failed,
        };
        Self::of(exit, &error)
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::of(Exit::Usage, &error)
    }
}
