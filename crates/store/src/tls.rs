//! TLS to PostgreSQL, with the modes of its own clients (its manual, §34.19.3).
//!
//! | `sslmode` | encrypted | the server's certificate |
//! | --- | --- | --- |
//! | `disable` | no | |
//! | `prefer`, the default | if the server can | is not looked at |
//! | `require` | yes | is not looked at, unless there is an `sslrootcert`: then as `verify-ca` |
//! | `verify-ca` | yes | comes from an authority that we trust |
//! | `verify-full` | yes | and is for the server's name |
//!
//! The authorities are those of the operating system, or those in the PEM file that `sslrootcert` names.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

use crate::error::{Error, Result};

/// How the connection is to be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    fn read(word: &str) -> Result<Self> {
        Ok(match word {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            other => {
                return Err(Error::Connection(format!(
                    "the database URL says sslmode={other}; use disable, prefer, require, verify-ca or verify-full"
                )));
            }
        })
    }
}

/// What the URL says of TLS, and the rest of it.
struct Said {
    url: String,
    mode: Mode,
    authorities: Option<String>,
}

/// Takes what concerns TLS out of `postgres://…?sslmode=…&sslrootcert=…`.
fn read(url: &str) -> Result<Said> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut mode, mut authorities, mut rest) = (Mode::Prefer, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", word)) => mode = Mode::read(word)?,
            Some(("sslrootcert", path)) => authorities = Some(decoded(path)).filter(|path| path != "system"),
            Some(_) | None => rest.push(pair),
        }
    }
    if mode == Mode::Require && authorities.is_some() {
        mode = Mode::VerifyCa;
    }
    let url = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
    Ok(Said { url, mode, authorities })
}

/// The text of a part of a URL: `%2F` is `/`.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a database URL: what to connect to, and how to protect that.
pub(crate) fn configure(url: &str) -> Result<(tokio_postgres::Config, Tls)> {
    let said = read(url)?;
    let mut config: tokio_postgres::Config = said.url.parse().map_err(|error: tokio_postgres::Error| {
        Error::Connection(format!("the database URL is not valid: {}", crate::error::with_causes(&error)))
    })?;
    config.ssl_mode(match said.mode {
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
    });
    Ok((config, Tls::new(said.mode, said.authorities.as_deref())?))
}

/// Protects connections.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    fn new(mode: Mode, authorities: Option<&str>) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Connection(format!("TLS cannot be set up: {error}")))?;
        let mut config = if mode >= Mode::VerifyCa {
            let roots = Arc::new(roots(authorities)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
            let verifier = verifier.map_err(|error| Error::Connection(format!("sslrootcert: {error}")))?;
            if mode == Mode::VerifyFull {
                builder.with_webpki_verifier(verifier).with_no_client_auth()
            } else {
                let lenient = Lenient { authorities: Some(verifier), provider };
                builder.dangerous().with_custom_certificate_verifier(Arc::new(lenient)).with_no_client_auth()
            }
        } else {
            let lenient = Lenient { authorities: None, provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(lenient)).with_no_client_auth()
        };
        // What a server wants to hear that takes TLS from the first byte (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self { config: Arc::new(config) })
    }
}

fn roots(file: Option<&str>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let found = match file {
        Some(file) => CertificateDer::pem_file_iter(Path::new(file))
            .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
            .map_err(|error| Error::Connection(format!("sslrootcert: {file} cannot be read: {error}")))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(found);
    if roots.is_empty() {
        let from = file.unwrap_or("the operating system");
        return Err(Error::Connection(format!("sslrootcert: there is no certificate of an authority in {from}")));
    }
    Ok(roots)
}

/// Looks at less of a certificate than usual: not at the name that it is for, or at nothing but that the server has its
/// key.
#[derive(Debug)]
struct Lenient {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        // The name is what is looked at last.
        match authorities.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<Handshake> {
        // A Unix socket has no name, and no TLS either.
        let name = ServerName::try_from(domain.to_owned()).ok();
        Ok(Handshake { connector: TlsConnector::from(Arc::clone(&self.config)), name })
    }
}

/// A handshake that is about to begin.
pub(crate) struct Handshake {
    connector: TlsConnector,
    name: Option<ServerName<'static>>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let name =
                self.name.ok_or_else(|| io::Error::other("the server has no name that a certificate could have"))?;
            Ok(Stream(Box::new(self.connector.connect(name, socket).await?)))
        })
    }
}

/// A protected connection.
pub(crate) struct Stream(Box<tokio_rustls::client::TlsStream<Socket>>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_tls_is_taken_out_of_the_url() {
        let url = "postgres://me@db.example/allclear?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fetc%2Fca.pem";
        let said = read(url).unwrap();
        assert_eq!(said.url, "postgres://me@db.example/allclear?connect_timeout=3");
        assert_eq!((said.mode, said.authorities.as_deref()), (Mode::VerifyFull, Some("/etc/ca.pem")));
        let said = read("postgres://me@db.example/allclear").unwrap();
        assert_eq!((said.url.as_str(), said.mode), ("postgres://me@db.example/allclear", Mode::Prefer));
        assert_eq!(read("postgres://h/d?sslmode=require").unwrap().mode, Mode::Require);
        assert_eq!(read("postgres://h/d?sslmode=require&sslrootcert=ca").unwrap().mode, Mode::VerifyCa);
        let refused = read("postgres://h/d?sslmode=always").err().unwrap().to_string();
        assert!(refused.contains("sslmode=always") && refused.contains("verify-full"), "{refused}");
    }

    #[test]
    fn parts_of_a_url_are_decoded() {
        for (text, expected) in [("%2Fa%20b", "/a b"), ("100%", "100%"), ("%zz", "%zz"), ("é%C3%A9", "éé"), ("", "")]
        {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }

    #[test]
    fn a_file_without_authorities_is_refused() {
        let refused = |file: &str| {
            let url = format!("postgres://h/d?sslmode=verify-ca&sslrootcert={file}");
            configure(&url).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(
            refused("/nowhere/ca.pem").contains("/nowhere/ca.pem cannot be read"),
            "{}",
            refused("/nowhere/ca.pem")
        );
        assert!(
            refused("/dev/null").contains("no certificate of an authority in /dev/null"),
            "{}",
            refused("/dev/null")
        );
    }
}
