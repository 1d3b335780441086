//! Breaks the comments that are too long, which `cargo fmt` leaves as they are.
//!
//! What does not fit moves to the next line of the same paragraph, or to a new one. Lines that fit stay as they are, so
//! the difference to review is small.

use super::size::{LINE_CHARACTERS, is_table_row};
use super::source::Source;

/// The text of a Rust file with its comments broken.
pub(super) fn wrap(text: &str, source: &Source) -> String {
    let comments = source.code_lines().map(|(_, code)| code.trim().is_empty());
    let mut waiting: Vec<Line> = text.lines().zip(comments).map(|(line, blank)| Line::new(line, blank)).collect();
    waiting.reverse();
    let mut done = String::with_capacity(text.len());
    let mut fenced = false;
    while let Some(line) = waiting.pop() {
        let mut shown = line.whole.as_str();
        if let Some(comment) = &line.comment {
            fenced ^= comment.text.starts_with("```");
            let break_at = if fenced || is_table_row(&comment.text) { None } else { place_to_break(&line.whole) };
            if let Some((kept, rest)) = break_at {
                shown = kept;
                push_down(comment, rest, &mut waiting);
            }
        }
        done.push_str(shown);
        done.push('\n');
    }
    done
}

/// A line, and what it says if it is nothing but a comment.
struct Line {
    whole: String,
    comment: Option<Comment>,
}

/// A comment of one line: what stands before its text, how far a continuation of the text is indented, and the text.
struct Comment {
    before: String,
    continued: usize,
    indent: usize,
    text: String,
}

impl Line {
    fn new(line: &str, blank: bool) -> Self {
        Self { whole: line.to_owned(), comment: if blank { Comment::parse(line) } else { None } }
    }
}

impl Comment {
    fn parse(line: &str) -> Option<Self> {
        let indent = line.len() - line.trim_start().len();
        let marker = ["///", "//!", "//"].into_iter().find(|marker| line[indent..].starts_with(marker))?;
        let (before, rest) = line.split_at(indent + marker.len());
        let text = rest.trim_start();
        let indent = rest.len() - text.len();
        let continued = indent + list_marker(text);
        Some(Self { before: before.to_owned(), continued, indent, text: text.to_owned() })
    }

    /// Whether `next` goes on with the paragraph of this line.
    fn goes_on_in(&self, next: &Self) -> bool {
        let same_place = next.before == self.before && next.indent == self.continued;
        same_place && !next.text.is_empty() && !starts_a_block(&next.text)
    }
}

/// The width of a list's marker at the start of a text; 0 if there is none.
fn list_marker(text: &str) -> usize {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match &text[digits..] {
        rest if digits > 0 && rest.starts_with(". ") => digits + 2,
        _ if text.starts_with("- ") || text.starts_with("* ") => 2,
        _ => 0,
    }
}

fn starts_a_block(text: &str) -> bool {
    list_marker(text) > 0 || text.starts_with(['|', '#', '>', '-', '*']) || text.starts_with("```")
}

/// Where a line that is too long is broken: at the last blank that leaves it short enough, outside of backticks if that
/// can be, and never so that the rest would read as a list or a heading.
fn place_to_break(line: &str) -> Option<(&str, &str)> {
    if line.chars().count() <= LINE_CHARACTERS {
        return None;
    }
    let end = line.char_indices().nth(LINE_CHARACTERS + 1).map_or(line.len(), |(at, _)| at);
    let first = line.find(|c: char| !c.is_whitespace() && !"/!".contains(c))?;
    let blanks = line[..end].rmatch_indices(' ').map(|(at, _)| at).filter(|at| *at > first);
    let places: Vec<_> =
        blanks.map(|at| (&line[..at], &line[at + 1..])).filter(|(_, rest)| !starts_a_block(rest)).collect();
    let whole = |(kept, _): &&(&str, &str)| kept.matches('`').count().is_multiple_of(2);
    places.iter().find(whole).or(places.first()).copied()
}

/// Puts the rest of a comment in front of the next line of its paragraph, or on a line of its own.
fn push_down(comment: &Comment, rest: &str, waiting: &mut Vec<Line>) {
    let mut line = format!("{}{}{rest}", comment.before, " ".repeat(comment.continued));
    let next = waiting.last().and_then(|next| next.comment.as_ref());
    if let Some(next) = next.filter(|next| comment.goes_on_in(next)) {
        line.push(' ');
        line.push_str(&next.text);
        waiting.pop();
    }
    waiting.push(Line::new(&line, true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str) -> String {
        let once = wrap(text, &Source::scan(text));
        assert_eq!(wrap(&once, &Source::scan(&once)), once, "a second time changes nothing");
        once
    }

    #[test]
    fn what_does_not_fit_moves_to_the_next_line_of_the_paragraph() {
        let long = format!("//! {} end of it.\n//! Goes on.\n//!\n//! Another.\n", "word ".repeat(22).trim());
        assert_eq!(
            wrapped(&long),
            format!("//! {} end of\n//! it. Goes on.\n//!\n//! Another.\n", "word ".repeat(22).trim())
        );
        let last = format!("    /// {} end of it.\n    fn a() {{}}\n", "word ".repeat(21).trim());
        assert_eq!(
            wrapped(&last),
            format!("    /// {} end of\n    /// it.\n    fn a() {{}}\n", "word ".repeat(21).trim())
        );
    }

    #[test]
    fn lists_keep_their_indentation() {
        let long = format!("/// - {} end of it.\n/// - Two.\n", "word ".repeat(22).trim());
        assert_eq!(wrapped(&long), format!("/// - {} end\n///   of it.\n/// - Two.\n", "word ".repeat(22).trim()));
    }

    #[test]
    fn code_in_backticks_stays_whole_where_it_can() {
        let long = format!("// {} `a b c d e f g`.\n", "word ".repeat(22).trim());
        assert_eq!(wrapped(&long), format!("// {}\n// `a b c d e f g`.\n", "word ".repeat(22).trim()));
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let x = "x ".repeat(80);
        for text in [
            format!("//! | {x} | {x} |\n"),
            format!("/// ```text\n/// {x}\n/// ```\n"),
            format!("const A: &str = \"{x}\"; // {x}\n"),
            format!("const A: &str = r#\"\n// {x}\n\"#;\n"),
            format!("// {}\n", "x".repeat(200)),
            "//! Short.\n\nfn a() {}\n".to_owned(),
        ] {
            assert_eq!(wrapped(&text), text);
        }
    }
}
