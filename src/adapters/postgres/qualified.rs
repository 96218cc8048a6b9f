//! Qualified names. A role that may create functions or operators in a schema on the search path can plant one that
//! fits a statement better than the system's own, and it then runs with Keyward's rights.
//!
//! Statements are written without qualified names, since SQLite runs many of them too. They keep these rules:
//! keywords are in capitals, a function's name is in small letters directly before its parenthesis, and no form is
//! used that looks up an operator without naming it (`IN`, `BETWEEN`, `LIKE`, `IS DISTINCT FROM`, `NULLIF`,
//! `JOIN .. USING`, `CASE .. WHEN` with a value). A qualified operator binds as strongly as any other and more
//! strongly than a comparison, so parentheses stand around arithmetic beside a comparison.

use std::fmt::Write;

/// The system's types among the names that a statement may have. (`bigint` and `smallint` are keywords.)
const TYPES: [&str; 6] = ["bytea", "cidr", "jsonb", "record", "text", "timestamptz"];

/// Qualifies every table, function, operator, type and collation of a statement of Keyward's own: what begins with
/// `keyward_` is in `schema`, an identifier in quotes, and all else in `pg_catalog`. A name that is qualified stays.
pub(super) fn qualified(text: &str, schema: &str) -> String {
    let mut statement =
        Qualified { schema, text: String::with_capacity(2 * text.len()), ..Qualified::default() };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(length(rest, first));
        statement.push(token, first, after);
        rest = after;
    }
    statement.text
}

/// How long the next token is.
fn length(rest: &str, first: char) -> usize {
    let end = |of: &str, ends: &dyn Fn(char) -> bool| of.find(ends).unwrap_or(of.len());
    match first {
        // A quote within quotes is written twice, which are then two tokens side by side.
        '\'' | '"' => {
            let (_, inside) = rest.split_at(1);
            inside.find(first).map_or(rest.len(), |at| at + 2)
        }
        '-' if rest.starts_with("--") => end(rest, &|next| next == '\n'),
        ':' if rest.starts_with("::") => 2,
        '$' => 1 + end(rest.get(1..).unwrap_or_default(), &|next| !is_of_a_word(next)),
        _ if first.is_whitespace() => end(rest, &|next| !next.is_whitespace()),
        _ if is_of_a_word(first) => end(rest, &|next| !is_of_a_word(next)),
        _ if is_of_an_operator(first) => end(rest, &|next| !is_of_an_operator(next)),
        _ => first.len_utf8(),
    }
}

const fn is_of_a_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

const fn is_of_an_operator(character: char) -> bool {
    matches!(
        character,
        '+' | '-'
            | '*'
            | '/'
            | '<'
            | '>'
            | '='
            | '~'
            | '!'
            | '@'
            | '#'
            | '%'
            | '^'
            | '&'
            | '|'
            | '`'
            | '?'
    )
}

/// A statement up to some token.
#[derive(Default)]
struct Qualified<'t> {
    schema: &'t str,
    text: String,
    /// The token before, neither space nor comment.
    last: &'t str,
    /// How many parentheses are open.
    depth: usize,
    /// The depth at which `=` assigns.
    assigns: Option<usize>,
}

impl<'t> Qualified<'t> {
    fn push(&mut self, token: &'t str, first: char, after: &str) {
        if first.is_whitespace() || token.starts_with("--") {
            self.text.push_str(token);
            return;
        }
        match token {
            "(" => {
                self.depth += 1;
                // Parameters of a table's storage.
                if self.last == "WITH" {
                    self.assigns = Some(self.depth);
                }
            }
            ")" => {
                self.depth = self.depth.saturating_sub(1);
                self.assigns = self.assigns.filter(|depth| *depth <= self.depth);
            }
            "SET" => self.assigns = Some(self.depth),
            "WHERE" | "FROM" | "RETURNING" => {
                self.assigns = self.assigns.filter(|depth| *depth != self.depth);
            }
            _ => {}
        }
        if is_of_an_operator(first) && !self.is_no_operator(token) {
            // Writing to a string does not fail.
            let _ = write!(self.text, "OPERATOR(pg_catalog.{token})");
        } else {
            self.qualify(token, first, after);
            self.text.push_str(token);
        }
        self.last = token;
    }

