//! Where pages arrive: a mail server (RFC 5321, as much as a sender needs) and an HTTP server for webhooks.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::clock;
use crate::payload::{MARK, keys_after};

/// What arrived.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    /// When the first message about each key was there as a whole.
    pub(crate) keys: HashMap<u64, Instant>,
    /// How often each webhook arrived, by its id.
    pub(crate) webhooks: HashMap<String, u32>,
}

/// The sinks, for as long as the runtime lives.
#[derive(Debug, Clone)]
pub(crate) struct Sinks {
    /// Where webhooks go.
    pub(crate) webhook: SocketAddr,
    /// Where mail goes.
    pub(crate) mail: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    arrived: Mutex<Arrived>,
    bell: Notify,
}

impl Sinks {
    /// Opens both.
    pub(crate) fn open(runtime: &Runtime) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let bind = || runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let (webhook, mail) = (bind()?, bind()?);
        let sinks = Self { webhook: webhook.local_addr()?, mail: mail.local_addr()?, shared: Arc::clone(&shared) };
        let for_mail = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = webhook.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { take_webhooks(BufStream::new(stream), &shared).await });
            }
        });
        runtime.spawn(async move {
            while let Ok((stream, _)) = mail.accept().await {
                let shared = Arc::clone(&for_mail);
                tokio::spawn(async move { take_mail(BufStream::new(stream), &shared).await });
            }
        });
        Ok(sinks)
    }

    /// What arrived so far.
    pub(crate) fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.shared.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the first message about a key, and says when it was there; nothing when it does not come in time.
    pub(crate) async fn wait_for(&self, key: u64, patience: Duration) -> Option<Instant> {
        let wait = async {
            loop {
                let rung = self.shared.bell.notified();
                if let Some(at) = self.arrived().keys.get(&key) {
                    return *at;
                }
                rung.await;
            }
        };
        tokio::time::timeout(patience, wait).await.ok()
    }
}

impl Shared {
    fn note(&self, text: &str, webhook: Option<String>) {
        let now = clock::instant();
        {
            let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
            let keys = text.match_indices(MARK).filter_map(|(place, _)| keys_after(&text[place..], MARK));
            for key in keys {
                arrived.keys.entry(key).or_insert(now);
            }
            if let Some(id) = webhook {
                *arrived.webhooks.entry(id).or_default() += 1;
            }
        }
        self.bell.notify_waiters();
    }
}

/// Answers 200 to whatever comes; ends with the connection.
async fn take_webhooks(mut stream: BufStream<TcpStream>, shared: &Shared) -> std::io::Result<()> {
    loop {
        let (mut length, mut id) = (0, None);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case("webhook-id") {
                id = Some(value.trim().to_owned());
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        shared.note(&String::from_utf8_lossy(&body), id);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await?;
        stream.flush().await?;
    }
}

/// Takes every mail; ends with the connection.
async fn take_mail(mut stream: BufStream<TcpStream>, shared: &Shared) -> std::io::Result<()> {
    say(&mut stream, "220 sink").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_ascii_uppercase();
        if command.starts_with("DATA") {
            say(&mut stream, "354 go on").await?;
            let mail = read_mail(&mut stream).await?;
            shared.note(&mail, None);
            say(&mut stream, "250 taken").await?;
        } else if command.starts_with("QUIT") {
            return say(&mut stream, "221 bye").await;
        } else {
            say(&mut stream, "250 fine").await?;
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

async fn read_mail(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let start = mail.len();
        if stream.read_line(&mut mail).await? == 0 || &mail[start..] == ".\r\n" {
            return Ok(mail);
        }
    }
}
