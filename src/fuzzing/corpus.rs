//! The test that replays every file of the committed corpus.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

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

#[test]
fn the_committed_corpus_breaks_no_promise() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    // The published crate does not contain the corpus.
    if !fuzz.exists() {
        return;
    }
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| OsStr::new(name).to_owned()).collect();
    let mut folders: Vec<_> = fs::read_dir(fuzz.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    folders.sort_unstable();
    assert_eq!(folders, names, "each target needs a corpus");
    for (name, target) in TARGETS {
        let files: Vec<_> = fs::read_dir(fuzz.join("corpus").join(name)).unwrap().collect();
        assert!(!files.is_empty(), "{name}");
        for file in files {
            let path = file.unwrap().path();
            println!("{}", path.display());
            target(&fs::read(path).unwrap());
        }
    }
}
