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

    /// Drops the first message, if it only says that the cause names what to correct. The first cause that is not such a message takes
    /// its place.
    fn named_by_cause(mut self) -> Self {
        while !self.causes.is_empty() && self.message.contains("the error source names") {
            self.message = self.causes.remove(0);
        }
        self
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
        let failure = Self::of(exit_of(&error), &error);
        if error.kind() == StoreErrorKind::Misconfigured {
            failure.named_by_cause()
        } else {
            failure
        }
    }
}

fn exit_of(error: &StoreError) -> Exit {
    match error.kind() {
        StoreErrorKind::Unavailable | StoreErrorKind::Unknown => Exit::Unavailable,
        StoreErrorKind::Misconfigured => Exit::Usage,
        _ => Exit::Failed,
    }
}

impl From<Unavailable> for Failure {
    fn from(error: Unavailable) -> Self {
        // The settings file does not contain the kind, so a retry fails too.
        let is_unregistered = error.reason() == UnavailableReason::UnregisteredKind;
        let is_final = is_unregistered || error.reason().needs_an_operator();
        match error.reason() {
            UnavailableReason::StoreMisconfigured => Self::of(Exit::Usage, &error).named_by_cause(),
            _ if is_final => Self::of(Exit::Failed, &error),
            _ => Self::of(Exit::Unavailable, &error),
        }
    }
}

impl From<ManageError> for Failure {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Unavailable(unavailable) => unavailable.into(),
            error @ (ManageError::Busy | ManageError::Unknown { .. }) => {
                Self::of(Exit::Unavailable, &error)
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A repeat finds out what happened, and the commands recognise what was done.
    #[test]
    fn a_change_whose_outcome_is_unknown_can_be_tried_again() {
        let lost = || StoreError::new(StoreErrorKind::Unknown);
        let operation = "00000000000000000000000000000000".parse().unwrap();
        let unknown = ManageError::Unknown { operation, source: lost() };
        assert_eq!(Failure::from(unknown).exit(), Exit::Unavailable);
        assert_eq!(Failure::from(lost()).exit(), Exit::Unavailable);
    }

    #[test]
    fn a_wrong_configuration_is_reported_by_its_cause() {
        let wrong = || {
            let cause = std::io::Error::other("the file does not exist");
            StoreError::new(StoreErrorKind::Misconfigured).because(cause)
        };
        for failure in [Failure::from(wrong()), Failure::from(Unavailable::from(wrong()))] {
            assert_eq!(failure.exit(), Exit::Usage);
            assert_eq!(failure.text(), "keyward: the file does not exist");
        }
        let bare = Failure::from(StoreError::new(StoreErrorKind::Misconfigured));
        assert!(bare.text().contains("misconfigured"), "{}", bare.text());
    }
}
