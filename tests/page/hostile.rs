//! Hostile names through every field and every screen.

use crate::html::{forms, links};
use crate::scene::Scene;
use crate::support::{admin, block_on};

const HOSTILE: [&str; 10] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)' autofocus='",
    "{{ 7 * 7 }} ${7*7} {% raw %}",
    "javascript:alert(1)",
    "&lt;b&gt; &#60; &amp;amp;",
    "</textarea></title></script><svg onload=alert(1)>",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} (admin)",
    "e\u{301}\u{302}\u{303} \u{4e2d}\u{6587}",
    "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}",
];

/// Fails if the page has an element or an attribute that it does not write itself.
fn assert_inert(html: &str, text: &str) {
    for wrong in
        ["<script>", "<img", "<svg", "<b>", "onerror=alert(1)>", "onfocus='", "href=\"javascript"]
    {
        assert!(!html.contains(wrong), "{wrong} of {text:?} in {html}");
    }
    assert_eq!(html.matches("<script ").count(), 1, "{text}");
    let outside =
        links(html).into_iter().filter(|it| !it.starts_with("/settings/") && !it.starts_with('#'));
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
}

#[test]
fn a_name_is_only_ever_text() {
    for text in HOSTILE {
        let scene = Scene::with(|page| {
            let text = text.to_owned();
            page.actor_names(move |_| Some(text.clone()))
        });
        let Ok(hostile) = keyward::Name::new(text) else {
            panic!("{text:?} is a name that customers can choose");
        };
        let shown =
            scene.submit(&scene.get("/add").form("/add").set("name", text).set("kind", "app"));
        shown.is(200);
        assert_inert(&shown.html, text);
        let id = links(&shown.html).into_iter().find(|it| it.contains("/credentials/")).unwrap();
        let actor = admin();
        let track = scene.primary();
        block_on(scene.world.keyward.manager(&actor).rename(track, hostile.clone())).unwrap();
        let custom = forms(&scene.get("/integrations").html)
            .into_iter()
            .find(|form| form.fields.iter().any(|(name, _)| name == "custom"))
            .unwrap();
        assert_inert(
            &scene.change(&custom.set("custom", text).set("credential", track.as_str())).html,
            text,
        );
        for path in ["", "/rotate", "/delete"] {
            let page = scene.get(&format!("{id}{path}"));
            page.is(200).says(hostile.as_str());
            assert_inert(&page.html, text);
        }
        for path in ["/", "/add", "/allowlist", "/history", "/workspaces", "/integrations"] {
            let page = scene.get(path);
            page.is(200);
            assert_inert(&page.html, text);
        }
        assert_inert(
            &scene
                .submit(&scene.get("/add").form("/add").set("name", text).set("kind", "app"))
                .html,
            text,
        );
        let deleted =
            scene.submit(&scene.get(&format!("{id}/delete")).form("/delete").set("typed", text));
        deleted.is(303);
        assert_inert(&scene.get(deleted.location()).html, text);
    }
}

#[test]
fn a_hostile_text_in_any_field_is_only_ever_text() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    for text in HOSTILE {
        let mut pages =
            vec![scene.get("/add"), scene.get("/allowlist"), scene.get("/integrations")];
        pages.push(scene.get("/allowlist?edit=acme%2Fshop"));
        for path in ["", "/rotate", "/delete"] {
            pages.push(scene.get(&format!("/credentials/{id}{path}")));
        }
        for page in pages {
            for form in forms(&page.html) {
                for (field, _) in form.fields.clone() {
                    if field == "name" || field == "custom" || field == "integration" {
                        continue;
                    }
                    let reply = scene.submit(&form.clone().set(&field, text));
                    assert!(reply.status.as_u16() != 500, "{field} of {}", form.action);
                    if reply.status.as_u16() != 303 {
                        assert_inert(&reply.html, text);
                    }
                }
            }
        }
        for query in ["q", "workspace", "kind", "status", "after", "event", "unchanged"] {
            let mut query_text = form_urlencoded::Serializer::new(String::new());
            query_text.append_pair(query, text);
            let query_text = query_text.finish();
            for path in ["/", "/history", "/add", "/allowlist", "/integrations", "/workspaces"] {
                let reply = scene.get(&format!("{path}?{query_text}"));
                assert!([200, 404].contains(&reply.status.as_u16()), "{path}?{query_text}");
                assert_inert(&reply.html, text);
            }
        }
    }
}
