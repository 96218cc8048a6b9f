//! Presented texts that are not a key, or not the right key: all get the same denial.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::net::IpAddr;
use std::time::Duration;

use keyward::store::{CredentialRecord, CredentialStore};
use keyward::{
    App, Attempt, Brand, Denial, DenialReason, Disclosure, Keyward, Kind, NotVerified,
    UnavailableReason, manage::EndTime,
};

use crate::support::forged::{
    ALPHABET, ID, SECRET, before_secret, body, sealed, with_secret, with_wrong_secret,
};
use crate::support::{World, admin, block_on, cheap, no_secret, operator, outlet, shop};

/// One key of each kind, and the site id of the second.
struct Keys {
    world: World,
    token: String,
    site_id: String,
    api_key: String,
}

impl Keys {
    fn new() -> Self {
        Self::of(World::new())
    }

    fn of(world: World) -> Self {
        let primary = world.shop().first;
        let token = world.app_key("backend").secret.expose().to_owned();
        let site_id = primary.credential.id.to_string();
        Self { world, token, site_id, api_key: primary.secret.expose().to_owned() }
    }

    /// Denies an attempt, and checks that no error repeats its texts.
    fn denies<K: Kind>(&self, attempt: &Attempt<'_, K>, presented: &[&str]) -> Denial {
        let error = self.world.fails(self.world.keyward.verify(attempt));
        no_secret::assert_no_secret(&error, presented);
        assert_eq!(error.to_string(), "denied");
        let NotVerified::Denied(denial) = error else { panic!("{error:?}") };
        assert_eq!(denial.disclosure(), Disclosure::Nothing);
        assert_eq!(self.world.keyward.stats().argon2id_verify_runs, 0);
        denial
    }

    fn denies_token(&self, text: &str) -> DenialReason {
        // A long text is searched for by its ends.
        let (start, end) = (text.chars().take(80), text.chars().rev().take(80));
        let (start, end) = (start.collect::<String>(), end.collect::<Vec<_>>());
        let end: String = end.into_iter().rev().collect();
        self.denies(&Attempt::app(text), &[&start, &end]).reason()
    }

    fn denies_set(&self, site_id: &str, api_key: &str) -> DenialReason {
        let parts = [site_id, api_key].map(|text| text.get(..80).unwrap_or(text));
        self.denies(&Attempt::track(site_id, api_key), &parts).reason()
    }

    /// Denies a change of the token and the same change of the API key, with the right site id.
    fn denies_both(&self, change: impl Fn(&str) -> String) -> [DenialReason; 2] {
        let (token, api_key) = (change(&self.token), change(&self.api_key));
        [self.denies_token(&token), self.denies_set(&self.site_id, &api_key)]
    }

    /// The untouched keys pass.
    fn assert_pass(&self) {
        let keyward = &self.world.keyward;
        block_on(keyward.verify(&Attempt::app(&self.token))).unwrap();
        block_on(keyward.verify(&Attempt::track(&self.site_id, &self.api_key))).unwrap();
    }

    fn record(&self, text: &str) -> CredentialRecord {
        let before_secret = before_secret(text);
        let id = before_secret[before_secret.len() - ID..].parse().unwrap();
        block_on(self.world.store.credential(id)).unwrap().unwrap()
    }
}

/// The text with the character at `place` replaced.
fn with_character(text: &str, place: usize, character: char) -> String {
    format!("{}{character}{}", &text[..place], &text[place + 1..])
}

fn swapped_case(character: char) -> char {
    if character.is_ascii_uppercase() {
        character.to_ascii_lowercase()
    } else {
        character.to_ascii_uppercase()
    }
}

#[test]
fn a_proof_says_whose_key_it_is() {
    let keys = Keys::new();
    let proof = block_on(keys.world.keyward.verify(&Attempt::app(&keys.token))).unwrap();
    let record = keys.record(&keys.token);
    assert_eq!(proof.workspace(), &record.workspace);
    assert_eq!(proof.account(), &record.account);
    assert_eq!(proof.name(), &record.name);
}

#[test]
fn truncated_at_every_length_and_at_either_end() {
    let keys = Keys::new();
    for length in 0..keys.token.len() {
        assert_eq!(keys.denies_token(&keys.token[..length]), DenialReason::Malformed, "{length}");
        keys.denies_token(&keys.token[keys.token.len() - length..]);
    }
    for length in 0..keys.api_key.len() {
        keys.denies_set(&keys.site_id, &keys.api_key[..length]);
        keys.denies_set(&keys.site_id, &keys.api_key[keys.api_key.len() - length..]);
    }
    keys.assert_pass();
}

