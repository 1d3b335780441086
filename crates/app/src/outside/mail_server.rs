//! Connections to the organisation's mail server, which stay open between mails (RFC 5321).
//!
//! The SMTP library has a pool of its own. It leaves Nagle's algorithm on, and writes the end of a mail by itself, so
//! that this small packet waits until the other side acknowledges the one before, which it puts off for 40 ms; and it
//! waits for a server that has stopped talking as long as that likes. A page can wait for neither.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_core::directory::MailSecurity;
use allclear_engine::host::MailRoute;
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{self};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long it may take to be let in.
const GREETING: Duration = Duration::from_secs(10);
/// How long a connection that is open already may take to show that it is alive.
const ALIVE: Duration = Duration::from_secs(5);
/// How long the server may take for one mail.
const MAIL: Duration = Duration::from_secs(30);
/// How many connections stay open with nothing to do.
const IDLE: usize = 8;

/// Why a mail was not sent.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no connection.
    Connect(io::Error),
    /// The server took too long.
    Slow {
        /// It may have the mail.
        begun: bool,
    },
    /// The server refused, or the conversation broke off.
    Smtp {
        /// What was said.
        error: smtp::Error,
        /// The server may have the mail.
        begun: bool,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => error.fmt(formatter),
            Self::Slow { begun: true } => write!(formatter, "the server did not take the mail in {} s", MAIL.as_secs()),
            Self::Slow { begun: false } => write!(formatter, "the server did not answer in {} s", GREETING.as_secs()),
            Self::Smtp { error, .. } => formatter.write_str(&innermost(error)),
        }
    }
}

fn innermost(error: &smtp::Error) -> String {
    let mut said = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        said = cause.to_string();
        next = cause.source();
    }
    said
}

/// The connections that nobody uses at the moment, each with the server that it leads to.
#[derive(Default)]
pub(super) struct Connections {
    idle: Mutex<Vec<(MailRoute, AsyncSmtpConnection)>>,
}

impl Connections {
    /// Sends one mail.
    pub(super) async fn send(&self, route: &MailRoute, message: &Message) -> Result<Response, Trouble> {
        let mut connection = match self.alive(route).await {
            Some(connection) => connection,
            None => open(route).await?,
        };
        let text = message.formatted();
        let sent = timeout(MAIL, connection.send(message.envelope(), &text)).await;
        let response = sent.map_err(|_| Trouble::Slow { begun: true })?;
        let response = response.map_err(|error| Trouble::Smtp { error, begun: true })?;
        self.keep(route, connection);
        Ok(response)
    }

    /// A connection to this server that is open already, and still answers.
    async fn alive(&self, route: &MailRoute) -> Option<AsyncSmtpConnection> {
        while let Some(mut connection) = self.take(route) {
            if timeout(ALIVE, connection.test_connected()).await == Ok(true) {
                return Some(connection);
            }
        }
        None
    }

    fn take(&self, route: &MailRoute) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Those to another server are of no use any more: there is one server at a time.
        idle.retain(|(known, _)| known == route);
        idle.pop().map(|(_, connection)| connection)
    }

    fn keep(&self, route: &MailRoute, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.has_broken() && idle.len() < IDLE {
            idle.push((route.clone(), connection));
        }
    }
}

/// Whether the server lets us in.
pub(super) async fn greet(route: &MailRoute) -> Result<(), Trouble> {
    let mut connection = open(route).await?;
    let left = timeout(ALIVE, connection.quit()).await.map_err(|_| Trouble::Slow { begun: false })?;
    left.map(drop).map_err(before_the_mail)
}

async fn open(route: &MailRoute) -> Result<AsyncSmtpConnection, Trouble> {
    timeout(GREETING, let_in(route)).await.map_err(|_| Trouble::Slow { begun: false })?
}

