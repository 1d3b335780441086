//! A simple view of a Rust file: its code without comments and literals, its functions, and which lines are tests.
//!
//! This is a scanner, not a parser: it knows where strings and comments begin and end, and it matches braces. That is
//! enough for the rules, needs no dependency and reads the whole workspace in a blink.

use std::ops::RangeInclusive;

use super::lexer;

/// A scanned file. Lines count from 1.
#[derive(Debug)]
pub(super) struct Source {
    /// The text, character for character, with [`lexer::IN_LITERAL`] inside of strings and blanks inside of comments.
    pub(super) code: String,
    pub(super) strings: Vec<Piece>,
    pub(super) comments: Vec<Piece>,
    pub(super) functions: Vec<Function>,
    tests: Vec<RangeInclusive<usize>>,
}

/// A string literal or a comment, without what delimits it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    /// From the line of its `fn` to that of its closing brace.
    pub(super) lines: usize,
    /// Whether it carries `#[test]` or the like of a test runtime.
    pub(super) is_test: bool,
}

impl Source {
    /// Scans a file. Text that is not Rust gives a meaningless view, but never fails.
    pub(super) fn scan(text: &str) -> Self {
        let lexed = lexer::lex(text);
        let code: Vec<char> = lexed.code.chars().collect();
        let lines = Lines::of(&code);
        let functions = functions(&code, &lines);
        let tests = test_blocks(&code, &lines);
        Self { code: lexed.code, strings: lexed.strings, comments: lexed.comments, functions, tests }
    }

    /// The code, line by line.
    pub(super) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether the line is inside of something that is compiled for tests only.
    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.tests.iter().any(|block| block.contains(&line))
    }
}

/// Which line a character is on.
struct Lines(Vec<usize>);

impl Lines {
    fn of(code: &[char]) -> Self {
        let ends = code.iter().enumerate().filter(|(_, character)| **character == '\n');
        Self(ends.map(|(index, _)| index).collect())
    }

    fn at(&self, index: usize) -> usize {
        self.0.partition_point(|end| *end < index) + 1
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn functions(code: &[char], lines: &Lines) -> Vec<Function> {
    let mut functions = Vec::new();
    for at in 0..code.len() {
        let starts = code[at..].starts_with(&['f', 'n', ' ']) && (at == 0 || !is_word(code[at - 1]));
        if !starts {
            continue;
        }
        let name: String = code[at + 3..].iter().take_while(|c| is_word(**c) || **c == '$').collect();
        let Some(open) = body(code, at) else { continue };
        let (line, last) = (lines.at(at), lines.at(closing(code, open)));
        if !name.is_empty() {
            functions.push(Function { name, line, lines: last - line + 1, is_test: has_test_attribute(&code[..at]) });
        }
    }
    functions
}

/// The brace that opens the body of the item at `start`, unless the item ends without one.
fn body(code: &[char], start: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, character) in code.iter().enumerate().skip(start) {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(index),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`, or the end of the file.
fn closing(code: &[char], open: usize) -> usize {
    let mut depth = 0_i32;
    for (index, character) in code.iter().enumerate().skip(open) {
        depth += match character {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if depth == 0 {
            return index;
        }
    }
    code.len().saturating_sub(1)
}

/// Whether the attributes at the end of `before` make a test of the function that follows.
fn has_test_attribute(before: &[char]) -> bool {
    let start = before.iter().rposition(|character| matches!(character, ';' | '{' | '}')).map_or(0, |at| at + 1);
    let attributes: String = before[start..].iter().collect();
    ["#[test]", "::test]", "::test("].iter().any(|attribute| attributes.contains(attribute))
}

/// The lines of every item under `#[cfg(test)]` that has a body.
fn test_blocks(code: &[char], lines: &Lines) -> Vec<RangeInclusive<usize>> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let starts = (0..code.len()).filter(|at| code[*at..].starts_with(&mark));
    let blocks = starts.filter_map(|at| Some((at, body(code, at + mark.len())?)));
    blocks.map(|(at, open)| lines.at(at)..=lines.at(closing(code, open))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r##"//! Header.
fn short() -> [u8; 2] { [1, 2] }
trait Shape {
    fn area(&self) -> f64;
}
fn braces_in_literals<'a>(it: &'a str) -> char {
    let text = "} fn not_a_function() {";
    let raw = r#"quote " and } inside"#;
    /* } /* nested } */ } */
    match it { "x" => '}', _ => '\'' }
}
#[cfg(test)]
mod tests {
    #[test]
    fn checks() {
        assert!(true);
    }
    #[tokio::test(flavor = "multi_thread")]
    async fn waits() {}
    fn helper() {}
}
"##;

    #[test]
    fn functions_are_measured_whatever_their_strings_hold() {
        let source = Source::scan(SAMPLE);
        let seen: Vec<_> = source.functions.iter().map(|f| (f.name.as_str(), f.line, f.lines, f.is_test)).collect();
        assert_eq!(
            seen,
            [
                ("short", 2, 1, false),
                ("braces_in_literals", 6, 6, false),
                ("checks", 15, 3, true),
                ("waits", 19, 1, true),
                ("helper", 20, 1, false),
            ]
        );
    }

    #[test]
    fn test_modules_are_known_by_their_lines() {
        let source = Source::scan(SAMPLE);
        let tests: Vec<usize> = (1..=22).filter(|line| source.is_test_line(*line)).collect();
        assert_eq!(tests, (12..=21).collect::<Vec<_>>());
        assert!(!Source::scan("#[cfg(test)]\nmod tests;\nfn a() {}\n").is_test_line(3));
    }
}