#[test]
fn truncated_with_the_checksum_made_right() {
    let keys = Keys::new();
    for gone in 1..=SECRET {
        keys.denies_both(|text| sealed(&body(text)[..body(text).len() - gone]));
    }
    keys.assert_pass();
}

#[test]
fn extended_at_either_end() {
    let keys = Keys::new();
    let others = "_-+/=.,:;'\"\\%&?#\0\n\r\t é\u{feff}".chars();
    for character in ALPHABET.chars().chain(others) {
        keys.denies_both(|text| format!("{text}{character}"));
        keys.denies_both(|text| format!("{character}{text}"));
        keys.denies_both(|text| sealed(&format!("{}{character}", body(text))));
    }
    keys.denies_both(|text| text.repeat(2));
    keys.denies_both(|text| format!("Bearer {text}"));
    keys.denies_both(|text| format!("\"{text}\""));
    keys.assert_pass();
}

#[test]
fn one_character_changed_at_each_position() {
    let keys = Keys::new();
    let others: Vec<_> = ALPHABET.chars().chain("_-+/=:. \0\n\u{7f}éЖ字".chars()).collect();
    for text in [keys.token.clone(), keys.api_key.clone()] {
        for (place, own) in text.char_indices() {
            for other in others.iter().copied().filter(|other| *other != own) {
                let changed = with_character(&text, place, other);
                let reason = if text == keys.token {
                    keys.denies_token(&changed)
                } else {
                    keys.denies_set(&keys.site_id, &changed)
                };
                let unread = [DenialReason::Malformed, DenialReason::Checksum];
                assert!(unread.contains(&reason), "{other:?} at {place}: {reason}");
            }
        }
    }
    keys.assert_pass();
}

#[test]
fn one_character_changed_at_each_position_with_the_checksum_made_right() {
    let keys = Keys::new();
    let body = body(&keys.token);
    let secret = before_secret(&keys.token).len();
    let id = secret - ID;
    let word = body.find('_').unwrap() + 1..id - 1;
    for (place, own) in body.char_indices() {
        for other in ALPHABET.chars().chain("_-é".chars()).filter(|other| *other != own) {
            let text = sealed(&with_character(body, place, other));
            // Another word of a kind could be registered on another node.
            if word.contains(&place) && (other.is_ascii_lowercase() || other.is_ascii_digit()) {
                let error = keys.world.fails(keys.world.keyward.verify(&Attempt::app(&text)));
                let NotVerified::Unavailable(unavailable) = error else { panic!("{error:?}") };
                assert_eq!(unavailable.reason(), UnavailableReason::UnregisteredKind);
                continue;
            }
            let reason = keys.denies_token(&text);
            let expected = match place {
                _ if !ALPHABET.contains(other) => DenialReason::Malformed,
                place if place < id => DenialReason::Malformed,
                place if place < secret => DenialReason::Unknown,
                _ => DenialReason::WrongSecret,
            };
            assert_eq!(reason, expected, "{other:?} at {place}");
        }
    }
    keys.assert_pass();
}

#[test]
fn in_the_wrong_case() {
    let keys = Keys::new();
    let cases: [fn(&str) -> String; 3] = [
        |text| text.to_ascii_uppercase(),
        |text| text.to_ascii_lowercase(),
        |text| text.chars().map(swapped_case).collect(),
    ];
    for change in cases {
        keys.denies_both(change);
        keys.denies_both(|text| sealed(&change(body(text))));
    }
    keys.assert_pass();
}

#[test]
fn with_spaces() {
    let keys = Keys::new();
    for space in [" ", "\t", "\n", "\r\n", "\u{a0}", "\u{2003}", "\u{200b}", "\u{3000}", "%20", "+"]
    {
        keys.denies_both(|text| format!("{space}{text}"));
        keys.denies_both(|text| format!("{text}{space}"));
        for place in 0..keys.token.len() {
            keys.denies_token(&format!("{}{space}{}", &keys.token[..place], &keys.token[place..]));
        }
        keys.denies_set(&format!("{}{space}", keys.site_id), &keys.api_key);
        keys.denies_set(&format!("{space}{}", keys.site_id), &keys.api_key);
    }
    keys.assert_pass();
}

