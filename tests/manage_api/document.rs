//! The document against the routes and the answers.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::{HeaderMap, Method, StatusCode};
use keyward::manage_api::DOCUMENT;
use serde_json::Value;

use crate::schema;

pub static PARSED: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(DOCUMENT).unwrap());

/// An answer of the run.
pub struct Answered<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub body: &'a Value,
    pub text: &'a str,
}

/// The operations of the document: path, method and description.
pub fn operations() -> Vec<(&'static str, Method, &'static Value)> {
    let paths = PARSED["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((path.as_str(), method.to_uppercase().parse().unwrap(), operation));
        }
    }
    all
}

/// Returns `true` if a path matches a template such as `/v1/credentials/{credential}:rotate`.
fn is_of(template: &str, path: &str) -> bool {
    let (mut templates, mut segments) = (template.split('/'), path.split('/'));
    loop {
        match (templates.next(), segments.next()) {
            (None, None) => return true,
            (Some(template), Some(segment)) => {
                let fits = match template.split_once('{') {
                    None => template == segment,
                    Some((before, rest)) => {
                        let (_, after) = rest.split_once('}').unwrap();
                        segment
                            .strip_prefix(before)
                            .and_then(|rest| rest.strip_suffix(after))
                            .is_some_and(|id| !id.is_empty() && !id.contains(':'))
                    }
                };
                if !fits {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref") {
        Some(target) => {
            PARSED.pointer(target.as_str().unwrap().strip_prefix('#').unwrap()).unwrap()
        }
        None => value,
    }
}

/// Fails if an answer does not match the document.
pub fn check_answer(answered: &Answered<'_>) {
    let Answered { method, path, status, headers, body, text } = answered;
    let shown = format!("{method} {path}: {status} {text}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert!(headers.get(name).is_some_and(|it| it == value), "{name}: {shown}");
    }
    if status.is_client_error() || status.is_server_error() {
        check_problem(answered, &shown);
    }
    let as_asked = if *method == Method::HEAD { &Method::GET } else { method };
    let operation =
        operations().into_iter().find(|(of, with, _)| with == as_asked && is_of(of, path));
    let Some((_, _, operation)) = operation else {
        let is_preflight = *method == Method::OPTIONS && *status == 204;
        let is_elsewhere = [404, 405, 500].contains(&status.as_u16());
        assert!(is_preflight || is_elsewhere, "not in the document: {shown}");
        return;
    };
    let response = operation["responses"].get(status.as_str());
    let response =
        resolved(response.unwrap_or_else(|| panic!("status not in the document: {shown}")));
    if *method == Method::HEAD {
        assert!(text.is_empty(), "{shown}");
        return;
    }
    match response.get("content") {
        None => assert!(text.is_empty() && !headers.contains_key("content-type"), "{shown}"),
        Some(content) => {
            let (media, form) = content.as_object().unwrap().iter().next().unwrap();
            assert_eq!(headers["content-type"], media.as_str(), "{shown}");
            if let Err(wrong) = schema::check(&PARSED, &form["schema"], body) {
                panic!("{wrong} in {shown}");
            }
        }
    }
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let value = headers.get(name).unwrap_or_else(|| panic!("no {name}: {shown}"));
        let value = Value::String(value.to_str().unwrap().to_owned());
        let header = resolved(header);
        assert_eq!(schema::check(&PARSED, &header["schema"], &value), Ok(()), "{shown}");
    }
    assert_eq!(headers.contains_key("etag"), !response["headers"]["ETag"].is_null(), "{shown}");
}

fn check_problem(answered: &Answered<'_>, shown: &str) {
    if *answered.method == Method::HEAD {
        return;
    }
    let problem = &PARSED["components"]["schemas"]["Problem"];
    assert_eq!(schema::check(&PARSED, problem, answered.body), Ok(()), "{shown}");
    let code = answered.body["code"].as_str().unwrap();
    assert_eq!(answered.body["type"], format!("urn:keyward:problem:{code}"), "{shown}");
    assert_eq!(answered.body["status"], answered.status.as_u16(), "{shown}");
}

/// Each refusal of the rules has a code that the document lists.
#[test]
fn the_document_has_the_code_of_every_refusal() {
    let source = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/rules/refusal/code.rs"),
    );
    let source = source.unwrap();
    let codes: BTreeSet<_> = source
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.split_once('"').map(|(code, _)| code))
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    let known = PARSED["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap();
    let known: BTreeSet<_> = known.iter().map(|code| code.as_str().unwrap()).collect();
    let unknown: Vec<_> = codes.difference(&known).collect();
    assert!(unknown.is_empty(), "add these to openapi.json: {unknown:?}");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn follow(value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref") {
                    let target = target.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(PARSED.pointer(target).is_some(), "{target}");
                }
                fields.values().for_each(follow);
            }
            Value::Array(values) => values.iter().for_each(follow),
            _ => {}
        }
    }
    follow(&PARSED);
}

#[test]
fn operation_ids_are_unique() {
    let all = operations();
    let ids: BTreeSet<_> =
        all.iter().map(|(_, _, it)| it["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len());
}
