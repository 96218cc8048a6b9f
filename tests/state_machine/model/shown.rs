//! The expected contents of pages, snippets and traces.

use keyward::store::{AllowlistEntry, Connection, WorkspaceRecord};
use keyward::{
    manage::{SiteInfo, UnlistedWorkspaces, Workspace as Shown},
    operate::TracedKey,
};

use super::*;

impl Model {
    /// Compares the stored state of a workspace.
    pub(crate) fn check_workspace(&self, place: usize, stored: Option<&WorkspaceRecord>) {
        let known = &self.workspaces[place];
        assert_eq!(stored.is_some(), !matches!(known, Workspace::Never));
        let Some(stored) = stored else { return };
        assert_eq!(stored.removed.is_none(), known.is_open());
        let permanent = self.kept(place);
        assert_eq!(permanent > 0, known.is_open(), "every workspace keeps a permanent credential");
        assert_eq!(stored.permanent as usize, permanent);
        assert_eq!(stored.credentials as usize, self.present(place).count());
        self.check_allowlist(place, &stored.allowlist);
        self.check_integrations(place, &stored.integrations);
    }

    pub(crate) fn check_shown_workspace(&self, place: usize, shown: &Shown) {
        let known = &self.workspaces[place];
        assert_eq!((&shown.id, shown.name.as_str()), (&workspace_id(place), "Workspace"));
        assert_eq!(shown.credentials.unwrap() as usize, self.present(place).count());
        assert_eq!(shown.allowlist_entries, known.allowlist().len());
        assert_eq!(shown.integrations, Some(known.integrations().len()));
    }

    pub(crate) fn check_allowlist(&self, place: usize, shown: &[AllowlistEntry]) {
        let expected = self.workspaces[place].allowlist().iter().map(|it| network(*it));
        assert!(shown.iter().map(|entry| entry.network).eq(expected), "{shown:?}");
    }

    pub(crate) fn check_integrations(&self, place: usize, shown: &[Connection]) {
        let shown = shown.iter().map(|it| (it.integration.clone(), it.credential));
        let expected = self.workspaces[place].integrations().iter();
        let expected = expected.map(|(it, used)| (integration(*it), self.credentials[*used].id));
        assert!(shown.eq(expected), "the integrations of {place}");
    }

    pub(crate) fn unlisted_workspaces(&self, own: bool) -> UnlistedWorkspaces {
        if own && self.unlisted_closed {
            UnlistedWorkspaces::Closed
        } else {
            UnlistedWorkspaces::Open
        }
    }

    pub(crate) fn check_site(&mut self, credential: usize, site: Option<&SiteInfo>) {
        let known = &self.credentials[credential];
        assert_eq!(site.is_some(), !known.gone && self.kinds.is_pair(known.kind));
        let Some(site) = site else { return };
        assert_eq!((&site.workspace, &site.account), (&workspace_id(known.workspace), &account()));
        let left = known.owned && self.owner_left;
        let usable = !known.suspended
            && !known.is_ended(self.now)
            && !self.suspended
            && !self.closed
            && !left;
        assert_eq!(site.is_usable, usable);
        if !usable {
            self.met.insert("an unusable site".to_owned());
        }
    }

    pub(crate) fn check_traced(
        &mut self,
        credential: usize,
        secret: usize,
        traced: Result<Option<TracedKey>, Busy>,
    ) {
        let Ok(traced) = traced else { return self.check_busy(credential) };
        if traced.is_none() {
            self.note_wrong(credential);
        }
        let known = &self.credentials[credential];
        assert_eq!(traced.is_some(), !known.gone && known.kept().any(|kept| kept == secret));
        let Some(traced) = traced else { return };
        assert_eq!(
            (&traced.account, &traced.workspace),
            (&account(), &workspace_id(known.workspace))
        );
        assert_eq!((traced.credential, traced.kind), (known.id, known.kind));
        assert_eq!(usize::try_from(traced.generation.get()).unwrap(), secret + 1);
        self.met.insert("traced".to_owned());
        if secret != known.current() && known.overlap.is_some_and(|until| until <= self.now) {
            self.met.insert("traced after its overlap".to_owned());
        }
    }

    /// Compares a listed page, in the order of the names: all credentials, or those that match.
    pub(crate) fn check_listing(&self, listed: &[Listed], asked: impl Fn(&Credential) -> bool) {
        let mut expected: Vec<_> =
            self.credentials.iter().filter(|known| !known.gone && asked(known)).collect();
        expected.sort_by_key(|known| (known.name.to_lowercase(), known.id));
        assert!(listed.iter().map(|it| it.id).eq(expected.iter().map(|it| it.id)), "{listed:?}");
        for (shown, known) in listed.iter().zip(expected) {
            assert_eq!(
                (&shown.workspace, &shown.account),
                (&workspace_id(known.workspace), &account())
            );
            assert_eq!((shown.kind, shown.name.as_str()), (known.kind, known.name));
            assert_eq!(
                (shown.status, shown.created),
                (known.status(self.now), time(known.created))
            );
            assert_eq!(shown.suspended.is_some(), known.suspended);
            assert_eq!(shown.expires, known.expires.map(time));
            assert_eq!(shown.scopes.is_all(), !known.has_no_scopes);
            let networks = shown.networks.as_ref().map(|networks| networks.as_slice().to_vec());
            assert_eq!(networks, known.network.map(|which| vec![network(which)]));
            let labels = shown.labels.as_slice().iter().map(|label| (label.name(), label.value()));
            assert!(labels.eq(LABELS[known.labels].iter().copied()), "{:?}", shown.labels);
            assert_eq!(shown.owner.member().is_some(), known.owned);
            let sunset = shown.deprecation.map(|deprecation| deprecation.sunset);
            assert_eq!(sunset, known.deprecated.map(|known| known.sunset.map(time)));
            self.check_secrets(known, shown);
        }
    }

    fn check_secrets(&self, known: &Credential, shown: &Listed) {
        assert_eq!(shown.generations.len(), known.kept().count());
        for (generation, secret) in shown.generations.iter().zip(known.kept()) {
            assert_eq!(usize::try_from(generation.number.get()).unwrap(), secret + 1);
            assert_eq!(generation.created, time(known.secrets[secret].created));
            assert_eq!(generation.last_used, known.last_used.get(&secret).copied().map(time));
            let status = match known.overlap {
                _ if secret == known.current() => SecretStatus::Current,
                Some(until) if until > self.now => SecretStatus::OverlapsUntil(time(until)),
                until => SecretStatus::EndedAt(time(until.unwrap())),
            };
            assert_eq!(generation.status, status);
        }
        let last_used = shown.generations.iter().filter_map(|generation| generation.last_used);
        assert_eq!(shown.last_used, last_used.max());
    }

    /// No two stored secrets are equal, in any account.
    pub(crate) fn check_secrets_differ(&self) {
        let present = self.credentials.iter().filter(|known| !known.gone);
        let kept = present.flat_map(|known| known.kept().map(|secret| &known.secrets[secret].text));
        // In a key text, the secret is between the id and the checksum.
        let secrets: Vec<_> = kept.map(|text| &text[text.len() - 49..text.len() - 6]).collect();
        let distinct: BTreeSet<_> = secrets.iter().collect();
        assert_eq!(distinct.len(), secrets.len());
    }
}
