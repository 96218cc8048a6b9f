//! Which file imports from which, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::slice;

/// The modules of the crate by their path from the root, each with its code.
pub(crate) struct Modules(BTreeMap<Path, Code>);

/// The segments of a path, such as `["shell", "manager"]`.
type Path = Vec<String>;

/// The code of one file.
#[derive(Default)]
struct Code {
    imports: Vec<Import>,
    /// All of it except for the `use` items.
    body: String,
}

/// One name that a `use` item imports into a module.
struct Import {
    name: String,
    path: Path,
    is_public: bool,
}

/// Replaces the first segment of a path in a visibility, such as `pub(in path)`.
const VISIBILITY: &str = "pub";

/// Re-exports are followed so far.
const MOST_REEXPORTS: usize = 8;

impl Modules {
    /// Reads pairs of a file, such as `shell/manager.rs`, and its code without comments and tests.
    pub(crate) fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let module = |file: &str| segments(&file.trim_end_matches(".rs").replace('/', "::"));
        Self(files.map(|(file, code)| (module(file), Code::read(&module(file), code))).collect())
    }

    /// Describes each set of modules that import from each other, with the imports between them.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let imports: BTreeMap<&Path, BTreeSet<Path>> =
            self.0.keys().map(|module| (module, self.imports_of(module))).collect();
        let reachable: BTreeMap<&Path, BTreeSet<&Path>> =
            imports.keys().map(|module| (*module, reachable(&imports, module))).collect();
        let mut found = Vec::new();
        let mut described = BTreeSet::new();
        for (module, reached) in &reachable {
            if !reached.contains(module) || described.contains(module) {
                continue;
            }
            let cycle: BTreeSet<&Path> =
                reached.iter().copied().filter(|other| reachable[other].contains(module)).collect();
            let between = cycle.iter().flat_map(|from| {
                let within = imports[from].iter().filter(|to| cycle.contains(to));
                within.map(|to| format!("  {} imports from {}", from.join("::"), to.join("::")))
            });
            let heading = format!("{} modules import from each other:", cycle.len());
            found.push(iter::once(heading).chain(between).collect::<Vec<_>>().join("\n"));
            described.extend(cycle);
        }
        found
    }

    /// Returns the modules from which a module imports. A re-export that it does not use itself is not an import.
    fn imports_of(&self, module: &Path) -> BTreeSet<Path> {
        let code = &self.0[module];
        let is_used = |import: &&Import| !import.is_public || code.names(&import.name);
        let imported = code.imports.iter().filter(is_used).map(|import| import.path.clone());
        let named = code.paths().into_iter().filter_map(|path| self.absolute(module, &path));
        let mut homes: BTreeSet<Path> =
            imported.chain(named).filter_map(|path| self.home(&path, 0)).collect();
        homes.remove(module);
        homes
    }

    /// A path in a module's body from the root, if it begins with `crate`, `self`, `super`, a child or an imported module.
    fn absolute(&self, module: &Path, path: &[String]) -> Option<Path> {
        if let Some(path) = from_root(module, path) {
            return Some(path);
        }
        let (first, rest) = path.split_first()?;
        let child = [module.as_slice(), slice::from_ref(first)].concat();
        let mut imports = self.0[module].imports.iter();
        let base = if self.0.contains_key(&child) {
            child
        } else {
            imports.find(|import| import.name == *first)?.path.clone()
        };
        self.0.contains_key(&base).then(|| [&base, rest].concat())
    }

    /// Returns the module that defines the item of a path.
    fn home(&self, path: &[String], reexports: usize) -> Option<Path> {
        let length = (1..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let (module, rest) = path.split_at(length);
        let reexport = rest
            .first()
            .and_then(|name| self.0[module].imports.iter().find(|import| import.name == *name));
        match reexport {
            Some(import) if reexports < MOST_REEXPORTS => {
                self.home(&[&import.path, &rest[1..]].concat(), reexports + 1)
            }
            Some(_) | None => Some(module.to_vec()),
        }
    }
}

impl Code {
    fn read(module: &Path, code: &str) -> Self {
        let mut read = Self::default();
        let mut rest = code;
        while let Some(at) = first_use(rest) {
            let (before, item) = rest.split_at(at);
            let (tree, behind) = item.split_once(';').unwrap_or((item, ""));
            let line = before.rsplit('\n').next().unwrap_or_default();
            let is_public = line.trim_start().starts_with("pub");
            let imports = leaves(tree.trim_start_matches("use")).into_iter().filter_map(|leaf| {
                let (path, alias) = leaf.split_once(" as ").unwrap_or((&leaf, ""));
                let path = from_root(module, &segments(path.trim_end_matches("::self")))?;
                let name = if alias.is_empty() { path.last()?.clone() } else { alias.to_owned() };
                Some(Import { name, path, is_public })
            });
            read.imports.extend(imports);
            read.body.push_str(before);
            rest = behind;
        }
        read.body.push_str(rest);
        read
    }

    fn names(&self, word: &str) -> bool {
        words(&self.body).any(|(_, found)| found == word)
    }

    /// Returns the paths of two or more segments, except for those in visibilities.
    fn paths(&self) -> Vec<Path> {
        let mut found: Vec<Path> = Vec::new();
        let mut end = 0;
        for (at, word) in words(&self.body) {
            match found.last_mut() {
                Some(path) if self.body[end..at] == *"::" => path.push(word.to_owned()),
                Some(_) | None => {
                    let names =
                        if self.body[..at].ends_with("pub(in ") { VISIBILITY } else { word };
                    found.push(vec![names.to_owned()]);
                }
            }
            end = at + word.len();
        }
        found
            .retain(|path| path.len() > 1 && path.first().is_some_and(|first| first != VISIBILITY));
        found
    }
}

/// A path that begins with `crate`, `self` or `super`, from the root.
fn from_root(module: &[String], path: &[String]) -> Option<Path> {
    let (first, rest) = path.split_first()?;
    let base = match first.as_str() {
        "crate" => &[],
        "self" => module,
        "super" => module.split_last()?.1,
        _ => return None,
    };
    Some([base, rest].concat())
}

fn segments(path: &str) -> Path {
    path.split("::").map(|segment| segment.trim().to_owned()).collect()
}

/// Returns the start of the first `use` item.
fn first_use(code: &str) -> Option<usize> {
    words(code)
        .find(|(at, word)| *word == "use" && code[at + 3..].starts_with(' '))
        .map(|(at, _)| at)
}

/// The identifiers and keywords, each with its place.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let begins =
        code.char_indices().filter(move |(at, c)| is_part(*c) && !code[..*at].ends_with(is_part));
    begins.map(move |(at, _)| {
        let rest = &code[at..];
        (at, &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())])
    })
}

/// The paths of a `use` tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
pub(crate) fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let group = group.trim_end().trim_end_matches('}');
    let mut depth = 0;
    let parts = group.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(leaves)
        .map(|leaf| format!("{}{leaf}", prefix.trim()))
        .collect()
}

fn reachable<'a>(imports: &'a BTreeMap<&Path, BTreeSet<Path>>, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Path> = imports[from].iter().collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(&imports[module]);
        }
    }
    reached
}
