//! Keyward's warm verification: the complete work for a request, with the default settings.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use keyward::{
    AccountId, Actor, ActorId, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name, Network,
    NewCredential, NewWorkspace, SecretKey, SlowHashParams, WorkspaceId,
};
use pollster::block_on;

use crate::peers::{ATTEMPTS, KEYS};
use crate::sampling::{Run, in_turn};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 49, 0, 7));

/// Creates App keys of a workspace with 50 allowed networks, verifies each once, and returns their texts.
pub(crate) fn verifications() -> Result<(Run, Vec<String>), Box<dyn Error>> {
    let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
        // Argon2id runs when a key is issued, which is not timed.
        .slow_hash(SlowHashParams::dangerous_cheap())
        .build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new("acme/shop")?;
    block_on(manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)))?;
    let networks: Result<Vec<Network>, _> =
        (0..50).map(|place| format!("10.{place}.0.0/17").parse()).collect();
    block_on(manager.allow(&shop, &networks?))?;
    let mut tokens = Vec::with_capacity(KEYS);
    for number in 0..KEYS {
        let new = NewCredential::new(shop.clone(), Name::new(format!("key {number}"))?);
        let token = block_on(manager.issue_app_key(new))?.secret;
        block_on(keyward.verify(&Attempt::app(token.expose()).client_address(FROM)))?;
        tokens.push(token);
    }
    let texts = tokens.iter().map(|token| token.expose().to_owned()).collect();
    Ok((in_turn(tokens, ATTEMPTS, move |token| passes(&keyward, token)), texts))
}

/// The memory store answers at once, so a verification is ready at the first poll.
fn passes(keyward: &Keyward, token: &SecretKey) -> bool {
    let attempt = Attempt::app(token.expose()).client_address(FROM);
    let verification = pin!(keyward.verify(&attempt));
    matches!(verification.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
}
