//! What no page may do: act on a GET, take a foreign form, let somebody in, repeat a text unescaped.

use allclear_core::access::Permission;
use allclear_core::directory::{Role, User};
use allclear_web::{Access, Entry, Face};
use axum::http::Method;

use super::browser::Seen;
use super::house::{House, TOKEN};
use super::town::{HOSTILE, person};

/// An address for a path of the table, where there is something.
fn address(path: &str) -> String {
    path.replace("/people/{slug}", "/people/rob")
        .replace("/teams/{slug}", "/teams/payments")
        .replace("/schedules/{slug}", "/schedules/primary")
        .replace("/policies/{slug}", "/policies/payments")
        .replace("/services/{slug}", "/services/checkout")
        .replace("/integrations/{slug}", "/integrations/checkout-events")
        .replace("{reference}", "INC-1")
        .replace("{action}", "resolve")
        .replace("{token}", TOKEN)
        .replace("{id}", "nothing")
        .replace("{slug}", "nothing")
}

/// The pages of the table that somebody may open and that end.
fn pages(house: &House) -> Vec<Entry> {
    let all = allclear_web::table(&house.app);
    all.into_iter().filter(|entry| entry.face == Face::Page && entry.path != "/live").collect()
}

const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

#[track_caller]
pub(super) fn is_guarded(seen: &Seen, what: &str) {
    for (name, value) in HEADERS {
        assert_eq!(seen.header(name), value, "{what}");
    }
    let policy = seen.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
}

#[tokio::test]
async fn every_route_carries_the_headers() {
    let house = House::town().await;
    let mut browser = house.signed_in("ada").await;
    for entry in pages(&house) {
        let seen = browser.send(entry.method.clone(), &address(&entry.path), Some(String::new())).await;
        is_guarded(&seen, &entry.path);
    }
    for path in ["/healthz", "/nothing/here", "/assets/x/app.css", "/v2/enqueue"] {
        is_guarded(&browser.get(path).await, path);
    }
    let seen = browser.get("/").await;
    assert_eq!((seen.header("cache-control"), seen.header("strict-transport-security")), ("no-store", ""));
}

#[tokio::test]
async fn each_route_lets_in_whom_its_permission_names() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let mut browsers = Vec::new();
    for number in 0..4 {
        browsers.push((person(number), house.signed_in(&person(number).slug).await));
    }
    for entry in pages(&house) {
        let (path, what) = (address(&entry.path), format!("{} {}", entry.method, entry.path));
        let Access::May(permission) = entry.access else { continue };
        let seen = house.browser().send(entry.method.clone(), &path, Some(String::new())).await;
        assert!(seen.status.as_u16() == 303 && seen.location().starts_with("/login?next="), "{what}: {}", seen.status);
        for (user, browser) in &mut browsers {
            let seen = browser.send(entry.method.clone(), &path, Some(String::new())).await;
            let refused = seen.status.as_u16() == 403 && seen.text.contains("You may not");
            assert_eq!(!refused, user.role.may(permission), "{what} as {}: {} {}", user.slug, seen.status, seen.text);
        }
    }
}

#[tokio::test]
async fn a_form_without_the_right_token_is_not_taken() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let mut browser = house.signed_in("ada").await;
    let before = house.entries().await;
    let other = house.signed_in("ada").await.csrf;
    let before = (before.0 + 1, before.1);
    for entry in pages(&house).into_iter().filter(|entry| entry.method == Method::POST) {
        if entry.access == Access::ByLink {
            continue;
        }
        let path = address(&entry.path);
        for fields in
            [&[("note", "typed")][..], &[("csrf", ""), ("note", "typed")], &[("csrf", &other), ("note", "typed")]]
        {
            let seen = browser.post_plain(&path, fields).await;
            seen.is(403).says(&["belongs to a session that has ended", "note: typed"]);
        }
        let csrf = browser.csrf.clone();
        for headers in [
            vec![("sec-fetch-site", "cross-site".to_owned())],
            vec![("sec-fetch-site", "same-site".to_owned())],
            vec![("origin", "https://evil.test".to_owned())],
            vec![("origin", "null".to_owned())],
        ] {
            let mut foreign = browser.clone();
            foreign.headers = headers;
            foreign.post_plain(&path, &[("csrf", csrf.as_str())]).await.is(403).says(&["sent from another site"]);
        }
    }
    assert_eq!(house.entries().await, before);
}

