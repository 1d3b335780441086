//! Connections to the organisation's mail server, which stay open between mails.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use allclear_core::directory::MailSecurity;
use allclear_engine::host::MailRoute;
use lettre::Message;
use lettre::transport::smtp::response::Response;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::smtp::{Conversation, Stream, Trouble, protect};

/// How long one address of the server is tried.
const ADDRESS: Duration = Duration::from_secs(3);
/// How long it may take to be let in.
const GREETING: Duration = Duration::from_secs(10);
/// How long a connection that is open already may take to show that it is alive.
const ALIVE: Duration = Duration::from_secs(5);
/// How long the server may take for one mail.
const MAIL: Duration = Duration::from_secs(30);
/// How many connections stay open with nothing to do.
const IDLE: usize = 8;
/// How long, up to twice this: what is between us and the server forgets connections on which nothing happens, and
/// tells nobody.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// Why a mail was not sent.
#[derive(Debug)]
pub(super) struct NotSent {
    pub(super) trouble: Trouble,
    /// The server may have the mail all the same.
    pub(super) begun: bool,
}

/// A connection that nobody uses at the moment, and the server that it leads to.
struct Idle {
    route: MailRoute,
    conversation: Conversation,
    /// It was used since the last look.
    used: bool,
}

/// Those that nobody uses.
#[derive(Default)]
struct Pool {
    idle: Vec<Idle>,
    /// Somebody closes them in time.
    watched: bool,
}

/// The connections.
#[derive(Default)]
pub(super) struct Connections {
    pool: Arc<Mutex<Pool>>,
    trust: OnceLock<Arc<ClientConfig>>,
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    /// Connections to servers whose certificates come from these authorities.
    #[cfg(test)]
    fn trusting(trust: ClientConfig) -> Self {
        Self { trust: OnceLock::from(Arc::new(trust)), ..Self::default() }
    }

    /// Sends one mail.
    pub(super) async fn send(&self, route: &MailRoute, message: &Message) -> Result<Response, NotSent> {
        if let Some(conversation) = self.alive(route, message).await {
            match self.hand_over(route, conversation, message, true).await {
                // Whatever it was, a connection of its own tells it better.
                Err(NotSent { begun: false, trouble }) => {
                    tracing::debug!(%trouble, "a connection to the mail server is given up for a new one");
                }
                told => return told,
            }
        }
        let conversation = self.open(route).await.map_err(|trouble| NotSent { trouble, begun: false })?;
        self.hand_over(route, conversation, message, false).await
    }

    async fn hand_over(
        &self,
        route: &MailRoute,
        mut conversation: Conversation,
        message: &Message,
        announced: bool,
    ) -> Result<Response, NotSent> {
        let sending = async {
            if !announced {
                conversation.announce(message).await?;
            }
            conversation.hand_over(message).await
        };
        let reply = timeout(MAIL, sending).await.unwrap_or(Err(Trouble::Slow(MAIL)));
        let begun = conversation.begun;
        let response = reply.map_err(|trouble| NotSent { trouble, begun })?;
        self.keep(route, conversation);
        Ok(response)
    }

    /// A connection to this server that is open already, and to which this mail could be announced.
    async fn alive(&self, route: &MailRoute, message: &Message) -> Option<Conversation> {
        let mut conversation = self.take(route)?;
        if let Ok(Ok(())) = timeout(ALIVE, conversation.announce(message)).await {
            return Some(conversation);
        }
        // The others have been idle for longer.
        lock(&self.pool).idle.clear();
        None
    }

    fn take(&self, route: &MailRoute) -> Option<Conversation> {
        let mut pool = lock(&self.pool);
        // Those to another server are of no use any more: there is one server at a time.
        pool.idle.retain(|one| one.route == *route);
        pool.idle.pop().map(|one| one.conversation)
    }

    fn keep(&self, route: &MailRoute, conversation: Conversation) {
        let mut pool = lock(&self.pool);
        if pool.idle.len() == IDLE {
            return;
        }
        pool.idle.push(Idle { route: route.clone(), conversation, used: true });
        if !std::mem::replace(&mut pool.watched, true) {
            tokio::spawn(close_unused(Arc::clone(&self.pool)));
        }
    }

    /// Whether the server lets us in.
    pub(super) async fn greet(&self, route: &MailRoute) -> Result<(), Trouble> {
        let mut conversation = self.open(route).await?;
        timeout(ALIVE, conversation.quit()).await.unwrap_or(Err(Trouble::Slow(ALIVE)))
    }

    async fn open(&self, route: &MailRoute) -> Result<Conversation, Trouble> {
        timeout(GREETING, self.let_in(route)).await.unwrap_or(Err(Trouble::Slow(GREETING)))
    }

    async fn let_in(&self, route: &MailRoute) -> Result<Conversation, Trouble> {
        let server = &route.server;
        let mut stream = connect(&server.host, server.port).await?;
        if server.security == MailSecurity::Tls {
            stream = protect(stream, &server.host, self.trust()).await?;
        }
        let mut conversation = Conversation::begin(stream).await?;
        if server.security == MailSecurity::Starttls {
            conversation = conversation.start_tls(&server.host, self.trust()).await?;
        }
        match (&server.username, &route.password) {
            (Some(username), Some(password)) => conversation.log_in(username, password).await?,
            (Some(_), None) => return Err(Trouble::NotSetUp(NO_PASSWORD)),
            (None, _) => {}
        }
        Ok(conversation)
    }

    /// The authorities that the operating system trusts, as of the first protected connection.
    fn trust(&self) -> &Arc<ClientConfig> {
        self.trust.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
        })
    }
}

const NO_PASSWORD: &str =
    "there is no password for the mail server that this master key opens; enter it again in the settings";

/// A connection to whichever address of the host answers first, tried in their order.
async fn connect(host: &str, port: u16) -> Result<Box<dyn Stream>, Trouble> {
    let mut trouble = Trouble::Lookup(std::io::Error::other("the name has no address"));
    for address in lookup_host((host, port)).await.map_err(Trouble::Lookup)? {
        match timeout(ADDRESS, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(Trouble::Connect)?;
                return Ok(Box::new(stream));
            }
            Ok(Err(error)) => trouble = Trouble::Connect(error),
            Err(_) => trouble = Trouble::Slow(ADDRESS),
        }
    }
    Err(trouble)
}

/// Closes connections that were not used between two looks, until there are none left.
async fn close_unused(pool: Arc<Mutex<Pool>>) {
    let mut watched = true;
    while watched {
        drop(timeout(IDLE_FOR, std::future::pending::<()>()).await);
        let unused: Vec<Idle> = {
            let mut pool = lock(&pool);
            let unused = pool.idle.extract_if(.., |one| !std::mem::take(&mut one.used)).collect();
            watched = !pool.idle.is_empty();
            pool.watched = watched;
            unused
        };
        for mut one in unused {
            drop(timeout(ALIVE, one.conversation.quit()).await);
        }
    }
}

#[cfg(test)]
mod tests;
