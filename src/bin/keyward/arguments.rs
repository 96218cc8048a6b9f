//! The arguments. Parsing them reads no file and does no work.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use keyward::kind::KindWord;
use keyward::operate::RecordCursor;
use keyward::time::Timestamp;
use keyward::{AccountId, ActorId, Operator, WorkspaceId};

/// The end of the help.
const EXITS: &str = "\
Exit codes:
  0  done, and there is nothing to report
  1  failed; a retry does not help
  2  a wrong argument, a wrong or unsafe file, or a database that cannot be used as it is configured
  3  a check, a copy or an export found something, a walk left something behind, a row was not
     imported, or a drill found a late node
  4  nothing to do: no stored key matches, the record is not corrupt, there is no such account or row,
     or the account was closed before
  5  not confirmed
  6  the database did not answer, or not whether it made a change: try again

Secrets are never arguments. Master keys come from files or KEYWARD_MASTER_KEYS, the URL of a
PostgreSQL database comes from a file or KEYWARD_POSTGRES_URL, and the private key of leak drills
comes from a file or KEYWARD_DRILL_KEY. A file `-` is standard input.";

/// Operates the API credentials that a service keeps with Keyward
#[derive(Debug, Parser)]
#[command(name = "keyward", version, after_help = EXITS, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Prints the answer as JSON, and an error as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a master key, in a new file that only you can read
    MasterKey {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Prints the tables as SQL, or creates them
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Checks whether a node with these settings can work with its database
    Check(Service),
    /// Checks the tags of all records
    CheckRecords(Walk),
    /// Copies a database into an empty one, and compares the two. Stop the service first
    Copy(Copy),
    /// Moves all records and secrets to the current master key and record epoch
    Rekey(Rekey),
    /// Repairs a corrupt record: shows it, and asks for confirmation
    #[command(subcommand)]
    Repair(Repair),
    /// Finds the credential of a leaked key, which it reads from standard input, also from within a text
    Trace(OperatedService),
    /// Imports keys of another system from CSV or JSON lines, at most 1,000 in a transaction
    Import(Import),
    /// Measures how long the nodes of a service accept a leaked key, with a credential of its own
    #[command(subcommand)]
    LeakDrill(LeakDrill),
    /// Closes an account for good, and removes its workspaces. Asks first
    CloseAccount {
        #[command(flatten)]
        service: OperatedService,
        /// The account
        account: AccountId,
    },
    /// Deletes old events of the history; those of the last 24 hours are always kept
    Prune(Prune),
    /// Prints the history as JSON lines, the newest event of each account first
    Export(Export),
    /// Prints the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the manual page of the command, or of one of its commands
    Manual {
        /// The command, such as `repair account`
        command: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Prints the SQL that makes an empty database ready
    Print {
        /// The database
        dialect: Dialect,
        /// The PostgreSQL schema of the tables
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
    },
    /// Creates or upgrades the tables
    Run(Database),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The database of a service
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The SQLite file
    #[arg(long, value_name = "FILE", conflicts_with = "postgres_url")]
    pub(crate) sqlite: Option<PathBuf>,
    /// The file with the URL of the PostgreSQL database, readable only by you
    #[arg(long, value_name = "FILE")]
    pub(crate) postgres_url: Option<PathBuf>,
    /// The PostgreSQL schema of the tables
    #[arg(long, value_name = "NAME", default_value = "public")]
    pub(crate) schema: String,
    /// The role that owns the tables, if it is not yours
    #[arg(long, value_name = "ROLE")]
    pub(crate) owner: Option<String>,
}

/// A service: its database, its settings and its master keys
#[derive(Debug, Args)]
pub(crate) struct Service {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The file with the settings of the service, as `Keyward::settings` returns them
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: PathBuf,
    /// A file with master keys, one on each line, the current one first; readable only by you
    #[arg(long, value_name = "FILE")]
    pub(crate) master_keys: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OperatedService {
    #[command(flatten)]
    pub(crate) service: Service,
    /// Your id, which appears in the log and the history
    #[arg(long = "as", value_name = "OPERATOR", value_parser = operator)]
    pub(crate) operator: ActorId,
}

/// Parses the id of an operator. The one of leak drills is reserved, because their alerts stop what it issued.
fn operator(text: &str) -> Result<ActorId, String> {
    if text == Operator::LEAK_DRILL {
        return Err("this id is reserved for leak drills: give your own".to_owned());
    }
    ActorId::new(text).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(crate) struct Walk {
    #[command(flatten)]
    pub(crate) service: Service,
    /// Continues a failed walk after the place that it printed
    #[arg(long, value_name = "PLACE")]
    pub(crate) after: Option<RecordCursor>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) by: OperatedService,
    /// The file with the rows, readable only by you; `-` is standard input
    pub(crate) file: PathBuf,
    /// The syntax of the rows; by default, a file `.csv` is CSV and a file `.jsonl` or `.ndjson` is JSON lines
    #[arg(long, value_name = "SYNTAX")]
    pub(crate) syntax: Option<RowSyntax>,
    /// Shows the outcome of each row, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Names the import: a repeat with the same id imports no row that the first run did not import
    #[arg(long, value_name = "ID")]
    pub(crate) operation: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowSyntax {
    Csv,
    JsonLines,
}

#[derive(Debug, Args)]
pub(crate) struct Copy {
    #[command(flatten)]
    pub(crate) from: Database,
    /// The SQLite file to copy into
    #[arg(long, value_name = "FILE", required_unless_present = "to_postgres_url")]
    pub(crate) to_sqlite: Option<PathBuf>,
    /// The file with the URL of the PostgreSQL database to copy into
    #[arg(long, value_name = "FILE", conflicts_with = "to_sqlite")]
    pub(crate) to_postgres_url: Option<PathBuf>,
    /// The PostgreSQL schema to copy into
    #[arg(long, value_name = "NAME", default_value = "public")]
    pub(crate) to_schema: String,
    /// The role that owns the tables to copy into, if it is not yours
    #[arg(long, value_name = "ROLE")]
    pub(crate) to_owner: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rekey {
    #[command(flatten)]
    pub(crate) walk: Walk,
    /// Also accepts records under a lost master key, which cannot be checked: review them first
    #[arg(long)]
    pub(crate) adopt_lost: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Repair {
    /// Accepts the stored record of an account
    Account {
        #[command(flatten)]
        service: OperatedService,
        /// The account
        account: AccountId,
    },
    /// Accepts the stored record of a workspace, and counts its credentials
    Workspace {
        #[command(flatten)]
        service: OperatedService,
        /// The account
        account: AccountId,
        /// The workspace
        workspace: WorkspaceId,
    },
    /// Counts the credentials of a workspace, and corrects its counters, without confirmation
    Counters {
        #[command(flatten)]
        service: OperatedService,
        /// The account
        account: AccountId,
        /// The workspace
        workspace: WorkspaceId,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LeakDrill {
    /// Makes a key pair: the private key in a new file that only you can read. Prints the public key
    NewKey {
        /// The file, which must not exist
        file: PathBuf,
    },
    /// Issues a credential, reports it as leaked, measures the nodes, and deletes the credential
    Run(Box<LeakDrillRun>),
}

#[derive(Debug, Args)]
pub(crate) struct LeakDrillRun {
    #[command(flatten)]
    pub(crate) service: Service,
    /// The file with the private key of drills, readable only by you
    #[arg(long, value_name = "FILE")]
    pub(crate) drill_key: Option<PathBuf>,
    /// The address at which the service takes alerts about leaked keys
    #[arg(long, value_name = "URL")]
    pub(crate) alerts: String,
    /// The address of a guarded route of one node; can be repeated
    #[arg(long = "node", value_name = "URL", required = true)]
    pub(crate) nodes: Vec<String>,
    /// The freshness bound of the service in milliseconds, at most 5 minutes
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = 1_000,
        value_parser = clap::value_parser!(u64).range(1..=300_000)
    )]
    pub(crate) bound_ms: u64,
    /// The kind of the drill credential, whose key is one token
    #[arg(long, value_name = "WORD", default_value = "app")]
    pub(crate) kind: KindWord,
    /// The header that contains the key; by default `Authorization: Bearer`
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// The account
    pub(crate) account: AccountId,
    /// The workspace
    pub(crate) workspace: WorkspaceId,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(flatten)]
    pub(crate) age: Age,
}

/// The events to delete
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Age {
    /// Deletes events from before this time, such as 2030-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<Timestamp>,
    /// Deletes events that are older than this number of days
    #[arg(long, value_name = "DAYS")]
    pub(crate) older_than_days: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) service: OperatedService,
    /// The accounts; all by default
    pub(crate) accounts: Vec<AccountId>,
}
