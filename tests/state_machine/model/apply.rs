//! The effects of an operation that is not refused.

use super::*;

impl Model {
    /// Looks up the credentials of an operation. `None` if they do not exist yet.
    pub(crate) fn resolve(&self, operation: &Operation<Index>) -> Option<Operation<usize>> {
        let find = |which: &Index| self.any_credential(*which);
        Some(match operation {
            Operation::CreateWorkspace(place) => Operation::CreateWorkspace(*place),
            Operation::RemoveWorkspace(place, typed) => Operation::RemoveWorkspace(*place, *typed),
            Operation::Issue { workspace, kind, name, expires } => Operation::Issue {
                workspace: *workspace,
                kind: *kind,
                name: *name,
                expires: *expires,
            },
            Operation::Reveal(which) => Operation::Reveal(find(which)?),
            Operation::Rename(which, name) => Operation::Rename(find(which)?, *name),
            Operation::Deprecate(which, sunset) => Operation::Deprecate(find(which)?, *sunset),
            Operation::Undeprecate(which) => Operation::Undeprecate(find(which)?),
            Operation::Suspend(which) => Operation::Suspend(find(which)?),
            Operation::Resume(which) => Operation::Resume(find(which)?),
            Operation::SetExpiry(which, at) => Operation::SetExpiry(find(which)?, *at),
            Operation::ClearExpiry(which) => Operation::ClearExpiry(find(which)?),
            Operation::Rotate(which, overlap, ends) => {
                Operation::Rotate(find(which)?, *overlap, *ends)
            }
            Operation::EndOverlap(which) => Operation::EndOverlap(find(which)?),
            Operation::RemoveScopes(which) => Operation::RemoveScopes(find(which)?),
            Operation::RestoreScopes(which) => Operation::RestoreScopes(find(which)?),
            Operation::LimitNetworks(which, to) => Operation::LimitNetworks(find(which)?, *to),
            Operation::LiftNetworks(which) => Operation::LiftNetworks(find(which)?),
            Operation::SetLabels(which, to) => Operation::SetLabels(find(which)?, *to),
            Operation::SetOwner(which, to) => Operation::SetOwner(find(which)?, *to),
            Operation::Delete(which, typed) => Operation::Delete(find(which)?, *typed),
            Operation::Connect { workspace, integration, choice } => Operation::Connect {
                workspace: *workspace,
                integration: *integration,
                choice: choice.as_ref().and_then(find),
            },
            Operation::Disconnect(place, which) => Operation::Disconnect(*place, *which),
            Operation::Allow(place, networks) => Operation::Allow(*place, networks.clone()),
            Operation::Disallow(place, networks) => Operation::Disallow(*place, networks.clone()),
            Operation::Lift(place) => Operation::Lift(*place),
            Operation::CloseUnlisted => Operation::CloseUnlisted,
            Operation::OpenUnlisted => Operation::OpenUnlisted,
            Operation::SuspendAccount => Operation::SuspendAccount,
            Operation::ResumeAccount => Operation::ResumeAccount,
            Operation::CloseAccount(typed) => Operation::CloseAccount(*typed),
            Operation::SetPolicy(which) => Operation::SetPolicy(*which),
            Operation::DeactivateOwner => Operation::DeactivateOwner,
            Operation::ReactivateOwner => Operation::ReactivateOwner,
            Operation::HandOverOwned => Operation::HandOverOwned,
            Operation::DeleteOwned => Operation::DeleteOwned,
        })
    }

