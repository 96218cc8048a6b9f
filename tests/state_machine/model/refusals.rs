//! Everything that speaks against an operation. Where several rules do, Keyward may name any of them.

use super::*;

impl Model {
    /// Returns the allowed refusals. Empty if the operation must succeed.
    pub(crate) fn refusals(&mut self, actor: Actor, operation: &Operation<usize>) -> Vec<Refused> {
        let of_workspaces = matches!(
            operation,
            Operation::CreateWorkspace(_)
                | Operation::RemoveWorkspace(..)
                | Operation::SetPolicy(_)
                | Operation::DeactivateOwner
                | Operation::ReactivateOwner
        );
        let of_the_account = matches!(
            operation,
            Operation::SuspendAccount | Operation::ResumeAccount | Operation::CloseAccount(_)
        );
        let allowed = match actor {
            Actor::Operator => true,
            Actor::Admin | Actor::Stranger => !of_the_account,
            Actor::Member => !of_the_account && !of_workspaces,
            Actor::Guest => false,
        };
        // To create one, it need not be there.
        let workspace = match operation {
            Operation::CreateWorkspace(_) => None,
            _ => operation.workspace(),
        };
        let choice = match operation {
            Operation::Connect { choice, .. } => *choice,
            _ => operation.credential(),
        };
        let mut refusals = self.not_permitted(actor, allowed);
        if self.closed && actor == Actor::Operator && !of_the_account {
            refusals.push(Refused::AccountClosed);
        }
        if refusals.is_empty() {
            refusals = self.not_found(actor, workspace, choice);
        }
        if refusals.is_empty() {
            refusals = self.by_rule(operation).into_iter().map(Refused::ByRule).collect();
        }
        self.meet(&refusals);
        refusals
    }

    /// The same for a read of a page.
    pub(crate) fn refusals_to_look(&mut self, actor: Actor, look: &Look<usize>) -> Vec<Refused> {
        let (workspace, credential) = match *look {
            Look::Workspace(place) | Look::Allowlist(place) | Look::Integrations(place) => {
                (Some(place), None)
            }
            Look::Credentials { workspace, .. } => (workspace, None),
            Look::Credential(known) | Look::DeletionImpact(known) => (None, Some(known)),
            Look::Workspaces(_) | Look::History { .. } | Look::UnlistedWorkspaces => (None, None),
        };
        let mut refusals = self.not_permitted(actor, actor != Actor::Guest);
        if refusals.is_empty() {
            refusals = self.not_found(actor, workspace, credential);
        }
        self.meet(&refusals);
        refusals
    }

    fn meet(&mut self, refusals: &[Refused]) {
        for refused in refusals {
            let name = match refused {
                Refused::ByRule(refusal) => format!("{refusal:?}"),
                other => format!("{other:?}"),
            };
            self.met.insert(name.split([' ', '{']).next().unwrap().to_owned());
        }
    }

    fn not_permitted(&self, actor: Actor, allowed: bool) -> Vec<Refused> {
        let mut refusals = Vec::new();
        if !allowed {
            refusals.push(Refused::Forbidden);
        }
        // The stranger's account is another one, and the operator may do anything in it.
        if self.suspended && !matches!(actor, Actor::Stranger | Actor::Operator) {
            refusals.push(Refused::AccountSuspended);
        }
        // The operator may read it, and nobody may change it.
        if self.closed && !matches!(actor, Actor::Stranger | Actor::Operator) {
            refusals.push(Refused::AccountClosed);
        }
        refusals
    }

    fn not_found(
        &self,
        actor: Actor,
        workspace: Option<usize>,
        credential: Option<usize>,
    ) -> Vec<Refused> {
        let stranger = actor == Actor::Stranger;
        let mut refusals = Vec::new();
        if workspace.is_some_and(|place| stranger || !self.workspaces[place].is_open()) {
            refusals.push(Refused::NotFound(RecordType::Workspace));
        }
        if credential.is_some_and(|known| stranger || self.credentials[known].gone) {
            refusals.push(Refused::NotFound(RecordType::Credential));
        }
        refusals
    }

