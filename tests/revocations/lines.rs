//! The messages between the processes of a storm: words with a space between them.

use keyward::{AccountId, CredentialId, DenialReason, WorkspaceId};

use crate::attack::Seen;
use crate::moment::Moment;
use crate::node::Revoked;
use crate::support::revocation::{LiveKey, Revocation};

/// A message with this number of words.
pub(crate) trait Line<const WORDS: usize>: Sized {
    fn words(&self) -> [String; WORDS];

    fn read(words: [&str; WORDS]) -> Self;

    fn write(&self) -> String {
        self.words().join(" ")
    }

    fn read_from(line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        Self::read(words.try_into().unwrap())
    }
}

impl Line<5> for LiveKey {
    fn words(&self) -> [String; 5] {
        let (kind, id) = (self.kind.to_string(), self.id.to_string());
        [kind, self.account.to_string(), self.workspace.to_string(), id, self.text.clone()]
    }

    fn read([kind, account, workspace, id, text]: [&str; 5]) -> Self {
        Self {
            kind: kind.parse().unwrap(),
            account: AccountId::new(account).unwrap(),
            workspace: WorkspaceId::new(workspace).unwrap(),
            id: CredentialId::new(id).unwrap(),
            text: text.to_owned(),
        }
    }
}

impl Line<1> for Revocation {
    fn words(&self) -> [String; 1] {
        [format!("{self:?}")]
    }

    fn read([name]: [&str; 1]) -> Self {
        Self::ALL.into_iter().find(|known| format!("{known:?}") == name).unwrap()
    }
}

impl Line<5> for Seen {
    fn words(&self) -> [String; 5] {
        let reasons: Vec<_> = self.reasons.iter().map(|reason| reason.as_str()).collect();
        [
            self.attempts.to_string(),
            self.unavailable.to_string(),
            or_dash(self.accepted),
            or_dash(self.denied),
            reasons.join(","),
        ]
    }

    fn read([attempts, unavailable, accepted, denied, reasons]: [&str; 5]) -> Self {
        let reasons = reasons.split(',').filter(|name| !name.is_empty());
        let reason = |name| DenialReason::ALL.into_iter().find(|known| known.as_str() == name);
        Self {
            attempts: attempts.parse().unwrap(),
            unavailable: unavailable.parse().unwrap(),
            accepted: unless_dash(accepted),
            denied: unless_dash(denied),
            reasons: reasons.map(|name| reason(name).unwrap()).collect(),
        }
    }
}

impl Line<2> for Revoked {
    fn words(&self) -> [String; 2] {
        [self.begun.to_string(), or_dash(self.acknowledged)]
    }

    fn read([begun, acknowledged]: [&str; 2]) -> Self {
        Self { begun: begun.parse().unwrap(), acknowledged: unless_dash(acknowledged) }
    }
}

fn or_dash(moment: Option<Moment>) -> String {
    moment.map_or_else(|| "-".to_owned(), |moment| moment.to_string())
}

fn unless_dash(word: &str) -> Option<Moment> {
    (word != "-").then(|| word.parse().unwrap())
}
