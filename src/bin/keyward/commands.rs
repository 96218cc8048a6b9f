//! The commands, one in each file.

mod check;
mod check_records;
mod close_account;
mod copy;
mod export;
mod help_pages;
mod import;
mod leak_drill;
mod master_key;
mod prune;
mod rekey;
mod repair;
mod schema;
mod trace;

use crate::answer::Answer;
use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

pub(crate) async fn run(arguments: Arguments) -> Result<Answer, Failure> {
    match arguments.command {
        Command::MasterKey { file } => master_key::run(&file),
        Command::Schema(command) => schema::run(command).await,
        Command::Check(service) => check::run(&service).await,
        Command::CheckRecords(walk) => check_records::run(walk).await,
        Command::Copy(copy) => copy::run(&copy).await,
        Command::Rekey(rekey) => rekey::run(rekey).await,
        Command::Repair(repair) => repair::run(repair).await,
        Command::Import(import) => import::run(import, arguments.json).await,
        Command::CloseAccount { service, account } => close_account::run(service, account).await,
        Command::LeakDrill(command) => leak_drill::run(command).await,
        Command::Trace(service) => trace::run(service).await,
        Command::Prune(prune) => prune::run(&prune).await,
        Command::Export(export) => export::run(export).await,
        Command::Completions { shell } => help_pages::completions(shell),
        Command::Manual { command } => help_pages::manual(&command),
    }
}