    #[expect(clippy::too_many_lines, reason = "a line or two for each operation")]
    fn by_rule(&self, operation: &Operation<usize>) -> Vec<Refusal> {
        match *operation {
            Operation::CreateWorkspace(place) => match self.workspaces[place] {
                Workspace::Never => vec![],
                _ => vec![Refusal::WorkspaceIdTaken],
            },
            Operation::RemoveWorkspace(_, typed) | Operation::CloseAccount(typed) => wrong(typed),
            Operation::Issue { workspace, kind, name, expires } => {
                let mut refusals = self.taken(workspace, kind, NAMES[name], None);
                if expires.is_some_and(|seconds| seconds < 0) {
                    refusals.push(Refusal::ExpiryInPast);
                }
                let expires = self.expiry(kind, expires);
                refusals.extend(self.beyond_policy(kind, expires, self.now, self.now));
                if self.owner_left && self.is_owned(kind, name) {
                    refusals.push(Refusal::InactiveOwner);
                }
                if self.present(workspace).count() >= CREDENTIALS as usize {
                    refusals.push(Refusal::TooMany { what: "credentials", limit: CREDENTIALS });
                }
                refusals
            }
            Operation::Reveal(credential) => {
                let mut refusals = self.over(credential);
                if !self.kinds.is_shown_again(self.credentials[credential].kind) {
                    refusals.push(Refusal::ShownOnce);
                }
                let known = &self.credentials[credential];
                if known.secrets[known.current()].sealed < self.lost {
                    refusals.push(Refusal::NotRevealable);
                }
                refusals
            }
            Operation::Rename(credential, name) => {
                let known = &self.credentials[credential];
                let mut refusals = self.over(credential);
                let taken = self.taken(known.workspace, known.kind, NAMES[name], Some(known.id));
                refusals.extend(taken);
                refusals
            }
            Operation::Deprecate(credential, sunset) => {
                let mut refusals = self.over(credential);
                refusals.extend(self.last(credential));
                if matches!(sunset, Some(Ends::In(seconds)) if seconds < 0) {
                    refusals.push(Refusal::SunsetInPast);
                }
                refusals
            }
            Operation::Suspend(credential) => {
                self.over(credential).into_iter().chain(self.last(credential)).collect()
            }
            Operation::SetExpiry(credential, at) => {
                let mut refusals = self.over(credential);
                refusals.extend(self.last(credential));
                if matches!(at, Ends::In(seconds) if seconds < 0) {
                    refusals.push(Refusal::ExpiryInPast);
                }
                let at = match at {
                    Ends::Now => self.now,
                    Ends::In(seconds) => self.now + seconds,
                };
                if self.credentials[credential].expires != Some(at) {
                    refusals.extend(self.beyond(credential, Some(at), None));
                }
                refusals
            }
            Operation::ClearExpiry(credential) => {
                let mut refusals = self.over(credential);
                if self.credentials[credential].expires.is_some() {
                    refusals.extend(self.beyond(credential, None, None));
                }
                refusals
            }
            Operation::Undeprecate(credential)
            | Operation::Resume(credential)
            | Operation::EndOverlap(credential)
            | Operation::RemoveScopes(credential)
            | Operation::RestoreScopes(credential)
            | Operation::LimitNetworks(credential, _)
            | Operation::LiftNetworks(credential)
            | Operation::SetLabels(credential, _) => self.over(credential),
            Operation::SetOwner(credential, to) => self.cannot_hand_over(credential, to),
            Operation::Rotate(credential, overlap, ends) => {
                let mut refusals = self.unusable(credential);
                let expires = self.credentials[credential].expires;
                refusals.extend(self.beyond(credential, expires, Some(self.now)));
                let limit = POLICIES[self.policy].overlap.map(u64::from);
                if let Some(limit) = limit.filter(|limit| overlap > *limit) {
                    let limit = Duration::from_secs(limit);
                    refusals.push(Refusal::OverlapBeyondPolicy { limit });
                }
                let running = self.credentials[credential].overlap.filter(|it| *it > self.now);
                if let Some(until) = running.filter(|_| overlap > 0 && !ends) {
                    refusals.push(Refusal::OverlapRuns { until: time(until) });
                }
                refusals
            }
            Operation::Delete(credential, typed) => {
                let mut refusals = wrong(typed);
                refusals.extend(self.last(credential));
                refusals.extend(self.in_use(credential));
                refusals
            }
            Operation::Connect { workspace, integration, choice } => {
                self.cannot_connect(workspace, integration, choice)
            }
            Operation::Disconnect(place, which) => {
                let connected = |(known, _): &(usize, usize)| *known == which;
                match self.workspaces[place].integrations().iter().find(|it| connected(it)) {
                    Some(_) => vec![],
                    None => vec![Refusal::NotConnected],
                }
            }
            Operation::Allow(place, ref networks) => self.cannot_allow(place, networks),
            Operation::Disallow(place, ref networks) => self.cannot_disallow(place, networks),
            Operation::Lift(_)
            | Operation::CloseUnlisted
            | Operation::OpenUnlisted
            | Operation::SuspendAccount
            | Operation::ResumeAccount
            | Operation::SetPolicy(_)
            | Operation::DeactivateOwner
            | Operation::ReactivateOwner
            | Operation::HandOverOwned
            | Operation::DeleteOwned => vec![],
        }
    }