#[tokio::test]
async fn a_guests_form_belongs_to_their_browser() {
    let house = House::town().await;
    let (mut one, mut other) = (house.browser(), house.browser());
    one.get("/login").await;
    other.get("/login").await;
    let fields = [("csrf", one.csrf.as_str()), ("login", "ada"), ("password", super::town::PASSWORD)];
    other.post_plain("/login", &fields).await.is(403);
    other.forget();
    other.post_plain("/login", &fields).await.is(403);
}

/// Whether the table lets that person take a route.
fn may(house: &House, login: &str, entry: &Entry) -> bool {
    match entry.access {
        Access::May(permission) => house.user(login).role.may(permission),
        Access::Public | Access::ByLink | Access::ByKey => true,
    }
}

/// Looks at every page that somebody may see, and follows the links to things on them. No link leads to where they may
/// not go.
async fn look_at_everything(house: &House, login: &str) -> Vec<(String, Seen)> {
    let mut browser = house.signed_in(login).await;
    let mut waiting: Vec<String> = pages(house)
        .into_iter()
        .filter(|entry| entry.method == Method::GET && may(house, login, entry))
        .map(|entry| address(&entry.path))
        .collect();
    let mut seen: Vec<(String, Seen)> = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.iter().any(|(known, _)| *known == path) || path.starts_with("/assets/") || path == "/live" {
            continue;
        }
        let page = browser.get(&path).await;
        assert_ne!(page.status.as_u16(), 403, "{login} was led to {path}");
        let links = page.text.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
        // A calendar goes on for ever, back and forward: one step from where it opens is enough.
        let links = links.filter(|link| !(path.contains("from=") && link.contains("from=")));
        waiting.extend(links.map(|link| format!("/{}", link.replace("&amp;", "&").replace("&#38;", "&"))));
        seen.push((path, page));
        assert!(seen.len() < 2_000, "the pages never end");
    }
    seen
}

#[tokio::test]
async fn every_page_can_be_drawn_in_an_empty_house() {
    let house = House::empty().await;
    house.put(vec![User { teams: Vec::new(), ..person(0) }.into()]).await;
    house.settle_password(0).await;
    let before = house.entries().await;
    for (path, seen) in look_at_everything(&house, "ada").await {
        assert!(seen.status.as_u16() < 500, "{path}: {}\n{}", seen.status, seen.text);
    }
    let after = house.entries().await;
    assert_eq!(after, (before.0 + 1, before.1), "only the sign-in is noted");
}

#[tokio::test]
async fn every_page_can_be_drawn_in_a_full_house_and_looking_changes_nothing() {
    let house = House::full("").await;
    for role in Role::ALL {
        let login = (0..4).map(person).find(|user| user.role == role).unwrap().slug;
        let before = house.entries().await;
        let seen = look_at_everything(&house, &login).await;
        assert!(seen.len() > 20, "{login} sees only {} pages", seen.len());
        for (path, page) in &seen {
            assert!(page.status.as_u16() < 500, "{path}: {}\n{}", page.status, page.text);
        }
        let after = house.entries().await;
        assert_eq!(after, (before.0 + 1, before.1), "only the sign-in is noted");
    }
}

#[tokio::test]
async fn nobody_is_shown_a_button_that_is_refused() {
    for (login, least) in [("ada", 40), ("mel", 30), ("rob", 15), ("vic", 1)] {
        let house = House::full("").await;
        let seen = look_at_everything(&house, login).await;
        let forms = seen.iter().flat_map(|(path, page)| {
            let main = page.text.split_once("<main").map_or("", |(_, main)| main);
            let actions = main.split("method=\"post\" action=\"/").skip(1).filter_map(|rest| rest.split('"').next());
            actions.map(|action| (format!("/{}", action.replace("&#38;", "&")), path.clone())).collect::<Vec<_>>()
        });
        let forms: std::collections::BTreeMap<String, String> = forms.collect();
        assert!(forms.len() >= least, "{login} has only {} forms", forms.len());
        let mut browser = house.signed_in(login).await;
        let mut refused = Vec::new();
        for (action, path) in forms {
            let answer = browser.post(&action, &[]).await;
            if answer.status.as_u16() == 403 || answer.status.is_server_error() {
                refused.push(format!("{action} on {path}: {}", answer.status));
            }
        }
        assert!(refused.is_empty(), "{login}: {refused:#?}");
        browser.get("/").await.is(200);
    }
}

