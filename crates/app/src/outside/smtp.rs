//! A conversation with a mail server (RFC 5321).
//!
//! The commands and the replies are those of the SMTP library; the conversation is our own, because of what a page
//! needs and the library's does not have: it knows from which moment on the server may have the mail, writes the body
//! and its end as one (Nagle's algorithm holds back a small end until the other side acknowledges what came before,
//! which it puts off for 40 ms), and believes nothing after STARTTLS that came before it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use allclear_channels::Secret;
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter, ServerInfo};
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio_rustls::TlsConnector;

/// The longest reply that is read, all of its lines together.
const REPLY_BYTES: u64 = 64 * 1024;
/// How often a server may ask something during authentication.
const CHALLENGES: usize = 4;

/// Why a mail was not sent, or nobody was let in.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server's name has no address.
    Lookup(io::Error),
    /// There is no connection.
    Connect(io::Error),
    /// There is no protected connection.
    Tls(io::Error),
    /// The server took longer than this.
    Slow(Duration),
    /// The connection broke, or what came over it was no SMTP.
    Broken(io::Error),
    /// The server refused.
    Refused(Response),
    /// The server does not speak what this address needs.
    Address,
    /// We are not set up for it.
    NotSetUp(&'static str),
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup(error) | Self::Connect(error) | Self::Tls(error) | Self::Broken(error) => error.fmt(formatter),
            Self::Slow(limit) => write!(formatter, "the server did not answer in {} s", limit.as_secs()),
            Self::Refused(response) => formatter.write_str(&text(response)),
            Self::Address => formatter.write_str("the mail server takes no addresses with such letters (SMTPUTF8)"),
            Self::NotSetUp(what) => formatter.write_str(what),
        }
    }
}

/// What a reply says.
pub(super) fn text(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A conversation with a server that has greeted us.
pub(super) struct Conversation {
    stream: BufReader<Box<dyn Stream>>,
    server: ServerInfo,
    /// The server may have the mail that is under way.
    pub(super) begun: bool,
}

/// Protects a stream.
pub(super) async fn protect(
    stream: Box<dyn Stream>,
    host: &str,
    trust: &Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, Trouble> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| Trouble::Tls(io::Error::other("no certificate is for a host of that name")))?;
    let protected = TlsConnector::from(Arc::clone(trust)).connect(name, stream).await.map_err(Trouble::Tls)?;
    Ok(Box::new(protected))
}

impl Conversation {
    /// Waits for the greeting, and answers it.
    pub(super) async fn begin(stream: Box<dyn Stream>) -> Result<Self, Trouble> {
        let mut new = Self { stream: BufReader::new(stream), server: ServerInfo::default(), begun: false };
        new.reply().await?;
        new.hello().await?;
        Ok(new)
    }

    async fn hello(&mut self) -> Result<(), Trouble> {
        let reply = self.command(Ehlo::new(ClientId::default())).await?;
        self.server = ServerInfo::from_response(&reply).map_err(|error| Trouble::Broken(io::Error::other(error)))?;
        Ok(())
    }

    /// Goes on under protection (RFC 3207).
    pub(super) async fn start_tls(mut self, host: &str, trust: &Arc<ClientConfig>) -> Result<Self, Trouble> {
        if !self.server.supports_feature(Extension::StartTls) {
            return Err(Trouble::Tls(io::Error::other("the mail server does not offer STARTTLS")));
        }
        self.command(Starttls).await?;
        // Somebody between us and the server could have put it there, to be read as if it were protected.
        if !self.stream.buffer().is_empty() {
            return Err(Trouble::Tls(io::Error::other("more than an answer came before the protection began")));
        }
        let stream = protect(self.stream.into_inner(), host, trust).await?;
        let mut new = Self { stream: BufReader::new(stream), server: ServerInfo::default(), begun: false };
        new.hello().await?;
        Ok(new)
    }

    /// Says who we are (RFC 4954).
    pub(super) async fn log_in(&mut self, username: &str, password: &Secret) -> Result<(), Trouble> {
        let Some(mechanism) = self.server.get_auth_mechanism(DEFAULT_MECHANISMS) else {
            return Err(Trouble::NotSetUp("the mail server offers no login with a password (PLAIN or LOGIN)"));
        };
        let broken = |error| Trouble::Broken(io::Error::other(error));
        let credentials = Credentials::new(username.to_owned(), password.expose().to_owned());
        let first = Auth::new(mechanism, credentials.clone(), None).map_err(broken)?;
        let mut reply = self.command(first).await?;
        for _ in 0..CHALLENGES {
            if !reply.has_code(334) {
                return Ok(());
            }
            let next = Auth::new_from_response(mechanism, credentials.clone(), &reply).map_err(broken)?;
            reply = self.command(next).await?;
        }
        Err(Trouble::Broken(io::Error::other("the mail server does not stop asking for the password")))
    }

