//! The documents name only tests and files that exist.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read has failed the test")]

#[path = "documents/json_shapes.rs"]
mod json_shapes;

use std::fs;
use std::path::{Path, PathBuf};

/// The documents that name tests, and how many each names at least.
const DOCUMENTS: [(&str, usize); 12] = [
    ("docs/command.md", 1),
    ("docs/threats.md", 50),
    ("docs/asvs.md", 50),
    ("docs/cryptography.md", 10),
    ("docs/mutants.md", 6),
    ("docs/proof.md", 60),
    ("docs/json.md", 1),
    ("docs/privacy.md", 7),
    ("SECURITY.md", 0),
    ("DESIGN.md", 0),
    ("docs/benchmarks.md", 0),
    ("CONTRIBUTING.md", 0),
];

/// The crates that do cryptography, and the folder or file that may use each.
const CRYPTOGRAPHY: [(&str, &[&str]); 9] = [
    // A drill signs, as GitHub does.
    ("p256", &["src/secrets/", "src/bin/keyward/commands/leak_drill/"]),
    ("argon2", &["src/secrets/"]),
    ("chacha20poly1305", &["src/secrets/"]),
    ("hkdf", &["src/secrets/"]),
    ("hmac", &["src/secrets/"]),
    ("sha2", &["src/secrets/"]),
    ("subtle", &["src/secrets/"]),
    ("getrandom", &["src/values/random.rs"]),
    ("crc32fast", &["src/values/base62.rs"]),
];

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// Returns the texts between backticks that name a file of this repository, with or without `::` and a name.
fn references(document: &str) -> Vec<&str> {
    let ours = ["tests/", "src/", "benches/", "contrib/", "examples/", "fuzz/", ".ci/"];
    let quoted = document.split('`').skip(1).step_by(2);
    quoted.filter(|text| ours.iter().any(|folder| text.starts_with(folder))).collect()
}

/// Returns `true` if the file is in a folder that the published crate does not contain.
fn is_unpublished(file: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["fuzz", ".ci"].iter().any(|folder| file.starts_with(folder) && !root.join(folder).exists())
}

/// Returns the problem of a reference, if it has one.
fn offence(reference: &str) -> Option<String> {
    let (file, name) = match reference.split_once("::") {
        Some((file, name)) => (file, Some(name)),
        None => (reference, None),
    };
    // A command may go on after the file.
    let file = file.split(' ').next().unwrap_or(file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if is_unpublished(file) {
        return None;
    }
    let Some(name) = name else {
        return (!path.exists()).then(|| format!("{file} does not exist"));
    };
    let Some(source) = read(file) else {
        return Some(format!("{file} does not exist"));
    };
    let is_case = file.starts_with("src/conformance/");
    (!is_test(&source, name, is_case)).then(|| format!("{file} has no test {name}"))
}

/// Returns `true` if the source has a function of this name under `#[test]` or a similar attribute. A case of the
/// conformance suite is a public function, from which a macro makes the tests.
fn is_test(source: &str, name: &str, is_case: bool) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let beginnings =
        ["fn ", "async fn ", "pub fn ", "pub async fn "].map(|it| format!("{it}{name}"));
    lines.iter().enumerate().any(|(number, line)| {
        let rest = beginnings.iter().find_map(|beginning| line.strip_prefix(beginning.as_str()));
        let named = rest.is_some_and(|rest| rest.starts_with(['(', '<']));
        let marked = attributes_above(&lines, number)
            .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        // An ignored test shows nothing.
        let ignored = attributes_above(&lines, number).any(|line| line.starts_with("#[ignore"));
        named && !ignored && (marked || (is_case && line.starts_with("pub")))
    })
}

/// The attributes and comments that stand directly above a line.
fn attributes_above<'s>(lines: &'s [&'s str], number: usize) -> impl Iterator<Item = &'s str> {
    lines.iter().take(number).rev().copied().take_while(|line| line.starts_with(['#', '/']))
}

/// The documents at the root and in `docs`.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs/"];
    let files = folders.iter().flat_map(|folder| {
        fs::read_dir(root.join(folder)).unwrap().map(move |entry| {
            format!("{folder}{}", entry.unwrap().file_name().into_string().unwrap())
        })
    });
    files.filter(|file| Path::new(file).extension().is_some_and(|it| it == "md")).collect()
}

