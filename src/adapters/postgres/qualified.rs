//! Qualifies names. A role with the right to create functions or operators in a schema on the search path can plant one that
//! matches a statement better than the system's own, and it would then run with Keyward's rights.
//!
//! Statements are written without qualified names, because SQLite also runs many of them. They follow these rules: keywords are
//! upper case; a function's name is lower case, directly before its parenthesis; and no statement uses a form that looks up an
//! operator without naming it (`IN`, `BETWEEN`, `LIKE`, `IS DISTINCT FROM`, `NULLIF`, `JOIN .. USING`, `CASE .. WHEN` with a
//! value). All qualified operators have the same precedence, higher than a comparison's, so arithmetic beside a comparison is
//! in parentheses. `SET` lists columns one by one.
//!
//! A type is recognised by its position: after `::`, in `CAST(.. AS ..)`, before a text, and after the name of a column or a
//! domain that is created.

use std::fmt::Write;

/// Types that are keywords. They belong to no schema and cannot be qualified.
const KEYWORDS: [&str; 4] = ["bigint", "boolean", "integer", "smallint"];

/// Qualifies every table, function, operator, type and collation of one of Keyward's statements. Names that begin with
/// `keyward_` get `schema`, a quoted identifier, and all others get `pg_catalog`. A qualified name is not changed.
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

/// Returns the length of the next token.
fn length(rest: &str, first: char) -> usize {
    let end = |of: &str, ends: &dyn Fn(char) -> bool| of.find(ends).unwrap_or(of.len());
    match first {
        // A quote within quotes is doubled, which makes two adjacent tokens.
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

/// Returns `true` if the token is a name and not a keyword.
fn is_a_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_lowercase() || matches!(first, '_' | '"'))
}

fn is_a_keyword(token: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(token))
}

/// A statement up to a token.
#[derive(Default)]
struct Qualified<'t> {
    schema: &'t str,
    text: String,
    /// The previous token, other than spaces and comments.
    last: &'t str,
    /// The token before `last`.
    before: &'t str,
    /// The number of open parentheses and brackets.
    depth: usize,
    /// The depth at which `=` assigns.
    assigns: Option<usize>,
    /// The depths at which `AS` names a type.
    casts: Vec<usize>,
    /// The depth at which columns are created.
    columns: Option<usize>,
}

impl<'t> Qualified<'t> {
    fn push(&mut self, token: &'t str, first: char, after: &str) {
        if first.is_whitespace() || token.starts_with("--") {
            self.text.push_str(token);
            return;
        }
        self.enter(token);
        if is_of_an_operator(first) && !self.is_no_operator(token) {
            // Writing to a string does not fail.
            let _ = write!(self.text, "OPERATOR(pg_catalog.{token})");
        } else {
            self.qualify(token, first, after);
            self.text.push_str(token);
        }
        (self.before, self.last) = (self.last, token);
    }

    /// Tracks the clauses and parentheses.
    fn enter(&mut self, token: &str) {
        match token {
            "(" | "[" => {
                self.depth += 1;
                match self.last {
                    // Storage parameters of a table.
                    "WITH" => self.assigns = Some(self.depth),
                    "CAST" => self.casts.push(self.depth),
                    _ => {}
                }
            }
            ")" | "]" => {
                self.depth = self.depth.saturating_sub(1);
                self.assigns = self.assigns.filter(|depth| *depth <= self.depth);
                self.columns = self.columns.filter(|depth| *depth <= self.depth + 1);
                self.casts.pop_if(|depth| *depth > self.depth);
            }
            "SET" => self.assigns = Some(self.depth),
            "WHERE" | "FROM" | "RETURNING" => {
                self.assigns = self.assigns.filter(|depth| *depth != self.depth);
            }
            "TABLE" if self.last == "CREATE" => self.columns = Some(self.depth + 1),
            "DOMAIN" => self.casts.push(self.depth),
            ";" => {
                (self.assigns, self.columns) = (None, None);
                self.casts.clear();
            }
            _ => {}
        }
    }

    /// Returns `true` for the star of all columns or rows, an assignment, or an operator that is already qualified.
    fn is_no_operator(&self, token: &str) -> bool {
        match token {
            _ if self.last == "." => true,
            "*" => matches!(self.last, "(" | "," | "SELECT"),
            // Directly after a column that is set.
            "=" => {
                self.assigns == Some(self.depth)
                    && is_a_name(self.last)
                    && matches!(self.before, "SET" | "," | "(")
            }
            _ => false,
        }
    }

