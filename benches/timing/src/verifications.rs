//! The complete verification of an App key that is denied.

use dudect_bencher::rand::Rng;
use dudect_bencher::{BenchRng, Class, CtRunner};
use keyward::{
    AccountId, Actor, ActorId, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    NewCredential, NewWorkspace, WorkspaceId, time::ManualClock,
};

use crate::samples;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The length of the prefix `kw_app_`.
const PREFIX: usize = 7;
const ID: usize = 12;
const SECRET: usize = 43;

/// Changes the first character of the secret or the last.
pub fn wrong_byte(runner: &mut CtRunner, random: &mut BenchRng) {
    measure(runner, random, [PREFIX + ID, PREFIX + ID + SECRET - 1]);
}

/// Changes the first character in both classes. This measures the noise of the harness.
pub fn same_byte(runner: &mut CtRunner, random: &mut BenchRng) {
    measure(runner, random, [PREFIX + ID, PREFIX + ID]);
}

/// Changes the id, so that no such key exists, or the secret.
pub fn unknown_id(runner: &mut CtRunner, random: &mut BenchRng) {
    measure(runner, random, [PREFIX, PREFIX + ID]);
}

/// Measures one key with one changed character, at the one place or at the other.
///
/// Both texts are made for every sample. The presented one is then copied to a fixed place in memory. The work before a sample is
/// therefore the same for both classes, and leaves the processor in the same state.
fn measure(runner: &mut CtRunner, random: &mut BenchRng, places: [usize; 2]) {
    let Ok((keyward, token)) = issued() else { return };
    let mut texts = places.map(|_| token.clone());
    let mut presented = token.clone();
    for _ in 0..samples() {
        for (text, place) in texts.iter_mut().zip(places) {
            changed(text, &token, place, random);
        }
        let coin = random.next_u32() % 2;
        let [left, right] = &texts;
        presented.clear();
        // Copies character by character, without a branch on the class.
        let mask = coin.wrapping_neg();
        for (left, right) in left.bytes().zip(right.bytes()) {
            let chosen = (u32::from(left) & !mask) | (u32::from(right) & mask);
            presented.push(char::from(u8::try_from(chosen).unwrap_or_default()));
        }
        let attempt = Attempt::app(&presented);
        let class = if coin == 0 { Class::Left } else { Class::Right };
        runner.run_one(class, || pollster::block_on(keyward.verify(&attempt)).is_err());
    }
}

/// Changes one character of the token, and corrects the checksum.
fn changed(text: &mut String, token: &str, place: usize, random: &mut BenchRng) {
    text.clear();
    for (at, character) in token.chars().take(PREFIX + ID + SECRET).enumerate() {
        text.push(if at == place { another(character, random) } else { character });
    }
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut power = 62_u32.pow(5);
    while power > 0 {
        text.push(digit(rest / power));
        rest %= power;
        power /= 62;
    }
}

fn another(character: char, random: &mut BenchRng) -> char {
    loop {
        let drawn = digit(random.next_u32() % 62);
        if drawn != character {
            return drawn;
        }
    }
}

fn digit(value: u32) -> char {
    let place = usize::try_from(value).unwrap_or_default();
    ALPHABET.get(place).copied().map_or('0', char::from)
}

fn issued() -> Result<(Keyward, String), Box<dyn std::error::Error>> {
    let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
        // The clock is fixed, so that no sample includes a poll or a flush.
        .clock(ManualClock::at("2030-01-01T00:00:00Z".parse()?))
        .build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    let shop = WorkspaceId::new("shop")?;
    let token = pollster::block_on(async {
        let manager = keyward.manager(&admin);
        manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
        let issued = manager.issue_app_key(NewCredential::new(shop, Name::new("App")?)).await?;
        Ok::<_, Box<dyn std::error::Error>>(issued.secret.expose().to_owned())
    })?;
    // The first attempt puts the record into the cache.
    pollster::block_on(keyward.verify(&Attempt::app(&token)))?;
    Ok((keyward, token))
}
