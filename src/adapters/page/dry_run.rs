//! The dry run of an allowlist: which credentials keep access, which lose it, and for which the records do not tell.

use crate::domain::{Access, AccessForecast, NetworkForecast};
use crate::shell::AllowlistDryRun;

use super::page_request::PageRequest;

/// The most credentials of one group that are shown.
const SHOWN: usize = 50;

/// The dry run of one list.
pub(super) struct ShownDryRun {
    pub(super) intro: String,
    pub(super) groups: Vec<DryRunGroup>,
    pub(super) incomplete: Option<String>,
}

/// The credentials with the same forecast.
pub(super) struct DryRunGroup {
    pub(super) heading: String,
    pub(super) note: Option<String>,
    pub(super) credentials: Vec<DryRunCredential>,
    pub(super) more: Option<String>,
}

/// One credential, and the networks that are the reason.
pub(super) struct DryRunCredential {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) networks: Vec<String>,
}

/// The credentials that lose access come first.
const ORDER: [Access; 3] = [Access::Loses, Access::Unknown, Access::Keeps];

pub(super) fn shown(ask: &PageRequest, dry_run: &AllowlistDryRun) -> ShownDryRun {
    let t = ask.t();
    let groups = ORDER.into_iter().filter_map(|access| group(ask, dry_run, access));
    ShownDryRun {
        intro: if dry_run.credentials.is_empty() {
            t.dry_run_none().into_owned()
        } else {
            t.dry_run_intro(&dry_run.since.to_string()).into_owned()
        },
        groups: groups.collect(),
        incomplete: (!dry_run.is_complete).then(|| t.dry_run_incomplete().into_owned()),
    }
}

fn group(ask: &PageRequest, dry_run: &AllowlistDryRun, access: Access) -> Option<DryRunGroup> {
    let t = ask.t();
    let all: Vec<_> =
        dry_run.credentials.iter().filter(|forecast| forecast.access == access).collect();
    let count = t.credentials(all.len() as u64);
    let (heading, note) = match access {
        Access::Loses => (t.dry_run_loses(&count), None),
        Access::Unknown => (t.dry_run_unknown(&count), Some(t.dry_run_unknown_note())),
        Access::Keeps => (t.dry_run_keeps(&count), None),
    };
    let more = all.len().saturating_sub(SHOWN);
    (!all.is_empty()).then(|| DryRunGroup {
        heading: heading.into_owned(),
        note: note.map(Into::into),
        credentials: all.into_iter().take(SHOWN).map(|it| credential(ask, it)).collect(),
        more: (more > 0).then(|| t.dry_run_more(&t.credentials(more as u64)).into_owned()),
    })
}

fn credential(ask: &PageRequest, forecast: &AccessForecast) -> DryRunCredential {
    let t = ask.t();
    let is_reason = |seen: &&NetworkForecast| seen.access == forecast.access;
    let networks = forecast.networks.iter().filter(is_reason);
    DryRunCredential {
        name: forecast.name.to_string(),
        url: ask.urls.credential(forecast.credential),
        networks: networks
            .map(|seen| t.network_on(&seen.network.to_string(), &seen.day.to_string()).into_owned())
            .collect(),
    }
}
