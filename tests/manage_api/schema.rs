//! Compares a value with a schema of the document: the part of JSON Schema 2020-12 that the document uses.

use serde_json::{Map, Value};

/// The keywords that this checks, and those that only describe.
const KEYWORDS: [&str; 20] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
];

/// The patterns of the document, as a regular expression engine would match them.
fn matches(pattern: &str, text: &str) -> bool {
    let all = |length: std::ops::RangeInclusive<usize>, is: fn(u8) -> bool| {
        length.contains(&text.len()) && text.bytes().all(is)
    };
    match pattern {
        "^[0-9A-Za-z]{12}$" => all(12..=12, |byte| byte.is_ascii_alphanumeric()),
        "^[0-9a-f]{32}$" => {
            all(32..=32, |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        }
        "^[a-z0-9]{2,16}$" => {
            all(2..=16, |byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        }
        other => panic!("teach this the pattern {other}"),
    }
}

/// Returns the first mismatch between a value and its schema, with its path.
pub fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    at(document, schema, value, "")
}

fn at(document: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let schema = schema.as_object().unwrap_or_else(|| panic!("{place}: no schema: {schema}"));
    for keyword in schema.keys() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "teach this the keyword {keyword}");
    }
    if let Some(reference) = schema.get("$ref") {
        let target = reference.as_str().unwrap().strip_prefix('#').unwrap();
        let target = document.pointer(target).unwrap_or_else(|| panic!("no {reference}"));
        at(document, target, value, place)?;
    }
    let fails = |rule: &str| Err(format!("{place}: {rule}: {value}"));
    if let Some(wanted) = schema.get("type") {
        let is = match wanted.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("teach this the type {other}"),
        };
        if !is {
            return fails(&format!("not of the type {wanted}"));
        }
    }
    if schema.get("const").is_some_and(|wanted| wanted != value) {
        return fails("not the constant");
    }
    if let Some(words) = schema.get("enum")
        && !words.as_array().unwrap().contains(value)
    {
        return fails("not one of the words");
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        let shortest = schema.get("minLength").map_or(0, |least| least.as_u64().unwrap());
        let longest = schema.get("maxLength").map_or(u64::MAX, |most| most.as_u64().unwrap());
        if !(shortest..=longest).contains(&length) {
            return fails("its length is wrong");
        }
        if schema.get("pattern").is_some_and(|it| !matches(it.as_str().unwrap(), text)) {
            return fails("not of the pattern");
        }
        let is_time = schema.get("format").is_some_and(|format| format == "date-time");
        if is_time && text.parse::<keyward::time::Timestamp>().is_err() {
            return fails("not a time");
        }
    }
    if let Some(number) = value.as_i64() {
        if schema.get("minimum").is_some_and(|least| number < least.as_i64().unwrap()) {
            return fails("too small");
        }
        if schema.get("maximum").is_some_and(|most| number > most.as_i64().unwrap()) {
            return fails("too large");
        }
    }
    for (keyword, expected) in [("oneOf", 1..=1), ("anyOf", 1..=usize::MAX)] {
        let Some(schemas) = schema.get(keyword) else { continue };
        let tried: Vec<_> = schemas.as_array().unwrap().iter().collect();
        let tried = tried.into_iter().map(|schema| at(document, schema, value, place));
        let (right, wrong): (Vec<_>, Vec<_>) = tried.partition(Result::is_ok);
        if !expected.contains(&right.len()) {
            return fails(&format!("{} of {keyword} match: {wrong:?}", right.len()));
        }
    }
    if let (Some(most), Some(values)) = (schema.get("maxItems"), value.as_array())
        && values.len() as u64 > most.as_u64().unwrap()
    {
        return fails("it has too many items");
    }
    if let (Some(least), Some(values)) = (schema.get("minItems"), value.as_array())
        && (values.len() as u64) < least.as_u64().unwrap()
    {
        return fails("it has too few items");
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (index, value) in values.iter().enumerate() {
            at(document, items, value, &format!("{place}/{index}"))?;
        }
    }
    value.as_object().map_or(Ok(()), |fields| object(document, schema, fields, place))
}

fn object(
    document: &Value,
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    place: &str,
) -> Result<(), String> {
    let none = Map::new();
    let known = schema.get("properties").map_or(&none, |known| known.as_object().unwrap());
    for name in schema.get("required").into_iter().flat_map(|names| names.as_array().unwrap()) {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{place}: lacks {name}"));
        }
    }
    let is_closed = schema.get("additionalProperties").is_some_and(|more| more == false);
    for (name, value) in fields {
        match known.get(name) {
            Some(schema) => at(document, schema, value, &format!("{place}/{name}"))?,
            None if is_closed => return Err(format!("{place}: has {name}, which is unknown")),
            None => {}
        }
    }
    Ok(())
}

#[test]
fn a_value_that_does_not_match_is_noticed() {
    use serde_json::json;
    let document = json!({ "a": { "type": "integer", "minimum": 1 } });
    let schema = json!({
        "type": "object", "required": ["one"], "additionalProperties": false,
        "properties": {
            "one": { "$ref": "#/a" },
            "two": { "anyOf": [{ "type": "null" }, { "enum": ["x"] }] },
            "three": { "type": "array", "items": { "type": "string", "format": "date-time" } },
            "four": { "oneOf": [{ "type": "string" }, { "const": "y" }] },
        },
    });
    let is = |value: Value| check(&document, &schema, &value).is_ok();
    assert!(is(json!({ "one": 1, "two": null, "three": ["2030-01-01T00:00:00Z"], "four": "x" })));
    for wrong in [
        json!({}),
        json!([]),
        json!({ "one": 0 }),
        json!({ "one": "1" }),
        json!({ "one": 1.5 }),
        json!({ "one": 1, "two": "y" }),
        json!({ "one": 1, "three": ["noon"] }),
        json!({ "one": 1, "four": "y" }),
        json!({ "one": 1, "five": 5 }),
    ] {
        assert!(!is(wrong.clone()), "{wrong}");
    }
}
