//! The expected history.

use keyward::history::HistoryEvent;

use super::*;

impl Model {
    pub(super) fn tell(&mut self, actor: Actor, operation: &Operation<usize>) {
        self.events += 1;
        let (workspace, credential) = self.subject(operation);
        self.told.push(Told {
            number: self.events,
            at: self.now,
            role: match actor {
                Actor::Admin | Actor::Stranger => Role::Admin,
                Actor::Member | Actor::Guest => Role::Member,
                Actor::Operator => Role::Operator,
            },
            action: action(operation),
            workspace,
            credential,
        });
    }

    fn subject(&self, operation: &Operation<usize>) -> (Option<usize>, Option<usize>) {
        let credential = match *operation {
            Operation::Issue { .. } => Some(self.credentials.len() - 1),
            _ => operation.credential(),
        };
        let workspace = credential.map(|known| self.credentials[known].workspace);
        (workspace.or(operation.workspace()), credential)
    }

    /// Events older than so many seconds go.
    pub(crate) fn prune(&mut self, seconds: i64) {
        let (before, all) = (self.now - seconds, self.told.len());
        self.told.retain(|told| told.at >= before);
        if self.told.len() < all {
            self.met.insert("pruned".to_owned());
        }
    }

    /// Compares returned events, the newest first: all of them in order, or those that match.
    pub(crate) fn check_history(&self, told: &[HistoryEvent], asked: impl Fn(&Told) -> bool) {
        let numbers = self.told.iter().map(|known| known.number);
        assert!(numbers.rev().eq((1..=self.events).rev().take(self.told.len())));
        let expected: Vec<_> = self.told.iter().rev().filter(|known| asked(known)).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (event, known) in told.iter().zip(expected) {
            assert_eq!(event.at, time(known.at));
            assert_eq!((event.by.role, &event.account), (known.role, &account()));
            let action = serde_json::to_value(&event.action).unwrap();
            assert_eq!(action["is"], known.action);
            let workspace = known.workspace.map(workspace_id);
            assert_eq!(event.subject.workspace(), workspace.as_ref());
            let credential = known.credential.map(|known| self.credentials[known].id);
            assert_eq!(event.subject.credential(), credential.as_ref());
        }
    }
}

const fn action(operation: &Operation<usize>) -> &'static str {
    match operation {
        Operation::CreateWorkspace(_) => "workspace_created",
        Operation::RemoveWorkspace(..) => "workspace_removed",
        Operation::Issue { .. } => "issued",
        Operation::Reveal(_) => "revealed",
        Operation::Rename(..) => "renamed",
        Operation::Deprecate(..) => "deprecated",
        Operation::Undeprecate(_) => "undeprecated",
        Operation::Suspend(_) => "suspended",
        Operation::Resume(_) => "resumed",
        Operation::SetExpiry(..) => "expiry_set",
        Operation::ClearExpiry(_) => "expiry_cleared",
        Operation::Rotate(..) => "rotated",
        Operation::EndOverlap(_) => "overlap_ended",
        Operation::RemoveScopes(_) | Operation::RestoreScopes(_) => "scopes_set",
        Operation::LimitNetworks(..) | Operation::LiftNetworks(_) => "networks_set",
        Operation::SetLabels(..) => "labels_set",
        Operation::SetOwner(..) | Operation::HandOverOwned => "handed_over",
        Operation::Delete(..) | Operation::DeleteOwned => "deleted",
        Operation::Connect { .. } => "connected",
        Operation::Disconnect(..) => "disconnected",
        Operation::Allow(..) => "allowed",
        Operation::Disallow(..) => "disallowed",
        Operation::Lift(_) => "lifted",
        Operation::CloseUnlisted | Operation::OpenUnlisted => "unlisted_workspaces_set",
        Operation::SuspendAccount => "account_suspended",
        Operation::ResumeAccount => "account_resumed",
        Operation::CloseAccount(_) => "account_closed",
        Operation::SetPolicy(_) => "policy_set",
        Operation::DeactivateOwner => "member_deactivated",
        Operation::ReactivateOwner => "member_reactivated",
    }
}
