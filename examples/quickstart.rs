//! An account's admin sets up a workspace and its keys, and a service checks what callers present.
//!
//! Run it with `cargo run --example quickstart`.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use keyward::store::PageItem;
use keyward::{
    AccountId, Actor, ActorId, Attempt, Clock, CredentialFilter, HistoryFilter, Keyward, Kind,
    Manager, ManualClock, MasterKey, MasterKeys, MemoryStore, Name, NewCredential, NewWorkspace,
    NotVerified, OfKind, Verified, WorkspaceId,
};

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    // A service keeps its master key in a secret manager, and uses the machine's clock. This one can be
    // moved by hand, so that the example need not wait.
    let clock = ManualClock::at("2030-01-01T09:00:00Z".parse()?);
    let keys = MasterKeys::new(MasterKey::generate()?);
    let keyward = Keyward::builder(MemoryStore::new(), keys).clock(clock.clone()).build()?;
    let office: IpAddr = "203.0.113.7".parse()?;

    heading("An admin creates a workspace");
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new("acme/shop")?;
    let created =
        manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    let primary = created.primary;
    println!("It comes with the Track set `{}`:", primary.credential.name);
    println!("  site id  {}", primary.credential.id);
    println!("  API key  {}", primary.api_key.expose());

    heading("She issues an App key, which is shown once");
    let backend = NewCredential::new(shop.clone(), Name::new("Backend")?);
    let issued = manager.issue_app_key(backend).await?;
    println!("  token    {}", issued.token.expose());
    let revealed = manager.reveal(primary.credential.id).await?;
    assert_eq!(revealed.api_key.expose(), primary.api_key.expose());
    println!("The Track set can be shown again, and the history will say so.");

    heading("The service checks what callers present");
    let site_id = primary.credential.id;
    let token = issued.token.expose();
    let track = Attempt::track(site_id.as_str(), primary.api_key.expose()).from(office);
    passes("the Track set, to the Track API", keyward.verify(&track).await)?;
    passes("the token, to the App API", keyward.verify(&Attempt::app(token).from(office)).await)?;
    let mistyped = token.replacen(&token[20..21], if &token[20..21] == "x" { "y" } else { "x" }, 1);
    refused("a mistyped token", keyward.verify(&Attempt::app(&mistyped)).await)?;
    let wrong_api = Attempt::track(site_id.as_str(), token);
    refused("the token, to the Track API", keyward.verify(&wrong_api).await)?;

    heading("She lets only the office reach the workspace");
    manager.allow(&shop, &["203.0.113.0/24".parse()?]).await?;
    passes("the token, from the office", keyward.verify(&Attempt::app(token).from(office)).await)?;
    let elsewhere: IpAddr = "198.51.100.1".parse()?;
    refused(
        "the token, from elsewhere",
        keyward.verify(&Attempt::app(token).from(elsewhere)).await,
    )?;

    heading("She rotates the App key, and the old token works for an hour");
    clock.advance(Duration::from_mins(1));
    let rotated = manager.rotate(issued.credential.id, Duration::from_hours(1)).await?;
    let fresh = Attempt::app(rotated.secret.expose()).from(office);
    passes("the old token", keyward.verify(&Attempt::app(token).from(office)).await)?;
    clock.advance(Duration::from_secs(5));
    passes("the new token", keyward.verify(&fresh).await)?;
    keyward.flush().await?;
    show_credentials(&manager, &shop).await?;
    clock.advance(Duration::from_hours(1));
    refused(
        "the old token, an hour later",
        keyward.verify(&Attempt::app(token).from(office)).await,
    )?;
    passes("the new token", keyward.verify(&fresh).await)?;

    heading("A workspace keeps at least one Track set");
    let impact = manager.deletion_impact(site_id).await?;
    println!("Deleting `{}`: last lasting set: {:?}.", impact.credential.name, impact.last_lasting);
    match manager.delete(site_id, "primary").await {
        Err(error) => println!("  refused: {error}"),
        Ok(()) => return Err("the last Track set was deleted".into()),
    }
    let website = NewCredential::new(shop.clone(), Name::new("Website")?);
    let website = manager.issue_track_set(website).await?;
    match manager.delete(site_id, "prmary").await {
        Err(error) => println!("  refused: {error}"),
        Ok(()) => return Err("it was deleted under another name".into()),
    }
    manager.delete(site_id, "primary").await?;
    println!("With `{}` there, `primary` is deleted.", website.credential.name);
    refused("the deleted set", keyward.verify(&track).await)?;

    keyward.close().await?;
    show_credentials(&manager, &shop).await?;
    show_history(&manager).await?;
    println!("\nIt is {}. All went as it should.", clock.now().wall);
    Ok(())
}

fn heading(text: &str) {
    println!("\n== {text}");
}

fn passes<K: OfKind>(
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

fn refused<K: OfKind>(
    what: &str,
    outcome: Result<Verified<K>, NotVerified>,
) -> Result<(), Box<dyn Error>> {
    match outcome {
        Err(NotVerified::Denied(denial)) => {
            println!(
                "  refused: {what} (the caller hears {:?}, the log {})",
                denial.to_string(),
                denial.reason()
            );
            Ok(())
        }
        other => Err(format!("{what} should be refused: {other:?}").into()),
    }
}

async fn show_credentials(manager: &Manager<'_>, shop: &WorkspaceId) -> Result<(), Box<dyn Error>> {
    heading("What the page lists");
    let page = manager.credentials(CredentialFilter::new().workspace(shop.clone())).await?;
    for credential in page.items.into_iter().filter_map(PageItem::record) {
        let kind = match credential.kind {
            Kind::Track => "Track set",
            Kind::App => "App key",
        };
        println!("  {kind:9} {:9} created {}", credential.name.as_str(), credential.created);
        for generation in credential.generations {
            let used = generation.last_used.map_or("never".to_owned(), |time| time.to_string());
            println!(
                "      secret {}  last used {used}  ({})",
                generation.number, generation.standing
            );
        }
    }
    Ok(())
}

async fn show_history(manager: &Manager<'_>) -> Result<(), Box<dyn Error>> {
    heading("What the history says, the newest first");
    for event in
        manager.history(HistoryFilter::new()).await?.items.into_iter().filter_map(PageItem::record)
    {
        println!("  {:2} {} {} {}", event.number, event.at, event.by.id, event.action);
    }
    Ok(())
}
