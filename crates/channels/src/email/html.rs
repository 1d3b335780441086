//! A letter as HTML. The template escapes every text; only the styles below reach it as they are.

use allclear_core::severity::Severity;
use askama::Template;

use super::letter::Letter;

#[derive(Template)]
#[template(path = "email.html", whitespace = "suppress")]
struct Page<'a> {
    letter: &'a Letter,
    band: Look,
}

/// How the band looks: the class that the dark theme goes by, and the light theme's colours, which stand in the mail's
/// elements themselves because some clients drop the style sheet.
struct Look {
    class: &'static str,
    fill: &'static str,
    ink: &'static str,
}

const fn look(severity: Option<Severity>) -> Look {
    match severity {
        None => Look { class: "calm", fill: "#EEF0F4", ink: "#16181D" },
        Some(Severity::Sev1) => Look { class: "sev1", fill: "#A3001B", ink: "#FFFFFF" },
        Some(Severity::Sev2) => Look { class: "sev2", fill: "#E8702A", ink: "#1A1206" },
        Some(Severity::Sev3) => Look { class: "sev3", fill: "#F7CF5A", ink: "#241A00" },
        Some(Severity::Sev4) => Look { class: "sev4", fill: "#D6E6FF", ink: "#0B3A82" },
    }
}

/// Draws it.
pub(super) fn render(letter: &Letter) -> String {
    let page = Page { letter, band: look(letter.band.severity) };
    page.render().expect("a text takes any text")
}
