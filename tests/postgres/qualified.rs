//! Checks that a statement of the PostgreSQL store has every name qualified.

/// Another role can plant an object that is found for a name without a schema, or for an operator that is looked up
/// without a name. (`planted.rs` tests that no planted object runs.)
pub(crate) fn assert_qualified(text: &str) {
    const UNNAMED: [&str; 8] =
        [" IN (", " BETWEEN ", " LIKE ", " DISTINCT FROM ", "NULLIF", "USING (", "CASE c", "\"("];
    // Quoted names become `"`, and text literals become `'`: neither contains a quote of the other kind.
    let bare = without_insides(&without_insides(text, '"'), '\'');
    for form in UNNAMED {
        assert!(!bare.contains(form), "{form}: {text}");
    }
    for named in types(&without_operators(&bare, |_| "$")) {
        assert!(is_qualified_type(named), "the type {named}: {text}");
    }
    let bare = without_operators(&bare, |_| "");
    let bare = bare.replace("SELECT *", "").replace(".*", "").replace("(*)", "()");
    let operators = ['<', '>', '+', '*', '/', '~', '|', '@', '#', '%', '^', '&', '!', '?', '`'];
    assert!(!bare.contains(operators), "an operator: {text}");
    assert!(!bare.contains(" -") && !bare.contains("- "), "an operator: {text}");
    for (at, _) in bare.match_indices('=') {
        assert!(assigns(&bare[..at]), "an operator: {text}");
    }
    for word in bare.split_inclusive(|end: char| !(end.is_alphanumeric() || "_.$\"".contains(end)))
    {
        let name = word.trim_end_matches(|end: char| !(end.is_alphanumeric() || end == '_'));
        let is_function = word.ends_with('(') && name.starts_with(char::is_lowercase);
        let is_qualified = !is_function && !name.starts_with("keyward_");
        assert!(is_qualified || name.starts_with("pg_catalog."), "{name}: {text}");
    }
}

/// Returns the text with empty quotes.
fn without_insides(text: &str, quote: char) -> String {
    text.split(quote).step_by(2).collect::<Vec<_>>().join(&String::from(quote))
}

/// Returns `true` if `=` after this text assigns: it follows a column that follows `SET`, or that follows a comma in
/// the same parentheses as a `SET` whose list has not ended.
fn assigns(before: &str) -> bool {
    let before = before.trim_end();
    let list = before.trim_end_matches(|of: char| of.is_ascii_lowercase() || of == '_').trim_end();
    if list.len() == before.len() || !(list.ends_with(" SET") || list.ends_with(',')) {
        return false;
    }
    let mut closed = 0;
    let mut level = String::new();
    for character in list.chars().rev() {
        match character {
            ')' | ']' => closed += 1,
            '(' | '[' if closed == 0 => break,
            '(' | '[' => closed -= 1,
            _ if closed == 0 => level.insert(0, character),
            _ => {}
        }
    }
    let ends = ["SELECT", "FROM", "WHERE", "RETURNING", "VALUES", "ON", ";"];
    let mut words = level.split_whitespace().rev();
    words.find(|word| *word == "SET" || ends.contains(word)) == Some("SET")
}

/// Returns the words at the positions of types, to the end of the statement.
fn types(bare: &str) -> Vec<&str> {
    let after = |place: &str| bare.match_indices(place).map(|(at, _)| at).collect::<Vec<_>>();
    let mut types: Vec<_> = after("::").into_iter().map(|at| &bare[at + 2..]).collect();
    for start in after("CAST(") {
        let mut open = 0;
        let cast = &bare[start..];
        let types_at = cast.match_indices(['(', ')', ' ']).find_map(|(at, found)| {
            open += i32::from(found == "(") - i32::from(found == ")");
            (open == 1 && cast[at..].starts_with(" AS ")).then_some(at + 4)
        });
        types.push(&cast[types_at.unwrap()..]);
    }
    // A type before a text.
    for at in after("'") {
        let before = bare[..at].trim_end();
        let start = before.rfind(|of: char| !(of.is_alphanumeric() || "_.\"".contains(of)));
        let word = &before[start.map_or(0, |start| start + 1)..];
        types.extend(word.starts_with(|of: char| of.is_lowercase() || of == '"').then_some(word));
    }
    // A statement that creates tables has no aliases, so two adjacent words are a column and its type.
    if ["CREATE TABLE", "ALTER TABLE", "CREATE DOMAIN"].iter().any(|form| bare.contains(form)) {
        let words = bare.split_whitespace();
        for (column, next) in words.clone().zip(words.skip(1)) {
            let is_name = |word: &str| word.starts_with(|of: char| of.is_lowercase() || of == '"');
            let column = column.trim_start_matches('(');
            let is_column = column.ends_with(|of: char| of.is_alphanumeric() || of == '"');
            types.extend((is_name(column) && is_column && is_name(next)).then_some(next));
        }
        for at in after("DOMAIN ") {
            types.push(bare[at..].split_once(" AS ").unwrap().1);
        }
    }
    types
}

/// Returns `true` if a type has its schema, or is a keyword.
fn is_qualified_type(named: &str) -> bool {
    const KEYWORDS: [&str; 4] = ["bigint", "boolean", "integer", "smallint"];
    let end = named.find(|end: char| !(end.is_alphanumeric() || "_.\"".contains(end)));
    let name = &named[..end.unwrap_or(named.len())];
    KEYWORDS.contains(&name)
        || name.strip_prefix("pg_catalog.").is_some_and(|name| !name.is_empty())
        || name.strip_prefix("\".").is_some_and(|name| name.starts_with("keyward_"))
}

/// A statement with something else in place of each qualified operator.
pub(crate) fn without_operators<'t>(text: &'t str, instead: impl Fn(&'t str) -> &'t str) -> String {
    let mut parts = text.split("OPERATOR(pg_catalog.");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (operator, rest) = part.split_once(')').unwrap();
        plain.push_str(instead(operator));
        plain.push_str(rest);
    }
    plain
}
