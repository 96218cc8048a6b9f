//! Reads the page's own HTML: its forms, links and texts.

/// A form, with the values that a browser would send.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub is_post: bool,
    pub fields: Vec<(String, String)>,
}

impl Form {
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn body(&self) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields);
        body.finish()
    }
}

/// Returns the forms of a page.
pub fn forms(html: &str) -> Vec<Form> {
    let mut found = Vec::new();
    for part in html.split("<form ").skip(1) {
        let (open, rest) = part.split_once('>').unwrap();
        let inner = rest.split("</form>").next().unwrap();
        found.push(Form {
            action: attribute(open, "action").unwrap_or_default(),
            is_post: attribute(open, "method").as_deref() == Some("post"),
            fields: fields(inner),
        });
    }
    found
}

fn fields(inner: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (at, _) in inner.match_indices('<') {
        let tag = &inner[at + 1..];
        let open = &tag[..tag.find('>').unwrap_or(tag.len())];
        let Some(name) = attribute(open, "name") else { continue };
        if open.starts_with("input ") {
            let kind = attribute(open, "type").unwrap_or_default();
            let is_sent = !matches!(kind.as_str(), "radio" | "checkbox") || has(open, "checked");
            if is_sent {
                fields.push((name, attribute(open, "value").unwrap_or_default()));
            }
        } else if open.starts_with("textarea ") {
            let text = &tag[open.len() + 1..tag.find("</textarea>").unwrap()];
            fields.push((name, unescaped(text)));
        } else if open.starts_with("select ") {
            let inner = &tag[..tag.find("</select>").unwrap()];
            let options: Vec<&str> = inner
                .split("<option ")
                .skip(1)
                .map(|option| option.split('>').next().unwrap())
                .collect();
            let chosen = options.iter().find(|option| has(option, "selected")).or(options.first());
            if let Some(chosen) = chosen {
                fields.push((name, attribute(chosen, "value").unwrap_or_default()));
            }
        }
    }
    fields
}

fn has(open: &str, flag: &str) -> bool {
    open.split_whitespace().any(|word| word == flag)
}

/// Returns an attribute of an opening tag.
pub fn attribute(open: &str, name: &str) -> Option<String> {
    let at = open
        .find(&format!("{name}=\""))
        .filter(|at| *at == 0 || open.as_bytes()[at - 1].is_ascii_whitespace())?;
    let rest = &open[at + name.len() + 2..];
    Some(unescaped(rest.split('"').next().unwrap()))
}

/// Returns the addresses of all links and forms.
pub fn links(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in [" href=\"", " action=\""] {
        found.extend(
            html.split(name).skip(1).map(|rest| unescaped(rest.split('"').next().unwrap())),
        );
    }
    found
}

/// Returns the text of a page as a reader sees it.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => {
                is_tag = true;
                text.push(' ');
            }
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').unwrap_or((part, ""));
        plain.push(match entity {
            "#60" | "lt" => '<',
            "#62" | "gt" => '>',
            "#34" | "quot" => '"',
            "#39" => '\'',
            "#38" | "amp" => '&',
            other => panic!("the page does not write &{other};"),
        });
        plain.push_str(rest);
    }
    plain
}