    /// Returns `true` if a word is a type, by its position.
    fn is_a_type(&self, token: &str, after: &str) -> bool {
        let is_cast = match self.last {
            "::" => true,
            "AS" => self.casts.last() == Some(&self.depth),
            _ => false,
        };
        let is_of_a_column = match self.before {
            "(" | "," => self.columns == Some(self.depth),
            "COLUMN" => true,
            _ => false,
        };
        let is_before_a_text = after.trim_start().starts_with('\'');
        is_cast
            || (is_a_name(token) && ((is_of_a_column && is_a_name(self.last)) || is_before_a_text))
    }

    /// Writes the schema of a name.
    fn qualify(&mut self, token: &str, first: char, after: &str) {
        // An index is in the schema of its table, and its name is not qualified when it is created.
        let is_word = is_of_a_word(first) || first == '"';
        if !is_word || after.starts_with('.') || matches!(self.last, "." | "INDEX") {
            return;
        }
        if token.starts_with("keyward_") {
            self.text.push_str(self.schema);
            self.text.push('.');
        } else if (first.is_ascii_lowercase() && after.starts_with('('))
            || (first == '"' && self.last == "COLLATE")
            || (self.is_a_type(token, after) && !is_a_keyword(token))
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
        assert_eq!(qualified(expected, "\"other\""), expected, "a qualified name must not change");
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

    /// By their position, so that a type that no statement uses yet is recognised too.
    #[test]
    fn every_type_of_a_cast_a_column_or_a_text_is_the_systems() {
        for name in ["json", "uuid", "interval", "regclass", "inet", "numeric", "nobody_knows_it"] {
            assert_qualified(
                &format!("SELECT $1::{name}, a::{name}[], CAST(f AS {name}) AS {name}"),
                &format!(
                    "SELECT $1::pg_catalog.{name}, a::pg_catalog.{name}[], \
                     CAST(f AS pg_catalog.{name}) AS {name}"
                ),
            );
            assert_qualified(
                &format!("SELECT {name} '1', CAST((SELECT a AS b) AS {name})"),
                &format!(
                    "SELECT pg_catalog.{name} '1', CAST((SELECT a AS b) AS pg_catalog.{name})"
                ),
            );
            assert_qualified(
                &format!("CREATE TABLE t (a {name} NOT NULL, {name} {name}, CHECK (a IS NULL))"),
                &format!(
                    "CREATE TABLE t (a pg_catalog.{name} NOT NULL, {name} pg_catalog.{name}, \
                     CHECK (a IS NULL))"
                ),
            );
            assert_qualified(
                &format!("ALTER TABLE t ADD COLUMN a {name}; CREATE DOMAIN keyward_d AS {name}"),
                &format!(
                    "ALTER TABLE t ADD COLUMN a pg_catalog.{name}; \
                     CREATE DOMAIN \"s\".keyward_d AS pg_catalog.{name}"
                ),
            );
        }
        assert_qualified("SELECT a::\"char\"", "SELECT a::pg_catalog.\"char\"");
        assert_qualified("SELECT a::keyward_time", "SELECT a::\"s\".keyward_time");
        for keyword in ["bigint", "smallint", "integer", "boolean"] {
            let text = format!("SELECT a::{keyword}, CAST(a AS {keyword})");
            assert_qualified(&text, &text);
        }
    }

    #[test]
    fn only_what_follows_a_column_to_be_set_assigns() {
        assert_qualified(
            "UPDATE t SET a = CASE WHEN b = c THEN 1 END, d = e = f, g = ARRAY[h, i = j]",
            "UPDATE t SET a = CASE WHEN b OPERATOR(pg_catalog.=) c THEN 1 END, \
             d = e OPERATOR(pg_catalog.=) f, g = ARRAY[h, i OPERATOR(pg_catalog.=) j]",
        );
        assert_qualified(
            "UPDATE t SET a = b AND c = d; SELECT e, f = g",
            "UPDATE t SET a = b AND c OPERATOR(pg_catalog.=) d; SELECT e, f OPERATOR(pg_catalog.=) g",
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
