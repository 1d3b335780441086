//! Phones on real sockets: a mail server and a push service on loopback, and the devices behind them.
//!
//! What arrives was sent as in earnest, by SMTP and by signed webhooks, and shows on the phone of whoever it is for.
//! Both providers can be cut off, so that everybody can watch what retries do.

mod mail;
mod push;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_engine::host::Clock;
use jiff::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

/// How many messages are kept; older ones go.
const KEPT: usize = 500;

/// A message on somebody's phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Counts from 1, over all phones.
    pub number: u64,
    /// The login of whoever it is for.
    pub person: String,
    /// How it came: `push` or `mail`.
    pub channel: &'static str,
    /// When.
    pub at: Timestamp,
    /// What it is: `page`, `bundle`, `notice`, `test`, `verification`; of a mail, `mail`.
    pub kind: String,
    /// The first line.
    pub title: String,
    /// The rest of it.
    pub text: String,
    /// `sev1` to `sev4`, where it says.
    pub severity: Option<String>,
    /// Where it leads: the page with the one button for whoever is to act.
    pub link: Option<String>,
}

/// The secrets by which a push service knows its senders, by the login of the recipient.
pub type Secrets = BTreeMap<String, String>;

/// The phones of a company: cheap to clone.
#[derive(Clone)]
pub struct Phones(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    mail: SocketAddr,
    push: SocketAddr,
    cut: AtomicBool,
    secrets: Mutex<Secrets>,
    messages: Mutex<VecDeque<Message>>,
    next: Mutex<u64>,
    news: broadcast::Sender<Message>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Phones {
    /// Switches the phones on. They answer as long as the tasks live.
    ///
    /// # Errors
    /// When loopback has no free port.
    pub async fn switch_on(clock: Arc<dyn Clock>) -> io::Result<(Self, JoinSet<()>)> {
        let mail = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let push = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let phones = Self(Arc::new(Inner {
            clock,
            mail: mail.local_addr()?,
            push: push.local_addr()?,
            cut: AtomicBool::new(false),
            secrets: Mutex::default(),
            messages: Mutex::default(),
            next: Mutex::new(1),
            news: broadcast::channel(1_000).0,
        }));
        let mut tasks = JoinSet::new();
        tasks.spawn(mail::serve(phones.clone(), mail));
        tasks.spawn(push::serve(phones.clone(), push));
        Ok((phones, tasks))
    }

    /// The port of the mail server. It wants neither TLS nor a password.
    pub fn mail_port(&self) -> u16 {
        self.0.mail.port()
    }

    /// The address of a person's phone at the push service.
    pub fn push_address(&self, login: &str) -> String {
        format!("http://{}/push/{login}", self.0.push)
    }

    /// By which secrets senders sign from now on. Without one, nothing reaches a phone.
    pub fn trust(&self, secrets: Secrets) {
        *locked(&self.0.secrets) = secrets;
    }

    /// Cuts both providers off, or lets them answer again.
    pub fn cut(&self, cut: bool) {
        self.0.cut.store(cut, Ordering::Relaxed);
    }

    /// Whether both providers are cut off.
    pub fn are_cut(&self) -> bool {
        self.0.cut.load(Ordering::Relaxed)
    }

    /// What has arrived after that number, the oldest first, and what arrives from now on.
    pub fn since(&self, number: u64) -> (Vec<Message>, broadcast::Receiver<Message>) {
        // Subscribed to before the kept ones are read: a message shows up twice rather than never.
        let news = self.0.news.subscribe();
        let kept = locked(&self.0.messages).iter().filter(|message| message.number > number).cloned().collect();
        (kept, news)
    }

    /// How many messages have arrived so far.
    pub fn count(&self) -> u64 {
        *locked(&self.0.next) - 1
    }

    fn secret(&self, login: &str) -> Option<String> {
        locked(&self.0.secrets).get(login).cloned()
    }

    fn arrived(&self, fill: impl FnOnce(u64, Timestamp) -> Message) {
        let number = {
            let mut next = locked(&self.0.next);
            *next += 1;
            *next - 1
        };
        let message = fill(number, self.0.clock.now());
        let mut messages = locked(&self.0.messages);
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back(message.clone());
        drop(messages);
        // Nobody looks at the phones: they ring all the same.
        self.0.news.send(message).ok();
    }
}
