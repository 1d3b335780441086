//! What was just done, said once on the next page: kept by the browser, signed by us.

use allclear_engine::Engine;
use serde::{Deserialize, Serialize};

use crate::pages;

/// What was just done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flash {
    text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    bad: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<Undo>,
}

/// The form that takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Undo {
    action: String,
    label: String,
    fields: Vec<(String, String)>,
}

/// What the signature is for.
const PURPOSE: &str = "flash";
/// A browser keeps cookies of 4 kB; a sentence is cut, and an undo that is too long is left out.
const TEXT: usize = 600;
const UNDO: usize = 1_600;

impl Flash {
    /// Something was done.
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { text: cut(text.into()), bad: false, undo: None }
    }

    /// Something was refused or failed.
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self { bad: true, ..Self::good(text) }
    }

    /// It can be taken back by posting these fields there.
    pub(super) fn with_undo(self, action: impl Into<String>, label: &str, fields: Vec<(String, String)>) -> Self {
        let length: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
        let undo = Undo { action: action.into(), label: label.to_owned(), fields };
        Self { undo: (length < UNDO).then_some(undo), ..self }
    }

    /// As the browser keeps it.
    pub(super) fn seal(&self, engine: &Engine) -> String {
        let json = serde_json::to_string(self).expect("a flash has a JSON form");
        engine.key().sign_text(PURPOSE, &json)
    }

    /// What the browser kept, if it is ours.
    pub(super) fn open(engine: &Engine, kept: &str) -> Option<Self> {
        serde_json::from_str(&engine.key().read_text(PURPOSE, kept)?).ok()
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl From<Flash> for pages::Flash {
    fn from(flash: Flash) -> Self {
        let undo = flash.undo.map(|Undo { action, label, fields }| pages::Undo { action, label, fields });
        Self { text: flash.text, is_bad: flash.bad, undo }
    }
}
