//! What stands between a client and a server of the tests: a proxy that tunnels, and an end of TLS with its own authority.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use sha2::{Digest, Sha256};

/// A proxy that understands `CONNECT` and sends every tunnel to one server, whatever name was asked for.
pub struct Proxy {
    pub address: SocketAddr,
    /// The targets that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn to(server: &str) -> Self {
        let (listener, address) = listen();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (server, notes) = (server.to_owned(), Arc::clone(&asked));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, notes) = (server.clone(), Arc::clone(&notes));
                thread::spawn(move || tunnel(client, &server, &notes));
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn tunnel(mut client: TcpStream, server: &str, notes: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|got| got == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or(&head);
    notes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target.to_owned());
    let server = TcpStream::connect(server).expect("the server behind the proxy");
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .expect("answering the client");
    let (mut to_client, mut from_server) = (
        client.try_clone().expect("a clone"),
        server.try_clone().expect("a clone"),
    );
    thread::spawn(move || {
        let _copied = std::io::copy(&mut from_server, &mut to_client);
        let _shut = to_client.shutdown(Shutdown::Both);
    });
    let mut to_server = server;
    let _copied = std::io::copy(&mut client, &mut to_server);
    let _shut = to_server.shutdown(Shutdown::Both);
}

/// What an end of TLS shows, and wants to see.
pub struct Proof {
    /// The name in its certificate.
    pub name: &'static str,
    /// The year in which the certificate ends.
    pub until: i32,
    /// What is sent along behind it.
    pub along: Along,
    /// Whether whoever comes must show a certificate of the same authority.
    pub wants_client: bool,
    /// The newest version of the protocol.
    pub newest: &'static SupportedProtocolVersion,
}

impl Default for Proof {
    fn default() -> Self {
        Self {
            name: "localhost",
            until: 4000,
            along: Along::Authority,
            wants_client: false,
            newest: &TLS13,
        }
    }
}

/// What a server sends along with its own certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// That of the authority which signed it.
    Authority,
    /// That of an authority which did not, under the same name.
    Stranger,
    Nothing,
}

/// An end of TLS before a server: `https://localhost:PORT`, trusted by nobody but who has [`Tls::authority`].
pub struct Tls {
    pub port: u16,
    /// The authority's certificate as PEM.
    pub authority: String,
    /// SHA-256 as `openssl` writes it of the certificates of the authority, the server and the stranger.
    pub fingerprints: [String; 3],
    /// A client's certificate of that authority, and its key, as PEM.
    pub client: [String; 2],
    /// Requests that came out of TLS.
    pub greeted: Arc<AtomicUsize>,
}

impl Tls {
    pub fn before(server: &str) -> Self {
        Self::showing(&Proof::default(), server)
    }

    pub fn showing(proof: &Proof, server: &str) -> Self {
        let (listener, address) = listen();
        let (mut tls, config) = Self::made(proof);
        tls.port = address.port();
        let (server, count) = (server.to_owned(), Arc::clone(&tls.greeted));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, config, count) =
                    (server.clone(), Arc::clone(&config), Arc::clone(&count));
                thread::spawn(move || serve(client, &server, config, &count));
            }
        });
        tls
    }

    /// The certificates, and what the server does with them.
    fn made(proof: &Proof) -> (Self, Arc<ServerConfig>) {
        let (ca, stranger) = (authority(), authority());
        let (own, key) = signed(proof.name, proof.until, &ca);
        let (client, client_key) = signed("client", 4000, &ca);
        let fingerprints = [ca.der(), own.der(), stranger.der()].map(fingerprint);
        let mut chain = vec![own.der().clone()];
        match proof.along {
            Along::Authority => chain.push(ca.der().clone()),
            Along::Stranger => chain.push(stranger.der().clone()),
            Along::Nothing => {}
        }
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone()).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = if proof.wants_client {
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .expect("a verifier")
        } else {
            WebPkiClientVerifier::no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[proof.newest])
            .expect("versions")
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .expect("a server's certificate");
        let tls = Self {
            port: 0,
            authority: ca.pem(),
            fingerprints,
            client: [client.pem(), client_key.serialize_pem()],
            greeted: Arc::default(),
        };
        (tls, Arc::new(config))
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters, key).expect("an authority")
}

fn signed(name: &str, until: i32, ca: &CertifiedIssuer<'_, KeyPair>) -> (Certificate, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    parameters.not_after = date_time_ymd(until, 1, 1);
    let certificate = parameters.signed_by(&key, ca).expect("a certificate");
    (certificate, key)
}

fn fingerprint(der: &CertificateDer<'_>) -> String {
    let bytes = Sha256::digest(der);
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Hands one request after the other to the server and its answer back, until either side closes.
fn serve(client: TcpStream, server: &str, config: Arc<ServerConfig>, greeted: &AtomicUsize) {
    let connection = ServerConnection::new(config).expect("a connection");
    let mut tls = StreamOwned::new(connection, client);
    let mut piece = vec![0; 1 << 16];
    let mut server = TcpStream::connect(server).expect("the server behind TLS");
    while let Ok(got) = tls.read(&mut piece) {
        if got == 0 {
            return;
        }
        greeted.fetch_add(1, Ordering::SeqCst);
        server.write_all(&piece[..got]).expect("handing on");
        // The servers of the tests answer at once and in few pieces; silence ends an answer.
        server
            .set_read_timeout(Some(std::time::Duration::from_millis(300)))
            .expect("a time-out");
        while let Ok(answered) = server.read(&mut piece) {
            if answered == 0 || tls.write_all(&piece[..answered]).is_err() {
                return;
            }
        }
    }
}
