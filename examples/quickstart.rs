//! The admin of an account sets up a workspace and its keys, and a service verifies keys. All data is in a SQLite file. The
//! second run continues with the data of the first one, like a service after a restart.
//!
//! Run it twice with `cargo run --example quickstart`. It creates `quickstart.db` and `quickstart.key` in the current folder.
//! Delete both to start again.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use keyward::store::PageItem;
use keyward::{
    AccountId, Actor, ActorId, Attempt, Keyward, Kind, ManageError, Manager, MasterKey, MasterKeys,
    Name, NewCredential, NewWorkspace, NotVerified, SqliteStore, Verified, WorkspaceId,
    history::HistoryFilter,
    kind::KindWord,
    manage::CredentialFilter,
    scope::Scopes,
    time::{Clock, ManualClock},
};

keyward::vocabulary! {
    /// What a key of this service may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
    }
}

const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

const DATABASE: &str = "quickstart.db";
const MASTER_KEY: &str = "quickstart.key";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = SqliteStore::open(DATABASE).await?;
    let keys = MasterKeys::new(master_key()?);
    // A service uses the system clock. This clock is moved by hand, so that the example does not have to wait.
    let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
    let keyward = Keyward::builder(store, keys).scopes::<Scope>().clock(clock.clone()).build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new("acme/shop")?;
    match manager.workspace(&shop).await {
        Ok(_) => {
            clock.advance(Duration::from_hours(24));
            next_day(&keyward, &manager, &shop).await?;
        }
        Err(ManageError::NotFound(_)) => first_day(&keyward, &manager, &shop, &clock).await?,
        Err(error) => return Err(error.into()),
    }
    keyward.close().await?;
    println!("\nThe time is {}. All steps succeeded.", clock.now().wall);
    Ok(())
}

/// Returns the master key. A service stores it in a secret manager; the example uses a file that only its owner can read.
fn master_key() -> Result<MasterKey, Box<dyn Error>> {
    if Path::new(MASTER_KEY).exists() {
        return Ok(fs::read_to_string(MASTER_KEY)?.parse()?);
    }
    let key = MasterKey::generate()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(MASTER_KEY)?.write_all(key.expose_text().as_bytes())?;
    Ok(key)
}

async fn next_day(
    keyward: &Keyward,
    manager: &Manager<'_>,
    shop: &WorkspaceId,
) -> Result<(), Box<dyn Error>> {
    heading("The data of the first run is still there");
    show_credentials(manager, shop).await?;
    heading("The Track set still works with the Track API, only from the office");
    let filter = CredentialFilter::new().workspace(shop.clone()).kind(KindWord::Track);
    let website = manager.credentials(filter).await?.items.into_iter().find_map(PageItem::record);
    let revealed = manager.reveal(website.ok_or("the workspace has no Track set")?.id).await?;
    let (site_id, api_key) = (revealed.credential.as_str(), revealed.secret.expose());
    let track = |address| Attempt::track(site_id, api_key).client_address(address);
    passes("the Track set, from the office", keyward.verify(&track(OFFICE)).await)?;
    refused("the Track set, from elsewhere", keyward.verify(&track(ELSEWHERE)).await)?;
    keyward.flush().await?;
    show_history(manager).await?;
    println!("\nDelete {DATABASE} and {MASTER_KEY} to start again.");
    Ok(())
}

