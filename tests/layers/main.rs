//! A layer imports only the layers above it, and the rules and the policy are pure.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a source that cannot be read has failed the test"
)]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use imports::Modules;

/// From the top to the bottom.
const LAYERS: [&str; 7] = ["values", "kinds", "secrets", "domain", "store", "shell", "adapters"];

/// The adapters between the shell and HTTP.
const SERVES: [&str; 4] = ["adapters/http", "adapters/manage_api", "adapters/page", "adapters/web"];

/// Names that read a clock, draw randomness, wait, or do I/O.
const IMPURE: [&str; 15] = [
    "Clock",
    "Instant",
    "SystemTime",
    "Randomness",
    "getrandom",
    "rand_core",
    "async",
    "await",
    "fs",
    "io",
    "env",
    "process",
    "thread",
    "sync::Mutex",
    "tracing",
];

/// Returns the modules of the crate that a file may import, by its path under `src`. `None` if it has no layer.
fn may_name(file: &str) -> Option<Vec<&'static str>> {
    let top = file.split(['/', '.']).next().unwrap_or_default();
    let upto = |last: &str| {
        let end = LAYERS.iter().position(|layer| *layer == last).unwrap();
        LAYERS.iter().copied().take(end + 1)
    };
    match top {
        "adapters" if SERVES.iter().any(|part| file.starts_with(part)) => Some(LAYERS.to_vec()),
        "adapters" => Some(upto("store").chain(["adapters"]).collect()),
        "conformance" => Some(upto("store").chain(["conformance"]).collect()),
        // The fuzz targets: compiled for fuzzing and tests alone.
        "fuzzing" => Some(LAYERS.iter().copied().chain(["fuzzing"]).collect()),
        "guide" => Some(Vec::new()),
        layer if LAYERS.contains(&layer) => Some(upto(layer).collect()),
        _ => None,
    }
}

/// Returns the problems of a source, one sentence each.
fn offences(file: &str, source: &str) -> Vec<String> {
    if file == "lib.rs" {
        return Vec::new();
    }
    let Some(allowed) = may_name(file) else {
        return vec![format!("{file} belongs to no layer: give it one")];
    };
    // `$crate::$` is followed by a parameter of a macro.
    let code = without_comments(source).replace("$crate::$", "");
    let mut found = Vec::new();
    // Unit tests of every layer may use the memory store. A test module in a file of its own is declared in the middle
    // of the code.
    let code = code.replace("#[cfg(test)]\nmod tests;", "");
    let (shipped, tests) = code.split_once("#[cfg(test)]").unwrap_or((&code, ""));
    let in_tests = named_after(tests, "crate::").into_iter().filter(|it| *it != "adapters");
    for module in named_after(shipped, "crate::").into_iter().chain(in_tests) {
        if module.is_empty() {
            found.push(format!(
                "{file} groups its imports at the root: write a line for each layer"
            ));
        } else if !allowed.contains(&module) && !is_exported(module, &code) {
            found.push(format!("{file} names crate::{module}, which is not above it"));
        }
    }
    if code.contains("super::super") {
        found.push(format!("{file} climbs by super::super: write the path from the crate"));
    }
    if !file.contains('/') && code.contains("super::") {
        found.push(format!("{file} reaches the root by super: write the path from the crate"));
    }
    if file.starts_with("domain/rules") || file.starts_with("domain/policy") {
        let impure = IMPURE.iter().filter(|word| has_word(&code, word));
        found.extend(impure.map(|word| format!("{file} is pure, and names {word}")));
    }
    if !is_of_kinds_or_tests(file) && decides_by_a_kind(shipped) {
        found.push(format!("{file} names a kind: let its specification say what differs"));
    }
    found
}

/// The methods of a store that read.
const READS: [&str; 13] = [
    "credential",
    "workspace",
    "account",
    "credentials",
    "workspaces",
    "credentials_by_id",
    "workspaces_by_id",
    "accounts_by_id",
    "every_workspace",
    "every_account",
    "events",
    "operation",
    "position",
];

/// Returns the calls that read the store, in a file of the shell that must not: only `records` checks the tags. The
/// polls of the feed are allowed.
fn reads_of_the_store(file: &str, source: &str) -> Vec<&'static str> {
    let polls = file == "shell/knowledge/feed.rs";
    if !file.starts_with("shell/") || file == "shell/records.rs" {
        return Vec::new();
    }
    let code = without_comments(source);
    let (shipped, _) = code.split_once("#[cfg(test)]").unwrap_or((&code, ""));
    let code: String = shipped.split_whitespace().collect();
    let polling = ["position", "changes_since"];
    let reads = READS.into_iter().chain(["changes_since"]);
    let forbidden = reads.filter(|method| !(polls && polling.contains(method)));
    forbidden.filter(|method| code.contains(&format!("store.{method}("))).collect()
}

