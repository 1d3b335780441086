//! Matchers: `severity="critical"`, `instance=~"db-.+"`.
//!
//! The forms are those of Alertmanager (`pkg/labels/parse.go`, "classic", and the quoted names of its newer parser):
//! white space around the parts is nothing, the value may be quoted, and inside of it `\n`, `\"` and `\\` are escapes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use allclear_core::limits;
use regex::{Regex, RegexBuilder};

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
}

impl Operator {
    pub(crate) fn new(is_equal: bool, is_regex: bool) -> Self {
        match (is_equal, is_regex) {
            (true, false) => Self::Equal,
            (false, false) => Self::NotEqual,
            (true, true) => Self::Matches,
            (false, true) => Self::MatchesNot,
        }
    }

    /// Whether it is equal rather than not, and whether it is an expression.
    pub(super) fn parts(self) -> (bool, bool) {
        match self {
            Self::Equal => (true, false),
            Self::NotEqual => (false, false),
            Self::Matches => (true, true),
            Self::MatchesNot => (false, true),
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::MatchesNot => "!~",
        }
    }
}

/// What a label must be.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    pub(crate) name: String,
    pub(crate) operator: Operator,
    pub(crate) value: String,
    expression: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.operator, &self.value) == (&other.name, other.operator, &other.value)
    }
}

impl Matcher {
    /// # Errors
    /// The value is no regular expression, or one that is too large.
    pub(crate) fn new(name: &str, operator: Operator, value: &str) -> Result<Self, String> {
        let expression = match operator {
            Operator::Equal | Operator::NotEqual => None,
            Operator::Matches | Operator::MatchesNot => Some(whole(value)?),
        };
        Ok(Self { name: name.to_owned(), operator, value: value.to_owned(), expression })
    }

    /// Whether it holds for a label of this value; an empty one is the same as none.
    pub(crate) fn holds(&self, value: &str) -> bool {
        let found = self.expression.as_ref().is_some_and(|expression| expression.is_match(value));
        match self.operator {
            Operator::Equal => value == self.value,
            Operator::NotEqual => value != self.value,
            Operator::Matches => found,
            Operator::MatchesNot => !found,
        }
    }

    /// Whether it holds for the one among these labels that it is about.
    pub(crate) fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.holds(labels.get(&self.name).map_or("", String::as_str))
    }
}

/// An expression that must match a text from its beginning to its end.
///
/// # Errors
/// It is none, or it is too large.
pub(crate) fn whole(expression: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(&format!("^(?:{expression})$")).size_limit(limits::EXPRESSION_BYTES).build();
    built.map_err(|error| format!("invalid regular expression {expression:?}: {}", last_line(&error)))
}

/// Why an expression is none, without the drawing that comes before it.
fn last_line(error: &regex::Error) -> String {
    let said = error.to_string();
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}{:?}", self.name, self.operator.sign(), self.value)
    }
}

impl FromStr for Matcher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("bad matcher format: {text}");
        let (name, rest) = name(text.trim()).ok_or_else(bad)?;
        let rest = rest.trim_start();
        let operators = [Operator::Matches, Operator::Equal, Operator::NotEqual, Operator::MatchesNot];
        let found = operators.into_iter().find_map(|operator| Some((operator, rest.strip_prefix(operator.sign())?)));
        let (operator, value) = found.ok_or_else(bad)?;
        Self::new(&name, operator, &unescaped(value.trim())?)
    }
}

/// The name at the beginning, and what comes after it.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut escaped = false;
        let end = quoted.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        })?;
        let name = unescaped(&quoted[..end]).ok()?;
        return Some((name, &quoted[end + 1..])).filter(|(name, _)| !name.is_empty());
    }
    let ends = |letter: char| letter.is_whitespace() || "{}!=~,\\\"'`".contains(letter);
    let (name, rest) = text.split_at(text.find(ends)?);
    Some((name.to_owned(), rest)).filter(|(name, _)| !name.is_empty())
}

