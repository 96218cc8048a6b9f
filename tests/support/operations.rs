//! Every operation of the manager, and a workspace in which each of them has something to do.

use std::time::Duration;

use keyward::store::PageSize;
use keyward::{
    ActorId, CredentialId, GenerationNumber, ManageError, Manager, Network, NewCredential,
    NewWorkspace, OperationId, WorkspaceId,
    history::HistoryFilter,
    imports::{Import, ImportDryRun, ImportOutcome, ImportRow, RowRefusal},
    manage::{
        AllowlistChange, CredentialFilter, CredentialNetworks, Integration, Label, Labels,
        LeakPlace, LeakResponse, Owner, PolicyChange, PolicyRun, UnlistedWorkspaces,
    },
    operate::TracedKey,
    scope::Scopes,
};

use super::{World, admin, block_on, name, operator, outlet, shop};

/// The target of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Account,
    Workspace,
    Credential,
}

/// The actors with the permission for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// It changes nothing and shows no secret.
    Viewers,
    Managers,
    /// It changes something that applies to every kind.
    ManagersOfAllKinds,
    /// It changes something that applies to the whole account.
    ManagersOfAll,
    Admins,
    TheOperator,
}

/// One operation of the manager.
#[derive(Debug)]
pub struct Operation {
    pub name: &'static str,
    pub on: On,
    pub by: For,
    pub run: fn(&Manager<'_>, &Targets) -> Result<(), ManageError>,
}

/// The targets of the operations.
#[derive(Debug, Clone)]
pub struct Targets {
    pub workspace: WorkspaceId,
    /// Two permanent Track sets; `primary` is chosen for Segment.
    pub primary: CredentialId,
    pub spare: CredentialId,
    /// App keys, by their names.
    pub backend: CredentialId,
    pub deprecated: CredentialId,
    pub suspended: CredentialId,
    pub expiring: CredentialId,
    pub rotated: CredentialId,
}

impl Targets {
    /// The same, with another credential in every place.
    pub fn with_credential(&self, id: CredentialId) -> Self {
        Self {
            workspace: self.workspace.clone(),
            primary: id,
            spare: id,
            backend: id,
            deprecated: id,
            suspended: id,
            expiring: id,
            rotated: id,
        }
    }
}

/// A network that the furnished workspace lists.
pub fn listed() -> Network {
    "203.0.113.0/24".parse().unwrap()
}

/// The networks that one credential has of its own.
fn own_networks() -> CredentialNetworks {
    CredentialNetworks::new([listed()]).unwrap()
}

/// The member who owns one credential.
fn bob() -> Owner {
    Owner::Member { id: ActorId::new("bob").unwrap() }
}

/// The first secret of a credential, as a trace finds it.
fn traced(credential: CredentialId) -> TracedKey {
    let key = serde_json::json!({
        "account": "acme", "workspace": "acme/shop", "credential": credential, "kind": "app", "generation": 1,
    });
    serde_json::from_value(key).unwrap()
}

/// Another one that it lists.
pub fn also_listed() -> Network {
    "2001:db8::/32".parse().unwrap()
}

impl World {
    /// Makes the workspace `shop` and all that the operations are tried on.
    pub fn furnish(&self) -> Targets {
        let primary = self.shop().first.credential.id;
        let app = |called| self.app_key(called).credential.id;
        let targets = Targets {
            workspace: shop(),
            primary,
            spare: self.track_set("spare").credential.id,
            backend: app("backend"),
            deprecated: app("deprecated"),
            suspended: app("suspended"),
            expiring: app("expiring"),
            rotated: app("rotated"),
        };
        let (admin, later) = (admin(), self.later(86_400));
        let manager = self.keyward.manager(&admin);
        block_on(async {
            manager.deprecate(targets.deprecated, None).await?;
            manager.set_networks(targets.suspended, own_networks()).await?;
            manager.suspend(targets.suspended).await?;
            manager.set_owner(targets.expiring, bob()).await?;
            manager.set_expiry(targets.expiring, later).await?;
            let rotated = manager.rotate(targets.rotated, Duration::from_hours(1)).await?;
            self.note_secret(rotated.secret.expose());
            manager.connect(&shop(), Integration::Segment, Some(primary)).await?;
            manager.deactivate(&ActorId::new("gone").unwrap()).await?;
            manager.allow(&shop(), &[listed(), also_listed()]).await
        })
        .unwrap();
        targets
    }

