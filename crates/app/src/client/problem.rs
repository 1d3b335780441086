//! What goes wrong between us and the server, in words with a remedy.

use std::error::Error as _;
use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// The server refused: its problem document (RFC 9457), and what may help.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What kind of problem.
    pub(crate) title: String,
    /// What was wrong this time.
    #[serde(default)]
    pub(crate) detail: String,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    /// What may help, where the server cannot know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FieldError {
    /// The field: `steps[2].wait`.
    pub(crate) field: String,
    /// What is wrong with its value, and the remedy.
    pub(crate) message: String,
}

/// What the intake answers when it refuses: reasons without fields.
#[derive(Deserialize)]
struct IntakeRefusal {
    errors: Vec<String>,
}

impl Refused {
    /// Reads the answer of a server that refused.
    pub(crate) fn read(server: &Url, status: u16, body: &str, has_token: bool) -> Self {
        let remedy = remedy(status, has_token);
        if let Ok(problem) = serde_json::from_str::<Self>(body) {
            return Self { remedy, ..problem };
        }
        let title = format!("{server} answered {status}");
        if let Ok(IntakeRefusal { errors }) = serde_json::from_str(body) {
            return Self { status, title, detail: errors.join("; "), errors: Vec::new(), remedy: None };
        }
        let remedy =
            Some("Check that --server leads to an Allclear server, and not to something before it.".to_owned());
        Self { status, title, detail: "The answer is not one of Allclear's.".to_owned(), errors: Vec::new(), remedy }
    }
}

fn remedy(status: u16, has_token: bool) -> Option<String> {
    let text = match (status, has_token) {
        (401, false) => {
            "Give an API token with --token, ALLCLEAR_TOKEN or `allclear login`. The first one is made on the server's \
             machine: allclear token create --data DIR --name NAME --scope admin"
        }
        (401, true) => "The token is unknown or revoked. Make another one, and check that it is for this server.",
        (403, _) => "Use a token with a wider scope; `allclear token list` shows what each is good for.",
        (429 | 503, _) => "Try again in a moment.",
        _ => return None,
    };
    Some(text.to_owned())
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.title)?;
        if !self.detail.is_empty() {
            write!(formatter, ": {}", self.detail)?;
        }
        for FieldError { field, message } in &self.errors {
            write!(formatter, "\n  {field}: {message}")?;
        }
        self.remedy.iter().try_for_each(|remedy| write!(formatter, "\n  {remedy}"))
    }
}

impl std::error::Error for Refused {}

/// There was no answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Unreachable {
    /// What kind of problem.
    title: String,
    /// What was wrong this time.
    detail: String,
    /// What to do.
    remedy: &'static str,
}

impl Unreachable {
    pub(crate) fn new(server: &Url, error: &reqwest::Error) -> Self {
        let mut detail = String::new();
        let mut next = error.source();
        while let Some(cause) = next {
            detail = cause.to_string();
            next = cause.source();
        }
        let (title, remedy) = if error.is_connect() {
            let remedy = "Start it with `allclear serve`, or name another one with --server or ALLCLEAR_URL.";
            (format!("No server answers at {server}"), remedy)
        } else if error.is_timeout() {
            let remedy = "It may have done what you asked: look before you repeat it.";
            (format!("The server at {server} took too long to answer"), remedy)
        } else {
            let remedy = "It may have done what you asked: look before you repeat it.";
            (format!("The server at {server} went away before it answered"), remedy)
        };
        Self { title, detail, remedy }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}\n  {}", self.title, self.detail, self.remedy)
    }
}

impl std::error::Error for Unreachable {}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str, has_token: bool) -> String {
        Refused::read(&Url::parse("http://a.example/").unwrap(), status, body, has_token).to_string()
    }

    #[test]
    fn every_refusal_says_what_was_wrong_and_what_to_do() {
        let body = r#"{"status": 422, "title": "Unprocessable Entity", "detail": "Some fields are wrong.",
            "errors": [{"field": "policy", "message": "there is no policy `defualt`; did you mean `default`?"}]}"#;
        assert_eq!(
            said(422, body, true),
            "Unprocessable Entity: Some fields are wrong.\n  policy: there is no policy `defualt`; did you mean `default`?"
        );
        let body = r#"{"status": 401, "title": "Unauthorized", "detail": "No token."}"#;
        assert!(said(401, body, false).contains("allclear token create"));
        assert!(said(401, body, true).contains("revoked"));
        assert_eq!(
            said(404, r#"{"status": "refused", "errors": ["there is no integration with this key"]}"#, false),
            "http://a.example/ answered 404: there is no integration with this key"
        );
        assert!(said(502, "<html>Bad Gateway</html>", false).contains("--server"));
    }
}