/// Returns `true` if a file is about single kinds, or is compiled only for tests and fuzzers.
fn is_of_kinds_or_tests(file: &str) -> bool {
    ["kinds", "conformance", "fuzzing"].iter().any(|top| file.starts_with(top))
        || ["/tests.rs", "/sample.rs", "/golden.rs"].iter().any(|end| file.ends_with(end))
        || file.contains("/tests/")
}

/// Returns `true` if the code matches on a kind, or compares with one.
fn decides_by_a_kind(code: &str) -> bool {
    ["KindWord::Track", "KindWord::App"].iter().any(|kind| has_word(code, kind))
}

/// An exported macro is at the crate root, in every layer.
fn is_exported(name: &str, code: &str) -> bool {
    code.contains("#[macro_export]") && code.contains(&format!("macro_rules! {name} "))
}

/// Returns the identifiers that follow `prefix`, and an empty one if none does.
fn named_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let identifier = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(identifier))
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            &rest[..rest.find(|c| !identifier(c)).unwrap_or(rest.len())]
        })
        .collect()
}

fn has_word(code: &str, word: &str) -> bool {
    let identifier = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(identifier) && !code[at + word.len()..].starts_with(identifier)
    })
}

fn without_comments(source: &str) -> String {
    let code = |line: &str| match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => line[..at].to_owned() + "\n",
        _ => line.to_owned() + "\n",
    };
    source.lines().map(code).collect()
}

/// The sources of the library. The command in `src/bin` is a crate of its own, which sees only the public API.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("src/bin") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_import_points_up_and_the_decisions_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut found = Vec::new();
    for path in &files {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        found.extend(offences(&file, &fs::read_to_string(path).unwrap()));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    for layer in LAYERS {
        let of_layer = |path: &&PathBuf| path.starts_with(root.join(layer));
        assert!(files.iter().any(|path| of_layer(&path)), "no file of the layer {layer} was read");
    }
}

#[test]
fn the_shell_reads_the_store_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for path in files {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let reads = reads_of_the_store(&file, &fs::read_to_string(&path).unwrap());
        assert!(reads.is_empty(), "{file} reads {reads:?}: read through `Records`, which checks");
    }
    let read = "self.inner.store\n    .events(&query)";
    assert_eq!(reads_of_the_store("shell/manager/history.rs", read), ["events"]);
    assert_eq!(reads_of_the_store("shell/knowledge/feed.rs", read), ["events"]);
    assert!(reads_of_the_store("shell/knowledge/feed.rs", "store.position()").is_empty());
    assert_eq!(reads_of_the_store("shell/rekey.rs", "store.position()"), ["position"]);
    assert!(reads_of_the_store("shell/rekey.rs", "store.retag(&id, &tags)").is_empty());
}

#[test]
fn an_import_that_points_down_is_found() {
    let wrong = [
        ("values/ids.rs", "use crate::secrets::MasterKey;"),
        ("secrets/seal.rs", "use crate::domain::{AccountRecord, Revision};"),
        ("domain/event.rs", "fn f(_: &crate::store::Change) {}"),
        ("domain/rules/deletion.rs", "use crate::shell::Keyward;"),
        ("store/change.rs", "pub(in crate::shell) fn f() {}"),
        ("store.rs", "pub use crate::adapters::MemoryStore;"),
        ("store.rs", "pub use crate::adapters::MemoryStore; #[cfg(test)] mod tests {}"),
        ("store.rs", "#[cfg(test)] mod tests { use crate::shell::Keyward; }"),
        ("store.rs", "use super::shell::Keyward;"),
        ("shell/keyward.rs", "use crate::adapters::MemoryStore;"),
        ("adapters/memory.rs", "use crate::shell::Keyward;"),
        ("conformance/races.rs", "use crate::shell::Keyward;"),
        ("values/ids.rs", "use crate::{values::Name, shell::Keyward};"),
        ("values/ids.rs", "use crate::Keyward;"),
        ("values/ids.rs", "macro_rules! m { () => { $crate::shell::Keyward } }"),
        ("values/ids.rs", "use super::super::shell::Keyward;"),
        ("newcomer/first.rs", ""),
        ("domain/policy/decide.rs", "use crate::values::Clock;"),
        ("domain/policy.rs", "use std::time::{Duration, Instant};"),
        ("domain/rules/rotation.rs", "let now = std::time::SystemTime::now();"),
        ("domain/rules/rotation.rs", "use crate::values::Randomness;"),
        ("domain/rules/rotation.rs", "pub(crate) async fn rotate() {}"),
        ("shell/minting.rs", "match kind { KindWord::Track => true, _ => false }"),
        ("shell/minting.rs", "match kind { KindWord::Track | KindWord::App => true, _ => false }"),
        ("shell/minting.rs", "matches!(kind, KindWord::App if true)"),
        ("shell/minting.rs", "if kind == KindWord::Track { }"),
        ("shell/minting.rs", "match kind { Some(KindWord::Track) => {} _ => {} }"),
        ("shell/minting.rs", "#[cfg(test)]\nmod tests;\nif let KindWord::App = kind { }"),
    ];
    for (file, source) in wrong {
        assert_eq!(offences(file, source).len(), 1, "{file}: {source}");
    }
}