    /// Suspends the account, by the operator.
    pub fn suspend_account(&self) {
        let operator = operator().acting_for(super::account());
        block_on(self.keyward.manager(&operator).suspend_account()).unwrap();
    }
}

const fn operation(
    name: &'static str,
    on: On,
    by: For,
    run: fn(&Manager<'_>, &Targets) -> Result<(), ManageError>,
) -> Operation {
    Operation { name, on, by, run }
}

/// Each changes something in a furnished workspace, except for [`READS`], and for `resume_account`, which needs a
/// suspended account.
pub const OPERATIONS: &[Operation] = &[
    operation("suspend_account", On::Account, For::TheOperator, |manager, _| {
        block_on(manager.suspend_account())
    }),
    operation("resume_account", On::Account, For::TheOperator, |manager, _| {
        block_on(manager.resume_account())
    }),
    operation("close_account", On::Account, For::TheOperator, |manager, _| {
        block_on(manager.close_account("acme"))
    }),
    operation("remove_closed", On::Account, For::TheOperator, |manager, _| {
        block_on(manager.remove_closed()).map(drop)
    }),
    operation("set_leak_response", On::Account, For::Admins, |manager, _| {
        block_on(manager.set_leak_response(LeakResponse::Report))
    }),
    operation("set_unlisted_workspaces", On::Account, For::ManagersOfAll, |manager, _| {
        block_on(manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed))
    }),
    operation("set_policy", On::Account, For::Admins, |manager, _| {
        block_on(manager.set_policy(&PolicyChange::new().max_overlap_seconds(7_200)))
    }),
    operation("preview_policy", On::Account, For::Admins, |manager, _| {
        let change = PolicyChange::new().max_lifetime_seconds(60);
        block_on(manager.preview_policy(&change, PolicyRun::new())).map(drop)
    }),
    operation("apply_policy", On::Account, For::Admins, |manager, _| {
        block_on(manager.apply_policy(PolicyRun::new())).map(drop)
    }),
    operation("deactivate", On::Account, For::Admins, |manager, _| {
        block_on(manager.deactivate(&ActorId::new("bob").unwrap()))
    }),
    operation("reactivate", On::Account, For::Admins, |manager, _| {
        block_on(manager.reactivate(&ActorId::new("gone").unwrap()))
    }),
    operation("is_inactive", On::Account, For::Viewers, |manager, _| {
        block_on(manager.is_inactive(&ActorId::new("gone").unwrap())).map(drop)
    }),
    operation("account", On::Account, For::Viewers, |manager, _| {
        block_on(manager.account()).map(drop)
    }),
    operation("corrupt_account", On::Account, For::TheOperator, |manager, _| {
        block_on(manager.corrupt_account()).map(drop)
    }),
    operation("repair_account", On::Account, For::TheOperator, |manager, _| {
        let shown = block_on(manager.corrupt_account())?;
        shown.map_or(Ok(()), |shown| block_on(manager.repair_account(&shown)).map(drop))
    }),
    operation("workspaces", On::Account, For::Viewers, |manager, _| {
        block_on(manager.workspaces(None, PageSize::default())).map(drop)
    }),
    operation("credentials", On::Account, For::Viewers, |manager, _| {
        block_on(manager.credentials(CredentialFilter::new())).map(drop)
    }),
    operation("history", On::Account, For::Viewers, |manager, _| {
        block_on(manager.history(HistoryFilter::new())).map(drop)
    }),
    operation("outcome", On::Account, For::Viewers, |manager, _| {
        block_on(manager.outcome(OperationId::from_bytes([0; 16]))).map(drop)
    }),
    operation("create_workspace", On::Account, For::Admins, |manager, _| {
        block_on(manager.create_workspace(NewWorkspace::new(outlet(), name("Outlet")))).map(drop)
    }),
    operation("add_workspace", On::Account, For::Admins, |manager, _| {
        block_on(manager.add_workspace(NewWorkspace::new(outlet(), name("Outlet")))).map(drop)
    }),
    operation("rename_workspace", On::Workspace, For::Admins, |manager, targets| {
        block_on(manager.rename_workspace(&targets.workspace, name("Boutique")))
    }),
    operation("remove_workspace", On::Workspace, For::Admins, |manager, targets| {
        block_on(manager.remove_workspace(&targets.workspace, "Shop"))
    }),
    operation("corrupt_workspace", On::Workspace, For::TheOperator, |manager, targets| {
        block_on(manager.corrupt_workspace(&targets.workspace)).map(drop)
    }),
    operation("repair_workspace", On::Workspace, For::TheOperator, |manager, targets| {
        let shown = block_on(manager.corrupt_workspace(&targets.workspace))?;
        shown.map_or(Ok(()), |shown| block_on(manager.repair_workspace(&shown)).map(drop))
    }),
    operation("recount", On::Workspace, For::Managers, |manager, targets| {
        block_on(manager.recount(&targets.workspace)).map(drop)
    }),
    operation("workspace", On::Workspace, For::Viewers, |manager, targets| {
        block_on(manager.workspace(&targets.workspace)).map(drop)
    }),
    operation("credentials", On::Workspace, For::Viewers, |manager, targets| {
        let filter = CredentialFilter::new().workspace(targets.workspace.clone());
        block_on(manager.credentials(filter)).map(drop)
    }),
    operation("issue_app_key", On::Workspace, For::Managers, |manager, targets| {
        let new = NewCredential::new(targets.workspace.clone(), name("new"));
        block_on(manager.issue_app_key(new)).map(drop)
    }),
    operation("import", On::Workspace, For::TheOperator, |manager, targets| {
        let row = ImportRow::new("old", name("imported"), "0".repeat(64));
        let import = Import::new(targets.workspace.clone(), [row]);
        for outcome in block_on(manager.import(import))? {
            match outcome {
                ImportOutcome::Refused(RowRefusal::Rule(rule)) => return Err(rule.into()),
                ImportOutcome::Refused(other) => panic!("{other}"),
                _ => {}
            }
        }
        Ok(())
    }),
    operation("preview_import", On::Workspace, For::TheOperator, |manager, targets| {
        let row = ImportRow::new("old", name("imported"), "0".repeat(64));
        let import = Import::new(targets.workspace.clone(), [row]);
        block_on(manager.preview_import(&import, &mut ImportDryRun::new())).map(drop)
    }),
    operation("issue", On::Workspace, For::Managers, |manager, targets| {
        let new = NewCredential::new(targets.workspace.clone(), name("new"));
        block_on(manager.issue::<keyward::App>(new)).map(drop)
    }),
    operation("issue_of", On::Workspace, For::Managers, |manager, targets| {
        let new = NewCredential::new(targets.workspace.clone(), name("new"));
        block_on(manager.issue_of(keyward::kind::KindWord::App, new)).map(drop)
    }),
    operation("issue_track_set", On::Workspace, For::Managers, |manager, targets| {
        let new = NewCredential::new(targets.workspace.clone(), name("new"));
        block_on(manager.issue_track_set(new)).map(drop)
    }),
    operation("connect", On::Workspace, For::Managers, |manager, targets| {
        let choice = Some(targets.spare);
        block_on(manager.connect(&targets.workspace, Integration::Api, choice)).map(drop)
    }),
    operation("disconnect", On::Workspace, For::Managers, |manager, targets| {
        block_on(manager.disconnect(&targets.workspace, &Integration::Segment))
    }),
    operation("integrations", On::Workspace, For::Viewers, |manager, targets| {
        block_on(manager.integrations(&targets.workspace)).map(drop)
    }),
    operation("snippet", On::Workspace, For::Viewers, |manager, targets| {
        block_on(manager.snippet(&targets.workspace, &Integration::Segment)).map(drop)
    }),
    operation("allow", On::Workspace, For::ManagersOfAllKinds, |manager, targets| {
        let network = "198.51.100.0/24".parse().unwrap();
        block_on(manager.allow(&targets.workspace, &[network]))
    }),
    operation("disallow", On::Workspace, For::ManagersOfAllKinds, |manager, targets| {
        block_on(manager.disallow(&targets.workspace, &[listed()]))
    }),
    operation("replace_allowlist", On::Workspace, For::ManagersOfAllKinds, |manager, targets| {
        let networks = [listed(), "198.51.100.0/24".parse().unwrap()];
        block_on(manager.replace_allowlist(&targets.workspace, &networks))
    }),
    operation("preview_allowlist", On::Workspace, For::ManagersOfAllKinds, |manager, targets| {
        let change = AllowlistChange::Remove(vec![listed()]);
        block_on(manager.preview_allowlist(&targets.workspace, &change)).map(drop)
    }),
    operation("lift", On::Workspace, For::ManagersOfAllKinds, |manager, targets| {
        block_on(manager.lift(&targets.workspace))
    }),
    operation("allowlist", On::Workspace, For::Viewers, |manager, targets| {
        block_on(manager.allowlist(&targets.workspace)).map(drop)
    }),
    operation("credential", On::Credential, For::Viewers, |manager, targets| {
        block_on(manager.credential(targets.backend)).map(drop)
    }),
    operation("reveal", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.reveal(targets.primary)).map(drop)
    }),
    operation("rename", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.rename(targets.backend, name("renamed"))).map(drop)
    }),
    operation("deprecate", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.deprecate(targets.spare, None)).map(drop)
    }),
    operation("undeprecate", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.undeprecate(targets.deprecated)).map(drop)
    }),
    operation("suspend", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.suspend(targets.spare)).map(drop)
    }),
    operation("resume", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.resume(targets.suspended)).map(drop)
    }),
    operation("set_expiry", On::Credential, For::Managers, |manager, targets| {
        let end: keyward::time::Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
        block_on(manager.set_expiry(targets.spare, end)).map(drop)
    }),
    operation("clear_expiry", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.clear_expiry(targets.expiring)).map(drop)
    }),
    operation("rotate", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.rotate(targets.spare, Duration::from_hours(1))).map(drop)
    }),
    operation("replace_unused", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.replace_unused(targets.backend, GenerationNumber::FIRST)).map(drop)
    }),
    operation("end_overlap", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.end_overlap(targets.rotated)).map(drop)
    }),
    operation("set_scopes", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.set_scopes(targets.backend, Scopes::none())).map(drop)
    }),
    operation("set_networks", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.set_networks(targets.backend, own_networks())).map(drop)
    }),
    operation("lift_networks", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.lift_networks(targets.suspended)).map(drop)
    }),
    operation("set_labels", On::Credential, For::Managers, |manager, targets| {
        let labels = Labels::new([Label::new("env", "test").unwrap()]).unwrap();
        block_on(manager.set_labels(targets.backend, labels)).map(drop)
    }),
    operation("set_owner", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.set_owner(targets.backend, bob())).map(drop)
    }),
    operation("hand_over", On::Account, For::Managers, |manager, _| {
        block_on(manager.hand_over(&bob(), &Owner::Account, None)).map(drop)
    }),
    operation("delete_owned", On::Account, For::Managers, |manager, _| {
        let bob = bob().member().cloned().unwrap();
        block_on(manager.delete_owned(&bob, None)).map(drop)
    }),
    operation("delete", On::Credential, For::Managers, |manager, targets| {
        block_on(manager.delete(targets.spare, "spare"))
    }),
    operation("respond_to_leak", On::Credential, For::Managers, |manager, targets| {
        let place = LeakPlace::new("commit", "https://example.com/acme");
        let key = traced(targets.backend);
        block_on(manager.respond_to_leak(&key, &place, LeakResponse::Report)).map(drop)
    }),
    operation("used_networks", On::Credential, For::Viewers, |manager, targets| {
        block_on(manager.used_networks(targets.backend)).map(drop)
    }),
    operation("deletion_impact", On::Credential, For::Viewers, |manager, targets| {
        block_on(manager.deletion_impact(targets.primary)).map(drop)
    }),
];

/// The operations that change nothing in a furnished workspace. Every other one changes something.
pub const READS: [&str; 23] = [
    "remove_closed",
    "is_inactive",
    "preview_policy",
    "apply_policy",
    "preview_allowlist",
    "preview_import",
    "outcome",
    "account",
    "corrupt_account",
    "corrupt_workspace",
    "repair_account",
    "repair_workspace",
    "recount",
    "workspaces",
    "credentials",
    "history",
    "workspace",
    "integrations",
    "snippet",
    "allowlist",
    "credential",
    "used_networks",
    "deletion_impact",
];

impl Operation {
    /// Returns `true` if it changes something.
    pub fn is_change(&self) -> bool {
        !READS.contains(&self.name)
    }

    /// A furnished world in which the operation has something to do.
    pub fn world(&self) -> (World, Targets) {
        let world = World::new();
        let targets = world.furnish();
        if self.name == "resume_account" {
            world.suspend_account();
        }
        (world, targets)
    }
}