    /// The same for a read of a page.
    pub(crate) fn resolve_look(&self, look: &Look<Index>) -> Option<Look<usize>> {
        let find = |which: &Index| self.any_credential(*which);
        Some(match look {
            Look::Workspace(place) => Look::Workspace(*place),
            Look::Workspaces(size) => Look::Workspaces(*size),
            Look::Credential(which) => Look::Credential(find(which)?),
            Look::Credentials { workspace, kind, status, size } => Look::Credentials {
                workspace: *workspace,
                kind: *kind,
                status: *status,
                size: *size,
            },
            Look::Allowlist(place) => Look::Allowlist(*place),
            Look::Integrations(place) => Look::Integrations(*place),
            Look::History { workspace, credential, size } => Look::History {
                workspace: *workspace,
                credential: credential.as_ref().and_then(find),
                size: *size,
            },
            Look::DeletionImpact(which) => Look::DeletionImpact(find(which)?),
            Look::UnlistedWorkspaces => Look::UnlistedWorkspaces,
        })
    }

    /// Applies an operation under a master key, and records an event if it changes anything.
    pub(crate) fn apply(
        &mut self,
        actor: Actor,
        operation: &Operation<usize>,
        made: Option<Made>,
        master_key: usize,
    ) {
        if matches!(operation, Operation::HandOverOwned | Operation::DeleteOwned) {
            return self.apply_to_owned(actor, operation, master_key);
        }
        let before = format!("{self:?}");
        let made = made.map(|made| (made.id, self.secret(made.secret, master_key)));
        match *operation {
            Operation::CreateWorkspace(place) => {
                let (integrations, allowlist) = (Vec::new(), Vec::new());
                self.workspaces[place] = Workspace::Open { integrations, allowlist };
                let (kind, first) = self.kinds.minimum();
                self.insert(place, kind, first, None, made.unwrap());
            }
            Operation::RemoveWorkspace(place, _) => {
                self.workspaces[place] = Workspace::Removed;
                let of_it = self.credentials.iter_mut().filter(|known| known.workspace == place);
                of_it.for_each(|known| known.gone = true);
            }
            Operation::Issue { workspace, kind, name, expires } => {
                let expires = self.expiry(kind, expires);
                let owned = self.is_owned(kind, name);
                self.insert(workspace, kind, NAMES[name], expires, made.unwrap());
                self.credentials.last_mut().unwrap().owned = owned;
            }
            Operation::Connect { workspace, integration, choice } => {
                self.connect(workspace, integration, choice);
            }
            Operation::Disconnect(place, which) => {
                if let Workspace::Open { integrations, .. } = &mut self.workspaces[place] {
                    integrations.retain(|(known, _)| *known != which);
                }
            }
            Operation::Allow(place, ref networks) => {
                self.allowlist(place, |list| list.extend(networks));
            }
            Operation::Disallow(place, ref networks) => {
                self.allowlist(place, |list| list.retain(|known| !networks.contains(known)));
            }
            Operation::Lift(place) => self.allowlist(place, Vec::clear),
            Operation::CloseUnlisted => self.unlisted_closed = true,
            Operation::OpenUnlisted => self.unlisted_closed = false,
            // A closed account stays as it was.
            Operation::SuspendAccount => self.suspended |= !self.closed,
            Operation::ResumeAccount => self.suspended &= self.closed,
            Operation::CloseAccount(_) => self.closed = true,
            Operation::SetPolicy(which) => self.policy = which,
            Operation::DeactivateOwner => self.owner_left = true,
            Operation::ReactivateOwner => self.owner_left = false,
            _ => self.apply_to_credential(operation, made),
        }
        let shown = matches!(operation, Operation::Reveal(_));
        if shown || before != format!("{self:?}") {
            self.tell(actor, operation);
        }
    }

    /// Each credential is a change with an event of its own. A member who owns nothing any more is reactivated by whoever may.
    fn apply_to_owned(&mut self, actor: Actor, operation: &Operation<usize>, master_key: usize) {
        let deletes = matches!(operation, Operation::DeleteOwned);
        for credential in self.owned() {
            let (one, met) = if deletes {
                (Operation::Delete(credential, Typed::Right), "deleted with its owner")
            } else {
                (Operation::SetOwner(credential, HandTo::Account), "handed over")
            };
            if !deletes || self.in_use(credential).is_none() {
                self.met.insert(met.to_owned());
                self.apply(actor, &one, None, master_key);
            }
        }
        if self.owner_left && self.owned().is_empty() && actor != Actor::Member {
            self.met.insert("reactivated with nothing left".to_owned());
            self.apply(actor, &Operation::ReactivateOwner, None, master_key);
        }
    }

