//! The pages: what each one shows, as plain data, and the template that draws it.
//!
//! A module here is a noun; its structs are *view models*: everything in them is ready to be shown (times as
//! [`When`], people as [`Person`], sentences as text), so that a template decides nothing and a handler draws
//! nothing. Each page is an [`askama::Template`]; `page.render()` gives the HTML.
//!
//! What the pages rely on:
//! - **Forms** are `POST`, carry the hidden field `csrf`, and answer with a redirect (303) to the page that shows the
//!   result, with a [`Flash`] in the session; or with the same page, status 422 and its `problems`, having kept
//!   what was typed. Lists in forms are numbered: `step.0.wait`, `step.1.wait`, …
//! - **`/live`** is a stream of server-sent events. `event: hint` carries topics (`incidents incident:INC-142`): every
//!   region of the page with one of them in `data-live` is fetched again from the page's own address. `event: page`
//!   carries `{"reference": …, "title": …}` and only goes to the person who is paged. `event: beat`
//!   comes while nothing else does.
//! - **`/search.json?q=`** answers the command palette: `[{"kind": "Incident", "label": …, "href": …}]`.
//! - **Assets** are under [`assets::url`]; the content policy may be `default-src 'self'` throughout.

mod alert;
pub mod assets;
mod chart;
mod cover;
mod delivery;
mod incident;
mod integration;
mod link;
mod load;
mod now;
mod on_call;
mod parts;
mod people;
mod person;
mod policy;
mod problem;
mod readiness;
mod schedule;
mod schedule_change;
mod service;
mod settings;
mod setup;
mod shell;
mod sign_in;
mod simulation;
mod suppression;
mod tally;
mod time;
mod why;

pub use alert::*;
pub use chart::*;
pub use cover::*;
pub use delivery::*;
pub use incident::*;
pub use integration::*;
pub use link::*;
pub use load::*;
pub use now::*;
pub use on_call::*;
pub use parts::*;
pub use people::*;
pub use person::*;
pub use policy::*;
pub use problem::*;
pub use readiness::*;
pub use schedule::*;
pub use schedule_change::*;
pub use service::*;
pub use settings::*;
pub use setup::*;
pub use shell::*;
pub use sign_in::*;
pub use simulation::*;
pub use suppression::*;
pub use tally::*;
pub use time::*;
pub use why::*;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn templates(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                templates(&path, found);
            } else {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }

    /// `default-src 'self'` forbids scripts, styles and handlers inside the HTML; htmx's own expressions need `eval`.
    #[test]
    fn templates_hold_to_the_content_policy() {
        let mut all = Vec::new();
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut all);
        assert!(all.len() > 40);
        for (path, text) in &all {
            for forbidden in
                [" style=", "<style", " onclick", " onsubmit", " onchange", "javascript:", "hx-on", "js:{", "|safe"]
            {
                assert!(!text.contains(forbidden), "{path} has {forbidden:?}");
            }
            for (at, _) in text.match_indices("<script") {
                assert!(text[at..].starts_with("<script src="), "{path} has a script inside");
            }
        }
    }

    /// Every form that changes something carries the token; the page for 3 am has its own in the address.
    #[test]
    fn every_post_carries_the_token() {
        let mut all = Vec::new();
        templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut all);
        for (path, text) in all.iter().filter(|(path, _)| !path.ends_with("link.html")) {
            for form in
                text.split("<form").skip(1).filter(|form| form[..form.find('>').unwrap()].contains("method=\"post\""))
            {
                let form = form.split("</form>").next().unwrap();
                assert!(
                    form.contains("form::csrf("),
                    "{path} posts without the token: {}",
                    &form[..form.len().min(80)]
                );
            }
        }
    }
}
