//! Styles, scripts and icons, built into the program.
//!
//! An address carries a digest of all assets, so that a browser may keep one for ever and a new version is never
//! drawn with an old style. In debug builds the files are read from disk.

use std::borrow::Cow;
use std::sync::OnceLock;

use allclear_core::hex;
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

#[derive(Embed)]
#[folder = "assets/"]
struct Files;

/// The style sheets of which `app.css` is made, in the order of the layers.
const STYLES: &[&str] = &[
    "tokens.css",
    "css/reset.css",
    "css/base.css",
    "css/shell.css",
    "css/button.css",
    "css/form.css",
    "css/mark.css",
    "css/list.css",
    "css/panel.css",
    "css/timeline.css",
    "css/schedule.css",
    "css/code.css",
    "css/overlay.css",
    "css/utilities.css",
];

/// The scripts that `js/app.js` imports; named in the page, so that they load side by side.
pub const MODULES: &[&str] = &[
    "js/theme.js",
    "js/time.js",
    "js/keyboard.js",
    "js/palette.js",
    "js/flash.js",
    "js/copy.js",
    "js/list.js",
    "js/live.js",
    "js/preview.js",
    "js/pick.js",
];

/// A file to be served.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type, with the character set.
    pub media_type: &'static str,
}

fn file(name: &str) -> Option<EmbeddedFile> {
    Files::get(name)
}

fn app_css() -> Vec<u8> {
    STYLES.iter().filter_map(|name| file(name)).flat_map(|file| file.data.into_owned()).collect()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// The asset of that name (`app.css`, `js/app.js`), without the digest; nothing if there is none.
pub fn get(name: &str) -> Option<Asset> {
    let bytes = match name {
        "app.css" => Cow::Owned(app_css()),
        name => file(name)?.data,
    };
    Some(Asset { bytes, media_type: media_type(name) })
}

/// The names of everything that [`get`] finds.
pub fn names() -> impl Iterator<Item = Cow<'static, str>> {
    Files::iter().chain(std::iter::once(Cow::Borrowed("app.css")))
}

/// Changes whenever an asset does: twelve hex digits.
pub fn digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let mut all: Vec<_> = Files::iter().collect();
        all.sort();
        let mut hasher = Sha256::new();
        for name in all {
            hasher.update(name.as_bytes());
            hasher.update(file(&name).map(|file| file.data.into_owned()).unwrap_or_default());
        }
        hex(&hasher.finalize()[..6])
    })
}

/// The address of an asset: `/assets/3f9a01c2d4e5/app.css`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", digest())
}

/// The address of an icon, for `<use>`.
pub fn icon(name: &str) -> String {
    format!("/assets/{}/icons.svg#{name}", digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        String::from_utf8(get(name).unwrap_or_else(|| panic!("there is no {name}")).bytes.into_owned()).unwrap()
    }

    #[test]
    fn styles_stay_small_and_complete() {
        assert!(text("app.css").len() < 60_000);
        for name in Files::iter().filter(|name| name.starts_with("css/") && name != "css/k.css") {
            assert!(STYLES.contains(&&*name), "{name} is not part of app.css");
        }
        assert!(text("app.css").starts_with("/*"), "the order of the layers comes first");
    }

    #[test]
    fn every_module_is_loaded_and_every_loaded_module_exists() {
        let app = text("js/app.js");
        for module in MODULES {
            assert!(app.contains(&module.replace("js/", "./")), "{module}");
            text(module);
        }
    }

    #[test]
    fn the_colours_of_the_night_page_are_the_dark_ones() {
        let tokens = text("tokens.css");
        for (at, _) in text("css/k.css").match_indices('#') {
            let colour: String = text("css/k.css")[at..].chars().take(7).collect();
            if colour[1..].chars().all(|c| c.is_ascii_hexdigit()) {
                assert!(tokens.contains(&format!(", {colour})")), "{colour} is not a dark value of tokens.css");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_nothing() {
        assert!(get("../Cargo.toml").is_none());
        assert!(url("app.css").starts_with("/assets/"));
    }
}
