//! Tables that fit the terminal.

use allclear_core::severity::Severity;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Screen, clean};

const GAP: &str = "  ";
/// A column that gives way keeps at least so many characters.
const LEAST: usize = 12;

/// How a text is shown where there are colours. Colour belongs to severity; everything else is a shape and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// As it is.
    Plain,
    /// Of lesser interest.
    Faint,
    /// What the line is about.
    Bold,
    /// A severity.
    Severity(Severity),
    /// In order, or added.
    Good,
    /// To be looked at, or changed.
    Doubtful,
    /// Wrong, or removed.
    Bad,
}

impl Paint {
    /// The parameter of the terminal's "select graphic rendition" (ECMA-48).
    pub(super) const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Faint => Some("2"),
            Self::Bold => Some("1"),
            Self::Severity(Severity::Sev1) => Some("1;37;41"),
            Self::Severity(Severity::Sev2) | Self::Bad => Some("31"),
            Self::Severity(Severity::Sev3) | Self::Doubtful => Some("33"),
            Self::Severity(Severity::Sev4) => Some("34"),
            Self::Good => Some("32"),
        }
    }
}

/// One field of a row.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A text, which may come from anywhere.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), paint: Paint::Plain }
    }

    /// The same in a colour.
    pub(crate) const fn painted(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }

    /// A severity.
    pub(crate) fn severity(severity: Severity) -> Self {
        Self::new(severity.name()).painted(Paint::Severity(severity))
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    gives_way: bool,
}

impl Column {
    /// A column that is always shown whole.
    pub(crate) const fn whole(title: &'static str) -> Self {
        Self { title, gives_way: false }
    }

    /// A column that is cut where the line is too short for all.
    pub(crate) const fn cut(title: &'static str) -> Self {
        Self { title, gives_way: true }
    }
}

/// Rows under titles.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as lines.
    pub(crate) fn render(&self, screen: Screen) -> String {
        let widths = self.widths(screen.width());
        let titles = self.columns.iter().map(|column| Cell::new(column.title).painted(Paint::Faint));
        let mut lines = shown(screen, &titles.collect::<Vec<_>>(), &widths);
        for row in &self.rows {
            lines += &shown(screen, row, &widths);
        }
        lines
    }

    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let widest = |index: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width());
            cells.max().unwrap_or(0).max(self.columns[index].title.width())
        };
        let mut widths: Vec<usize> = (0..self.columns.len()).map(widest).collect();
        let whole = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut excess = room.map_or(0, |room| whole.saturating_sub(room));
        // The widest gives way first, until it is as narrow as the next one, and so on.
        while excess > 0 {
            let may = |index: &usize| self.columns[*index].gives_way && widths[*index] > LEAST;
            let Some(widest) = (0..widths.len()).filter(may).max_by_key(|index| widths[*index]) else { break };
            widths[widest] -= 1;
            excess -= 1;
        }
        widths
    }
}

fn shown(screen: Screen, cells: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let text = cut(&cell.text, *width);
        let padding = if index + 1 == cells.len() { 0 } else { width.saturating_sub(text.width()) };
        line += &screen.paint(cell.paint, &text);
        line += &" ".repeat(padding);
        if index + 1 < cells.len() {
            line += GAP;
        }
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// The text within so many columns of the terminal, with a sign where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = |letter: &char| {
        let wide = letter.width().unwrap_or(0);
        let fits = wide <= room;
        room = room.saturating_sub(wide);
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[Column::whole("ref"), Column::cut("title"), Column::whole("age")]);
        table.row(["INC-1".into(), "Error rate of checkout is 12 %".into(), "4m".into()]);
        table.row(["INC-12".into(), "決済エラーが増えています".into(), "1h 2m".into()]);
        table
    }

    #[test]
    fn columns_stand_below_each_other_whatever_the_letters() {
        assert_eq!(
            table().render(Screen::plain(None)),
            "ref     title                           age\n\
             INC-1   Error rate of checkout is 12 %  4m\n\
             INC-12  決済エラーが増えています        1h 2m\n"
        );
    }

    #[test]
    fn what_may_be_cut_is_cut_to_the_width() {
        let narrow = table().render(Screen::plain(Some(32)));
        assert_eq!(
            narrow,
            "ref     title              age\n\
             INC-1   Error rate of ch…  4m\n\
             INC-12  決済エラーが増え…  1h 2m\n"
        );
        assert!(narrow.lines().all(|line| line.width() <= 32));
        let hopeless = table().render(Screen::plain(Some(5)));
        assert!(hopeless.contains("INC-12") && hopeless.contains("Error rate…"), "{hopeless}");
    }

    #[test]
    fn nothing_that_comes_from_outside_moves_the_cursor() {
        let mut table = Table::new(&[Column::cut("title")]);
        table.row(["a\x1b[2Jb\r\nc\u{202e}d".into()]);
        assert_eq!(table.render(Screen::plain(None)), "title\na [2Jb  c d\n");
    }
}
