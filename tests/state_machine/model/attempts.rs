//! What attempts meet, and what the page lists.

use super::*;

impl Model {
    /// Compares what came of an attempt, and notes the use.
    pub(crate) fn check_attempt(
        &mut self,
        credential: usize,
        secret: usize,
        from: Option<usize>,
        outcome: Result<Passed, DenialReason>,
    ) {
        let expected = self.denials(credential, secret, from);
        match outcome {
            Err(reason) => {
                assert!(expected.contains(&reason), "denied for {reason:?}, not {expected:?}");
                self.met.insert(format!("{reason:?}"));
            }
            Ok(passed) => {
                assert!(expected.is_empty(), "passed, and should be denied for {expected:?}");
                let number = usize::try_from(passed.generation.get()).unwrap();
                assert_eq!(number, secret + 1);
                self.check_notice(credential, secret, &passed);
                self.note(credential, secret);
            }
        }
    }

    /// Everything that speaks against an attempt. The secret comes first, then the state, then the address.
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
            reasons.extend([DenialReason::OverlapEnded, DenialReason::WrongSecret]);
        }
        if self.suspended {
            reasons.push(DenialReason::AccountSuspended);
        }
        if known.suspended {
            reasons.push(DenialReason::Suspended);
        }
        if known.is_over(self.now) {
            reasons.push(DenialReason::Over);
        }
        if reasons.is_empty() {
            reasons = self.address_denials(known.workspace, from);
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

    fn check_notice(&self, credential: usize, secret: usize, passed: &Passed) {
        let known = &self.credentials[credential];
        let until = if secret == known.current() { None } else { known.overlap };
        let on_its_way_out = known.deprecated.is_some() || until.is_some();
        assert_eq!(passed.notice.is_some(), on_its_way_out);
        if let Some(notice) = passed.notice {
            assert_eq!(notice.deprecated.is_some(), known.deprecated.is_some());
            let sunset = until.into_iter().chain(known.ends()).min();
            assert_eq!(notice.sunset, sunset.map(time));
        }
    }

    fn note(&mut self, credential: usize, secret: usize) {
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
        self.met.extend(met.into_iter().map(str::to_owned));
    }

    /// Compares what the page lists.
    pub(crate) fn check_listing(&self, listed: &[Listed]) {
        assert_eq!(listed.len(), self.credentials.iter().filter(|known| !known.gone).count());
        for shown in listed {
            let known = self.credentials.iter().find(|known| known.id == shown.id).unwrap();
            assert!(!known.gone);
            assert_eq!(shown.workspace, workspace_id(known.workspace));
            assert_eq!((shown.kind, shown.name.as_str()), (known.kind, known.name));
            assert_eq!(shown.status, known.status(self.now));
            assert_eq!(shown.suspended.is_some(), known.suspended);
            assert_eq!(shown.expires, known.expires.map(time));
            let sunset = shown.deprecation.map(|deprecation| deprecation.sunset);
            assert_eq!(sunset, known.deprecated.map(|known| known.sunset.map(time)));
            self.check_secrets(known, shown);
        }
    }

    fn check_secrets(&self, known: &Credential, shown: &Listed) {
        let last_used = |secret: usize| known.last_used.get(&secret).map(|at| time(*at));
        let mut expected = vec![(known.current(), Standing::Current, last_used(known.current()))];
        if let Some(until) = known.overlap.filter(|until| *until > self.now) {
            let previous = known.current() - 1;
            expected.push((previous, Standing::OverlapsUntil(time(until)), last_used(previous)));
        }
        let living = shown
            .generations
            .iter()
            .filter(|generation| !matches!(generation.standing, Standing::EndedAt(_)))
            .map(|generation| {
                let place = usize::try_from(generation.number.get()).unwrap() - 1;
                (place, generation.standing, generation.last_used)
            });
        assert!(living.eq(expected), "{shown:?}");
    }
}