#[test]
fn an_import_that_points_up_is_left_alone() {
    let right = [
        ("lib.rs", "pub use self::shell::Keyward;"),
        ("domain/event.rs", "/// [`Keyward`](crate::Keyward)\nuse crate::values::KindWord;"),
        ("domain/event.rs", "use super::actor::By; // not crate::shell"),
        ("domain/rules/rotation.rs", "use std::time::Duration; use crate::domain::Action;"),
        ("shell/keyward.rs", "use crate::store::AnyStore; use super::stats::Stats;"),
        ("adapters/http/layer.rs", "use crate::shell::Keyward; pub(crate) fn f() {}"),
        ("adapters/sqlite.rs", "use crate::adapters::sql::Version; use crate::secrets::Seal;"),
        ("values/ids.rs", "use other_crate::shell::Thing;"),
        ("domain/rules/limits.rs", "fn clocked(instant: u8) {}"),
        ("kinds/presets.rs", "match kind { KindWord::Track => true, _ => false }"),
        (
            "shell/views.rs",
            "#[cfg(test)] mod tests { fn f() { match kind { KindWord::App => {} } } }",
        ),
        ("domain/sample.rs", "let one = KindWord::App; f(KindWord::Track);"),
        ("store/erased.rs", "#[cfg(test)] mod tests { use crate::adapters::MemoryStore; }"),
        ("conformance/list.rs", "#[macro_export] macro_rules! all { () => { $crate::all! {} } }"),
    ];
    for (file, source) in right {
        assert_eq!(offences(file, source), Vec::<String>::new(), "{file}: {source}");
    }
}

/// The files of the crate with their code, without comments and unit tests.
fn shipped() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let read = |path: PathBuf| {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let code = without_comments(&fs::read_to_string(&path).unwrap());
        let code = code.replace("#[cfg(all(test, feature = \"conformance\"))]", "#[cfg(test)]");
        let code = code.replace("#[cfg(all(test, not(keyward_model)))]", "#[cfg(test)]");
        let code = code.replace("#[cfg(test)]\nmod tests;", "");
        (file, code.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned())
    };
    files.into_iter().map(read).filter(|(file, _)| file != "lib.rs").collect()
}

#[test]
fn no_files_import_from_each_other() {
    let files = shipped();
    let modules = Modules::read(files.iter().map(|(file, code)| (file.as_str(), code.as_str())));
    let cycles = modules.cycles();
    assert!(cycles.is_empty(), "{}", cycles.join("\n"));
}

#[test]
fn at_most_fifty_names_stand_at_the_root() {
    let root =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let code = without_comments(&root);
    let names: Vec<String> = code
        .lines()
        .collect::<String>()
        .split(';')
        .filter_map(|item| item.rsplit_once("pub use self::"))
        .flat_map(|(_, tree)| imports::leaves(tree))
        .collect();
    assert!(names.iter().any(|name| name.ends_with("::Keyward")), "{names:?}");
    assert!((30..=50).contains(&names.len()), "{}: {names:?}", names.len());
}

/// The name of each type that a source defines at any depth, its unit tests included. Aliases are not types.
fn types(code: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for line in code.lines() {
        let line = line.trim_start();
        let unrestricted = line.strip_prefix("pub ").unwrap_or(line);
        let item = match unrestricted.strip_prefix("pub(").and_then(|rest| rest.split_once(')')) {
            Some((_, item)) => item,
            None => unrestricted,
        };
        let kinds = ["struct ", "enum ", "trait "];
        let name = kinds.iter().find_map(|kind| item.trim_start().strip_prefix(kind));
        let name = name.and_then(|rest| rest.split(|c| !is_part(c)).next());
        found.extend(name.filter(|name| name.starts_with(char::is_uppercase)));
    }
    found
}

