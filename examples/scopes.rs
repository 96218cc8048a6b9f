//! An API with two scopes, and a key that can only read. Run it with `cargo run --example scopes`.

use std::error::Error;

use keyward::{
    AccountId, Actor, ActorId, App, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    NewCredential, NewWorkspace, WorkspaceId, scope::Scopes,
};

keyward::vocabulary! {
    /// What a key may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = MasterKeys::new(MasterKey::generate()?);
    let keyward = Keyward::builder(MemoryStore::new(), keys).scopes::<Scope>().build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let (manager, shop) = (keyward.manager(&admin), WorkspaceId::new("acme/shop")?);
    manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    let reader =
        NewCredential::new(shop, Name::new("Dashboard")?).scopes(Scopes::of([Scope::ReadPeople])?);
    let key = manager.issue_app_key(reader).await?;

    let proof = keyward.verify(&Attempt::<App>::app(key.secret.expose())).await?;
    proof.require(Scope::ReadPeople)?;
    let refused = proof.require(Scope::SendEmail).err().ok_or("the key can only read")?;
    println!("{refused}");
    Ok(())
}
