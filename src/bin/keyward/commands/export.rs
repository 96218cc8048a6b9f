//! Prints the history as JSON lines.

use std::io::{self, BufWriter, Write};

use keyward::history::HistoryFilter;
use keyward::store::{CredentialStore, PageItem, PageSize};
use keyward::{AccountId, Keyward, ManageError, Operator, UnavailableReason};
use serde::Serialize;
use serde_json::json;

use crate::answer::{self, Answer, Exit};
use crate::arguments::Export;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::service;

pub(super) async fn run(arguments: Export) -> Result<Answer, Failure> {
    let by = arguments.service;
    let opened = service::open(&by.service).await?;
    let mut lines = Lines::start();
    let operator = Operator::new(by.operator);
    if arguments.accounts.is_empty() {
        every_account(&opened.store.any(), &opened.keyward, &operator, &mut lines).await?;
    }
    for account in arguments.accounts {
        history(&opened.keyward, &operator, account, &mut lines).await?;
    }
    let exit = lines.finish()?;
    opened.store.close().await;
    Ok(Answer::printed(exit))
}

async fn every_account(
    store: &impl CredentialStore,
    keyward: &Keyward,
    operator: &Operator,
    lines: &mut Lines,
) -> Result<(), Failure> {
    let mut after: Option<AccountId> = None;
    loop {
        let page = store.every_account(after.as_ref(), PageSize::MAX).await?;
        for item in page.items {
            match item {
                PageItem::Record(record) => history(keyward, operator, record.id, lines).await?,
                PageItem::Corrupt(row) => lines.found(&json!({ "corrupt_account": row.id }))?,
                PageItem::Newer { id } => lines.found(&json!({ "newer_account": id }))?,
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn history(
    keyward: &Keyward,
    operator: &Operator,
    account: AccountId,
    lines: &mut Lines,
) -> Result<(), Failure> {
    let actor = operator.acting_for(account.clone());
    let manager = keyward.manager(&actor);
    let mut before = None;
    loop {
        let filter = HistoryFilter::new().size(PageSize::MAX).before(before);
        let page = match manager.history(filter).await {
            Err(error) if is_corrupt(&error) => {
                return lines.found(&json!({ "corrupt_account": account }));
            }
            page => page?,
        };
        for item in page.items {
            match item {
                PageItem::Record(event) if event.is_checked => lines.event(&event)?,
                PageItem::Record(event) => lines.found(&event)?,
                PageItem::Corrupt(row) => lines.found(&json!({ "corrupt_event": row.id }))?,
                PageItem::Newer { id } => lines.found(&json!({ "newer_event": id }))?,
            }
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(()),
        }
    }
}

fn is_corrupt(error: &ManageError) -> bool {
    matches!(error, ManageError::Unavailable(it) if it.reason() == UnavailableReason::CorruptRow)
}

/// The lines on standard output.
struct Lines {
    out: BufWriter<io::Stdout>,
    progress: Progress,
    exit: Exit,
}

impl Lines {
    fn start() -> Self {
        let out = BufWriter::new(io::stdout());
        Self { out, progress: Progress::start("exporting"), exit: Exit::Done }
    }

    fn event(&mut self, event: &impl Serialize) -> Result<(), Failure> {
        self.progress.add(1);
        let line = answer::line(event)?;
        writeln!(self.out, "{line}").map_err(Failure::because("an event cannot be written"))
    }

    /// Writes a line for something that cannot be checked. The command then exits with [`Exit::Found`].
    fn found(&mut self, found: &impl Serialize) -> Result<(), Failure> {
        self.exit = Exit::Found;
        self.event(found)
    }

    fn finish(mut self) -> Result<Exit, Failure> {
        self.out.flush().map_err(Failure::because("an event cannot be written"))?;
        Ok(self.exit)
    }
}
