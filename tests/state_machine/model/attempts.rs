//! The outcomes of attempts.

use super::*;
use crate::support::kinds::Proof;

impl Model {
    /// Compares the outcome of an attempt, and records the use.
    pub(crate) fn check_attempt(
        &mut self,
        case: &Case,
        master_key: usize,
        outcome: Result<Proof, NotPassed>,
    ) {
        let (credential, secret) = (case.known, case.secret);
        let kind = self.credentials[credential].kind;
        let expected = match case.presented {
            KeyLocation::ForAnotherSite if self.kinds.is_pair(kind) => {
                vec![DenialReason::WrongSiteId]
            }
            KeyLocation::AsTheOtherKind => vec![DenialReason::WrongKind],
            KeyLocation::Mistyped => vec![DenialReason::Checksum],
            KeyLocation::Shortened => vec![DenialReason::Malformed],
            KeyLocation::AsIssued | KeyLocation::ForAnotherSite => {
                self.denials(credential, secret, case.from)
            }
        };
        match outcome {
            Err(NotPassed::Busy(Busy)) => self.check_busy(credential),
            Err(NotPassed::Denied(reason)) => {
                assert!(expected.contains(&reason), "denied for {reason:?}, not {expected:?}");
                self.met.insert(format!("{reason:?}"));
                if reason == DenialReason::WrongSecret {
                    self.note_wrong(credential);
                }
            }
            Ok(passed) => {
                assert!(expected.is_empty(), "passed, and should be denied for {expected:?}");
                let known = &self.credentials[credential];
                let workspace = workspace_id(known.workspace);
                assert_eq!((passed.kind, passed.credential), (known.kind, known.id));
                assert_eq!(passed.workspace, workspace);
                assert_eq!((&passed.account, passed.name.as_str()), (&account(), known.name));
                let number = usize::try_from(passed.generation.get()).unwrap();
                assert_eq!(number, secret + 1);
                self.check_notice(credential, secret, &passed);
                self.note(credential, secret, master_key);
            }
        }
    }

    /// Returns all reasons against an attempt: the secret first, then the state, then the address.
    fn denials(&self, credential: usize, secret: usize, from: Option<usize>) -> Vec<DenialReason> {
        let known = &self.credentials[credential];
        if !self.workspaces[known.workspace].is_open() {
            // A node that remembers the credential looks at its secret first, and then at the workspace.
            let remembered = [DenialReason::WrongSecret, DenialReason::WorkspaceRemoved];
            return [&[DenialReason::Unknown], &remembered[..]].concat();
        }
        if known.gone {
            return vec![DenialReason::Unknown];
        }
        let previous = known.current().checked_sub(1) == Some(secret);
        let overlap = known.overlap.filter(|_| previous);
        if secret != known.current() && overlap.is_none() {
            return vec![DenialReason::WrongSecret];
        }
        let mut reasons = Vec::new();
        if overlap.is_some_and(|until| until <= self.now) {
            reasons.push(DenialReason::OverlapEnded);
        }
        if self.closed {
            reasons.push(DenialReason::AccountClosed);
        }
        if self.suspended {
            reasons.push(DenialReason::AccountSuspended);
        }
        if known.owned && self.owner_left {
            reasons.push(DenialReason::OwnerInactive);
        }
        if known.suspended {
            reasons.push(DenialReason::Suspended);
        }
        if known.is_ended(self.now) {
            reasons.push(DenialReason::Ended);
        }
        if reasons.is_empty() {
            reasons = self.address_denials(known.workspace, from);
        }
        if reasons.is_empty() {
            reasons = own_address_denials(known, from);
        }
        // Every attempt requires a scope.
        if reasons.is_empty() && known.has_no_scopes {
            reasons.push(DenialReason::InsufficientScope);
        }
        reasons
    }

    fn address_denials(&self, workspace: usize, from: Option<usize>) -> Vec<DenialReason> {
        let listed = self.workspaces[workspace].allowlist();
        if listed.is_empty() && !self.unlisted_closed {
            return vec![];
        }
        match from {
            None => vec![DenialReason::AddressUnknown, DenialReason::AddressNotAllowed],
            Some(from) if listed.iter().any(|network| contains(*network, from)) => vec![],
            Some(_) => vec![DenialReason::AddressNotAllowed],
        }
    }

    fn check_notice(&self, credential: usize, secret: usize, passed: &Proof) {
        let known = &self.credentials[credential];
        let until = if secret == known.current() { None } else { known.overlap };
        let is_ending = known.deprecated.is_some() || until.is_some();
        assert_eq!(passed.notice.is_some(), is_ending);
        if let Some(notice) = passed.notice {
            assert_eq!(notice.deprecated.is_some(), known.deprecated.is_some());
            let sunset = until.into_iter().chain(known.ends()).min();
            assert_eq!(notice.sunset, sunset.map(time));
        }
    }

    fn note(&mut self, credential: usize, secret: usize, master_key: usize) {
        let now = self.now;
        let known = &mut self.credentials[credential];
        known.last_used.insert(secret, now);
        let mut met = vec!["passed"];
        if secret != known.current() {
            met.push("passed with its previous secret");
        }
        if known.deprecated.is_some() {
            met.push("passed deprecated");
        }
        if !self.workspaces[known.workspace].allowlist().is_empty() {
            met.push("passed from a listed network");
        }
        if known.network.is_some() {
            met.push("passed from its own network");
        }
        if known.secrets[secret].stamped < self.lost {
            met.push("stamped anew after a loss");
        }
        if known.secrets[secret].stamp(master_key) {
            met.push("stamped anew by a use");
        }
        self.met.extend(met.into_iter().map(str::to_owned));
    }
}

/// Returns what the credential's own network says. The workspace's list must contain the address as well.
fn own_address_denials(known: &Credential, from: Option<usize>) -> Vec<DenialReason> {
    match (known.network, from) {
        (None, _) => vec![],
        (Some(_), None) => vec![DenialReason::AddressUnknown],
        (Some(network), Some(from)) if contains(network, from) => vec![],
        (Some(_), Some(_)) => vec![DenialReason::AddressNotAllowed],
    }
}