/// Two adapters may each have a private type of one name. Any other two types may not.
fn namesakes(files: &[(String, String)]) -> Vec<(&str, Vec<&str>)> {
    let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (file, code) in files {
        for name in types(code) {
            homes.entry(name).or_default().push(file);
        }
    }
    let adapter = |file: &&str| file.split(['/', '.']).nth(1).map(str::to_owned);
    let is_private_to_each = |files: &[&str]| {
        let adapters: BTreeSet<_> = files.iter().map(adapter).collect();
        adapters.len() == files.len() && files.iter().all(|file| file.starts_with("adapters/"))
    };
    homes.into_iter().filter(|(_, files)| files.len() > 1 && !is_private_to_each(files)).collect()
}

/// Names that have one meaning in the management API or the page and another in an inner layer.
const NAMED_TWICE: [&str; 3] = ["Change", "Page", "Place"];

#[test]
fn no_two_types_have_one_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let read = |path: PathBuf| {
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        (file, without_comments(&fs::read_to_string(&path).unwrap()))
    };
    // Each file of the page has a template with a row, a line and a list of its own.
    let files: Vec<_> = paths
        .into_iter()
        .map(read)
        .filter(|(file, _)| !file.starts_with("adapters/page"))
        .collect();
    assert!(files.iter().any(|(_, code)| types(code).contains(&"Keyward")));
    let mut found = namesakes(&files);
    found.retain(|(name, _)| !NAMED_TWICE.contains(name));
    assert_eq!(found, []);
}

#[test]
fn two_types_of_one_name_are_found() {
    assert_eq!(types("pub(in crate::a) struct Place<'a>(u8);\nenum Step {}"), ["Place", "Step"]);
    assert_eq!(types("mod tests {\n    trait Known: Sync {}"), ["Known"]);
    assert!(types("let text = \"enum Step\";\nstruct $name;\nimpl Known for u8 {}").is_empty());
    let named = |one: &str, other: &str| {
        namesakes(&[one, other].map(|file| (file.to_owned(), "pub enum One {}".to_owned()))).len()
    };
    assert_eq!(named("store/a.rs", "domain/b/c.rs"), 1);
    assert_eq!(named("store/a.rs", "adapters/http/b.rs"), 1);
    assert_eq!(named("adapters/http/a.rs", "adapters/http/b.rs"), 1);
    assert_eq!(named("adapters/sqlite.rs", "adapters/http/b.rs"), 0);
}

#[test]
fn a_cycle_of_imports_is_found() {
    let cycles = |files: &[(&'static str, &'static str)]| {
        Modules::read(files.iter().copied()).cycles().len()
    };
    let direct =
        [("a.rs", ""), ("a/b.rs", "use super::c::C;"), ("a/c.rs", "use crate::a::b::{self, B};")];
    assert_eq!(cycles(&direct), 1);
    let through_a_reexport = [
        ("a.rs", "mod b;\nmod c;\npub(crate) use self::b::B;\npub use self::c::C;"),
        ("a/b.rs", "use super::C;"),
        ("a/c.rs", "fn f(b: &super::B) {}"),
    ];
    assert_eq!(cycles(&through_a_reexport), 1);
    let parent = [("a.rs", "use self::b::f;\npub fn g() {}"), ("a/b.rs", "use super::g;")];
    assert_eq!(cycles(&parent), 1);
    let by_a_child = [("a.rs", "pub fn g() { b::f() }"), ("a/b.rs", "use super::g;")];
    assert_eq!(cycles(&by_a_child), 1);
    let by_an_imported_module =
        [("a/b.rs", "use super::c;\nfn f() { c::g() }"), ("a/c.rs", "use crate::a::b::f;")];
    assert_eq!(cycles(&by_an_imported_module), 1);
    let three = [
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "use crate::c::C as A;"),
        ("c.rs", "use crate::a::A;"),
    ];
    assert_eq!(cycles(&three), 1);
    let only_handed_on =
        [("a.rs", "pub use self::b::f;\npub fn g() {}"), ("a/b.rs", "use super::g;")];
    assert_eq!(cycles(&only_handed_on), 0);
    let one_way =
        [("a.rs", "use crate::b::B;"), ("b.rs", "pub struct B;"), ("c.rs", "use crate::a::A;")];
    assert_eq!(cycles(&one_way), 0);
}
