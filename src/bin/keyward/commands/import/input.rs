//! The rows of the input, in CSV or JSON lines.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, StringRecord};
use serde_json::Value;
use zeroize::Zeroizing;

use super::fields::{Fields, is_field, shown};
use crate::arguments::RowSyntax;
use crate::failure::Failure;

/// The start of the name of a CSV column with a label.
const LABEL: &str = "label.";

/// Returns the syntax of a file by its name.
pub(super) fn syntax_of(path: &Path) -> Result<RowSyntax, Failure> {
    match path.extension().and_then(OsStr::to_str) {
        Some("csv") => Ok(RowSyntax::Csv),
        Some("jsonl" | "ndjson") => Ok(RowSyntax::JsonLines),
        _ => Err(Failure::usage(
            "the name of the input does not show its syntax: add `--syntax csv` or `--syntax json-lines`",
        )),
    }
}

/// Calls `take` with each row: its line, and its fields or why they cannot be read. Fails if the following rows cannot be read either.
pub(super) fn read(
    source: impl Read,
    syntax: RowSyntax,
    take: impl FnMut(u64, Result<Fields, String>),
) -> Result<(), Failure> {
    match syntax {
        RowSyntax::Csv => read_csv(source, take),
        RowSyntax::JsonLines => read_json_lines(source, take),
    }
}

fn read_csv(
    source: impl Read,
    mut take: impl FnMut(u64, Result<Fields, String>),
) -> Result<(), Failure> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(WholeLines::of(source));
    let Some((_, columns)) = next_row(&mut reader)? else { return Ok(()) };
    check_columns(&columns)?;
    while let Some((line, row)) = next_row(&mut reader)? {
        if row.len() != columns.len() {
            let (cells, expected) = (row.len(), columns.len());
            return Err(nothing_imported(&format!(
                "line {line}: the row has {cells} cells, and the first line has {expected}"
            )));
        }
        let mut fields = Fields::default();
        for (column, cell) in columns.iter().zip(&row) {
            match column.strip_prefix(LABEL) {
                None => fields.set(column, value_of(column, cell)),
                Some(_) if cell.is_empty() => {}
                Some(label) => fields.set_label(label, cell),
            }
        }
        take(line, Ok(fields));
    }
    Ok(())
}

/// Reads the next row and its line.
fn next_row<R: Read>(
    reader: &mut csv::Reader<WholeLines<R>>,
) -> Result<Option<(u64, StringRecord)>, Failure> {
    let mut row = ByteRecord::new();
    // The text of the error can contain a part of the input.
    let read = reader.read_byte_record(&mut row);
    if !read.map_err(|_| nothing_imported("the input cannot be read"))? {
        return Ok(None);
    }
    // The position of the row itself is before the empty lines in front of it.
    let within =
        row.iter().map(|cell| cell.split(|byte| *byte == b'\n').count() - 1).sum::<usize>() as u64;
    let line = reader.position().line().saturating_sub(1 + within);
    // No field can have a line break. A quote that is never closed would swallow the rows behind it.
    if within > 0 {
        // Such a row has no end of its own.
        let is_open = row.iter().next_back().is_some_and(|cell| cell.ends_with(b"\n"));
        let line = line + u64::from(is_open);
        let why = format!("line {line}: a cell has a line break: close its quote");
        return Err(nothing_imported(&why));
    }
    let row = StringRecord::from_byte_record(row)
        .map_err(|_| nothing_imported(&format!("line {line}: the row is not UTF-8")))?;
    Ok(Some((line, row)))
}

fn nothing_imported(why: &str) -> Failure {
    Failure::usage(format!("{why}: nothing was imported"))
}

/// A source in which every line ends in a line feed, also the last one and those that end in a carriage return and a line feed.
struct WholeLines<R> {
    source: BufReader<R>,
    line: Zeroizing<Vec<u8>>,
    at: usize,
}

impl<R: Read> WholeLines<R> {
    fn of(source: R) -> Self {
        Self { source: BufReader::new(source), line: Zeroizing::default(), at: 0 }
    }

    fn next_line(&mut self) -> io::Result<()> {
        self.line.clear();
        self.at = 0;
        self.source.read_until(b'\n', &mut self.line)?;
        if self.line.pop_if(|last| *last == b'\n').is_some() {
            self.line.pop_if(|last| *last == b'\r');
        } else if self.line.is_empty() {
            return Ok(());
        }
        self.line.push(b'\n');
        Ok(())
    }
}

impl<R: Read> Read for WholeLines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.next_line()?;
        }
        let mut rest = self.line.get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

fn check_columns(columns: &StringRecord) -> Result<(), Failure> {
    for (place, column) in columns.iter().enumerate() {
        let wrong = |why: &str| {
            nothing_imported(&format!("line 1: column {} {} {why}", place + 1, shown(column)))
        };
        // A list in a cell would need a syntax of its own.
        let is_known = is_field(column) && column != "labels";
        if !is_known && !column.starts_with(LABEL) {
            return Err(if is_separated_otherwise(column) {
                nothing_imported(
                    "line 1: the columns are separated by commas: export the file again with commas",
                )
            } else {
                wrong("is unknown")
            });
        }
        if columns.iter().take(place).any(|earlier| earlier == column) {
            return Err(wrong("appears twice"));
        }
    }
    Ok(())
}

/// Returns `true` if this is more than one column, as a spreadsheet writes them in some languages.
fn is_separated_otherwise(column: &str) -> bool {
    let mut parts = column.split([';', '\t', '|']).map(|part| part.trim_matches('"'));
    column.contains([';', '\t', '|']) && parts.any(is_field)
}

/// Returns the value of a cell. An empty one is null.
fn value_of(column: &str, cell: &str) -> Value {
    let words = || cell.split_whitespace().map(|word| Value::String(word.to_owned())).collect();
    match (column, cell) {
        (_, "") => Value::Null,
        ("disabled", "true") => Value::Bool(true),
        ("disabled", "false") => Value::Bool(false),
        ("scopes", "all" | "none") | ("networks", "any") => Value::String(cell.to_owned()),
        ("scopes" | "networks", _) => Value::Array(words()),
        _ => Value::String(cell.to_owned()),
    }
}

fn read_json_lines(
    source: impl Read,
    mut take: impl FnMut(u64, Result<Fields, String>),
) -> Result<(), Failure> {
    let mut reader = BufReader::new(source);
    let mut text = Zeroizing::new(String::new());
    for line in 1.. {
        text.clear();
        let read = reader.read_line(&mut text).map_err(|error| {
            nothing_imported(&format!("line {line}: the input cannot be read ({})", error.kind()))
        })?;
        if read == 0 {
            break;
        }
        if !text.trim().is_empty() {
            take(line, fields_of(&text));
        }
    }
    Ok(())
}

fn fields_of(text: &str) -> Result<Fields, String> {
    // The text of the error can contain a value.
    let fields: Fields = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            "the line is not a JSON object that has each field once".to_owned()
        }
        _ => format!("the line is not JSON, at column {}", error.column()),
    })?;
    fields.check_names()?;
    Ok(fields)
}