#[test]
fn beyond_ascii() {
    let keys = Keys::new();
    let fullwidth = |character: char| match character {
        '!'..='~' => char::from_u32(character as u32 + 0xFEE0).unwrap_or(character),
        other => other,
    };
    keys.denies_both(|text| text.chars().map(fullwidth).collect());
    keys.denies_both(|text| text.replacen('a', "а", 1));
    keys.denies_both(|text| format!("\u{202e}{text}"));
    keys.denies_both(|text| text.chars().flat_map(|character| [character, '\u{301}']).collect());
    for text in ["é", "🔑", "ключ", "鍵", "\u{0}", "\u{10ffff}", "\u{feff}"] {
        for times in [1, 16, 68, 70] {
            keys.denies_token(&text.repeat(times));
            keys.denies_set(&keys.site_id, &text.repeat(times));
            keys.denies_set(&text.repeat(times), &keys.api_key);
        }
    }
    keys.assert_pass();
}

#[test]
fn a_megabyte_long() {
    let keys = Keys::new();
    let long = |text: &str| text.repeat((1 << 20) / text.len());
    for filling in ["a", "kw_app_", "🔑", "\0", keys.token.as_str(), keys.api_key.as_str()] {
        keys.denies_token(&long(filling));
        keys.denies_token(&format!("{}{}", keys.token, long(filling)));
        keys.denies_token(&format!("{}{}", long(filling), keys.token));
        keys.denies_set(&keys.site_id, &long(filling));
        keys.denies_set(&long(filling), &keys.api_key);
        keys.denies_set(&format!("{}{}", keys.site_id, long(filling)), &keys.api_key);
    }
    keys.denies_token(&sealed(&long("kw_app_")));
    keys.assert_pass();
}

#[test]
fn of_another_brand() {
    let brands = ["kw", "kwx", "xkw", "acme", "w2"];
    for own in brands {
        let brand = Brand::new(own).unwrap();
        let keys = Keys::of(World::built(|store, clock| cheap(store, clock).brand(brand)));
        for other in brands.into_iter().filter(|other| *other != own) {
            keys.denies_both(|text| text.replacen(own, other, 1));
            let reasons = keys.denies_both(|text| sealed(&body(text).replacen(own, other, 1)));
            assert_eq!(reasons, [DenialReason::Malformed; 2], "{other} at {own}");
        }
        keys.denies_both(|text| sealed(body(text).strip_prefix(own).unwrap()));
        keys.denies_both(|text| sealed(&body(text).replacen(own, &own.to_uppercase(), 1)));
        keys.assert_pass();
    }
}

#[test]
fn of_the_other_kind() {
    let keys = Keys::new();
    let app_id = keys.record(&keys.token).id.to_string();
    assert_eq!(keys.denies_token(&keys.api_key), DenialReason::WrongKind);
    for site_id in [&app_id, &keys.site_id, &String::new()] {
        assert_eq!(keys.denies_set(site_id, &keys.token), DenialReason::WrongKind);
    }
    // A text in the form of the required kind: the stored kind refuses it.
    let dressed = sealed(&body(&keys.api_key).replacen("_track_", "_app_", 1));
    assert_eq!(keys.denies_token(&dressed), DenialReason::WrongKind);
    let dressed = sealed(&body(&keys.token).replacen("_app_", "_track_", 1));
    assert_eq!(keys.denies_set(&app_id, &dressed), DenialReason::WrongKind);
    keys.assert_pass();
}

#[test]
fn with_another_sets_site_id() {
    let keys = Keys::new();
    let second = keys.world.track_set("second");
    let elsewhere = keys.world.workspace(&outlet(), "Outlet").first;
    let app_id = keys.record(&keys.token).id;
    let ids = [second.credential.id, elsewhere.credential.id, app_id].map(|id| id.to_string());
    let id = &keys.site_id;
    let misspelt = [
        String::new(),
        id[1..].to_owned(),
        format!("{id}0"),
        id.chars().map(swapped_case).collect(),
        format!("{id}:"),
        format!("{id}\0"),
        "000000000000".to_owned(),
        keys.api_key.clone(),
    ];
    for site_id in ids.iter().chain(&misspelt).filter(|other| *other != id) {
        assert_eq!(keys.denies_set(site_id, &keys.api_key), DenialReason::WrongSiteId);
    }
    assert_eq!(keys.denies_set(id, second.secret.expose()), DenialReason::WrongSiteId);
    assert_eq!(keys.denies_set(id, elsewhere.secret.expose()), DenialReason::WrongSiteId);
    keys.assert_pass();
}

