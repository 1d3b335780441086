//! What commands say: to people as lines and tables, to programs as JSON.

mod table;
mod text;

use std::io::{IsTerminal, Write as _};

use clap::Args;
use serde::Serialize;

pub(crate) use self::table::{Cell, Column, Paint, Table};
pub(crate) use self::text::{age, clean, counted, length, moment, status};

/// How a command ended, when nothing went wrong with the command itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// All is well.
    Fine,
    /// What was looked at is not as it should be.
    Failed,
    /// A plan would change something.
    Changes,
}

/// What a command comes to.
pub(crate) type Done = anyhow::Result<End>;

/// How to say it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Display {
    /// Print JSON, for programs. Problems come as JSON, too.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Where output goes, and what it can show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    colour: bool,
    /// How many characters fit on a line; none where lines may be of any length.
    width: Option<usize>,
}

impl Screen {
    /// The standard output. Colours only on a terminal, and only where <https://no-color.org> does not ask for none.
    pub(crate) fn stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        Self { colour: terminal && !dumb && !set("NO_COLOR"), width: width.filter(|_| terminal) }
    }

    /// A screen without colours, of that width.
    #[cfg(test)]
    pub(crate) const fn plain(width: Option<usize>) -> Self {
        Self { colour: false, width }
    }

    /// The text in that colour, where there are colours.
    pub(crate) fn paint(self, paint: Paint, text: &str) -> String {
        match paint.code() {
            Some(code) if self.colour && !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            Some(_) | None => text.to_owned(),
        }
    }

    /// How many characters fit on a line.
    pub(crate) const fn width(self) -> Option<usize> {
        self.width
    }
}

/// Writes to the standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a line to the standard output.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    print(&format!("{text}\n"))
}

/// Writes a value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}
