//! Leak drills: issues a credential, reports it as leaked, and measures how long the nodes of a service accept it.

mod alert;
mod nodes;
mod signing_key;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use keyward::kind::KindWord;
use keyward::manage::Issued;
use keyward::scope::{ScopeSet, Scopes};
use keyward::time::{Clock, SystemClock, Timestamp};
use keyward::{ActorId, Keyward, ManageError, Manager, Name, NewCredential, Operator, SecretKey};
use serde_json::json;

use self::alert::AlertAddress;
use self::nodes::{Node, NodeTimes};
use super::check::expect_same_service;
use crate::answer::{Answer, Exit};
use crate::arguments::{LeakDrill, LeakDrillRun};
use crate::failure::Failure;
use crate::{secret_sources, service, web};

/// How long the drill credential works at most, in case the process is killed before it deletes the credential.
const LIFETIME: Duration = Duration::from_mins(10);

pub(super) async fn run(command: LeakDrill) -> Result<Answer, Failure> {
    match command {
        LeakDrill::NewKey { file } => signing_key::make(&file),
        LeakDrill::Run(arguments) => drill(*arguments).await,
    }
}

/// The requests of a drill.
struct Requests {
    alerts: AlertAddress,
    nodes: Vec<Node>,
    bound: Duration,
}

async fn drill(arguments: LeakDrillRun) -> Result<Answer, Failure> {
    let requests = requests(&arguments)?;
    let (bound, workspace) = (requests.bound, arguments.workspace.clone());
    let reads_key = arguments.drill_key.as_deref().is_some_and(secret_sources::is_stdin);
    let opened = if reads_key {
        service::open_beside_stdin(&arguments.service).await?
    } else {
        service::open(&arguments.service).await?
    };
    expect_same_service(&opened).await?;
    expect_kind(&opened.keyward, arguments.kind)?;
    let operator = ActorId::new(Operator::LEAK_DRILL);
    let operator = Operator::new(operator.map_err(Failure::because("no operator"))?);
    let actor = operator.acting_for(arguments.account);
    let manager = opened.keyward.manager(&actor);
    let now = SystemClock::new().now().wall;
    let name = name(now)?;
    let new = NewCredential::new(arguments.workspace, name.clone())
        .expires(now.saturating_add(LIFETIME))
        .scopes(Scopes::Only(ScopeSet::none()));
    let issued = manager.issue_of(arguments.kind, new).await.map_err(|error| match error {
        error @ ManageError::Unknown { .. } => Failure::from(error)
            .hint(&format!("delete the credential `{name}` of {workspace} if it exists")),
        error => error.into(),
    })?;
    let Issued { credential, secret, .. } = issued;
    let measured = interruptible(requests, secret).await;
    let deleted = delete(&manager, &credential).await;
    opened.store.close().await;
    match (measured, deleted) {
        (Ok(times), Ok(())) => answer(&times, bound, credential.id),
        (Err(failure), Ok(())) => Err(failure.hint("the drill credential was deleted")),
        (Ok(_), Err(failure)) => Err(failure),
        (Err(failure), Err(left)) => Err(left.and(failure)),
    }
}

/// Fails if the service does not have this kind.
fn expect_kind(keyward: &Keyward, kind: KindWord) -> Result<(), Failure> {
    let words = || keyward.settings().kinds.iter().map(|registered| registered.word);
    if words().any(|word| word == kind) {
        return Ok(());
    }
    let words = words().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    Err(Failure::usage(format!(
        "the service has no kind `{kind}` (its kinds: {words}): correct `--kind`, or the settings file"
    )))
}

fn requests(arguments: &LeakDrillRun) -> Result<Requests, Failure> {
    let key = signing_key::read(arguments.drill_key.as_deref())?;
    let client = web::client();
    let header = arguments.header.as_deref();
    let nodes = arguments.nodes.iter();
    Ok(Requests {
        alerts: AlertAddress::new(client.clone(), arguments.alerts.clone(), key),
        nodes: nodes.map(|url| Node::new(client.clone(), url.clone(), header)).collect(),
        bound: Duration::from_millis(arguments.bound_ms),
    })
}

fn name(now: Timestamp) -> Result<Name, Failure> {
    Name::new(format!("Leak drill {now}")).map_err(Failure::because("no name"))
}

/// Sends the requests on another thread, and stops when the operator presses Ctrl-C. The credential is deleted in either case.
async fn interruptible(requests: Requests, secret: SecretKey) -> Result<Vec<NodeTimes>, Failure> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_stopped);
    let work = tokio::task::spawn_blocking(move || requests.send(&secret, &stop));
    match select(work, pin!(tokio::signal::ctrl_c())).await {
        Either::Left((measured, _)) => {
            measured.map_err(Failure::because("the measurement has failed"))?
        }
        Either::Right((_, work)) => {
            is_stopped.store(true, Ordering::Relaxed);
            // The last requests have a time limit.
            let _ = work.await;
            Err(Failure::new(Exit::Failed, "the drill was interrupted"))
        }
    }
}

impl Requests {
    fn send(&self, secret: &SecretKey, is_stopped: &AtomicBool) -> Result<Vec<NodeTimes>, Failure> {
        for node in &self.nodes {
            node.must_accept(secret, self.bound, is_stopped)?;
        }
        let answered = self.alerts.post(secret)?;
        nodes::measure(&self.nodes, secret, answered, self.bound, is_stopped)
    }
}

/// Deletes the drill credential. A failure says what is left.
async fn delete(
    manager: &Manager<'_>,
    credential: &keyward::manage::Credential,
) -> Result<(), Failure> {
    match manager.delete(credential.id, credential.name.as_str()).await {
        Ok(()) | Err(ManageError::NotFound(_)) => Ok(()),
        Err(error) => Err(Failure::from(error).hint(&format!(
            "the drill credential {} of {} is left: delete it (it works for at most ten minutes)",
            credential.id, credential.workspace
        ))),
    }
}

fn answer(
    times: &[NodeTimes],
    bound: Duration,
    credential: keyward::CredentialId,
) -> Result<Answer, Failure> {
    let is_late = times.iter().any(|times| times.is_late);
    let exit = if is_late { Exit::Found } else { Exit::Done };
    let bound_ms = bound.as_millis();
    let verdict = if is_late {
        format!("A node accepted the key later than {bound_ms} ms after the alert.")
    } else {
        format!("No node accepted the key later than {bound_ms} ms after the alert.")
    };
    let lines = times.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let text = format!("{lines}\n{verdict} The drill credential {credential} was deleted.");
    let bound_ms = u64::try_from(bound_ms).unwrap_or(u64::MAX);
    let json = json!({ "bound_ms": bound_ms, "nodes": times, "credential": credential });
    Answer::new(exit, text, &json)
}