#[test]
fn with_the_id_or_the_secret_of_another_key() {
    let keys = Keys::new();
    let other = keys.world.app_key("worker").secret.expose().to_owned();
    let secret = |text: &str| body(text)[before_secret(text).len()..].to_owned();
    for mixed in
        [with_secret(&keys.token, &secret(&other)), with_secret(&other, &secret(&keys.token))]
    {
        assert_eq!(keys.denies_token(&mixed), DenialReason::WrongSecret);
    }
    keys.assert_pass();
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Bytes as one number in base62.
fn base62(bytes: &[u8]) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::new();
    while number.iter().any(|byte| *byte != 0) {
        let mut rest = 0;
        for byte in &mut number {
            let value = rest * 256 + usize::from(*byte);
            *byte = u8::try_from(value / 62).unwrap();
            rest = value % 62;
        }
        digits.push(ALPHABET.chars().nth(rest).unwrap());
    }
    digits.iter().rev().collect()
}

#[test]
fn stored_bytes_are_not_keys() {
    let keys = Keys::new();
    for text in [keys.token.clone(), keys.api_key.clone()] {
        let record = keys.record(&text);
        let digest = record.current.digest.to_bytes();
        let slow_hash = record.current.slow_hash.as_str();
        let hash = slow_hash.rsplit('$').next().unwrap();
        let mut stolen = vec![slow_hash.to_owned(), hash.to_owned(), base62(hash.as_bytes())];
        for bytes in [&digest[..], &digest[9..]] {
            stolen.extend([hex(bytes), base62(bytes), String::from_utf8_lossy(bytes).into_owned()]);
        }
        if let Some(seal) = &record.current.seal {
            let bytes = seal.as_bytes();
            stolen.extend([hex(bytes), base62(bytes), hex(&bytes[33..76]), base62(&bytes[33..76])]);
        }
        for stolen in &stolen {
            keys.denies_token(stolen);
            keys.denies_set(record.id.as_str(), stolen);
            keys.denies_set(stolen, &keys.token);
            // Dressed up as a key: as much of it as a secret has characters of the alphabet.
            let characters = stolen.chars().filter(|character| ALPHABET.contains(*character));
            let filling = "0".repeat(SECRET);
            let secret: String = characters.chain(filling.chars()).take(SECRET).collect();
            let dressed = with_secret(&text, &secret);
            let reason = if text == keys.token {
                keys.denies_token(&dressed)
            } else {
                keys.denies_set(&keys.site_id, &dressed)
            };
            assert_eq!(reason, DenialReason::WrongSecret);
        }
    }
    keys.assert_pass();
}

/// The right key of a record that no longer opens: the caller gets the text of a wrong key.
#[test]
fn right_keys_of_records_that_no_longer_open() {
    type Change = fn(&World, &Keyward);
    let states: [(DenialReason, Change); 9] = [
        (DenialReason::Suspended, |world, keyward| {
            block_on(keyward.manager(&admin()).suspend(backend(world))).unwrap();
        }),
        (DenialReason::Ended, |world, keyward| {
            block_on(keyward.manager(&admin()).set_expiry(backend(world), EndTime::Now)).unwrap();
        }),
        (DenialReason::Ended, |world, keyward| {
            let sunset = Some(EndTime::At(world.later(60)));
            block_on(keyward.manager(&admin()).deprecate(backend(world), sunset)).unwrap();
            world.clock.set_wall(world.later(60));
        }),
        (DenialReason::OverlapEnded, |world, keyward| {
            let overlap = Duration::from_mins(1);
            let _ = block_on(keyward.manager(&admin()).rotate(backend(world), overlap)).unwrap();
            world.clock.set_wall(world.later(60));
        }),
        (DenialReason::WrongSecret, |world, keyward| {
            let overlap = Duration::ZERO;
            let _ = block_on(keyward.manager(&admin()).rotate(backend(world), overlap)).unwrap();
        }),
        (DenialReason::Unknown, |world, keyward| {
            block_on(keyward.manager(&admin()).delete(backend(world), "backend")).unwrap();
        }),
        (DenialReason::Unknown, |_, keyward| {
            block_on(keyward.manager(&admin()).remove_workspace(&shop(), "Shop")).unwrap();
        }),
        (DenialReason::AccountSuspended, |_, keyward| {
            let operator = operator().acting_for(crate::support::account());
            block_on(keyward.manager(&operator).suspend_account()).unwrap();
        }),
        (DenialReason::AccountClosed, |_, keyward| {
            let operator = operator().acting_for(crate::support::account());
            block_on(keyward.manager(&operator).close_account("acme")).unwrap();
        }),
    ];
    for (reason, change) in states {
        let keys = Keys::new();
        change(&keys.world, &keys.world.keyward);
        assert_eq!(keys.denies_token(&keys.token), reason, "cold");

        let keys = Keys::new();
        keys.assert_pass();
        change(&keys.world, &keys.world.keyward);
        let warm = keys.denies_token(&keys.token);
        // A node that has the key cached knows a more precise reason, but the caller gets the same answer.
        let removed = (DenialReason::Unknown, DenialReason::WorkspaceRemoved);
        assert!(warm == reason || (reason, warm) == removed, "warm: {warm} for {reason}");
    }
}