    fn secret(&self, text: String, master_key: usize) -> Secret {
        Secret { text, created: self.now, stamped: master_key, sealed: master_key }
    }

    fn apply_to_credential(
        &mut self,
        operation: &Operation<usize>,
        made: Option<(CredentialId, Secret)>,
    ) {
        let now = self.now;
        let at = |ends: Ends| match ends {
            Ends::Now => now,
            Ends::In(seconds) => now + seconds,
        };
        match *operation {
            Operation::Rename(known, name) => self.credentials[known].name = NAMES[name],
            Operation::Deprecate(known, sunset) => {
                self.credentials[known].deprecated = Some(Deprecated { sunset: sunset.map(at) });
            }
            Operation::Undeprecate(known) => self.credentials[known].deprecated = None,
            Operation::Suspend(known) => self.credentials[known].suspended = true,
            Operation::Resume(known) => self.credentials[known].suspended = false,
            Operation::SetExpiry(known, end) => self.credentials[known].expires = Some(at(end)),
            Operation::ClearExpiry(known) => self.credentials[known].expires = None,
            Operation::Rotate(known, overlap, _) => {
                let overlap = self.overlap_seconds(known, overlap);
                let known = &mut self.credentials[known];
                known.overlap = overlap;
                known.secrets.push(made.unwrap().1);
            }
            Operation::EndOverlap(known) => {
                let known = &mut self.credentials[known];
                // An overlap that has ended by itself stays ended.
                known.overlap = known.overlap.filter(|until| *until <= now);
            }
            Operation::RemoveScopes(known) => self.credentials[known].has_no_scopes = true,
            Operation::RestoreScopes(known) => self.credentials[known].has_no_scopes = false,
            Operation::LimitNetworks(known, to) => self.credentials[known].network = Some(to),
            Operation::LiftNetworks(known) => self.credentials[known].network = None,
            Operation::SetLabels(known, to) => self.credentials[known].labels = to,
            Operation::SetOwner(known, to) => self.credentials[known].owned = to == HandTo::Member,
            Operation::Delete(known, _) => self.credentials[known].gone = true,
            _ => {}
        }
    }

    fn insert(
        &mut self,
        workspace: usize,
        kind: KindWord,
        name: &'static str,
        expires: Option<i64>,
        (id, secret): (CredentialId, Secret),
    ) {
        self.credentials.push(Credential {
            workspace,
            id,
            kind,
            name,
            deprecated: None,
            suspended: false,
            owned: false,
            has_no_scopes: false,
            network: None,
            labels: 0,
            expires,
            created: self.now,
            secrets: vec![secret],
            overlap: None,
            last_used: BTreeMap::new(),
            guessed: false,
            gone: false,
        });
    }

    fn connect(&mut self, workspace: usize, integration: usize, choice: Option<usize>) {
        let (kind, _) = self.kinds.of_integrations();
        let only = |known: &Credential| {
            let fits = known.kind == kind && known.is_permanent() && !self.is_stopped(known);
            known.workspace == workspace && !known.gone && fits
        };
        let chosen = choice.or_else(|| self.credentials.iter().position(only)).unwrap();
        if let Workspace::Open { integrations, .. } = &mut self.workspaces[workspace] {
            match integrations.iter_mut().find(|(known, _)| *known == integration) {
                Some((_, used)) => *used = chosen,
                None => integrations.push((integration, chosen)),
            }
        }
    }

    fn allowlist(&mut self, place: usize, change: impl FnOnce(&mut Vec<usize>)) {
        if let Workspace::Open { allowlist, .. } = &mut self.workspaces[place] {
            change(allowlist);
        }
    }
}
