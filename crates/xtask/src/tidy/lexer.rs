//! Tells code, comments and string literals of Rust apart.

use super::source::Piece;

/// Stands for each character inside of a string literal. It cannot occur in code, so no rule mistakes it for some.
pub(super) const IN_LITERAL: char = '\0';

/// A file taken apart.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// The text with [`IN_LITERAL`] inside of literals and blanks for comments; lines and columns are unchanged.
    pub(super) code: String,
    pub(super) strings: Vec<Piece>,
    pub(super) comments: Vec<Piece>,
}

/// Takes a file apart. An unfinished literal or comment extends to the end.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { characters: text.chars().collect(), at: 0, line: 1, lexed: Lexed::default() };
    while lexer.at < lexer.characters.len() {
        lexer.step();
    }
    lexer.lexed
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
    line: usize,
    lexed: Lexed,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.characters.get(self.at + ahead).copied().unwrap_or('\n')
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, character)| self.characters.get(self.at + ahead) == Some(&character))
    }

    /// Goes on by one character, which appears in the code as itself or as `instead`. Line ends stay line ends.
    fn advance(&mut self, instead: Option<char>) -> char {
        let character = self.peek(0);
        self.at += 1;
        if character == '\n' {
            self.line += 1;
        }
        self.lexed.code.push(instead.filter(|_| character != '\n').unwrap_or(character));
        character
    }

    fn step(&mut self) {
        if self.starts_with("//") {
            self.line_comment();
        } else if self.starts_with("/*") {
            self.block_comment();
        } else if let Some(hashes) = self.raw_string() {
            self.string(Some(hashes));
        } else if self.peek(0) == '"' {
            self.string(None);
        } else if self.peek(0) == '\'' {
            self.character_or_lifetime();
        } else {
            self.advance(None);
        }
    }

    fn line_comment(&mut self) {
        let (line, mut text) = (self.line, String::new());
        while self.at < self.characters.len() && self.peek(0) != '\n' {
            text.push(self.advance(Some(' ')));
        }
        let text = text.trim_start_matches(['/', '!']).trim().to_owned();
        self.lexed.comments.push(Piece { line, text });
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let (line, mut text, mut depth) = (self.line, String::new(), 0_u32);
        while self.at < self.characters.len() {
            if self.starts_with("/*") || self.starts_with("*/") {
                depth = if self.peek(0) == '/' { depth + 1 } else { depth - 1 };
                text.push(self.advance(Some(' ')));
            }
            text.push(self.advance(Some(' ')));
            if depth == 0 {
                break;
            }
        }
        let text = text.trim_start_matches(['/', '*', '!']).trim_end_matches(['/', '*']).trim().to_owned();
        self.lexed.comments.push(Piece { line, text });
    }

    /// The number of `#` of a raw string that starts here, after its `r`, `br` or `cr` has been passed.
    fn raw_string(&self) -> Option<usize> {
        let before = |back: usize| self.at.checked_sub(back).map_or(' ', |at| self.characters[at]);
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let prefixed =
            before(1) == 'r' && (!is_word(before(2)) || matches!(before(2), 'b' | 'c') && !is_word(before(3)));
        let hashes = (0..).take_while(|ahead| self.peek(*ahead) == '#').count();
        (prefixed && self.peek(hashes) == '"').then_some(hashes)
    }

    /// A string; a raw one has no escapes and ends with as many `#` as it began with.
    fn string(&mut self, hashes: Option<usize>) {
        let (line, mut text) = (self.line, String::new());
        let end = format!("\"{}", "#".repeat(hashes.unwrap_or(0)));
        for _ in 0..end.len() {
            self.advance(None);
        }
        while self.at < self.characters.len() && !self.starts_with(&end) {
            if hashes.is_none() && self.peek(0) == '\\' {
                text.push(self.advance(Some(IN_LITERAL)));
            }
            text.push(self.advance(Some(IN_LITERAL)));
        }
        for _ in 0..end.len().min(self.characters.len() - self.at) {
            self.advance(None);
        }
        self.lexed.strings.push(Piece { line, text });
    }

    /// `'a'` and `'\n'` are characters, `'a` is a lifetime.
    fn character_or_lifetime(&mut self) {
        let escaped = self.peek(1) == '\\';
        self.advance(None);
        if !escaped && self.peek(1) != '\'' {
            return;
        }
        for _ in 0..if escaped { 2 } else { 1 } {
            self.advance(Some(IN_LITERAL));
        }
        while self.at < self.characters.len() && self.peek(0) != '\'' && self.peek(0) != '\n' {
            self.advance(Some(IN_LITERAL));
        }
        self.advance(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code with `~` for what is inside of literals.
    fn code(text: &str) -> String {
        lex(text).code.replace(IN_LITERAL, "~")
    }

    #[test]
    fn literals_and_comments_are_blanked_in_place() {
        for (text, expected) in [
            (r#"a("x // y"); // z"#, r#"a("~~~~~~");     "#),
            (r#"a("\"");b"#, r#"a("~~");b"#),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r##"r#"a"b"#;c"##, r##"r#"~~~"#;c"##),
            (r##"br#"a"#"##, r##"br#"~"#"##),
            (r#"var"x""#, r#"var"~""#),
            (r"f::<'a>('b', '\'', '\u{1F600}', b'c')", r"f::<'a>('~', '~~', '~~~~~~~~~', b'~')"),
            (r"r#type 'static", r"r#type 'static"),
            ("\"a\nb\"", "\"~\n~\""),
            ("\"open", "\"~~~~"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn pieces_keep_their_line_and_text() {
        let lexed = lex("//! Doc.\nlet a = \"one\"; /* two\n lines */\nlet b = r\"three\";\n");
        let text = |pieces: &[Piece]| pieces.iter().map(|p| format!("{}:{}", p.line, p.text)).collect::<Vec<_>>();
        assert_eq!(text(&lexed.strings), ["2:one", "4:three"]);
        assert_eq!(text(&lexed.comments), ["1:Doc.", "2:two\n lines"]);
    }
}