async fn first_day(
    keyward: &Keyward,
    manager: &Manager<'_>,
    shop: &WorkspaceId,
    clock: &ManualClock,
) -> Result<(), Box<dyn Error>> {
    heading("An admin creates a workspace");
    let created =
        manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    let primary = created.first;
    println!("The workspace has the Track set `{}`:", primary.credential.name);
    println!("  site id  {}", primary.credential.id);
    println!("  API key  {}", primary.secret.expose());

    heading("The admin issues an App key, which is shown once");
    let backend = NewCredential::new(shop.clone(), Name::new("Backend")?);
    let issued = manager.issue_app_key(backend).await?;
    println!("  token    {}", issued.secret.expose());
    let revealed = manager.reveal(primary.credential.id).await?;
    assert_eq!(revealed.secret.expose(), primary.secret.expose());
    println!("The Track set can be revealed again. The history records it.");

    heading("The service verifies keys");
    let site_id = primary.credential.id;
    let token = issued.secret.expose();
    let track = Attempt::track(site_id.as_str(), primary.secret.expose()).client_address(OFFICE);
    passes("the Track set, to the Track API", keyward.verify(&track).await)?;
    passes(
        "the token, to the App API",
        keyward.verify(&Attempt::app(token).client_address(OFFICE)).await,
    )?;
    let mistyped = token.replacen(&token[20..21], if &token[20..21] == "x" { "y" } else { "x" }, 1);
    refused("a mistyped token", keyward.verify(&Attempt::app(&mistyped)).await)?;
    let wrong_api = Attempt::track(site_id.as_str(), token);
    refused("the token, to the Track API", keyward.verify(&wrong_api).await)?;

    heading("The admin issues a key that can only read");
    let dashboard = NewCredential::new(shop.clone(), Name::new("Dashboard")?);
    let dashboard = dashboard.scopes(Scopes::of([Scope::ReadPeople])?);
    let reader = manager.issue_app_key(dashboard).await?;
    let read = Attempt::app(reader.secret.expose()).requiring(Scope::ReadPeople);
    passes("the key, to read people", keyward.verify(&read).await)?;
    let send = Attempt::app(reader.secret.expose()).requiring(Scope::SendEmail);
    refused("the key, to send email", keyward.verify(&send).await)?;

    heading("The admin restricts the workspace to the office");
    manager.allow(shop, &["203.0.113.0/24".parse()?]).await?;
    passes(
        "the token, from the office",
        keyward.verify(&Attempt::app(token).client_address(OFFICE)).await,
    )?;
    refused(
        "the token, from elsewhere",
        keyward.verify(&Attempt::app(token).client_address(ELSEWHERE)).await,
    )?;

    heading("The admin rotates the App key, and the old token works for an hour");
    clock.advance(Duration::from_mins(1));
    let rotated = manager.rotate(issued.credential.id, Duration::from_hours(1)).await?;
    let fresh = Attempt::app(rotated.secret.expose()).client_address(OFFICE);
    passes("the old token", keyward.verify(&Attempt::app(token).client_address(OFFICE)).await)?;
    clock.advance(Duration::from_secs(5));
    passes("the new token", keyward.verify(&fresh).await)?;
    keyward.flush().await?;
    show_credentials(manager, shop).await?;
    clock.advance(Duration::from_hours(1));
    refused(
        "the old token, an hour later",
        keyward.verify(&Attempt::app(token).client_address(OFFICE)).await,
    )?;
    passes("the new token", keyward.verify(&fresh).await)?;

    heading("A workspace keeps at least one Track set");
    let impact = manager.deletion_impact(site_id).await?;
    println!(
        "Deleting `{}`: last permanent set: {:?}.",
        impact.credential.name, impact.is_last_permanent
    );
    match manager.delete(site_id, "primary").await {
        Err(error) => println!("  refused: {error}"),
        Ok(()) => return Err("the last Track set was deleted".into()),
    }
    let website = NewCredential::new(shop.clone(), Name::new("Website")?);
    let website = manager.issue_track_set(website).await?;
    match manager.delete(site_id, "prmary").await {
        Err(error) => println!("  refused: {error}"),
        Ok(()) => return Err("the Track set was deleted although the typed name is wrong".into()),
    }
    manager.delete(site_id, "primary").await?;
    println!("`{}` exists now, so `primary` can be deleted.", website.credential.name);
    refused("the deleted set", keyward.verify(&track).await)?;

    keyward.flush().await?;
    heading("The credentials on the management page");
    show_credentials(manager, shop).await?;
    show_history(manager).await?;
    println!("\nRun the example again to see that the data is still there.");
    Ok(())
}

fn heading(text: &str) {
    println!("\n== {text}");
}

fn passes<K: Kind>(
    what: &str,
    outcome: Result<Verified<K>, NotVerified>,
) -> Result<(), Box<dyn Error>> {
    match outcome {
        Ok(proof) => {
            let sunset = proof.notice().and_then(|notice| notice.sunset);
            let notice =
                sunset.map_or_else(String::new, |sunset| format!(", which ends at {sunset}"));
            println!("  passes:  {what} (secret {}{notice})", proof.generation());
            Ok(())
        }
        Err(error) => Err(format!("{what} should pass: {error:?}").into()),
    }
}

fn refused<K: Kind>(
    what: &str,
    outcome: Result<Verified<K>, NotVerified>,
) -> Result<(), Box<dyn Error>> {
    match outcome {
        Err(NotVerified::Denied(denial)) => {
            println!(
                "  refused: {what} (answer: {:?}, reason in the log: {})",
                denial.to_string(),
                denial.reason()
            );
            Ok(())
        }
        other => Err(format!("{what} should be refused: {other:?}").into()),
    }
}

async fn show_credentials(manager: &Manager<'_>, shop: &WorkspaceId) -> Result<(), Box<dyn Error>> {
    let page = manager.credentials(CredentialFilter::new().workspace(shop.clone())).await?;
    for credential in page.items.into_iter().filter_map(PageItem::record) {
        let kind = if credential.kind == KindWord::Track { "Track set" } else { "App key" };
        println!("  {kind:9} {:9} created {}", credential.name.as_str(), credential.created);
        for generation in credential.generations {
            let used = generation.last_used.map_or("never".to_owned(), |time| time.to_string());
            println!(
                "      secret {}  last used {used}  ({})",
                generation.number, generation.status
            );
        }
    }
    Ok(())
}

async fn show_history(manager: &Manager<'_>) -> Result<(), Box<dyn Error>> {
    heading("The history, the newest event first");
    for event in
        manager.history(HistoryFilter::new()).await?.items.into_iter().filter_map(PageItem::record)
    {
        println!("  {} {} {}", event.at, event.by.id, event.action);
    }
    Ok(())
}