    /// What the policy says of the expiry of a credential, whose secret is made now or was made before.
    fn beyond(&self, credential: usize, expires: Option<i64>, secret: Option<i64>) -> Vec<Refusal> {
        let known = &self.credentials[credential];
        let secret = secret.unwrap_or(known.secrets[known.current()].created);
        self.beyond_policy(known.kind, expires, known.created, secret)
    }

    fn beyond_policy(
        &self,
        kind: KindWord,
        expires: Option<i64>,
        issued: i64,
        secret: i64,
    ) -> Vec<Refusal> {
        let rules = POLICIES[self.policy];
        let exempt = expires.is_none() && kind == self.kinds.minimum().0;
        if exempt || expires.is_some_and(|at| at <= self.now) {
            return vec![];
        }
        let late = |until: i64| expires.is_none_or(|at| at > until);
        let limit = |seconds: u32| Duration::from_secs(seconds.into());
        let mut refusals = Vec::new();
        if let Some(seconds) = rules.lifetime.filter(|limit| late(issued + i64::from(*limit))) {
            let until = time(issued + i64::from(seconds));
            refusals.push(Refusal::LifetimeTooLong { limit: limit(seconds), until });
        }
        if let Some(seconds) = rules.age.filter(|limit| late(secret + i64::from(*limit))) {
            let until = time(secret + i64::from(seconds));
            refusals.push(Refusal::SecretTooOld { limit: limit(seconds), until });
        }
        if rules.required && expires.is_none() {
            refusals.push(Refusal::ExpiryRequired);
        }
        refusals
    }

    fn over(&self, credential: usize) -> Vec<Refusal> {
        if self.credentials[credential].is_ended(self.now) { vec![Refusal::Ended] } else { vec![] }
    }

    fn unusable(&self, credential: usize) -> Vec<Refusal> {
        let mut refusals = self.over(credential);
        if self.credentials[credential].suspended {
            refusals.push(Refusal::Suspended);
        }
        refusals
    }

    /// Returns the refusal if it is the last permanent credential that its workspace must keep.
    fn last(&self, credential: usize) -> Option<Refusal> {
        let kind = self.kinds.noun(self.kinds.minimum().0);
        self.is_last(credential).then_some(Refusal::LastPermanent { kind })
    }

    pub(crate) fn is_last(&self, credential: usize) -> bool {
        let known = &self.credentials[credential];
        let keeps = known.kind == self.kinds.minimum().0 && known.counts();
        keeps && self.kept(known.workspace) == 1
    }

    fn cannot_hand_over(&self, credential: usize, to: HandTo) -> Vec<Refusal> {
        if to == HandTo::Account || self.credentials[credential].owned {
            return vec![];
        }
        let inactive = self.owner_left.then_some(Refusal::InactiveOwner);
        inactive.into_iter().chain(self.last(credential)).collect()
    }

    pub(super) fn in_use(&self, credential: usize) -> Option<Refusal> {
        let integrations = self.users_of(credential);
        (!integrations.is_empty()).then_some(Refusal::InUse { integrations })
    }

