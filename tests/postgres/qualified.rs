//! Whether a statement of the PostgreSQL store has every name qualified.

/// Another role can plant what is found for a name without a schema, and for an operator that is looked up without a
/// name. (That nothing planted runs is tested in `planted.rs`.)
pub(crate) fn assert_qualified(text: &str) {
    const UNNAMED: [&str; 7] =
        [" IN (", " BETWEEN ", " LIKE ", " DISTINCT FROM ", "NULLIF", "USING (", "CASE c"];
    const TYPES: [&str; 6] = ["text", "bytea", "timestamptz", "cidr", "jsonb", "record"];
    // Without quoted names and texts, of which none has a quote of the other kind.
    let bare: String = text.split('"').step_by(2).collect();
    let bare: String = bare.split('\'').step_by(2).collect();
    for form in UNNAMED {
        assert!(!bare.contains(form), "{form}: {text}");
    }
    let bare = without_operators(&bare, |_| "");
    let bare = bare.replace("SELECT *", "").replace(".*", "").replace("(*)", "()");
    assert!(!bare.contains(['<', '>', '+', '*', '/', '~', '|']), "an operator: {text}");
    // What is left of `=` assigns.
    for (at, _) in bare.match_indices('=') {
        let clauses = [" SET ", " WHERE ", " ON ", "SELECT ", " AND ", " OR ", " RETURNING "];
        let before = &bare[..at];
        let last = clauses.iter().max_by_key(|clause| before.rfind(**clause)).unwrap();
        assert_eq!(*last, " SET ", "an operator: {text}");
    }
    for word in bare.split_inclusive(|end: char| !(end.is_alphanumeric() || "_.$".contains(end))) {
        let name = word.trim_end_matches(|end: char| !(end.is_alphanumeric() || end == '_'));
        let is_function = word.ends_with('(') && name.starts_with(char::is_lowercase);
        let is_qualified = !is_function && !TYPES.contains(&name) && !name.starts_with("keyward_");
        assert!(is_qualified || name.starts_with("pg_catalog."), "{name}: {text}");
    }
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
