//! Asks the operator to type an id.

use std::io::{self, Write};

use crate::answer::Exit;
use crate::failure::Failure;

/// Asks a question on standard error, and reads the id from standard input. Fails if another text is typed.
pub(crate) fn confirm(question: &str, id: &str) -> Result<(), Failure> {
    write!(io::stderr().lock(), "{question} ({id}): ")
        .map_err(Failure::because("the question cannot be asked"))?;
    let mut typed = String::new();
    io::stdin().read_line(&mut typed).map_err(Failure::because("no answer was read"))?;
    if typed.trim() == id {
        return Ok(());
    }
    Err(Failure::new(Exit::NotConfirmed, "the id was not typed: nothing was changed"))
}