    /// The integrations that use a credential.
    pub(crate) fn users_of(&self, credential: usize) -> Vec<Integration> {
        let workspace = &self.workspaces[self.credentials[credential].workspace];
        let users = workspace.integrations().iter().filter(|(_, used)| *used == credential);
        users.map(|(which, _)| integration(*which)).collect()
    }

    fn taken(
        &self,
        workspace: usize,
        kind: KindWord,
        name: &str,
        but: Option<CredentialId>,
    ) -> Vec<Refusal> {
        let others = || {
            let others = self.present(workspace);
            others.filter(move |known| known.kind == kind && Some(known.id) != but)
        };
        let latin = |name: &str| name.replace('\u{391}', "A").to_lowercase();
        if others().any(|known| known.name.to_lowercase() == name.to_lowercase()) {
            return vec![Refusal::NameTaken { kind: self.kinds.noun(kind) }];
        }
        let alike = others().find(|known| latin(known.name) == latin(name));
        let other = alike.map(|known| crate::support::name(known.name));
        let kind = self.kinds.noun(kind);
        other.map(|other| Refusal::LooksAlike { kind, other }).into_iter().collect()
    }

    fn cannot_connect(
        &self,
        workspace: usize,
        integration: usize,
        choice: Option<usize>,
    ) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        let (kind, needs) = self.kinds.of_integrations();
        match choice {
            None => {
                let mut permanent = self.permanent(workspace, kind);
                permanent.retain(|known| !self.is_stopped(known));
                let named = |c: &&Credential| (c.id, crate::support::name(c.name));
                let candidates: Vec<_> = permanent.iter().map(named).collect();
                if candidates.len() != 1 {
                    refusals.push(Refusal::ChoiceRequired { kind: needs, candidates });
                }
            }
            Some(chosen) => {
                let known = &self.credentials[chosen];
                if known.kind != kind {
                    refusals.push(Refusal::OtherKind { needs });
                }
                if known.workspace != workspace {
                    refusals.push(Refusal::OtherWorkspace);
                }
                refusals.extend(self.unusable(chosen));
                if self.is_stopped(known) {
                    refusals.push(Refusal::InactiveOwner);
                }
            }
        }
        let connected = self.workspaces[workspace].integrations();
        let new = connected.iter().all(|(known, _)| *known != integration);
        if new && connected.len() >= INTEGRATIONS as usize {
            refusals.push(Refusal::TooMany { what: "integrations", limit: INTEGRATIONS });
        }
        refusals
    }

    fn cannot_allow(&self, place: usize, networks: &[usize]) -> Vec<Refusal> {
        let listed = self.workspaces[place].allowlist();
        let mut refusals = twice(networks);
        let again = networks.iter().filter(|network| listed.contains(network));
        refusals.extend(again.map(|it| Refusal::DuplicateNetwork { network: network(*it) }));
        if networks.is_empty() {
            refusals.push(Refusal::NoNetworks);
        }
        if listed.len() + networks.len() > ALLOWLIST_ENTRIES as usize {
            let limit = ALLOWLIST_ENTRIES;
            refusals.push(Refusal::TooMany { what: "allowlist entries", limit });
        }
        refusals
    }

    fn cannot_disallow(&self, place: usize, networks: &[usize]) -> Vec<Refusal> {
        let listed = self.workspaces[place].allowlist();
        let mut refusals = twice(networks);
        let missing = networks.iter().filter(|network| !listed.contains(network));
        refusals.extend(missing.map(|it| Refusal::NotListed { network: network(*it) }));
        if networks.is_empty() {
            refusals.push(Refusal::NoNetworks);
        } else if listed.iter().all(|network| networks.contains(network)) {
            refusals.push(Refusal::LastEntry);
        }
        refusals
    }
}

fn wrong(typed: Typed) -> Vec<Refusal> {
    match typed {
        Typed::Right => vec![],
        Typed::Wrong => vec![Refusal::WrongTypedName],
    }
}

fn twice(networks: &[usize]) -> Vec<Refusal> {
    let repeated = |it: &&usize| networks.iter().filter(|other| other == it).count() > 1;
    let repeated = networks.iter().filter(repeated);
    repeated.map(|it| Refusal::DuplicateNetwork { network: network(*it) }).collect()
}