/// A value without its quotes and escapes. A backslash before anything else is itself.
fn unescaped(raw: &str) -> Result<String, String> {
    let lone = || format!("matcher value contains unescaped double quote: {raw}");
    let (body, quoted) = raw.strip_prefix('"').map_or((raw, false), |body| (body, true));
    let mut value = String::new();
    let mut letters = body.chars().peekable();
    let mut closed = false;
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(&next @ ('n' | '"' | '\\'))) => {
                letters.next();
                value.push(if next == 'n' { '\n' } else { next });
            }
            ('"', None) if quoted => closed = true,
            ('"', _) => return Err(lone()),
            _ => value.push(letter),
        }
    }
    if quoted && !closed { Err(lone()) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_matcher() {
        for (text, read) in [
            ("foo=bar", r#"foo="bar""#),
            (" foo = bar ", r#"foo="bar""#),
            (r#"foo="bar""#, r#"foo="bar""#),
            ("foo!=bar", r#"foo!="bar""#),
            ("foo=~bar.*", r#"foo=~"bar.*""#),
            (r#"foo!~"bar|baz""#, r#"foo!~"bar|baz""#),
            ("foo=", r#"foo="""#),
            (r#"foo="""#, r#"foo="""#),
            ("foo=bar=baz", r#"foo="bar=baz""#),
            ("foo==bar", r#"foo="=bar""#),
            (r#"foo="a\nb""#, r#"foo="a\nb""#),
            (r#"foo="say \"hi\" \\ \d""#, r#"foo="say \"hi\" \\ \\d""#),
            (r#"foo=end\"#, r#"foo="end\\""#),
            ("a:b_1=c", r#"a:b_1="c""#),
            (r#""with space"="x""#, r#"with space="x""#),
            ("größe=✓", r#"größe="✓""#),
        ] {
            assert_eq!(text.parse::<Matcher>().map(|matcher| matcher.to_string()), Ok(read.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_matcher_is_refused_with_its_text() {
        for (text, why) in [
            ("foo", "bad matcher format: foo"),
            ("", "bad matcher format: "),
            ("=bar", "bad matcher format: =bar"),
            ("{foo=bar}", "bad matcher format: {foo=bar}"),
            ("foo bar=baz", "bad matcher format: foo bar=baz"),
            (r#"foo="bar"#, r#"matcher value contains unescaped double quote: "bar"#),
            (r#"foo=b"ar"#, r#"matcher value contains unescaped double quote: b"ar"#),
            (r#"foo="b"ar""#, r#"matcher value contains unescaped double quote: "b"ar""#),
            (r#"foo=""#, r#"matcher value contains unescaped double quote: ""#),
            ("foo=~(", r#"invalid regular expression "(": unclosed group"#),
        ] {
            assert_eq!(text.parse::<Matcher>().unwrap_err(), why, "{text}");
        }
        // beyond: EXPRESSION_BYTES
        let large = "foo=~(a{1000}){1000}".parse::<Matcher>().unwrap_err();
        assert!(large.starts_with("invalid regular expression"), "{large}");
    }

    #[test]
    fn an_expression_matches_the_whole_value_and_a_missing_label_is_empty() {
        let labels = BTreeMap::from([("env".to_owned(), "production".to_owned())]);
        for (text, fits) in [
            ("env=production", true),
            ("env!=production", false),
            ("env=~prod", false),
            ("env=~prod.*", true),
            ("env=~x|production", true),
            ("env!~prod", true),
            ("env!=", true),
            ("team=", true),
            ("team=a", false),
            ("team!=a", true),
            ("team!=", false),
            ("team=~.*", true),
            ("team=~.+", false),
            ("team!~.+", true),
        ] {
            assert_eq!(text.parse::<Matcher>().unwrap().fits(&labels), fits, "{text}");
        }
    }
}
