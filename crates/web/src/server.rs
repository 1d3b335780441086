//! The server: accepts connections, plain or protected by TLS, and stops gracefully.

mod deadline;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use allclear_core::limits;
use allclear_engine::host::Clock;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::routes::Peer;
use deadline::Deadline;

/// How long a client may take for the headers of a request, and for its first request in all, so that slow ones cannot
/// hold all connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a graceful stop waits for requests under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the certificate's file is looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

/// Where the certificate and its key are kept, as PEM files.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    fn load(&self) -> io::Result<CertifiedKey> {
        let broken = |path: &PathBuf, error: &dyn std::fmt::Display| {
            io::Error::other(format!("{}: {error}; give a PEM file", path.display()))
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| broken(&self.certificate, &error))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| broken(&self.key, &error))?;
        CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())
            .map_err(|error| broken(&self.key, &error))
    }

    /// Reads them.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not belong together.
    pub fn open(self) -> io::Result<Tls> {
        let changed_at = self.changed_at();
        let certificate = Arc::new(Certificate(std::sync::RwLock::new(Arc::new(self.load()?))));
        Ok(Tls { files: self, changed_at, certificate })
    }

    /// When each file was changed for the last time.
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
    }
}

/// A certificate, with its key, that connections are protected by.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    /// When the files in use were changed.
    changed_at: [Option<SystemTime>; 2],
    certificate: Arc<Certificate>,
}

impl Tls {
    fn acceptor(&self) -> TlsAcceptor {
        let resolver = Arc::clone(&self.certificate) as Arc<_>;
        let mut config = ServerConfig::builder().with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// Takes up a renewed certificate without a restart. One that cannot be used leaves the old one in place, and is
    /// tried again: its key may still be on its way.
    async fn reload(mut self, clock: Arc<dyn Clock>) {
        let mut told = self.changed_at;
        loop {
            clock.sleep(RELOAD_EVERY).await;
            let changed_at = self.files.changed_at();
            if changed_at == self.changed_at {
                continue;
            }
            match self.files.load() {
                Ok(renewed) => {
                    self.changed_at = changed_at;
                    *self.certificate.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(renewed);
                    tracing::info!("the certificate was renewed");
                }
                Err(error) if told != changed_at => {
                    told = changed_at;
                    tracing::error!(%error, "the renewed certificate cannot be used; going on with the old one");
                }
                Err(_) => {}
            }
        }
    }
}

/// The certificate in use, which may be exchanged at any time.
#[derive(Debug)]
struct Certificate(std::sync::RwLock<Arc<CertifiedKey>>);

impl Certificate {
    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// Serves until `stop` is done, and then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
) {
    serve_within(listener, router, tls, clock, stop, limits::CONNECTIONS).await;
}

/// The same, with so many connections at one time.
async fn serve_within(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    places: usize,
) {
    let acceptor = tls.as_ref().map(Tls::acceptor);
    let mut connections = JoinSet::new();
    let reloading = tls.map(|tls| tokio::spawn(tls.reload(Arc::clone(&clock))));
    let graceful = GracefulShutdown::new();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
    let builder = Arc::new(builder);
    let places = Arc::new(Semaphore::new(places));
    tokio::pin!(stop);
    loop {
        let (stream, address, place) = tokio::select! {
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places, &clock) => accepted,
            () = &mut stop => break,
        };
        let client = Client { router: router.clone(), peer: Peer(address.ip()), clock: Arc::clone(&clock) };
        let watcher = graceful.watcher();
        let (builder, acceptor) = (Arc::clone(&builder), acceptor.clone());
        connections.spawn(async move {
            let _place = place;
            match acceptor {
                None => client.serve(&builder, stream, watcher).await,
                Some(acceptor) => {
                    if let Some(stream) = handshake(&acceptor, stream).await {
                        client.serve(&builder, stream, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = clock.sleep(STOP_TIMEOUT) => tracing::warn!("some requests were cut off"),
    }
    // What is left of them would hold on to the server's parts for as long as the other side likes.
    connections.shutdown().await;
    if let Some(reloading) = reloading {
        reloading.abort();
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    clock: &Arc<dyn Clock>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    if places.available_permits() == 0 {
        tracing::warn!("as many connections as may be are open; others wait");
    }
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes it");
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                stream.set_nodelay(true).ok();
                return (stream, address, place);
            }
            Err(error) => {
                // Too many open files, or a connection that was gone at once: the next one may be fine.
                tracing::warn!(%error, "a connection could not be accepted");
                clock.sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn handshake(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// Who is at the other end of a connection, and what answers them.
struct Client {
    router: Router,
    peer: Peer,
    clock: Arc<dyn Clock>,
}

impl Client {
    async fn serve<I>(self, builder: &auto::Builder<TokioExecutor>, stream: I, watcher: Watcher)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, peer, clock } = self;
        let asked = Arc::new(AtomicBool::new(false));
        let asks = Arc::clone(&asked);
        let bodies = Arc::clone(&clock);
        let service = TowerToHyperService::new(router.map_request(move |mut request: Request<Incoming>| {
            asks.store(true, Ordering::Relaxed);
            request.extensions_mut().insert(peer);
            request.map(|body| Deadline::of(body, Arc::clone(&bodies)))
        }));
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let connection = watcher.watch(connection.into_owned());
        // Until the first bytes have told which HTTP it is, hyper has no limit of its own.
        let silent = async {
            clock.sleep(HEADER_TIMEOUT).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
            }
            () = silent => tracing::debug!("a connection was closed on which nothing was asked"),
        }
    }
}

#[cfg(test)]
mod tests;