fn backend(world: &World) -> keyward::CredentialId {
    let dump = world.dump();
    dump.credentials.iter().find(|record| record.name.as_str() == "backend").unwrap().id
}

#[test]
fn only_a_caller_with_the_right_secret_is_told_about_the_address() {
    let keys = Keys::new();
    let network = "192.0.2.0/24".parse().unwrap();
    block_on(keys.world.keyward.manager(&admin()).allow(&shop(), &[network])).unwrap();
    let place = body(&keys.token).len() - 1;
    let malformed = sealed(&with_character(body(&keys.token), place, '-'));
    let wrong_secret = with_wrong_secret(&keys.token);
    for address in ["192.0.2.7", "198.51.100.7"].map(|text| text.parse::<IpAddr>().unwrap()) {
        for text in [&malformed, &wrong_secret] {
            keys.denies(&Attempt::app(text).client_address(address), &[text]);
        }
    }
    keys.denies_token(&wrong_secret);
    let address: IpAddr = "198.51.100.7".parse().unwrap();
    for (attempt, reason) in [
        (Attempt::<App>::app(&keys.token).client_address(address), DenialReason::AddressNotAllowed),
        (Attempt::<App>::app(&keys.token), DenialReason::AddressUnknown),
    ] {
        let error = keys.world.fails(keys.world.keyward.verify(&attempt));
        assert_eq!(error.to_string(), "denied");
        let NotVerified::Denied(denial) = error else { panic!("{error:?}") };
        assert_eq!((denial.disclosure(), denial.reason()), (Disclosure::Address, reason));
    }
}

/// For the host's log: a wrong secret has a credential, and a wrong id has none.
#[test]
fn a_denial_names_the_credential_that_the_store_has() {
    let keys = Keys::new();
    let id = keys.record(&keys.token).id;
    let wrong_secret = with_wrong_secret(&keys.token);
    let nobody = keys.token.replacen(id.as_str(), "000000000000", 1);
    let unknown = sealed(body(&nobody));
    let cases = [
        (keys.token[1..].to_owned(), DenialReason::Malformed, None),
        (unknown, DenialReason::Unknown, None),
        (wrong_secret, DenialReason::WrongSecret, Some(id)),
    ];
    for (text, reason, credential) in cases {
        let denial = keys.denies(&Attempt::app(&text), &[&text]);
        assert_eq!((denial.reason(), denial.credential()), (reason, credential));
    }
    block_on(keys.world.keyward.manager(&admin()).suspend(id)).unwrap();
    let denial = keys.denies(&Attempt::app(&keys.token), &[&keys.token]);
    assert_eq!((denial.reason(), denial.credential()), (DenialReason::Suspended, Some(id)));
}

#[test]
fn a_proof_shows_whose_it_is_and_nothing_of_the_secret() {
    let keys = Keys::new();
    let verified = block_on(keys.world.keyward.verify(&Attempt::app(&keys.token))).unwrap();
    let shown = format!("{verified:?}");
    for part in [verified.credential().as_str(), verified.workspace().as_str(), "KindWord(app)"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(!shown.contains(&body(&keys.token)[before_secret(&keys.token).len()..]), "{shown}");
}

#[test]
fn a_found_text_that_is_no_key_is_traced_to_nobody() {
    let keys = Keys::new();
    let wrong_secret = with_wrong_secret(&keys.token);
    let before = keys.world.dump();
    for found in
        ["", "kw_app_", &keys.token[1..], &wrong_secret, &"a".repeat(1 << 20), &keys.site_id]
    {
        let traced = block_on(keys.world.keyward.trace(&operator(), found)).unwrap();
        assert_eq!(traced, None);
    }
    keys.world.dump().assert_is(&before, "a trace");
    assert!(block_on(keys.world.keyward.trace(&operator(), &keys.token)).unwrap().is_some());
    keys.world.dump().assert_is(&before, "a trace");
}
