//! Against a mail server of our own, over sockets: protected and not, polite and not.

use std::sync::atomic::{AtomicUsize, Ordering};

use allclear_channels::Secret;
use allclear_core::directory::MailServer;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// What a mail server does that is out of the ordinary.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Fine,
    /// It hangs up once it has taken so many mails over a connection.
    Closes(usize),
    /// It stops talking after so many mails over a connection, to all connections but the latest.
    Forgets(usize),
    /// It never says what became of the body.
    Hangs,
    /// It knows no such recipient, and does not answer to QUIT.
    NoSuchRecipient,
    /// It does not take this body.
    NoSuchBody,
    /// It tells everybody to come back later, as soon as there is a mail.
    Later,
    /// Somebody between us adds an answer before the protection begins.
    Injected,
    /// It offers no STARTTLS.
    NoTls,
}

struct Fake {
    manner: Manner,
    security: MailSecurity,
    /// Who may log in, in the form of AUTH PLAIN; anybody may send where there is none.
    login: Option<&'static str>,
    /// How often somebody connected.
    opened: AtomicUsize,
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

impl Fake {
    fn new(manner: Manner, security: MailSecurity, login: Option<&'static str>) -> Arc<Self> {
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        let certificate = made.der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Arc::new(Self { manner, security, login, opened: AtomicUsize::new(0), certificate, acceptor })
    }

    fn plain(manner: Manner) -> Arc<Self> {
        Self::new(manner, MailSecurity::None, None)
    }

    /// Lets it listen, and says how to get there.
    async fn listen(self: &Arc<Self>) -> MailRoute {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = fake.opened.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(Arc::clone(&fake).receive(Box::new(stream), number));
            }
        });
        let server = MailServer {
            host: "localhost".into(),
            port,
            security: self.security,
            username: self.login.map(|_| "ana".to_owned()),
            sender: "allclear@example.org".into(),
        };
        MailRoute { server, password: self.login.map(|_| Secret::new("correct horse")) }
    }

    async fn receive(self: Arc<Self>, mut stream: Box<dyn Stream>, number: usize) {
        if self.security == MailSecurity::Tls {
            let Ok(protected) = self.acceptor.accept(stream).await else { return };
            stream = Box::new(protected);
        }
        stream.write_all(b"220 here\r\n").await.unwrap();
        if let Some(stream) = self.talk(stream, number, false).await
            && let Ok(protected) = self.acceptor.accept(stream).await
        {
            self.talk(Box::new(protected), number, true).await;
        }
    }

    /// Talks until the other side goes, or wants protection.
    async fn talk(&self, stream: Box<dyn Stream>, number: usize, protected: bool) -> Option<Box<dyn Stream>> {
        let mut stream = BufReader::new(stream);
        let (mut taken, mut in_mail, mut known) = (0, false, self.login.is_none());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end();
            if self.manner == Manner::Forgets(taken) && self.opened.load(Ordering::Relaxed) == number {
                std::future::pending::<()>().await;
            }
            let reply = match (in_mail, line.split_once([' ', ':']).map_or(line, |(verb, _)| verb), self.manner) {
                (true, ".", Manner::Hangs) => std::future::pending().await,
                (true, ".", manner) => {
                    (taken, in_mail) = (taken + 1, false);
                    if manner == Manner::NoSuchBody { "554 5.7.1 no\r\n" } else { "250 taken\r\n" }
                }
                (true, ..) => continue,
                (false, "EHLO", Manner::NoTls) => "250 here\r\n",
                (false, "EHLO", _) if protected => "250-here\r\n250 AUTH LOGIN PLAIN\r\n",
                (false, "EHLO", _) => "250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
                (false, "STARTTLS", Manner::Injected) => "220 go on\r\n250 I am the server\r\n",
                (false, "STARTTLS", _) => {
                    stream.write_all(b"220 go on\r\n").await.ok()?;
                    return Some(stream.into_inner());
                }
                (false, "AUTH", _) if self.login.is_some_and(|login| line.ends_with(login)) => {
                    known = true;
                    "235 welcome\r\n"
                }
                (false, "AUTH", _) => "535 5.7.8 who are you\r\n",
                (false, "MAIL", _) if !known => "530 5.7.0 log in\r\n",
                (false, "MAIL", Manner::Later) => "421 4.3.2 not now\r\n",
                (false, "RCPT", Manner::NoSuchRecipient) => "550 5.1.1 nobody of that name\r\n",
                (false, "QUIT", Manner::NoSuchRecipient) => continue,
                (false, "QUIT", _) => "221 bye\r\n",
                (false, "DATA", _) => {
                    in_mail = true;
                    "354 go on\r\n"
                }
                (false, ..) => "250 fine\r\n",
            };
            stream.write_all(reply.as_bytes()).await.ok()?;
            if self.manner == Manner::Closes(taken) {
                return None;
            }
        }
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Connections that trust it.
    fn connections(&self) -> Connections {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Connections::trusting(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    }
}

fn mail_to(address: &str) -> Message {
    let from = "allclear@example.org".parse().unwrap();
    let to = lettre::message::Mailbox::new(None, address.parse().unwrap());
    Message::builder().from(from).to(to).subject("Disk full").body("Checkout".to_owned()).unwrap()
}

fn mail() -> Message {
    mail_to("ana@example.org")
}

#[tokio::test]
async fn mails_leave_over_one_connection() {
    let fake = Fake::plain(Manner::Fine);
    let (route, connections) = (fake.listen().await, fake.connections());
    for _ in 0..3 {
        let reply = connections.send(&route, &mail()).await.unwrap();
        assert_eq!(reply.message().collect::<Vec<_>>(), ["taken"]);
    }
    assert_eq!(fake.opened(), 1);
    connections.greet(&route).await.unwrap();
}

