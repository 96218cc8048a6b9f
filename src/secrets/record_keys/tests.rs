use super::{Encoding, RecordKeys, TagUse, Unopened};
use crate::secrets::record_epochs::RecordEpochs;
use crate::secrets::{MasterKey, MasterKeyId, MasterKeys, RecordTag, golden};

const NEWEST: u8 = 2;

fn again(key: &MasterKey) -> MasterKey {
    key.expose_text().parse().unwrap()
}

fn epochs(current: u32, older: &[u32], newer: &[u32]) -> RecordEpochs {
    let mut epochs = RecordEpochs::default();
    epochs.set_current(current);
    epochs.add_older(older.iter().copied());
    epochs.add_newer(newer.iter().copied());
    epochs
}

fn encoding(bytes: &[u8]) -> Encoding {
    Encoding { version: 1, bytes: bytes.to_vec() }
}

fn check(keys: &RecordKeys, to: TagUse, tag: &RecordTag) -> Result<(), Unopened> {
    keys.check(to, tag, NEWEST, &encoding(b"acme"))
}

/// Returns the keys of a node that knows one master key.
fn alone(key: &MasterKey, epochs: &RecordEpochs) -> RecordKeys {
    RecordKeys::new(&MasterKeys::new(again(key)), epochs)
}

#[test]
fn a_tag_opens_its_own_encoding_only() {
    let keys = alone(&golden::master_key(), &epochs(3, &[], &[]));
    for to in [TagUse::Record, TagUse::Event] {
        let tag = keys.tag(to, &encoding(b"acme"));
        assert_eq!(check(&keys, to, &tag), Ok(()));
        assert_eq!(keys.check(to, &tag, NEWEST, &encoding(b"acmf")), Err(Unopened::Corrupt));
        let mut other_version = encoding(b"acme");
        other_version.version = 2;
        assert_eq!(keys.check(to, &tag, NEWEST, &other_version), Err(Unopened::Corrupt));
    }
}

#[test]
fn each_changed_byte_of_a_tag_is_noticed() {
    let keys = alone(&golden::master_key(), &epochs(3, &[2], &[]));
    for to in [TagUse::Record, TagUse::Event] {
        let tag = keys.tag(to, &encoding(b"acme"));
        for place in 0..RecordTag::LENGTH {
            let mut bytes = tag.to_bytes();
            bytes[place] ^= 1;
            let changed = RecordTag::from_bytes(&bytes).unwrap();
            assert!(check(&keys, to, &changed).is_err(), "{to:?}: byte {place}");
        }
    }
}

#[test]
fn records_and_events_never_share_a_subkey() {
    let keys = alone(&golden::master_key(), &epochs(0, &[], &[]));
    let [record, event] =
        [TagUse::Record, TagUse::Event].map(|to| keys.tag(to, &encoding(b"acme")));
    assert_eq!(record.epoch(), event.epoch());
    assert_eq!(check(&keys, TagUse::Event, &record), Err(Unopened::Corrupt));
    assert_eq!(check(&keys, TagUse::Record, &event), Err(Unopened::Corrupt));
}

#[test]
fn a_newer_encoding_is_distinguished_from_a_corrupt_one() {
    let keys = alone(&golden::master_key(), &epochs(0, &[], &[]));
    let newer = |version| Encoding { version, bytes: b"acme".to_vec() };
    let tag = keys.tag(TagUse::Record, &newer(NEWEST + 1));
    assert_eq!(check(&keys, TagUse::Record, &tag), Err(Unopened::NewerEncoding));
    let tag = keys.tag(TagUse::Record, &newer(NEWEST));
    assert_eq!(keys.check(TagUse::Record, &tag, NEWEST, &newer(NEWEST)), Ok(()));
}

#[test]
fn held_keys_open_and_lost_and_unknown_ones_are_named() {
    let [current, older, newer, lost, unknown] = [(); 5].map(|()| MasterKey::generate().unwrap());
    let none = epochs(0, &[], &[]);
    let ids: Vec<MasterKeyId> = [&lost, &unknown].map(MasterKey::id).to_vec();
    let keys = RecordKeys::new(
        &MasterKeys::new(again(&current))
            .older([again(&older)])
            .newer([again(&newer)])
            .lost([ids[0]]),
        &none,
    );
    for to in [TagUse::Record, TagUse::Event] {
        for (key, outdated) in [(&current, false), (&older, true), (&newer, false)] {
            let tag = alone(key, &none).tag(to, &encoding(b"acme"));
            assert_eq!(check(&keys, to, &tag), Ok(()));
            assert_eq!(keys.is_outdated(&tag), outdated);
        }
        let tagged = |key| alone(key, &none).tag(to, &encoding(b"acme"));
        assert_eq!(check(&keys, to, &tagged(&lost)), Err(Unopened::LostMasterKey(ids[0])));
        assert_eq!(check(&keys, to, &tagged(&unknown)), Err(Unopened::UnknownMasterKey(ids[1])));
    }
    assert_eq!(keys.tag(TagUse::Record, &encoding(b"acme")).key(), current.id());
}

#[test]
fn named_epochs_open_and_others_are_refused() {
    let key = golden::master_key();
    let keys = alone(&key, &epochs(5, &[4], &[6]));
    for (epoch, outdated) in [(4, true), (5, false), (6, false)] {
        let tag = alone(&key, &epochs(epoch, &[], &[])).tag(TagUse::Record, &encoding(b"acme"));
        assert_eq!(check(&keys, TagUse::Record, &tag), Ok(()), "epoch {epoch}");
        assert_eq!(keys.is_outdated(&tag), outdated, "epoch {epoch}");
    }
    for epoch in [0, 3, 7] {
        let tag = alone(&key, &epochs(epoch, &[], &[])).tag(TagUse::Record, &encoding(b"acme"));
        assert_eq!(check(&keys, TagUse::Record, &tag), Err(Unopened::OtherEpoch(epoch)));
        assert_eq!(tag.epoch(), epoch);
    }
    let event = keys.tag(TagUse::Event, &encoding(b"acme"));
    assert_eq!((event.epoch(), check(&keys, TagUse::Event, &event)), (0, Ok(())));
}

#[test]
fn a_record_that_is_newer_in_one_respect_is_left_alone() {
    let [current, older, newer] = [(); 3].map(|()| MasterKey::generate().unwrap());
    let held = MasterKeys::new(again(&current)).older([again(&older)]).newer([again(&newer)]);
    let keys = RecordKeys::new(&held, &epochs(5, &[4], &[6]));
    let cases = [
        (&older, 4, true),
        (&older, 5, true),
        (&older, 6, false),
        (&newer, 4, false),
        (&newer, 5, false),
        (&newer, 6, false),
    ];
    for (key, epoch, outdated) in cases {
        let tag = alone(key, &epochs(epoch, &[], &[])).tag(TagUse::Record, &encoding(b"acme"));
        assert_eq!(check(&keys, TagUse::Record, &tag), Ok(()));
        assert_eq!(keys.is_outdated(&tag), outdated, "{tag:?}");
    }
}

#[test]
fn debug_shows_ids_and_lengths_only() {
    let keys = alone(&golden::master_key(), &epochs(7, &[], &[]));
    let shown =
        format!("RecordKeys {{ current: MasterKeyId({}), epoch: 7, .. }}", golden::MASTER_KEY_ID);
    assert_eq!(format!("{keys:?}"), shown);
    assert_eq!(format!("{:?}", encoding(b"acme")), "Encoding(version 1, 4 bytes)");
}
