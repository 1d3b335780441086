//! TLS to PostgreSQL: through a door that speaks it and hands on what is said in the clear.

use std::sync::Arc;

use allclear_store::{Database, health};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::place::{Engine, Place, commit, tests};
use crate::samples::at;

tests! {
    &[Engine::Postgres] => each_mode_looks_at_what_it_should, a_server_without_tls_is_refused_clearly;
}

/// A server with a certificate for this name, by an authority of its own; its port, and the authority's certificate.
async fn door(to: String, name: &str) -> (u16, String) {
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, format!("the authority of {name}"));
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(hand_on(socket, acceptor.clone(), to.clone()));
        }
    });
    (port, authority.pem())
}

/// The request for TLS is eight bytes, and the answer to it is one (PostgreSQL's manual, §54.2.11).
async fn hand_on(mut socket: TcpStream, acceptor: TlsAcceptor, to: String) -> std::io::Result<()> {
    let mut request = [0; 8];
    socket.read_exact(&mut request).await?;
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "it asks for TLS before it says anything");
    socket.write_all(b"S").await?;
    let mut inside = acceptor.accept(socket).await?;
    let mut server = TcpStream::connect(to).await?;
    tokio::io::copy_bidirectional(&mut inside, &mut server).await.map(drop)
}

async fn each_mode_looks_at_what_it_should(place: Place) {
    let (user, rest) = place.url().split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (right, authority) = door(server.to_owned(), "localhost").await;
    let (wrong, other) = door(server.to_owned(), "db.example").await;
    let folder = place.folder.path();
    let (ours, theirs) = (folder.join("ours.pem"), folder.join("theirs.pem"));
    std::fs::write(&ours, authority).unwrap();
    std::fs::write(&theirs, other).unwrap();
    let open = async |port: u16, options: &str| {
        let options = options.replace("OURS", ours.to_str().unwrap()).replace("THEIRS", theirs.to_str().unwrap());
        let database = Database::postgres(&format!("{user}@localhost:{port}/{database}?{options}")).await;
        let written = match database {
            Ok(database) => commit!(database, (), |(), tx| health::write(tx, at(1)).await),
            Err(error) => Err(error),
        };
        written.map_err(|error| error.to_string()).err().unwrap_or_default()
    };
    for (port, options) in [
        (right, "sslmode=prefer"),
        (wrong, "sslmode=require"),
        (right, "sslmode=verify-ca&sslrootcert=OURS"),
        (wrong, "sslmode=verify-ca&sslrootcert=THEIRS"),
        (right, "sslmode=verify-full&sslrootcert=OURS"),
    ] {
        assert_eq!(open(port, options).await, "", "{options}");
    }
    for (port, options, reason) in [
        (right, "sslmode=require&sslrootcert=THEIRS", "sslrootcert=…"),
        (right, "sslmode=verify-ca&sslrootcert=THEIRS", "UnknownIssuer"),
        (right, "sslmode=verify-full&sslrootcert=THEIRS", "UnknownIssuer"),
        (wrong, "sslmode=verify-full&sslrootcert=THEIRS", "sslmode=verify-ca"),
    ] {
        let said = open(port, options).await;
        assert!(said.contains(reason), "{options}: {said}");
    }
}

async fn a_server_without_tls_is_refused_clearly(place: Place) {
    for mode in ["require"] {
        let refused = Database::postgres(&format!("{}?sslmode={mode}", place.url())).await.unwrap_err().to_string();
        assert!(refused.contains("does not support TLS") && refused.contains("sslmode=disable"), "{refused}");
    }
    for mode in ["disable", "prefer"] {
        Database::postgres(&format!("{}?sslmode={mode}", place.url())).await.unwrap();
    }
}
