//! The server: accepts connections, plain or protected by TLS, and stops gracefully.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use allclear_engine::host::Clock;
use axum::Router;
use hyper::body::Incoming;
use hyper::{Request, service::Service};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::routes::Peer;

/// How long a client may take for the headers of a request, so that slow ones cannot hold all connections.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a graceful stop waits for requests under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
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

    /// When either file was changed for the last time.
    fn changed_at(&self) -> Option<SystemTime> {
        let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        changed(&self.certificate).max(changed(&self.key))
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

fn acceptor(files: &TlsFiles, clock: &Arc<dyn Clock>) -> io::Result<TlsAcceptor> {
    let certificate = Arc::new(Certificate(std::sync::RwLock::new(Arc::new(files.load()?))));
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_cert_resolver(Arc::clone(&certificate) as Arc<_>);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tokio::spawn(reload(files.clone(), certificate, Arc::clone(clock)));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Takes up a renewed certificate without a restart. One that cannot be used leaves the old one in place.
async fn reload(files: TlsFiles, certificate: Arc<Certificate>, clock: Arc<dyn Clock>) {
    let mut known = files.changed_at();
    loop {
        clock.sleep(RELOAD_EVERY).await;
        let changed = files.changed_at();
        if changed == known {
            continue;
        }
        known = changed;
        match files.load() {
            Ok(renewed) => {
                *certificate.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(renewed);
                tracing::info!("the certificate was renewed");
            }
            Err(error) => tracing::error!(%error, "the renewed certificate cannot be used; going on with the old one"),
        }
    }
}

/// Serves until `stop` is done, and then finishes what is under way.
///
/// # Errors
/// When the certificate cannot be read.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsFiles>,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = tls.as_ref().map(|files| acceptor(files, &clock)).transpose()?;
    let graceful = GracefulShutdown::new();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
    let builder = Arc::new(builder);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Too many open files, or a connection that was gone at once: the next one may be fine.
                    tracing::warn!(%error, "a connection could not be accepted");
                    clock.sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        stream.set_nodelay(true).ok();
        let peer = Peer(address.ip());
        let service = TowerToHyperService::new(router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request
        }));
        let watcher = graceful.watcher();
        let (builder, acceptor) = (Arc::clone(&builder), acceptor.clone());
        connections.spawn(async move {
            match acceptor {
                None => connection(&builder, stream, service, watcher).await,
                Some(acceptor) => {
                    if let Some(stream) = handshake(&acceptor, stream).await {
                        connection(&builder, stream, service, watcher).await;
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
    Ok(())
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

async fn connection<S, I>(
    builder: &auto::Builder<TokioExecutor>,
    stream: I,
    service: S,
    watcher: hyper_util::server::graceful::Watcher,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = axum::response::Response, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection broke");
    }
}
