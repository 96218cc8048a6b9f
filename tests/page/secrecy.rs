//! A secret is only in the answer to the form that made or revealed it.

use crate::html::links;
use crate::scene::Scene;

#[test]
fn no_later_answer_contains_a_secret() {
    let scene = Scene::new();
    let mut secrets = vec![scene.world.secrets()[0].clone()];
    let form = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    let shown = scene.submit(&form);
    secrets.push(shown.secret());
    let credential =
        links(&shown.html).into_iter().find(|it| it.contains("/credentials/")).unwrap();
    let rotate = scene.get(&format!("{credential}/rotate")).form("/rotate");
    secrets.push(scene.submit(&rotate).secret());
    let primary = scene.primary();
    let reveal = scene.get(&format!("/credentials/{primary}/reveal")).form("/reveal");
    assert_eq!(scene.submit(&reveal).secret(), secrets[0]);

    let (mut seen, mut waiting) = (Vec::new(), vec![format!("{}/", crate::scene::PREFIX)]);
    while let Some(link) = waiting.pop() {
        if seen.contains(&link) || link.starts_with('#') {
            continue;
        }
        let reply = scene.get(&link);
        for secret in &secrets {
            assert!(!reply.html.contains(&secret[12..]), "{link}");
            assert!(!format!("{:?}", reply.headers).contains(&secret[12..]), "{link}");
        }
        assert_eq!(
            reply.headers["cache-control"] == "no-store",
            !link.contains("/assets/"),
            "{link}"
        );
        waiting.extend(links(&reply.html));
        seen.push(link);
    }
    assert!(seen.len() > 20, "{seen:?}");
    // The forms again: a second answer never shows the secret.
    for form in [form, rotate] {
        let again = scene.submit(&form);
        again.is(409);
        assert!(secrets.iter().all(|secret| !again.html.contains(&secret[12..])));
    }
}
