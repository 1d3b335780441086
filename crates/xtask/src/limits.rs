//! `docs/limits.md`: every limit of the product, written from the code.

use std::fs;
use std::process::ExitCode;

use allclear_core::limits;
use anyhow::{Context, Result};

use crate::process;

/// Where the document lies, from the root of the repository.
pub(crate) const PATH: &str = "docs/limits.md";

/// Writes the document.
pub(crate) fn run(_: &[String]) -> Result<ExitCode> {
    let path = process::root().join(PATH);
    fs::write(&path, text()).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{PATH}: {} limits", limits::ALL.len());
    Ok(ExitCode::SUCCESS)
}

/// The document as it should be.
pub(crate) fn text() -> String {
    let mut text = String::from(
        "# Limits\n\n\
         Every limit of Allclear. Crossing one is always visible: as a refusal that names the remedy, as a fact on the\n\
         timeline, or as a warning beside the event. Nothing is dropped in silence.\n\n\
         Written by `cargo xtask limits` from `crates/core/src/limits.rs`; edit that file.\n\n\
         | What | At most | Beyond it |\n| --- | ---: | --- |\n",
    );
    for limit in limits::ALL {
        let limits::Limit { what, value, unit, beyond, .. } = limit;
        text.push_str(&format!("| {what} | {} {unit} | {beyond} |\n", grouped(*value)));
    }
    text
}

/// `1048576` as `1 048 576`, with spaces that do not break.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(9), grouped(524_288), grouped(1_048_576)].join(" "), "9 524\u{a0}288 1\u{a0}048\u{a0}576");
    }

    #[test]
    fn every_limit_has_a_row() {
        assert_eq!(text().lines().filter(|line| line.starts_with("| ")).count(), limits::ALL.len() + 2);
    }
}
