//! The pages of lists, compared with the model.

use keyward::store::{Page, PageItem, PageSize};
use keyward::{
    Keyward, ManageError, OperationId, history::HistoryFilter, manage::CredentialFilter,
};

use crate::block_on;
use crate::model::{Model, Refused, workspace_id};
use crate::perform::{actor, refused};
use crate::steps::{Actor, Look};

/// Reads, and compares the answer or the refusal.
pub(crate) fn look(keyward: &Keyward, who: Actor, look: &Look<usize>, model: &mut Model) {
    let expected = model.refusals_to_look(who, look);
    match read(keyward, who, look, model) {
        Ok(()) => assert!(expected.is_empty(), "shown, and should be {expected:?}"),
        Err(refused) => assert!(expected.contains(&refused), "{refused:?}, not {expected:?}"),
    }
}

fn read(keyward: &Keyward, who: Actor, look: &Look<usize>, model: &Model) -> Result<(), Refused> {
    let (actor, own) = (actor(who), who != Actor::Stranger);
    let manager = keyward.manager(&actor);
    let id = |credential: usize| model.credentials[credential].id;
    match *look {
        Look::Workspace(place) => {
            let shown = block_on(manager.workspace(&workspace_id(place))).map_err(refused)?;
            model.check_shown_workspace(place, &shown);
        }
        Look::Workspaces(size) => {
            let shown = pages(size, async |after, size| manager.workspaces(after, size).await)?;
            let places = (0..model.workspaces.len())
                .filter(|place| own && model.workspaces[*place].is_open());
            assert!(shown.iter().map(|it| it.id.clone()).eq(places.clone().map(workspace_id)));
            for (place, shown) in places.zip(&shown) {
                model.check_shown_workspace(place, shown);
            }
        }
        Look::Credential(credential) => {
            let shown = block_on(manager.credential(id(credential))).map_err(refused)?;
            model.check_listing(&[shown], |known| known.id == id(credential));
        }
        Look::Credentials { workspace, kind, status, size } => {
            let shown = pages(size, async |after, size| {
                let mut filter = CredentialFilter::new().after(after).size(size);
                if let Some(place) = workspace {
                    filter = filter.workspace(workspace_id(place));
                }
                filter = kind.into_iter().fold(filter, CredentialFilter::kind);
                filter = status.into_iter().fold(filter, CredentialFilter::status);
                manager.credentials(filter).await
            })?;
            model.check_listing(&shown, |known| {
                own && workspace.is_none_or(|place| known.workspace == place)
                    && kind.is_none_or(|kind| known.kind == kind)
                    && status.is_none_or(|status| model.status(known) == status)
            });
        }
        Look::Allowlist(place) => {
            let shown = block_on(manager.allowlist(&workspace_id(place))).map_err(refused)?;
            model.check_allowlist(place, &shown);
        }
        Look::Integrations(place) => {
            let shown = block_on(manager.integrations(&workspace_id(place))).map_err(refused)?;
            model.check_integrations(place, &shown);
        }
        Look::History { workspace, credential, size } => {
            let shown = pages(size, async |before: Option<OperationId>, size| {
                let mut filter = HistoryFilter::new().before(before).size(size);
                if let Some(place) = workspace {
                    filter = filter.workspace(workspace_id(place));
                }
                filter = credential.map(id).into_iter().fold(filter, HistoryFilter::credential);
                manager.history(filter).await
            })?;
            model.check_history(&shown, |told| {
                own && workspace.is_none_or(|place| told.workspace == Some(place))
                    && credential.is_none_or(|credential| told.credential == Some(credential))
            });
        }
        Look::DeletionImpact(credential) => {
            let shown = block_on(manager.deletion_impact(id(credential))).map_err(refused)?;
            assert_eq!(shown.integrations, model.users_of(credential));
            assert_eq!(shown.last_used, shown.credential.last_used);
            assert_eq!(shown.is_last_permanent, model.is_last(credential));
            model.check_listing(&[shown.credential], |known| known.id == id(credential));
        }
        Look::UnlistedWorkspaces => {
            let shown = block_on(manager.account()).map_err(refused)?;
            assert_eq!(shown.unlisted_workspaces, model.unlisted_workspaces(own));
        }
    }
    Ok(())
}

/// Every page, each full but for the last.
fn pages<T, C>(
    size: u16,
    page: impl AsyncFn(Option<C>, PageSize) -> Result<Page<T, C>, ManageError>,
) -> Result<Vec<T>, Refused> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = block_on(page(after, PageSize::new(size).unwrap())).map_err(refused)?;
        let full = page.items.len() == usize::from(size);
        assert!(page.items.len() <= usize::from(size));
        all.extend(page.items.into_iter().filter_map(PageItem::record));
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
        assert!(full, "another page follows");
    }
}
