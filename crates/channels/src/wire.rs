//! What goes onto the wire and comes back. Whoever does that knows nothing of channels.
//!
//! The wire's side of the bargain: it follows no redirects, guards against requests into networks that are not allowed
//! (SSRF), encodes header texts (RFC 2047) and folds them, assembles `multipart/alternative`, and tells in
//! [`WireReply::Failed`] whether the request may have been received. `Debug` of these types shows what may be logged:
//! no bodies, no header values, of web addresses only the host.

use std::fmt;

use allclear_core::wait::Wait;
use jiff::Timestamp;

use crate::text;

/// A request that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// Over HTTP.
    Http(HttpRequest),
    /// Through the mail server.
    Mail(Box<Mail>),
}

/// The methods of HTTP requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// POST.
    Post,
}

impl Method {
    /// As on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
        }
    }
}

/// An HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The address: `http` or `https`. Where it may lead is for the wire to check.
    pub url: String,
    /// The headers, names in lower case; the values are visible ASCII. `host` and `content-length` are the wire's.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long to wait for the whole answer.
    pub timeout: Wait,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &text::without_paths(&self.url))
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// A mail address with the name of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty. One line, not encoded.
    pub name: String,
    /// The address. Its domain may be international, not encoded.
    pub address: String,
}

/// A mail. All header texts are single lines without control characters, not yet encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// `From`, and the envelope's sender.
    pub from: Mailbox,
    /// `To`, and the envelope's recipient.
    pub to: Mailbox,
    /// `Reply-To`.
    pub reply_to: Option<Mailbox>,
    /// `Date`.
    pub date: Timestamp,
    /// `Subject`.
    pub subject: String,
    /// `Message-ID`, in its angle brackets.
    pub message_id: String,
    /// `In-Reply-To`, in its angle brackets.
    pub in_reply_to: Option<String>,
    /// `References`, each in its angle brackets.
    pub references: Vec<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The plain text. Lines end with `\n` and may be of any length: encoding them is the wire's.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for Mail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mail")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("subject", &self.subject)
            .field("message_id", &self.message_id)
            .field("text_bytes", &self.text.len())
            .field("html_bytes", &self.html.len())
            .finish()
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The host has no address.
    Dns,
    /// No protected connection came about.
    Tls,
    /// The connection broke.
    Closed,
    /// The address leads into a network that requests may not go to.
    Blocked,
    /// It is no address to which anything can be sent.
    Address,
    /// Something that it is sent with is not set up.
    NotSetUp,
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub enum WireReply {
    /// An HTTP answer.
    Http {
        /// The status code.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The beginning of the body; the wire decides how much it reads.
        body: Vec<u8>,
    },
    /// The mail server's last word.
    Mail {
        /// The reply code (RFC 5321 §4.2).
        code: u16,
        /// The text behind it.
        text: String,
    },
    /// No answer.
    Failed {
        /// Why.
        kind: Failure,
        /// More about it, for people.
        text: String,
        /// The request may have been received all the same, so that trying again may say it twice.
        maybe_delivered: bool,
    },
}

impl fmt::Debug for WireReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { status, body, .. } => {
                formatter.debug_struct("Http").field("status", status).field("body_bytes", &body.len()).finish()
            }
            Self::Mail { code, text } => formatter
                .debug_struct("Mail")
                .field("code", code)
                .field("text", &text::excerpt(text.as_bytes()))
                .finish(),
            Self::Failed { kind, text, maybe_delivered } => formatter
                .debug_struct("Failed")
                .field("kind", kind)
                .field("text", &text::excerpt(text.as_bytes()))
                .field("maybe_delivered", maybe_delivered)
                .finish(),
        }
    }
}