async fn let_in(route: &MailRoute) -> Result<AsyncSmtpConnection, Trouble> {
    let (server, name) = (&route.server, ClientId::default());
    let address = (server.host.as_str(), server.port);
    let protection = || TlsParameters::new(server.host.clone()).map_err(before_the_mail);
    let mut connection = if server.security == MailSecurity::Tls {
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(GREETING), &name, Some(protection()?), None);
        connecting.await.map_err(before_the_mail)?
    } else {
        let stream = TcpStream::connect(address).await.map_err(Trouble::Connect)?;
        stream.set_nodelay(true).map_err(Trouble::Connect)?;
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &name).await.map_err(before_the_mail)?
    };
    if server.security == MailSecurity::Starttls {
        connection.starttls(protection()?, &name).await.map_err(before_the_mail)?;
    }
    if let (Some(username), Some(password)) = (&server.username, &route.password) {
        let credentials = Credentials::new(username.clone(), password.expose().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(before_the_mail)?;
    }
    Ok(connection)
}

fn before_the_mail(error: smtp::Error) -> Trouble {
    Trouble::Smtp { error, begun: false }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use allclear_core::directory::MailServer;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// What a mail server does once it has taken so many mails over a connection.
    #[derive(Clone, Copy, PartialEq)]
    enum Then {
        Goes,
        Closes(usize),
        Hangs(usize),
    }

    /// A mail server that takes everything; and how often somebody connected.
    async fn server(then: Then) -> (MailRoute, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(talk(stream, then));
            }
        });
        let server = MailServer {
            host: "127.0.0.1".into(),
            port,
            security: MailSecurity::None,
            username: None,
            sender: "allclear@example.org".into(),
        };
        (MailRoute { server, password: None }, connections)
    }

    async fn talk(stream: TcpStream, then: Then) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut taken, mut in_mail) = (0, false);
        write.write_all(b"220 here\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let reply = match (in_mail, line.as_str()) {
                (true, ".") => {
                    (taken, in_mail) = (taken + 1, false);
                    "250 taken\r\n"
                }
                (true, _) => continue,
                (false, "DATA") => {
                    in_mail = true;
                    "354 go on\r\n"
                }
                (false, "QUIT") => "221 bye\r\n",
                (false, _) => "250 fine\r\n",
            };
            if then == Then::Hangs(taken) && reply.ends_with("taken\r\n") {
                std::future::pending::<()>().await;
            }
            if write.write_all(reply.as_bytes()).await.is_err() || then == Then::Closes(taken) {
                return;
            }
        }
    }

    fn mail() -> Message {
        let (from, to) = ("allclear@example.org".parse().unwrap(), "ana@example.org".parse().unwrap());
        Message::builder().from(from).to(to).subject("Disk full").body("Checkout".to_owned()).unwrap()
    }

    #[tokio::test]
    async fn mails_leave_over_one_connection() {
        let (route, opened) = server(Then::Goes).await;
        let connections = Connections::default();
        for _ in 0..3 {
            let reply = connections.send(&route, &mail()).await.unwrap();
            assert_eq!(reply.message().collect::<Vec<_>>(), ["taken"]);
        }
        assert_eq!(opened.load(Ordering::Relaxed), 1);
        greet(&route).await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_has_hung_up_meanwhile_is_called_again() {
        let (route, opened) = server(Then::Closes(1)).await;
        let connections = Connections::default();
        for _ in 0..3 {
            connections.send(&route, &mail()).await.unwrap();
        }
        assert_eq!(opened.load(Ordering::Relaxed), 3);
    }

    /// Time goes on by itself here whenever everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_stops_talking_is_not_waited_for() {
        let (route, _) = server(Then::Hangs(1)).await;
        let trouble = Connections::default().send(&route, &mail()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Slow { begun: true }), "{trouble}");

        let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut route = route;
        route.server.port = deaf.local_addr().unwrap().port();
        let trouble = Connections::default().send(&route, &mail()).await.unwrap_err();
        assert_eq!(trouble.to_string(), "the server did not answer in 10 s");

        drop(deaf);
        let trouble = Connections::default().send(&route, &mail()).await.unwrap_err();
        assert!(matches!(&trouble, Trouble::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused));
    }
}
