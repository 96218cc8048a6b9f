//! The command `keyward`, for the operators of a service. Its manual is `docs/command.md`.

// A release build computes the layouts of all nested futures of a command at once, deeper than the default limit of 128.
#![recursion_limit = "256"]

mod answer;
mod arguments;
mod commands;
mod confirmation;
mod database;
mod failure;
mod new_secret_file;
mod progress;
mod secret_sources;
mod service;
mod web;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use self::answer::Answer;
use self::arguments::Arguments;
use self::failure::Failure;

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().collect();
    if let Err(failure) = secret_sources::refuse_in_arguments(&given) {
        return report(&failure, false);
    }
    // Prints the help, or what is wrong, and exits with 0 or 2.
    let arguments = Arguments::parse_from(given);
    let as_json = arguments.json;
    match run(arguments).and_then(|answer| print(&answer, as_json)) {
        Ok(code) => code,
        Err(failure) => report(&failure, as_json),
    }
}

fn run(arguments: Arguments) -> Result<Answer, Failure> {
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_target(false).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(Failure::because("the runtime cannot start"))?
        .block_on(commands::run(arguments))
}

fn print(answer: &Answer, as_json: bool) -> Result<ExitCode, Failure> {
    let text = if as_json { answer.json() } else { answer.text() };
    if !text.is_empty() {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}").map_err(Failure::because("the answer cannot be written"))?;
    }
    Ok(answer.exit().into())
}

fn report(failure: &Failure, as_json: bool) -> ExitCode {
    let text = if as_json { failure.json() } else { failure.text() };
    // A failure to report cannot be reported.
    writeln!(io::stderr().lock(), "{text}").ok();
    failure.exit().into()
}