/// The anchor that a heading gets: lower case, hyphens for blanks, and no other punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Every Rust source under a folder, as a path from the crate's root.
fn sources(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn every_test_that_a_document_names_exists() {
    for (document, least) in DOCUMENTS {
        let text = read(document).unwrap();
        let references = references(&text);
        let tests = references.iter().filter(|reference| reference.contains("::")).count();
        assert!(tests >= least, "{document} names {tests} tests");
        let offences: Vec<String> = references.into_iter().filter_map(offence).collect();
        assert!(offences.is_empty(), "{document}: {offences:#?}");
    }
}

/// `Cargo.toml` lists the test programs, and `tests/in_memory.rs` the files that share one: a file in neither is never run.
#[test]
fn every_file_of_tests_is_run() {
    let manifest = read("Cargo.toml").unwrap();
    let shared = read("tests/in_memory.rs").unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_program =
            path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").exists();
        if is_program {
            files += 1;
            let name = path.file_stem().unwrap().to_str().unwrap();
            let is_run = manifest.contains(&format!("[[test]]\nname = \"{name}\"\n"))
                || shared.lines().any(|line| line == format!("mod {name};"));
            assert!(is_run, "{}: neither in Cargo.toml nor in tests/in_memory.rs", path.display());
        }
    }
    assert!(files > 40, "{files} files");
}

/// A test runs the example, and a newcomer copies the text.
#[test]
fn the_program_of_the_readme_is_the_example() {
    let example = read("examples/first_request/main.rs").unwrap();
    let (_, example) = example.split_once("\n\n").unwrap();
    for document in ["README.md", "src/guide/first_hour.rs"] {
        let text = read(document).unwrap();
        let bare =
            |line| str::strip_prefix(line, "//!").map(|it| it.strip_prefix(' ').unwrap_or(it));
        let text: Vec<_> = text.lines().map(|line| bare(line).unwrap_or(line)).collect();
        let program: Vec<_> = example.lines().collect();
        let found = text.windows(program.len()).any(|window| window == program);
        assert!(found, "{document} does not contain examples/first_request/main.rs");
    }
}

/// The code blocks of a guide that are compiled, each with its lines.
fn compiled_blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.lines() {
        let line = line.strip_prefix("//!").map_or(line, |it| it.strip_prefix(' ').unwrap_or(it));
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(language), None) => open = Some((language, Vec::new())),
            (Some(_), Some((language, lines))) => {
                if ["", "no_run"].contains(&language) {
                    blocks.push(lines);
                }
            }
            (None, Some((language, mut lines))) => {
                lines.push(line);
                open = Some((language, lines));
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// Returns `true` for a line that the documentation does not show.
fn is_hidden(line: &str) -> bool {
    let line = line.trim_start();
    line == "#" || line.starts_with("# ")
}

/// A reader pastes what the page shows. A hidden line would be missing.
#[test]
fn the_blocks_of_the_guides_show_every_line() {
    // How many blocks of a guide are not whole, because its text says where they belong or what stands in for a dependency.
    let parts = [
        ("databases.rs", 1), // a line of `main`
        ("first_hour.rs", 2),
        ("frameworks.rs", 1), // the module in which a recipe is
        ("mounting.rs", 1),
        ("scopes.rs", 2),
        ("serverless.rs", 3),
        ("testing.rs", 3),
        ("walk.rs", 6), // the steps of one program
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let text = read(format!("src/guide/{file}")).unwrap();
        let blocks = compiled_blocks(&text);
        let found = blocks.iter().filter(|lines| lines.iter().any(|line| is_hidden(line))).count();
        let expected =
            parts.iter().find(|(name, _)| *name == file).map_or(0, |(_, number)| *number);
        assert_eq!(found, expected, "{file}: the blocks with a hidden line");
    }
}

/// A reader pastes each step in front of the end of the first one.
#[test]
fn the_steps_of_the_walk_are_the_example() {
    let guide = read("src/guide/walk.rs").unwrap();
    let mut steps = compiled_blocks(&guide).into_iter();
    let mut program: Vec<String> = steps.next().unwrap().into_iter().map(str::to_owned).collect();
    let end = program.split_off(program.len() - 2);
    assert_eq!(end, ["    Ok(())", "}"]);
    for step in steps {
        program.push(String::new());
        let shown = step.into_iter().filter(|line| !is_hidden(line));
        program.extend(shown.map(|line| format!("    {line}").trim_end().to_owned()));
    }
    program.extend(end);
    let example = read("examples/walk.rs").unwrap();
    let (_, example) = example.split_once("\n\n").unwrap();
    assert_eq!(program, example.lines().collect::<Vec<_>>(), "examples/walk.rs");
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut links = 0;
    for document in documents() {
        let text = read(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => root.join(&document),
                file => root.join(&document).parent().unwrap().join(file),
            };
            assert!(path.exists() || is_unpublished(file), "{document}: {target}");
            if !heading.is_empty() {
                let other = fs::read_to_string(path).unwrap();
                let mut headings = other.lines().filter(|line| line.starts_with('#'));
                let found =
                    headings.any(|line| anchor(line.trim_start_matches('#').trim()) == heading);
                assert!(found, "{document}: {target}");
            }
        }
    }
    assert!(links > 30, "{links} links");
}

