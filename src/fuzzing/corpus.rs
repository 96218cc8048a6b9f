//! The tests that replay every file of the committed corpus, and inputs that are made from these files.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::{Strategy, any, prop, prop_oneof};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use super::{
    authorization, forwarding, manage_api, management, network, phc_string, presented_key,
    sealed_blob, stored_row,
};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 9] = [
    ("authorization", authorization),
    ("forwarding", forwarding),
    ("manage_api", manage_api),
    ("management", management),
    ("network", network),
    ("phc_string", phc_string),
    ("presented_key", presented_key),
    ("sealed_blob", sealed_blob),
    ("stored_row", stored_row),
];

/// Returns the folder of the fuzz targets. The published crate does not contain it.
fn folder() -> Option<PathBuf> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    fuzz.exists().then_some(fuzz)
}

#[test]
fn each_target_has_a_corpus_and_a_program() {
    let Some(fuzz) = folder() else { return };
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| OsStr::new(name).to_owned()).collect();
    let mut folders: Vec<_> = fs::read_dir(fuzz.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    folders.sort_unstable();
    assert_eq!(folders, names);
    for (name, _) in TARGETS {
        let program = fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        let call = format!("fuzz_target!(|data: &[u8]| keyward::fuzzing::{name}(data));");
        assert_eq!(program, format!("#![no_main]\n\nlibfuzzer_sys::{call}\n"));
    }
}

/// Panics if the target does so for a file of its corpus, or for one that a few edits have changed. Shows the input.
fn assert_corpus_breaks_no_promise(name: &str) {
    let Some(fuzz) = folder() else { return };
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let files: Vec<_> = fs::read_dir(fuzz.join("corpus").join(name))
        .unwrap()
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!files.is_empty());
    for file in &files {
        println!("{}", file.escape_ascii());
        target(file);
    }
    let mut config = Config { failure_persistence: None, ..Config::default() };
    config.cases *= 8;
    TestRunner::new(config)
        .run(&edited(files), |input| {
            target(&input);
            Ok(())
        })
        .unwrap();
}

/// One of the files, with a few edits.
fn edited(files: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), prop::collection::vec(edit(), 1..5)).prop_map(move |(file, edits)| {
        let mut input = file.get(&files).clone();
        for edit in edits {
            edit.change(&mut input, &files);
        }
        input
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    /// Ends with the end of another file.
    Join(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(place, byte)| Edit::Replace(place, byte)),
        (place(), any::<u8>()).prop_map(|(place, byte)| Edit::Insert(place, byte)),
        place().prop_map(Edit::Remove),
        (place(), place()).prop_map(|(place, file)| Edit::Join(place, file)),
    ]
}

impl Edit {
    fn change(self, input: &mut Vec<u8>, files: &[Vec<u8>]) {
        match self {
            Self::Insert(place, byte) => input.insert(place.index(input.len() + 1), byte),
            _ if input.is_empty() => {}
            Self::Replace(place, byte) => *place.get_mut(input) = byte,
            Self::Remove(place) => drop(input.remove(place.index(input.len()))),
            Self::Join(place, file) => {
                let start = place.index(input.len());
                input.truncate(start);
                input.extend(file.get(files).iter().skip(start));
            }
        }
    }
}

macro_rules! targets {
    ($($name:ident)+) => {$(
        #[test]
        fn $name() {
            super::assert_corpus_breaks_no_promise(stringify!($name));
        }
    )+};
}

mod corpus_and_edited_files_break_no_promise {
    targets! {
        authorization forwarding manage_api management network phc_string presented_key sealed_blob stored_row
    }
}