#[tokio::test]
async fn hostile_texts_come_out_escaped_on_every_page() {
    let house = House::full(HOSTILE).await;
    let named = |login: &str| {
        let mut user = (*house.user(login)).clone();
        user.contacts.iter_mut().for_each(|contact| contact.name.push_str(HOSTILE));
        user.into()
    };
    house.put(vec![named("ada"), named("rob")]).await;
    let mut ada = house.signed_in("ada").await;
    let token = ada.post("/settings/tokens", &[("name", HOSTILE), ("role", "manage"), ("lifetime", "")]).await;
    token.is(200).says(&["alc_", "alert(1)"]).never_says(&["<script>alert"]);
    let mut shown = 0;
    for login in ["ada", "rob"] {
        for (path, page) in look_at_everything(&house, login).await {
            // A spreadsheet is no page: it is text, and told to be saved.
            if !path.contains(".csv") {
                page.never_says(&["<script>alert", "<img src=x", "href=\"javascript:"]);
            }
            assert!(page.status.as_u16() < 500, "{path}: {}", page.status);
            shown += usize::from(page.text.contains("alert(1)"));
        }
    }
    assert!(shown > 10, "only {shown} pages show the hostile texts at all");
    let letter = house.letters().into_iter().find(|letter| letter.text.contains("/k/")).unwrap();
    let mut phone = house.browser();
    let seen = phone.get(&super::setup::tap_link(&letter.text)).await;
    seen.says(&["alert(1)"]).never_says(&["<script>alert", "<img src=x"]);
}

#[tokio::test]
async fn what_is_not_there_is_said_to_people_and_to_programs() {
    let house = House::town().await;
    let mut browser = house.signed_in("ada").await;
    let seen = browser.get("/nothing/here").await;
    seen.is(404);
    assert_eq!(seen.header("content-type"), "application/problem+json");
    browser.headers.push(("accept", "text/html,application/xhtml+xml".to_owned()));
    let seen = browser.get("/nothing/here").await;
    seen.is(404).says(&["There is nothing at this address", "See the incidents"]);
    let large = "x".repeat(2 * 1024 * 1024);
    browser.post("/incidents", &[("title", &large)]).await.is(413).says(&["too large"]);
    let seen = browser.send(Method::DELETE, "/incidents", None).await;
    seen.is(405).says(&["This address does not take that.", "DELETE means nothing at this address"]);
    assert!(seen.header("allow").contains("GET"), "{}", seen.header("allow"));
    browser.headers.pop();
    let seen = browser.send(Method::DELETE, "/incidents", None).await;
    seen.is(405);
    assert_eq!(seen.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_packed() {
    let house = House::town().await;
    let mut browser = house.browser();
    let url = allclear_web::pages::assets::url("app.css");
    browser.headers.push(("accept-encoding", "gzip, br".to_owned()));
    let packed = browser.get(&url).await;
    packed.is(200);
    assert_eq!(packed.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"));
    browser.headers.pop();
    let plain = browser.get(&url).await;
    assert_eq!(plain.header("content-type"), "text/css; charset=utf-8");
    assert!(plain.text.starts_with("/*") && plain.header("content-encoding").is_empty());
    let old = browser.get("/assets/000000000000/app.css").await;
    assert_eq!((old.status.as_u16(), old.header("cache-control")), (200, "no-cache"));
    browser.get("/assets/x/../../Cargo.toml").await.is(404);
    browser.get("/assets/x/nothing.js").await.is(404);
    let login = browser.get("/login").await;
    login.says(&[&url]).never_says(&["<script>", " onclick=", "style=\""]);
}

#[test]
fn every_post_needs_more_than_looking() {
    // Only a viewer's own preferences and sessions are theirs to change.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(House::empty());
    let viewers = pages(&house).into_iter().filter(|entry| entry.method == Method::POST);
    let open: Vec<String> = viewers
        .filter(|entry| entry.access == Access::May(Permission::View))
        .map(|entry| entry.path.into_owned())
        .collect();
    assert_eq!(open, ["/preferences/theme"]);
}
