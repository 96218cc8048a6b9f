//! A form from another site is refused, over HTTPS, on localhost and on plain HTTP names.

use http::{Method, Request};

use crate::scene::{PREFIX, Scene};

#[test]
fn only_a_form_of_the_page_itself_is_accepted() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let form = scene.get(&format!("/credentials/{id}")).form("/rename").set("name", "Other");
    let send = |host: &str, headers: &[(&str, &str)]| {
        let uri = format!("{PREFIX}/credentials/{id}/rename");
        let mut request = Request::builder().method(Method::POST).uri(uri).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        scene.send(request, form.body()).status.as_u16()
    };
    let before = scene.world.dump();
    for (host, scheme) in [("acme.test", "https"), ("localhost:3000", "http"), ("keys.lan", "http")]
    {
        let (own, other) = (format!("{scheme}://{host}"), format!("{scheme}://evil.test"));
        for headers in [
            vec![],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("sec-fetch-site", "none")],
            vec![("sec-fetch-site", "cross-site"), ("origin", &own)],
            vec![("origin", "null")],
            vec![("origin", &other)],
        ] {
            assert_eq!(send(host, &headers), 403, "{host} {headers:?}");
        }
    }
    scene.world.dump().assert_is(&before, "forged forms");
    // A current browser on HTTPS and localhost, and one that sends no `Sec-Fetch-Site` on plain HTTP.
    assert_eq!(send("keys.lan", &[("origin", "http://keys.lan")]), 303);
    assert_eq!(send("acme.test", &[("sec-fetch-site", "same-origin")]), 412, "it passes the check");
}
