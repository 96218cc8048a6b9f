//! The completions of shells and the manual pages, which are made from the definitions of the arguments.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::answer::{Answer, Exit};
use crate::arguments::Arguments;
use crate::failure::Failure;

pub(super) fn completions(shell: Shell) -> Result<Answer, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "keyward", &mut script);
    printed(&script)
}

/// Prints the page of the command that is found by these names, such as `repair account`.
pub(super) fn manual(names: &[String]) -> Result<Answer, Failure> {
    let mut command = Arguments::command();
    command.build();
    for name in names {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| {
            Failure::usage(format!("there is no command `{name}`: see `keyward --help`"))
        })?;
    }
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(Failure::because("the manual page cannot be written"))?;
    printed(&page)
}

fn printed(text: &[u8]) -> Result<Answer, Failure> {
    io::Write::write_all(&mut io::stdout().lock(), text)
        .map_err(Failure::because("the page cannot be written"))?;
    Ok(Answer::printed(Exit::Done))
}