    /// The star of all columns or rows, an assignment, or an operator that is qualified.
    fn is_no_operator(&self, token: &str) -> bool {
        match token {
            _ if self.last == "." => true,
            "*" => matches!(self.last, "(" | "," | "SELECT"),
            "=" => self.assigns == Some(self.depth),
            _ => false,
        }
    }

    /// Writes the schema of a name.
    fn qualify(&mut self, token: &str, first: char, after: &str) {
        // An index is in the schema of its table, and its name is not qualified where it is created.
        if self.last == "." || self.last == "INDEX" {
            return;
        }
        if token.starts_with("keyward_") {
            self.text.push_str(self.schema);
            self.text.push('.');
        } else if (first.is_ascii_lowercase() && after.starts_with('('))
            || TYPES.iter().any(|name| name.eq_ignore_ascii_case(token))
            || (first == '"' && self.last == "COLLATE")
        {
            self.text.push_str("pg_catalog.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::qualified;

    #[track_caller]
    fn assert_qualified(text: &str, expected: &str) {
        assert_eq!(qualified(text, "\"s\""), expected);
        assert_eq!(qualified(expected, "\"other\""), expected, "what is qualified stays");
    }

    #[test]
    fn tables_and_types_of_keyward_are_in_its_schema() {
        assert_qualified(
            "SELECT c.id FROM keyward_uses c, keyward_time",
            "SELECT c.id FROM \"s\".keyward_uses c, \"s\".keyward_time",
        );
        assert_qualified(
            "CREATE UNIQUE INDEX keyward_some ON keyward_uses (at)",
            "CREATE UNIQUE INDEX keyward_some ON \"s\".keyward_uses (at)",
        );
    }

    #[test]
    fn functions_are_the_systems_and_keywords_are_none() {
        assert_qualified(
            "SELECT count(*), COALESCE(max(version), 0), new.*, * FROM t AS new (a)",
            "SELECT pg_catalog.count(*), COALESCE(pg_catalog.max(version), 0), new.*, * FROM t AS new (a)",
        );
    }

    #[test]
    fn operators_are_the_systems_and_assignments_are_none() {
        assert_qualified(
            "UPDATE t SET a = b * 2, c = (SELECT d = 1 WHERE e = 2) WHERE f <> ALL($1) RETURNING g = h",
            "UPDATE t SET a = b OPERATOR(pg_catalog.*) 2, c = (SELECT d OPERATOR(pg_catalog.=) 1 \
             WHERE e OPERATOR(pg_catalog.=) 2) WHERE f OPERATOR(pg_catalog.<>) ALL($1) \
             RETURNING g OPERATOR(pg_catalog.=) h",
        );
        assert_qualified(
            "WITH x AS (UPDATE t SET a = 1) SELECT b = 2",
            "WITH x AS (UPDATE t SET a = 1) SELECT b OPERATOR(pg_catalog.=) 2",
        );
        assert_qualified(
            "CREATE TABLE t (a bigint CHECK (a >= 1)) WITH (fillfactor = 50); SELECT 1 = -1",
            "CREATE TABLE t (a bigint CHECK (a OPERATOR(pg_catalog.>=) 1)) WITH (fillfactor = 50); \
             SELECT 1 OPERATOR(pg_catalog.=) OPERATOR(pg_catalog.-)1",
        );
    }

    #[test]
    fn types_and_collations_are_the_systems() {
        assert_qualified(
            "SELECT $1::text[], CAST($2 AS TEXT), \"text\", d.text, a COLLATE \"C\" FROM d",
            "SELECT $1::pg_catalog.text[], CAST($2 AS pg_catalog.TEXT), \"text\", d.text, \
             a COLLATE pg_catalog.\"C\" FROM d",
        );
    }

    #[test]
    fn texts_and_comments_stay() {
        for text in
            ["SELECT 'it''s keyward_x = f(1)'", "-- keyward_x = f(1)\nSELECT 1", "SELECT 'a"]
        {
            assert_qualified(text, text);
        }
    }
}
