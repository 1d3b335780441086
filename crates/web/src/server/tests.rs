//! Over sockets: clients that say nothing, or are many, and certificates that change.

use std::pin::Pin;

use axum::routing::get;
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::*;

/// Waits as tokio does, which in some of these tests is no time at all.
struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(pause(length))
    }
}

async fn pause(length: Duration) {
    drop(timeout(length, std::future::pending::<()>()).await);
}

const QUESTION: &[u8] = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n";

/// A server with so many places, and what stops it when it is dropped.
async fn start(tls: Option<Tls>, places: usize) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let fine = get(async || "fine").post(async |body: String| body);
    let router = Router::new().route("/", fine);
    let stopped = async { drop(stopped.await) };
    tokio::spawn(serve_within(listener, router, tls, Arc::new(TokioClock), stopped, places));
    (address, stop)
}

/// Asks once, on a connection that stays open.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(QUESTION).await.unwrap();
    let mut answer = [0; 1024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// A certificate for `localhost`, and its files.
struct Certified {
    chain: String,
    key: String,
    der: CertificateDer<'static>,
}

fn certified() -> Certified {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    Certified { chain: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone() }
}

/// A protected connection to whoever has one of these certificates; and which one that is.
async fn protected(
    address: SocketAddr,
    trusted: &[&Certified],
    protocol: &[u8],
) -> (tokio_rustls::client::TlsStream<TcpStream>, CertificateDer<'static>) {
    let mut roots = RootCertStore::empty();
    for one in trusted {
        roots.add(one.der.clone()).unwrap();
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned();
    (stream, shown)
}

fn files(folder: &tempfile::TempDir, certified: &Certified) -> TlsFiles {
    let files = TlsFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, &certified.chain).unwrap();
    std::fs::write(&files.key, &certified.key).unwrap();
    files
}

/// Time goes on by itself here whenever everybody waits.
#[tokio::test(start_paused = true)]
async fn whoever_asks_nothing_is_cut_off() {
    let (address, _stop) = start(None, 10).await;
    for said in [&b""[..], b"G", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nHost: he"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.ok();
    }
    let folder = tempfile::tempdir().unwrap();
    let known = certified();
    let (address, _stop) = start(Some(files(&folder, &known).open().unwrap()), 10).await;
    let mut no_handshake = TcpStream::connect(address).await.unwrap();
    assert_eq!(no_handshake.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    for protocol in [&b"h2"[..], b"http/1.1"] {
        let (mut stream, _) = protected(address, &[&known], protocol).await;
        stream.read_to_end(&mut Vec::new()).await.ok();
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_not_waited_for() {
    let (address, _stop) = start(None, 10).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nslow").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.ends_with("the request did not arrive within 30 s"), "{answer}");
}

#[tokio::test]
async fn more_connections_than_may_be_wait_for_a_place() {
    // beyond: CONNECTIONS
    let (address, _stop) = start(None, 2).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    for stream in [&mut first, &mut second] {
        assert!(ask(stream).await.ends_with("fine"));
    }
    let mut third = TcpStream::connect(address).await.unwrap();
    {
        let mut waiting = Box::pin(ask(&mut third));
        timeout(Duration::from_millis(100), &mut waiting).await.unwrap_err();
        drop(first);
        assert!(waiting.await.ends_with("fine"));
    }
    assert!(ask(&mut second).await.ends_with("fine"), "those that were there go on");
}

#[tokio::test(start_paused = true)]
async fn a_renewed_certificate_is_taken_up_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (certified(), certified());
    let known = files(&folder, &old);
    let (address, _stop) = start(Some(known.clone().open().unwrap()), 100).await;
    let shown = async || protected(address, &[&old, &new], b"http/1.1").await.1;
    assert_eq!(shown().await, old.der);
    // The key comes first, and the certificate with the time at which it was made elsewhere.
    std::fs::write(&known.key, &new.key).unwrap();
    pause(RELOAD_EVERY * 2).await;
    assert_eq!(shown().await, old.der, "they do not belong together");
    std::fs::write(&known.certificate, &new.chain).unwrap();
    let file = std::fs::File::options().write(true).open(&known.certificate).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
    pause(RELOAD_EVERY * 2).await;
    assert_eq!(shown().await, new.der);
}

#[test]
fn files_that_are_no_certificate_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (certified(), certified());
    let error = files(&folder, &Certified { key: other.key, ..one }).open().unwrap_err();
    assert!(error.to_string().contains("key.pem"), "{error}");
    let missing = TlsFiles { certificate: folder.path().join("none.pem"), key: folder.path().join("key.pem") };
    let error = missing.open().unwrap_err();
    assert!(error.to_string().contains("none.pem") && error.to_string().ends_with("give a PEM file"), "{error}");
}
