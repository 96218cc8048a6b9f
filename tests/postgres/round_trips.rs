//! A commit makes at most four round trips after `BEGIN`, regardless of what it changes. The last one takes the lock of the position,
//! and ends the transaction.

use std::time::Duration;

use keyward::conformance::Harness;
use keyward::imports::Import;
use keyward::{
    Keyward, ManageError, NewCredential, NewWorkspace, Operator, WorkspaceId,
    manage::{Integration, UnlistedWorkspaces},
};

use crate::harness::{Postgres, RUNTIME, patient};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::server::URL;
use crate::stores::{account, admin, imports, keyward, name, workspace};

#[test]
fn a_commit_makes_four_round_trips_at_most() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let url = proxy.url("keyward");
        let store = patient(&harness.schema()).connections(1).connect(&url).await.unwrap();
        let mut counted = Counted { proxy, prepared: 0 };
        let keyward = keyward(store.clone());
        // The first round prepares the statements on the one connection that there is.
        change_everything(&keyward, &mut counted, "acme/first").await.unwrap();
        assert!(counted.prepared > 0);
        counted.prepared = 0;
        change_everything(&keyward, &mut counted, "acme/second").await.unwrap();
        assert_eq!(counted.prepared, 0);
        store.close().await;
    });
}

/// Makes a change of each kind.
async fn change_everything(
    keyward: &Keyward,
    counted: &mut Counted,
    workspace: &str,
) -> Result<(), ManageError> {
    let admin = admin();
    let manager = keyward.manager(&admin);
    let workspace = WorkspaceId::new(workspace).unwrap();
    let new = |text| NewCredential::new(workspace.clone(), name(text));
    let networks = ["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];

    let created = NewWorkspace::new(workspace.clone(), name("Shop"));
    counted.commit("create", manager.create_workspace(created)).await?;
    let id = counted.commit("issue", manager.issue_track_set(new("Track"))).await?.credential.id;
    let app = counted.commit("issue", manager.issue_app_key(new("App"))).await?.credential.id;
    let _ = counted.commit("rotate", manager.rotate(id, Duration::from_mins(1))).await?;
    let _ = counted.commit("rotate", manager.rotate(id, Duration::ZERO)).await?;
    let _ = counted.commit("reveal", manager.reveal(id)).await?;
    counted.commit("rename", manager.rename(app, name("Other"))).await?;
    counted.commit("suspend", manager.suspend(app)).await?;
    let connect = manager.connect(&workspace, Integration::Segment, Some(id));
    counted.commit("connect", connect).await?;
    counted.commit("allow", manager.allow(&workspace, &networks)).await?;
    counted.commit("lift", manager.lift(&workspace)).await?;
    counted.commit("delete", manager.delete(app, "Other")).await?;
    let closed = manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed);
    counted.commit("close", closed).await?;
    let open = manager.set_unlisted_workspaces(UnlistedWorkspaces::Open);
    counted.commit("open", open).await?;
    let operator = Operator::new(admin.by().id.clone()).acting_for(account());
    let manager_of_host = keyward.manager(&operator);
    counted.commit("suspend account", manager_of_host.suspend_account()).await?;
    counted.commit("resume account", manager_of_host.resume_account()).await?;
    counted.commit("remove", manager.remove_workspace(&workspace, "Shop")).await
}

/// Commits over a network that counts.
struct Counted {
    proxy: Proxy,
    /// Round trips that only prepared a statement, which each connection does once.
    prepared: usize,
}

impl Counted {
    async fn commit<T>(
        &mut self,
        what: &str,
        change: impl Future<Output = Result<T, ManageError>>,
    ) -> Result<T, ManageError> {
        self.proxy.listen();
        let done = change.await?;
        let messages = self.proxy.sent();
        let begins = |sent: &Sent| matches!(sent, Sent::Text(text) if text.starts_with("BEGIN"));
        let path = "SET LOCAL search_path = pg_catalog, pg_temp";
        let has_path = |sent: &Sent| matches!(sent, Sent::Text(text) if text.split("; ").any(|one| one == path));
        assert!(messages.iter().filter(|sent| begins(sent)).all(has_path), "{what}: {messages:?}");
        let mut transactions = messages.split(begins).skip(1);
        let (last, statements) = transactions.next().and_then(<[Sent]>::split_last).unwrap();
        assert!(transactions.next().is_none(), "{what}: {messages:?}");
        let text = if let Sent::Text(text) = last { Some(text) } else { None };
        let last = text.unwrap_or_else(|| unreachable!("{what}: {last:?}"));
        assert!(last.contains("keyward_position") && last.ends_with("; COMMIT"), "{what}: {last}");
        let executed = statements.iter().filter(|sent| **sent == Sent::Execute).count();
        assert!((1..=3).contains(&executed), "{what}: {executed}, {statements:?}");
        self.prepared += statements.len() - executed;
        Ok(done)
    }
}

#[test]
fn an_import_makes_few_round_trips_however_many_rows_it_has() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let url = proxy.url("keyward");
        let store = patient(&harness.schema()).connections(1).connect(&url).await.unwrap();
        let keyward = imports::importing(store.clone());
        let operator = Operator::new(admin().by().id.clone()).acting_for(account());
        let manager = keyward.manager(&operator);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let mut sent = Vec::new();
        for rows in [0..100, 100..1_000] {
            proxy.listen();
            let import = Import::new(workspace(), rows.map(imports::row));
            assert!(manager.import(import).await.unwrap().iter().all(imports::is_new));
            sent.push(proxy.sent().len());
        }
        println!("round trips of 100 and of 900 rows: {sent:?}");
        assert!(sent[1] <= sent[0] + 10 && sent[1] < 60, "{sent:?}");
        store.close().await;
    });
}