    /// Asks whether the server takes a mail with this envelope; it answers at once when it still lives.
    pub(super) async fn announce(&mut self, message: &Message) -> Result<(), Trouble> {
        self.begun = false;
        let envelope = message.envelope();
        let mut parameters = Vec::new();
        let mut addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !self.server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Trouble::Address);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.command(Mail::new(envelope.from().cloned(), parameters)).await.map(drop)
    }

    /// Hands over the mail that was announced.
    pub(super) async fn hand_over(&mut self, message: &Message) -> Result<Response, Trouble> {
        for recipient in message.envelope().to() {
            self.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
        }
        self.command(Data).await?;
        self.begun = true;
        self.write(&as_data(&message.formatted())).await?;
        let reply = self.reply().await;
        // A refusal is an answer: the server does not have it.
        self.begun = !matches!(reply, Ok(_) | Err(Trouble::Refused(_)));
        reply
    }

    /// Takes leave.
    pub(super) async fn quit(&mut self) -> Result<(), Trouble> {
        self.command(Quit).await.map(drop)
    }

    async fn command(&mut self, command: impl fmt::Display) -> Result<Response, Trouble> {
        self.write(command.to_string().as_bytes()).await?;
        self.reply().await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).await.map_err(Trouble::Broken)?;
        stream.flush().await.map_err(Trouble::Broken)
    }

    /// The next reply: its last line has a space after the code (RFC 5321 §4.2.1).
    async fn reply(&mut self) -> Result<Response, Trouble> {
        let mut said = Vec::new();
        let mut limited = (&mut self.stream).take(REPLY_BYTES);
        loop {
            let start = said.len();
            limited.read_until(b'\n', &mut said).await.map_err(Trouble::Broken)?;
            let line = &said[start..];
            if !line.ends_with(b"\n") {
                let what = if limited.limit() == 0 { "its reply is too long" } else { "the server hung up" };
                return Err(Trouble::Broken(io::Error::new(io::ErrorKind::UnexpectedEof, what)));
            }
            if line.get(3) != Some(&b'-') {
                break;
            }
        }
        let said = String::from_utf8_lossy(&said);
        let response: Response = said.parse().map_err(|_| {
            Trouble::Broken(io::Error::other(format!("the server does not speak SMTP: {}", said.trim_end())))
        })?;
        if response.is_positive() { Ok(response) } else { Err(Trouble::Refused(response)) }
    }
}

/// A mail as it goes over the wire, with its end: a line that begins with a dot gets another one (RFC 5321 §4.5.2).
fn as_data(mail: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(mail.len() + 16);
    let text = mail.strip_suffix(b"\r\n").unwrap_or(mail);
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_the_end_is_added() {
        for (mail, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..b\r\nc.\r\n", "..\r\n...b\r\nc.\r\n.\r\n"),
            ("a\n.b\n", "a\r\n..b\r\n\r\n.\r\n"),
            ("a\r\n\r\n", "a\r\n\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8(as_data(mail.as_bytes())).unwrap(), wire, "{mail:?}");
        }
    }

    async fn reply_to(said: Vec<u8>) -> Result<Response, Trouble> {
        let (ours, mut theirs) = tokio::io::duplex(256 * 1024);
        theirs.write_all(&said).await.unwrap();
        drop(theirs);
        let stream: Box<dyn Stream> = Box::new(ours);
        let mut conversation =
            Conversation { stream: BufReader::new(stream), server: ServerInfo::default(), begun: false };
        conversation.reply().await
    }

    #[tokio::test]
    async fn replies_have_lines_and_an_end() {
        let reply = reply_to(b"250-here\r\n250 fine\r\n354 not yet\r\n".to_vec()).await.unwrap();
        assert_eq!((text(&reply).as_str(), reply.has_code(250)), ("here fine", true));
        let refused = reply_to(b"550 5.1.1 nobody\r\n".to_vec()).await.unwrap_err();
        assert!(matches!(refused, Trouble::Refused(_)) && refused.to_string() == "5.1.1 nobody");
        for (said, error) in [
            (&b"250-here\r\n"[..], "the server hung up"),
            (b"", "the server hung up"),
            (b"HTTP/1.1 400 Bad Request\r\n", "the server does not speak SMTP: HTTP/1.1 400 Bad Request"),
            (&b"250-on and on\r\n".repeat(5_000), "its reply is too long"),
        ] {
            assert_eq!(reply_to(said.to_vec()).await.unwrap_err().to_string(), error);
        }
    }
}
