//! This test program once more, as a process with nodes of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use futures_channel::oneshot;
use keyward::MasterKey;

use crate::attack::Seen;
use crate::child::{KEY, MARK, STORE};
use crate::lines::Line;
use crate::node::Revoked;
use crate::store_location::StoreLocation;
use crate::support::revocation::{LiveKey, Revocation};

/// The process. It is asked many things at once, and ends with this value.
pub(crate) struct Process {
    child: Child,
    input: Mutex<ChildStdin>,
    asked: AtomicUsize,
    /// The callers that wait for an answer, by the number of the question.
    waiting: Arc<Mutex<HashMap<usize, oneshot::Sender<String>>>>,
}

/// A key that is being presented to a node of the process.
pub(crate) struct Attack<'a> {
    process: &'a Process,
    question: usize,
    seen: oneshot::Receiver<String>,
}

impl Process {
    /// Starts it, with nodes over that store.
    pub(crate) fn start(store: &StoreLocation, key: &MasterKey) -> Self {
        let test = "a_process_with_nodes_of_its_own";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", test])
            .env(STORE, store.to_string())
            .env(KEY, key.expose_text().as_str())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = Mutex::new(child.stdin.take().unwrap());
        let waiting = Arc::<Mutex<HashMap<_, oneshot::Sender<String>>>>::default();
        let (lines, answers) =
            (BufReader::new(child.stdout.take().unwrap()).lines(), Arc::clone(&waiting));
        thread::spawn(move || {
            for line in lines {
                let line = line.unwrap();
                if let Some((question, answer)) =
                    line.strip_prefix(MARK).and_then(|line| line.split_once(' '))
                {
                    let asker = answers.lock().unwrap().remove(&question.parse().unwrap());
                    // The caller may be gone, in a test that has failed.
                    asker.unwrap().send(answer.to_owned()).ok();
                }
            }
            // No answer comes from a process that has ended.
            answers.lock().unwrap().clear();
        });
        Self { child, input, asked: AtomicUsize::new(0), waiting }
    }

    pub(crate) fn attack(&self, node: usize, key: &LiveKey) -> Attack<'_> {
        let (question, seen) = self.ask(&format!("attack {node} {}", key.write()));
        Attack { process: self, question, seen }
    }

    pub(crate) async fn revoke(&self, node: usize, key: &LiveKey, how: Revocation) -> Revoked {
        let (_, revoked) = self.ask(&format!("revoke {node} {} {}", how.write(), key.write()));
        Revoked::read_from(&revoked.await.expect("the process has ended"))
    }

    /// Closes its nodes. It ends then.
    pub(crate) async fn close(&self) {
        let (_, closed) = self.ask("close");
        closed.await.expect("the process has ended");
    }

    fn ask(&self, what: &str) -> (usize, oneshot::Receiver<String>) {
        let question = self.asked.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap().insert(question, answer);
        self.tell(question, what);
        (question, answered)
    }

    fn tell(&self, question: usize, what: &str) {
        writeln!(self.input.lock().unwrap(), "{question} {what}").unwrap();
    }
}

impl Attack<'_> {
    /// Ends the process, and returns its counts.
    pub(crate) async fn end(self) -> Seen {
        self.process.tell(self.question, "over");
        Seen::read_from(&self.seen.await.expect("the process has ended"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