/// Everything that a protected connection is used for happens under its protection.
#[tokio::test]
async fn mails_leave_protected_and_after_a_login() {
    for security in [MailSecurity::Tls, MailSecurity::Starttls] {
        let fake = Fake::new(Manner::Fine, security, Some("AGFuYQBjb3JyZWN0IGhvcnNl"));
        let route = fake.listen().await;
        fake.connections().send(&route, &mail()).await.unwrap();
        fake.connections().greet(&route).await.unwrap();

        let wrong = MailRoute { password: Some(Secret::new("wrong")), ..route.clone() };
        let NotSent { trouble, begun } = fake.connections().send(&wrong, &mail()).await.unwrap_err();
        assert!(matches!(&trouble, Trouble::Refused(reply) if reply.has_code(535)) && !begun, "{trouble}");

        let sealed = MailRoute { password: None, ..route.clone() };
        let trouble = fake.connections().greet(&sealed).await.unwrap_err();
        assert!(matches!(trouble, Trouble::NotSetUp(_)), "it does not go on without a login: {trouble}");

        let trouble = Connections::default().greet(&route).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Tls(_)), "nobody knows this authority: {trouble}");
        let elsewhere = MailServer { host: "127.0.0.1".into(), ..route.server.clone() };
        let trouble = fake.connections().greet(&MailRoute { server: elsewhere, ..route }).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Tls(_)), "the certificate is for another name: {trouble}");
    }
}

#[tokio::test]
async fn nothing_is_believed_that_came_before_the_protection() {
    for (manner, said) in [
        (Manner::Injected, "more than an answer came before the protection began"),
        (Manner::NoTls, "the mail server does not offer STARTTLS"),
    ] {
        let fake = Fake::new(manner, MailSecurity::Starttls, None);
        let route = fake.listen().await;
        let NotSent { trouble, begun } = fake.connections().send(&route, &mail()).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Tls(_)) && !begun);
        assert_eq!(trouble.to_string(), said);
    }
}

#[tokio::test]
async fn a_server_that_has_hung_up_meanwhile_is_called_again() {
    let fake = Fake::plain(Manner::Closes(1));
    let (route, connections) = (fake.listen().await, fake.connections());
    for _ in 0..3 {
        connections.send(&route, &mail()).await.unwrap();
    }
    assert_eq!(fake.opened(), 3);
}

/// What a server refuses it does not have, and it is not waited for until it has taken leave.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_at_once() {
    for (manner, code) in [(Manner::NoSuchRecipient, 550), (Manner::NoSuchBody, 554), (Manner::Later, 421)] {
        let fake = Fake::plain(manner);
        let (route, connections) = (fake.listen().await, fake.connections());
        let NotSent { trouble, begun } = connections.send(&route, &mail()).await.unwrap_err();
        assert!(matches!(&trouble, Trouble::Refused(reply) if reply.has_code(code)) && !begun, "{trouble}");
        assert!(lock(&connections.pool).idle.is_empty(), "nobody knows where in the conversation it stands");
    }
}

#[tokio::test]
async fn an_address_that_the_server_cannot_read_is_told() {
    let fake = Fake::plain(Manner::Fine);
    let route = fake.listen().await;
    let NotSent { trouble, begun } = fake.connections().send(&route, &mail_to("añá@example.org")).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Address) && !begun);
}

/// Time goes on by itself here whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn a_server_that_stops_talking_is_not_waited_for() {
    let fake = Fake::plain(Manner::Hangs);
    let mut route = fake.listen().await;
    let NotSent { trouble, begun } = fake.connections().send(&route, &mail()).await.unwrap_err();
    assert!(matches!(trouble, Trouble::Slow(MAIL)) && begun, "it may have the mail");

    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    route.server.host = "127.0.0.1".into();
    route.server.port = deaf.local_addr().unwrap().port();
    let NotSent { trouble, begun } = fake.connections().send(&route, &mail()).await.unwrap_err();
    assert_eq!((trouble.to_string().as_str(), begun), ("the server did not answer in 10 s", false));

    drop(deaf);
    let trouble = fake.connections().greet(&route).await.unwrap_err();
    assert!(matches!(&trouble, Trouble::Connect(error) if error.kind() == std::io::ErrorKind::ConnectionRefused));
    route.server.host = "nowhere.invalid".into();
    assert!(matches!(fake.connections().greet(&route).await.unwrap_err(), Trouble::Lookup(_)));
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_in_time() {
    let fake = Fake::plain(Manner::Fine);
    let (route, connections) = (fake.listen().await, fake.connections());
    connections.send(&route, &mail()).await.unwrap();
    drop(timeout(IDLE_FOR * 3 / 2, std::future::pending::<()>()).await);
    connections.send(&route, &mail()).await.unwrap();
    assert_eq!(fake.opened(), 1, "it was still open");
    drop(timeout(IDLE_FOR * 3, std::future::pending::<()>()).await);
    {
        let pool = lock(&connections.pool);
        assert!(pool.idle.is_empty() && !pool.watched);
    }
    connections.send(&route, &mail()).await.unwrap();
    assert_eq!(fake.opened(), 2);
}

/// As behind a firewall that has dropped the connection without a word.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_dead_is_given_up_soon() {
    let fake = Fake::plain(Manner::Forgets(1));
    let (route, connections) = (fake.listen().await, fake.connections());
    connections.send(&route, &mail()).await.unwrap();
    connections.send(&route, &mail()).await.unwrap();
    assert_eq!(fake.opened(), 2);
}