#[test]
fn every_threat_names_what_shows_its_defence() {
    let text = read("docs/threats.md").unwrap();
    let (_, ways) = text.split_once("## The defences").unwrap();
    let rows: Vec<&str> = ways.lines().filter(|line| line.starts_with("| ")).collect();
    let threats = rows.iter().filter(|row| !row.starts_with("| threat |"));
    assert!(rows.len() > 40, "{} rows", rows.len());
    for row in threats {
        let shown_by = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap();
        assert!(!references(shown_by).is_empty(), "{row}");
    }
}

#[test]
fn only_the_secrets_do_cryptography() {
    let mut named = std::collections::BTreeSet::new();
    for file in sources("src") {
        let source = read(&file).unwrap();
        for (crate_name, homes) in CRYPTOGRAPHY {
            let used = [
                format!("use {crate_name}::"),
                format!(" {crate_name}::"),
                format!("({crate_name}::"),
            ]
            .iter()
            .any(|form| {
                source.lines().any(|line| {
                    !line.trim_start().starts_with("//")
                        && format!(" {}", line.trim()).contains(form.as_str())
                })
            });
            if used {
                named.insert(crate_name);
                let is_home = homes.iter().any(|home| file.starts_with(home));
                assert!(is_home, "{file} names {crate_name}, which is for {homes:?}");
            }
        }
    }
    assert_eq!(named.len(), CRYPTOGRAPHY.len(), "only these are named: {named:?}");
}

/// The table in `DESIGN.md` lists the purpose of each dependency and the rejected alternatives.
#[test]
fn every_dependency_is_in_the_table() {
    let manifest = read("Cargo.toml").unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (section, _) = rest.split_once("\n[").unwrap();
    let named = section.lines().filter(|line| !line.starts_with('#'));
    let crates: Vec<&str> = named.filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert!(crates.len() > 30, "{crates:?}");
    let design = read("DESIGN.md").unwrap();
    let (_, table) = design.split_once("## The dependencies").unwrap();
    let firsts = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let said: Vec<&str> = firsts.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let missing: Vec<_> = crates.into_iter().filter(|name| !said.contains(name)).collect();
    assert!(missing.is_empty(), "not in DESIGN.md: {missing:?}");
}

#[test]
fn a_reference_to_what_does_not_exist_is_found() {
    let text = "`tests/documents.rs::references` `tests/none.rs::a` `tests/none.rs` and `Cargo.toml`, \
                `tests/documents.rs::every_test_that_a_document_names_exists` `tests/documents.rs`";
    let offences: Vec<String> = references(text).into_iter().filter_map(offence).collect();
    assert_eq!(
        offences,
        [
            "tests/documents.rs has no test references",
            "tests/none.rs does not exist",
            "tests/none.rs does not exist",
        ]
    );
}
